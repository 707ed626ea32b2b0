//! What a client sends that makes everything itself: resource group, workspace, onboarding, connector, and takes it all
//! away again. Methods, paths, api-versions and bodies are those of the azurerm provider.

use expect_test::expect;
use serde_json::{Value, json};

use super::{Session, connector, scenario};
use crate::emulator_process::{CLIENT, EmulatorProcess, SECRET, SUBSCRIPTION, TENANT};

const GROUPS: &str = "2023-07-01";
const WORKSPACES: &str = "2022-10-01";
const KEYS: &str = "2020-08-01";
const SENTINEL: &str = "2022-10-01-preview";

/// What came of requests, a line each.
struct Story<'a> {
    session: &'a Session,
    told: String,
}

impl Story<'_> {
    /// Sends a request below the subscription; `shown` are the parts of the answer to tell.
    async fn send(&mut self, method: &str, path: &str, version: &str, body: Option<Value>, shown: &[&str]) -> Value {
        let separator = if path.contains('?') { '&' } else { '?' };
        let address = format!("/subscriptions/{SUBSCRIPTION}/{path}{separator}api-version={version}");
        let Session { emulator, token } = self.session;
        let received = emulator.send(method, &address, Some(token), body.as_ref()).await;
        let short = path.replace("/providers/Microsoft.OperationalInsights/workspaces/", "/WORKSPACE/");
        let short = short.replace("/providers/Microsoft.SecurityInsights/", "/SENTINEL/");
        self.told += &format!("{method} {short} {}", received.status);
        for place in shown {
            self.told += &format!(" {}", received.body.pointer(place).unwrap_or(&Value::Null));
        }
        if !received.code().is_empty() {
            self.told += &format!(" {}: {}", received.code(), received.message());
        }
        self.told += "\n";
        received.headers.get("location").map_or(received.body, |location| json!(location.to_str().unwrap()))
    }

    /// Looks at an operation's address until it is done.
    async fn wait(&mut self, address: &Value) {
        let Session { emulator, token } = self.session;
        for _ in 0..9 {
            let status = emulator.send("GET", address.as_str().unwrap(), Some(token), None).await.status;
            self.told += &format!("  the operation answers {status}\n");
            if status != 202 {
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_whole_configuration_is_made_and_taken_away() {
    let session = Session::new(EmulatorProcess::start()).await;
    let mut story = Story { session: &session, told: String::new() };
    let group = "resourceGroups/rg-new";
    let workspace = &format!("{group}/providers/Microsoft.OperationalInsights/workspaces/law-new");
    let onboarding = &format!("{workspace}/providers/Microsoft.SecurityInsights/onboardingStates/default");
    let xdr = &format!("{workspace}/providers/Microsoft.SecurityInsights/dataConnectors/xdr");
    let state = &["/properties/provisioningState"];
    let to_make = || {
        json!({
            "location": "westeurope",
            "tags": {"env": "test"},
            "properties": {
                "features": {"disableLocalAuth": false, "enableLogAccessUsingOnlyResourcePermissions": true},
                "publicNetworkAccessForIngestion": "Enabled",
                "publicNetworkAccessForQuery": "Enabled",
                "retentionInDays": 0,
                "sku": {"name": "PerGB2018"},
                "workspaceCapping": {"dailyQuotaGb": -1},
            },
        })
    };

    story.send("GET", group, GROUPS, None, &[]).await;
    story.send("HEAD", group, GROUPS, None, &[]).await;
    story.send("PUT", workspace, WORKSPACES, Some(to_make()), &[]).await;
    story.send("PUT", group, GROUPS, Some(json!({"location": "West Europe", "tags": {}})), &["/id", "/location"]).await;
    story.send("PUT", group, GROUPS, Some(json!({"location": "westeurope", "tags": {"a": "b"}})), &["/tags"]).await;
    story.send("PATCH", group, GROUPS, Some(json!({"tags": {"c": "d"}})), &["/tags"]).await;
    story.send("HEAD", group, GROUPS, None, &[]).await;

    story.send("GET", workspace, WORKSPACES, None, &[]).await;
    let made = story.send("PUT", workspace, WORKSPACES, Some(to_make()), state).await;
    story.send("GET", workspace, WORKSPACES, None, state).await;
    let shown = &["/properties/provisioningState", "/properties/retentionInDays", "/properties/sku", "/tags"];
    let read = story.send("GET", workspace, WORKSPACES, None, shown).await;
    assert_eq!(read["properties"]["customerId"], made["properties"]["customerId"]);
    let keys = story.send("POST", &format!("{workspace}/sharedKeys"), KEYS, None, &[]).await;
    assert_eq!(["primarySharedKey", "secondarySharedKey"].map(|key| keys[key].as_str().map(str::len)), [Some(88); 2]);
    assert_ne!(keys["primarySharedKey"], keys["secondarySharedKey"]);
    let resources = format!("{group}/resources?$expand=provisioningState&$top=10");
    story.send("GET", &resources, GROUPS, None, &["/value/0/name", "/value/0/provisioningState"]).await;
    let mut longer = to_make();
    longer["properties"]["retentionInDays"] = json!(120);
    story.send("PUT", workspace, WORKSPACES, Some(longer), &["/properties/retentionInDays"]).await;

    story.send("PUT", xdr, SENTINEL, Some(connector("MicrosoftThreatProtection", &["incidents"])), &[]).await;
    let nothing = || Some(json!({"properties": {"customerManagedKey": false}}));
    story.send("PUT", onboarding, SENTINEL, nothing(), &[]).await;
    story.send("GET", onboarding, SENTINEL, None, &["/name"]).await;
    story.send("PUT", xdr, SENTINEL, Some(connector("MicrosoftThreatProtection", &["incidents"])), &["/kind"]).await;
    story.send("DELETE", xdr, SENTINEL, None, &[]).await;
    story.send("DELETE", onboarding, SENTINEL, None, &[]).await;

    story.send("DELETE", &format!("{workspace}?force=true"), WORKSPACES, None, &[]).await;
    story.send("GET", workspace, WORKSPACES, None, &[]).await;
    story.send("DELETE", workspace, WORKSPACES, None, &[]).await;
    story.send("GET", &resources, GROUPS, None, &["/value"]).await;
    let removal = story.send("DELETE", group, GROUPS, None, &[]).await;
    story.wait(&removal).await;
    story.send("GET", group, GROUPS, None, &[]).await;
    story.send("DELETE", group, GROUPS, None, &[]).await;
    expect![[r#"
        GET resourceGroups/rg-new 404 ResourceGroupNotFound: Resource group 'rg-new' could not be found.
        HEAD resourceGroups/rg-new 404
        PUT resourceGroups/rg-new/WORKSPACE/law-new 404 ResourceGroupNotFound: Resource group 'rg-new' could not be found.
        PUT resourceGroups/rg-new 201 "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-new" "westeurope"
        PUT resourceGroups/rg-new 200 {"a":"b"}
        PATCH resourceGroups/rg-new 200 {"c":"d"}
        HEAD resourceGroups/rg-new 204
        GET resourceGroups/rg-new/WORKSPACE/law-new 404 ResourceNotFound: The Resource 'Microsoft.OperationalInsights/workspaces/law-new' under resource group 'rg-new' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix
        PUT resourceGroups/rg-new/WORKSPACE/law-new 201 "Creating"
        GET resourceGroups/rg-new/WORKSPACE/law-new 200 "Creating"
        GET resourceGroups/rg-new/WORKSPACE/law-new 200 "Succeeded" 30 {"name":"PerGB2018"} {"env":"test"}
        POST resourceGroups/rg-new/WORKSPACE/law-new/sharedKeys 200
        GET resourceGroups/rg-new/resources?$expand=provisioningState&$top=10 200 "law-new" "Succeeded"
        PUT resourceGroups/rg-new/WORKSPACE/law-new 200 120
        PUT resourceGroups/rg-new/WORKSPACE/law-new/SENTINEL/dataConnectors/xdr 400 BadRequest: Workspace 'law-new' is not onboarded to Microsoft Sentinel. Onboard the workspace and try again.
        PUT resourceGroups/rg-new/WORKSPACE/law-new/SENTINEL/onboardingStates/default 201
        GET resourceGroups/rg-new/WORKSPACE/law-new/SENTINEL/onboardingStates/default 200 "default"
        PUT resourceGroups/rg-new/WORKSPACE/law-new/SENTINEL/dataConnectors/xdr 201 "MicrosoftThreatProtection"
        DELETE resourceGroups/rg-new/WORKSPACE/law-new/SENTINEL/dataConnectors/xdr 200
        DELETE resourceGroups/rg-new/WORKSPACE/law-new/SENTINEL/onboardingStates/default 200
        DELETE resourceGroups/rg-new/WORKSPACE/law-new?force=true 200
        GET resourceGroups/rg-new/WORKSPACE/law-new 404 ResourceNotFound: The Resource 'Microsoft.OperationalInsights/workspaces/law-new' under resource group 'rg-new' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix
        DELETE resourceGroups/rg-new/WORKSPACE/law-new 204
        GET resourceGroups/rg-new/resources?$expand=provisioningState&$top=10 200 []
        DELETE resourceGroups/rg-new 202
          the operation answers 202
          the operation answers 200
        GET resourceGroups/rg-new 404 ResourceGroupNotFound: Resource group 'rg-new' could not be found.
        DELETE resourceGroups/rg-new 404 ResourceGroupNotFound: Resource group 'rg-new' could not be found.
    "#]].assert_eq(&story.told);

    let log = std::fs::read_to_string(session.emulator.folder().join("exchanges.jsonl")).unwrap();
    assert!(!log.contains(keys["primarySharedKey"].as_str().unwrap()), "a key is in the log");
}

#[tokio::test]
async fn a_group_takes_along_what_is_in_it_and_leaves_the_subscription() {
    let session = Session::new(EmulatorProcess::start()).await;
    let mut story = Story { session: &session, told: String::new() };
    let group = "resourcegroups/RG-SENTINEL";
    let workspace = "resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo";
    story.send("GET", "resourcegroups", GROUPS, None, &["/value/0/name"]).await;
    let removal = story.send("DELETE", group, GROUPS, None, &[]).await;
    story.send("PATCH", workspace, WORKSPACES, Some(json!({"tags": {"a": "b"}})), &[]).await;
    story.send("PUT", group, GROUPS, Some(json!({"location": "westeurope"})), &[]).await;
    story.wait(&removal).await;
    story.send("GET", workspace, WORKSPACES, None, &[]).await;
    story.send("GET", "resourcegroups", GROUPS, None, &["/value"]).await;
    story.send("PUT", group, GROUPS, Some(json!({"location": "westeurope"})), &["/name"]).await;
    expect![[r#"
        GET resourcegroups 200 "rg-sentinel"
        DELETE resourcegroups/RG-SENTINEL 202
        PATCH resourceGroups/rg-sentinel/WORKSPACE/law-demo 409 ResourceGroupBeingDeleted: The resource group 'rg-sentinel' is in deprovisioning state and cannot perform this operation.
        PUT resourcegroups/RG-SENTINEL 409 ResourceGroupBeingDeleted: The resource group 'rg-sentinel' is in deprovisioning state and cannot perform this operation.
          the operation answers 202
          the operation answers 200
        GET resourceGroups/rg-sentinel/WORKSPACE/law-demo 404 ResourceGroupNotFound: Resource group 'rg-sentinel' could not be found.
        GET resourcegroups 200 []
        PUT resourcegroups/RG-SENTINEL 201 "RG-SENTINEL"
    "#]].assert_eq(&story.told);
}

#[tokio::test]
async fn what_a_group_or_a_workspace_cannot_be_is_refused() {
    let mut scenario = scenario(&json!({}));
    scenario["tenants"][0]["clients"] = json!([{
        "client_id": CLIENT, "client_secret": SECRET,
        "deny": ["Microsoft.Resources/subscriptions/resourceGroups/delete", "Microsoft.OperationalInsights/workspaces/sharedKeys/*"],
    }]);
    assert_eq!(scenario["tenants"][0]["tenant_id"], TENANT);
    let session = Session::new(EmulatorProcess::start_with(&scenario)).await;
    let mut story = Story { session: &session, told: String::new() };
    let group = "resourceGroups/rg-sentinel";
    let in_group = |name: &str| format!("{group}/providers/Microsoft.OperationalInsights/workspaces/{name}");
    story.send("PUT", group, GROUPS, Some(json!({"tags": {}})), &[]).await;
    story.send("PUT", group, GROUPS, Some(json!({"location": "eastus"})), &[]).await;
    story.send("PUT", group, GROUPS, Some(json!({"location": "westeurope", "tags": "x"})), &[]).await;
    story.send("DELETE", group, GROUPS, None, &[]).await;
    story.send("POST", &format!("{}/sharedKeys", in_group("law-demo")), KEYS, None, &[]).await;
    for (name, body) in [
        ("law-demo", json!({"location": "eastus"})),
        ("law-new", json!({"properties": {}})),
        ("no", json!({"location": "westeurope"})),
        ("law-", json!({"location": "westeurope"})),
        ("law-new", json!({"location": "westeurope", "properties": {"sku": {"name": "Cheap"}}})),
        ("law-new", json!({"location": "westeurope", "properties": {"retentionInDays": 29}})),
        ("law-new", json!({"location": "westeurope", "properties": {"publicNetworkAccessForQuery": true}})),
    ] {
        story.send("PUT", &in_group(name), WORKSPACES, Some(body), &[]).await;
    }
    story.send("PATCH", &in_group("law-new"), WORKSPACES, Some(json!({})), &[]).await;
    story.send("PUT", &in_group("law-new"), "2022-10-02", Some(json!({"location": "westeurope"})), &[]).await;
    let all = "providers/Microsoft.OperationalInsights/workspaces";
    story.send("GET", all, WORKSPACES, None, &["/value/0/name", "/value/1/name"]).await;
    expect![[r#"
        PUT resourceGroups/rg-sentinel 400 LocationRequired: The location property is required for this definition.
        PUT resourceGroups/rg-sentinel 409 InvalidResourceGroupLocation: Invalid resource group location 'eastus'. The Resource group already exists in location 'westeurope'.
        PUT resourceGroups/rg-sentinel 400 InvalidRequestContent: The request content was invalid: 'tags' is of another type.
        DELETE resourceGroups/rg-sentinel 403 AuthorizationFailed: The client '33333333-3333-4333-8333-333333333333' with object id 'a06235ec-913f-5545-8bb3-4cc4df9589b3' does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourceGroups/delete' over scope '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel' or the scope is invalid. If access was recently granted, please refresh your credentials.
        POST resourceGroups/rg-sentinel/WORKSPACE/law-demo/sharedKeys 403 AuthorizationFailed: The client '33333333-3333-4333-8333-333333333333' with object id 'a06235ec-913f-5545-8bb3-4cc4df9589b3' does not have authorization to perform action 'Microsoft.OperationalInsights/workspaces/sharedKeys/action' over scope '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo/sharedKeys' or the scope is invalid. If access was recently granted, please refresh your credentials.
        PUT resourceGroups/rg-sentinel/WORKSPACE/law-demo 409 InvalidResourceLocation: The resource 'law-demo' already exists in location 'westeurope' in resource group 'rg-sentinel'. A resource with the same name cannot be created in location 'eastus'. Please select a new resource name.
        PUT resourceGroups/rg-sentinel/WORKSPACE/law-new 400 LocationRequired: The location property is required for this definition.
        PUT resourceGroups/rg-sentinel/WORKSPACE/no 400 InvalidParameter: A workspace's name has 4 to 63 letters, digits and hyphens, and no hyphen at either end.
        PUT resourceGroups/rg-sentinel/WORKSPACE/law- 400 InvalidParameter: A workspace's name has 4 to 63 letters, digits and hyphens, and no hyphen at either end.
        PUT resourceGroups/rg-sentinel/WORKSPACE/law-new 400 InvalidParameter: 'Cheap' is not a valid value for 'sku.name'.
        PUT resourceGroups/rg-sentinel/WORKSPACE/law-new 400 InvalidParameter: 29 is not a valid value for 'retentionInDays'.
        PUT resourceGroups/rg-sentinel/WORKSPACE/law-new 400 InvalidParameter: true is not a valid value for 'publicNetworkAccessForQuery'.
        PATCH resourceGroups/rg-sentinel/WORKSPACE/law-new 404 ResourceNotFound: The Resource 'Microsoft.OperationalInsights/workspaces/law-new' under resource group 'rg-sentinel' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix
        PUT resourceGroups/rg-sentinel/WORKSPACE/law-new 400 NoRegisteredProviderFound: No registered resource provider found for location '' and API version '2022-10-02' for type 'workspaces'. The supported api-versions are '2020-08-01, 2020-10-01, 2021-06-01, 2022-10-01, 2023-09-01, 2025-02-01, 2025-07-01, 2026-03-01, 2015-11-01-preview, 2020-03-01-preview, 2021-12-01-preview'. The supported locations are ''.
        GET providers/Microsoft.OperationalInsights/workspaces 200 "law-demo" null
    "#]].assert_eq(&story.told);
}
