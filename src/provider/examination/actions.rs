//! Which actions of Azure roles each resource takes, and whether a caller's permissions hold them. Data in, data out.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::arm::text;
use crate::catalog::{CONNECTORS, SETTINGS};

/// Whose permissions count for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    Workspace,
    ResourceGroup,
}

/// The actions that a resource takes, and the built-in role that has them all.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    pub at: At,
    /// What all of its actions begin with.
    pub of: &'static str,
    pub can_delete: bool,
    /// What it takes besides, for a write.
    pub besides: &'static [&'static str],
    /// The least of Azure's own roles that has them all, as the role's definition has it.
    pub role: &'static str,
}

/// What is done with an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    pub creates: bool,
    pub updates: bool,
    pub deletes: bool,
}

const SENTINEL: Needs = Needs {
    at: At::Workspace,
    of: "Microsoft.SecurityInsights/dataConnectors",
    can_delete: true,
    besides: &[],
    role: "Microsoft Sentinel Contributor",
};

impl Needs {
    /// What a resource type takes; nothing of Azure's roles for what another service holds.
    pub fn of(resource: &str) -> Option<Self> {
        let of = |of| Some(Self { of, ..SENTINEL });
        if CONNECTORS.iter().any(|row| row.resource == resource) {
            return Some(SENTINEL);
        }
        if SETTINGS.iter().any(|row| row.resource == resource) {
            return of("Microsoft.SecurityInsights/settings");
        }
        match resource {
            "defender_incident_rule" => of("Microsoft.SecurityInsights/alertRules"),
            "defender_incident_rule_suppression" => {
                Some(Self { of: "Microsoft.SecurityInsights/alertRules", can_delete: false, ..SENTINEL })
            }
            "defender_workspace_onboarding" => of("Microsoft.SecurityInsights/onboardingStates"),
            "defender_content_solution" => Some(Self {
                of: "Microsoft.SecurityInsights/contentPackages",
                besides: &["Microsoft.SecurityInsights/contentProductPackages/read"],
                ..SENTINEL
            }),
            "defender_table_retention" => Some(Self {
                of: "Microsoft.OperationalInsights/workspaces/tables",
                can_delete: false,
                role: "Log Analytics Contributor",
                ..SENTINEL
            }),
            "defender_ingestion_workbook" => Some(Self {
                at: At::ResourceGroup,
                of: "Microsoft.Insights/workbooks",
                role: "Workbook Contributor",
                ..SENTINEL
            }),
            _ => None,
        }
    }

    /// The resource provider that has it.
    pub fn namespace(self) -> &'static str {
        self.of.split_once('/').map_or(self.of, |(namespace, _)| namespace)
    }

    /// The actions that some operations take.
    pub fn actions(self, operations: Operations) -> BTreeSet<String> {
        let writes = operations.creates || operations.updates || operations.deletes && !self.can_delete;
        let verbs = [("read", true), ("write", writes), ("delete", operations.deletes && self.can_delete)];
        let own = verbs.into_iter().filter(|(_, takes)| *takes).map(|(verb, _)| format!("{}/{verb}", self.of));
        own.chain(self.besides.iter().filter(|_| writes).map(|action| (*action).to_owned())).collect()
    }
}

/// Whether some permissions, as Azure lists them, hold an action. Each of them takes out what it names itself alone.
pub fn hold(permissions: &[Json], action: &str) -> bool {
    let names = |of: &Json, action: &str| {
        let patterns = of.as_array().into_iter().flatten().filter_map(Json::as_str);
        patterns.into_iter().any(|pattern| fits(pattern, action))
    };
    permissions.iter().any(|of| names(&of["actions"], action) && !names(&of["notActions"], action))
}

/// Whether an action fits a pattern, in which each `*` stands for any text; casing does not count.
fn fits(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| action.strip_prefix(first)) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Whether an answer lists permissions as it is described to.
pub fn are_permissions(items: &[Json]) -> bool {
    items.iter().all(|item| item["actions"].is_array() && item["notActions"].is_array())
}

