//! What the objects that are to be in a workspace meet there: the service's own check, their solutions, what is there
//! already, and who makes the same incidents.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::Value as Json;

use super::workspace::Look;
use super::{Check, Finding, Wish};
use crate::arm::{Collection, Request, text};
use crate::catalog::{CONNECTORS, Connector, Line, Scope};
use crate::provider::engine::interlocks::{Part, Party, rules_that_double};
use crate::provider::messages::{self, Subject};
use crate::provider::resources::requirements_body;

impl Look<'_> {
    /// What can be said of nothing while Sentinel is off.
    pub fn without_sentinel(&self) -> Vec<Finding> {
        let mut checks = Vec::new();
        if self.connectors().next().is_some() {
            checks.extend([Check::Requirements, Check::ContentSolutions, Check::ExistingObjects]);
        }
        checks.into_iter().map(|check| Finding::unknown(check, "Microsoft Sentinel is off in the workspace")).collect()
    }

    /// What the objects of Sentinel meet.
    pub async fn objects(&self) -> Vec<Finding> {
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
        let answers = join_all(looks).await;
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
        // What a replacement makes anew is there by right until then.
        let is_new = |wish: &Wish| wish.operations.creates && wish.id.is_none();
        for (row, wish) in self.connectors().filter(|(_, wish)| is_new(wish) && !wish.adopts) {
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
}

fn is_incidents(wish: &Wish) -> bool {
    wish.party.as_ref().is_some_and(|party| party.part == Part::Incidents)
}

fn is_either(wish: &Wish) -> bool {
    wish.party.as_ref().is_some_and(|party| matches!(party.part, Part::Incidents | Part::Rule))
}
