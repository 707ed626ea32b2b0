//! A setting as state has it and as the service has it: either is made of the other here, and the two are compared.
//! What the service knows and the API description does not name is told apart from what state names.

use serde_json::{Value as Json, json};

use super::block::block;
use crate::arm::{Collection, Error, ResourceId, WorkspaceId, expect_resource, text};
use crate::catalog::{Choice, Setting};
use crate::provider::engine::attributes::{ADOPT_EXISTING, ID, TENANT_ID, WORKSPACE_ID};
use crate::provider::engine::place;
use crate::terraform::{Value, plan};

/// The id of a kind's setting in a workspace.
pub fn id_in(workspace: &WorkspaceId, row: &Setting) -> ResourceId {
    ResourceId { workspace: workspace.clone(), collection: Collection::Settings, name: row.kind.to_owned() }
}

/// Puts `id` together from the workspace's id as the user spells it.
pub fn set_id(row: &Setting, value: &mut Value) {
    if let Some(workspace) = value.get(WORKSPACE_ID).as_str() {
        let id = format!(
            "{}/providers/Microsoft.SecurityInsights/{}/{}",
            workspace.trim_end_matches('/'),
            Collection::Settings.segment(),
            row.kind
        );
        value.set(ID, id);
    }
}

/// The version of an item.
pub fn etag(item: &Json) -> Option<&str> {
    item["etag"].as_str()
}

/// Whether what is there is on: only a flag that says otherwise speaks against it.
pub fn is_on(item: &Json) -> bool {
    item["properties"]["isEnabled"] != false
}

/// The same item, if it is a setting of this kind and as it is described.
pub fn described(row: &Setting, item: Json) -> Result<Json, Error> {
    match misshapen(row, &item) {
        Some(why) => Err(Error::contradicted(&why)),
        None => Ok(item),
    }
}

/// What keeps an answer from being a setting of this kind.
pub fn misshapen(row: &Setting, item: &Json) -> Option<String> {
    if let Err(error) = expect_resource(item) {
        return Some(error.message);
    }
    let kind = text(item, "kind");
    if !kind.eq_ignore_ascii_case(row.kind) {
        return Some(format!("the answer about {} is of kind {kind:?}", text(item, "id")));
    }
    let field = row.choice.as_ref()?.field;
    let is_list = match &item["properties"][field] {
        Json::Null => true,
        Json::Array(entries) => entries.iter().all(Json::is_string),
        _ => false,
    };
    (!is_list).then(|| format!("the answer about {} has no list of texts as '{field}'", text(item, "id")))
}

/// Everything in the list of an item, once.
fn entries<'a>(choice: &Choice, item: &'a Json) -> Vec<&'a str> {
    let mut entries: Vec<&str> = Vec::new();
    for entry in item["properties"][choice.field].as_array().into_iter().flatten().filter_map(Json::as_str) {
        if !has(&entries, entry) {
            entries.push(entry);
        }
    }
    entries
}

fn has(entries: &[&str], entry: &str) -> bool {
    entries.iter().any(|other| other.eq_ignore_ascii_case(entry))
}

/// What in an item's list is left to others: what neither Microsoft's description nor any of these values names.
pub fn left_to_others<'a>(choice: &Choice, item: &'a Json, values: &[&Value]) -> Vec<&'a str> {
    let named: Vec<_> = values.iter().flat_map(|value| value.get(choice.attribute).known_strings()).collect();
    let mut entries = entries(choice, item);
    entries.retain(|entry| !choice.knows(entry) && !has(&named, entry));
    entries
}

/// The body of a PUT: what is chosen, and what others have in it besides.
pub fn body(row: &Setting, value: &Value, etag: Option<&str>) -> Json {
    let properties = match &row.choice {
        Some(choice) => {
            let chosen = [choice.attribute, choice.preserved].map(|name| value.get(name).known_strings());
            json!({ choice.field: chosen.concat() })
        }
        None => json!({}),
    };
    let mut body = json!({ "kind": row.kind, "properties": properties });
    if let Some(etag) = etag {
        body["etag"] = etag.into();
    }
    body
}