/// How a subscription stands to a resource provider, as an answer has it.
pub fn registration(item: &Json) -> &str {
    text(item, "registrationState")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::provider::DefenderProvider;
    use crate::terraform::Provider;

    #[test]
    fn what_each_resource_takes() {
        let all = Operations { creates: true, updates: true, deletes: true };
        let mut told = String::new();
        for resource in DefenderProvider::default().resources() {
            let name = resource.type_name();
            if CONNECTORS[1..].iter().any(|row| row.resource == name) {
                continue;
            }
            match Needs::of(name) {
                Some(needs) => {
                    told += &format!("{name}: {} at {:?}\n", needs.role, needs.at);
                    told += &needs.actions(all).iter().map(|action| format!("  {action}\n")).collect::<String>();
                }
                None => told += &format!("{name}: none\n"),
            }
        }
        expect![[r#"
            defender_xdr_connector: Microsoft Sentinel Contributor at Workspace
              Microsoft.SecurityInsights/dataConnectors/delete
              Microsoft.SecurityInsights/dataConnectors/read
              Microsoft.SecurityInsights/dataConnectors/write
            defender_incident_rule: Microsoft Sentinel Contributor at Workspace
              Microsoft.SecurityInsights/alertRules/delete
              Microsoft.SecurityInsights/alertRules/read
              Microsoft.SecurityInsights/alertRules/write
            defender_hunting_tables: none
            defender_workspace_onboarding: Microsoft Sentinel Contributor at Workspace
              Microsoft.SecurityInsights/onboardingStates/delete
              Microsoft.SecurityInsights/onboardingStates/read
              Microsoft.SecurityInsights/onboardingStates/write
            defender_table_retention: Log Analytics Contributor at Workspace
              Microsoft.OperationalInsights/workspaces/tables/read
              Microsoft.OperationalInsights/workspaces/tables/write
            defender_incident_rule_suppression: Microsoft Sentinel Contributor at Workspace
              Microsoft.SecurityInsights/alertRules/read
              Microsoft.SecurityInsights/alertRules/write
            defender_ingestion_workbook: Workbook Contributor at ResourceGroup
              Microsoft.Insights/workbooks/delete
              Microsoft.Insights/workbooks/read
              Microsoft.Insights/workbooks/write
            defender_content_solution: Microsoft Sentinel Contributor at Workspace
              Microsoft.SecurityInsights/contentPackages/delete
              Microsoft.SecurityInsights/contentPackages/read
              Microsoft.SecurityInsights/contentPackages/write
              Microsoft.SecurityInsights/contentProductPackages/read
            defender_anomalies: Microsoft Sentinel Contributor at Workspace
              Microsoft.SecurityInsights/settings/delete
              Microsoft.SecurityInsights/settings/read
              Microsoft.SecurityInsights/settings/write
            defender_entity_analytics: Microsoft Sentinel Contributor at Workspace
              Microsoft.SecurityInsights/settings/delete
              Microsoft.SecurityInsights/settings/read
              Microsoft.SecurityInsights/settings/write
            defender_eyes_on: Microsoft Sentinel Contributor at Workspace
              Microsoft.SecurityInsights/settings/delete
              Microsoft.SecurityInsights/settings/read
              Microsoft.SecurityInsights/settings/write
            defender_ueba: Microsoft Sentinel Contributor at Workspace
              Microsoft.SecurityInsights/settings/delete
              Microsoft.SecurityInsights/settings/read
              Microsoft.SecurityInsights/settings/write
        "#]]
        .assert_eq(&told);
        let reads = Needs::of("defender_xdr_connector").unwrap().actions(Operations::default());
        assert_eq!(reads.into_iter().collect::<Vec<_>>(), ["Microsoft.SecurityInsights/dataConnectors/read"]);
    }

    #[test]
    fn patterns_are_held_against_actions() {
        for (pattern, action, does) in [
            ("*", "A/b/read", true),
            ("*/read", "A/b/read", true),
            ("*/read", "A/b/write", false),
            ("a/B/*", "A/b/read", true),
            ("A/*/read", "A/b/c/read", true),
            ("A/*/c/*", "A/b/c/read", true),
            ("A/*/c/*", "A/b/d/read", false),
            ("A/b/read", "A/b/read", true),
            ("A/b/read", "A/b/read2", false),
            ("A/b*b", "A/b", false),
            ("", "A", false),
        ] {
            assert_eq!(fits(pattern, action), does, "{pattern} {action}");
        }
        let of = |actions: &[&str], not: &[&str]| json!({ "actions": actions, "notActions": not });
        let reader = of(&["*/read"], &[]);
        let all_but = of(&["*"], &["A/b/write"]);
        assert!(hold(std::slice::from_ref(&reader), "A/b/read") && !hold(std::slice::from_ref(&reader), "A/b/write"));
        assert!(!hold(&[reader.clone(), all_but.clone()], "A/b/write"));
        // One role takes nothing out of what another one gives.
        assert!(hold(&[reader, all_but, of(&["A/*"], &[])], "A/b/write"));
        assert!(!hold(&[], "A/b/read"));
    }
}
