//! One export setting of a tenant: which hunting tables it streams to a workspace, and the setting that would stream others.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Value as Json, json};

use super::spelling::flag;
use crate::arm::{Error, WorkspaceId, text};
use crate::catalog::HuntingTable;

/// How many export settings a tenant holds, whatever their targets. Reported by users, not documented.
pub const SETTINGS_PER_TENANT: usize = 5;

/// A setting as the Defender API shows it.
#[derive(Clone, Copy, Debug)]
pub struct ExportSetting<'a>(pub &'a Json);

impl<'a> ExportSetting<'a> {
    pub fn id(self) -> &'a str {
        text(self.0, "id")
    }

    /// Whether it is what the API is described to show: with an id, and every category with its switch. Of anything else
    /// it would look as if it had no tables.
    pub fn is_described(self) -> bool {
        let is_flag = |field: &Json| {
            let text = field.as_str().unwrap_or_default();
            field.is_boolean() || text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
        };
        let is_log = |log: &Json| !text(log, "category").is_empty() && is_flag(&log["enabled"]);
        !self.id().is_empty() && self.0["logs"].as_array().is_some_and(|logs| logs.iter().all(is_log))
    }

    /// The same setting, if it is the one that was asked for and is all there.
    pub fn as_described(self, id: &str) -> Result<Self, Error> {
        if self.is_described() && self.id().eq_ignore_ascii_case(id) {
            return Ok(self);
        }
        Err(Error::undescribed(&format!(
            "the export setting {id:?} is not as described: with that 'id', and with 'logs' that each have 'category' and 'enabled'"
        )))
    }

    /// The ARM id of the workspace it streams to; "" where its target is something else.
    pub fn workspace(self) -> &'a str {
        text(&self.0["workspaceProperties"], "workspaceResourceId")
    }

    pub fn streams_to(self, workspace: &WorkspaceId) -> bool {
        WorkspaceId::parse(self.workspace()).is_ok_and(|target| target == *workspace)
    }

    /// Every category with its switch, in the service's order.
    fn categories(self) -> impl Iterator<Item = (&'a str, bool)> {
        let logs = self.0["logs"].as_array().map(Vec::as_slice).unwrap_or_default();
        logs.iter().map(|log| (text(log, "category"), flag(&log["enabled"])))
    }

    /// The categories that are on, in the service's spelling.
    pub fn enabled(self) -> Vec<&'a str> {
        self.categories().filter(|(_, enabled)| *enabled).map(|(category, _)| category).collect()
    }

    /// The tables that are on and are ours to manage: those we know, and those that `managed` names.
    pub fn tables(self, managed: &[&str]) -> Vec<String> {
        let mut spellings = HashMap::new();
        for table in managed {
            spellings.entry(HuntingTable::key(table)).or_insert(*table);
        }
        let mut tables = BTreeSet::new();
        for category in self.enabled() {
            let named = spellings.get(&HuntingTable::key(category)).copied();
            if let Some(table) = named.or_else(|| HuntingTable::find(category).map(|row| row.name)) {
                tables.insert(table.to_owned());
            }
        }
        tables.into_iter().collect()
    }

    /// The categories that are on and that no write may name, as far as is known: those reported to be refused, but for
    /// the tables that were written all the same.
    pub fn refused(self, writable: &[String]) -> Vec<&'a str> {
        refused(self.enabled(), writable)
    }

    /// The categories that are on and are none of the tables `managed`.
    pub fn unmanaged(self, managed: &[&str]) -> Vec<&'a str> {
        TableNames::of(managed).lack(self.enabled())
    }

    /// The categories that are on and not ours to manage.
    pub fn preserved(self, managed: &[&str]) -> Vec<&'a str> {
        let managed = keys(managed);
        let mut categories: Vec<_> = self.enabled();
        categories.retain(|category| is_foreign(category, &managed));
        categories.sort_unstable();
        categories.dedup();
        categories
    }
}

