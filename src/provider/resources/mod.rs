//! The resources: one engine for the objects of a workspace, driven by a shape, and what does not fit it.

mod connector;
mod foresight;
mod hunting_tables;
mod incident_rule;
mod incident_rule_suppression;
mod shape;
mod table_retention;
mod workspace_object;
mod workspace_onboarding;

use std::sync::Arc;

use super::session::Session;
use crate::terraform::Resource;
use connector::Connector;
pub use connector::requirements_body;
use hunting_tables::HuntingTables;
use incident_rule::IncidentRule;
use incident_rule_suppression::IncidentRuleSuppression;
use table_retention::TableRetention;
use workspace_object::WorkspaceObject;
use workspace_onboarding::WorkspaceOnboarding;

/// Every resource of the provider.
pub fn all(session: &Arc<Session>) -> Vec<Arc<dyn Resource>> {
    let rows = session.connectors();
    let connectors = rows.iter().map(|row| {
        let resource: Arc<dyn Resource> = Arc::new(WorkspaceObject::new(Connector { row, rows }, session.clone()));
        resource
    });
    let rule: Arc<dyn Resource> = Arc::new(WorkspaceObject::new(IncidentRule, session.clone()));
    let tables: Arc<dyn Resource> = Arc::new(HuntingTables::new(session.clone()));
    let onboarding: Arc<dyn Resource> = Arc::new(WorkspaceOnboarding::new(session.clone()));
    let retention: Arc<dyn Resource> = Arc::new(TableRetention::new(session.clone()));
    let suppression: Arc<dyn Resource> = Arc::new(IncidentRuleSuppression::new(session.clone()));
    connectors.chain([rule, tables, onboarding, retention, suppression]).collect()
}
