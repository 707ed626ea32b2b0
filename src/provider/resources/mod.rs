//! The resources: one engine for the objects of a workspace, driven by a shape, and what does not fit it.

mod connector;
mod content_solution;
mod foresight;
mod hunting_tables;
mod incident_rule;
mod incident_rule_suppression;
mod ingestion_workbook;
mod shape;
mod table_retention;
mod workspace_object;
mod workspace_onboarding;
mod workspace_setting;

use std::sync::Arc;

use super::engine::ledger::owned;
use super::engine::search::Listable;
use super::engine::session::Session;
use crate::catalog::{SETTINGS, Setting};
use crate::terraform::Resource;
use connector::ConnectorShape;
pub use connector::requirements_body;
use content_solution::ContentSolution;
use hunting_tables::HuntingTables;
use incident_rule::IncidentRule;
use incident_rule_suppression::IncidentRuleSuppression;
use ingestion_workbook::IngestionWorkbook;
use table_retention::TableRetention;
use workspace_object::WorkspaceObject;
use workspace_onboarding::WorkspaceOnboarding;
use workspace_setting::WorkspaceSetting;

/// Every resource of the provider, each under the ledger.
pub fn all(session: &Arc<Session>) -> Vec<Arc<dyn Resource>> {
    let rows = session.connectors();
    let connector = |row| owned(WorkspaceObject::new(ConnectorShape { row, rows }, session.clone()), session);
    let others = [
        owned(WorkspaceObject::new(IncidentRule, session.clone()), session),
        owned(HuntingTables::new(session.clone()), session),
        owned(WorkspaceOnboarding::new(session.clone()), session),
        owned(TableRetention::new(session.clone()), session),
        owned(IncidentRuleSuppression::new(session.clone()), session),
        owned(IngestionWorkbook::new(session.clone()), session),
        owned(ContentSolution::new(session.clone()), session),
    ];
    let setting = |row: &'static Setting| owned(WorkspaceSetting::new(row, session.clone()), session);
    rows.iter().map(connector).chain(others).chain(SETTINGS.iter().map(setting)).collect()
}

/// Every resource whose objects can be searched for; a suppression has none, for it is about those of others.
pub fn listable(session: &Arc<Session>) -> Vec<Arc<dyn Listable>> {
    let rows = session.connectors();
    let connector =
        |row| -> Arc<dyn Listable> { Arc::new(WorkspaceObject::new(ConnectorShape { row, rows }, session.clone())) };
    let others: [Arc<dyn Listable>; 6] = [
        Arc::new(WorkspaceObject::new(IncidentRule, session.clone())),
        Arc::new(HuntingTables::new(session.clone())),
        Arc::new(WorkspaceOnboarding::new(session.clone())),
        Arc::new(TableRetention::new(session.clone())),
        Arc::new(IngestionWorkbook::new(session.clone())),
        Arc::new(ContentSolution::new(session.clone())),
    ];
    let setting =
        |row: &'static Setting| -> Arc<dyn Listable> { Arc::new(WorkspaceSetting::new(row, session.clone())) };
    rows.iter().map(connector).chain(others).chain(SETTINGS.iter().map(setting)).collect()
}
