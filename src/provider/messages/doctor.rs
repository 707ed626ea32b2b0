//! What is told by `defenderctl doctor`, of what it looked at. What the provider itself would say is told in its words.

use std::collections::BTreeMap;

use super::{bullets, service::said};
use crate::arm;
use crate::terraform::Diagnostic;

pub fn nothing_to_examine() -> Diagnostic {
    Diagnostic::error(
        "Nothing to examine",
        "No plan and no state that could be read names a workspace that is there, and no --workspace does. What could not be read is told \
         above. Of a workspace that the same plan makes nothing can be asked yet: name one with --workspace, or apply its makings first.",
    )
}

pub fn not_answered(what: &str, error: &arm::Error) -> Diagnostic {
    Diagnostic::warning(format!("Not known, because the service did not tell {what}"), said(error))
}

pub fn no_entra_role(found: &[String]) -> Diagnostic {
    Diagnostic::error(
        "The caller is no Security Administrator in Entra",
        format!(
            "The token is of a user, and the roles in its claims are others (by template id):\n{}\n\nGive the user Security Administrator in \
             the tenant, or activate it where it is only eligible, and sign in again: a token names the roles of its hour.",
            bullets(found)
        ),
    )
}

pub fn provider_not_registered(subscription: &str, missing: &[(&str, String)]) -> Diagnostic {
    let names: Vec<_> = missing.iter().map(|(namespace, state)| format!("{namespace}: {state}")).collect();
    let commands: Vec<_> = missing
        .iter()
        .map(|(namespace, _)| format!("  az provider register --namespace {namespace} --subscription {subscription}"))
        .collect();
    Diagnostic::error(
        "A resource provider is not registered",
        format!(
            "The subscription {subscription} has:\n{}\n\nWhoever may register providers there, as a Contributor may, does it once:\n{}",
            bullets(&names),
            commands.join("\n")
        ),
    )
}

pub fn no_free_export_setting(wanted: usize, limit: usize, ids: &[String]) -> Diagnostic {
    Diagnostic::error(
        "The tenant has no room for another export setting",
        format!(
            "{wanted} are to be made, of {limit} that a tenant may have (reported by users), and these are there:\n{}\n\nTake one over with \
             import or setting_id, delete one that nobody needs in the Defender portal under Settings, Microsoft Defender XDR, Streaming \
             API, or stream to fewer workspaces.",
            bullets(ids)
        ),
    )
}

pub fn sentinel_is_off(workspace: &str) -> Diagnostic {
    Diagnostic::error(
        "Microsoft Sentinel is off in the workspace",
        format!(
            "{workspace}\nhas no onboarding state, and nothing that is to be done switches Sentinel on.\n\nAdd the onboarding, and let the rest \
             come after it by depends_on or a reference:\n\n  resource \"defender_workspace_onboarding\" \"NAME\" {{\n    workspace_id = \
             {workspace:?}\n  }}"
        ),
    )
}

pub fn missing_actions(scope: &str, missing: &BTreeMap<&str, Vec<String>>) -> Diagnostic {
    let roles: Vec<_> = missing.iter().map(|(role, actions)| format!("{role}, for\n{}", bullets(actions))).collect();
    let named: Vec<_> = missing.keys().copied().collect();
    Diagnostic::error(
        "The caller lacks actions of Azure roles",
        format!(
            "At\n{scope}\nnone of the caller's roles, there or above, has all of what is to be done. The least of Azure's own roles that \
             have it:\n{}\n\nAssign {} to the caller at that scope, and run again after some minutes: assignments take a while to count. Deny \
             assignments and locks are not seen here.",
            roles.join("\n"),
            named.join(" and ")
        ),
    )
}

pub fn solutions_missing(workspace: &str, missing: &BTreeMap<&str, &str>) -> Diagnostic {
    let named: Vec<_> = missing.iter().map(|(product, content)| format!("{product}: {content}")).collect();
    let first = missing.keys().next().copied().unwrap_or_default();
    Diagnostic::warning(
        "Connectors without their Content hub solution",
        format!(
            "The workspace has none of these packages, and nothing that is to be done installs them:\n{}\n\nThe connectors can be made \
             without, and the portal then does not show them as connected. To install them, for each:\n\n  resource \
             \"defender_content_solution\" \"NAME\" {{\n    workspace_id = {workspace:?}\n    product      = {first:?}\n  }}",
            bullets(&named)
        ),
    )
}

