//! What state of other providers tells of the objects that this one manages, put into ARM's words, so that a resource
//! reads it as it reads an answer of the service. No I/O; what a state does not tell is left out.

mod azapi;
mod azurerm;
#[cfg(test)]
mod tests;

use serde_json::Value as Json;

use crate::catalog::{Connector, INCIDENT_RULE_KIND, SETTINGS, Setting};
use crate::provider::messages::{self, Move};
use crate::terraform::{Diagnostic, MoveSource};

/// An object as another provider's state has it.
#[derive(Debug)]
pub struct Told {
    pub id: String,
    /// ARM's `properties`, as far as the state tells them.
    pub properties: Json,
    /// The `timeouts` block.
    pub timeouts: Json,
}

/// What one provider's reading of a state comes to.
struct Object {
    /// What a message calls it: "azurerm_sentinel_data_connector_iot".
    what: String,
    /// The resource of ours that manages such objects, if there is one.
    resource: Option<&'static str>,
    properties: Json,
}

/// What a resource of ours manages, in ARM's words.
#[derive(Clone, Copy)]
struct Managed {
    resource: &'static str,
    arm_type: &'static str,
    /// The kind, of a type that has kinds.
    kind: Option<&'static str>,
}

/// What is no connector and can be taken over all the same.
const OTHERS: [Managed; 4] = [
    Managed {
        resource: "defender_incident_rule",
        arm_type: "Microsoft.SecurityInsights/alertRules",
        kind: Some(INCIDENT_RULE_KIND),
    },
    Managed {
        resource: "defender_workspace_onboarding",
        arm_type: "Microsoft.SecurityInsights/onboardingStates",
        kind: None,
    },
    Managed {
        resource: "defender_table_retention",
        arm_type: "Microsoft.OperationalInsights/workspaces/tables",
        kind: None,
    },
    Managed {
        resource: "defender_content_solution",
        arm_type: "Microsoft.SecurityInsights/contentPackages",
        kind: None,
    },
];

fn managed(connectors: &'static [Connector]) -> impl Iterator<Item = Managed> {
    let connector = |row: &'static Connector| Managed {
        resource: row.resource,
        arm_type: "Microsoft.SecurityInsights/dataConnectors",
        kind: Some(row.kind),
    };
    let setting = |row: &'static Setting| Managed {
        resource: row.resource,
        arm_type: "Microsoft.SecurityInsights/settings",
        kind: Some(row.kind),
    };
    connectors.iter().map(connector).chain(OTHERS).chain(SETTINGS.iter().map(setting))
}

/// What the source of a move tells of an object that `resource` manages.
pub fn told(connectors: &'static [Connector], resource: &str, source: &MoveSource<'_>) -> Result<Told, Diagnostic> {
    let id = source.state["id"].as_str();
    let of = |is_newer| Move { resource, source: source.type_name, id, is_newer };
    let Some(target) = managed(connectors).find(|what| what.resource == resource) else {
        return Err(refused(resource, source));
    };
    let (object, newest) = match whose(source) {
        Some(Whose::Azurerm) => (azurerm::object(source), azurerm::NEWEST),
        Some(Whose::Azapi) => (azapi::object(connectors, source), azapi::NEWEST),
        None => (None, i64::MAX),
    };
    let supported =
        || azurerm::types_of(resource).map(str::to_owned).chain(azapi::types_of(target)).collect::<Vec<_>>();
    let misread = |why: &str| messages::moved_state_misread(of(source.schema_version > newest), why);
    let Some(object) = object else {
        return Err(messages::moves_from_elsewhere(of(false), source.provider, &supported()));
    };
    let object = object.map_err(|why| misread(&why))?;
    if object.resource != Some(resource) {
        return Err(messages::moves_to_another(of(false), &object.what, object.resource, &supported()));
    }
    let id = id.ok_or_else(|| misread("it has no id"))?.to_owned();
    Ok(Told { id, properties: object.properties, timeouts: source.state["timeouts"].clone() })
}

/// What is told of a source whose object lacks a property that its resource cannot do without.
pub fn untold(resource: &str, source: &MoveSource<'_>, lacks: &str) -> Diagnostic {
    let of = Move { resource, source: source.type_name, id: source.state["id"].as_str(), is_newer: false };
    messages::moved_state_misread(of, &format!("its properties have no '{lacks}'"))
}

/// The answer of a resource that takes over nothing.
pub fn refused(resource: &str, source: &MoveSource<'_>) -> Diagnostic {
    let id = source.state["id"].as_str();
    messages::moves_nothing(Move { resource, source: source.type_name, id, is_newer: false })
}

/// The providers that state is taken over from.
enum Whose {
    Azurerm,
    Azapi,
}

/// Which provider a source is of, whichever registry or mirror that comes from.
fn whose(source: &MoveSource<'_>) -> Option<Whose> {
    let address = source.provider.to_ascii_lowercase();
    let mut parts = address.rsplit('/');
    match (parts.next()?, parts.next()?) {
        ("azurerm", "hashicorp") => Some(Whose::Azurerm),
        ("azapi", "azure") => Some(Whose::Azapi),
        // Where instances of one resource go to several, Terraform calls the source of all but the first by the target's
        // provider.
        ("defender", _) if source.type_name.starts_with("azurerm_") => Some(Whose::Azurerm),
        ("defender", _) if source.type_name.starts_with("azapi_") => Some(Whose::Azapi),
        _ => None,
    }
}
