//! A solution that a user names by its ARM id, or by its workspace and what it is of.

use super::block::{IMPORT, solution_of};
use super::item::imported;
use super::{ContentSolution, RESOURCE, WHAT, installed};
use crate::arm::{Collection, Error, check_name, text};
use crate::catalog::Line;
use crate::provider::engine::attributes::{TENANT_ID, WORKSPACE_ID};
use crate::provider::engine::import_id::{ImportId, Named};
use crate::provider::engine::place::Place;
use crate::provider::engine::standing::has_workspace;
use crate::provider::engine::store::{Found, Store};
use crate::provider::engine::timeouts::Operation;
use crate::provider::messages;
use crate::provider::packages::Package;
use crate::terraform::{AttributePath, Context, Diagnostics, Imported, Object, Private, Value};

impl ContentSolution {
    pub(super) async fn find_to_import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let ImportId { tenant, workspace, named } = IMPORT.read(id)?;
        let rows = self.session.connectors();
        let name = match named {
            Named::Name(name) => name,
            Named::Word(word) => solution_of(rows, word).unwrap_or(word).to_owned(),
            Named::Nothing => return Err(IMPORT.refuse(id, "it names a workspace alone").into()),
        };
        if let Err(why) = check_name(&name) {
            return Err(IMPORT.refuse(id, &format!("what stands behind the bar {why}")).into());
        }
        let known = [(WORKSPACE_ID, workspace.to_string().into()), (TENANT_ID, Value::from(tenant))];
        let known = Value::Object(Object::from(known.map(|(name, value)| (name.to_owned(), value))));
        let within = Operation::Read.within(&Value::Null);
        let place = Place::of(&self.session, context, within, ("import", WHAT, RESOURCE), &known).await?;
        let failed = |error: &Error| messages::failed(AttributePath::root(), place.subject, error);
        let tenant = place.client.tenant_id(&place.call).await.map_err(|error| failed(&error))?;
        let store = Store::of(&place, Collection::ContentPackages, Line::Stable, &name);
        let item = match store.find().await.map_err(|error| failed(&error))?.found {
            Found::There(item) => item,
            Found::GoneWithOnboarding(error) => return Err(failed(&error).into()),
            Found::Gone | Found::NotYet => {
                if has_workspace(&place).await.is_ok_and(|is_there| !is_there) {
                    return Err(messages::import_without_workspace(RESOURCE, place.subject.place).into());
                }
                let (id, listed) = (store.id.to_string(), Some("defender_content_solutions"));
                return Err(messages::import_absent(RESOURCE, &id, place.subject.place, listed).into());
            }
        };
        if !Package::is_under_its_name(&item) {
            let (id, content_id) = (store.id.to_string(), text(&item["properties"], "contentId"));
            return Err(messages::import_of_orphan(RESOURCE, &id, content_id, place.version(Line::Stable)).into());
        }
        let package = installed(&item).map_err(|error| failed(&error))?;
        let state = imported(rows, &place.workspace, &tenant.into(), &package);
        Ok(Imported { state, private: Private::new(), diagnostics: Diagnostics::default() })
    }
}
