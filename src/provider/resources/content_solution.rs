//! A solution of the Content hub in a workspace: installed, updated and removed, in the one version that can be asked for.

mod block;
mod importing;
mod item;
mod planning;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::arm::{Call, Collection, Error, Request, ResourceId, check_name, expect_resource};
use crate::catalog::Line;
use crate::provider::engine::attributes::{ID, WORKSPACE_ID};
use crate::provider::engine::ledger::{Claim, Claimant, Memory};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::search::{At, Item, Listable, Source};
use crate::provider::engine::session::Session;
use crate::provider::engine::settle::{may_lag_for, now};
use crate::provider::engine::standing::Standing;
use crate::provider::engine::store::{Found, Store, Stored};
use crate::provider::engine::timeouts::{self, Operation};
use crate::provider::messages;
use crate::provider::moves;
use crate::provider::packages::Package;
use crate::terraform::{
    Applied, Context, Diagnostic, Diagnostics, Imported, MoveSource, PlanRequest, Planned, Private, Read, Resource,
    Schema, Value, plan,
};
use block::{CONTENT_ID, PRODUCT, UPDATE_AVAILABLE, VERSION, block, contradiction, solution_of};
use item::{identify, seen, show, show_update};
use planning::{Look, Verdict, orphan, read};

/// The resource.
pub struct ContentSolution {
    session: Arc<Session>,
}

const RESOURCE: &str = "defender_content_solution";
const WHAT: &str = "the Content hub solution";

