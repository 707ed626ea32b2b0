//! An object that a user names by an id, or by what it is: found in its workspace.

use crate::provider::engine::attributes::{ADOPT_EXISTING, NAME, TENANT_ID, WORKSPACE_ID};
use serde_json::Value as Json;

use super::WorkspaceObject;
use super::item::remembered;
use crate::arm::{Error, WorkspaceId, text};
use crate::provider::engine::import_id::{ImportId, Named};
use crate::provider::engine::ledger::Memory;
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::standing::has_workspace;
use crate::provider::engine::store::{Found, Store};
use crate::provider::engine::timeouts::Operation;
use crate::provider::messages;
use crate::provider::resources::shape::Shape;
use crate::terraform::{AttributePath, Context, Diagnostic, Diagnostics, Imported, Value};

impl<S: Shape> WorkspaceObject<S> {
    pub(super) async fn find_to_import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        let (resource, form) = (self.shape.resource(), self.shape.import_form());
        let ImportId { tenant, workspace, named } = form.read(id)?;
        if let Named::Word(word) = named {
            self.shape.check_word(id, word)?;
        }
        let mut known = place::blank(&self.block);
        known.set(WORKSPACE_ID, workspace.to_string());
        known.set(TENANT_ID, tenant);
        let value = known.clone();
        let place = self.place(context, Operation::Read, "import", &value).await?;
        let tenant = place.client.tenant_id(&place.call).await.map_err(|error| failed(&place, &error))?;
        known.set(TENANT_ID, tenant);
        let name = match named {
            Named::Name(name) => name,
            Named::Word(word) => self.name_of(&place, &known, word).await?,
            Named::Nothing => return Err(form.refuse(id, "it names a workspace alone").into()),
        };
        known.set(NAME, name);
        let store = self.store(&place, &known);
        let item = match store.find().await.map_err(|error| failed(&place, &error))?.found {
            Found::There(item) => item,
            Found::GoneWithOnboarding(error) => return Err(failed(&place, &error).into()),
            Found::Gone | Found::NotYet => {
                let (id, listed) = (store.id.to_string(), self.shape.listed_by());
                let absent = messages::import_absent(resource, &id, place.subject.place, listed);
                return Err(self.or_without_workspace(&place, absent).await.into());
            }
        };
        let kind = text(&item, "kind");
        if !kind.eq_ignore_ascii_case(self.shape.kind()) {
            let (id, other) = (store.id.to_string(), self.shape.resource_of_kind(kind));
            return Err(messages::import_other_kind(resource, &id, self.shape.kind(), kind, other).into());
        }
        if let Some(error) = self.misshapen(&item) {
            return Err(failed(&place, &error).into());
        }
        let state = self.imported(&place.workspace, known.get(TENANT_ID), &store.id.name, &item);
        Ok(Imported { state, private: remembered(&item).encode(), diagnostics: Diagnostics::default() })
    }

    /// The state of an object that is in nobody's state yet, under the name that it was asked for by.
    pub(super) fn imported(&self, workspace: &WorkspaceId, tenant: &Value, name: &str, item: &Json) -> Value {
        let mut known = place::blank(&self.block);
        known.set(WORKSPACE_ID, workspace.to_string());
        known.set(TENANT_ID, tenant.clone());
        known.set(NAME, name);
        known.set(ADOPT_EXISTING, false);
        let state = self.state(&known, item);
        let portal = self.shape.is_left_off(&state).then_some(true);
        self.with_sign(state, &Memory { portal, ..Memory::default() })
    }

    /// The name of the one object that a word stands for.
    async fn name_of(&self, place: &Place<'_>, known: &Value, word: &str) -> Result<String, Diagnostic> {
        let store = Store::of(place, self.shape.collection(), self.shape.line(), "");
        let items = match store.list().await {
            Ok(items) => items,
            Err(error) if error.is_any_404() => {
                return Err(self.or_without_workspace(place, failed(place, &error)).await);
            }
            Err(error) => return Err(failed(place, &error)),
        };
        let mut wanted = known.clone();
        self.shape.identify(&place.workspace, &mut wanted);
        let of_kind = |item: &&Json| text(item, "kind").eq_ignore_ascii_case(self.shape.kind());
        let ranked = items.iter().filter(of_kind).map(|item| (self.shape.stands_for(word, &wanted, item), item));
        let ranked: Vec<_> = ranked.collect();
        let best = ranked.iter().filter_map(|(rank, _)| *rank).min();
        let meant: Vec<_> = ranked.iter().filter(|(rank, _)| rank.is_some() && *rank == best).collect();
        let shown = |(_, item): &(_, &Json)| self.shape.shown(item);
        match meant[..] {
            [(_, item)] => Ok(text(item, "name").to_owned()),
            [] => {
                let there: Vec<_> = ranked.iter().map(shown).collect();
                let (resource, listed) = (self.shape.resource(), self.shape.listed_by());
                Err(messages::import_nothing_called(resource, word, place.subject.place, &there, listed))
            }
            _ => {
                let there: Vec<_> = meant.into_iter().map(shown).collect();
                Err(messages::import_ambiguous(self.shape.resource(), word, place.subject.place, &there))
            }
        }
    }

    /// What is told of something that is not there, where its workspace is.
    async fn or_without_workspace(&self, place: &Place<'_>, otherwise: Diagnostic) -> Diagnostic {
        match has_workspace(place).await {
            Ok(false) => messages::import_without_workspace(self.shape.resource(), place.subject.place),
            _ => otherwise,
        }
    }
}

fn failed(place: &Place<'_>, error: &Error) -> Diagnostic {
    messages::failed(AttributePath::root(), place.subject, error)
}
