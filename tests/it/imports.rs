//! Everything that this provider manages, imported by every form of id and by identity, with the first Terraform that is
//! supported, the one to test with and the newest; each import plans empty.

use std::collections::BTreeMap;

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, TENANT};
use crate::terraform::{Bench, FIRST_WITH_IDENTITIES, NEWEST, OLDEST, warning};

/// The tenant of the second customer.
const SECOND: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

/// Every resource but the onboarding, and its arguments besides workspace and tenant.
const RESOURCES: [(&str, &str); 21] = [
    ("xdr_connector", "alerts = true\n  filtered_alert_providers = [\"microsoftDefenderForIdentity\"]"),
    ("identity_connector", ""),
    ("endpoint_connector", ""),
    ("office365_connector", ""),
    ("cloud_apps_connector", "discovery_logs = true"),
    ("cloud_connector", ""),
    ("iot_connector", ""),
    ("entra_id_protection_connector", ""),
    ("insider_risk_connector", ""),
    ("threat_intelligence_connector", "lookback_date = \"2025-01-01T00:00:00Z\""),
    ("premium_threat_intelligence_connector", "lookback_date = \"1970-01-01T00:00:00Z\""),
    (
        "incident_rule",
        "product = \"Microsoft Defender for Cloud\"\n  display_name = \"What the cloud says\"\n  severities = [\"High\"]",
    ),
    ("hunting_tables", "tables = [\"DeviceEvents\", \"DeviceInfo\"]"),
    (
        "incident_rule_suppression",
        "products = [\"Microsoft Defender for Identity\", \"Microsoft Defender for Endpoint\"]",
    ),
    ("table_retention", "table = \"DeviceEvents\"\n  retention_in_days = 90\n  total_retention_in_days = 365"),
    ("ingestion_workbook", "tables = [\"DeviceEvents\", \"DeviceInfo\"]\n  tags = { owner = \"soc\" }"),
    ("anomalies", ""),
    ("entity_analytics", "providers = [\"AzureActiveDirectory\"]"),
    ("eyes_on", ""),
    ("ueba", "data_sources = [\"AuditLogs\", \"SigninLogs\"]"),
    ("content_solution", "product = \"Microsoft Defender for Identity\""),
];

/// The ARM kinds and products of the connectors.
const CONNECTORS: [(&str, &str, &str); 11] = [
    ("xdr_connector", "MicrosoftThreatProtection", "Microsoft Defender XDR"),
    ("identity_connector", "AzureAdvancedThreatProtection", "Microsoft Defender for Identity"),
    ("endpoint_connector", "MicrosoftDefenderAdvancedThreatProtection", "Microsoft Defender for Endpoint"),
    ("office365_connector", "OfficeATP", "Microsoft Defender for Office 365"),
    ("cloud_apps_connector", "MicrosoftCloudAppSecurity", "Microsoft Defender for Cloud Apps"),
    ("cloud_connector", "AzureSecurityCenter", "Microsoft Defender for Cloud"),
    ("iot_connector", "IOT", "Microsoft Defender for IoT"),
    ("entra_id_protection_connector", "AzureActiveDirectory", "Microsoft Entra ID Protection"),
    ("insider_risk_connector", "OfficeIRM", "Microsoft Purview Insider Risk Management"),
    ("threat_intelligence_connector", "MicrosoftThreatIntelligence", "Microsoft Defender Threat Intelligence"),
    (
        "premium_threat_intelligence_connector",
        "PremiumMicrosoftDefenderForThreatIntelligence",
        "Premium Microsoft Defender Threat Intelligence",
    ),
];

/// The workspace of a tenant.
pub fn workspace_of(tenant: &str) -> String {
    let subscription = tenant.replace("-4", "-5");
    format!("/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law")
}

/// Two customers with a tenant each, and a workspace in each that Sentinel is in.
pub fn scenario() -> Value {
    let tenant = |tenant: &str| {
        json!({
            "tenant_id": tenant,
            "clients": [{ "client_id": CLIENT, "client_secret": SECRET }],
            "export_settings_accept_app_tokens": true
        })
    };
    let workspace = |tenant: &str| json!({ "subscription_id": tenant.replace("-4", "-5"), "resource_group": "rg", "name": "law", "tenant_id": tenant, "solutions": "none" });
    let (tenants, workspaces) = ([TENANT, SECOND].map(tenant), [TENANT, SECOND].map(workspace));
    json!({ "tenants": tenants, "workspaces": workspaces })
}

/// A block of each resource in the workspace of a tenant, which is named where it is not the provider's own.
pub fn everything_in(tenant: &str) -> String {
    let of = if tenant == TENANT { String::new() } else { format!("\n  tenant_id = \"{tenant}\"") };
    let all = RESOURCES.iter().chain(&[("workspace_onboarding", "")]);
    let blocks = all.map(|(name, arguments)| {
        let workspace = workspace_of(tenant);
        format!("\nresource \"defender_{name}\" \"it\" {{\n  workspace_id = \"{workspace}\"{of}\n  {arguments}\n}}\n")
    });
    blocks.collect()
}

/// The same, where the workspace is onboarded already.
pub fn with_onboarding_adopted(everything: &str) -> String {
    let (before, last) = everything.rsplit_once("\n}").unwrap();
    assert!(last.trim().is_empty());
    format!("{before}\n  adopt_existing = true\n}}\n")
}