impl ContentSolution {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn place<'a>(
        &self,
        context: &Context,
        operation: Operation,
        word: &'a str,
        value: &'a Value,
    ) -> Result<Place<'a>, Diagnostic> {
        // What is known at apply alone was never checked.
        let Some(content_id) = value.get(CONTENT_ID).as_str() else {
            return Err(messages::no_solution_named(CONTENT_ID));
        };
        if check_name(content_id).is_err() {
            return Err(messages::bad_name(CONTENT_ID, content_id));
        }
        Place::of(&self.session, context, operation.within(value), (word, WHAT, RESOURCE), value).await
    }

    /// What is installed, which the service may have taken in not long ago.
    async fn find(&self, store: &Store<'_>, stored: Option<i64>) -> Result<Found, Error> {
        let seen = store.find().await?;
        match (seen.found, seen.items, stored.and_then(may_lag_for)) {
            // Without a list, so without a workspace, nothing is to show.
            (Found::Gone, Some(_), Some(patience)) => store.turns_up(patience).await,
            (found, _, _) => Ok(found),
        }
    }

    /// Waits until what this run took away to make this is gone.
    async fn make_room(&self, place: &Place<'_>, value: &Value) -> Result<(), Error> {
        for before in self.session.ledger().before(&self.claims(value)) {
            let name = before.rsplit('/').next().unwrap_or_default();
            Store::of(place, Collection::ContentPackages, Line::Stable, name).gone(None).await?;
        }
        Ok(())
    }

    /// Why the service did not install a package.
    async fn refused(&self, store: &Store<'_>, error: &Error) -> Diagnostic {
        let (place, content_id) = (store.place, &store.id.name);
        if error.is_content_of_another_package()
            && let Ok(items) = store.list().await
            && let Some(orphan) = orphan(&items, content_id)
        {
            let version = place.version(Line::Stable);
            let (path, subject) = (CONTENT_ID, place.subject);
            return messages::content_of_another_package(path, subject, content_id, &orphan, version, Some(error));
        }
        messages::failed(WORKSPACE_ID, place.subject, error)
    }

    /// The outcome of an accepted PUT of `value`.
    fn stored(&self, place: &Place<'_>, value: Value, stored: Stored) -> Applied {
        let diagnostics = match stored {
            Stored::AsAsked(_) => Diagnostics::default(),
            Stored::Differently(item) => {
                let (wanted, there) = (value.get(VERSION).as_str().unwrap_or_default(), Package::installed(&item));
                let there = there.map_or_else(|lacks| format!("no {lacks}"), |there| format!("{:?}", there.version));
                messages::stored_differently(place.subject, &[format!("version: {wanted:?} here, {there} there")])
                    .into()
            }
            Stored::NotReadable => messages::not_readable_yet(place.subject).into(),
            Stored::Absent => messages::never_showed(WORKSPACE_ID, place.subject).into(),
        };
        Applied { state: Some(value), private: Private::new(), diagnostics }
    }

    /// Makes a planned solution, or takes over the one that the plan says.
    async fn make(&self, place: &Place<'_>, planned: Value, mut memory: Memory) -> Result<Applied, Diagnostics> {
        let (mut value, mut told) = (planned, Diagnostics::default());
        place.fill_tenant(&mut value).await?;
        let store = store(place, &value);
        let failed = |error: &Error| Diagnostics::from(messages::failed(WORKSPACE_ID, place.subject, error));
        let verdict = match (memory.looked, memory.package.take()) {
            (true, Some(package)) => Verdict::Install(package),
            (true, None) => return self.keep(&store, value).await.map_err(Diagnostics::from),
            (false, _) => {
                let (version, look) = (value.get(VERSION).as_str(), Look::at(&store).await);
                self.judge(&store, look, (CONTENT_ID, version), &value, &mut told, &mut memory).await?
            }
        };
        let package = match verdict {
            Verdict::Install(package) => package,
            Verdict::Keep(package, offered) => {
                show(&mut value, &package);
                show_update(&mut value, offered.as_ref());
                return Ok(Applied { state: Some(value), private: Private::new(), diagnostics: told });
            }
            Verdict::Refused(refusal) | Verdict::NotToBeHad(refusal) => return Err(refusal.into()),
            Verdict::NotReady(error) => return Err(failed(&error)),
        };
        self.make_room(place, &value).await.map_err(|error| failed(&error))?;
        show(&mut value, &package);
        value.set(UPDATE_AVAILABLE, Value::Null);
        let as_asked = |item: &Json| installed(item).is_ok_and(|there| there.is_as(&package));
        let outcome = match memory.free {
            true => store.put_new(package.body(), as_asked).await,
            false => store.put(package.body(), as_asked).await,
        };
        let mut applied = match outcome {
            Ok(stored) => {
                let applied = self.stored(place, value, stored);
                Applied { private: Memory { stored: Some(now()), ..Memory::default() }.encode(), ..applied }
            }
            Err(error) => {
                // What may have been stored stays in state, tainted, so that it is never an orphan.
                let state = error.may_have_happened().then_some(value);
                Applied { state, private: Private::new(), diagnostics: self.refused(&store, &error).await.into() }
            }
        };
        applied.diagnostics.extend(told);
        Ok(applied)
    }

    /// Takes over what is installed, if it still is as it was planned.
    async fn keep(&self, store: &Store<'_>, mut value: Value) -> Result<Applied, Diagnostic> {
        let subject = store.place.subject;
        let failed = |error: &Error| messages::failed(WORKSPACE_ID, subject, error);
        let found = store.get().await.map_err(|error| failed(&error))?;
        let found = found.as_ref().map(installed).transpose().map_err(|error| failed(&error))?;
        let planned = value.get(VERSION).as_str().unwrap_or_default();
        match found {
            Some(package) if package.version == planned => {
                show(&mut value, &package);
                Ok(Applied { state: Some(value), private: Private::new(), diagnostics: Diagnostics::default() })
            }
            other => {
                let now = other.as_ref().map(|package| package.version.as_str());
                Err(messages::solution_changed_meanwhile(VERSION, subject, planned, now))
            }
        }
    }
}

/// The solution of `value` at its place.
fn store<'a>(place: &'a Place<'a>, value: &Value) -> Store<'a> {
    let name = value.get(CONTENT_ID).as_str().unwrap_or_default();
    Store::of(place, Collection::ContentPackages, Line::Stable, name)
}

/// What an item says is installed.
fn installed(item: &Json) -> Result<Package, Error> {
    read(Package::installed(item))
}