/// Whether two values say the same to the service.
pub fn says_the_same(row: &Setting, left: &Value, right: &Value) -> bool {
    let own = block(row).attributes;
    let own =
        own.iter().filter(|attribute| row.choice.as_ref().is_some_and(|choice| choice.attribute == attribute.name));
    own.into_iter().all(|attribute| plan::same(attribute, left.get(&attribute.name), right.get(&attribute.name)))
}

/// State as the service shows the setting, in the spelling that state has.
pub fn seen(row: &Setting, state: &Value, item: &Json) -> Value {
    let mut answered = state.clone();
    if let Some(choice) = &row.choice {
        let others = left_to_others(choice, item, &[state]);
        let own = entries(choice, item).into_iter().filter(|entry| !others.contains(entry));
        answered.set(choice.attribute, Value::strings(own));
        answered.set(choice.preserved, Value::strings(others));
    }
    plan::keep_spellings(&block(row), state, answered)
}

/// Where the service's setting differs from `value`, one line for each.
pub fn differences(row: &Setting, value: &Value, item: &Json) -> Vec<String> {
    compare(row, value, item, |name, wanted, found| format!("{name}: {wanted} here, {found} there"))
}

/// What of the service's setting becomes another when it is written as `value`, one line for each.
pub fn changes(row: &Setting, value: &Value, item: &Json) -> Vec<String> {
    compare(row, value, item, |name, wanted, found| format!("{name}: {found} -> {wanted}"))
}

fn compare(row: &Setting, value: &Value, item: &Json, line: impl Fn(&str, &str, &str) -> String) -> Vec<String> {
    let is_on = is_on(item).to_string();
    let mut lines: Vec<_> = (is_on != "true").then(|| line("isEnabled", "true", &is_on)).into_iter().collect();
    let Some(choice) = &row.choice else { return lines };
    let (found, block) = (seen(row, value, item), block(row));
    for attribute in &block.attributes {
        let (wanted, found) = (value.get(&attribute.name), found.get(&attribute.name));
        let is_own = [choice.attribute, choice.preserved].contains(&attribute.name.as_str());
        let is_comparable = is_own && !wanted.is_null() && wanted.is_wholly_known();
        if is_comparable && !same_entries(wanted, found) {
            lines.push(line(&attribute.name, &shown(wanted), &shown(found)));
        }
    }
    lines
}

fn same_entries(left: &Value, right: &Value) -> bool {
    let [left, right] = [left, right].map(Value::known_strings);
    left.iter().all(|entry| has(&right, entry)) && right.iter().all(|entry| has(&left, entry))
}

/// The same value without what it says of the entries that are left to others.
pub fn own(row: &Setting, value: &Value) -> Value {
    let mut own = value.clone();
    if let Some(choice) = &row.choice {
        own.set(choice.preserved, Value::Null);
    }
    own
}

/// A set as a message shows it.
fn shown(value: &Value) -> String {
    let entries: Vec<_> = value.known_strings().iter().map(|entry| format!("{entry:?}")).collect();
    format!("[{}]", entries.join(", "))
}

