//! The move of a tenant's workspaces to the Defender portal, and of its primary workspace, as one step: what the portal does
//! to each connector \[doc: workspaces-defender-portal\]. How that reads in Resource Manager nobody has written down; both
//! ways are played.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::collection::{Resource, fresh_etag};
use super::connector_kinds::{XDR, XDR_COMPONENTS};
use super::workspace::Workspace;
use super::world::World;

/// What moves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cutover {
    /// The ARM id of the workspace that is the primary one from now on; its tenant is the one that moves.
    pub primary: String,
    /// How a connector reads that the portal disconnected \[inferred\].
    #[serde(default)]
    pub disconnected: Disconnected,
}

/// How a connector reads that the portal disconnected.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disconnected {
    /// It is not there.
    #[default]
    Absent,
    /// It is there with every data type off.
    Off,
}

/// Kinds that the portal disconnects besides the components of Defender XDR \[doc\].
const BESIDE_COMPONENTS: &str = "AzureActiveDirectory";

/// The kind that stays in the primary workspace and is to be removed in the others \[doc\].
const OF_PRIMARY: &str = "OfficeIRM";

/// Moves every workspace of the primary one's tenant that has Sentinel; the error names what is wrong.
pub fn run(world: &mut World, cutover: &Cutover) -> Result<(), String> {
    let primary = world.workspace(&cutover.primary).ok_or("no such workspace as 'primary'")?;
    let (id, tenant) = (primary.id(), primary.tenant_id.clone());
    if primary.onboarding.get("default").is_none() {
        return Err("the workspace 'primary' is not onboarded to Microsoft Sentinel".to_owned());
    }
    let of_tenant = |workspace: &&mut Workspace| workspace.tenant_id.eq_ignore_ascii_case(&tenant);
    for workspace in world.workspaces.iter_mut().filter(of_tenant) {
        if workspace.onboarding.get("default").is_some() {
            let is_primary = workspace.id().eq_ignore_ascii_case(&id);
            take_over(workspace, is_primary, cutover.disconnected);
        }
    }
    Ok(())
}

fn take_over(workspace: &mut Workspace, is_primary: bool, disconnected: Disconnected) {
    workspace.portal_locked = true;
    let known: Vec<Resource> = workspace.connectors.all().cloned().collect();
    for connector in &known {
        let kind = connector.kind.as_deref().unwrap_or_default();
        let goes = XDR_COMPONENTS.contains(&kind)
            || kind == BESIDE_COMPONENTS
            || (!is_primary && [XDR, OF_PRIMARY].contains(&kind));
        match (goes, disconnected) {
            (true, Disconnected::Absent) => {
                workspace.connectors.remove(&connector.name, 0);
            }
            (true, Disconnected::Off) => {
                workspace.connectors.put(off(connector.clone()), 0);
            }
            // Its options are the portal's now, and off here [doc].
            (false, _) if kind == XDR => {
                workspace.connectors.put(off(connector.clone()), 0);
            }
            (false, _) => {}
        }
    }
    let has_xdr = workspace.connectors.all().any(|connector| connector.kind.as_deref() == Some(XDR));
    if is_primary && !has_xdr {
        let states = json!({"incidents": {"state": "Disabled"}, "alerts": {"state": "Disabled"}});
        let properties = json!({"tenantId": workspace.tenant_id, "dataTypes": states});
        workspace.connectors.put(Resource::new(&Uuid::new_v4().to_string(), Some(XDR), properties), 0);
    }
}

fn off(mut connector: Resource) -> Resource {
    let data_types = connector.properties.get_mut("dataTypes").and_then(Value::as_object_mut);
    for data_type in data_types.into_iter().flat_map(|data_types| data_types.values_mut()) {
        data_type["state"] = json!("Disabled");
    }
    connector.etag = fresh_etag();
    connector
}