/// The package as the catalogue offers it; absence is not an error.
async fn offered(store: &Store<'_>, call: &Call) -> Result<Option<Package>, Error> {
    let place = store.place;
    let id = ResourceId { collection: Collection::ContentProductPackages, ..store.id.clone() };
    let item = place.client.find(call, Request::get(&id, place.version(Line::Stable))).await?;
    item.map(|item| read(Package::offered(&item))).transpose()
}

impl Claimant for ContentSolution {
    fn what(&self) -> &str {
        WHAT
    }

    fn claims(&self, value: &Value) -> Vec<Claim> {
        value.get(ID).as_str().map(Claim::object).into_iter().collect()
    }
}

#[async_trait]
impl Resource for ContentSolution {
    fn type_name(&self) -> &str {
        RESOURCE
    }

    fn schema(&self) -> Schema {
        Schema { version: 0, block: block(self.session.connectors()) }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = timeouts::validate(config);
        diagnostics.extend(place::validate(config));
        diagnostics.extend(block::validate(self.session.connectors(), config));
        diagnostics
    }

    async fn plan(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        match request.prior {
            Some(prior) => self.plan_update(context, request, prior, planned).await,
            None => self.plan_create(context, request, planned).await,
        }
    }

    async fn read(&self, context: &Context, state: Value, private: Private) -> Read {
        let kept = |diagnostic: Diagnostic| Read::kept(&state, &private, diagnostic);
        let place = match self.place(context, Operation::Read, "read", &state).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        let store = store(&place, &state);
        // What the catalogue offers changes nothing here, so it is not waited for long.
        let call = place.call.briefly();
        let (found, offered) = tokio::join!(self.find(&store, Memory::decode(&private).stored), offered(&store, &call));
        let failed = |error: &Error| kept(messages::failed(WORKSPACE_ID, place.subject, error));
        let item = match found {
            Ok(Found::There(item)) => item,
            Ok(Found::Gone) => return Read::default(),
            Ok(Found::NotYet) => return kept(messages::not_readable_yet(place.subject)),
            Ok(Found::GoneWithOnboarding(error)) => {
                // The plan that follows has no need to say it again.
                Standing::NotOnboarded.is_news(&place, &self.session);
                let note = messages::gone_with_onboarding(place.subject, &error);
                return Read { diagnostics: note.into(), ..Read::default() };
            }
            Err(error) => return failed(&error),
        };
        let package = match installed(&item) {
            Ok(package) => package,
            Err(error) => return failed(&error),
        };
        let mut seen = seen(self.session.connectors(), &state, &package);
        // Where the catalogue cannot be read, what it offered last stays.
        if let Ok(offered) = &offered {
            show_update(&mut seen, offered.as_ref());
        }
        Read { state: Some(seen), private: Memory::default().encode(), diagnostics: Diagnostics::default() }
    }

    async fn create(&self, context: &Context, planned: Value, private: Private) -> Applied {
        let mut value = planned.clone();
        identify(self.session.connectors(), &mut value);
        // As above: of what is known at apply alone.
        if let Some(told) = contradiction(self.session.connectors(), &value) {
            return Applied::nothing(told);
        }
        let outcome = async {
            let place = self.place(context, Operation::Create, "create", &value).await?;
            self.make(&place, value.clone(), Memory::decode(&private)).await
        };
        outcome.await.unwrap_or_else(Applied::nothing)
    }