/// A bench on which Terraform made all this in a tenant and forgot it again, and the ids of all of it.
fn made_and_forgotten(tenant: &str) -> (Bench, BTreeMap<String, String>) {
    let bench = Bench::with(&scenario());
    let everything = everything_in(tenant);
    bench.configure(&with_onboarding_adopted(&everything));
    bench.apply();
    let ids = addresses().map(|address| {
        let id = bench.stored(&address)["attributes"]["id"].as_str().unwrap().to_owned();
        (address, id)
    });
    let ids = ids.collect();
    bench.let_go();
    (bench, ids)
}

fn addresses() -> impl Iterator<Item = String> {
    let names = RESOURCES.iter().map(|(name, _)| *name).chain(["workspace_onboarding"]);
    names.map(|name| format!("defender_{name}.it"))
}

/// Every form that an import id of a resource has, by the id that its state has.
fn forms(address: &str, id: &str, workspace: &str) -> Vec<String> {
    let name = address.trim_start_matches("defender_").trim_end_matches(".it");
    let mut forms = vec![id.to_owned(), id.to_uppercase(), id.to_lowercase(), format!("  {id} ")];
    let connector = CONNECTORS.iter().find(|(connector, ..)| *connector == name);
    let words: Vec<String> = match (connector, name) {
        (Some((_, kind, product)), _) => {
            let resource = format!("defender_{name}");
            vec![
                (*kind).to_owned(),
                kind.to_lowercase(),
                resource.clone(),
                resource.to_uppercase(),
                (*product).to_owned(),
            ]
        }
        (None, "incident_rule") => {
            let name = id.rsplit('/').next().unwrap().to_owned();
            let words =
                ["What the cloud says", "WHAT THE CLOUD SAYS", "Microsoft Defender for Cloud", "azure security center"];
            words.map(str::to_owned).into_iter().chain([name]).collect()
        }
        (None, "hunting_tables") => vec!["sentinelexportsettings-LAW".to_owned()],
        (None, "incident_rule_suppression") => {
            vec!["Microsoft Defender for Endpoint , azure advanced threat protection,".to_owned()]
        }
        (None, "table_retention") => vec!["DeviceEvents".to_owned(), "DEVICEEVENTS".to_owned()],
        (None, "workspace_onboarding") => vec!["default".to_owned(), "DEFAULT".to_owned()],
        (None, "ingestion_workbook") => {
            let name = id.rsplit('/').next().unwrap().to_owned();
            vec![name.clone(), name.to_uppercase()]
        }
        (None, "anomalies") => vec!["Anomalies".to_owned(), "ANOMALIES".to_owned()],
        (None, "entity_analytics") => vec!["EntityAnalytics".to_owned(), "entityanalytics".to_owned()],
        (None, "eyes_on") => vec!["EyesOn".to_owned(), "eyeson".to_owned()],
        (None, "ueba") => vec!["Ueba".to_owned(), "UEBA".to_owned()],
        (None, "content_solution") => {
            let name = id.rsplit('/').next().unwrap().to_owned();
            let words =
                ["Microsoft Defender for Identity", "DEFENDER_IDENTITY_CONNECTOR", "azureadvancedthreatprotection"];
            words.map(str::to_owned).into_iter().chain([name.clone(), name.to_uppercase()]).collect()
        }
        (None, other) => panic!("{other} has no forms"),
    };
    forms.extend(words.iter().map(|word| format!("{workspace}|{word}")));
    forms.extend(words.iter().map(|word| format!("{} | {word} ", workspace.to_uppercase())));
    let by_workspace = [
        "hunting_tables",
        "workspace_onboarding",
        "ingestion_workbook",
        "anomalies",
        "entity_analytics",
        "eyes_on",
        "ueba",
    ];
    if by_workspace.contains(&name) {
        forms.extend([workspace.to_owned(), workspace.to_lowercase()]);
        forms.push(format!("https://portal.azure.com/#@contoso.com/resource{workspace}/overview"));
    }
    forms
}

fn import_block(address: &str, by: &str) -> String {
    format!("\nimport {{\n  to = {address}\n  {by}\n}}\n")
}

/// Imports everything by these blocks, which must change nothing.
fn imports_empty(bench: &Bench, configuration: &str, blocks: &BTreeMap<&str, String>, what: &str) {
    let text: String = blocks.iter().map(|(address, by)| import_block(address, by)).collect();
    bench.configure(&format!("{configuration}{text}"));
    let expected: Vec<_> = blocks.keys().map(|address| format!("{address} import no-op")).collect();
    assert_eq!(bench.plan(), expected, "{what}");
    bench.ok(&["apply", "-no-color", "plan"]);
    bench.configure(configuration);
    assert_eq!(bench.plan(), [""; 0], "after import {what}");
}

#[test]
fn everything_is_imported_by_every_form_of_its_id() {
    let (bench, ids) = made_and_forgotten(TENANT);
    let (workspace, configuration) = (workspace_of(TENANT), everything_in(TENANT));
    let forms: BTreeMap<_, _> =
        ids.iter().map(|(address, id)| (address.as_str(), forms(address, id, &workspace))).collect();
    for round in 0..forms.values().map(Vec::len).max().unwrap() {
        // Whoever has fewer forms comes in again by the first.
        let by = |forms: &Vec<String>| format!("id = \"{}\"", forms[round % forms.len()]);
        let blocks = forms.iter().map(|(address, forms)| (*address, by(forms))).collect();
        imports_empty(&bench, &configuration, &blocks, &format!("round {round}: {blocks:?}"));
        bench.let_go();
    }
}

