//! Content packages: what is installed from the catalogue, what is refused, and what else an installation shows in.

use serde_json::{Value, json};

use super::{PREVIEW, STABLE, Session, names, path, scenario};
use crate::emulator_process::EmulatorProcess;

const IDENTITY: &str = "azuresentinel.azure-sentinel-solution-mdefenderforidentity";

/// The package as the catalogue offers it, as a PUT takes it.
async fn offered(session: &Session) -> Value {
    let offered = session.get(&format!("contentProductPackages/{IDENTITY}"), STABLE).await;
    let properties = &offered.body["properties"];
    let fields = ["contentId", "contentProductId", "contentKind", "version", "displayName", "contentSchemaVersion"];
    let kept = fields.map(|field| (field.to_owned(), properties[field].clone()));
    json!({ "properties": kept.into_iter().collect::<serde_json::Map<_, _>>() })
}

#[tokio::test]
async fn a_package_is_installed_as_it_is_offered_and_removed() {
    let session = Session::new(EmulatorProcess::start_with(&scenario(&json!({ "static_cards": true })))).await;
    let cards = async || names(&session.get("dataConnectors", PREVIEW).await).len();
    let before = cards().await;
    let single = session.get(&format!("contentProductPackages/{IDENTITY}"), STABLE).await;
    assert!(single.body["properties"]["packagedContent"].is_object());
    assert!(single.body["properties"]["installedVersion"].is_null());
    let body = offered(&session).await;
    let at = format!("contentPackages/{IDENTITY}");
    let made = session.put(&at, STABLE, &body).await;
    assert_eq!((made.status, &made.body["properties"]["installedVersion"]), (201, &json!("3.0.3")));
    assert_eq!(session.put(&at, STABLE, &body).await.status, 200);
    assert_eq!(cards().await, before + 1);
    let listed = session.get("contentProductPackages", STABLE).await;
    let is_it = |package: &&Value| package["name"] == IDENTITY;
    let listed = listed.body["value"].as_array().unwrap().iter().find(is_it).unwrap().clone();
    assert_eq!(listed["properties"]["installedVersion"], "3.0.3");
    assert!(listed["properties"]["packagedContent"].is_null());
    assert_eq!(session.delete(&at, STABLE).await.status, 200);
    assert_eq!(session.delete(&at, STABLE).await.status, 204);
    assert_eq!(session.get(&at, STABLE).await.status, 404);
    assert_eq!(cards().await, before);
}

#[tokio::test]
async fn what_does_not_fit_the_catalogue_is_refused() {
    let mut world = scenario(&json!({}));
    let orphan =
        json!({ "contentId": "azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint", "version": "1" });
    world["workspaces"][0]["content_packages"] = json!([{ "name": "orphan", "properties": orphan }]);
    let session = Session::new(EmulatorProcess::start_with(&world)).await;
    let body = offered(&session).await;
    let at = format!("contentPackages/{IDENTITY}");
    for field in ["contentId", "contentProductId", "contentKind", "version", "displayName", "contentSchemaVersion"] {
        let mut without = body.clone();
        without["properties"].as_object_mut().unwrap().remove(field);
        let refused = session.put(&at, STABLE, &without).await;
        assert!(refused.status == 400 && refused.message().contains(field), "{field}: {refused:?}");
    }
    for (field, value) in
        [("version", "3.0.2"), ("contentProductId", "x"), ("contentKind", "Workbook"), ("contentId", "y")]
    {
        let mut other = body.clone();
        other["properties"][field] = value.into();
        assert_eq!(session.put(&at, STABLE, &other).await.status, 400, "{field}");
    }
    let endpoint = "contentPackages/azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint";
    let mut other = body.clone();
    other["properties"]["contentId"] = orphan["contentId"].clone();
    let refused = session.put(endpoint, STABLE, &other).await;
    assert_eq!((refused.status, refused.code()), (400, "BadRequestException"));
    assert!(refused.message().contains("is already associated with another package"));
    assert_eq!(session.put(&format!("contentProductPackages/{IDENTITY}"), STABLE, &body).await.status, 405);
    for list in ["contentPackages", "contentProductPackages"] {
        let filtered = path(list, &format!("{STABLE}&$filter=x"));
        assert_eq!(session.emulator.send("GET", &filtered, Some(&session.token), None).await.status, 501, "{list}");
    }
}