    async fn update(&self, context: &Context, prior: Value, planned: Value, private: Private) -> Applied {
        let mut memory = Memory::decode(&private);
        let package = memory.package.take();
        let private = memory.encode();
        let kept = |diagnostic: Diagnostic| Applied::kept(&prior, &private, diagnostic);
        if prior.get(VERSION) == planned.get(VERSION) {
            return Applied { state: Some(planned), private, diagnostics: Diagnostics::default() };
        }
        let place = match self.place(context, Operation::Update, "update", &planned).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        let store = store(&place, &planned);
        let wanted = planned.get(VERSION).as_str();
        let is_wanted = |package: &Package| wanted.is_none_or(|wanted| package.version == wanted);
        let package = match package.filter(is_wanted) {
            Some(package) => Ok(Some(package)),
            None => offered(&store, &place.call).await,
        };
        let package = match package {
            Ok(Some(package)) if is_wanted(&package) => package,
            Ok(other) => {
                let newest = other.as_ref().map(|package| package.version.as_str());
                let (there, wanted) = (prior.get(VERSION).as_str(), wanted.unwrap_or_default());
                return kept(messages::version_out_of_reach(VERSION, place.subject, wanted, newest, there));
            }
            Err(error) => return kept(messages::failed(WORKSPACE_ID, place.subject, &error)),
        };
        let mut value = planned.clone();
        show(&mut value, &package);
        value.set(UPDATE_AVAILABLE, Value::Null);
        match store.put(package.body(), |item| installed(item).is_ok_and(|there| there.is_as(&package))).await {
            Ok(stored) => self.stored(&place, value, stored),
            Err(error) => kept(self.refused(&store, &error).await),
        }
    }

    async fn delete(&self, context: &Context, prior: Value, private: Private) -> Applied {
        let kept = |diagnostic: Diagnostic| Applied::kept(&prior, &private, diagnostic);
        let place = match self.place(context, Operation::Delete, "delete", &prior).await {
            Ok(place) => place,
            Err(diagnostic) => return kept(diagnostic),
        };
        match store(&place, &prior).delete().await {
            Ok(()) => Applied::default(),
            Err(error) => kept(messages::failed(WORKSPACE_ID, place.subject, &error)),
        }
    }

    fn take_over(&self, source: MoveSource<'_>) -> Result<Imported, Diagnostics> {
        let told = moves::told(self.session.connectors(), RESOURCE, &source)?;
        let id = ResourceId::parse(&told.id, Collection::ContentPackages)
            .map_err(|error| messages::moved_id(RESOURCE, source.type_name, &error))?;
        let item = serde_json::json!({ "name": id.name, "properties": told.properties });
        let package = Package::installed(&item).map_err(|lacks| moves::untold(RESOURCE, &source, lacks))?;
        let package = Package { content_id: id.name, ..package };
        let mut state = item::imported(self.session.connectors(), &id.workspace, &Value::Null, &package);
        state.set("timeouts", timeouts::taken_over(&told.timeouts));
        Ok(Imported { state, ..Imported::default() })
    }

    async fn import(&self, context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        self.find_to_import(context, id).await
    }

    fn config_of(&self, state: &Value) -> Value {
        let rows = self.session.connectors();
        let mut config = plan::config_of(&block(rows), state);
        // Of the two names the one that a user reads, and no version, which stays what it is then.
        let by_product = state.get(PRODUCT).as_str().and_then(|product| solution_of(rows, product));
        let by_product = by_product.zip(state.get(CONTENT_ID).as_str());
        let is_enough = by_product.is_some_and(|(by_product, id)| by_product.eq_ignore_ascii_case(id));
        config.set(if is_enough { CONTENT_ID } else { PRODUCT }, Value::Null);
        config.set(VERSION, Value::Null);
        config
    }
}

impl Listable for ContentSolution {
    fn source(&self) -> Source {
        Source::Collection(Collection::ContentPackages)
    }

    fn take(&self, at: At<'_>, item: &Json) -> Item {
        let Some(workspace) = at.workspace else { return Item::Other };
        if let Err(error) = expect_resource(item) {
            return Item::Misshapen(error.message);
        }
        match Package::installed(item) {
            // Content under another name is nothing that can be managed; the plan of its solution tells of it.
            Ok(_) if !Package::is_under_its_name(item) => Item::Other,
            Ok(package) => {
                let state = item::imported(self.session.connectors(), workspace, &at.tenant.into(), &package);
                Item::Object { name: package.display_name, state }
            }
            Err(lacks) => Item::Misshapen(format!("it has no text '{lacks}'")),
        }
    }
}
