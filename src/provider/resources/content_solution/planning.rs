//! What is in the way of a solution, and in which version it comes: all that a create is planned by, and looks at again when
//! it is applied before it was known; and what a change of the configuration comes to.

use std::sync::Arc;

use serde_json::Value as Json;

use super::block::{CONTENT_ID, DISPLAY_NAME, PRODUCT, PRODUCT_ID, UPDATE_AVAILABLE, VERSION};
use super::item::{Choice, choose, identify, identify_again, show, show_update};
use super::{ContentSolution, RESOURCE, WHAT, installed, offered, store};
use crate::arm::{Collection, Error, text};
use crate::catalog::{Connector, Line, nearest};
use crate::provider::engine::attributes::{ADOPT_EXISTING, ID, TENANT_ID, WORKSPACE_ID};
use crate::provider::engine::ledger::{Memory, Who};
use crate::provider::engine::standing::Standing;
use crate::provider::engine::store::Store;
use crate::provider::engine::timeouts::Operation;
use crate::provider::messages;
use crate::provider::packages::{self, Package};
use crate::terraform::{Context, Diagnostic, Diagnostics, PlanRequest, Planned, Value};

/// What a look at the workspace and at its catalogue shows.
pub(super) struct Look {
    pub items: Result<Arc<Vec<Json>>, Error>,
    pub offered: Result<Option<Package>, Error>,
}

/// What a create comes to.
pub(super) enum Verdict {
    /// It is installed, and stays as it is; the second is what the catalogue offers.
    Keep(Package, Option<Package>),
    Install(Package),
    /// The workspace cannot have it yet, as this answer says; the same run may put that right.
    NotReady(Error),
    /// Something is in the way that may be gone when this is applied.
    Refused(Diagnostic),
    /// The catalogue does not have what is asked for.
    NotToBeHad(Diagnostic),
}

impl Look {
    /// Both are asked for at once; the list serves all solutions of the workspace.
    pub(super) async fn at(store: &Store<'_>) -> Self {
        let (items, offered) = tokio::join!(store.list_as_of_start(), offered(store, &store.place.call));
        Self { items, offered }
    }
}

impl ContentSolution {
    /// Plans a new solution as far as its workspace and its name are known.
    pub(super) async fn plan_create(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        identify(self.session.connectors(), &mut planned.value);
        let names = [WORKSPACE_ID, TENANT_ID, CONTENT_ID, PRODUCT, VERSION, ADOPT_EXISTING];
        let known = names.iter().all(|name| !request.config.get(name).is_unknown());
        if !known || self.session.client().is_none() || !planned.value.get(ID).is_known() {
            return;
        }
        let value = planned.value.clone();
        let mut memory = Memory { entry: Memory::decode(&planned.private).entry, ..Memory::default() };
        let path = if request.config.get(PRODUCT).is_null() { CONTENT_ID } else { PRODUCT };
        let outcome = async {
            let place = self.place(context, Operation::Create, "plan", &value).await?;
            place.fill_tenant(&mut planned.value).await?;
            let store = store(&place, &value);
            let (version, look) = (request.config.get(VERSION).as_str(), Look::at(&store).await);
            let told = &mut planned.diagnostics;
            match self.judge(&store, look, (path, version), &value, told, &mut memory).await? {
                Verdict::Keep(package, offered) => {
                    show(&mut planned.value, &package);
                    show_update(&mut planned.value, offered.as_ref());
                }
                // What the newest version is by then shows when it is installed: were it planned, a version that came out
                // between plan and apply would fail the apply.
                Verdict::Install(_) | Verdict::NotReady(_) => {}
                Verdict::Refused(refusal) => told.push(messages::refused_at_apply(refusal)),
                Verdict::NotToBeHad(refusal) => told.push(messages::holds_up_destroy(refusal)),
            }
            Ok(())
        };
        if let Err(diagnostic) = outcome.await {
            planned.diagnostics.push(diagnostic);
        }
        planned.private = memory.encode();
    }

