//! `defender_content_solutions`: what the Content hub offers to a workspace, what of it is installed and in which version,
//! and what an installation left behind under another name.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::arm::{Collection, text};
use crate::catalog::{Connector, nearest};
use crate::provider::engine::attributes::{ID, WORKSPACE_ID};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::session::Session;
use crate::provider::messages;
use crate::provider::packages::{self, Package, is_newer};
use crate::terraform::{
    Attribute, Block, Context, DataSource, Diagnostic, Diagnostics, Object, Schema, SourceRead, Type, Value,
};

const CONTENT_IDS: &str = "content_ids";
const INSTALLED_ONLY: &str = "installed_only";
const SOLUTIONS: &str = "solutions";
const ORPHANS: &str = "orphans";

/// How long both lists together may take.
const WITHIN: Duration = Duration::from_secs(5 * 60);

/// The data source.
pub struct ContentSolutions {
    session: Arc<Session>,
}

/// One package as the two lists show it; either may lack it.
#[derive(Default)]
struct Known<'a> {
    offered: Option<&'a Json>,
    installed: Option<&'a Json>,
}

impl ContentSolutions {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn look(&self, context: &Context, config: Value) -> Result<Value, Diagnostic> {
        let subject = ("read", "the solutions of the Content hub", "data.defender_content_solutions");
        let place = Place::of(&self.session, context, WITHIN, subject, &config).await?;
        let list = |collection| place.client.list(&place.call, place.list_of(collection));
        let lists = tokio::try_join!(list(Collection::ContentProductPackages), list(Collection::ContentPackages));
        let (offered, installed) = lists.map_err(|error| messages::failed(WORKSPACE_ID, place.subject, &error))?;
        let known = joined(&offered, &installed);
        let wanted = config.get(CONTENT_IDS);
        for id in wanted.known_strings() {
            if !known.contains_key(&id.to_lowercase()) {
                let meant = nearest(id, known.keys().map(String::as_str));
                let near = packages::near(&offered, &[id]);
                return Err(messages::no_such_package(CONTENT_IDS, place.subject, id, meant, &near));
            }
        }
        let ids: Vec<_> = wanted.known_strings().iter().map(|id| id.to_lowercase()).collect();
        let installed_only = config.get(INSTALLED_ONLY).as_bool() == Some(true);
        let is_asked_for = |(id, known): &(&String, &Known<'_>)| {
            let is_named = wanted.is_null() || ids.contains(id);
            is_named && (!installed_only || known.installed_version().is_some())
        };
        let shown = known.iter().filter(is_asked_for).map(|(id, known)| self.shown(id, known));
        let solutions = Value::List(shown.collect());
        let is_orphan = |item: &&Json| !Package::is_under_its_name(item);
        let mut orphans: Vec<_> = installed.iter().filter(is_orphan).map(orphan).collect();
        orphans.sort_by(|left, right| left.get(ID).as_str().cmp(&right.get(ID).as_str()));
        let workspace = place.workspace.to_string();
        let mut state = config;
        state.set(ID, workspace);
        state.set(SOLUTIONS, solutions);
        state.set(ORPHANS, Value::List(orphans));
        Ok(state)
    }

    fn shown(&self, id: &str, known: &Known<'_>) -> Value {
        let either = |field: &str| {
            let texts = [known.offered, known.installed].into_iter().flatten();
            Value::from(texts.map(|item| text(&item["properties"], field)).find(|text| !text.is_empty()))
        };
        let newest = known.offered.map(|item| text(&item["properties"], "version")).filter(|text| !text.is_empty());
        let installed = known.installed_version();
        let newer = newest.zip(installed).filter(|(newest, installed)| is_newer(newest, installed));
        let products = Connector::of_solution(self.session.connectors(), id).map(|row| row.product);
        Value::Object(Object::from([
            ("content_id".to_owned(), either("contentId")),
            ("display_name".to_owned(), either("displayName")),
            ("kind".to_owned(), either("contentKind")),
            ("version".to_owned(), newest.into()),
            ("installed_version".to_owned(), installed.into()),
            ("update_available".to_owned(), newer.map(|(newest, _)| newest).into()),
            ("products".to_owned(), Value::strings(products)),
        ]))
    }
}