/// The state of a setting that is in nobody's state yet.
pub fn imported(row: &Setting, workspace: &WorkspaceId, tenant: &Value, item: &Json) -> Value {
    let mut known = place::blank(&block(row));
    known.set(WORKSPACE_ID, workspace.to_string());
    known.set(TENANT_ID, tenant.clone());
    known.set(ADOPT_EXISTING, false);
    set_id(row, &mut known);
    seen(row, &known, item)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use expect_test::expect;

    use super::*;

    const WORKSPACE: &str = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/\
                             Microsoft.OperationalInsights/workspaces/law";

    fn row(kind: &str) -> &'static Setting {
        Setting::of_kind(kind).unwrap()
    }

    fn ueba(sources: &Json) -> Json {
        json!({ "id": format!("{WORKSPACE}/providers/Microsoft.SecurityInsights/settings/Ueba"), "name": "Ueba", "kind": "Ueba",
            "properties": { "dataSources": sources } })
    }

    fn state(sources: &[&str]) -> Value {
        let mut state = place::blank(&block(row("Ueba")));
        state.set("data_sources", Value::strings(sources.iter().copied()));
        state
    }

    #[test]
    fn what_nobody_names_here_is_left_to_others() {
        let told = |own: &[&str], sources: Json| {
            let state = seen(row("Ueba"), &state(own), &ueba(&sources));
            let [own, others] = ["data_sources", "preserved_data_sources"].map(|name| state.get(name).known_strings());
            format!("{own:?} {others:?}\n")
        };
        let seen = [
            told(&["auditlogs"], json!(["AuditLogs", "Okta"])),
            told(&["AuditLogs"], json!(["SigninLogs", "okta", "Okta"])),
            told(&["AuditLogs", "Okta"], json!(["OKTA", "AuditLogs", "Other"])),
            told(&["AuditLogs", "Okta"], json!(["AuditLogs"])),
            told(&[], json!(["Okta"])),
            told(&[], json!(null)),
        ];
        expect![[r#"
            ["auditlogs"] ["Okta"]
            ["SigninLogs"] ["okta"]
            ["AuditLogs", "Okta"] ["Other"]
            ["AuditLogs"] []
            [] ["Okta"]
            [] []
        "#]]
        .assert_eq(&seen.concat());
        let imported = imported(
            row("Ueba"),
            &WorkspaceId::parse(WORKSPACE).unwrap(),
            &Value::Null,
            &ueba(&json!(["X", "AuditLogs"])),
        );
        assert_eq!(imported.get("data_sources").known_strings(), ["AuditLogs"]);
        assert_eq!(imported.get("preserved_data_sources").known_strings(), ["X"]);
    }

    #[test]
    fn a_body_holds_both_and_the_version() {
        let mut value = state(&["AuditLogs"]);
        value.set("preserved_data_sources", Value::strings(["Okta"]));
        let expected =
            json!({ "kind": "Ueba", "etag": "\"1\"", "properties": { "dataSources": ["AuditLogs", "Okta"] } });
        assert_eq!(body(row("Ueba"), &value, Some("\"1\"")), expected);
        assert_eq!(body(row("EyesOn"), &value, None), json!({ "kind": "EyesOn", "properties": {} }));
    }

    #[test]
    fn differences_tell_of_both_and_changes_the_other_way_round() {
        let mut value = state(&["AuditLogs"]);
        value.set("preserved_data_sources", Value::strings(["Okta"]));
        let item = ueba(&json!(["SigninLogs"]));
        let mut half_known = state(&[]);
        half_known.set("data_sources", Value::List(vec!["AuditLogs".into(), Value::unknown()]));
        assert_eq!(changes(row("Ueba"), &half_known, &item), [""; 0]);
        let lines = [
            differences(row("Ueba"), &value, &item),
            changes(row("Ueba"), &own(row("Ueba"), &value), &item),
            differences(row("Anomalies"), &Value::Null, &json!({ "properties": { "isEnabled": false } })),
            differences(row("Anomalies"), &Value::Null, &json!({ "properties": {} })),
        ];
        expect![[r#"
            data_sources: ["AuditLogs"] here, ["SigninLogs"] there
            preserved_data_sources: ["Okta"] here, [] there
            data_sources: ["SigninLogs"] -> ["AuditLogs"]
            isEnabled: true here, false there

        "#]]
        .assert_eq(&lines.map(|lines| lines.join("\n") + "\n").concat());
    }

    #[test]
    fn what_is_no_setting_of_the_kind_says_why() {
        let mut other = ueba(&json!([]));
        other["kind"] = json!("EyesOn");
        let told =
            [json!({}), other, ueba(&json!("AuditLogs")), ueba(&json!([1])), ueba(&json!(null)), ueba(&json!(["x"]))]
                .map(|item| format!("{:?}\n", misshapen(row("Ueba"), &item)));
        expect![[r#"
            Some("the answer is not a resource: it has no text 'id' or 'name', or no object 'properties'")
            Some("the answer about /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/settings/Ueba is of kind \"EyesOn\"")
            Some("the answer about /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/settings/Ueba has no list of texts as 'dataSources'")
            Some("the answer about /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/settings/Ueba has no list of texts as 'dataSources'")
            None
            None
        "#]].assert_eq(&told.concat());
    }
}
