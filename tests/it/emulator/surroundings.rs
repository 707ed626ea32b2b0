//! What stands around the connectors: tokens, onboarding, roles, licences, alert rules, the way in.

use std::process::Command;

use serde_json::json;

use super::{OTHER_TENANT, PREVIEW, STABLE, Session, connector, names, path, scenario};
use crate::emulator_process::{CLIENT, EmulatorProcess, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};

#[tokio::test]
async fn tokens_are_issued_and_refused_as_entra_does() {
    let emulator = EmulatorProcess::start_with(&scenario(&json!({})));
    let scope = format!("{}/.default", emulator.url());
    let good = emulator.ask_for_token(TENANT, CLIENT, SECRET, &scope).await;
    assert_eq!((good.status, &good.body["token_type"]), (200, &json!("Bearer")));

    let secret = emulator.ask_for_token(TENANT, CLIENT, "wrong", &scope).await;
    assert_eq!((secret.status, &secret.body["error_codes"]), (401, &json!([7_000_215])));
    let tenant = emulator.ask_for_token("no-tenant", CLIENT, SECRET, &scope).await;
    assert_eq!((tenant.status, &tenant.body["error_codes"]), (400, &json!([90_002])));
    let client = emulator.ask_for_token(TENANT, "no-client", SECRET, &scope).await;
    assert_eq!((client.status, &client.body["error"]), (400, &json!("unauthorized_client")));

    let resource = path("dataConnectors", PREVIEW);
    let none = emulator.send("GET", &resource, None, None).await;
    assert_eq!((none.status, none.code()), (401, "AuthenticationFailed"));
    assert!(none.headers.contains_key("www-authenticate"));
    let audience = emulator.token_of(TENANT, CLIENT, SECRET, "https://api.securitycenter.microsoft.com").await;
    let audience = emulator.send("GET", &resource, Some(&audience), None).await;
    assert_eq!(audience.code(), "InvalidAuthenticationTokenAudience");
    let stranger = emulator.token_of(OTHER_TENANT, CLIENT, SECRET, emulator.url()).await;
    let stranger = emulator.send("GET", &resource, Some(&stranger), None).await;
    assert_eq!((stranger.status, stranger.code()), (401, "InvalidAuthenticationTokenTenant"));
    assert!(stranger.message().contains(&format!("wrong issuer 'https://sts.windows.net/{OTHER_TENANT}/'")));

    let token = emulator.arm_token().await;
    emulator.admin("POST", "/expire-tokens", None).await;
    let expired = emulator.send("GET", &resource, Some(&token), None).await;
    assert_eq!((expired.status, expired.code()), (401, "ExpiredAuthenticationToken"));
}

#[tokio::test]
async fn a_workspace_must_be_onboarded() {
    let session = Session::new(EmulatorProcess::start()).await;
    let state = "onboardingStates/default";
    assert_eq!(session.delete(state, STABLE).await.status, 200);
    let refused = session.get("dataConnectors", PREVIEW).await;
    assert_eq!((refused.status, refused.code()), (400, "BadRequest"));
    assert!(refused.message().starts_with("Workspace 'law-demo' is not onboarded to Microsoft Sentinel."));
    assert_eq!(session.get(state, STABLE).await.status, 404);
    assert_eq!(session.put(state, STABLE, &json!({"properties": {}})).await.status, 201);
    assert_eq!(session.get("dataConnectors", PREVIEW).await.status, 200);
}