/// Whether two names are one table: with or without prefix, in any casing.
pub fn same_table(left: &str, right: &str) -> bool {
    HuntingTable::bare_name(left).eq_ignore_ascii_case(HuntingTable::bare_name(right))
}

/// Those of some categories or tables that the API is reported to refuse, but for those that were written all the same.
pub fn refused<'a>(names: Vec<&'a str>, writable: &[String]) -> Vec<&'a str> {
    let is_writable = |name: &str| writable.iter().any(|table| same_table(table, name));
    names.into_iter().filter(|name| HuntingTable::is_refused(name) && !is_writable(name)).collect()
}

/// Tables to look one up in, whatever its spelling.
pub struct TableNames(HashSet<String>);

impl TableNames {
    pub fn of<S: AsRef<str>>(names: &[S]) -> Self {
        Self(keys(names))
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&HuntingTable::key(name))
    }

    /// Those of `names` that are not among these.
    pub fn lack<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        names.into_iter().filter(|name| !self.has(name)).collect()
    }
}

/// What tables go by, to look others up among.
pub fn keys<S: AsRef<str>>(tables: &[S]) -> HashSet<String> {
    tables.iter().map(|table| HuntingTable::key(table.as_ref())).collect()
}

fn is_foreign(category: &str, managed: &HashSet<String>) -> bool {
    HuntingTable::find(category).is_none() && !managed.contains(&HuntingTable::key(category))
}

/// A setting in the making. The API replaces a setting whole, so everything that is to stay is written again.
#[derive(Clone, Debug)]
pub struct Draft {
    base: Json,
    /// The category that each managed table is asked for under, and the one to try if it is refused.
    tables: BTreeMap<String, [Option<String>; 2]>,
    /// What is not ours, with its switch.
    foreign: BTreeMap<String, bool>,
}

/// What a refusal of categories leaves to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterRefusal {
    /// The draft has other names for them now; send it again.
    TryAgain,
    /// These tables are refused under both names.
    TablesRefused(Vec<String>),
    /// These categories are on, not ours, and refused: writing without them would switch them off.
    ForeignRefused(Vec<String>),
    /// The refusal names nothing of this draft.
    NotOurs,
}

impl Draft {
    /// The setting `id` that streams `tables` to `workspace` and leaves alone what `current` has besides; `before` are
    /// the tables managed so far. A table that is on and was never managed is left alone too.
    pub fn new(
        id: &str,
        workspace: &WorkspaceId,
        tables: &[&str],
        before: &[&str],
        current: Option<ExportSetting<'_>>,
    ) -> Self {
        let managed = TableNames::of(&[tables, before].concat());
        let foreign = current.into_iter().flat_map(ExportSetting::categories);
        let foreign = foreign.filter(|(category, enabled)| {
            !managed.has(category) && (*enabled || HuntingTable::find(category).is_none())
        });
        let foreign = foreign.map(|(category, enabled)| (category.to_owned(), enabled)).collect();
        let tables =
            tables.iter().map(|table| (table.to_string(), HuntingTable::categories(table).map(Some))).collect();
        let current = current.filter(|setting| setting.0.is_object());
        let mut base = current.map_or_else(|| json!({}), |setting| setting.0.clone());
        base["id"] = json!(id);
        for other_target in ["designatedTenantId", "eventHubProperties", "storageAccountProperties"] {
            if base.get(other_target).is_none() {
                base[other_target] = Json::Null;
            }
        }
        base["workspaceProperties"] = json!({
            "workspaceResourceId": workspace.to_string(),
            "subscriptionId": workspace.subscription_id,
            "resourceGroup": workspace.resource_group,
            "name": workspace.workspace,
        });
        Self { base, tables, foreign }
    }

    /// The body of the write.
    pub fn body(&self) -> Json {
        let tables =
            self.tables.values().filter_map(|[category, _]| category.as_ref().map(|category| (category, true)));
        let foreign = self.foreign.iter().map(|(category, enabled)| (category, *enabled));
        let logs: Vec<_> = tables
            .chain(foreign)
            .map(|(category, enabled)| json!({ "category": category, "enabled": enabled }))
            .collect();
        let mut body = self.base.clone();
        body["logs"] = Json::Array(logs);
        body
    }

