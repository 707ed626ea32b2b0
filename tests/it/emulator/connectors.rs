//! Data connectors: their life, their versions, what refuses them.

use serde_json::{Value, json};

use super::{OTHER_TENANT, PREVIEW, STABLE, Session, connector, names, path, scenario};
use crate::emulator_process::{EmulatorProcess, TENANT, WORKSPACE};

#[tokio::test]
async fn a_connector_lives_and_changes_its_etag() {
    let session = Session::new(EmulatorProcess::start()).await;
    let resource = "dataConnectors/mdi";
    let body = connector("AzureAdvancedThreatProtection", &["alerts"]);
    assert_eq!(session.get(resource, STABLE).await.status, 404);

    let created = session.put(resource, STABLE, &body).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.body["type"], "Microsoft.SecurityInsights/dataConnectors");
    assert!(created.headers.contains_key("x-ms-request-id"));
    assert!(created.headers.contains_key("x-ms-ratelimit-remaining-subscription-writes"));
    let read = session.get("DATACONNECTORS/MDI", STABLE).await;
    assert_eq!((read.status, &read.body), (200, &created.body));
    assert_eq!(names(&session.get("dataConnectors", PREVIEW).await), ["mdi"]);

    let updated = session.put(resource, STABLE, &body).await;
    assert_eq!(updated.status, 200);
    assert_ne!(updated.body["etag"], created.body["etag"]);
    let mut stale = body.clone();
    stale["etag"] = created.body["etag"].clone();
    let stale = session.put(resource, STABLE, &stale).await;
    assert_eq!((stale.status, stale.code()), (409, "Conflict"));

    assert_eq!(session.delete(resource, STABLE).await.status, 200);
    assert_eq!(session.delete(resource, STABLE).await.status, 204);
    assert_eq!(session.get(resource, STABLE).await.status, 404);
}

#[tokio::test]
async fn connectors_are_refused_as_the_service_refuses_them() {
    let session = Session::new(EmulatorProcess::start()).await;
    let xdr = connector("MicrosoftThreatProtection", &["incidents"]);
    let identity = connector("AzureAdvancedThreatProtection", &["alerts"]);

    let kind = session.put("dataConnectors/xdr", STABLE, &xdr).await;
    let text = "Connector kind 'MicrosoftThreatProtection' is not supported in api-version: '2025-09-01'";
    assert_eq!((kind.status, kind.code(), kind.message()), (400, "BadRequest", text));

    let bare = json!({"kind": "OfficeATP", "properties": {"tenantId": TENANT}});
    let bare = session.put("dataConnectors/o", PREVIEW, &bare).await;
    assert!(
        bare.message().starts_with("Failed to parse input. Error='Required property 'dataTypes' not found in JSON")
    );

    let mut foreign = identity.clone();
    foreign["properties"]["tenantId"] = json!(OTHER_TENANT);
    assert_eq!(session.put("dataConnectors/i", PREVIEW, &foreign).await.status, 400);

    assert_eq!(session.put("dataConnectors/first", PREVIEW, &identity).await.status, 201);
    let twin = session.put("dataConnectors/second", PREVIEW, &identity).await;
    assert_eq!(twin.status, 400);
    assert!(twin.message().contains("two connectors with different names and the same kind and context id"));
    assert_eq!(session.put("dataConnectors/first", PREVIEW, &xdr).await.status, 400);

    let version = session.get("dataConnectors", "2031-01-01").await;
    assert_eq!((version.status, version.code()), (400, "NoRegisteredProviderFound"));
    let url = path("dataConnectors", PREVIEW);
    let unversioned = url.split('?').next().expect("a path");
    let unversioned = session.emulator.send("GET", unversioned, Some(&session.token), None).await;
    assert_eq!(unversioned.code(), "MissingApiVersionParameter");
    let elsewhere = url.replace("rg-sentinel", "rg-other");
    let elsewhere = session.emulator.send("GET", &elsewhere, Some(&session.token), None).await;
    assert_eq!((elsewhere.status, elsewhere.code()), (404, "ResourceGroupNotFound"));
}

#[tokio::test]
async fn an_old_version_shows_xdr_incidents_only() {
    let session = Session::new(EmulatorProcess::start()).await;
    let mut body = connector("MicrosoftThreatProtection", &["incidents", "alerts"]);
    body["properties"]["filteredProviders"] = json!({"alerts": ["microsoftDefenderForIdentity"]});
    assert_eq!(session.put("dataConnectors/xdr", PREVIEW, &body).await.status, 201);

    let old = session.get("dataConnectors/xdr", "2022-10-01-preview").await;
    assert_eq!(old.body["properties"]["dataTypes"], json!({"incidents": {"state": "Enabled"}}));
    assert_eq!(old.body["properties"]["filteredProviders"], Value::Null);
    let new = session.get("dataConnectors/xdr", PREVIEW).await;
    assert_eq!(new.body["properties"]["dataTypes"]["alerts"]["state"], "Enabled");
    assert_eq!(names(&session.get("dataConnectors", STABLE).await), Vec::<&str>::new());
}

