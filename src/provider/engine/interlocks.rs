//! How Defender XDR, the connectors of its products and incident rules get in each other's way. Pure: who is there goes
//! in, what to tell comes out.

use serde_json::Value as Json;

use crate::arm::text;
use crate::catalog::{Connector, INCIDENT_RULE_KIND, IncidentProduct, XdrPart};
use crate::provider::messages::{self, Subject};
use crate::provider::spelling::flag;
use crate::terraform::Diagnostic;

/// An object of a workspace that is on and plays a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its ARM id.
    pub id: String,
    /// The product it is of.
    pub product: String,
    pub part: Part,
}

/// What an object that is on does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Streams the incidents of Defender XDR.
    Incidents,
    /// Streams the alerts of a product that Defender XDR covers.
    Component,
    /// Streams alerts whose incidents Defender XDR brings.
    AlertsOfIncidents,
    /// Makes incidents from the alerts of a product that Defender XDR covers.
    Rule,
}

impl Part {
    /// The part of a connector whose data types are on as `is_on` says.
    pub fn of_connector(row: &Connector, is_on: impl Fn(&str) -> bool) -> Option<Part> {
        match row.xdr {
            XdrPart::Itself => is_on("incidents").then_some(Part::Incidents),
            XdrPart::Component => is_on("alerts").then_some(Part::Component),
            XdrPart::AlertsOfIncidents => is_on("alerts").then_some(Part::AlertsOfIncidents),
            XdrPart::Apart => None,
        }
    }

    /// The part of an incident rule of a product, by any of its names.
    pub fn of_rule(product: &str, enabled: bool) -> Option<Part> {
        (enabled && IncidentProduct::find(product).is_some_and(|row| row.in_xdr)).then_some(Part::Rule)
    }

    /// Whether two that are on make the same incidents, so that each arrives twice.
    pub fn doubles(self, other: Part) -> bool {
        matches!((self, other), (Part::Incidents, Part::Rule) | (Part::Rule, Part::Incidents))
    }

    /// Whether incident rules matter to this part, and not connectors alone.
    pub fn looks_at_rules(self) -> bool {
        self == Part::Incidents
    }
}

impl Party {
    /// A connector that streams the incidents of Defender XDR, of which no more than its id is known.
    pub fn of_incidents(id: &str) -> Party {
        Party { id: id.to_owned(), product: String::new(), part: Part::Incidents }
    }

    /// The part that a connector or rule of the service plays.
    pub fn of_item(rows: &'static [Connector], item: &Json) -> Option<Party> {
        let (kind, properties) = (text(item, "kind"), &item["properties"]);
        let party = |product: &str, part| Party { id: text(item, "id").to_owned(), product: product.to_owned(), part };
        if kind.eq_ignore_ascii_case(INCIDENT_RULE_KIND) {
            return party_of_rule(item, flag(&properties["enabled"]));
        }
        let row = Connector::of_kind(rows, kind)?;
        let is_on = |attribute: &str| {
            let data_type = row.data_types.iter().find(|data_type| data_type.attribute == attribute);
            data_type.is_some_and(|data_type| {
                text(&properties["dataTypes"][data_type.arm], "state").eq_ignore_ascii_case("enabled")
            })
        };
        Part::of_connector(row, is_on).map(|part| party(row.product, part))
    }
}

/// The part that an incident rule of the service plays if it is on or off.
pub fn party_of_rule(item: &Json, enabled: bool) -> Option<Party> {
    let product = text(&item["properties"], "productFilter");
    let part = Part::of_rule(product, enabled)?;
    let name = IncidentProduct::find(product).map_or(product, |row| row.name);
    Some(Party { id: text(item, "id").to_owned(), product: name.to_owned(), part })
}

/// Whether a change that makes an object play `after` in place of `before` may be worth telling, as others stand.
pub fn may_tell(before: Option<Part>, after: Option<Part>) -> bool {
    before != after && (after.is_some() || matches!(before, Some(Part::Component | Part::AlertsOfIncidents)))
}

