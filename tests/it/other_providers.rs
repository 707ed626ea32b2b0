//! Stand-ins for other providers. Terraform asks a provider for its schemas as long as a state names it, and for what it
//! makes of its state where a `removed` block forgets it; a move asks it for nothing.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use terraform_provider_defender::plugin::{self, About};
use terraform_provider_defender::terraform::{
    Applied, Attribute, Block, Context, DataSource, Diagnostics, Function, Imported, ListResource, Private, Provider,
    Read, Resource, Schema, Type, Value,
};

use crate::served::Served;
use crate::terraform::Bench;

const ADDRESSES: [&str; 2] = ["registry.terraform.io/hashicorp/azurerm", "registry.terraform.io/azure/azapi"];

const ABOUT: About = About { name: "others", version: "0.0.0", address: ADDRESSES[0] };

/// Set where this test program serves the stand-in.
const SERVES: &str = "SERVE_OTHER_PROVIDERS";

/// Makes Terraform ask a stand-in in place of the other providers, as long as what this gives is kept.
pub fn stand_in(bench: &mut Bench) -> Served {
    let served = Served::by("other_providers::serves_where_it_is_asked_to", SERVES, bench);
    let one: Json = serde_json::from_str(&served.reattach).unwrap();
    let [first, second] = ADDRESSES;
    bench.set("TF_REATTACH_PROVIDERS", &json!({ first: one[first], second: one[first] }).to_string());
    served
}

#[test]
fn serves_where_it_is_asked_to() {
    if std::env::var_os(SERVES).is_some() {
        plugin::serve_debug(&ABOUT, Arc::new(Others::new()));
    }
}

/// All the others at once.
struct Others(Vec<Arc<dyn Resource>>);

impl Others {
    /// With the types of what they wrote.
    fn new() -> Self {
        let states = [
            include_str!("../fixtures/states/azurerm-5.2.0.tfstate"),
            include_str!("../fixtures/states/azapi-2.12.0.tfstate"),
        ];
        let states = states.map(|state| serde_json::from_str::<Json>(state).unwrap());
        let resources = states.iter().flat_map(|state| state["resources"].as_array().unwrap());
        let managed = resources.filter(|resource| resource["mode"] == "managed");
        let mut types: Vec<_> = managed.map(|resource| resource["type"].as_str().unwrap().to_owned()).collect();
        types.push("azapi_update_resource".to_owned());
        types.sort();
        types.dedup();
        Self(types.into_iter().map(|name| Arc::new(Theirs(name)) as Arc<dyn Resource>).collect())
    }
}

#[async_trait]
impl Provider for Others {
    fn schema(&self) -> Schema {
        Schema { version: 0, block: Block::new("Another provider.", Vec::new()) }
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    async fn configure(&self, _: &Context, _: &str, _: Value) -> Diagnostics {
        Diagnostics::default()
    }

    fn resources(&self) -> &[Arc<dyn Resource>] {
        &self.0
    }

    fn list_resources(&self) -> &[Arc<dyn ListResource>] {
        &[]
    }

    fn data_sources(&self) -> &[Arc<dyn DataSource>] {
        &[]
    }

    fn functions(&self) -> &[Arc<dyn Function>] {
        &[]
    }
}

/// A resource type that is only ever left.
struct Theirs(String);

#[async_trait]
impl Resource for Theirs {
    fn type_name(&self) -> &str {
        &self.0
    }

    fn schema(&self) -> Schema {
        // As new as the newest of their states, of which nothing but the id matters.
        let id = Attribute::computed("id", Type::String, "Id.");
        Schema { version: 2, block: Block::new("Another provider's.", vec![id]) }
    }

    async fn read(&self, _: &Context, state: Value, private: Private) -> Read {
        Read::kept(&state, &private, Diagnostics::default())
    }

    async fn create(&self, _: &Context, _: Value, _: Private) -> Applied {
        unreachable!("{} is only left", self.0)
    }

    async fn update(&self, _: &Context, _: Value, _: Value, _: Private) -> Applied {
        unreachable!("{} is only left", self.0)
    }

    async fn delete(&self, _: &Context, _: Value, _: Private) -> Applied {
        unreachable!("{} is only left", self.0)
    }

    async fn import(&self, _: &Context, _: &str) -> Result<Imported, Diagnostics> {
        unreachable!("{} is only left", self.0)
    }
}
