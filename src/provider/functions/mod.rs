//! The provider's functions: pure, and callable without credentials.

mod hunting_tables;
mod queries;
mod sample_hunting_queries;

use std::sync::Arc;

use crate::terraform::Function;

/// Every function of the provider.
pub fn all() -> Vec<Arc<dyn Function>> {
    vec![
        Arc::new(queries::IncidentQuery),
        Arc::new(queries::AlertQuery),
        Arc::new(queries::IngestionQuery),
        Arc::new(queries::AllEventsQuery),
        Arc::new(hunting_tables::HuntingTables),
        Arc::new(sample_hunting_queries::SampleHuntingQueries),
    ]
}