#[tokio::test]
async fn a_connector_with_everything_disabled_is_not_kept() {
    let session = Session::new(EmulatorProcess::start()).await;
    let mut body = connector("MicrosoftCloudAppSecurity", &["alerts"]);
    body["properties"]["dataTypes"]["alerts"]["state"] = json!("Disabled");
    assert_eq!(session.put("dataConnectors/mcas", STABLE, &body).await.status, 200);
    assert_eq!(session.get("dataConnectors/mcas", STABLE).await.status, 404);
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let session =
        Session::new(EmulatorProcess::start_with(&scenario(&json!({"page_size": 2, "static_cards": true})))).await;
    for (name, kind) in [("a", "AzureAdvancedThreatProtection"), ("b", "OfficeATP"), ("c", "OfficeIRM")] {
        assert_eq!(
            session.put(&format!("dataConnectors/{name}"), PREVIEW, &connector(kind, &["alerts"])).await.status,
            201
        );
    }
    let mut seen = Vec::new();
    let mut next = path("dataConnectors", PREVIEW);
    loop {
        let page = session.emulator.send("GET", &next, Some(&session.token), None).await;
        seen.extend(names(&page).into_iter().map(str::to_owned));
        match page.body["nextLink"].as_str() {
            Some(link) => next = link.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, ["a", "b", "c", "SecurityEvents", "MicrosoftDefenderForCloudTenantBased"]);
}

#[tokio::test]
async fn xdr_of_2021_brings_its_components_and_holds_them() {
    let session = Session::new(EmulatorProcess::start_with(&scenario(&json!({"xdr_components": "2021"})))).await;
    session.put("dataConnectors/xdr", PREVIEW, &connector("MicrosoftThreatProtection", &["incidents"])).await;
    let list = session.get("dataConnectors", PREVIEW).await;
    let found = names(&list);
    assert_eq!(found.len(), 5);
    let component = found.iter().find(|name| **name != "xdr").expect("a component");
    assert_eq!(session.delete(&format!("dataConnectors/{component}"), PREVIEW).await.status, 400);
    session.delete("dataConnectors/xdr", PREVIEW).await;
    assert_eq!(session.delete(&format!("dataConnectors/{component}"), PREVIEW).await.status, 200);
}

#[tokio::test]
async fn the_portal_changes_things_behind_the_clients_back() {
    let session = Session::new(EmulatorProcess::start()).await;
    let created =
        session.put("dataConnectors/mdi", STABLE, &connector("AzureAdvancedThreatProtection", &["alerts"])).await;
    let portal = format!("/portal{WORKSPACE}/providers/Microsoft.SecurityInsights/dataConnectors/mdi");
    let patch = json!({"properties": {"dataTypes": {"alerts": {"state": "Disabled"}}}});
    session.emulator.admin("PATCH", &portal, Some(&patch)).await;
    let read = session.get("dataConnectors/mdi", STABLE).await;
    assert_eq!(read.body["properties"]["dataTypes"]["alerts"]["state"], "Disabled");
    assert_ne!(read.body["etag"], created.body["etag"]);
    let state = session.emulator.admin("GET", "/state", None).await;
    assert_eq!(state["workspaces"][0]["connectors"][0]["name"], "mdi");
    session.emulator.admin("DELETE", &portal, None).await;
    assert_eq!(session.get("dataConnectors/mdi", STABLE).await.status, 404);
}

#[tokio::test]
async fn the_date_of_the_threat_feed_is_shown_in_another_form() {
    let session = Session::new(EmulatorProcess::start()).await;
    let feed = json!({ "state": "Enabled", "lookbackPeriod": "2025-01-31T10:00:00+02:00" });
    let properties = json!({ "tenantId": TENANT, "dataTypes": { "microsoftEmergingThreatFeed": feed } });
    let body = json!({ "kind": "MicrosoftThreatIntelligence", "properties": properties });
    let stored = session.put("dataConnectors/ti", STABLE, &body).await;
    let shown = &stored.body["properties"]["dataTypes"]["microsoftEmergingThreatFeed"]["lookbackPeriod"];
    assert_eq!((stored.status, shown), (201, &json!("01/31/2025 08:00:00")));
}
