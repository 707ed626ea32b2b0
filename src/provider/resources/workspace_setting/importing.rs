//! A setting that a user names by its ARM id, or by its workspace: found, where it is on.

use super::item::{id_in, imported};
use super::{WorkspaceSetting, block, store};
use crate::catalog::Setting;
use crate::provider::engine::attributes::{TENANT_ID, WORKSPACE_ID};
use crate::provider::engine::import_id::{ImportId, Named};
use crate::provider::engine::place;
use crate::provider::engine::standing::has_workspace;
use crate::provider::engine::store::Found;
use crate::provider::engine::timeouts::Operation;
use crate::provider::messages;
use crate::terraform::{AttributePath, Context, Diagnostics, Imported, Private, Value};

impl WorkspaceSetting {
    pub(super) async fn find_to_import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let (row, form) = (self.row, block::form(self.row));
        let ImportId { tenant, workspace, named } = form.read(id)?;
        let shown = id_in(&workspace, row).to_string();
        let name = match &named {
            Named::Name(name) => name,
            Named::Word(word) => *word,
            Named::Nothing => row.kind,
        };
        if let Some(other) = Setting::of_kind(name).filter(|other| other.kind != row.kind) {
            let (shown, resource) = (id_in(&workspace, other).to_string(), Some(other.resource));
            return Err(messages::import_other_kind(row.resource, &shown, row.kind, other.kind, resource).into());
        }
        if !name.eq_ignore_ascii_case(row.kind) {
            return Err(form.refuse(id, &messages::not_its_name(row, name)).into());
        }
        let mut known = place::blank(&self.block);
        known.set(WORKSPACE_ID, workspace.to_string());
        known.set(TENANT_ID, tenant);
        let value: Value = known.clone();
        let place = self.place(context, Operation::Read, "import", &value).await?;
        place.fill_tenant(&mut known).await?;
        let failed = |error| messages::failed(AttributePath::root(), place.subject, &error);
        match self.find(&store(row, &place), None).await.map_err(failed)? {
            Found::There(item) => {
                let state = imported(row, &workspace, known.get(TENANT_ID), &item);
                Ok(Imported { state, private: Private::new(), diagnostics: Diagnostics::default() })
            }
            Found::GoneWithOnboarding(error) => Err(failed(error).into()),
            Found::Gone | Found::NotYet => {
                if has_workspace(&place).await.is_ok_and(|is_there| !is_there) {
                    return Err(messages::import_without_workspace(row.resource, place.subject.place).into());
                }
                Err(messages::import_absent(row.resource, &shown, place.subject.place, None).into())
            }
        }
    }
}