#[test]
fn the_command_takes_what_a_block_takes() {
    let (bench, ids) = made_and_forgotten(TENANT);
    bench.configure(&everything_in(TENANT));
    let imported = [
        ("defender_xdr_connector.it", "|Microsoft Defender XDR"),
        ("defender_incident_rule.it", "|Microsoft Defender for Cloud"),
        ("defender_hunting_tables.it", ""),
        ("defender_incident_rule_suppression.it", "|Microsoft Defender for Identity,Microsoft Defender for Endpoint"),
        ("defender_table_retention.it", "|DeviceEvents"),
        ("defender_workspace_onboarding.it", ""),
        ("defender_ingestion_workbook.it", ""),
        ("defender_anomalies.it", ""),
        ("defender_ueba.it", "|Ueba"),
        ("defender_content_solution.it", "|Microsoft Defender for Identity"),
    ];
    for (address, word) in imported {
        let already = bench.emulator.exchanges().len();
        bench.ok(&["import", "-no-color", address, &format!("{}{word}", workspace_of(TENANT))]);
        assert_eq!(bench.state(address)["id"].as_str().unwrap(), ids[address]);
        // One look at what is there is enough to find it and to read it.
        let asked = bench.asked(already);
        assert!(asked.len() <= 2 && asked.iter().all(|line| line.starts_with("GET ")), "{address}: {asked:?}");
    }
    let planned = bench.plan();
    assert!(planned.iter().all(|line| !imported.iter().any(|(address, _)| line.starts_with(address))), "{planned:?}");
}

#[test]
fn what_another_tenant_has_is_imported_with_that_tenant_before_any_form() {
    let (bench, ids) = made_and_forgotten(SECOND);
    let (workspace, configuration) = (workspace_of(SECOND), everything_in(SECOND));
    for form in [0, 4] {
        let by =
            |(address, id): (&String, &String)| format!("id = \"{SECOND}|{}\"", forms(address, id, &workspace)[form]);
        let blocks = ids.iter().map(|entry| (entry.0.as_str(), by(entry))).collect();
        imports_empty(&bench, &configuration, &blocks, &format!("form {form}"));
        bench.let_go();
    }
    for version in [FIRST_WITH_IDENTITIES, NEWEST] {
        let (bench, ids) = made_and_forgotten(SECOND);
        let mut bench = bench;
        bench.on_terraform(version);
        for (form, upper) in [(0, false), (4, true)] {
            let by = |(address, id): (&String, &String)| {
                let tenant = if upper { SECOND.to_uppercase() } else { SECOND.to_owned() };
                let id = &forms(address, id, &workspace)[form];
                format!("identity = {{\n    id = \"{id}\"\n    tenant_id = \"{tenant}\"\n  }}")
            };
            let blocks = ids.iter().map(|entry| (entry.0.as_str(), by(entry))).collect();
            imports_empty(&bench, &configuration, &blocks, &format!("identity {form} on {version}"));
            for (address, id) in &ids {
                let identity = &bench.stored(address)["identity"];
                assert!(identity["id"].as_str().unwrap().eq_ignore_ascii_case(id), "{address}");
                assert!(identity["tenant_id"].as_str().unwrap().eq_ignore_ascii_case(SECOND), "{address}");
            }
            bench.let_go();
        }
    }
}

/// Terraform writes the configuration of what is imported: by itself, where it cannot ask the provider for it yet.
#[test]
fn what_is_imported_is_generated_as_configuration_that_plans_empty() {
    let (mut bench, ids) = made_and_forgotten(TENANT);
    let by = |id: &String| format!("id = \"{id}\"");
    let blocks: String = ids.iter().map(|(address, id)| import_block(address, &by(id))).collect();
    for version in [OLDEST, FIRST_WITH_IDENTITIES, NEWEST] {
        bench.on_terraform(version);
        bench.configure(&blocks);
        bench.ok(&["plan", "-no-color", "-generate-config-out=generated.tf", "-out=plan"]);
        let expected: Vec<_> = ids.keys().map(|address| format!("{address} import no-op")).collect();
        assert_eq!(bench.changes(), expected, "{version}");
        bench.ok(&["apply", "-no-color", "plan"]);
        bench.configure("");
        assert_eq!(bench.plan(), [""; 0], "{version}");
        std::fs::remove_file(bench.path("generated.tf")).unwrap();
        bench.let_go();
    }
}

