//! Content templates: what a list shows, in pages and of one kind, and what is not emulated.

use serde_json::json;

use super::{STABLE, Session, names, path, scenario};
use crate::emulator_process::EmulatorProcess;

#[tokio::test]
async fn a_list_shows_what_it_is_asked_for() {
    let template = |name: &str, kind: &str| {
        let properties = json!({ "contentKind": kind, "mainTemplate": { "resources": [] }, "dependantTemplates": [] });
        json!({ "name": name, "properties": properties })
    };
    let mut world = scenario(&json!({ "page_size": 2 }));
    world["workspaces"][0]["content_templates"] = json!([
        template("a", "AnalyticsRule"),
        template("b", "Workbook"),
        template("c", "AnalyticsRule"),
        template("d", "AnalyticsRule"),
    ]);
    let session = Session::new(EmulatorProcess::start_with(&world)).await;
    let list = |query: &str| path("contentTemplates", &format!("{STABLE}{query}"));
    let get = async |at: &str| session.emulator.send("GET", at, Some(&session.token), None).await;

    let bare = get(&list("")).await;
    assert_eq!((bare.status, names(&bare)), (200, vec!["a", "b"]));
    assert_eq!(bare.body["value"][0]["properties"], json!({ "contentKind": "AnalyticsRule" }));

    // What a list is asked for holds on its next page.
    let of_rules = "&$filter=(properties%2FcontentKind%20eq%20'AnalyticsRule')&$expand=properties/mainTemplate";
    let first = get(&list(of_rules)).await;
    assert_eq!(names(&first), ["a", "c"]);
    assert_eq!(first.body["value"][0]["properties"]["mainTemplate"], json!({ "resources": [] }));
    let next = first.body["nextLink"].as_str().unwrap().strip_prefix(session.emulator.url()).unwrap();
    let second = get(next).await;
    assert_eq!(names(&second), ["d"]);
    assert_eq!(second.body["value"][0]["properties"]["mainTemplate"], json!({ "resources": [] }));
    assert!(second.body["nextLink"].is_null() && second.body["value"][0]["properties"]["dependantTemplates"].is_null());

    let one = get(&path("contentTemplates/A", &format!("{STABLE}&$expand=properties/mainTemplate"))).await;
    assert_eq!((one.status, &one.body["properties"]["mainTemplate"]), (200, &json!({ "resources": [] })));
    assert_eq!(get(&path("contentTemplates/z", STABLE)).await.status, 404);

    assert_eq!(get(&list("&$expand=properties/other")).await.status, 400);
    for query in ["&$top=1", "&$search=x", "&$filter=properties/version%20eq%20'1'", "&$filter=x'%20or%20'"] {
        let refused = get(&list(query)).await;
        assert_eq!((refused.status, refused.code()), (501, "NotImplemented"), "{query}");
    }
    assert_eq!(session.put("contentTemplates/x", STABLE, &json!({ "properties": {} })).await.status, 501);
    assert_eq!(session.delete("contentTemplates/a", STABLE).await.status, 501);
}
