//! One search on its way: from a scope to its workspaces, from each to what is in it, in the order of their ids and no
//! further ahead of whoever takes it than some workspaces side by side.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt};
use serde_json::Value as Json;

use super::scope::Scope;
use crate::arm::{Client, Collection, Error, Kind, Request, WorkspaceId, text};
use crate::provider::engine::attributes::TENANT_ID;
use crate::provider::engine::place::known_workspace;
use crate::provider::engine::search::{At, Item, Listable, Source};
use crate::provider::engine::session::{Session, call_in};
use crate::provider::messages::{self, Subject};
use crate::provider::spelling::one_line;
use crate::terraform::{AttributePath, Context, Diagnostic, Listed, Mode, Severity, Value};

/// How many workspaces, and how many subscriptions, are asked side by side.
const SIDE_BY_SIDE: usize = 10;

/// How long one of them may take to answer, after which the rest goes on without it.
const WITHIN: Duration = Duration::from_secs(2 * 60);

/// A search for the objects of one resource type.
pub struct Search {
    resource: Arc<dyn Listable>,
    /// The attributes that no configuration of the resource can do without.
    required: Vec<String>,
    session: Arc<Session>,
    context: Context,
    client: Arc<Client>,
    /// The tenant of the configuration.
    tenant: Value,
    scope: Scope,
    left_out: Mutex<LeftOut>,
}

/// What was met and is not listed; told at the end, all at once.
#[derive(Default)]
struct LeftOut {
    /// What no resource manages: kinds and ids.
    unmanaged: Vec<(String, String)>,
    /// Objects that no configuration can stand for: ids and reasons.
    unfit: Vec<(String, String)>,
}

/// A workspace that is to be searched, or what is to be told in place of some.
type Found = Result<WorkspaceId, Listed>;

impl Search {
    pub fn new(
        resource: &Arc<dyn Listable>,
        session: &Arc<Session>,
        context: &Context,
        config: &Value,
        scope: Scope,
    ) -> Result<Self, Diagnostic> {
        let place = scope.shown();
        let what = resource.source().noun();
        let subject = Subject { operation: "list", what, place: &place, resource: resource.type_name() };
        let client = session.require(subject)?;
        let attributes = resource.schema().block.attributes.into_iter();
        let required = attributes.filter(|attribute| attribute.mode == Mode::Required);
        Ok(Self {
            resource: Arc::clone(resource),
            required: required.map(|attribute| attribute.name).collect(),
            session: Arc::clone(session),
            context: context.clone(),
            client,
            tenant: config.get(TENANT_ID).clone(),
            scope,
            left_out: Mutex::default(),
        })
    }