#[test]
fn the_oldest_terraform_imports_plans_and_applies() {
    let (mut bench, ids) = made_and_forgotten(TENANT);
    bench.on_terraform(OLDEST);
    assert!(bench.ok(&["version"]).starts_with(&format!("Terraform v{OLDEST}\n")));
    let (readme, run) = (include_str!("../../README.md"), include_str!("../run"));
    assert!(readme.contains(&format!("The oldest Terraform that is supported is {OLDEST}")), "README says another");
    assert!(run.contains(&format!("\nOLDEST={OLDEST}\n")), "tests/run gets another");
    let configuration = everything_in(TENANT);
    for form in [1, 4] {
        let by = |(address, id): (&String, &String)| {
            format!("id = \"{}\"", forms(address, id, &workspace_of(TENANT))[form].trim())
        };
        let blocks = ids.iter().map(|entry| (entry.0.as_str(), by(entry))).collect();
        imports_empty(&bench, &configuration, &blocks, &format!("form {form} on {OLDEST}"));
        bench.let_go();
    }
    for (address, id) in &ids {
        bench.ok(&["import", "-no-color", address, id]);
    }
    bench.configure(&configuration.replace("discovery_logs = true", "alerts = false\n  discovery_logs = true"));
    assert_eq!(bench.plan(), ["defender_cloud_apps_connector.it update", "  alerts: true -> false"]);
    bench.ok(&["apply", "-no-color", "plan"]);
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

/// What each of these imports is told, one after the other.
fn told(bench: &Bench, imports: &[(&str, String)]) -> String {
    let mut text = String::new();
    for (number, (name, id)) in imports.iter().enumerate() {
        let (_, arguments) = RESOURCES.iter().find(|(known, _)| known == name).unwrap_or(&("", ""));
        let workspace = workspace_of(TENANT);
        text += &format!(
            "resource \"defender_{name}\" \"it{number}\" {{\n  workspace_id = \"{workspace}\"\n  {arguments}\n}}\n{}",
            import_block(&format!("defender_{name}.it{number}"), &format!("id = \"{id}\""))
        );
    }
    bench.configure(&text);
    let findings = bench.plan_errors();
    let mut errors: Vec<_> = findings.split("Error: ").map(str::trim).filter(|error| !error.is_empty()).collect();
    errors.sort_unstable();
    // Newer versions of Terraform tell what is the same of two imports once.
    errors.dedup();
    let short = |workspace: String, text: String| text.replace(&workspace, "WORKSPACE");
    short(workspace_of(TENANT), short(workspace_of(SECOND), errors.join("\n\n") + "\n"))
}

#[test]
fn a_wrong_id_is_answered_with_a_right_one() {
    let (bench, ids) = made_and_forgotten(TENANT);
    let workspace = workspace_of(TENANT);
    let gone = workspace.replace("/law", "/gone");
    let sentinel = |what: &str| format!("{workspace}/providers/Microsoft.SecurityInsights/{what}");
    let imports = [
        ("xdr_connector", "xdr".to_owned()),
        ("xdr_connector", "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/mine".to_owned()),
        ("xdr_connector", workspace.clone()),
        ("xdr_connector", format!("{SECOND}|{workspace}")),
        ("xdr_connector", format!("contoso.com|{workspace}")),
        ("xdr_connector", format!("{workspace}|")),
        ("xdr_connector", format!("{workspace}|Office365")),
        ("xdr_connector", format!("{workspace}|microsoft defender for identity")),
        ("xdr_connector", ids["defender_incident_rule.it"].clone()),
        ("xdr_connector", ids["defender_identity_connector.it"].clone()),
        ("xdr_connector", sentinel("dataConnectors/nothing")),
        ("xdr_connector", format!("{gone}|MicrosoftThreatProtection")),
        ("xdr_connector", format!("{gone}/providers/Microsoft.SecurityInsights/dataConnectors/x")),
        ("xdr_connector", format!("https://portal.azure.com/#@contoso.com/resource{workspace}/overview")),
        ("xdr_connector", format!("https://portal.azure.com/#view/x/id/{}", workspace.replace('/', "%2F"))),
        ("incident_rule", format!("{workspace}|Nothing like it")),
        ("incident_rule", format!("{gone}|Microsoft Defender for Cloud")),
        ("hunting_tables", format!("{workspace}|nothing")),
        ("hunting_tables", gone.clone()),
        ("hunting_tables", "law".to_owned()),
        ("incident_rule_suppression", workspace.clone()),
        ("incident_rule_suppression", format!("{workspace}|,")),
        ("incident_rule_suppression", format!("{gone}|Microsoft Defender for Cloud")),
        ("table_retention", sentinel("dataConnectors/x")),
        ("table_retention", format!("{workspace}|a?b")),
        ("table_retention", format!("{workspace}|NoSuchTable")),
        ("table_retention", format!("{gone}|DeviceInfo")),
        ("ingestion_workbook", "5a1f1c2e-0000-4000-8000-000000000001".to_owned()),
        ("ingestion_workbook", format!("{workspace}|5a1f1c2e-0000-4000-8000-000000000001")),
        ("ingestion_workbook", format!("{workspace}|By its display name")),
        ("ingestion_workbook", sentinel("dataConnectors/x")),
        ("anomalies", sentinel("settings/Ueba")),
        ("eyes_on", format!("{workspace}|Other")),
        ("ueba", workspace.clone()),
        ("entity_analytics", gone.clone()),
        ("content_solution", workspace.clone()),
        ("content_solution", format!("{workspace}|a?b")),
        ("content_solution", format!("{workspace}|Microsoft Defender for Endpoint")),
        ("content_solution", sentinel("dataConnectors/x")),
        ("content_solution", format!("{gone}|Microsoft Defender for Identity")),
        ("workspace_onboarding", format!("{workspace}|other")),
        ("workspace_onboarding", sentinel("onboardingStates/other")),
        ("workspace_onboarding", gone.clone()),
    ];
    expect![[r#"
        Not an import id of defender_content_solution

        Found
        "WORKSPACE":
        it is the id of a workspace.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its content id or its product:
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/NAME
          WORKSPACE|Microsoft Defender for Identity

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_content_solution

        Found
        "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/x":
        it is the id of a data connector.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its content id or its product:
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/NAME
          WORKSPACE|Microsoft Defender for Identity

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_content_solution

        Found
        "WORKSPACE|a?b":
        what stands behind the bar holds the character '?'.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its content id or its product:
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/NAME
          WORKSPACE|Microsoft Defender for Identity

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_eyes_on

        Found
        "WORKSPACE|Other":
        "Other" is not the name of the setting EyesOn, which is its kind, "EyesOn".

        Import it by its ARM id, in any casing, or by its workspace's:
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/EyesOn
          WORKSPACE
          WORKSPACE|EyesOn

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_hunting_tables

        Found "law": it does not begin with '/'.

        Import it by the workspace's ARM id, in any casing, with the setting's id
        behind a bar if the workspace has several:
          /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace
          /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace|SETTING_ID

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_incident_rule_suppression

        Found
        "WORKSPACE":
        it is the id of a workspace.

        Import it by the workspace's ARM id, in any casing, and the products behind a
        bar, with commas between:
          WORKSPACE|Microsoft Defender for Identity,Microsoft Defender for Endpoint

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_incident_rule_suppression

        Found
        "WORKSPACE|,":
        it names no products.

        Import it by the workspace's ARM id, in any casing, and the products behind a
        bar, with commas between:
          WORKSPACE|Microsoft Defender for Identity,Microsoft Defender for Endpoint

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_ingestion_workbook

        Found
        "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/x":
        it has 12 segments, expected 8.

        Import it by its ARM id, in any casing, or by its workspace's, with its name
        behind a bar if that is not the default one:
          /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Insights/workbooks/00000000-0000-0000-0000-000000000000
          WORKSPACE
          WORKSPACE|00000000-0000-0000-0000-000000000000

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_ingestion_workbook

        Found
        "WORKSPACE|By
        its display name": the workbook's name "By its display name" is not a GUID.

        Import it by its ARM id, in any casing, or by its workspace's, with its name
        behind a bar if that is not the default one:
          /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Insights/workbooks/00000000-0000-0000-0000-000000000000
          WORKSPACE
          WORKSPACE|00000000-0000-0000-0000-000000000000

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_ingestion_workbook

        Found "5a1f1c2e-0000-4000-8000-000000000001": it does not begin with '/'.

        Import it by its ARM id, in any casing, or by its workspace's, with its name
        behind a bar if that is not the default one:
          /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.Insights/workbooks/00000000-0000-0000-0000-000000000000
          /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace
          /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace|00000000-0000-0000-0000-000000000000

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_table_retention

        Found
        "WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/x":
        the segment before the last is 'dataConnectors', expected 'tables'.

        Import it by the table's ARM id, in any casing, or by its workspace's and,
        behind a bar, the table's name:
          WORKSPACE/tables/DeviceInfo
          WORKSPACE|DeviceInfo

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_table_retention

        Found
        "WORKSPACE|a?b":
        the table's name holds the character '?'.

        Import it by the table's ARM id, in any casing, or by its workspace's and,
        behind a bar, the table's name:
          WORKSPACE/tables/DeviceInfo
          WORKSPACE|DeviceInfo

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_workspace_onboarding

        Found
        "WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/other":
        "other" is no onboarding state, of which a workspace has one, "default".

        Import it by its ARM id, in any casing, or by its workspace's:
          WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default
          WORKSPACE
          WORKSPACE|default

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_workspace_onboarding

        Found
        "WORKSPACE|other":
        "other" is no onboarding state, of which a workspace has one, "default".

        Import it by its ARM id, in any casing, or by its workspace's:
          WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default
          WORKSPACE
          WORKSPACE|default

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_xdr_connector

        Found
        "WORKSPACE":
        it is the id of a workspace.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          WORKSPACE|MicrosoftThreatProtection

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_xdr_connector

        Found
        "WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/7ca6d95d-6b5d-5b01-9f44-2cef2b1ad082":
        it is the id of an alert rule.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          WORKSPACE|MicrosoftThreatProtection

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_xdr_connector

        Found
        "WORKSPACE|":
        nothing stands behind the bar.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          WORKSPACE|MicrosoftThreatProtection

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_xdr_connector

        Found
        "WORKSPACE|Office365":
        no connector of this provider goes by "Office365".

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          WORKSPACE|MicrosoftThreatProtection

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_xdr_connector

        Found
        "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/mine": it
        ends after segment 4.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/mine/providers/Microsoft.OperationalInsights/workspaces/my-workspace/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/mine/providers/Microsoft.OperationalInsights/workspaces/my-workspace|MicrosoftThreatProtection

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_xdr_connector

        Found
        "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa|WORKSPACE":
        it is the id of a workspace.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa|WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa|WORKSPACE|MicrosoftThreatProtection

        Not an import id of defender_xdr_connector

        Found
        "contoso.com|WORKSPACE":
        before the bar stands neither a tenant's GUID nor a workspace: it does not
        begin with '/'.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          WORKSPACE|MicrosoftThreatProtection

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_xdr_connector

        Found
        "https://portal.azure.com/#@contoso.com/resourceWORKSPACE/overview":
        it is the id of a workspace.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          WORKSPACE|MicrosoftThreatProtection

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_xdr_connector

        Found
        "https://portal.azure.com/#view/x/id/%2Fsubscriptions%2F11111111-1111-5111-8111-111111111111%2FresourceGroups%2Frg%2Fproviders%2FMicrosoft.OperationalInsights%2Fworkspaces%2Flaw":
        it is the address of a page, without an id that can be read out of it.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          WORKSPACE|MicrosoftThreatProtection

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not an import id of defender_xdr_connector

        Found "xdr": it does not begin with '/'.

        Import it by its ARM id, in any casing, or by its workspace's and, behind a
        bar, its ARM kind, its product or its resource type:
          /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace/providers/Microsoft.SecurityInsights/dataConnectors/NAME
          /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/Microsoft.OperationalInsights/workspaces/my-workspace|MicrosoftThreatProtection

        Where it is in another tenant than the provider's own, put that before it:
        TENANT_ID|....

        Not importable as defender_anomalies

        Under
          WORKSPACE/providers/Microsoft.SecurityInsights/settings/Ueba
        stands kind Ueba; defender_anomalies manages kind Anomalies.

        Import it as defender_ueba instead.

        Not importable as defender_xdr_connector

        "microsoft defender for identity" stands for kind
        AzureAdvancedThreatProtection; defender_xdr_connector manages kind
        MicrosoftThreatProtection.

        Import it as defender_identity_connector instead.

        Not importable as defender_xdr_connector

        Under
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/fbca6397-fe89-50ec-8305-6aafc7765c6a
        stands kind AzureAdvancedThreatProtection; defender_xdr_connector manages
        kind MicrosoftThreatProtection.

        Import it as defender_identity_connector instead.

        Nothing to import as defender_content_solution

        WORKSPACE
        has nothing under
          WORKSPACE/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-microsoftdefenderendpoint

        Check the id; data.defender_content_solutions lists what is there with its
        id.

        Nothing to import as defender_content_solution

        Resource Manager knows no workspace
          /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Check the id; of another tenant than the provider's own, it has that before
        it:
        TENANT_ID|/subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Nothing to import as defender_entity_analytics

        Resource Manager knows no workspace
          /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Check the id; of another tenant than the provider's own, it has that before
        it:
        TENANT_ID|/subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Nothing to import as defender_hunting_tables

        No export setting of the tenant fits
        "WORKSPACE|nothing".
        The tenant has:
          - SentinelExportSettings-law to WORKSPACE

        Nothing to import as defender_hunting_tables

        Resource Manager knows no workspace
          /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Check the id; of another tenant than the provider's own, it has that before
        it:
        TENANT_ID|/subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Nothing to import as defender_incident_rule

        WORKSPACE
        has none that "Nothing like it" stands for.

        It has:
          - WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/7ca6d95d-6b5d-5b01-9f44-2cef2b1ad082 ("What the cloud says", of Microsoft Defender for Cloud)

        Nothing to import as defender_incident_rule

        Resource Manager knows no workspace
          /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Check the id; of another tenant than the provider's own, it has that before
        it:
        TENANT_ID|/subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Nothing to import as defender_incident_rule_suppression

        Resource Manager knows no workspace
          /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Check the id; of another tenant than the provider's own, it has that before
        it:
        TENANT_ID|/subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Nothing to import as defender_ingestion_workbook

        /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg has
        nothing under
          /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Insights/workbooks/5a1f1c2e-0000-4000-8000-000000000001

        Check the id.

        Nothing to import as defender_table_retention

        WORKSPACE
        has nothing under
          WORKSPACE/tables/NoSuchTable

        Check the id.

        Nothing to import as defender_table_retention

        Resource Manager knows no workspace
          /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Check the id; of another tenant than the provider's own, it has that before
        it:
        TENANT_ID|/subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Nothing to import as defender_workspace_onboarding

        Resource Manager knows no workspace
          /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Check the id; of another tenant than the provider's own, it has that before
        it:
        TENANT_ID|/subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Nothing to import as defender_xdr_connector

        WORKSPACE
        has nothing under
          WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/nothing

        Check the id; data.defender_connectors lists what is there with its id.

        Nothing to import as defender_xdr_connector

        Resource Manager knows no workspace
          /subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone

        Check the id; of another tenant than the provider's own, it has that before
        it:
        TENANT_ID|/subscriptions/11111111-1111-5111-8111-111111111111/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/gone
    "#]].assert_eq(&told(&bench, &imports));
}

#[test]
fn of_several_the_one_that_fits_is_imported() {
    let bench = Bench::with(&scenario());
    let workspace = workspace_of(TENANT);
    let sentinel = |what: &str| format!("{workspace}/providers/Microsoft.SecurityInsights/{what}");
    let iot = |name: &str, subscription: &str| {
        let properties = json!({ "subscriptionId": subscription, "dataTypes": { "alerts": { "state": "Enabled" } } });
        bench.portal(
            "PUT",
            &sentinel(&format!("dataConnectors/{name}")),
            Some(&json!({ "kind": "IOT", "properties": properties })),
        );
    };
    let rule = |name: &str, display_name: &str| {
        let properties =
            json!({ "displayName": display_name, "enabled": false, "productFilter": "Azure Security Center" });
        let body = json!({ "kind": "MicrosoftSecurityIncidentCreation", "properties": properties });
        bench.portal("PUT", &sentinel(&format!("alertRules/{name}")), Some(&body));
    };
    iot("one", "77777777-7777-4777-8777-777777777777");
    rule("first", "Cloud");
    rule("second", "Cloud, too");
    let imported = |name: &str, word: &str| {
        bench.configure(&format!(
            "resource \"defender_{name}\" \"it\" {{\n  workspace_id = \"{workspace}\"\n  {}\n}}\n",
            if name == "incident_rule" { "product = \"Microsoft Defender for Cloud\"" } else { "" }
        ));
        bench.ok(&["import", "-no-color", &format!("defender_{name}.it"), &format!("{workspace}|{word}")]);
        let name = bench.state(&format!("defender_{name}.it"))["name"].as_str().unwrap().to_owned();
        bench.let_go();
        name
    };
    assert_eq!(imported("iot_connector", "IOT"), "one", "the only one there is");
    iot("two", "88888888-8888-4888-8888-888888888888");
    let ambiguous = [
        ("iot_connector", format!("{workspace}|IoT")),
        ("incident_rule", format!("{workspace}|Microsoft Defender for Cloud")),
    ];
    expect![[r#"
        Several to import as defender_incident_rule

        WORKSPACE
        has more than one that "Microsoft Defender for Cloud" stands for:
          - WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/first ("Cloud", of Microsoft Defender for Cloud)
          - WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/second ("Cloud, too", of Microsoft Defender for Cloud)

        Import the one that is meant by its id.

        Several to import as defender_iot_connector

        WORKSPACE
        has more than one that "IoT" stands for:
          - WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/one (subscription_id 77777777-7777-4777-8777-777777777777)
          - WORKSPACE/providers/Microsoft.SecurityInsights/dataConnectors/two (subscription_id 88888888-8888-4888-8888-888888888888)

        Import the one that is meant by its id.
    "#]].assert_eq(&told(&bench, &ambiguous));
    iot("three", &TENANT.replace("-4", "-5"));
    assert_eq!(imported("iot_connector", "IOT"), "three", "the one of the workspace's own subscription");
    // A name is surer than a display name, and that than a product.
    assert_eq!(imported("incident_rule", "cloud, TOO"), "second");
    rule("azure security center", "Third");
    assert_eq!(imported("incident_rule", "Azure Security Center"), "azure security center");
}

#[test]
fn what_is_taken_over_is_told_with_all_that_changes_of_it() {
    let (bench, _) = made_and_forgotten(TENANT);
    let block = |name: &str, arguments: &str| {
        let workspace = workspace_of(TENANT);
        format!("resource \"defender_{name}\" \"it\" {{\n  workspace_id = \"{workspace}\"\n  {arguments}\n}}\n")
    };
    let mut seen = String::new();
    for (name, arguments) in [
        ("xdr_connector", "incidents = false\n  alerts = true\n  adopt_existing = true"),
        ("cloud_connector", "adopt_existing = true"),
        (
            "incident_rule",
            "product = \"Microsoft Defender for Cloud\"\n  enabled = false\n  display_name_filter = [\"x\"]\n  adopt_existing = true",
        ),
        ("hunting_tables", "tables = [\"DeviceEvents\", \"DeviceLogonEvents\"]\n  adopt_existing = true"),
        ("table_retention", "table = \"DeviceEvents\"\n  total_retention_in_days = 730"),
        ("workspace_onboarding", "adopt_existing = true"),
    ] {
        bench.configure(&block(name, arguments));
        let text = bench.ok(&["plan", "-no-color", "-input=false", "-out=plan"]);
        seen += warning(&text).replace(&workspace_of(TENANT), "WORKSPACE").trim_end();
        seen += "\n\n";
        bench.ok(&["apply", "-no-color", "plan"]);
        assert_eq!(bench.plan(), [""; 0], "{name} as it was taken over");
        bench.let_go();
    }
    expect![[r#"
        The connector's Content hub solution is not installed

          with defender_xdr_connector.it,
          on main.tf line 9, in resource "defender_xdr_connector" "it":
           9:   workspace_id = "WORKSPACE"

        The workspace
        WORKSPACE
        has no package "azuresentinel.azure-sentinel-solution-microsoft365defender"
        of the Microsoft Defender XDR connector. The connector can be made without
        it, and the portal then does not show it as connected; Microsoft's advice is
        to install the solution first.

        Unless a block of this configuration installs it already:

          resource "defender_content_solution" "NAME" {
            workspace_id = "WORKSPACE"
            product      = "Microsoft Defender XDR"
          }

        and depends_on for the connector to come after it. preflight = "off" in the
        provider block asks nothing.

        The connector's Content hub solution is not installed

          with defender_cloud_connector.it,
          on main.tf line 9, in resource "defender_cloud_connector" "it":
           9:   workspace_id = "WORKSPACE"

        The workspace
        WORKSPACE
        has no package
        "azuresentinel.azure-sentinel-solution-microsoftdefenderforcloud" of the
        Microsoft Defender for Cloud connector. The connector can be made without it,
        and the portal then does not show it as connected; Microsoft's advice is to
        install the solution first.

        Unless a block of this configuration installs it already:

          resource "defender_content_solution" "NAME" {
            workspace_id = "WORKSPACE"
            product      = "Microsoft Defender for Cloud"
          }

        and depends_on for the connector to come after it. preflight = "off" in the
        provider block asks nothing.

        The incident rule is there and is taken over

          with defender_incident_rule.it,
          on main.tf line 13, in resource "defender_incident_rule" "it":
          13:   adopt_existing = true

        adopt_existing = true, and
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/alertRules/7ca6d95d-6b5d-5b01-9f44-2cef2b1ad082

        What changes of it:
          - display_name: "What the cloud says" -> "Create incidents based on Microsoft Defender for Cloud alerts"
          - enabled: true -> false
          - severities: ["High"] -> nothing
          - display_name_filter: nothing -> ["x"]

        From then on a destroy removes it. If it turned up after the plan was made,
        Terraform calls the plan inconsistent and changes nothing: plan and apply
        once more.

        The selection of hunting tables is there and is taken over

          with defender_hunting_tables.it,
          on main.tf line 11, in resource "defender_hunting_tables" "it":
          11:   adopt_existing = true

        adopt_existing = true, and
        WORKSPACE
        has it as
          WORKSPACE|SentinelExportSettings-law

        What changes of it:
          - tables to be switched off: DeviceInfo
          - tables to be switched on: DeviceLogonEvents

        From then on a destroy removes it. If it turned up after the plan was made,
        Terraform calls the plan inconsistent and changes nothing: plan and apply
        once more.

        The table has a retention or plan of its own already

          with defender_table_retention.it,
          on main.tf line 10, in resource "defender_table_retention" "it":
          10:   table = "DeviceEvents"

        Somebody has set
          WORKSPACE/tables/DeviceEvents
        before, and this changes it (-1 is the default):
          - retention_in_days: 90 -> -1
          - total_retention_in_days: 365 -> 730

        Where a retention becomes less, data older than it will be removed. To begin
        with what is there, import the table:

          import {
            to = defender_table_retention.NAME
            id = "WORKSPACE/tables/DeviceEvents"
          }

        The onboarding to Microsoft Sentinel is there and is taken over

          with defender_workspace_onboarding.it,
          on main.tf line 10, in resource "defender_workspace_onboarding" "it":
          10:   adopt_existing = true

        adopt_existing = true, and
        WORKSPACE
        has it as
          WORKSPACE/providers/Microsoft.SecurityInsights/onboardingStates/default

        It is as configured, so nothing of it changes.

        From then on a destroy removes it. If it turned up after the plan was made,
        Terraform calls the plan inconsistent and changes nothing: plan and apply
        once more.

    "#]]
    .assert_eq(&seen);
}

#[test]
fn state_holds_an_identity_whatever_becomes_of_its_object() {
    for version in [FIRST_WITH_IDENTITIES, NEWEST] {
        let (mut bench, _) = made_and_forgotten(TENANT);
        let configuration = everything_in(TENANT);
        let adopting = configuration.replace("\n}\n", "\n  adopt_existing = true\n}\n");
        let adopting = adopting.replace("365\n  adopt_existing = true", "365");
        let adopting = adopting.replace("Endpoint\"]\n  adopt_existing = true", "Endpoint\"]");
        let is_known = |bench: &Bench, when: &str| {
            for address in addresses() {
                let Value::Object(stored) = bench.stored(&address) else { panic!("{address} {when}") };
                let state = &stored["attributes"];
                let expected = json!({ "id": state["id"], "tenant_id": state["tenant_id"] });
                assert_eq!(stored["identity"], expected, "{address} {when} on {version}");
            }
        };
        // Stored by a Terraform without identities, they come with the next run that stores anything, and are no change.
        bench.on_terraform(OLDEST).configure(&adopting);
        bench.apply();
        assert!(addresses().all(|address| bench.stored(&address)["identity"].is_null()));
        bench.on_terraform(version);
        assert_eq!(bench.plan(), [""; 0]);
        bench.ok(&["apply", "-no-color", "-refresh-only", "-auto-approve"]);
        is_known(&bench, "after a refresh");
        bench.configure(
            &adopting.replace("discovery_logs = true", "discovery_logs = false").replace("\"High\"", "\"Low\""),
        );
        bench.apply();
        is_known(&bench, "after an update");
        bench.ok(&[
            "apply",
            "-no-color",
            "-auto-approve",
            "-replace=defender_incident_rule.it",
            "-replace=defender_iot_connector.it",
        ]);
        is_known(&bench, "after a replacement");
        // Spelled otherwise it names the same.
        bench.spell_identities(str::to_uppercase);
        assert_eq!(bench.plan(), [""; 0]);
        bench.configure(&adopting);
        bench.apply();
        for address in addresses() {
            let stored = bench.stored(&address);
            let id = stored["attributes"]["id"].as_str().unwrap().to_uppercase();
            assert_eq!(stored["identity"]["id"], id, "{address} keeps the spelling on {version}");
        }
    }
}
