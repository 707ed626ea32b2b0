//! Every message as a user sees it, and none that is not shown.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use expect_test::expect_file;

use super::*;
use crate::arm::{self, Collection, Kind, ResourceId, WorkspaceId};
use crate::provider::engine::ledger::Who;
use crate::terraform::{AttributePath, Diagnostic};

const WORKSPACE: &str = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/\
    Microsoft.OperationalInsights/workspaces/law-demo";
const CONNECTOR: &str = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/\
    Microsoft.OperationalInsights/workspaces/law-demo/providers/Microsoft.SecurityInsights/dataConnectors/NAME";

const TENANT: &str = "11111111-1111-4111-8111-111111111111";

fn refusal(status: u16, code: Option<&str>, message: &str) -> arm::Error {
    arm::Error::sample(Kind::Service, Some(status), code, message)
}

/// Every message, by the name of its function.
fn samples() -> Vec<(&'static str, Diagnostic)> {
    let subject = Subject {
        operation: "create",
        what: "the Microsoft Defender XDR connector",
        place: WORKSPACE,
        resource: "defender_xdr_connector",
    };
    let bad = WorkspaceId::parse("/subscriptions/x").unwrap_err();
    let no_connector = ResourceId::parse(WORKSPACE, Collection::DataConnectors).unwrap_err();
    let conflict = refusal(409, Some("Conflict"), "The etag is stale.");
    let locked = refusal(
        409,
        Some("ScopeLocked"),
        "The scope '/subscriptions/.../dataConnectors/x' cannot perform write operation because following scope(s) are locked: \
         '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel'. Please remove the lock and try again.",
    );
    let unsupported = refusal(400, Some("BadRequest"), "Category 'AdvancedHunting-EmailEvents' is not supported.");
    let setting = "SentinelExportSettings-law-demo";
    let differences = ["alerts: true here, false there".to_owned()];
    let categories = ["Alert".to_owned()];
    let mail = ["AdvancedHunting-EmailEvents"];
    let others = [format!("Microsoft Defender for Identity: {CONNECTOR}")];
    let who = |resource: &str, what: &str| Who { resource: resource.to_owned(), what: what.to_owned() };
    let xdr = who("defender_xdr_connector", "the Microsoft Defender XDR connector");
    let rule = who("defender_incident_rule", "the incident rule");
    let suppression = who("defender_incident_rule_suppression", "the suppression of incident rules");
    let moving =
        Move { resource: "defender_xdr_connector", source: "azapi_resource", id: Some(CONNECTOR), is_newer: false };
    let sources = ["azurerm_sentinel_data_connector_microsoft_threat_protection".to_owned()];
    let failed = |error: arm::Error| super::failed("workspace_id", subject, &error);
    let failed_to_read = |resource, method: &str, path: &str| {
        let mut error = refusal(403, Some("AuthorizationFailed"), "The client does not have authorization.");
        error.target = format!("{method} https://management.azure.com{path}");
        super::failed("workspace_id", Subject { operation: "read", resource, ..subject }, &error)
    };
    let other = |kind, message: &str| failed(arm::Error::sample(kind, None, None, message));
    let mut all = credentials::samples::all(subject);
    all.extend(lists::samples::all(subject));
    all.extend(portal::samples::all(subject));
    all.extend(report::samples::all());
    all.extend(doctor::samples::all());
    all.extend(workbooks::samples::all(subject));
    all.extend(settings::samples::all(subject));
    all.extend(templates::samples::all(subject));
    all.extend([
        ("bad_rate", bad_rate("max_requests_per_second")),
        (
            "bad_workspace_id",
            bad_workspace_id("workspace_id", &WorkspaceId::parse("99999999-9999-4999-8999-999999999999").unwrap_err()),
        ),
        ("bad_workspace_id", bad_workspace_id("workspace_id", &bad)),
        ("not_a_guid", not_a_guid("tenant_id", "tenant id", "contoso")),
        ("bad_name", bad_name("name", "a/b")),
        ("bad_duration", bad_duration(AttributePath::from("timeouts").attribute("create"), "soon")),
        ("no_data_type_on", no_data_type_on("incidents", &["incidents", "alerts"])),
        ("bad_date", bad_date("lookback_date", "01/02/2025")),
        ("tenant_as_subscription", tenant_as_subscription("subscription_id", "11111111-1111-4111-8111-111111111111")),
        ("unknown_alert_provider", unknown_alert_provider("filtered_alert_providers", "defender")),
        ("unknown_product", unknown_product("product", "Defender", None, &["Microsoft Defender for Identity"])),
        ("unknown_severity", unknown_severity("severities", "Hgih")),
        ("empty_text", empty_text("display_name", "display name")),
        (
            "empty_set",
            empty_set("tables", "hunting table", "Name at least one, or remove the resource to stop streaming."),
        ),
        ("unknown_table", unknown_table("tables", "DeviceEvnts", Some("DeviceEvents"))),
        ("unknown_table", unknown_table("tables", "CloudAuditEvents", None)),
        ("table_not_streamed", table_not_streamed("tables", "DeviceTvmInfo")),
        ("table_twice", table_twice("tables", "DeviceInfo", "AdvancedHunting-DeviceInfo")),
        ("endpoint_not_https", endpoint_not_https("defender", "http://127.0.0.1:1")),
        ("endpoint_not_https", endpoint_not_https("defender", "https://me:pass@host")),
        ("bad_preflight", bad_preflight("preflight", "maybe")),
        ("bad_provider_config", bad_provider_config("provider.json", "EOF while parsing an object at line 1 column 1")),
        ("unknown_argument", unknown_argument("tenantid".into(), Some("tenant_id"))),
        ("bad_argument", bad_argument("use_cli".into(), "true or false")),
        ("bad_alias", bad_alias("defender.west")),
        ("unknown_type", unknown_type("defender_xdr", None, &["defender_xdr_connector", "defender_hunting_tables"])),
        ("bad_state", bad_state("soc.tfstate", "EOF while parsing a list at line 7 column 12")),
        ("state_without_id", state_without_id("soc.tfstate", "defender_xdr_connector.soc")),
        ("newer_state", newer_state("soc.tfstate", "defender_xdr_connector.soc", CONNECTOR, 2, 0)),
        ("is_there_already", is_there_already("sentinel/law_demo_workspace.tf")),
        ("not_written", not_written("sentinel/law_demo_workspace.tf", "No space left on device (os error 28)")),
        (
            "bad_api_version",
            bad_api_version(AttributePath::from("api_versions").attribute("stable"), "latest", "2025-09-01"),
        ),
        ("bad_on_forbidden", bad_on_forbidden("defender_api", "ignore")),
        ("selection_unread", selection_unread(failed(refusal(403, Some("Forbidden"), "No.")))),
        ("settings_unread", settings_unread(failed(refusal(403, Some("Forbidden"), "No.")))),
        (
            "bad_settings",
            bad_settings(&arm::Error::sample(Kind::Settings, None, None, "SSL_CERT_FILE names no readable file")),
        ),
        ("not_configured", not_configured(subject)),
        ("failed", other(Kind::Token, "AADSTS7000215: Invalid client secret provided.")),
        ("failed", other(Kind::Unreachable, "connection refused")),
        ("failed", failed(arm::Error::sample(Kind::Unreachable, None, None, "the connection was lost").in_doubt(true))),
        ("failed", other(Kind::Certificate, "invalid peer certificate: UnknownIssuer")),
        ("failed", other(Kind::TimedOut, "no answer within 60 s")),
        ("failed", other(Kind::Stopped, "stopped before the service answered")),
        ("failed", other(Kind::Garbage, "expected value at line 1 column 1")),
        ("failed", other(Kind::Settings, "no tenant")),
        (
            "failed",
            failed(refusal(
                401,
                Some("InvalidAuthenticationTokenTenant"),
                "The access token is from the wrong issuer 'https://sts.windows.net/11111111-1111-4111-8111-111111111111/'. It must \
                 match the tenant 'https://sts.windows.net/99999999-9999-4999-8999-999999999999/' associated with this subscription.",
            )),
        ),
        (
            "failed",
            failed(refusal(400, Some("BadRequest"), "Workspace 'law-demo' is not onboarded to Microsoft Sentinel.")),
        ),
        (
            "failed",
            failed(refusal(
                400,
                Some("BadRequest"),
                "The workspace is enabled through the Microsoft Threat Protection Portal. Changes to the connector in Microsoft \
                 Sentinel are disabled.",
            )),
        ),
        ("failed", failed(refusal(401, Some("InvalidLicense"), "Missing consent"))),
        ("failed", failed(refusal(401, Some("InvalidLicense"), "License is invalid"))),
        (
            "failed",
            failed(refusal(
                400,
                Some("BadRequest"),
                "two connectors with different names and the same kind and context id",
            )),
        ),
        ("failed", failed(refusal(400, Some("BadRequest"), "Connector kind 'X' is not supported in api-version: 'Y'"))),
        (
            "failed",
            failed(refusal(409, Some("MissingSubscriptionRegistration"), "The subscription is not registered.")),
        ),
        ("failed", failed(refusal(403, Some("AuthorizationFailed"), "The client does not have authorization."))),
        ("failed", failed_to_read("defender_xdr_connector", "GET", CONNECTOR)),
        ("failed", failed_to_read("data.defender_workspace", "GET", WORKSPACE)),
        ("failed", failed_to_read("data.defender_connector_requirements", "POST", CONNECTOR)),
        ("failed", failed_to_read("defender_table_retention", "GET", WORKSPACE)),
        (
            "failed",
            failed(refusal(400, Some("BadRequest"), "The product 'Defender' is not supported in 'productFilter'.")),
        ),
        ("failed", failed(refusal(429, Some("TooManyRequests"), "Slow down."))),
        (
            "failed",
            failed(refusal(429, Some("TooManyRequests"), "Slow down.").asking_to_wait(Duration::from_secs(3600))),
        ),
        (
            "failed",
            failed(
                arm::Error::sample(Kind::Token, Some(429), Some("AADSTS90055"), "Too many requests.")
                    .asking_to_wait(Duration::from_secs(150)),
            ),
        ),
        ("failed", failed(refusal(503, Some("ServerBusy"), "The server is busy."))),
        ("failed", failed(locked.clone())),
        ("failed", super::failed("workspace_id", Subject { operation: "delete", ..subject }, &locked)),
        (
            "failed",
            failed(refusal(
                403,
                Some("RequestDisallowedByPolicy"),
                "Resource 'x' was disallowed by policy. Policy identifiers: '[{\"policyAssignment\":{\"name\":\"No connectors\",\
                 \"id\":\"/subscriptions/...\"}}]'.",
            )),
        ),
        (
            "failed",
            failed(refusal(
                403,
                Some("DenyAssignmentAuthorizationFailed"),
                "The client has permission, however, the access is denied because of the deny assignment with name 'stack'.",
            )),
        ),
        (
            "failed",
            failed(
                refusal(
                    401,
                    Some("InvalidAuthenticationToken"),
                    "Continuous access evaluation resulted in a challenge.",
                )
                .asking_for_claims("eyJhIjoxfQ=="),
            ),
        ),
        (
            "failed",
            failed(arm::Error::sample(
                Kind::Token,
                Some(400),
                Some("AADSTS53003"),
                "Access has been blocked by Conditional Access policies.",
            )),
        ),
        ("failed", failed(conflict.clone())),
        ("failed", failed(refusal(404, Some("ResourceNotFound"), "The Resource was not found."))),
        ("failed", failed(refusal(404, Some("SubscriptionNotFound"), "The subscription could not be found."))),
        ("failed", failed(refusal(400, Some("BadRequest"), "Something else."))),
        ("already_exists", already_exists("workspace_id", subject, "defender_xdr_connector", CONNECTOR)),
        ("exists_under_another_name", exists_under_another_name("name", subject, "mine", "NAME")),
        (
            "other_kind_under_name",
            other_kind_under_name("name", subject, CONNECTOR, "MicrosoftThreatProtection", "OfficeATP"),
        ),
        ("now_under_another_name", now_under_another_name(subject, "old", "new")),
        (
            "gone_with_onboarding",
            gone_with_onboarding(
                subject,
                &refusal(400, Some("BadRequest"), "Workspace 'law-demo' is not onboarded to Microsoft Sentinel."),
            ),
        ),
        ("not_readable_yet", not_readable_yet(subject)),
        ("retention_not_set_back", retention_not_set_back("DeviceInfo", &differences)),
        ("stored_differently", stored_differently(subject, &differences)),
        ("moved_meanwhile", moved_meanwhile(subject, &differences, &conflict)),
        ("rule_doubles", rule_doubles("product", "Microsoft Defender for Identity", WORKSPACE, CONNECTOR)),
        (
            "holds_up_destroy",
            holds_up_destroy(not_permitted(
                "workspace_id",
                subject,
                "the Entra role Security Administrator in the tenant",
            )),
        ),
        (
            "refused_at_apply",
            refused_at_apply(already_exists("workspace_id", subject, "defender_xdr_connector", CONNECTOR)),
        ),
        ("taken_over", taken_over("adopt_existing", subject, CONNECTOR, &["alerts: false -> true".to_owned()])),
        ("taken_over", taken_over("adopt_existing", subject, CONNECTOR, &[])),
        ("never_showed", never_showed("workspace_id", subject)),
        ("planned_twice", planned_twice(&xdr, &xdr, CONNECTOR)),
        ("owned_already", owned_already(&xdr, &xdr, CONNECTOR)),
        ("made_anew", made_anew(&xdr, &xdr, CONNECTOR)),
        ("leaves_and_stays", leaves_and_stays(&xdr, &xdr, CONNECTOR)),
        ("held_twice", held_twice(&xdr, &xdr, CONNECTOR)),
        (
            "on_and_off",
            on_and_off(&rule, &suppression, "the incident rules of Microsoft Defender for Identity in law-demo"),
        ),
        ("rules_double", rules_double(&rule, "the incident rules of Microsoft Defender for Identity in law-demo")),
        ("replaced_in_place", replaced_in_place(&xdr, CONNECTOR)),
        (
            "not_permitted",
            not_permitted("workspace_id", subject, "the Entra role Security Administrator in the tenant"),
        ),
        ("not_licensed", not_licensed("workspace_id", subject, "a Microsoft Defender XDR licence")),
        (
            "preflight_failed",
            preflight_failed("workspace_id", subject, &refusal(403, Some("AuthorizationFailed"), "No authorization.")),
        ),
        ("xdr_beside_rules", xdr_beside_rules("incidents", subject, &others)),
        ("rule_beside_xdr", rule_beside_xdr("enabled", subject)),
        ("xdr_beside_components", xdr_beside_components("incidents", subject, &others)),
        ("component_beside_xdr", component_beside_xdr("alerts", subject)),
        ("component_leaves_xdr", component_leaves_xdr("alerts", subject)),
        ("incidents_without_alerts", incidents_without_alerts("incidents", subject)),
        ("alerts_leave_incidents", alerts_leave_incidents("alerts", subject)),
        (
            "bad_import_id",
            bad_import_id(
                "defender_xdr_connector",
                WORKSPACE,
                "it is the id of a workspace",
                "Import it by its ARM id, in any casing, or by its workspace's and, behind a bar, its ARM kind",
                &[CONNECTOR.to_owned(), format!("{WORKSPACE}|MicrosoftThreatProtection")],
                false,
            ),
        ),
        (
            "bad_import_id",
            bad_import_id(
                "defender_workspace_onboarding",
                &format!("{TENANT}|x"),
                "it does not begin with '/'",
                "Import it by its workspace's ARM id, in any casing",
                &[format!("{TENANT}|{WORKSPACE}")],
                true,
            ),
        ),
        (
            "import_nothing_called",
            import_nothing_called("defender_xdr_connector", "MicrosoftThreatProtection", WORKSPACE, &[], Some("defender_connectors")),
        ),
        (
            "import_nothing_called",
            import_nothing_called("defender_incident_rule", "x", WORKSPACE, &[format!("{CONNECTOR} (\"a rule\")")], None),
        ),
        (
            "import_ambiguous",
            import_ambiguous("defender_incident_rule", "Azure Security Center", WORKSPACE, &[CONNECTOR.to_owned(), CONNECTOR.replace("NAME", "OTHER")]),
        ),
        ("two_tenants", two_tenants("defender_xdr_connector", TENANT, "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")),
        ("import_without_workspace", import_without_workspace("defender_xdr_connector", WORKSPACE)),
        (
            "import_other_word",
            import_other_word(
                "defender_xdr_connector",
                "OfficeATP",
                "MicrosoftThreatProtection",
                "OfficeATP",
                "defender_office365_connector",
            ),
        ),
        ("import_absent", import_absent("defender_xdr_connector", CONNECTOR, WORKSPACE, Some("defender_connectors"))),
        (
            "import_absent",
            import_absent(
                "defender_incident_rule",
                &CONNECTOR.replace("dataConnectors", "alertRules"),
                WORKSPACE,
                None,
            ),
        ),
        (
            "import_other_kind",
            import_other_kind(
                "defender_xdr_connector",
                CONNECTOR,
                "MicrosoftThreatProtection",
                "AzureAdvancedThreatProtection",
                Some("defender_identity_connector"),
            ),
        ),
        (
            "import_other_kind",
            import_other_kind("defender_xdr_connector", CONNECTOR, "MicrosoftThreatProtection", "GenericUI", None),
        ),
        ("setting_exists", setting_exists("workspace_id", WORKSPACE, setting, &["AdvancedHunting-DeviceInfo"], &[])),
        ("setting_exists", setting_exists("workspace_id", WORKSPACE, setting, &mail, &mail)),
        ("setting_not_writable", setting_not_writable("tables", subject, setting, &mail)),
        ("removes_portal_tables", removes_portal_tables("tables", WORKSPACE, setting, &mail)),
        ("table_streams_already", table_streams_already("tables", WORKSPACE, setting, &["DeviceInfo"])),
        (
            "setting_of_another_workspace",
            setting_of_another_workspace("setting_id", setting, WORKSPACE, "an event hub or a storage account"),
        ),
        ("too_many_settings", too_many_settings("workspace_id", &[format!("{setting} to {WORKSPACE}")])),
        ("table_refused", table_refused("tables", &["EmailEvents".to_owned()], &unsupported)),
        ("preserved_refused", preserved_refused("tables", &categories, &unsupported)),
        (
            "defender_failed",
            defender_failed(
                "workspace_id",
                subject,
                &refusal(403, Some("Forbidden"), "Application tokens are refused."),
            ),
        ),
        ("defender_failed", defender_failed("workspace_id", subject, &refusal(404, None, "Not found"))),
        ("setting_absent", setting_absent(WORKSPACE, &[])),
        ("setting_left_alone", setting_left_alone(setting, &["Alert"])),
        ("bad_table_name", bad_table_name("table", "Device Events")),
        ("unknown_plan", unknown_plan("plan", "Cheap")),
        ("bad_retention", bad_retention("retention_in_days", "0", false)),
        ("bad_retention", bad_retention("total_retention_in_days", "1000", true)),
        ("total_below_retention", total_below_retention("total_retention_in_days", 30, 90, false)),
        ("total_below_retention", total_below_retention("total_retention_in_days", 30, 90, true)),
        ("fixed_retention", fixed_retention("retention_in_days", "Basic", 180)),
        ("auxiliary_plan", auxiliary_plan("plan", "DeviceEvents")),
        ("plan_for_good", plan_for_good("plan", "My_CL", "Auxiliary", "Analytics")),
        (
            "plan_changed_lately",
            plan_changed_lately("plan", "DeviceEvents", "Basic", "2026-11-25 08:00 UTC", "2026-12-02 08:00 UTC"),
        ),
        ("basic_table", basic_table("retention_in_days", "DeviceEvents", "Auxiliary", 180)),
        ("basic_table", basic_table("retention_in_days", "DeviceEvents", "Basic", 180)),
        (
            "table_has_own_retention",
            table_has_own_retention("table", &format!("{WORKSPACE}/tables/DeviceInfo"), &["retention_in_days: 180 -> 90".to_owned()]),
        ),
        (
            "no_such_table",
            no_such_table(
                "table",
                subject,
                "DeviceInf",
                &refusal(404, Some("ResourceNotFound"), "Table DeviceInf was not found."),
            ),
        ),
        ("bad_product", bad_product("products", "a,b")),
        (
            "unknown_suppressed_product",
            unknown_suppressed_product(
                "products",
                "Defender for Identiy",
                Some("Microsoft Defender for Identity"),
                &["Microsoft Defender for Identity"],
            ),
        ),
        (
            "product_twice",
            product_twice("products", "Microsoft Defender for Identity", "Azure Advanced Threat Protection"),
        ),
        ("rule_not_switched", rule_not_switched("products", subject, CONNECTOR, false, &conflict)),
        ("rules_to_switch", rules_to_switch("products", subject, &[CONNECTOR], &[])),
        ("rules_since_plan", rules_since_plan("products", subject, &[CONNECTOR.to_owned()])),
        ("rules_of_blocks_off", rules_of_blocks_off("products", subject, &[CONNECTOR])),
        ("suppression_replaced", suppression_replaced("workspace_id", true, &[CONNECTOR])),
        ("suppression_replaced", suppression_replaced("workspace_id", false, &[CONNECTOR])),
        ("rules_return_beside_xdr", rules_return_beside_xdr("products", subject, &others)),
        ("moves_nothing", moves_nothing(Move { resource: "defender_hunting_tables", ..moving })),
        ("moves_from_elsewhere", moves_from_elsewhere(moving, "registry.terraform.io/hashicorp/azurerm", &sources)),
        (
            "moves_to_another",
            moves_to_another(
                moving,
                "azapi_resource of type Microsoft.SecurityInsights/dataConnectors, kind IOT",
                Some("defender_iot_connector"),
                &sources,
            ),
        ),
        ("moved_state_misread", moved_state_misread(Move { is_newer: true, ..moving }, "its body is no object")),
        ("moved_id", moved_id(moving.resource, moving.source, &no_connector)),
        ("onboarded_with_other_key", onboarded_with_other_key("customer_managed_key", subject, false, true)),
        ("no_such_workspace", no_such_workspace("workspace_id", subject)),
        ("not_onboarded_yet", not_onboarded_yet("workspace_id", subject)),
        ("onboarding_not_up", onboarding_not_up("workspace_id", subject)),
        ("removes_sentinel", removes_sentinel(WORKSPACE)),
        ("replaces_sentinel", replaces_sentinel(WORKSPACE)),
        ("not_onboarded_to_import", not_onboarded_to_import(WORKSPACE)),
        ("bad_query_api", bad_query_api("query_api", "arm")),
    ]);
    all.extend(ingestion::samples::all());
    all.extend(solutions::samples::all(subject));
    all
}

#[test]
fn every_message_as_a_user_sees_it() {
    let mut text = String::new();
    for (name, diagnostic) in samples() {
        let path = diagnostic.path.to_string();
        let path = if path.is_empty() { "the resource".to_owned() } else { path };
        let _ = write!(
            text,
            "---- {name}\n{:?} at {path}: {}\n\n{}\n\n",
            diagnostic.severity, diagnostic.summary, diagnostic.detail
        );
    }
    expect_file!["../../../tests/goldens/messages.txt"].assert_eq(&text);
}

#[test]
fn no_message_goes_unseen() {
    let shown: BTreeSet<_> = samples().into_iter().map(|(name, _)| name.to_owned()).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/provider/messages");
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let written: BTreeSet<_> = files
        .flat_map(|code| code.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| Some(line.strip_prefix("pub fn ")?.split(['(', '<']).next()?.to_owned()))
        .collect();
    assert_eq!(written, shown);
}
