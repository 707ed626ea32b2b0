//! What is looked at in each workspace: whether it is there and on, what the caller may do, and whether the portal has it.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::actions::{At, Needs, are_permissions, hold};
use super::{Check, ExaminedWorkspace, Finding, Target, Wish};
use crate::arm::{Call, Client, Collection, Error, Request, ResourceId, WorkspaceId};
use crate::catalog::{CONNECTORS, Connector, Line};
use crate::provider::engine::session::Session;
use crate::provider::messages::{self, Subject};
use crate::provider::workspace_item::{associations, names_portal};
use crate::terraform::Diagnostic;

/// One look at one workspace.
pub(super) struct Look<'a> {
    pub session: &'a Session,
    pub client: &'a Client,
    pub call: Call,
    pub tenant: &'a str,
    pub workspace: WorkspaceId,
    pub wishes: &'a [Wish],
}

/// Looks at a workspace of a tenant that gave a token.
pub async fn examine(
    session: &Session,
    client: &Client,
    call: Call,
    tenant: &str,
    target: &Target,
) -> ExaminedWorkspace {
    let workspace_id = target.workspace_id.clone();
    let workspace = match WorkspaceId::parse(&workspace_id) {
        Ok(workspace) => workspace,
        Err(error) => {
            let told = messages::bad_workspace_id("workspace_id", &error);
            return ExaminedWorkspace { workspace_id, findings: vec![Finding::told(Check::Workspace, told)] };
        }
    };
    let look = Look { session, client, call, tenant, workspace, wishes: &target.wishes };
    let (item, onboarded, permissions) = tokio::join!(look.item(), look.onboarded(), look.permissions());
    let mut findings = Vec::new();
    let is_there = item.is_ok();
    match &item {
        Ok(_) => findings.push(Finding::well(Check::Workspace, "It is there and can be read")),
        // Tables of one tenant may stream into a workspace of another, which its own objects tell of.
        Err(error) if error.is_wrong_tenant() && look.has_tables_alone() => {
            let because = "it is of another tenant than the one whose tables are to stream into it";
            findings.push(Finding::unknown(Check::Workspace, because));
        }
        Err(error) => findings.push(Finding::told(Check::Workspace, look.failed("read", "the workspace", error))),
    }
    if is_there {
        let (finding, is_on) = look.onboarding(&onboarded);
        findings.extend([finding]);
        findings.extend(permissions);
        if is_on {
            findings.extend(look.objects().await);
        } else {
            findings.extend(look.without_sentinel());
        }
        findings.extend(look.portal(&item.unwrap_or_default()));
    }
    findings.sort_by_key(|finding| finding.check);
    ExaminedWorkspace { workspace_id, findings }
}