    /// What it finds.
    pub fn stream(self: Arc<Self>) -> BoxStream<'static, Listed> {
        let (looking, closing) = (Arc::clone(&self), Arc::clone(&self));
        let found = if self.resource.source().is_of_tenant() {
            stream::once(async move { looking.look(None).await }).boxed()
        } else {
            let look = move |workspace: Found| {
                let looking = Arc::clone(&looking);
                async move {
                    match workspace {
                        Ok(workspace) => looking.look(Some(workspace)).await,
                        Err(told) => vec![told],
                    }
                }
            };
            self.workspaces().map(look).buffered(SIDE_BY_SIDE).boxed()
        };
        let left_out = stream::once(async move { closing.left_out() });
        found.chain(left_out).flat_map(stream::iter).boxed()
    }

    /// The workspaces to search, in the order of their ids.
    fn workspaces(self: Arc<Self>) -> BoxStream<'static, Found> {
        let subscriptions = match &self.scope {
            Scope::Workspace(workspace) => return stream::iter([Ok(workspace.clone())]).boxed(),
            Scope::Subscription(subscription) => stream::iter([Ok(subscription.clone())]).boxed(),
            Scope::Tenant => {
                let tenant = Arc::clone(&self);
                stream::once(async move { tenant.subscriptions().await }).flat_map(stream::iter).boxed()
            }
        };
        let workspaces = move |subscription: Result<String, Listed>| {
            let subscriptions = Arc::clone(&self);
            async move {
                match subscription {
                    Ok(subscription) => subscriptions.workspaces_of(&subscription).await,
                    Err(told) => vec![Err(told)],
                }
            }
        };
        subscriptions.map(workspaces).buffered(SIDE_BY_SIDE).flat_map(stream::iter).boxed()
    }

    /// The ids of the subscriptions that the credential sees.
    async fn subscriptions(&self) -> Vec<Result<String, Listed>> {
        let place = self.scope.shown();
        let items = match self.ask(("the subscriptions", &place), Request::subscriptions(), true).await {
            Ok(Some(items)) => items.1,
            Ok(None) => return Vec::new(),
            Err(told) => return vec![Err(told)],
        };
        let mut ids: Vec<_> = items.iter().filter_map(|item| text(item, "id").rsplit('/').next()).collect();
        ids.retain(|id| !id.is_empty());
        ids.sort_by_key(|id| id.to_lowercase());
        ids.dedup_by(|left, right| is_same(left, right));
        if ids.is_empty() && self.is_news("the credential sees no subscription") {
            return vec![Err(Listed::Unread(messages::no_subscription_seen(self.tenant.as_str())))];
        }
        ids.into_iter().map(str::to_owned).map(Ok).collect()
    }

    async fn workspaces_of(&self, subscription: &str) -> Vec<Found> {
        let place = format!("/subscriptions/{subscription}");
        let items = match self.ask(("the workspaces", &place), Request::workspaces(subscription), true).await {
            Ok(Some(items)) => items.1,
            Ok(None) => return Vec::new(),
            Err(told) => return vec![Err(told)],
        };
        let mut workspaces = Vec::with_capacity(items.len());
        for item in items.iter() {
            match WorkspaceId::parse(text(item, "id")) {
                Ok(workspace) => workspaces.push(workspace),
                Err(error) => self.note().unfit.push((error.found, error.reason)),
            }
        }
        workspaces.sort_by_cached_key(WorkspaceId::key);
        // What appears between two pages may make another come twice.
        workspaces.dedup();
        workspaces.into_iter().map(Ok).collect()
    }

    /// What there is in a workspace, or in all of the scope where one answer tells of it.
    async fn look(&self, workspace: Option<WorkspaceId>) -> Vec<Listed> {
        let workspace = workspace.as_ref();
        let source = self.resource.source();
        let place = workspace.map_or_else(|| self.scope.shown(), WorkspaceId::to_string);
        let request = source.request(workspace, &self.session.options());
        let (tenant, items) = match self.ask((source.noun(), &place), request, source.is_shared()).await {
            Ok(Some(answer)) => answer,
            Ok(None) => return Vec::new(),
            Err(told) => return vec![told],
        };
        if source == Source::Collection(Collection::OnboardingStates)
            && items.is_empty()
            && let Some(named) = self.scope.workspace()
        {
            return vec![Listed::Told(messages::nothing_onboarded(&named.to_string()))];
        }
        let at = At { tenant: &tenant, workspace: workspace.or(self.scope.workspace()) };
        let mut items: Vec<&Json> = items.iter().collect();
        items.sort_by_cached_key(|item| text(item, "id").to_lowercase());
        items.dedup_by(|left, right| is_same(text(left, "id"), text(right, "id")));
        items.into_iter().filter_map(|item| self.take(at, item)).collect()
    }

    /// An item as the search brings it, if it is one of its objects.
    fn take(&self, at: At<'_>, item: &Json) -> Option<Listed> {
        let id = || text(item, "id").to_owned();
        let (name, state) = match self.resource.take(at, item) {
            Item::Object { name, state } => (name, state),
            Item::Misshapen(why) => {
                self.note().unfit.push((id(), why));
                return None;
            }
            Item::Unmanaged(kind) => {
                self.note().unmanaged.push((kind, id()));
                return None;
            }
            Item::Other => return None,
        };
        let workspace = known_workspace(&state).filter(|workspace| self.scope.holds(workspace))?;
        if let Some(why) = self.unfit(&state) {
            self.note().unfit.push((id(), why));
            return None;
        }
        let display_name = one_line(&format!("{name} in {}", workspace.workspace));
        Some(Listed::Found { display_name, state })
    }

    /// Why no configuration can stand for a state, if none can.
    fn unfit(&self, state: &Value) -> Option<String> {
        let config = self.resource.config_of(state);
        if let Some(lacks) = self.required.iter().find(|name| config.get(name).is_null()) {
            return Some(format!("it has no {lacks}"));
        }
        let findings = self.resource.validate(&config).0;
        findings.into_iter().find(|found| found.severity == Severity::Error).map(|found| found.summary)
    }

    /// Asks for a list, and gives it with the tenant of the token that it was asked with. What refused a search of this run
    /// already is not asked again and gives nothing: it is told, or passed over.
    async fn ask(
        &self,
        (what, place): (&str, &str),
        request: Request,
        is_shared: bool,
    ) -> Result<Option<(String, Arc<Vec<Json>>)>, Listed> {
        // A search that names the workspace tells of what one of a whole subscription passes over.
        let by_name = if self.scope.workspace().is_some() { " by name" } else { "" };
        let refusal = format!("{what} {place}{by_name}");
        if self.session.plans().is_told(&self.key(&refusal)) {
            return Ok(None);
        }
        let asked = async {
            let call = call_in(&self.client, &self.context, WITHIN, &self.tenant).await?;
            let tenant = self.client.tenant_id(&call).await?;
            let items = match is_shared {
                true => self.client.list(&call, request).await?,
                false => Arc::new(self.client.list_once(&call, request).await?),
            };
            Ok((tenant, items))
        };
        let error = match asked.await {
            Ok(answer) => return Ok(Some(answer)),
            Err(error) => error,
        };
        let told = self.refused(what, place, &error);
        if !told.is_end() {
            let is_news = self.is_news(&refusal);
            let is_passed_over = error.is_not_onboarded() && self.scope.workspace().is_none();
            if is_passed_over || !is_news {
                return Ok(None);
            }
        }
        Err(told)
    }

    /// What a refusal means to the search: the end only where nothing else can be found.
    fn refused(&self, what: &str, place: &str, error: &Error) -> Listed {
        let subject = Subject { operation: "list", what, place, resource: self.resource.type_name() };
        let told = match self.resource.source().is_of_tenant() {
            true => messages::defender_failed(AttributePath::root(), subject, error),
            false => messages::failed(AttributePath::root(), subject, error),
        };
        if error.is_not_onboarded() {
            return Listed::Told(messages::nothing_onboarded(place));
        }
        Listed::Unread(match error.kind {
            Kind::Stopped | Kind::Settings | Kind::Certificate => told,
            // A tenant that was named may be one of many; without the provider's own there is nothing to search with.
            Kind::Token if self.tenant.is_null() => told,
            _ => messages::not_listed(told),
        })
    }

    /// What was met and is not listed, as far as no other search of the run has told it.
    fn left_out(&self) -> Vec<Listed> {
        let LeftOut { mut unmanaged, mut unfit } = std::mem::take(&mut *self.note());
        // Workspaces that were asked side by side answered in any order.
        unmanaged.sort();
        unfit.sort();
        // One list may have told several workspaces of it.
        unfit.dedup();
        unmanaged.retain(|(_, id)| self.is_news(&format!("unmanaged {id}")));
        let mut kinds = BTreeMap::<String, Vec<String>>::new();
        for (kind, id) in unmanaged {
            kinds.entry(kind).or_default().push(id);
        }
        let noun = self.resource.source().noun();
        let mut told = Vec::new();
        if !kinds.is_empty() {
            told.push(Listed::Told(messages::unmanaged_kinds(noun, &kinds)));
        }
        if !unfit.is_empty() {
            told.push(Listed::Told(messages::left_out_of_list(self.resource.type_name(), &unfit)));
        }
        told
    }

    /// Whether something is still to be told in this run, under the credentials of this search.
    fn is_news(&self, what: &str) -> bool {
        self.session.plans().tells(&self.key(what))
    }

    fn key(&self, what: &str) -> String {
        format!("list {} {}", self.tenant.as_str().unwrap_or_default(), what).to_lowercase()
    }

    fn note(&self) -> MutexGuard<'_, LeftOut> {
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether two ids are one; what has none is nothing else's double.
fn is_same(left: &str, right: &str) -> bool {
    !left.is_empty() && left.eq_ignore_ascii_case(right)
}
