//! The data sources: what can be looked at without managing it.

mod analytics_rule_templates;
mod connector_requirements;
mod connectors;
mod content_solutions;
mod export_settings;
mod hunting_table_catalog;
mod incident_rule_templates;
mod ingestion;
mod workspace;

use std::sync::Arc;

use super::engine::session::Session;
use crate::terraform::DataSource;

/// Every data source of the provider.
pub fn all(session: &Arc<Session>) -> Vec<Arc<dyn DataSource>> {
    vec![
        Arc::new(analytics_rule_templates::AnalyticsRuleTemplates::new(session.clone())),
        Arc::new(connectors::Connectors::new(session.clone())),
        Arc::new(content_solutions::ContentSolutions::new(session.clone())),
        Arc::new(connector_requirements::ConnectorRequirements::new(session.clone())),
        Arc::new(export_settings::ExportSettings::new(session.clone())),
        Arc::new(hunting_table_catalog::HuntingTableCatalog),
        Arc::new(incident_rule_templates::IncidentRuleTemplates::new(session.clone())),
        Arc::new(ingestion::Ingestion::new(session.clone())),
        Arc::new(workspace::Workspace::new(session.clone())),
    ]
}