#[tokio::test]
async fn locks_licences_and_roles_refuse() {
    let session = Session::new(EmulatorProcess::start()).await;
    let tenant = json!({
        "tenant_id": TENANT,
        "clients": [{"client_id": CLIENT, "client_secret": SECRET, "deny": ["Microsoft.SecurityInsights/alertRules/*"]}],
        "licences": {"MicrosoftDefenderAdvancedThreatProtection": "missing_consent", "AzureSecurityCenter": "invalid"},
    });
    session.emulator.admin("POST", "/tenants", Some(&tenant)).await;
    let endpoint = connector("MicrosoftDefenderAdvancedThreatProtection", &["alerts"]);
    let consent = session.put("dataConnectors/mde", STABLE, &endpoint).await;
    assert_eq!((consent.status, consent.code(), consent.message()), (401, "InvalidLicense", "Missing consent"));
    let cloud = json!({"kind": "AzureSecurityCenter", "properties": {"subscriptionId": SUBSCRIPTION, "dataTypes": {"alerts": {"state": "Enabled"}}}});
    let licence = session.put("dataConnectors/mdc", STABLE, &cloud).await;
    assert_eq!((licence.status, licence.code(), licence.message()), (401, "InvalidLicense", "License is invalid"));
    let check = json!({"kind": "AzureSecurityCenter", "properties": {"subscriptionId": SUBSCRIPTION}});
    let url = path("dataConnectorsCheckRequirements", PREVIEW);
    let check = session.emulator.send("POST", &url, Some(&session.token), Some(&check)).await;
    assert_eq!(check.body, json!({"authorizationState": "Valid", "licenseState": "Invalid"}));
    let role = session.get("alertRules", STABLE).await;
    assert_eq!((role.status, role.code()), (403, "AuthorizationFailed"));
    assert!(role.message().contains("to perform action 'Microsoft.SecurityInsights/alertRules/read'"));

    let prepared = json!({"licences": {"MicrosoftDefenderAdvancedThreatProtection": "valid"}});
    session.emulator.admin("PATCH", &format!("/portal/tenants/{TENANT}"), Some(&prepared)).await;
    assert_eq!(session.put("dataConnectors/mde", STABLE, &endpoint).await.status, 201);

    let lock = format!("/portal{WORKSPACE}");
    session.emulator.admin("PATCH", &lock, Some(&json!({"portalLocked": true}))).await;
    let locked =
        session.put("dataConnectors/mdi", STABLE, &connector("AzureAdvancedThreatProtection", &["alerts"])).await;
    assert_eq!(locked.status, 400);
    assert!(locked.message().starts_with("The workspace is enabled through the Microsoft Threat Protection Portal."));
    assert_eq!(session.put("dataConnectors/irm", PREVIEW, &connector("OfficeIRM", &["alerts"])).await.status, 201);
}

#[tokio::test]
async fn alert_rules_are_validated_and_have_templates() {
    let session = Session::new(EmulatorProcess::start()).await;
    let rule = json!({"kind": "MicrosoftSecurityIncidentCreation", "properties": {
        "displayName": "Identity", "enabled": true, "productFilter": "Azure Advanced Threat Protection",
        "severitiesFilter": ["High"], "alertRuleTemplateName": "40ba9493-4183-4eee-974f-87fe39c8f267",
    }});
    let created = session.put("alertRules/r", STABLE, &rule).await;
    assert_eq!(created.status, 201);
    assert!(created.body["properties"]["lastModifiedUtc"].is_string());
    let mut wrong = rule.clone();
    wrong["properties"]["severitiesFilter"] = json!(["Terrible"]);
    assert_eq!(session.put("alertRules/r", STABLE, &wrong).await.status, 400);
    let mut wrong = rule.clone();
    wrong["properties"].as_object_mut().expect("properties").remove("productFilter");
    assert!(session.put("alertRules/r", STABLE, &wrong).await.message().contains("'productFilter' not found"));
    assert_eq!(names(&session.get("alertRules", STABLE).await), ["r"]);
    assert_eq!(names(&session.get("alertRuleTemplates", STABLE).await).len(), 8);
    let template = session.get("alertRuleTemplates/40ba9493-4183-4eee-974f-87fe39c8f267", STABLE).await;
    assert_eq!(template.body["properties"]["productFilter"], "Azure Advanced Threat Protection");
    assert_eq!(session.delete("alertRules/r", STABLE).await.status, 200);
}

