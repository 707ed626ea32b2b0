//! The searches for objects that are there, one for each resource type that has any: one driver, and of each resource what
//! `engine::search` says of it.

mod scope;
mod search;

use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt};

use super::engine::search::{Listable, Source};
use super::engine::session::Session;
use super::resources;
use crate::arm::Collection;
use crate::terraform::{Context, Diagnostics, ListResource, Listed, Schema, Value};
use scope::Scope;
use search::Search;

/// Every list resource of the provider.
pub fn all(session: &Arc<Session>) -> Vec<Arc<dyn ListResource>> {
    let list = |resource| Arc::new(List { resource, session: Arc::clone(session) }) as Arc<dyn ListResource>;
    resources::listable(session).into_iter().map(list).collect()
}

/// The list of one resource type's objects.
struct List {
    resource: Arc<dyn Listable>,
    session: Arc<Session>,
}

impl ListResource for List {
    fn type_name(&self) -> &str {
        self.resource.type_name()
    }

    fn schema(&self) -> Schema {
        Schema { version: 0, block: scope::block(self.description()) }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        scope::validate(config)
    }

    fn list(&self, context: &Context, config: Value) -> BoxStream<'static, Listed> {
        let wrong = self.validate(&config);
        if !wrong.is_empty() {
            return stream::iter(wrong.0).map(Listed::Unread).boxed();
        }
        let scope = Scope::of(&config);
        match Search::new(&self.resource, &self.session, context, &config, scope) {
            Ok(search) => Arc::new(search).stream(),
            Err(told) => stream::iter([Listed::Unread(told)]).boxed(),
        }
    }
}

impl List {
    fn description(&self) -> String {
        let besides = match self.resource.source() {
            Source::ExportSettings => {
                "Each is an export setting that streams to a workspace of the scope. They are asked of the Defender API, once for a \
                 tenant; those that stream to an event hub or a storage account are told of."
            }
            Source::Tables => {
                "Only tables whose retention or plan is not the default are found, in workspaces without Microsoft Sentinel too."
            }
            Source::Workbooks(_) => {
                "Workbooks that this resource type made are told from others by a mark in their content. A subscription is asked once for \
                 all its workspaces, with or without Microsoft Sentinel."
            }
            Source::Collection(Collection::AlertRules) => {
                "Rules of other kinds, and workspaces of a subscription that are without Microsoft Sentinel, are passed over. Terraform writes a \
                 name that is JSON as a call of `jsonencode`, which leaves out spaces; the plan shows that as a change."
            }
            _ => "Workspaces of a subscription that are without Microsoft Sentinel are passed over.",
        };
        format!(
            "Finds every `{}` there is in a workspace, a subscription or a tenant, whoever made it, for `terraform query`, which has Terraform \
             1.14 and later. With `-generate-config-out` it writes their configuration and the blocks that import them.\n\n{besides} A \
             workspace, subscription or tenant that refuses is told of as a warning, and the rest is listed.",
            self.resource.type_name()
        )
    }
}