impl Look<'_> {
    pub fn version(&self, line: Line) -> String {
        self.session.options().version(line).to_owned()
    }

    fn failed(&self, operation: &str, what: &str, error: &Error) -> Diagnostic {
        let place = self.workspace.to_string();
        let subject = Subject { operation, what, place: &place, resource: "defenderctl" };
        messages::failed("workspace_id", subject, error)
    }

    /// The connectors that are to be there after it, with their rows.
    pub fn connectors(&self) -> impl Iterator<Item = (&'static Connector, &Wish)> {
        let row = |wish: &Wish| CONNECTORS.iter().find(|row| row.resource == wish.resource);
        let stays = |wish: &&Wish| wish.operations.creates || !wish.operations.deletes;
        self.wishes.iter().filter(stays).filter_map(move |wish| Some((row(wish)?, wish)))
    }

    pub fn of_type(&self, resource: &str) -> impl Iterator<Item = &Wish> {
        self.wishes.iter().filter(move |wish| wish.resource == resource)
    }

    fn has_tables_alone(&self) -> bool {
        self.wishes.iter().all(|wish| wish.resource == "defender_hunting_tables")
    }

    async fn item(&self) -> Result<Json, Error> {
        let ask = |request| async { self.client.send(&self.call, request).await?.resource() };
        match ask(Request::workspace_newest(&self.workspace)).await {
            Err(error) if error.is_unknown_api_version() => ask(Request::workspace(&self.workspace)).await,
            other => other,
        }
    }

    async fn onboarded(&self) -> Result<bool, Error> {
        let (workspace, collection) = (self.workspace.clone(), Collection::OnboardingStates);
        let id = ResourceId { workspace, collection, name: "default".to_owned() };
        let found = self.client.find(&self.call, Request::get(&id, &self.version(Line::Stable))).await?;
        Ok(found.is_some())
    }

    /// What came of that, and whether Sentinel can be asked.
    fn onboarding(&self, onboarded: &Result<bool, Error>) -> (Finding, bool) {
        let check = Check::Onboarding;
        let makes: Vec<_> = self.of_type("defender_workspace_onboarding").collect();
        match onboarded {
            Ok(true) => (Finding::well(check, "Microsoft Sentinel is on"), true),
            Ok(false) if makes.iter().any(|wish| wish.is_asked_for) => {
                (Finding::well(check, "Microsoft Sentinel is off, and is to be switched on").of(&makes), false)
            }
            Ok(false) => (Finding::told(check, messages::sentinel_is_off(&self.workspace.to_string())), false),
            // Who may not read the state may still read what it holds.
            Err(error) => (Finding::unanswered(check, "whether Microsoft Sentinel is on", error), true),
        }
    }

    /// Whether the caller may do what is to be done.
    async fn permissions(&self) -> Vec<Finding> {
        let mut scopes: BTreeMap<At, Vec<(&Wish, Needs)>> = BTreeMap::new();
        for wish in self.wishes {
            if let Some(needs) = Needs::of(&wish.resource) {
                scopes.entry(needs.at).or_default().push((wish, needs));
            }
        }
        let mut findings = Vec::new();
        for (at, wishes) in scopes {
            findings.push(self.permissions_at(at, &wishes).await);
        }
        findings
    }

    async fn permissions_at(&self, at: At, wishes: &[(&Wish, Needs)]) -> Finding {
        let check = Check::Permissions;
        let (scope, whereabouts) = match at {
            At::Workspace => (self.workspace.to_string(), "for the workspace"),
            At::ResourceGroup => (self.workspace.group(), "for its resource group"),
        };
        let permissions = match self.client.list(&self.call, Request::permissions(&scope)).await {
            Ok(permissions) if are_permissions(&permissions) => permissions,
            Ok(_) => return Finding::unknown(check, format!("the permissions at {scope} are not as described")),
            Err(error) => {
                let what = format!("what the caller may do at {scope}");
                return Finding::unanswered(check, &what, &error);
            }
        };
        let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut concerned = Vec::new();
        for (wish, needs) in wishes {
            let lacking: Vec<_> =
                needs.actions(wish.operations).into_iter().filter(|action| !hold(&permissions, action)).collect();
            if !lacking.is_empty() {
                concerned.push(*wish);
                missing.entry(needs.role).or_default().extend(lacking);
            }
        }
        for actions in missing.values_mut() {
            actions.sort();
            actions.dedup();
        }
        if missing.is_empty() {
            return Finding::well(check, format!("The caller's roles have every action that is needed {whereabouts}"));
        }
        Finding::told(check, messages::missing_actions(&scope, &missing)).of(&concerned)
    }

    /// Whether the Defender portal has the connectors.
    fn portal(&self, item: &Json) -> Option<Finding> {
        let check = Check::DefenderPortal;
        let managed: Vec<_> = self.wishes.iter().filter(|wish| wish.managed_by_portal).collect();
        if !managed.is_empty() {
            let names: Vec<_> = managed.iter().map(|wish| wish.name.clone()).collect();
            return Some(Finding::told(check, messages::known_to_be_the_portals(&names)).of(&managed));
        }
        let taken: Vec<_> =
            self.connectors().filter(|(row, _)| row.portal.takes_some()).map(|(_, wish)| wish).collect();
        if taken.is_empty() {
            return None;
        }
        if associations(item).is_some_and(|names| names_portal(&names)) {
            return Some(Finding::told(check, messages::tied_to_the_portal()).of(&taken));
        }
        Some(Finding::unknown(
            check,
            "no read tells whether the Defender portal manages the connectors; a state in which it refused a write does",
        ))
    }
}
