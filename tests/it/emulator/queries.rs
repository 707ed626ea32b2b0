//! The query API: who may ask, at which address, and what is refused.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, EmulatorProcess, Received, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};

const OTHER: &str = "55555555-5555-4555-8555-555555555555";
const AUDIENCE: &str = "https://api.loganalytics.io";

fn told(received: &Received) -> String {
    let inner = received.body["error"]["innererror"]["message"].as_str();
    let said = inner.unwrap_or_else(|| received.message());
    let said = if received.status < 300 { received.body["tables"][0].to_string() } else { said.to_owned() };
    format!("{} {}: {said}\n", received.status, received.code())
}

#[tokio::test]
async fn who_may_ask_is_answered_from_the_records_and_from_nothing_else() {
    let client = json!({ "client_id": CLIENT, "client_secret": SECRET });
    let workspace = |name: &str, deny: &Value| json!({ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": name, "tenant_id": TENANT, "customer_id": name, "logs": deny });
    let logs = json!({ "DeviceEvents": [{ "ago": "1d", "times": 4, "columns": { "ActionType": "x" } }] });
    let emulator = EmulatorProcess::start_with(&json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [client] }, { "tenant_id": OTHER, "clients": [client] }],
        "workspaces": [workspace("law-demo", &logs), workspace("law-empty", &json!({}))],
    }));
    let own = emulator.token_of(TENANT, CLIENT, SECRET, AUDIENCE).await;
    let at_home = emulator.token_of(TENANT, CLIENT, SECRET, &format!("{}/log-analytics", emulator.url())).await;
    let elsewhere = emulator.token_of(OTHER, CLIENT, SECRET, AUDIENCE).await;
    let of_arm = emulator.arm_token().await;
    let query = |kql: &str| json!({ "query": kql });
    let count = query("DeviceEvents | summarize N = count() by ActionType");
    let direct = |id: &str| format!("/v1/workspaces/{id}/query");
    let by_arm = |version: &str| format!("{WORKSPACE}/api/query?api-version={version}");
    let preview = by_arm("2017-01-01-preview");
    let asked = [
        ("no token", direct("law-demo"), None, count.clone()),
        ("a token of its own", direct("law-demo"), Some(&own), count.clone()),
        ("the emulator's own audience", direct("LAW-demo"), Some(&at_home), count.clone()),
        ("a token for Resource Manager", direct("law-demo"), Some(&of_arm), count.clone()),
        ("a token of another tenant", direct("law-demo"), Some(&elsewhere), count.clone()),
        ("a workspace that is none", direct("law-none"), Some(&own), count.clone()),
        ("a workspace without data", direct("law-empty"), Some(&own), count.clone()),
        ("by Resource Manager", preview.clone(), Some(&of_arm), count.clone()),
        ("another version", by_arm("2023-09-01"), Some(&of_arm), count.clone()),
        ("Resource Manager with the other token", preview.clone(), Some(&own), count.clone()),
        ("no query", direct("law-demo"), Some(&own), json!({})),
        ("a table that is none", direct("law-demo"), Some(&own), query("DeviceEvnts")),
        ("KQL that is not known", direct("law-demo"), Some(&own), query("DeviceEvents | take 1")),
    ];
    let port = emulator.url().rsplit(':').next().unwrap();
    let mut seen = String::new();
    for (what, path, token, body) in asked {
        let received = emulator.send("POST", &path, token.map(String::as_str), Some(&body)).await;
        seen += &format!("{what}: {}", told(&received).replace(port, "PORT"));
    }
    let plan = json!({ "properties": { "plan": "Auxiliary" } });
    emulator.admin("PATCH", &format!("/portal{WORKSPACE}/tables/DeviceEvents"), Some(&plan)).await;
    seen += &format!(
        "a table of another plan: {}",
        told(&emulator.send("POST", &preview, Some(&of_arm), Some(&count)).await)
    );
    expect![[r#"
        no token: 401 AuthorizationRequiredError: Valid authentication was not provided
        a token of its own: 200 : {"columns":[{"name":"ActionType","type":"string"},{"name":"N","type":"long"}],"name":"PrimaryResult","rows":[["x",4]]}
        the emulator's own audience: 200 : {"columns":[{"name":"ActionType","type":"string"},{"name":"N","type":"long"}],"name":"PrimaryResult","rows":[["x",4]]}
        a token for Resource Manager: 403 InvalidTokenError: The token was issued for another audience.
        a token of another tenant: 403 InsufficientAccessError: The provided credentials of 33333333-3333-4333-8333-333333333333 have insufficient access to perform the requested operation
        a workspace that is none: 400 FailedToResolveResource: The workspace could not be found.
        a workspace without data: 204 : null
        by Resource Manager: 200 : {"columns":[{"name":"ActionType","type":"string"},{"name":"N","type":"long"}],"name":"PrimaryResult","rows":[["x",4]]}
        another version: 400 NoRegisteredProviderFound: No registered resource provider found for location '' and API version '2023-09-01' for type 'workspaces/api'. The supported api-versions are '2017-01-01-preview'. The supported locations are ''.
        Resource Manager with the other token: 401 InvalidAuthenticationTokenAudience: The access token has been obtained for wrong audience or resource 'https://api.loganalytics.io'. It should exactly match with one of the allowed audiences 'https://127.0.0.1:PORT','https://localhost:PORT','https://[::1]:PORT','https://management.azure.com','https://management.core.windows.net'.
        no query: 400 BadArgumentError: The body names no query.
        a table that is none: 400 BadArgumentError: none of its tables can be resolved
        KQL that is not known: 501 NotImplemented: The emulator does not know the operator 'take', and answers nothing that it would have to make up.
        a table of another plan: 400 BadArgumentError: Table DeviceEvents of plan Auxiliary cannot be queried beside other tables
    "#]].assert_eq(&seen);
    let wrong = json!({ "logs": { "DeviceEvents": [{ "ago": "yesterday" }] } });
    let refused = emulator.send("PATCH", &format!("/_emulator/portal{WORKSPACE}"), None, Some(&wrong)).await;
    assert_eq!(
        (refused.status, refused.message()),
        (400, "records of 'DeviceEvents' are 'yesterday' old, which is not an age such as '3h' or '2d'")
    );
}