    /// Takes in that the API refused `categories`.
    pub fn refused(&mut self, categories: &[String]) -> AfterRefusal {
        let (mut changed, mut tables, mut foreign) = (false, Vec::new(), Vec::new());
        for refused in categories {
            let is_it = |category: &str| category.eq_ignore_ascii_case(refused);
            let table = self.tables.iter_mut().find(|(_, forms)| forms[0].as_deref().is_some_and(is_it));
            if let Some((table, forms)) = table {
                match forms[1].take() {
                    Some(other) => (forms[0], changed) = (Some(other), true),
                    None => tables.push(table.clone()),
                }
            } else if let Some(category) = self.foreign.keys().find(|category| is_it(category)).cloned() {
                match self.foreign.remove(&category) {
                    // One that is off stays off without being named.
                    Some(false) => changed = true,
                    _ => foreign.push(category),
                }
            }
        }
        match (tables.is_empty(), foreign.is_empty(), changed) {
            (false, _, _) => AfterRefusal::TablesRefused(tables),
            (_, false, _) => AfterRefusal::ForeignRefused(foreign),
            (_, _, true) => AfterRefusal::TryAgain,
            (_, _, false) => AfterRefusal::NotOurs,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn workspace() -> WorkspaceId {
        WorkspaceId {
            subscription_id: "22222222-2222-4222-8222-222222222222".to_owned(),
            resource_group: "rg".to_owned(),
            workspace: "law".to_owned(),
        }
    }

    fn setting() -> Json {
        json!({
            "id": "SentinelExportSettings-law", "designatedTenantId": "t", "someday": 1,
            "workspaceProperties": { "workspaceResourceId": workspace().to_string().to_uppercase() },
            "logs": [
                { "category": "AdvancedHunting-DeviceInfo", "enabled": true },
                { "category": "AdvancedHunting-CloudAppEvents", "enabled": true },
                { "category": "AdvancedHunting-DeviceEvents", "enabled": false },
                { "category": "Alert", "enabled": true },
                { "category": "SentinelBehaviorInfo", "enabled": false },
                { "category": "AdvancedHunting-NewTable", "enabled": true },
            ],
        })
    }

    #[test]
    fn what_is_not_as_described_is_not_taken_for_a_setting_without_tables() {
        let log = json!({ "category": "Alert", "enabled": true });
        for (logs, is_described) in [
            (json!([]), true),
            (json!([log]), true),
            (json!(null), false),
            (json!({}), false),
            (json!([log, 1]), false),
            (json!([{ "category": "Alert" }]), false),
            (json!([{ "enabled": true }]), false),
        ] {
            assert_eq!(ExportSetting(&json!({ "id": "x", "logs": logs })).is_described(), is_described, "{logs}");
        }
        assert!(!ExportSetting(&json!({ "logs": [] })).is_described());
        assert!(!ExportSetting(&json!({})).is_described());
    }

    #[test]
    fn what_was_never_managed_stays_on() {
        let json = setting();
        let setting = ExportSetting(&json);
        let on = |tables: &[&str], before: &[&str]| {
            let body = Draft::new("s", &workspace(), tables, before, Some(setting)).body();
            ExportSetting(&body).enabled().into_iter().map(str::to_owned).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(on(&[], &["DeviceInfo"]), "AdvancedHunting-CloudAppEvents AdvancedHunting-NewTable Alert");
        assert_eq!(
            on(&["DeviceInfo"], &["CloudAppEvents"]),
            "AdvancedHunting-DeviceInfo AdvancedHunting-NewTable Alert"
        );
        assert_eq!(setting.unmanaged(&["DeviceInfo", "NewTable"]), ["AdvancedHunting-CloudAppEvents", "Alert"]);
    }

    #[test]
    fn what_was_written_all_the_same_is_not_refused() {
        let logs = json!([
            { "category": "AdvancedHunting-EmailEvents", "enabled": true },
            { "category": "AdvancedHunting-UrlClickEvents", "enabled": false },
            { "category": "SentinelBehaviorInfo", "enabled": true },
            { "category": "AdvancedHunting-DeviceInfo", "enabled": true },
        ]);
        let json = json!({ "id": "s", "logs": logs });
        let setting = ExportSetting(&json);
        assert_eq!(setting.refused(&[]), ["AdvancedHunting-EmailEvents", "SentinelBehaviorInfo"]);
        assert_eq!(setting.refused(&["EmailEvents".to_owned()]), ["SentinelBehaviorInfo"]);
    }

    #[test]
    fn a_setting_is_read_as_tables_and_the_rest_is_preserved() {
        let json = setting();
        let setting = ExportSetting(&json);
        let seen = format!(
            "ours {}\ntables {:?}\npreserved {:?}\nwith the new one named {:?}",
            setting.streams_to(&workspace()),
            setting.tables(&["deviceinfo"]),
            setting.preserved(&[]),
            (setting.tables(&["NewTable"]), setting.preserved(&["NewTable"])),
        );
        expect![[r#"
            ours true
            tables ["CloudAppEvents", "deviceinfo"]
            preserved ["AdvancedHunting-NewTable", "Alert"]
            with the new one named (["CloudAppEvents", "DeviceInfo", "NewTable"], ["Alert"])"#]]
        .assert_eq(&seen);
    }

    #[test]
    fn a_draft_keeps_what_is_not_ours_and_goes_through_both_names() {
        let json = setting();
        let tables = ["CloudAppEvents", "DeviceInfo"];
        let mut draft = Draft::new("s", &workspace(), &tables, &[], Some(ExportSetting(&json)));
        let mut seen = format!("{:#}\n", draft.body());
        for refused in [
            vec!["SentinelBehaviorInfo"],
            vec!["CloudAppEvents"],
            vec!["AdvancedHunting-CloudAppEvents"],
            vec!["Alert"],
            vec!["X"],
        ] {
            let refused: Vec<_> = refused.into_iter().map(str::to_owned).collect();
            seen += &format!("{refused:?} refused: {:?}\n", draft.refused(&refused));
        }
        expect![[r#"
            {
              "designatedTenantId": "t",
              "eventHubProperties": null,
              "id": "s",
              "logs": [
                {
                  "category": "CloudAppEvents",
                  "enabled": true
                },
                {
                  "category": "AdvancedHunting-DeviceInfo",
                  "enabled": true
                },
                {
                  "category": "AdvancedHunting-NewTable",
                  "enabled": true
                },
                {
                  "category": "Alert",
                  "enabled": true
                },
                {
                  "category": "SentinelBehaviorInfo",
                  "enabled": false
                }
              ],
              "someday": 1,
              "storageAccountProperties": null,
              "workspaceProperties": {
                "name": "law",
                "resourceGroup": "rg",
                "subscriptionId": "22222222-2222-4222-8222-222222222222",
                "workspaceResourceId": "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law"
              }
            }
            ["SentinelBehaviorInfo"] refused: TryAgain
            ["CloudAppEvents"] refused: TryAgain
            ["AdvancedHunting-CloudAppEvents"] refused: TablesRefused(["CloudAppEvents"])
            ["Alert"] refused: ForeignRefused(["Alert"])
            ["X"] refused: NotOurs
        "#]].assert_eq(&seen);
    }

    #[test]
    fn what_is_no_setting_is_no_base_for_one() {
        for current in [json!(7), json!([1]), json!("x")] {
            let draft = Draft::new("", &workspace(), &["DeviceInfo"], &[], Some(ExportSetting(&current)));
            assert_eq!(draft.body(), Draft::new("", &workspace(), &["DeviceInfo"], &[], None).body());
        }
    }
}
