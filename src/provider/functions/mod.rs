//! The provider's functions: pure, and callable without credentials.

mod queries;

use std::sync::Arc;

use crate::terraform::Function;

/// Every function of the provider.
pub fn all() -> Vec<Arc<dyn Function>> {
    vec![Arc::new(queries::IncidentQuery), Arc::new(queries::IngestionQuery)]
}