    /// What a create comes to that is asked for at an attribute and in a version.
    pub(super) async fn judge(
        &self,
        store: &Store<'_>,
        look: Look,
        (path, version): (&str, Option<&str>),
        value: &Value,
        told: &mut Diagnostics,
        memory: &mut Memory,
    ) -> Result<Verdict, Diagnostic> {
        let subject = store.place.subject;
        let failed = |error: &Error| messages::failed(WORKSPACE_ID, subject, error);
        let (items, offered) = match (look.items, look.offered) {
            (Ok(items), Ok(offered)) => (items, offered),
            // The same run may make the workspace or onboard it before this is applied, and then looks again.
            (Err(error), _) | (_, Err(error)) if error.is_not_found() || error.is_not_onboarded() => {
                told.0.extend(Standing::said_by(&error).not_ready(store.place, &self.session));
                return Ok(Verdict::NotReady(error));
            }
            (Err(error), _) | (_, Err(error)) => return Err(failed(&error)),
        };
        let (ledger, id) = (self.session.ledger(), store.id.to_string());
        if let Some(orphan) = orphan(&items, &store.id.name) {
            let version = store.place.version(Line::Stable);
            let content = &store.id.name;
            return Ok(Verdict::Refused(messages::content_of_another_package(
                path, subject, content, &orphan, version, None,
            )));
        }
        let is_it = |item: &&Json| text(item, "name").eq_ignore_ascii_case(&store.id.name);
        let found = items.iter().find(is_it).map(installed).transpose().map_err(|error| failed(&error))?;
        let may_adopt = value.get(ADOPT_EXISTING).as_bool() == Some(true);
        let who = Who { resource: RESOURCE.to_owned(), what: WHAT.to_owned() };
        let stands_aside = ledger.stands_aside(memory.entry.as_deref(), &who, &id);
        let stays = found.is_some() && !(stands_aside && ledger.has_left(&id));
        if stays && !stands_aside && !may_adopt && !ledger.is_held(&id) {
            return Ok(Verdict::Refused(messages::already_exists(path, subject, RESOURCE, &id)));
        }
        // With create_before_destroy the old one is still there when this is applied, and is taken over in place.
        let taken = found.filter(|_| stays && (may_adopt || !stands_aside));
        let choice = match choose(version, offered.clone(), taken.clone()) {
            Choice::NoPackage => self.looked_for_by_list(store, path, version).await?,
            choice => Ok(choice),
        };
        let choice = match choice {
            Ok(choice) => choice,
            Err(refusal) => return Ok(Verdict::NotToBeHad(refusal)),
        };
        let changes: Vec<_> = match (&choice, &taken) {
            (Choice::Install(new), Some(old)) => vec![format!("version: {:?} -> {:?}", old.version, new.version)],
            _ => Vec::new(),
        };
        let verdict = match choice {
            Choice::Keep(package) => Verdict::Keep(package, offered),
            Choice::Install(package) => {
                memory.package = Some(package.clone());
                Verdict::Install(package)
            }
            Choice::NoPackage | Choice::OutOfReach => {
                let [newest, there] =
                    [&offered, &taken].map(|known| known.as_ref().map(|known| known.version.as_str()));
                let wanted = version.unwrap_or_default();
                return Ok(Verdict::NotToBeHad(messages::version_out_of_reach(
                    VERSION, subject, wanted, newest, there,
                )));
            }
        };
        if taken.is_some() && !stands_aside && !ledger.is_held(&id) {
            told.push(messages::taken_over(ADOPT_EXISTING, subject, &id, &changes));
        }
        memory.adopts = taken.is_some().then_some(id);
        memory.looked = true;
        memory.free = !stays;
        Ok(verdict)
    }

    /// A package that the catalogue does not have by its id, looked for in the list of all that it has: one answer alone is
    /// not believed, and the list tells which ids are near.
    async fn looked_for_by_list(
        &self,
        store: &Store<'_>,
        path: &str,
        version: Option<&str>,
    ) -> Result<Result<Choice, Diagnostic>, Diagnostic> {
        let (place, name) = (store.place, &store.id.name);
        let items = place.client.list(&place.call, place.list_of(Collection::ContentProductPackages)).await;
        let items = items.map_err(|error| messages::failed(WORKSPACE_ID, place.subject, &error))?;
        let content_id = |item: &Json| text(&item["properties"], "contentId").to_owned();
        if let Some(item) = items.iter().find(|item| content_id(item).eq_ignore_ascii_case(name)) {
            let package = read(Package::offered(item));
            let package = package.map_err(|error| messages::failed(WORKSPACE_ID, place.subject, &error))?;
            return Ok(Ok(choose(version, Some(package), None)));
        }
        let ids: Vec<_> = items.iter().map(content_id).collect();
        let meant = nearest(name, ids.iter().map(String::as_str));
        let products = Connector::of_solution(self.session.connectors(), name).map(|row| row.product);
        let near = packages::near(&items, &products.chain([name.as_str()]).collect::<Vec<_>>());
        Ok(Err(messages::no_such_package(path, place.subject, name, meant, &near)))
    }

    /// Plans a change of what is installed.
    pub(super) async fn plan_update(
        &self,
        context: &Context,
        request: PlanRequest<'_>,
        prior: &Value,
        planned: &mut Planned,
    ) {
        identify_again(self.session.connectors(), request.config, prior, planned);
        if !planned.requires_replace.is_empty() {
            return;
        }
        let wanted = match planned.value.get(VERSION).as_str() {
            Some(wanted) if prior.get(VERSION).as_str() != Some(wanted) => wanted.to_owned(),
            // Whatever else changes, that stays.
            Some(_) => {
                for name in [DISPLAY_NAME, PRODUCT_ID, UPDATE_AVAILABLE] {
                    planned.value.set(name, prior.get(name).clone());
                }
                return;
            }
            None => return,
        };
        let value = planned.value.clone();
        if self.session.client().is_none() || !value.get(WORKSPACE_ID).is_known() {
            return;
        }
        // What cannot be asked now is asked by the apply, and holds up no destroy.
        let Ok(place) = self.place(context, Operation::Update, "plan", &value).await else { return };
        let Ok(offered) = offered(&store(&place, &value), &place.call).await else { return };
        let there = prior.get(VERSION).as_str();
        match offered {
            Some(package) if package.version == wanted => {
                show(&mut planned.value, &package);
                planned.value.set(UPDATE_AVAILABLE, Value::Null);
                planned.private = Memory { package: Some(package), ..Memory::decode(&planned.private) }.encode();
            }
            other => {
                let newest = other.as_ref().map(|package| package.version.as_str());
                let refusal = messages::version_out_of_reach(VERSION, place.subject, &wanted, newest, there);
                planned.diagnostics.push(messages::refused_at_apply(refusal));
            }
        }
    }
}

/// The id of what has this content under another name.
pub(super) fn orphan(items: &[Json], content_id: &str) -> Option<String> {
    let is_of_it = |item: &&Json| {
        let of_content = text(&item["properties"], "contentId").eq_ignore_ascii_case(content_id);
        of_content && !Package::is_under_its_name(item)
    };
    items.iter().find(is_of_it).map(|item| text(item, "id").to_owned())
}

/// What was read of a package, or that its answer is not as it is described.
pub(super) fn read(package: Result<Package, &'static str>) -> Result<Package, Error> {
    package.map_err(|lacks| Error::contradicted(&format!("the answer about the package has no text '{lacks}'")))
}
