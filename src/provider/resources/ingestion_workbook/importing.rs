//! A workbook that a user names by its ARM id, or by its workspace: found, and its tables read out of its content.

use serde_json::Value as Json;

use super::block::{IMPORT, LOCATION, RESOURCE_GROUP, TABLES, block};
use super::item::{derive, seen, tables_of};
use super::{IngestionWorkbook, RESOURCE, WHAT, default_name_in, described};
use crate::arm::{Request, WorkbookId, WorkspaceId, text};
use crate::provider::engine::attributes::{ADOPT_EXISTING, ID, NAME, TENANT_ID, WORKSPACE_ID};
use crate::provider::engine::import_id::{ImportId, Named, out_of_portal, split_tenant};
use crate::provider::engine::place;
use crate::provider::engine::session::call_in;
use crate::provider::engine::timeouts::Operation;
use crate::provider::messages::{self, Subject};
use crate::terraform::{AttributePath, Context, Diagnostics, Imported, Private, Value};

impl IngestionWorkbook {
    pub(super) async fn find_to_import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let (tenant, given) = split_tenant(id);
        let (workspace, workbook) = match WorkbookId::parse(out_of_portal(given)) {
            Ok(workbook) => (None, workbook),
            Err(_) => {
                let ImportId { workspace, named, .. } = IMPORT.read(id)?;
                let name = match named {
                    Named::Name(name) => name,
                    Named::Word(word) => word.to_owned(),
                    Named::Nothing => default_name_in(&workspace),
                };
                if !WorkbookId::is_name(&name) {
                    let reason = format!("the workbook's name {name:?} is not a GUID");
                    return Err(IMPORT.refuse(id, &reason).into());
                }
                let workbook = WorkbookId::beside(&workspace, &name);
                (Some(workspace), workbook)
            }
        };
        let (shown, tenant) = (workbook.to_string(), Value::from(tenant));
        let place = workspace.as_ref().map_or_else(|| workbook.group(), WorkspaceId::to_string);
        let subject = Subject { operation: "import", what: WHAT, place: &place, resource: RESOURCE };
        let failed = |error| messages::failed(AttributePath::root(), subject, &error);
        let client = self.session.require(subject)?;
        let within = Operation::Read.within(&Value::Null);
        let call = call_in(&client, context, within, &tenant).await.map_err(failed)?;
        let Some(item) = client.find(&call, Request::workbook(&workbook)).await.map_err(failed)? else {
            return Err(messages::import_absent(RESOURCE, &shown, &workbook.group(), None).into());
        };
        let item = described(item).map_err(failed)?;
        let workspace = match workspace {
            Some(workspace) => workspace,
            None => {
                let source = text(&item["properties"], "sourceId");
                let workspace = WorkspaceId::parse(source)
                    .map_err(|_| messages::import_of_no_workspace(RESOURCE, &shown, source))?;
                // The source is in lower case; the workspace itself says how it is written.
                let itself = client.send(&call, Request::workspace(&workspace)).await;
                let itself = itself.ok().and_then(|answer| WorkspaceId::parse(text(&answer.body, "id")).ok());
                itself.unwrap_or(workspace)
            }
        };
        let tenant = client.tenant_id(&call).await.map_err(failed)?;
        let state = imported(&workspace, &tenant.into(), &workbook, &item);
        Ok(Imported { state, private: Private::new(), diagnostics: Diagnostics::default() })
    }
}

/// The state of a workbook that is in nobody's state yet, in the service's own spelling of its id.
pub(super) fn imported(workspace: &WorkspaceId, tenant: &Value, id: &WorkbookId, item: &Json) -> Value {
    let id = WorkbookId::parse(text(item, "id")).unwrap_or_else(|_| id.clone());
    let mut known = place::blank(&block());
    known.set(WORKSPACE_ID, workspace.to_string());
    known.set(TENANT_ID, tenant.clone());
    known.set(ADOPT_EXISTING, false);
    known.set(NAME, id.name.as_str());
    known.set(RESOURCE_GROUP, id.resource_group.as_str());
    known.set(LOCATION, text(item, "location"));
    known.set(TABLES, tables_of(item));
    known.set(ID, id.to_string());
    // What is as it is made here is spelled as it is made here.
    derive(&mut known);
    seen(&known, item)
}
