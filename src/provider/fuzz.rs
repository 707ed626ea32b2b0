//! Doors for `fuzz/`, built only under `--cfg fuzzing`: what is made of an export setting that the service shows and of
//! its refusals, without a service, so that a fuzzer reaches what is private to this room.

use serde_json::Value as Json;

use super::export_setting::{AfterRefusal, Draft, ExportSetting};
use crate::arm::{Error, WorkspaceId};

/// What came of writing a selection.
#[derive(Debug)]
pub struct Written {
    /// Every body that was sent, in order.
    pub bodies: Vec<Json>,
    /// Whether the last refusal was given up on.
    pub refused: bool,
}

/// Streams `tables` beside what the setting of that id in `settings` has, while the service answers with `refusals`.
pub fn write(settings: &[Json], id: &str, tables: &[&str], before: &[&str], refusals: &[Error]) -> Option<Written> {
    let workspace = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/\
                     Microsoft.OperationalInsights/workspaces/law";
    let workspace = WorkspaceId::parse(workspace).ok()?;
    let current = settings.iter().find(|setting| ExportSetting(setting).id().eq_ignore_ascii_case(id));
    let current = current.map(ExportSetting);
    if let Some(setting) = current {
        let _ = (setting.is_described(), setting.streams_to(&workspace), setting.unmanaged(tables));
        let _ = (setting.tables(tables), setting.preserved(tables), setting.refused(&[]));
    }
    let mut draft = Draft::new(id, &workspace, tables, before, current);
    let mut bodies = vec![draft.body()];
    for refusal in refusals {
        match draft.refused(&refusal.unsupported_categories()) {
            AfterRefusal::TryAgain => bodies.push(draft.body()),
            _ => return Some(Written { bodies, refused: true }),
        }
    }
    Some(Written { bodies, refused: false })
}
