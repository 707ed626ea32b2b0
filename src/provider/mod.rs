//! Our provider: its block, what it offers, and how configuration becomes requests and answers become state.

mod block;
mod data_sources;
mod dates;
mod engine;
pub mod examination;
mod export_setting;
mod functions;
#[cfg(fuzzing)]
pub mod fuzz;
mod kql;
mod lists;
pub(crate) mod messages;
mod moves;
mod packages;
mod resources;
mod spelling;
mod workspace_item;

use std::sync::Arc;

use async_trait::async_trait;

use crate::arm::Client;
use crate::catalog::{CONNECTORS, Connector};
use crate::terraform::{Context, DataSource, Diagnostics, Function, ListResource, Provider, Resource, Schema, Value};
use block::options::Options;
pub(crate) use engine::attributes;
pub(crate) use engine::import_id::split_tenant;
pub(crate) use engine::interlocks;
use engine::session::Session;

/// The provider `defender`.
pub struct DefenderProvider {
    session: Arc<Session>,
    resources: Vec<Arc<dyn Resource>>,
    list_resources: Vec<Arc<dyn ListResource>>,
    data_sources: Vec<Arc<dyn DataSource>>,
    functions: Vec<Arc<dyn Function>>,
}

impl Default for DefenderProvider {
    fn default() -> Self {
        Self::new(CONNECTORS)
    }
}

impl DefenderProvider {
    /// The provider with a resource for each of these connector kinds, besides what is not a connector.
    pub fn new(connectors: &'static [Connector]) -> Self {
        let session = Arc::new(Session::new(connectors));
        Self {
            resources: resources::all(&session),
            list_resources: lists::all(&session),
            data_sources: data_sources::all(&session),
            functions: functions::all(),
            session,
        }
    }
}

/// The tenant that a provider block, or a variable in its place, names as the provider's own.
pub fn own_tenant(config: &Value) -> Option<String> {
    block::own_tenant(config, |variable| std::env::var(variable).ok())
}

#[async_trait]
impl Provider for DefenderProvider {
    fn schema(&self) -> Schema {
        Schema { version: 0, block: block::block() }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        block::validate(config)
    }

    async fn configure(&self, _context: &Context, terraform_version: &str, config: Value) -> Diagnostics {
        if !config.is_wholly_known() {
            // Plan goes on without looking at the service; whatever needs it says so.
            self.session.set(None, Options::default());
            return Diagnostics::default();
        }
        let client = block::settings(&config, terraform_version, |variable| std::env::var(variable).ok())
            .await
            .and_then(|settings| Client::new(settings).map_err(|error| messages::bad_settings(&error).into()));
        match client {
            Ok(client) => {
                let mut diagnostics = Diagnostics::default();
                if client.has_opaque_token() {
                    diagnostics.push(messages::opaque_token(block::token_path(&config)));
                }
                self.session.set(Some(client), Options::of(&config));
                diagnostics
            }
            Err(diagnostics) => diagnostics,
        }
    }

    fn resources(&self) -> &[Arc<dyn Resource>] {
        &self.resources
    }

    fn list_resources(&self) -> &[Arc<dyn ListResource>] {
        &self.list_resources
    }

    fn data_sources(&self) -> &[Arc<dyn DataSource>] {
        &self.data_sources
    }

    fn functions(&self) -> &[Arc<dyn Function>] {
        &self.functions
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::terraform::Block;

    fn silent(block: &Block, of: &str, found: &mut Vec<String>) {
        let mut check = |what: String, description: &str| {
            if !description.ends_with('.') {
                found.push(what);
            }
        };
        check(of.to_owned(), &block.description);
        for attribute in &block.attributes {
            check(format!("{of}.{}", attribute.name), &attribute.description);
        }
        for nested in &block.blocks {
            silent(&nested.block, &format!("{of}.{}", nested.name), found);
        }
    }

    #[test]
    fn everything_is_described() {
        let provider = DefenderProvider::default();
        let mut found = Vec::new();
        silent(&provider.schema().block, "provider", &mut found);
        for resource in provider.resources() {
            silent(&resource.schema().block, resource.type_name(), &mut found);
        }
        for list in provider.list_resources() {
            silent(&list.schema().block, list.type_name(), &mut found);
        }
        for source in provider.data_sources() {
            silent(&source.schema().block, source.type_name(), &mut found);
        }
        for function in provider.functions() {
            let signature = function.signature();
            let texts =
                signature.parameters.iter().map(|parameter| &parameter.description).chain([&signature.description]);
            found.extend(texts.filter(|text| !text.ends_with('.')).map(|_| function.name().to_owned()));
        }
        assert_eq!(found, [""; 0], "these have no description, or one that is no sentence");
    }

    /// The attributes and blocks of a block, at any depth.
    fn names(block: &Block, found: &mut BTreeSet<String>) {
        found.extend(block.attributes.iter().map(|attribute| attribute.name.clone()));
        for nested in &block.blocks {
            found.insert(nested.name.to_owned());
            names(&nested.block, found);
        }
    }

    /// What the code of a folder gets or sets by a text of its own, with the file it stands in.
    fn texts(folder: &Path, found: &mut BTreeSet<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                texts(&path, found);
                continue;
            }
            let code = std::fs::read_to_string(&path).unwrap();
            let code = code.split("#[cfg(test)]").next().unwrap();
            for call in [".get(\"", ".set(\""] {
                let rests = code.split(call).skip(1).filter_map(|rest| rest.split('"').next());
                found.extend(rests.map(|text| (text.to_owned(), path.display().to_string())));
            }
        }
    }

    #[test]
    fn what_is_read_by_a_text_is_an_attribute() {
        let provider = DefenderProvider::default();
        let mut known = BTreeSet::new();
        names(&provider.schema().block, &mut known);
        provider.resources().iter().for_each(|resource| names(&resource.schema().block, &mut known));
        provider.data_sources().iter().for_each(|source| names(&source.schema().block, &mut known));
        let mut found = BTreeSet::new();
        texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider"), &mut found);
        assert!(found.len() > 10, "{found:?}");
        let strange: Vec<_> = found.iter().filter(|(text, _)| !known.contains(text)).collect();
        assert!(strange.is_empty(), "{strange:#?}");
    }
}