#[tokio::test]
async fn clients_find_their_way_in() {
    let emulator = EmulatorProcess::start();
    let metadata = emulator.send("GET", "/metadata/endpoints?api-version=2022-09-01", None, None).await;
    assert_eq!(metadata.body["resourceManager"], emulator.url());
    assert_eq!(metadata.body["authentication"]["tenant"], "common");
    let openid = emulator.send("GET", &format!("/{TENANT}/v2.0/.well-known/openid-configuration"), None, None).await;
    assert_eq!(openid.body["token_endpoint"], format!("{}/{TENANT}/oauth2/v2.0/token", emulator.url()));
}

#[test]
fn only_loopback_is_listened_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(env!("CARGO_BIN_EXE_sentinel-emulator"))
        .args(["--listen", "0.0.0.0:0", "--ca-file"])
        .arg(folder.path().join("ca.pem"))
        .arg("--exchange-log")
        .arg(folder.path().join("log"))
        .output()
        .expect("the emulator runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a loopback address"));
    assert!(output.stdout.is_empty());
}

#[test]
fn it_says_its_own_name_and_version() {
    let output = Command::new(env!("CARGO_BIN_EXE_sentinel-emulator")).arg("--version").output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said, format!("sentinel-emulator {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn a_setting_is_named_after_its_kind_and_updated_with_its_etag() {
    let session = Session::new(EmulatorProcess::start()).await;
    let ueba = |etag: Option<&str>| {
        let mut body = json!({ "kind": "Ueba", "properties": { "dataSources": ["AuditLogs"], "unknown": 1 } });
        if let Some(etag) = etag {
            body["etag"] = json!(etag);
        }
        body
    };
    let misnamed = session.put("settings/ueba2", PREVIEW, &ueba(None)).await;
    assert_eq!(misnamed.message(), "Setting name 'ueba2' should be identical to the setting kind 'Ueba'");
    let entity = json!({ "kind": "EntityAnalytics", "properties": { "entityProviders": ["AzureActiveDirectory"] } });
    let early = session.put("settings/Ueba", PREVIEW, &ueba(None)).await;
    assert_eq!((early.status, early.message().contains("EntityAnalytics")), (400, true));
    assert_eq!(session.put("settings/EntityAnalytics", PREVIEW, &entity).await.status, 201);
    let made = session.put("settings/Ueba", PREVIEW, &ueba(None)).await;
    assert_eq!((made.status, &made.body["properties"]), (201, &json!({ "dataSources": ["AuditLogs"] })));
    let blind = session.put("settings/Ueba", PREVIEW, &ueba(None)).await;
    assert_eq!((blind.status, blind.message()), (400, "Update request should provide ETag"));
    for etag in ["\"old\"", "*"] {
        assert_eq!(session.put("settings/Ueba", PREVIEW, &ueba(Some(etag))).await.status, 409, "{etag}");
    }
    let etag = made.body["etag"].as_str().unwrap();
    assert_eq!(session.put("settings/Ueba", PREVIEW, &ueba(Some(etag))).await.status, 200);
    let on = session.put("settings/Anomalies", PREVIEW, &json!({ "kind": "Anomalies", "properties": {} })).await;
    assert_eq!(on.body["properties"], json!({ "isEnabled": true }));
    assert_eq!(session.get("settings", PREVIEW).await.body["value"].as_array().map(Vec::len), Some(3));
    assert_eq!(session.delete("settings/EntityAnalytics", PREVIEW).await.status, 400);
    assert_eq!(session.get("settings", STABLE).await.status, 404);
    assert_eq!(session.delete("settings/Ueba", PREVIEW).await.status, 200);
    assert_eq!(session.get("settings/Ueba", PREVIEW).await.status, 404);
    assert_eq!(session.delete("settings/EntityAnalytics", PREVIEW).await.status, 200);
}
