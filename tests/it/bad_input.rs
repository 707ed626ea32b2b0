//! What users get wrong, and what the world gets wrong around them: one clear message each, and nothing is lost.

use expect_test::{Expect, expect};
use serde_json::json;

use crate::emulator_process::{SUBSCRIPTION, TENANT};
use crate::terraform::{Bench, sentinel};

const IDENTITY: &str = "resource \"defender_identity_connector\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";

/// What validate says of a resource body.
fn invalid(body: &str, expected: &Expect) {
    let bench = Bench::new();
    bench.configure(body);
    expected.assert_eq(&bench.errors(&["validate", "-no-color"]));
    assert_eq!(bench.requests(0), [""; 0]);
}

#[test]
fn values_that_cannot_be_are_told_by_validate() {
    invalid(
        "resource \"defender_xdr_connector\" \"it\" {\n  workspace_id = \"/subscriptions/x\"\n  tenant_id = \"contoso\"\n  name = \"a/b\"\n  \
         incidents = false\n  filtered_alert_providers = [\"defender\"]\n  timeouts {\n    create = \"soon\"\n  }\n}\n",
        &expect![[r#"
            Warning: An alert provider this version does not know

              with defender_xdr_connector.it,
              on main.tf line 13, in resource "defender_xdr_connector" "it":
              13:   filtered_alert_providers = ["defender"]

            Found "defender"; known are "microsoftDefenderForCloudApps" and
            "microsoftDefenderForIdentity". It is sent as written; if that is a slip, the
            service will refuse it at apply.

            Error: Not the id of a Log Analytics workspace

              with defender_xdr_connector.it,
              on main.tf line 9, in resource "defender_xdr_connector" "it":
               9:   workspace_id = "/subscriptions/x"

            Found "/subscriptions/x": it ends after segment 2.

            Give the workspace's ARM id, in any casing:
              /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace

            With the azurerm provider that is azurerm_log_analytics_workspace.NAME.id.

            Error: Not a tenant id

              with defender_xdr_connector.it,
              on main.tf line 10, in resource "defender_xdr_connector" "it":
              10:   tenant_id = "contoso"

            Found "contoso"; a tenant id is a GUID such as
            TENANT.

            Error: Not a resource name

              with defender_xdr_connector.it,
              on main.tf line 11, in resource "defender_xdr_connector" "it":
              11:   name = "a/b"

            Found "a/b"; an ARM resource name is not empty, not '.' or '..', and has no
            '/', '\\', '?', '#' or '%' in it. Leave the attribute out to have one made.

            Error: A connector with nothing to stream

              with defender_xdr_connector.it,
              on main.tf line 12, in resource "defender_xdr_connector" "it":
              12:   incidents = false

            Every data type is off (incidents, alerts); the service keeps no such
            connector.

            Switch at least one on, or remove the resource to disconnect the product.

            Error: Not a duration

              with defender_xdr_connector.it,
              on main.tf line 15, in resource "defender_xdr_connector" "it":
              15:     create = "soon"

            Found "soon"; write a positive duration such as "30m", "90s" or "1h30m".
        "#]],
    );
    invalid(
        "resource \"defender_incident_rule\" \"it\" {\n  workspace_id = \"law-demo\"\n  product = \"Defender\"\n  severities = [\"Hgih\"]\n  \
         display_name = \"\"\n  display_name_filter = []\n}\n",
        &expect![[r#"
            Warning: A product this version does not know

              with defender_incident_rule.it,
              on main.tf line 10, in resource "defender_incident_rule" "it":
              10:   product = "Defender"

            Found "Defender"; known are:
              - Microsoft Defender for Identity
              - Microsoft Defender for Endpoint
              - Microsoft Defender for Office 365
              - Microsoft Defender for Cloud Apps
              - Microsoft Defender for Cloud
              - Microsoft Entra ID Protection
              - Microsoft Defender for IoT

            It is sent as the rule's product filter as written; if that is a slip, the
            service will refuse it at apply, or the rule will match no alert.

            Error: Not the id of a Log Analytics workspace

              with defender_incident_rule.it,
              on main.tf line 9, in resource "defender_incident_rule" "it":
               9:   workspace_id = "law-demo"

            Found "law-demo": it does not begin with '/'.

            Give the workspace's ARM id, in any casing:
              /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace

            With the azurerm provider that is azurerm_log_analytics_workspace.NAME.id.

            Error: Not an alert severity

              with defender_incident_rule.it,
              on main.tf line 11, in resource "defender_incident_rule" "it":
              11:   severities = ["Hgih"]

            Found "Hgih"; write "High", "Medium", "Low" or "Informational", or leave the
            attribute out for all of them.

            Error: An empty display name

              with defender_incident_rule.it,
              on main.tf line 12, in resource "defender_incident_rule" "it":
              12:   display_name = ""

            Found ""; the service keeps no empty display name.

            Error: No display_name_filter at all

              with defender_incident_rule.it,
              on main.tf line 13, in resource "defender_incident_rule" "it":
              13:   display_name_filter = []

            The set is empty. Leave it out to let everything through.
        "#]],
    );
    invalid(
        "resource \"defender_identity_connector\" \"it\" {\n  workspace_id = var.workspace_id\n  alerts = \"maybe\"\n  colour = \"red\"\n}\n",
        &expect![[r#"
            Error: Incorrect attribute value type

              on main.tf line 10, in resource "defender_identity_connector" "it":
              10:   alerts = "maybe"

            Inappropriate value for attribute "alerts": a bool is required.

            Error: Unsupported argument

              on main.tf line 11, in resource "defender_identity_connector" "it":
              11:   colour = "red"

            An argument named "colour" is not expected here.
        "#]],
    );
}

#[test]
fn a_workspace_in_another_tenant() {
    let bench = Bench::new();
    let other = "99999999-9999-4999-8999-999999999999";
    bench.admin("POST", "/tenants", Some(&json!({ "tenant_id": other })));
    let subscription = "88888888-8888-4888-8888-888888888888";
    let workspace =
        json!({ "subscription_id": subscription, "resource_group": "rg", "name": "law", "tenant_id": other });
    bench.admin("POST", "/workspaces", Some(&workspace));
    bench.configure(&IDENTITY.replace(
        "var.workspace_id",
        &format!(
            "\"/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law\""
        ),
    ));
    expect![[r#"
        Error: Could not plan the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9:   workspace_id = "/subscriptions/88888888-8888-4888-8888-888888888888/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law"

        The workspace belongs to tenant 99999999-9999-4999-8999-999999999999, the
        token to a different one.
        Workspace:
        /subscriptions/88888888-8888-4888-8888-888888888888/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law

        The service said: 401 InvalidAuthenticationTokenTenant: The access token is
        from the wrong issuer
        'https://sts.windows.net/TENANT/'. It must
        match the tenant
        'https://sts.windows.net/99999999-9999-4999-8999-999999999999/' associated
        with this subscription. Please use the authority (URL)
        'https://login.windows.net/99999999-9999-4999-8999-999999999999' to get the
        token. Note, if the subscription is transferred to another tenant there is no
        impact to the services, but information about new tenant could take time to
        propagate (up to an hour). If you just transferred your subscription and see
        this error message, please try back later.
        Request: GET
        https://EMULATOR/subscriptions/88888888-8888-4888-8888-888888888888/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/dataConnectors
        Request id: GUID

        Set tenant_id = "99999999-9999-4999-8999-999999999999" in this block: the
        provider's credentials are then used in that tenant, which must know them. On
        the provider it belongs only if everything is in that tenant. Or correct
        workspace_id.
    "#]].assert_eq(&bench.plan_errors());
}

#[test]
fn credentials_that_are_wrong_or_missing() {
    let mut bench = Bench::new();
    bench.configure(IDENTITY);
    bench.set("ARM_CLIENT_SECRET", "not-the-secret");
    let text = bench.plan_errors();
    assert!(!text.contains("not-the-secret"));
    expect![[r#"
        Error: Could not plan the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 8, in resource "defender_identity_connector" "it":
           8: resource "defender_identity_connector" "it" {

        The client secret is not one of the application
        33333333-3333-4333-8333-333333333333.
        Workspace:
        WORKSPACE

        The service said: 401 AADSTS7000215: Invalid client secret provided.
        Request: POST
        https://EMULATOR/TENANT/oauth2/v2.0/token
        Request id: GUID

        Check client_secret (or ARM_CLIENT_SECRET): the secret's value, not its id,
        of the app registration that client_id (or ARM_CLIENT_ID) names.
    "#]]
    .assert_eq(&text);
    bench.set("ARM_CLIENT_SECRET", "");
    expect![[r#"
        Error: The provider needs client_secret

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 1, in provider "defender":
           1: provider "defender" {

        Nothing is given to sign in with, and use_cli is false, so there is nothing
        to prove who calls.

        Found, and not used:
          - ARM_CLIENT_SECRET (set, but empty)

        Set client_secret in the provider block, or the environment variable
        ARM_CLIENT_SECRET.
    "#]]
    .assert_eq(&bench.plan_errors());
    bench.set("ARM_CLIENT_SECRET", "x").set("ARM_TENANT_ID", "contoso").set("ARM_CLIENT_ID", "");
    expect![[r#"
        Error: Not a tenant id

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 1, in provider "defender":
           1: provider "defender" {

        Found "contoso"; a tenant id is a GUID such as
        TENANT.

        Error: The provider needs client_id

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 1, in provider "defender":
           1: provider "defender" {

        client_secret is given, which proves who the service principal is only
        together with its tenant and client id.

        Found, and not used:
          - ARM_CLIENT_ID (set, but empty)

        Set client_id in the provider block, or the environment variable
        ARM_CLIENT_ID.
    "#]]
    .assert_eq(&bench.plan_errors());
}

#[test]
fn what_nobody_asks_for_is_passed_over_and_told_where_it_matters() {
    let mut bench = Bench::new();
    bench.configure(IDENTITY);
    // A leftover beside a secret is nobody's business.
    bench.set("ARM_USE_MSI", "true");
    assert!(!bench.ok(&["plan", "-no-color"]).contains("ARM_USE_MSI"));
    bench.set("ARM_CLIENT_SECRET", "").set("ARM_MSI_ENDPOINT", "http://identity.example/token");
    expect![[r#"
        Error: Not an address of managed identities

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 1, in provider "defender":
           1: provider "defender" {

        What ARM_MSI_ENDPOINT gives cannot be used: the address of the managed
        identity may begin with http:// only for localhost and for addresses of this
        machine or its link (127.0.0.0/8, 169.254.0.0/16, [::1], [fe80::]/10).

        What answers there is the machine's own: https, or http to an address of this
        machine (127.0.0.1) or a link-local one (169.254.169.254). Leave msi_endpoint
        out to have it found.
    "#]]
    .assert_eq(&bench.plan_errors());
    // What a CI system sets for every job asks for nothing; it is told where the Azure CLI fails, which here has no account.
    let nowhere = bench.path("no-azure-account").display().to_string();
    bench.set("ARM_USE_MSI", "false").set("ARM_MSI_ENDPOINT", "").set("ARM_USE_CLI", "");
    bench.set("SYSTEM_OIDCREQUESTURI", "https://x").set("AZURE_CONFIG_DIR", &nowhere);
    let text = bench.plan_errors();
    let found = "Found, and not used:\n  - ARM_CLIENT_SECRET (set, but empty)\n  - SYSTEM_OIDCREQUESTURI (OpenID Connect, which use_oidc asks for)\n";
    assert!(text.contains("The Azure CLI") && text.contains(found), "{text}");
}

#[test]
fn a_password_in_an_endpoint_is_not_repeated() {
    let bench = Bench::new();
    for address in ["https://me:hunter2@127.0.0.1:1", "http://me:hunter2@127.0.0.1:1", "me:hunter2@127.0.0.1"] {
        bench.configure_all(&format!(
            "provider \"defender\" {{\n  endpoints {{\n    defender = \"{address}\"\n  }}\n}}\n{IDENTITY}"
        ));
        for text in [bench.errors(&["validate", "-no-color"]), bench.plan_errors()] {
            assert!(text.contains("An endpoint must be an https URL") && !text.contains("hunter2"), "{text}");
        }
    }
}

#[test]
fn endpoints_that_are_down_plain_or_untrusted() {
    let mut bench = Bench::new();
    bench.configure(IDENTITY);
    let url = bench.emulator.url().to_owned();
    bench.set("TF_VAR_url", "https://127.0.0.1:1");
    expect![[r#"
        Error: Could not plan the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 8, in resource "defender_identity_connector" "it":
           8: resource "defender_identity_connector" "it" {

        The service could not be reached.
        Workspace:
        WORKSPACE

        Found: no connection: Connection refused (os error 111)
        Request: POST
        https://127.0.0.1:1/TENANT/oauth2/v2.0/token

        Check the network, the proxy variables (HTTPS_PROXY, NO_PROXY) and the
        provider's endpoints block, then run again.
    "#]]
    .assert_eq(&bench.plan_errors());
    bench.configure_all(&format!(
        "provider \"defender\" {{\n  endpoints {{\n    resource_manager = \"http://127.0.0.1:1\"\n  }}\n}}\n{IDENTITY}"
    ));
    expect![[r#"
        Error: An endpoint must be an https URL

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 3, in provider "defender":
           3:     resource_manager = "http://127.0.0.1:1"

        Found "http://127.0.0.1:1" as resource_manager. Tokens travel to this
        address, so only https is spoken, on loopback too; the local emulator serves
        https with a certificate that SSL_CERT_FILE can name. Write it as
        https://HOST[:PORT], without a user name or a query.
    "#]]
    .assert_eq(&bench.errors(&["validate", "-no-color"]));

    let elsewhere = Bench::new();
    let ca = elsewhere.emulator.ca_path().display().to_string();
    bench.set("TF_VAR_url", &url).set("SSL_CERT_FILE", &ca).configure(IDENTITY);
    expect![[r#"
        Error: Could not plan the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 8, in resource "defender_identity_connector" "it":
           8: resource "defender_identity_connector" "it" {

        The service's TLS certificate is not trusted.
        Workspace:
        WORKSPACE

        Found: the server's certificate is not trusted: none of the trusted roots
        issued it
        Request: POST
        https://EMULATOR/TENANT/oauth2/v2.0/token

        If this is the local emulator or a proxy that opens TLS, name its CA
        certificate in SSL_CERT_FILE. If it is neither, do not go on: somebody may be
        listening in.
    "#]]
    .assert_eq(&bench.plan_errors());
    bench.set("SSL_CERT_FILE", "/nowhere/ca.pem");
    expect![[r#"
        Error: The provider cannot be set up

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 1, in provider "defender":
           1: provider "defender" {

        SSL_CERT_FILE names '/nowhere/ca.pem', which cannot be read: No such file or
        directory (os error 2)
    "#]]
    .assert_eq(&bench.plan_errors());
}

#[test]
fn answers_that_no_service_would_give_lose_nothing() {
    let bench = Bench::new();
    bench.configure(IDENTITY);
    bench.apply();
    let id = bench.state("defender_identity_connector.it")["id"].clone();
    // What the list does not say, the connector itself is asked for.
    let both = json!({ "method": "GET", "path": "dataConnectors", "times": 2 });
    let mut seen = String::new();
    for action in [
        json!({ "raw_body": "<html>Sign in</html>" }),
        json!({ "raw_body": "{\"value\": 7}" }),
        json!({ "status": 404, "body": "<html>no such page</html>" }),
        json!({ "status": 404, "body": { "error": { "code": "SubscriptionNotFound", "message": "The subscription could not be found." } } }),
        json!({ "status": 403, "body": { "error": { "code": "AuthorizationFailed", "message": "No." } } }),
        json!({ "redirect": "https://elsewhere.invalid/" }),
    ] {
        bench.faults(&json!([{ "match": both, "action": action }]));
        seen += &format!("== {action}\n{}", bench.plan_errors());
        bench.admin("DELETE", "/faults", None);
        assert_eq!(bench.state("defender_identity_connector.it")["id"], id);
    }
    expect![[r#"
        == {"raw_body":"<html>Sign in</html>"}
        Error: Could not read the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 8, in resource "defender_identity_connector" "it":
           8: resource "defender_identity_connector" "it" {

        The answer is not what the API promises.
        Workspace:
        WORKSPACE

        The service said: 200 the answer is not JSON: expected value at line 1 column
        1
        Request: GET
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors
        Request id: GUID

        Something between here and the service may have answered in its place, such
        as a proxy or a sign-in page; check the endpoints block. Run again if it was
        a passing fault.
        == {"raw_body":"{\"value\": 7}"}
        Error: Could not read the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 8, in resource "defender_identity_connector" "it":
           8: resource "defender_identity_connector" "it" {

        The answer is not what the API promises.
        Workspace:
        WORKSPACE

        The service said: 200 the answer is not a list: it has no array 'value'
        Request: GET
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors
        Request id: GUID

        Something between here and the service may have answered in its place, such
        as a proxy or a sign-in page; check the endpoints block. Run again if it was
        a passing fault.
        == {"body":"<html>no such page</html>","status":404}
        Error: Could not read the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 8, in resource "defender_identity_connector" "it":
           8: resource "defender_identity_connector" "it" {

        The answer is not what the API promises.
        Workspace:
        WORKSPACE

        The service said: 404 the answer is a page: no such page
        Request: GET
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        Something between here and the service may have answered in its place, such
        as a proxy or a sign-in page; check the endpoints block. Run again if it was
        a passing fault.
        == {"body":{"error":{"code":"SubscriptionNotFound","message":"The subscription could not be found."}},"status":404}
        Error: Could not read the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9:   workspace_id = var.workspace_id

        The subscription does not exist, or the caller may not see it.
        Workspace:
        WORKSPACE

        The service said: 404 SubscriptionNotFound: The subscription could not be
        found.
        Request: GET
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        Check the subscription in workspace_id and that the credentials are of its
        tenant. Nothing was dropped from state.
        == {"body":{"error":{"code":"AuthorizationFailed","message":"No."}},"status":403}
        Error: Could not read the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9:   workspace_id = var.workspace_id

        The caller has no permission for this.
        Workspace:
        WORKSPACE

        The service said: 403 AuthorizationFailed: No.
        Request: GET
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors
        Request id: GUID

        Give it Microsoft Sentinel Reader, or Reader, on
        WORKSPACE,
        which is enough for a plan; an apply needs Microsoft Sentinel Contributor. A
        new role assignment can take some minutes to count.
        == {"redirect":"https://elsewhere.invalid/"}
        Error: Could not read the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 8, in resource "defender_identity_connector" "it":
           8: resource "defender_identity_connector" "it" {

        The answer is not what the API promises.
        Workspace:
        WORKSPACE

        The service said: 307 the answer redirects to https://elsewhere.invalid/,
        which is not followed
        Request: GET
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors
        Request id: GUID

        Something between here and the service may have answered in its place, such
        as a proxy or a sign-in page; check the endpoints block. Run again if it was
        a passing fault.
    "#]].assert_eq(&seen);
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn a_product_that_the_service_refuses_is_underlined() {
    let bench = Bench::new();
    let rule = |product: &str| {
        bench.configure(&format!(
            "resource \"defender_incident_rule\" \"it\" {{\n  workspace_id = var.workspace_id\n  product = \"{product}\"\n}}\n"
        ));
    };
    rule("Microsoft Defender for Identiy");
    let errors = bench.apply_errors();
    let meant = "Did you mean \"Microsoft Defender for Identity\"?";
    assert!(errors.contains(meant), "{errors}");
    let (_, error) = errors.split_once("Error: ").unwrap();
    expect![[r#"
        Could not create the incident rule

          with defender_incident_rule.it,
          on main.tf line 10, in resource "defender_incident_rule" "it":
          10:   product = "Microsoft Defender for Identiy"

        The service does not know this product, or makes no incidents of its alerts.
        Workspace:
        WORKSPACE

        The service said: 400 BadRequest: The product 'Microsoft Defender for
        Identiy' is not supported in 'productFilter'.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/alertRules/6bbb8975-8a4b-563a-a42b-c8dc7b8cbdc7
        Request id: GUID

        Correct product: the resource's page lists the names that this version knows,
        and ARM's own names of them are understood too.
    "#]]
    .assert_eq(error);
    rule("Microsoft Defender for Identity");
    assert!(!bench.apply().contains("Warning"));
}

#[test]
fn another_kind_under_the_name() {
    let bench = Bench::new();
    let id = sentinel("dataConnectors/mine");
    let office = json!({ "kind": "OfficeATP", "properties": { "tenantId": TENANT, "dataTypes": { "alerts": { "state": "Enabled" } } } });
    bench.portal("PUT", &id, Some(&office));
    bench.configure(&IDENTITY.replace("\n}", "\n  name = \"mine\"\n}"));
    expect![[r#"
        Warning: The name belongs to another kind

          with defender_identity_connector.it,
          on main.tf line 10, in resource "defender_identity_connector" "it":
          10:   name = "mine"

        Could not plan the Microsoft Defender for Identity connector: under
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/mine
        the workspace has kind OfficeATP, not AzureAdvancedThreatProtection.

        Give this resource another name, or remove what stands there first.

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.

        (and one more similar warning elsewhere)

        Error: The name belongs to another kind

          with defender_identity_connector.it,
          on main.tf line 10, in resource "defender_identity_connector" "it":
          10:   name = "mine"

        Could not create the Microsoft Defender for Identity connector: under
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/mine
        the workspace has kind OfficeATP, not AzureAdvancedThreatProtection.

        Give this resource another name, or remove what stands there first.
    "#]]
    .assert_eq(&bench.apply_errors());
    bench.portal("DELETE", &id, None);
    bench.apply();
    bench.portal("DELETE", &id, None);
    bench.portal("PUT", &id, Some(&office));
    expect![[r#"
        Error: The name belongs to another kind

          with defender_identity_connector.it,
          on main.tf line 10, in resource "defender_identity_connector" "it":
          10:   name = "mine"

        Could not read the Microsoft Defender for Identity connector: under
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/mine
        the workspace has kind OfficeATP, not AzureAdvancedThreatProtection.

        Give this resource another name, or remove what stands there first.
    "#]]
    .assert_eq(&bench.plan_errors());
}

#[test]
fn refusals_of_the_service_are_explained() {
    let scenario = |workspace: serde_json::Value, licence: &str| {
        json!({
            "tenants": [{
                "tenant_id": TENANT,
                "clients": [{ "client_id": crate::emulator_process::CLIENT, "client_secret": crate::emulator_process::SECRET }],
                "licences": { "AzureAdvancedThreatProtection": licence }
            }],
            "workspaces": [workspace]
        })
    };
    let mut workspace = json!({ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT });
    let mut seen = String::new();
    for (what, licence) in [("locked", "valid"), ("consent", "missing_consent"), ("licence", "invalid")] {
        workspace["portal_locked"] = json!(what == "locked");
        let bench = Bench::with(&scenario(workspace.clone(), licence));
        bench.configure(IDENTITY);
        seen += &format!("== {what}\n{}", bench.apply_errors());
        assert_eq!(bench.left(), [""; 0]);
        assert!(bench.state("defender_identity_connector.it").is_null());
    }
    expect![[r#"
        == locked
        Error: Could not create the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9:   workspace_id = var.workspace_id

        The workspace is onboarded to the Microsoft Defender portal, which manages
        this connector now; ARM refuses changes to it.
        Workspace:
        WORKSPACE

        The service said: 400 BadRequest: The workspace is enabled through the
        Microsoft Threat Protection Portal. Changes to the connector in Microsoft
        Sentinel are disabled.
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        The service changed nothing. Set managed_by_portal = true in this block: it
        then is in state as it is configured, what the service has in its place is
        told by every plan, and there is no diff. Change it in the Defender portal
        (Settings > Microsoft Sentinel > Workspaces).
        == consent
        Warning: The Microsoft Defender for Identity connector will not be permitted

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9:   workspace_id = var.workspace_id

        The service's check of requirements says that the caller's authorization is
        not valid, or that the tenant has not agreed to share the product's data.
        Workspace:
        WORKSPACE

        Give the caller the Entra role Security Administrator (or Global
        Administrator) in the tenant, besides Microsoft Sentinel Contributor on the
        workspace; if that is there, connect the product once in the portal. The
        provider's preflight attribute says whether this is a warning or an error.

        (and one more similar warning elsewhere)

        Error: Could not create the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9:   workspace_id = var.workspace_id

        The tenant has not agreed to share this product's data with Sentinel yet, or
        the caller may not agree to it.
        Workspace:
        WORKSPACE

        The service said: 401 InvalidLicense: Missing consent
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        Give the caller the Entra role Security Administrator. If it stays refused,
        open the connector's page in the portal once as Security Administrator,
        connect there, and import the connector.
        == licence
        Warning: The Microsoft Defender for Identity connector has no valid licence

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9:   workspace_id = var.workspace_id

        The service's check of requirements says that the licence is not valid; the
        caller's permissions are another matter.
        Workspace:
        WORKSPACE

        Needed: a Microsoft Defender for Identity licence, with its integration with
        Defender for Cloud Apps switched on. A new licence can take a day to count.
        The provider's preflight attribute says whether this is a warning or an
        error.

        (and one more similar warning elsewhere)

        Error: Could not create the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9:   workspace_id = var.workspace_id

        The tenant has no valid licence for this product, or the caller may not use
        it.
        Workspace:
        WORKSPACE

        The service said: 401 InvalidLicense: License is invalid
        Request: PUT
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/d56104dc-ffff-5ca7-a91b-6a01a02c77d0
        Request id: GUID

        Check the product's licence in the Microsoft 365 admin center, and that the
        caller has the Entra role Security Administrator. A new licence can take a
        day to count.
    "#]].assert_eq(&seen);
}