impl Known<'_> {
    /// The version that is installed: as the package itself has it, else as the catalogue says.
    fn installed_version(&self) -> Option<&str> {
        let fields =
            [(self.installed, "installedVersion"), (self.installed, "version"), (self.offered, "installedVersion")];
        let texts = fields.into_iter().filter_map(|(item, field)| Some(text(&item?["properties"], field)));
        texts.into_iter().find(|text| !text.is_empty())
    }
}

/// The packages of both lists, by their content ids in lower case; what is installed under another name is none of them.
fn joined<'a>(offered: &'a [Json], installed: &'a [Json]) -> BTreeMap<String, Known<'a>> {
    let mut known: BTreeMap<String, Known<'a>> = BTreeMap::new();
    let key = |item: &Json| text(&item["properties"], "contentId").to_lowercase();
    for item in offered {
        known.entry(key(item)).or_default().offered = Some(item);
    }
    for item in installed.iter().filter(|item| Package::is_under_its_name(item)) {
        known.entry(key(item)).or_default().installed = Some(item);
    }
    known.remove("");
    known
}

fn orphan(item: &Json) -> Value {
    let properties = &item["properties"];
    let optional = |value: &Json| Value::from(value.as_str());
    Value::Object(Object::from([
        (ID.to_owned(), optional(&item["id"])),
        ("content_id".to_owned(), optional(&properties["contentId"])),
        ("display_name".to_owned(), optional(&properties["displayName"])),
        ("version".to_owned(), optional(&properties["version"])),
    ]))
}

#[async_trait]
impl DataSource for ContentSolutions {
    fn type_name(&self) -> &str {
        "defender_content_solutions"
    }

    fn schema(&self) -> Schema {
        let solution = Type::object([
            ("content_id", Type::String),
            ("display_name", Type::String),
            ("kind", Type::String),
            ("version", Type::String),
            ("installed_version", Type::String),
            ("update_available", Type::String),
            ("products", Type::list(Type::String)),
        ]);
        let orphan = Type::object([
            (ID, Type::String),
            ("content_id", Type::String),
            ("display_name", Type::String),
            ("version", Type::String),
        ]);
        let mut attributes = place::source_attributes().to_vec();
        attributes.extend([
            Attribute::optional(
                CONTENT_IDS,
                Type::set(Type::String),
                "Content ids of the packages to list, in any casing. One that is neither offered nor installed is an error. Defaults to all \
                 of them, which are hundreds.",
            ),
            Attribute::optional(
                INSTALLED_ONLY,
                Type::Bool,
                "Whether only what is installed is listed. Defaults to `false`.",
            ),
            Attribute::computed(ID, Type::String, "The workspace's ARM id."),
            Attribute::computed(
                SOLUTIONS,
                Type::list(solution),
                "The packages, in order of their content ids: `content_id`, `display_name`, `kind` (`Solution` or `Standalone`), `version`, the \
                 newest that is offered (null where none is any more), `installed_version` (null where it is not installed), \
                 `update_available`, the newer version of what is installed (null where there is none), and `products`, those whose \
                 connectors it goes with, by the names that `product` of `defender_content_solution` takes.",
            ),
            Attribute::computed(
                ORPHANS,
                Type::list(orphan),
                "What is installed under another name than its content's: `id`, `content_id`, `display_name` and `version`. It keeps the \
                 solution of that content from being installed until it is removed.",
            ),
        ]);
        let description = "Lists the packages of Microsoft Sentinel's Content hub for a workspace: what is offered, what is installed and \
            whether there is a newer version.\n\n\
            **Known** (Microsoft's API description): both lists, and that the catalogue names the newest version alone.\n\n\
            **Reported by users**: packages that a deployment left under another name.\n\n\
            **Not verified**: that Microsoft Sentinel Reader on the workspace is enough to read the catalogue.";
        Schema { version: 0, block: Block::new(description, attributes) }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = place::validate(config);
        if config.get(CONTENT_IDS).as_list().is_some_and(<[Value]>::is_empty) {
            let way_out = "Name at least one, or leave content_ids out for all of them.";
            diagnostics.push(messages::empty_set(CONTENT_IDS, "content id", way_out));
        }
        diagnostics
    }

    async fn read(&self, context: &Context, config: Value) -> SourceRead {
        match self.look(context, config).await {
            Ok(state) => SourceRead { state: Some(state), diagnostics: Diagnostics::default() },
            Err(diagnostic) => SourceRead { state: None, diagnostics: diagnostic.into() },
        }
    }
}
