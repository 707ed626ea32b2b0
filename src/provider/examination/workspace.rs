//! What is looked at in each workspace: whether it is there, what the caller may do, and what the objects that are to be in
//! it meet.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::actions::{At, Needs, are_permissions, hold};
use super::{Check, ExaminedWorkspace, Finding, Target, Wish};
use crate::arm::{Call, Client, Collection, Error, Request, ResourceId, WorkspaceId, text};
use crate::catalog::{CONNECTORS, Connector, Line, Scope};
use crate::provider::engine::interlocks::{Part, Party, rules_that_double};
use crate::provider::engine::session::Session;
use crate::provider::messages::{self, Subject};
use crate::provider::resources::requirements_body;
use crate::provider::workspace_item::{associations, names_portal};

/// One look at one workspace.
struct Look<'a> {
    session: &'a Session,
    client: &'a Client,
    call: Call,
    tenant: &'a str,
    workspace: WorkspaceId,
    wishes: &'a [Wish],
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
    fn version(&self, line: Line) -> String {
        self.session.options().version(line).to_owned()
    }

    fn failed(&self, operation: &str, what: &str, error: &Error) -> crate::terraform::Diagnostic {
        let place = self.workspace.to_string();
        let subject = Subject { operation, what, place: &place, resource: "defenderctl" };
        messages::failed("workspace_id", subject, error)
    }

    /// The connectors that are to be there, with their rows.
    fn connectors(&self) -> impl Iterator<Item = (&'static Connector, &Wish)> {
        let row = |wish: &Wish| CONNECTORS.iter().find(|row| row.resource == wish.resource);
        self.wishes.iter().filter_map(move |wish| Some((row(wish)?, wish)))
    }

    fn of_type(&self, resource: &str) -> impl Iterator<Item = &Wish> {
        self.wishes.iter().filter(move |wish| wish.resource == resource)
    }

    async fn item(&self) -> Result<Json, Error> {
        let ask = |request| async { self.client.send(&self.call, request).await.map(|answer| answer.body) };
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
            let scope = match at {
                At::Workspace => self.workspace.to_string(),
                At::ResourceGroup => self.workspace.group(),
            };
            findings.push(self.permissions_at(&scope, &wishes).await);
        }
        findings
    }

    async fn permissions_at(&self, scope: &str, wishes: &[(&Wish, Needs)]) -> Finding {
        let check = Check::Permissions;
        let permissions = match self.client.list(&self.call, Request::permissions(scope)).await {
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
            // What is denied otherwise stands elsewhere.
            return Finding::well(check, "The caller's roles have every action that is needed");
        }
        Finding::told(check, messages::missing_actions(scope, &missing)).of(&concerned)
    }

    /// What can be said of nothing while Sentinel is off.
    fn without_sentinel(&self) -> Vec<Finding> {
        let mut checks = Vec::new();
        if self.connectors().next().is_some() {
            checks.extend([Check::Requirements, Check::ContentSolutions, Check::ExistingObjects]);
        }
        checks.into_iter().map(|check| Finding::unknown(check, "Microsoft Sentinel is off in the workspace")).collect()
    }

    /// What the objects of Sentinel meet.
    async fn objects(&self) -> Vec<Finding> {
        let list = |collection| {
            let request = Request::list(&self.workspace, collection, &self.version(Line::Preview));
            async move { self.client.list(&self.call, request).await }
        };
        let has_connectors = self.connectors().next().is_some();
        let has_rules = self.of_type("defender_incident_rule").next().is_some();
        let doubles = has_rules || self.connectors().any(|(_, wish)| is_incidents(wish));
        let connectors =
            async { if has_connectors || has_rules { Some(list(Collection::DataConnectors).await) } else { None } };
        let rules = async { if doubles { Some(list(Collection::AlertRules).await) } else { None } };
        let packages = async { if has_connectors { Some(list(Collection::ContentPackages).await) } else { None } };
        let (connectors, rules, packages, mut findings) =
            tokio::join!(connectors, rules, packages, self.requirements());
        if let Some(packages) = packages {
            findings.push(match packages {
                Ok(packages) => self.solutions(&packages),
                Err(error) => {
                    let what = "which Content hub solutions are installed";
                    Finding::unanswered(Check::ContentSolutions, what, &error)
                }
            });
        }
        if has_connectors && let Some(connectors) = &connectors {
            findings.push(match connectors {
                Ok(connectors) => self.existing(connectors),
                Err(error) => Finding::unanswered(Check::ExistingObjects, "which connectors are there already", error),
            });
        }
        match (connectors, rules) {
            (Some(Ok(connectors)), Some(Ok(rules))) => findings.push(self.incidents(&connectors, &rules)),
            (_, Some(Err(error))) | (Some(Err(error)), Some(_)) => {
                let what = "which connectors and rules make incidents";
                findings.push(Finding::unanswered(Check::IncidentRules, what, &error));
            }
            _ => {}
        }
        findings
    }

    /// What the service's own check says of each connector.
    async fn requirements(&self) -> Vec<Finding> {
        let check = Check::Requirements;
        let mut asked: Vec<(&Connector, Vec<&Wish>)> = Vec::new();
        for (row, wish) in self.connectors() {
            match asked.iter_mut().find(|(known, _)| known.resource == row.resource) {
                Some((_, wishes)) => wishes.push(wish),
                None => asked.push((row, vec![wish])),
            }
        }
        let version = self.version(Line::Preview);
        let looks = asked.iter().map(|(row, wishes)| {
            let of = match row.scope {
                Scope::Tenant => self.tenant,
                Scope::Subscription => {
                    let named = wishes.iter().find_map(|wish| wish.subscription_id.as_deref());
                    named.unwrap_or(&self.workspace.subscription_id)
                }
            };
            let request = Request::check_requirements(&self.workspace, &version, requirements_body(row, of));
            async move {
                if !row.has_check {
                    return None;
                }
                Some(self.session.requirements().of(self.client, &self.call, request).await)
            }
        });
        let answers = futures_util::future::join_all(looks).await;
        let (mut findings, mut well, mut untold) = (Vec::new(), Vec::new(), Vec::new());
        let place = self.workspace.to_string();
        for ((row, wishes), answer) in asked.iter().zip(answers) {
            let what = format!("the {} connector", row.product);
            let subject = Subject { operation: "examine", what: &what, place: &place, resource: row.resource };
            let answer = match answer {
                Some(Ok(answer)) => answer,
                Some(Err(error)) if !error.is_unsupported_kind() => {
                    findings
                        .push(Finding::unanswered(check, &format!("the requirements of {what}"), &error).of(wishes));
                    continue;
                }
                _ => {
                    untold.push(row.product);
                    continue;
                }
            };
            let state = |name: &str| text(&answer, name).to_lowercase();
            let (authorization, license) = (state("authorizationState"), state("licenseState"));
            let before = findings.len();
            if authorization == "invalid" {
                let told = messages::not_permitted("workspace_id", subject, row.role);
                findings.push(Finding::told(check, told).of(wishes));
            }
            if license == "invalid" {
                let told = messages::not_licensed("workspace_id", subject, row.licence);
                findings.push(Finding::told(check, told).of(wishes));
            }
            match (authorization.as_str(), license.as_str()) {
                ("valid", "valid") => well.push(row.product),
                _ if findings.len() == before => untold.push(row.product),
                _ => {}
            }
        }
        if !untold.is_empty() {
            let because = format!("the service's check does not tell it of {}", untold.join(", "));
            findings.push(Finding::unknown(check, because));
        }
        if !well.is_empty() {
            findings.push(Finding::well(check, format!("Licence and authorization are valid: {}", well.join(", "))));
        }
        findings
    }

    /// Whether the solution of each connector is installed, or is to be.
    fn solutions(&self, packages: &[Json]) -> Finding {
        let check = Check::ContentSolutions;
        let planned: Vec<_> = self.of_type("defender_content_solution").flat_map(|wish| &wish.of).collect();
        let (mut missing, mut concerned) = (BTreeMap::new(), Vec::new());
        for (row, wish) in self.connectors() {
            let Some(solution) = row.solution else { continue };
            let is_it = |item: &Json| text(&item["properties"], "contentId").eq_ignore_ascii_case(solution.content_id);
            let is_planned = [row.product, row.resource, solution.content_id]
                .iter()
                .any(|name| planned.iter().any(|planned| planned.eq_ignore_ascii_case(name)));
            if !is_planned && !packages.iter().any(is_it) {
                missing.insert(row.product, solution.content_id);
                concerned.push(wish);
            }
        }
        if missing.is_empty() {
            return Finding::well(check, "The solutions of all connectors are installed or to be installed");
        }
        Finding::told(check, messages::solutions_missing(&self.workspace.to_string(), &missing)).of(&concerned)
    }

    /// Whether a connector that is to be made is there already.
    fn existing(&self, connectors: &[Json]) -> Finding {
        let check = Check::ExistingObjects;
        let (mut found, mut concerned) = (Vec::new(), Vec::new());
        for (row, wish) in self.connectors().filter(|(_, wish)| wish.operations.creates && !wish.adopts) {
            let is_of = |item: &&Json| {
                let properties = &item["properties"];
                let (of, own) = match row.scope {
                    Scope::Tenant => (text(properties, "tenantId"), self.tenant),
                    Scope::Subscription => {
                        let own = wish.subscription_id.as_deref().unwrap_or(&self.workspace.subscription_id);
                        (text(properties, "subscriptionId"), own)
                    }
                };
                text(item, "kind").eq_ignore_ascii_case(row.kind) && (of.is_empty() || of.eq_ignore_ascii_case(own))
            };
            if let Some(item) = connectors.iter().find(is_of) {
                found.push((wish.name.clone(), text(item, "id").to_owned()));
                concerned.push(wish);
            }
        }
        if found.is_empty() {
            return Finding::well(check, "No connector that is to be made is there already");
        }
        Finding::told(check, messages::there_already(&found)).of(&concerned)
    }

    /// Whether incidents would arrive twice once everything is as it is to be.
    fn incidents(&self, connectors: &[Json], rules: &[Json]) -> Finding {
        let check = Check::IncidentRules;
        let is_changed = |party: &Party| {
            let same = |wish: &Wish| wish.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(&party.id));
            self.wishes.iter().any(same)
        };
        let suppressed: Vec<_> = self.of_type("defender_incident_rule_suppression").flat_map(|wish| &wish.of).collect();
        let is_suppressed = |party: &Party| {
            party.part == Part::Rule && suppressed.iter().any(|product| product.eq_ignore_ascii_case(&party.product))
        };
        let there = connectors.iter().chain(rules).filter_map(|item| Party::of_item(CONNECTORS, item));
        let there = there.filter(|party| !is_changed(party) && !is_suppressed(party));
        let planned = self.wishes.iter().filter(|wish| wish.is_asked_for).filter_map(|wish| wish.party.clone());
        let parties: Vec<_> = planned.chain(there).collect();
        let doubling: Vec<_> =
            rules_that_double(&parties).iter().map(|rule| format!("{}: {}", rule.product, rule.id)).collect();
        if doubling.is_empty() {
            return Finding::well(check, "No incident rule makes what Defender XDR brings");
        }
        let concerned: Vec<_> = self.wishes.iter().filter(|wish| wish.party.is_some() && is_either(wish)).collect();
        Finding::told(check, messages::incidents_would_double(&doubling)).of(&concerned)
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

fn is_incidents(wish: &Wish) -> bool {
    wish.party.as_ref().is_some_and(|party| party.part == Part::Incidents)
}

fn is_either(wish: &Wish) -> bool {
    wish.party.as_ref().is_some_and(|party| matches!(party.part, Part::Incidents | Part::Rule))
}