/// The rules of a workspace whose incidents another party brings too.
pub fn rules_that_double(parties: &[Party]) -> Vec<&Party> {
    let doubles = |party: &&Party| parties.iter().any(|other| party.part.doubles(other.part));
    parties.iter().filter(|party| party.part == Part::Rule).filter(doubles).collect()
}

/// What to tell of a change that makes an object play `after` in place of `before`, among the other parties.
pub fn told(subject: Subject<'_>, before: Option<Part>, after: Option<Part>, others: &[Party]) -> Vec<Diagnostic> {
    let of = |part: Part| -> Vec<&Party> { others.iter().filter(|party| party.part == part).collect() };
    let ids = |parties: &[&Party]| -> Vec<String> {
        parties.iter().map(|party| format!("{}: {}", party.product, party.id)).collect()
    };
    if before == after {
        return Vec::new();
    }
    let components = of(Part::Component);
    let has_xdr = !of(Part::Incidents).is_empty();
    let doubled: Vec<&Party> =
        others.iter().filter(|party| after.is_some_and(|part| part.doubles(party.part))).collect();
    let mut told = Vec::new();
    match after {
        Some(Part::Incidents) => {
            if !doubled.is_empty() {
                told.push(messages::xdr_beside_rules("incidents", subject, &ids(&doubled)));
            }
            if !components.is_empty() {
                told.push(messages::xdr_beside_components("incidents", subject, &ids(&components)));
            }
            if of(Part::AlertsOfIncidents).is_empty() {
                told.push(messages::incidents_without_alerts("incidents", subject));
            }
        }
        Some(Part::Component) if has_xdr => told.push(messages::component_beside_xdr("alerts", subject)),
        Some(Part::Rule) if !doubled.is_empty() => told.push(messages::rule_beside_xdr("enabled", subject)),
        _ => {}
    }
    match before {
        Some(Part::Component) if has_xdr => told.push(messages::component_leaves_xdr("alerts", subject)),
        Some(Part::AlertsOfIncidents) if has_xdr => told.push(messages::alerts_leave_incidents("alerts", subject)),
        _ => {}
    }
    told
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use serde_json::json;

    use super::*;
    use crate::catalog::CONNECTORS;

    fn shown(party: Option<Party>) -> String {
        party.map_or("nobody".to_owned(), |Party { id, product, part }| {
            let looks = if part.looks_at_rules() { ", who looks at rules" } else { "" };
            format!("{part:?} of {product} {id}{looks}")
        })
    }

    #[test]
    fn connectors_that_are_on_play_a_part() {
        let seen = [
            ("MicrosoftThreatProtection", json!({"incidents": "Enabled", "alerts": "Disabled"})),
            ("microsoftthreatprotection", json!({"incidents": "enabled"})),
            ("MicrosoftThreatProtection", json!({"incidents": "Disabled", "alerts": "Enabled"})),
            ("MicrosoftThreatProtection", json!({})),
            ("MicrosoftCloudAppSecurity", json!({"alerts": "Enabled", "discoveryLogs": "Disabled"})),
            ("MicrosoftCloudAppSecurity", json!({"alerts": "Disabled", "discoveryLogs": "Enabled"})),
            ("AzureSecurityCenter", json!({"alerts": "Enabled"})),
            ("AzureSecurityCenter", json!({"alerts": "Disabled"})),
            ("IOT", json!({"alerts": "Enabled"})),
            ("SomethingNew", json!({"incidents": "Enabled", "alerts": "Enabled"})),
        ]
        .map(|(kind, states)| {
            let types: serde_json::Map<String, Json> = states
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, state)| (name.clone(), json!({"state": state})))
                .collect();
            let item = json!({"id": "/id", "kind": kind, "properties": {"dataTypes": types}});
            format!("{kind} {states}: {}\n", shown(Party::of_item(CONNECTORS, &item)))
        });
        expect![[r#"
            MicrosoftThreatProtection {"alerts":"Disabled","incidents":"Enabled"}: Incidents of Microsoft Defender XDR /id, who looks at rules
            microsoftthreatprotection {"incidents":"enabled"}: Incidents of Microsoft Defender XDR /id, who looks at rules
            MicrosoftThreatProtection {"alerts":"Enabled","incidents":"Disabled"}: nobody
            MicrosoftThreatProtection {}: nobody
            MicrosoftCloudAppSecurity {"alerts":"Enabled","discoveryLogs":"Disabled"}: Component of Microsoft Defender for Cloud Apps /id
            MicrosoftCloudAppSecurity {"alerts":"Disabled","discoveryLogs":"Enabled"}: nobody
            AzureSecurityCenter {"alerts":"Enabled"}: AlertsOfIncidents of Microsoft Defender for Cloud /id
            AzureSecurityCenter {"alerts":"Disabled"}: nobody
            IOT {"alerts":"Enabled"}: nobody
            SomethingNew {"alerts":"Enabled","incidents":"Enabled"}: nobody
        "#]].assert_eq(&seen.concat());
    }

    #[test]
    fn rules_of_products_in_defender_xdr_play_a_part_once_they_are_on() {
        let mut seen = String::new();
        for (kind, product, enabled) in [
            (INCIDENT_RULE_KIND, "Azure Advanced Threat Protection", json!(true)),
            ("microsoftsecurityincidentcreation", "azure security center", json!("True")),
            (INCIDENT_RULE_KIND, "Microsoft Defender for Identity", json!(false)),
            (INCIDENT_RULE_KIND, "Azure Security Center for IoT", json!(true)),
            (INCIDENT_RULE_KIND, "Something New", json!(true)),
        ] {
            let item = json!({
                "id": "/id", "kind": kind, "properties": {"productFilter": product, "enabled": enabled},
            });
            let party = shown(Party::of_item(CONNECTORS, &item));
            let [on, off] = [true, false].map(|enabled| shown(party_of_rule(&item, enabled)));
            seen += &format!("{product} {enabled}: {party}; if on: {on}; if off: {off}\n");
        }
        expect![[r#"
            Azure Advanced Threat Protection true: Rule of Microsoft Defender for Identity /id; if on: Rule of Microsoft Defender for Identity /id; if off: nobody
            azure security center "True": Rule of Microsoft Defender for Cloud /id; if on: Rule of Microsoft Defender for Cloud /id; if off: nobody
            Microsoft Defender for Identity false: nobody; if on: Rule of Microsoft Defender for Identity /id; if off: nobody
            Azure Security Center for IoT true: nobody; if on: nobody; if off: nobody
            Something New true: nobody; if on: nobody; if off: nobody
        "#]].assert_eq(&seen);
    }

    #[test]
    fn who_gets_in_whose_way() {
        let subject = Subject {
            operation: "plan",
            what: "the connector",
            place: "the workspace",
            resource: "defender_xdr_connector",
        };
        let all = [Part::Incidents, Part::Component, Part::AlertsOfIncidents, Part::Rule];
        let mut seen = String::new();
        for there in [&[][..], &all[..1], &all[1..]] {
            let others: Vec<_> = there
                .iter()
                .map(|part| Party { id: format!("{part:?}"), product: "Product".to_owned(), part: *part })
                .collect();
            for part in all {
                for (what, before, after) in [("comes", None, Some(part)), ("goes", Some(part), None)] {
                    let told: Vec<_> =
                        told(subject, before, after, &others).into_iter().map(|told| told.summary).collect();
                    if !told.is_empty() {
                        seen += &format!("beside {there:?}, {part:?} {what}: {}\n", told.join("; "));
                    }
                }
                assert_eq!(super::told(subject, Some(part), Some(part), &others), []);
            }
        }
        expect![[r#"
            beside [], Incidents comes: Defender for Cloud incidents come without their alerts
            beside [Incidents], Incidents comes: Defender for Cloud incidents come without their alerts
            beside [Incidents], Component comes: The connector carries no data beside Defender XDR
            beside [Incidents], Component goes: The connector goes while Defender XDR is on
            beside [Incidents], AlertsOfIncidents goes: Defender for Cloud incidents will come without their alerts
            beside [Incidents], Rule comes: Incidents will arrive twice
            beside [Component, AlertsOfIncidents, Rule], Incidents comes: Incidents will arrive twice; Component connectors fall silent
        "#]].assert_eq(&seen);
    }
}
