//! Managed identities, as a virtual machine and App Service offer them, and the plain http that is for them alone.

use expect_test::expect;
use serde_json::{Value, json};

use super::sign_in::{ARM, OTHER_CLIENT, is_good, now, world};
use super::{PREVIEW, path};
use crate::emulator_process::{CLIENT, EmulatorProcess, SUBSCRIPTION, TENANT};

/// A machine with two identities, and an application in App Service with the same.
pub fn machine() -> Value {
    json!({"machine": {
        "identities": [
            {"tenant_id": TENANT, "client_id": CLIENT, "system_assigned": true},
            {"tenant_id": TENANT, "client_id": OTHER_CLIENT, "resource_id": "/subscriptions/s/identities/it"},
        ],
        "identity_header": "header-of-app-service",
    }})
}

#[tokio::test]
async fn a_machine_has_tokens_for_its_identities_over_http_and_https() {
    let emulator = EmulatorProcess::start_with(&world(json!({"deny": ["Microsoft.SecurityInsights/*"]}), machine()));
    let (plain, secure) = (emulator.url().replacen("https", "http", 1), emulator.url().to_owned());
    let vm = format!("/metadata/identity/oauth2/token?api-version=2018-02-01&resource={ARM}/");
    let app = format!("/msi/token?api-version=2019-08-01&resource={ARM}");
    let by_metadata = [("metadata", "true")];
    let by_header = [("x-identity-header", "header-of-app-service")];
    for base in [&plain, &secure] {
        let own = emulator.ask("GET", &format!("{base}{vm}"), &by_metadata).await.body;
        assert_eq!((&own["client_id"], &own["token_type"]), (&json!(CLIENT), &json!("Bearer")), "{own}");
        assert_eq!((&own["expires_in"], &own["resource"]), (&json!("3599"), &json!(format!("{ARM}/"))));
        assert!(own["expires_on"].as_str().and_then(|text| text.parse::<i64>().ok()).is_some_and(|end| end > now()));
        let token = own["access_token"].as_str();
        let denied = emulator.send("GET", &path("dataConnectors", PREVIEW), token, None).await;
        assert_eq!((denied.status, denied.code()), (403, "AuthorizationFailed"));

        let chosen = format!("{base}{vm}&client_id={OTHER_CLIENT}");
        let chosen = emulator.ask("GET", &chosen, &by_metadata).await.body;
        assert!(is_good(&emulator, &chosen["access_token"]).await, "{chosen}");
        let chosen = format!("{base}{app}&mi_res_id=/subscriptions/s/identities/it");
        let chosen = emulator.ask("GET", &chosen, &by_header).await.body;
        assert!(is_good(&emulator, &chosen["access_token"]).await, "{chosen}");
        assert!(chosen["expires_on"].is_string() && chosen.get("expires_in").is_none(), "{chosen}");
    }

    let mut seen = String::new();
    let cases = [
        ("no metadata header", vm.clone(), &[][..]),
        ("another metadata header", vm.clone(), &[("metadata", "True")]),
        ("no version", format!("/metadata/identity/oauth2/token?resource={ARM}"), &by_metadata),
        ("no resource", "/metadata/identity/oauth2/token?api-version=2018-02-01".to_owned(), &by_metadata),
        ("another resource", vm.replace(ARM, "https://other.example"), &by_metadata),
        ("another identity", format!("{vm}&client_id={SUBSCRIPTION}"), &by_metadata),
        ("App Service, no header", app.clone(), &by_metadata),
        ("App Service, another header", app.clone(), &[("x-identity-header", "wrong")]),
        ("App Service, another version", app.replace("2019-08-01", "2017-09-01"), &by_header),
        ("App Service, no resource", "/msi/token?api-version=2019-08-01".to_owned(), &by_header),
        ("App Service, another resource", app.replace(ARM, "https://other.example"), &by_header),
        ("App Service, another identity", format!("{app}&client_id={SUBSCRIPTION}"), &by_header),
    ];
    for (what, target, headers) in cases {
        let received = emulator.ask("GET", &format!("{plain}{target}"), headers).await;
        let said = received.body["error_description"].as_str().or(received.body["message"].as_str());
        let said = said.unwrap_or_default().split(". ").next().unwrap_or_default();
        let error = received.body["error"].as_str().unwrap_or_default();
        seen += &format!("{what}: {} {error} {said}\n", received.status);
    }
    expect![[r#"
        no metadata header: 400 bad_request_102 Required metadata header not specified
        another metadata header: 400 bad_request_102 Required metadata header not specified
        no version: 400 invalid_request Required query variable 'api-version' is missing
        no resource: 400 invalid_request Required query variable 'resource' is missing
        another resource: 400 invalid_resource AADSTS500011: The resource principal named https://other.example/ was not found in the tenant named 11111111-1111-4111-8111-111111111111
        another identity: 400 invalid_request Identity not found
        App Service, no header: 401  The header X-IDENTITY-HEADER is missing, or is not that of this application.
        App Service, another header: 401  The header X-IDENTITY-HEADER is missing, or is not that of this application.
        App Service, another version: 400  The api-version '2017-09-01' is not supported; use 2019-08-01.
        App Service, no resource: 400  The query parameter 'resource' is missing.
        App Service, another resource: 400  AADSTS500011: The resource principal named https://other.example was not found in the tenant named 11111111-1111-4111-8111-111111111111
        App Service, another identity: 400  No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.
    "#]].assert_eq(&seen);
}

#[tokio::test]
async fn plain_http_is_for_managed_identities_alone() {
    let emulator = EmulatorProcess::start();
    let plain = emulator.url().replacen("https", "http", 1);
    let token = emulator.arm_token().await;
    let bearer = format!("Bearer {token}");
    for (method, target) in [
        ("GET", "/metadata/endpoints?api-version=2022-09-01".to_owned()),
        ("POST", format!("/{TENANT}/oauth2/v2.0/token")),
        ("GET", path("dataConnectors", PREVIEW)),
        ("GET", "/_emulator/state".to_owned()),
        ("POST", "/_emulator/expire-tokens".to_owned()),
    ] {
        let received = emulator.ask(method, &format!("{plain}{target}"), &[("authorization", &bearer)]).await;
        let said = received.body.as_str().unwrap_or_default();
        assert!(received.status == 400 && said.starts_with("This port speaks https."), "{target}: {received:?}");
    }
    assert!(is_good(&emulator, &json!(token)).await, "nothing was done");
    let log = emulator.exchanges();
    assert!(
        log.iter()
            .any(|line| line["url"].as_str().is_some_and(|url| url.starts_with("http://")) && line["status"] == 400)
    );
}
