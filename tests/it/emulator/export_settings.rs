//! The Defender export settings.

use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, EmulatorProcess, SECRET, TENANT, WORKSPACE};

#[tokio::test]
async fn export_settings_follow_their_rules() {
    let emulator = EmulatorProcess::as_shipped();
    let app = emulator.token_of(TENANT, CLIENT, SECRET, "https://api.securitycenter.microsoft.com").await;
    let refused = emulator.send("GET", "/api/dataExportSettings", Some(&app), None).await;
    assert_eq!((refused.status, refused.code()), (403, "Forbidden"), "an app's token");
    let user = async |query: &str| {
        let token = emulator.admin("POST", &format!("/user-token{query}"), None).await;
        token.as_str().expect("plain text").to_owned()
    };
    let token = user("").await;
    assert_eq!(user(&format!("?tenant={TENANT}")).await.split('.').count(), 3);
    let nobody = emulator.send("POST", "/_emulator/user-token?tenant=none", None, None).await;
    assert_eq!(nobody.message(), "no such tenant");
    let post = |id: String, categories: &[&str]| {
        let logs: Vec<Value> = categories.iter().map(|name| json!({"category": name, "enabled": true})).collect();
        json!({"id": id, "workspaceProperties": {"workspaceResourceId": WORKSPACE}, "logs": logs})
    };
    let send = |body: Value| {
        let (emulator, token) = (&emulator, &token);
        async move { emulator.send("POST", "/api/dataExportSettings", Some(token), Some(&body)).await }
    };
    let good = send(post("s0".to_owned(), &["AdvancedHunting-DeviceInfo", "CloudAppEvents"])).await;
    assert_eq!((good.status, &good.body["workspaceProperties"]["name"]), (200, &json!("law-demo")));
    let replaced = send(post("s0".to_owned(), &["AdvancedHunting-DeviceEvents"])).await;
    assert_eq!(replaced.body["logs"], json!([{"category": "AdvancedHunting-DeviceEvents", "enabled": true}]));

    let one = send(post("s1".to_owned(), &["DeviceInfo"])).await;
    assert_eq!((one.status, one.message()), (400, "Category 'DeviceInfo' is not supported."));
    let two = send(post("s1".to_owned(), &["EmailEvents", "SentinelBehaviorInfo"])).await;
    assert_eq!(two.message(), "Categories EmailEvents, SentinelBehaviorInfo are not supported.");
    for index in 1..5 {
        assert_eq!(send(post(format!("s{index}"), &[])).await.status, 200);
    }
    assert_eq!(send(post("s5".to_owned(), &[])).await.status, 400, "a sixth setting");

    let arm = emulator.arm_token().await;
    assert_eq!(emulator.send("GET", "/api/dataExportSettings", Some(&arm), None).await.status, 401);
    let list = emulator.send("GET", "/api/dataexportsettings", Some(&token), None).await;
    assert_eq!(list.body["value"].as_array().map(Vec::len), Some(5));
    assert_eq!(emulator.send("DELETE", "/api/dataExportSettings/s0", Some(&token), None).await.status, 204);
    assert_eq!(emulator.send("GET", "/api/dataExportSettings/s0", Some(&token), None).await.status, 404);
    let portal = format!("/portal/tenants/{TENANT}/dataExportSettings/s1");
    emulator
        .admin("PATCH", &portal, Some(&json!({"logs": [{"category": "AdvancedHunting-EmailEvents", "enabled": true}]})))
        .await;
    let read = emulator.send("GET", "/api/dataExportSettings/s1", Some(&token), None).await;
    assert_eq!(read.body["logs"][0]["category"], "AdvancedHunting-EmailEvents");

    let tenant = json!({
        "tenant_id": TENANT, "clients": [{"client_id": CLIENT, "client_secret": SECRET}],
        "user_tokens": [{"token": "a.user.token", "upn": "user@example.org"}],
    });
    emulator.admin("POST", "/tenants", Some(&tenant)).await;
    assert_eq!(emulator.send("GET", "/api/dataExportSettings", Some(&app), None).await.status, 403);
    let open = json!({"export_settings_accept_app_tokens": true});
    emulator.admin("PATCH", &format!("/portal/tenants/{TENANT}"), Some(&open)).await;
    assert_eq!(emulator.send("GET", "/api/dataExportSettings", Some(&app), None).await.status, 200);
    assert_eq!(emulator.send("GET", "/api/dataExportSettings", Some("a.user.token"), None).await.status, 200);
}