pub fn there_already(found: &[(String, String)]) -> Diagnostic {
    let named: Vec<_> = found.iter().map(|(name, id)| format!("{name}: {id}")).collect();
    let (name, id) = found.first().map(|(name, id)| (name.as_str(), id.as_str())).unwrap_or_default();
    // What was named by its type alone has no address yet.
    let name = if name.contains('.') { name.to_owned() } else { format!("{name}.NAME") };
    Diagnostic::error(
        "What is to be made is there already",
        format!(
            "A workspace has each of these once, and has them already:\n{}\n\nTake them over, for each by\n\n  import {{\n    to = {name}\n    id = \
             \"{id}\"\n  }}\n\nor by adopt_existing = true in its block. defenderctl export writes such blocks for a whole workspace.",
            bullets(&named)
        ),
    )
}

pub fn incidents_would_double(rules: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Incidents would arrive twice",
        format!(
            "Defender XDR brings the incidents of these products, and rules that are on make them once more:\n{}\n\nSwitch the rules off: a \
             defender_incident_rule_suppression for their products keeps them off, whoever made them.",
            bullets(rules)
        ),
    )
}

pub fn known_to_be_the_portals(names: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "The Defender portal manages connectors",
        format!(
            "By a refused write, or by the user's word, the portal has these:\n{}\n\nTheir drift is told and is no diff, and what is changed in \
             their blocks is refused. To have one back, disconnect it in the Defender portal and set managed_by_portal = false.",
            bullets(names)
        ),
    )
}

pub fn tied_to_the_portal() -> Diagnostic {
    Diagnostic::warning(
        "The workspace is tied to the Defender portal",
        "Its features name the portal, which may have taken over the connectors of Defender products: writes of them are reported to be \
         refused then. Set managed_by_portal = true where it has, or let the first refused write teach it.",
    )
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;

    /// Every message of this file.
    pub fn all() -> Vec<(&'static str, Diagnostic)> {
        let workspace =
            "/subscriptions/SUBSCRIPTION/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law";
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let actions = BTreeMap::from([(
            "Microsoft Sentinel Contributor",
            texts(&["Microsoft.SecurityInsights/dataConnectors/write", "Microsoft.SecurityInsights/settings/write"]),
        )]);
        let content = "azuresentinel.azure-sentinel-solution-microsoft365defender";
        let connector = "defender_xdr_connector.soc";
        let refused = arm::Error::sample(arm::Kind::Service, Some(403), Some("AuthorizationFailed"), "No such right.");
        vec![
            ("nothing_to_examine", nothing_to_examine()),
            ("not_answered", not_answered("whether Microsoft Sentinel is on", &refused)),
            ("no_entra_role", no_entra_role(&texts(&["b79fbf4d-3ef9-4689-8143-76b194e85509"]))),
            (
                "provider_not_registered",
                provider_not_registered("SUBSCRIPTION", &[("Microsoft.SecurityInsights", "NotRegistered".to_owned())]),
            ),
            ("no_free_export_setting", no_free_export_setting(1, 5, &texts(&["to-lake", "to-hub"]))),
            ("sentinel_is_off", sentinel_is_off(workspace)),
            ("missing_actions", missing_actions(workspace, &actions)),
            ("solutions_missing", solutions_missing(workspace, &BTreeMap::from([("Microsoft Defender XDR", content)]))),
            (
                "there_already",
                there_already(&[(connector.to_owned(), format!("{workspace}/providers/.../dataConnectors/x"))]),
            ),
            (
                "incidents_would_double",
                incidents_would_double(&texts(&["Microsoft Defender for Endpoint: .../alertRules/mde"])),
            ),
            ("known_to_be_the_portals", known_to_be_the_portals(&texts(&[connector]))),
            ("tied_to_the_portal", tied_to_the_portal()),
        ]
    }
}
