//! What a service may refuse for reasons of its own, or of those who govern the tenant: a user is told which, and what to
//! do, and nothing is tried again that another try cannot mend.

use expect_test::expect;
use serde_json::{Value as Json, json};

use crate::emulator_process::{CLIENT, SECRET, TENANT, WORKSPACE};
use crate::terraform::{Bench, findings, sentinel};

const IDENTITY: &str = r#"
resource "defender_identity_connector" "it" {
  workspace_id = var.workspace_id
}
"#;

const GROUP: &str = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel";

fn refuse(method: &str, status: u16, headers: &Json, error: &Json) -> Json {
    let answer = json!({ "status": status, "headers": headers, "body": { "error": error } });
    json!([{ "match": { "method": method, "path": "dataConnectors/", "times": 1000 }, "action": answer }])
}

/// How many requests of a method reached a connector.
fn count(bench: &Bench, method: &str) -> usize {
    let asked = bench.asked(0);
    asked.iter().filter(|line| line.starts_with(&format!("{method} dataConnectors/"))).count()
}

#[test]
fn a_lock_is_no_conflict() {
    let bench = Bench::new();
    bench.configure(IDENTITY);
    let locked = |word: &str| {
        let message = format!(
            "The scope '{GROUP}/x' cannot perform {word} operation because following scope(s) are locked: '{GROUP}'. Please remove \
             the lock and try again."
        );
        json!({ "code": "ScopeLocked", "message": message })
    };
    bench.faults(&refuse("PUT", 409, &json!({}), &locked("write")));
    expect![[r#"
        Error: Could not create the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 10, in resource "defender_identity_connector" "it":
          10:   workspace_id = var.workspace_id

        A resource lock keeps things there as they are.
        Locked:
        /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel
        Workspace:
        WORKSPACE

        The service said: 409 ScopeLocked: The scope
        '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/x'
        cannot perform write operation because following scope(s) are locked:
        '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel'.
        Please remove the lock and try again.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        A ReadOnly lock forbids every write, and some questions that are asked by
        POST; a CanNotDelete lock forbids deletes alone. No role passes it, and it
        lasts until somebody takes it away: an Owner or User Access Administrator of
        the locked scope, in the portal under Settings > Locks of that scope, or with
          az lock list --output table
          az lock delete --ids LOCK_ID
        Put it back after the apply, or give the lock to a scope that does not hold
        the workspace.
    "#]].assert_eq(&bench.apply_errors());
    assert_eq!((count(&bench, "PUT"), bench.left()), (1, vec![]));
    bench.admin("DELETE", "/faults", None);
    bench.apply();
    bench.faults(&refuse("DELETE", 409, &json!({}), &locked("delete")));
    expect![[r#"
        Error: Could not delete the Microsoft Defender for Identity connector

        A resource lock keeps things there as they are.
        Locked:
        /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel
        Workspace:
        WORKSPACE

        The service said: 409 ScopeLocked: The scope
        '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/x'
        cannot perform delete operation because following scope(s) are locked:
        '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel'.
        Please remove the lock and try again.
        Request: DELETE
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        A lock of either kind, CanNotDelete or ReadOnly, keeps it from being deleted.
        No role passes it, and it lasts until somebody takes it away: an Owner or
        User Access Administrator of the locked scope, in the portal under Settings >
        Locks of that scope, or with
          az lock list --output table
          az lock delete --ids LOCK_ID
        Put it back after the apply, or give the lock to a scope that does not hold
        the workspace.
    "#]].assert_eq(&bench.errors(&["destroy", "-no-color", "-auto-approve"]));
    assert_eq!(count(&bench, "DELETE"), 1);
    assert!(bench.state("defender_identity_connector.it").is_object());

    // An update that a lock refuses is no update that somebody else was quicker with.
    let rule = |on: bool| {
        bench.configure(&format!(
            "resource \"defender_incident_rule\" \"it\" {{\n  workspace_id = var.workspace_id\n  product = \"Microsoft Defender for \
             Identity\"\n  enabled = {on}\n}}\n"
        ));
    };
    bench.admin("DELETE", "/faults", None);
    rule(true);
    bench.apply();
    rule(false);
    let already = bench.emulator.exchanges().len();
    let answer = json!({ "status": 409, "body": { "error": locked("write") } });
    bench.faults(&json!([{ "match": { "method": "PUT", "path": "alertRules/", "times": 1000 }, "action": answer }]));
    let told = bench.apply_errors();
    assert!(told.contains("A resource lock keeps things there as they are."), "{told}");
    let writes = bench.asked(already).iter().filter(|line| line.starts_with("PUT")).count();
    assert_eq!(writes, 1, "{:?}", bench.asked(already));
}

#[test]
fn a_policy_is_no_missing_role() {
    let bench = Bench::new();
    bench.configure(IDENTITY);
    let error = json!({
        "code": "RequestDisallowedByPolicy",
        "message": "Resource 'x' was disallowed by policy.",
        "additionalInfo": [{ "type": "PolicyViolation", "info": {
            "policyDefinitionDisplayName": "Not allowed resource types",
            "policyAssignmentDisplayName": "No connectors by hand",
            "policyAssignmentId": format!("{GROUP}/providers/Microsoft.Authorization/policyAssignments/none")
        } }]
    });
    bench.faults(&refuse("PUT", 403, &json!({}), &error));
    expect![[r#"
        Error: Could not create the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 10, in resource "defender_identity_connector" "it":
          10:   workspace_id = var.workspace_id

        An Azure Policy assignment does not allow this.
        Policy: No connectors by hand
        Workspace:
        WORKSPACE

        The service said: 403 RequestDisallowedByPolicy: Resource 'x' was disallowed
        by policy.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        A role would not help. Write the configuration as the policy wants it, or ask
        whoever assigned it for an exemption of
          WORKSPACE
        The portal shows it under Policy > Assignments, and takes exemptions there;
        az policy exemption create does too.
    "#]].assert_eq(&bench.apply_errors());
    assert_eq!(count(&bench, "PUT"), 1);
}

#[test]
fn conditional_access_is_no_missing_role_and_worth_one_new_token() {
    let bench = Bench::new();
    bench.configure(IDENTITY);
    let challenge = r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ==""#;
    let error = json!({ "code": "InvalidAuthenticationToken", "message": "Continuous access evaluation resulted in a challenge." });
    bench.faults(&refuse("PUT", 401, &json!({ "WWW-Authenticate": challenge }), &error));
    expect![[r#"
        Error: Could not create the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9: resource "defender_identity_connector" "it" {

        A conditional access policy of the tenant does not let the caller in as it
        is.
        Workspace:
        WORKSPACE

        The service said: 401 InvalidAuthenticationToken: Continuous access
        evaluation resulted in a challenge.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        No Azure role would help. A service principal cannot do what such a policy
        asks of people: an administrator of the tenant's conditional access excludes
        it from the policy, or it runs from where the policy lets it in, such as a
        named location. A user signs in again, as the policy asks:
          az login --claims-challenge "eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="
        The sign-in logs of Microsoft Entra name the policy.
    "#]].assert_eq(&bench.apply_errors());
    assert_eq!(count(&bench, "PUT"), 2);

    let bench = Bench::new();
    bench.configure(IDENTITY);
    let body = json!({
        "error": "interaction_required",
        "error_description": "AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance. Trace ID: t",
        "error_codes": [53003],
    });
    let pattern = json!({ "method": "POST", "path": "oauth2", "times": 1000 });
    bench.faults(&json!([{ "match": pattern, "action": { "status": 400, "body": body } }]));
    expect![[r#"
        Error: Could not plan the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9: resource "defender_identity_connector" "it" {

        A conditional access policy of the tenant does not let the caller in as it
        is.
        Workspace:
        WORKSPACE

        The service said: 400 AADSTS53003: Access has been blocked by Conditional
        Access policies.
        Request: POST
        https://EMULATOR/TENANT/oauth2/v2.0/token

        No Azure role would help. A service principal cannot do what such a policy
        asks of people: an administrator of the tenant's conditional access excludes
        it from the policy, or it runs from where the policy lets it in, such as a
        named location. A user signs in again, as the policy asks:
          az login
        The sign-in logs of Microsoft Entra name the policy.
    "#]]
    .assert_eq(&bench.plan_errors());
}

#[test]
fn a_long_wait_is_told_to_everyone_at_once() {
    let bench = Bench::new();
    let both = IDENTITY.to_owned() + &IDENTITY.replace("identity", "endpoint");
    bench.configure(&both);
    let error = json!({ "code": "TooManyRequests", "message": "Number of requests exceeded the limit." });
    bench.faults(&refuse("PUT", 429, &json!({ "Retry-After": "3600" }), &error));
    let outcome = bench.run(&["apply", "-no-color", "-auto-approve"]);
    let told = findings(&outcome.text);
    assert_eq!(told.matches("the service asked to wait for 1 hour").count(), 2, "{told}");
    assert!(!told.contains("time limit") && !told.contains("time allowed"), "{told}");
    let first = told.split("Error: ").nth(1).unwrap_or_default();
    let (_, guidance) = first.split_once("Request id:").unwrap();
    expect![[r#"
         GUID

        Run again after that. What may wait it out in one run gets a longer limit in
        its timeouts block. If it comes back, let fewer requests go: a lower
        terraform apply -parallelism=N, or max_requests_per_second in the provider
        block.

    "#]]
    .assert_eq(guidance);
    assert!((1..=2).contains(&count(&bench, "PUT")));
}

#[test]
fn what_one_onboarding_took_along_is_one_warning() {
    let bench = Bench::new();
    let kinds = ["identity", "endpoint", "cloud_apps", "office365", "entra_id_protection", "xdr"];
    bench.configure(&kinds.map(|kind| IDENTITY.replace("identity", kind)).concat());
    bench.apply();
    bench.portal("DELETE", &sentinel("onboardingStates/default"), None);
    let outcome = bench.run(&["plan", "-no-color", "-refresh-only"]);
    let gone = outcome.text.matches("Warning: Gone: the workspace law-demo is no longer onboarded").count();
    assert_eq!(gone, 1, "{}", outcome.text);
    assert!(outcome.text.contains("(and 5 more similar warnings elsewhere)"), "{}", outcome.text);
}

#[test]
fn no_workspace_that_loses_sentinel_hides_behind_another() {
    let workspace = |name: &str| json!({ "subscription_id": GROUP.split('/').nth(2), "resource_group": "rg-sentinel", "name": name, "tenant_id": TENANT });
    let bench = Bench::with(&json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }] }],
        "workspaces": [workspace("law-demo"), workspace("law-two")]
    }));
    let two = WORKSPACE.replace("law-demo", "law-two");
    for place in [WORKSPACE, &two] {
        let id = format!("{place}/providers/Microsoft.SecurityInsights/onboardingStates/default");
        bench.portal("DELETE", &id, None);
    }
    let onboarding = |name: &str, workspace: &str| {
        format!("resource \"defender_workspace_onboarding\" \"{name}\" {{\n  workspace_id = {workspace:?}\n}}\n")
    };
    bench.configure(&(onboarding("one", WORKSPACE) + &onboarding("two", &two)));
    bench.apply();
    let told = bench.ok(&["plan", "-destroy", "-no-color"]);
    for name in ["law-demo", "law-two"] {
        assert!(
            told.contains(&format!("Warning: This removes Microsoft Sentinel from the workspace {name}\n")),
            "{told}"
        );
    }
    assert!(!told.contains("more similar"), "{told}");
}
