//! What is in the workbook: a pure function of its workspace and its tables, what of it a service may spell otherwise, and
//! the way back from a content to the tables.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::arm::WorkspaceId;
use crate::provider::kql::{Source, daily_chart, daily_charts};

/// What tells a workbook of this resource's from others; the portal keeps it with the content.
pub const MARK: &str = "sentinel-DefenderIngestion";

const SCHEMA: &str = "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json";
/// The format of the content.
pub const VERSION: &str = "Notebook/1.0";

/// The days that a chart shows, which the queries keep to themselves: without it the page asks for the last day alone.
const DAYS_IN_MS: u32 = 14 * 24 * 60 * 60 * 1000;

/// What the name of a table's chart begins with.
const CHART: &str = "events of ";

/// What the workbook of a workspace shows of these tables, as the text that the service keeps.
pub fn render<S: AsRef<str>>(workspace: &WorkspaceId, tables: &[S]) -> String {
    let tables: BTreeSet<_> = tables.iter().filter_map(|table| Source::table(table.as_ref())).collect();
    let tables = Vec::from_iter(tables);
    let (incidents, alerts) = ([Source::incidents()], [Source::xdr_alerts()]);
    let mut lines = vec![("Incidents", incidents.as_slice()), ("Alerts", alerts.as_slice())];
    if !tables.is_empty() {
        lines.push(("Events", tables.as_slice()));
    }
    let intro = "## Defender data in this workspace\n\nWhat came in on each of the last 14 days: incidents and alerts of Microsoft \
        Defender XDR, and events of the streamed hunting tables. First alerts can take a day to arrive. Terraform manages this \
        workbook and sets changes back; save a copy to change it.";
    let mut items = vec![
        json!({ "type": 1, "content": { "json": intro }, "name": "title" }),
        chart("Incidents, alerts and events", &daily_charts(&lines), "all", 100),
    ];
    items.extend(tables.iter().map(|table| {
        let query = daily_chart(std::slice::from_ref(table), "Events");
        chart(table.table_name(), &query, &format!("{CHART}{}", table.table_name()), 50)
    }));
    let content = json!({
        "version": VERSION,
        "items": items,
        "fallbackResourceIds": [workspace.key()],
        "fromTemplateId": MARK,
        "$schema": SCHEMA,
    });
    content.to_string()
}

/// A chart over time of what a query of the workspace gives; `width` is in percent of the page.
fn chart(title: &str, query: &str, name: &str, width: u8) -> Json {
    json!({
        "type": 3,
        "content": {
            "version": "KqlItem/1.0",
            "query": query,
            "size": 0,
            "title": title,
            "timeContext": { "durationMs": DAYS_IN_MS },
            "queryType": 0,
            "resourceType": "microsoft.operationalinsights/workspaces",
            "visualization": "timechart",
        },
        "customWidth": width.to_string(),
        "name": name,
    })
}

/// Whether two contents are one, whatever the order of their fields and the spelling of the workspace.
pub fn same(left: &str, right: &str) -> bool {
    left == right || read(left).zip(read(right)).is_some_and(|(left, right)| left == right)
}

/// The tables that a content of this resource's own making has charts of; nothing for anybody else's.
pub fn tables(content: &str) -> Option<Vec<String>> {
    let content = read(content).filter(|content| content["fromTemplateId"] == MARK)?;
    let names = content["items"].as_array()?.iter().filter_map(|item| item["name"].as_str());
    let tables: BTreeSet<_> = names.filter_map(|name| name.strip_prefix(CHART)).collect();
    Some(tables.into_iter().filter(|name| Source::table(name).is_some()).map(str::to_owned).collect())
}

/// A content without what may be spelled in another way.
fn read(content: &str) -> Option<Json> {
    let mut content: Json = serde_json::from_str(content).ok()?;
    // The editor of the portal writes it into what had none.
    content.as_object_mut()?.remove("$schema");
    for id in content["fallbackResourceIds"].as_array_mut().into_iter().flatten() {
        *id = id.as_str().map_or_else(|| id.clone(), |id| id.to_lowercase().into());
    }
    Some(content)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    fn workspace(name: &str) -> WorkspaceId {
        let id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/\
                  Microsoft.OperationalInsights/workspaces/";
        WorkspaceId::parse(&format!("{id}{name}")).unwrap()
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn a_workbook_shows_its_tables() {
        let content = render(&workspace("law-demo"), &["IdentityLogonEvents", "AdvancedHunting-deviceevents"]);
        let content: Json = serde_json::from_str(&content).unwrap();
        expect_file!["../../../../tests/goldens/workbook.json"].assert_eq(&format!("{content:#}\n"));
    }

    #[test]
    fn the_same_tables_give_the_same_content_however_they_are_spelled() {
        let one = render(&workspace("law-demo"), &["DeviceEvents", "CloudAppEvents", "My_CL"]);
        let other = render(
            &workspace("LAW-DEMO"),
            &["My_CL", "cloudappevents", "AdvancedHunting-DeviceEvents", "deviceevents"],
        );
        assert_eq!(one, other);
        assert_eq!(tables(&one).unwrap(), ["CloudAppEvents", "DeviceEvents", "My_CL"]);
        assert_eq!(render(&workspace("law-demo"), &tables(&one).unwrap()), one);
        let bare = render(&workspace("law-demo"), &NONE);
        assert!(!bare.contains("Events of") && !bare.contains("\"Events\\\""), "{bare}");
        assert_eq!(tables(&bare).unwrap(), NONE);
    }

    #[test]
    fn contents_are_compared_as_json() {
        let ours = render(&workspace("law-demo"), &["DeviceEvents"]);
        let parsed: Json = serde_json::from_str(&ours).unwrap();
        let pretty = format!("{parsed:#}");
        assert!(pretty != ours && same(&ours, &pretty));
        assert!(same(&ours, &ours.replace("/resourcegroups/rg-sentinel/", "/resourceGroups/RG-Sentinel/")));
        assert!(same(&ours, &ours.replace(&format!("\"$schema\":\"{SCHEMA}\","), "")));
        for changed in [
            ours.replace("ago(14d)", "ago(30d)"),
            ours.replace("\"customWidth\":\"50\"", "\"customWidth\":\"100\""),
            ours.replace("law-demo\"", "law-other\""),
            ours.replace(MARK, "sentinel-UserWorkbook"),
            "{}".to_owned(),
            String::new(),
        ] {
            assert!(!same(&ours, &changed), "{changed}");
        }
    }

    #[test]
    fn what_somebody_else_made_has_no_tables_of_ours() {
        let other = render(&workspace("law-demo"), &["DeviceEvents"]).replace(MARK, "sentinel-UserWorkbook");
        assert_eq!([other.as_str(), "{}", "", "[]", "null"].map(tables), [const { None }; 5]);
        let odd = format!("{{\"fromTemplateId\":\"{MARK}\",\"items\":[1,{{\"name\":\"events of A | take 1\"}}]}}");
        assert_eq!(tables(&odd), Some(Vec::new()));
    }
}
