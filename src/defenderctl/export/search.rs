//! Looks for everything in some scopes through the provider's list resources, side by side, and puts it in an order that
//! does not change from run to run.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::future;
use futures_util::stream::{self, BoxStream, StreamExt};

use crate::defenderctl::{Terminal, provider_block};
use crate::provider::attributes::{ID, SUBSCRIPTION_ID, TENANT_ID, WORKSPACE_ID};
use crate::provider::split_tenant;
use crate::terraform::{Context, Diagnostic, ListResource, Listed, Provider, Resource, Value};

/// Scopes that are searched at a time. A scope may be many workspaces, of which the provider itself asks some at a time.
const SIDE_BY_SIDE: usize = 10;

/// Where to look: the arguments of a list block.
#[derive(Debug)]
pub struct Scope(Vec<(&'static str, String)>);

impl Scope {
    pub fn workspace(id: &str) -> Self {
        Self::within(WORKSPACE_ID, id)
    }

    pub fn subscription(id: &str) -> Self {
        Self::within(SUBSCRIPTION_ID, id)
    }

    pub fn tenant(id: &str) -> Self {
        Self(vec![(TENANT_ID, id.trim().to_owned())])
    }

    fn within(attribute: &'static str, id: &str) -> Self {
        let (tenant, id) = split_tenant(id);
        let tenant = tenant.map(|tenant| (TENANT_ID, tenant.to_owned()));
        Self(tenant.into_iter().chain([(attribute, id.to_owned())]).collect())
    }

    fn config(&self, list: &dyn ListResource) -> Value {
        let mut config = provider_block::blank(&list.schema().block);
        self.0.iter().for_each(|(name, value)| config.set(name, value.as_str()));
        config
    }
}

/// An object that is there.
pub struct Found {
    pub resource: Arc<dyn Resource>,
    pub state: Value,
    /// The place of its type in the provider's list.
    rank: usize,
}

impl Found {
    pub fn id(&self) -> &str {
        self.state.get(ID).as_str().unwrap_or_default()
    }

    /// The workspace that it is of, else the tenant.
    pub fn place(&self) -> &str {
        let place = self.state.get(WORKSPACE_ID).as_str().or_else(|| self.state.get(TENANT_ID).as_str());
        place.unwrap_or_default()
    }
}

/// What came of it.
#[derive(Default)]
pub struct Search {
    pub found: Vec<Found>,
    /// Beside the objects, each once.
    pub told: Vec<Diagnostic>,
    /// How much of that tells of what could not be read.
    pub unread: usize,
}

/// A type to look for.
#[derive(Clone)]
struct Wanted {
    list: Arc<dyn ListResource>,
    resource: Arc<dyn Resource>,
    rank: usize,
}

impl Search {
    pub async fn run(
        provider: &dyn Provider,
        context: &Context,
        scopes: &[Scope],
        types: &[String],
        limit: Option<u64>,
        terminal: &mut Terminal,
    ) -> Self {
        let wanted = wanted(provider, types);
        let searches = scopes.iter().map(|scope| {
            let of_types = wanted.iter().map(|wanted| within(wanted, context, scope, limit));
            stream::select_all(of_types.collect::<Vec<_>>()).boxed()
        });
        let mut all = stream::iter(searches.collect::<Vec<_>>()).flatten_unordered(SIDE_BY_SIDE);
        let mut search = Self::default();
        let (mut ids, mut said) = (HashSet::new(), HashSet::new());
        while let Some((wanted, listed)) = all.next().await {
            match listed {
                Listed::Found { state, .. } => {
                    let found = Found { resource: wanted.resource, state, rank: wanted.rank };
                    // Scopes may overlap.
                    if ids.insert((found.rank, found.id().to_ascii_lowercase())) {
                        search.found.push(found);
                    }
                    terminal.progress(&format!("{} objects found", search.found.len()));
                }
                Listed::Told(finding) => {
                    search.tell(finding, &mut said);
                }
                Listed::Unread(finding) => search.unread += usize::from(search.tell(finding, &mut said)),
            }
        }
        search.told.sort_by(|left, right| (&left.summary, &left.detail).cmp(&(&right.summary, &right.detail)));
        search.found.sort_by_key(|found| (found.place().to_lowercase(), found.rank, found.id().to_lowercase()));
        search
    }

    /// Keeps what is told, once, and says whether it is news.
    fn tell(&mut self, finding: Diagnostic, said: &mut HashSet<(String, String)>) -> bool {
        let is_news = said.insert((finding.summary.clone(), finding.detail.clone()));
        if is_news {
            self.told.push(finding);
        }
        is_news
    }
}

/// The types to look for, in the provider's order.
fn wanted(provider: &dyn Provider, types: &[String]) -> Vec<Wanted> {
    let lists = provider.list_resources().iter().enumerate();
    let lists = lists.filter(|(_, list)| types.is_empty() || types.iter().any(|wanted| wanted == list.type_name()));
    let wanted = lists.filter_map(|(rank, list)| {
        let resource = provider.resources().iter().find(|resource| resource.type_name() == list.type_name())?;
        Some(Wanted { list: list.clone(), resource: resource.clone(), rank })
    });
    wanted.collect()
}

/// What is there of one type in one scope.
fn within(
    wanted: &Wanted,
    context: &Context,
    scope: &Scope,
    limit: Option<u64>,
) -> BoxStream<'static, (Wanted, Listed)> {
    let config = scope.config(&*wanted.list);
    let found = wanted.list.validate(&config);
    let wanted = wanted.clone();
    if found.has_errors() {
        return stream::iter(found.0).map(move |finding| (wanted.clone(), Listed::Unread(finding))).boxed();
    }
    // Nothing more is asked of the service once there is enough.
    let mut left = limit.unwrap_or(u64::MAX);
    let listed = wanted.list.list(context, config).scan(false, move |is_full, listed| {
        if *is_full {
            return future::ready(None);
        }
        left -= u64::from(matches!(listed, Listed::Found { .. }));
        *is_full = left == 0;
        future::ready(Some(listed))
    });
    listed.map(move |listed| (wanted.clone(), listed)).boxed()
}
