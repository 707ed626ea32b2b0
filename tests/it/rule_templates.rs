//! The templates of analytics rules, from solutions and gallery to what Terraform has of them.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET};
use crate::terraform::{Bench, findings, sentinel};

/// A GUID that ends in a number.
fn guid(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// What a rule is made of, of a kind and needing some connectors, as ARM describes it.
pub fn rule(kind: &str, display_name: &str, connectors: &[&str]) -> Value {
    let needed: Vec<_> =
        connectors.iter().map(|id| json!({ "connectorId": id, "dataTypes": ["DeviceEvents"] })).collect();
    let mut properties = json!({
        "displayName": display_name, "description": "What it is for.", "severity": "High", "enabled": false,
        "query": "DeviceEvents\n| take 1", "status": "Available", "tactics": ["Execution"], "techniques": ["T1059"],
        "requiredDataConnectors": needed,
    });
    if kind == "Scheduled" {
        let schedule = [
            ("queryFrequency", json!("PT1H")),
            ("queryPeriod", json!("P1D")),
            ("triggerOperator", json!("GreaterThan")),
            ("triggerThreshold", json!(0)),
        ];
        properties.as_object_mut().unwrap().extend(schedule.map(|(name, value)| (name.to_owned(), value)));
    }
    json!({ "kind": kind, "properties": properties })
}

/// A rule as a solution's template deploys it.
pub fn content(number: u32, version: &str, mut rule: Value) -> Value {
    let id = guid(number);
    rule["type"] = json!("Microsoft.SecurityInsights/AlertRuleTemplates");
    rule["name"] = json!(id);
    let metadata = json!({ "type": "Microsoft.OperationalInsights/workspaces/providers/metadata", "properties": {} });
    json!({ "name": format!("law-demo-ar-{number}-{version}"), "properties": {
        "contentId": id, "contentKind": "AnalyticsRule", "version": version, "displayName": rule["properties"]["displayName"],
        "packageId": "azuresentinel.solution", "packageName": "The solution", "contentProductId": "p", "packageVersion": "3.0.0",
        "source": { "kind": "Solution" },
        "mainTemplate": { "$schema": "s", "contentVersion": "1.0.0.0", "resources": [rule, metadata] },
    } })
}

/// The built-in scenario with these templates of solutions and of the gallery.
pub fn with(contents: &[Value], gallery: &[Value]) -> Value {
    let mut scenario: Value = serde_json::from_str(include_str!("../../src/emulator/scenario.json")).unwrap();
    scenario["workspaces"][0]["content_templates"] = json!(contents);
    scenario["workspaces"][0]["alert_rule_templates"] = json!(gallery);
    scenario
}

/// A block for each connector; null is written as such.
fn blocks(connectors: &[&str]) -> String {
    let block = |(at, connector): (usize, &&str)| {
        format!(
            "data \"defender_analytics_rule_templates\" \"c{at}\" {{\n  workspace_id = var.workspace_id\n  connector    = \
             {connector}\n}}\n\noutput \"c{at}\" {{\n  value = data.defender_analytics_rule_templates.c{at}.templates\n}}\n"
        )
    };
    connectors.iter().enumerate().map(block).collect()
}

/// An output as JSON.
fn output(bench: &Bench, name: &str) -> Value {
    serde_json::from_str(&bench.ok(&["output", "-json", name])).unwrap()
}

/// The templates of an output in a line each.
fn lines(bench: &Bench, name: &str) -> String {
    let templates = output(bench, name);
    let line = |template: &Value| {
        let at = |field: &str| template[field].as_str().unwrap_or("null").to_owned();
        format!("{name} {} {} {} {}\n", at("display_name"), at("kind"), at("version"), at("solution_name"))
    };
    templates.as_array().unwrap().iter().map(line).collect()
}

/// The requests for templates, with what they ask for, sorted.
fn asked(bench: &Bench) -> String {
    let exchanges = bench.emulator.exchanges();
    let urls = exchanges.iter().map(|exchange| exchange["url"].as_str().unwrap().to_owned());
    let line = |url: String| {
        let (_, what) = url.split_once("Microsoft.SecurityInsights/")?;
        let what = what.replace("%28properties%2FcontentKind%20eq%20%27AnalyticsRule%27%29", "AR");
        let what = what.replace("%28properties/contentKind%20eq%20%27AnalyticsRule%27%29", "AR");
        Some(what.split("&$skipToken=").next().unwrap().replace("%2F", "/") + "\n")
    };
    let mut lines: Vec<_> = urls.filter_map(line).collect();
    lines.sort();
    lines.concat()
}

#[test]
fn templates_of_solutions_and_gallery_are_found_by_their_connectors() {
    let mut full =
        rule("Scheduled", "Full", &["MicrosoftThreatProtection", "BehaviorAnalytics", "microsoftThreatProtection"]);
    let more = json!({
        "customDetails": { "Who": "AccountName" },
        "eventGroupingSettings": { "aggregationKind": "AlertPerResult" },
        "entityMappings": [{ "entityType": "Host", "fieldMappings": [{ "identifier": "FullName", "columnName": "DeviceName" }] }],
        "alertDetailsOverride": { "alertDisplayNameFormat": "On {{DeviceName}}", "alertDynamicProperties": [
            { "alertProperty": "AlertLink", "value": "Link" }
        ] },
    });
    full["properties"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut workbook = content(9, "1.0.0", rule("Scheduled", "No rule", &["MicrosoftThreatProtection"]));
    workbook["properties"]["contentKind"] = json!("Workbook");
    let in_gallery = |number: u32, mut rule: Value| {
        rule["name"] = json!(guid(number));
        rule["properties"]["version"] = json!("2.0.0");
        rule
    };
    let gallery = [
        in_gallery(1, rule("Scheduled", "Full, of the gallery", &["MicrosoftThreatProtection"])),
        in_gallery(4, rule("NRT", "Of the gallery", &["OfficeATP"])),
        in_gallery(5, rule("MLBehaviorAnalytics", "No query", &["MicrosoftThreatProtection"])),
    ];
    let contents = [
        content(1, "1.0.9", full.clone()),
        content(2, "1.0.0", rule("NRT", "Near real time", &["MicrosoftThreatProtection"])),
        content(3, "1.1.0", rule("Scheduled", "Risky user", &["AzureActiveDirectoryIdentityProtection"])),
        content(6, "1.0.0", rule("Scheduled", "Sign-in logs", &["AzureActiveDirectory"])),
        content(7, "1.0.0", rule("Scheduled", "Syslog", &["Syslog"])),
        workbook,
    ];
    let mut contents = contents.to_vec();
    full["properties"]["displayName"] = json!("Full, newer");
    contents.push(content(1, "1.0.10", full));
    let mut scenario = with(&contents, &gallery);
    scenario["behaviour"] = json!({ "page_size": 4 });
    let bench = Bench::with(&scenario);
    let connectors =
        ["\"microsoft defender xdr\"", "null", "\"behavioranalytics\"", "\"AzureActiveDirectory\"", "\"OfficeIRM\""];
    bench.configure(&blocks(&connectors));
    bench.apply();
    let seen = (0..connectors.len()).map(|at| lines(&bench, &format!("c{at}"))).collect::<String>();
    expect![[r#"
        c0 Full, newer Scheduled 1.0.10 The solution
        c0 Near real time NRT 1.0.0 The solution
        c1 Full, newer Scheduled 1.0.10 The solution
        c1 Near real time NRT 1.0.0 The solution
        c1 Of the gallery NRT 2.0.0 null
        c1 Risky user Scheduled 1.1.0 The solution
        c2 Full, newer Scheduled 1.0.10 The solution
        c3 Sign-in logs Scheduled 1.0.0 The solution
    "#]]
    .assert_eq(&seen);
    // What was asked for all five blocks together, page after page.
    expect![[r#"
        alertRuleTemplates?api-version=2025-10-01-preview
        alertRuleTemplates?api-version=2025-10-01-preview
        alertRuleTemplates?api-version=2025-10-01-preview
        contentTemplates?api-version=2025-09-01&$filter=AR&$expand=properties/mainTemplate
        contentTemplates?api-version=2025-09-01&$filter=AR&$expand=properties/mainTemplate
    "#]]
    .assert_eq(&asked(&bench));
    expect![[r#"
        tolist([
          {
            "alert_details_override" = {
              "description_format" = tostring(null)
              "display_name_format" = "On {{DeviceName}}"
              "dynamic_properties" = tolist([
                {
                  "name" = "AlertLink"
                  "value" = "Link"
                },
              ])
              "severity_column_name" = tostring(null)
              "tactics_column_name" = tostring(null)
            }
            "connectors" = tolist([
              "MicrosoftThreatProtection",
              "BehaviorAnalytics",
            ])
            "custom_details" = tomap({
              "Who" = "AccountName"
            })
            "data_types" = tolist([
              "DeviceEvents",
            ])
            "description" = "What it is for."
            "display_name" = "Full, newer"
            "entity_mappings" = tolist([
              {
                "entity_type" = "Host"
                "field_mappings" = tolist([
                  {
                    "column_name" = "DeviceName"
                    "identifier" = "FullName"
                  },
                ])
              },
            ])
            "event_grouping" = "AlertPerResult"
            "kind" = "Scheduled"
            "name" = "00000000-0000-4000-8000-000000000001"
            "query" = <<-EOT
            DeviceEvents
            | take 1
            EOT
            "query_frequency" = "PT1H"
            "query_period" = "P1D"
            "severity" = "High"
            "solution_id" = "azuresentinel.solution"
            "solution_name" = "The solution"
            "status" = "Available"
            "tactics" = tolist([
              "Execution",
            ])
            "techniques" = tolist([
              "T1059",
            ])
            "trigger_operator" = "GreaterThan"
            "trigger_threshold" = 0
            "version" = "1.0.10"
          },
          {
            "alert_details_override" = null /* object */
            "connectors" = tolist([
              "MicrosoftThreatProtection",
            ])
            "custom_details" = tomap({})
            "data_types" = tolist([
              "DeviceEvents",
            ])
            "description" = "What it is for."
            "display_name" = "Near real time"
            "entity_mappings" = tolist([])
            "event_grouping" = tostring(null)
            "kind" = "NRT"
            "name" = "00000000-0000-4000-8000-000000000002"
            "query" = <<-EOT
            DeviceEvents
            | take 1
            EOT
            "query_frequency" = tostring(null)
            "query_period" = tostring(null)
            "severity" = "High"
            "solution_id" = "azuresentinel.solution"
            "solution_name" = "The solution"
            "status" = "Available"
            "tactics" = tolist([
              "Execution",
            ])
            "techniques" = tolist([
              "T1059",
            ])
            "trigger_operator" = tostring(null)
            "trigger_threshold" = tonumber(null)
            "version" = "1.0.0"
          },
        ])"#]]
    .assert_eq(&bench.ok(&["output", "-no-color", "c0"]));
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn a_query_comes_through_to_the_letter() {
    let hostile =
        ["${var.x} %{ if true } \"q\" \\ \u{1b}[31m\r\n\tÄ\u{2028}", &"x".repeat(100 << 10), "<<EOF\n$${a}\nEOF"];
    let contents = hostile.iter().enumerate().map(|(at, text)| {
        let mut rule = rule("Scheduled", &format!("{at} ${{var.x}}\n{{}}"), &["MicrosoftThreatProtection"]);
        rule["properties"]["query"] = json!(text);
        rule["properties"]["description"] = json!(text);
        rule["properties"]["customDetails"] = json!({ *text: "${column}" });
        content(at as u32, "1.0.0", rule)
    });
    let mut doubled = rule("Scheduled", "[[in brackets]", &["MicrosoftThreatProtection"]);
    doubled["properties"]["query"] = json!("[['My table'] | where a[0] == 1 | project ['b']");
    let contents: Vec<_> = contents.chain([content(8, "1.0.0", doubled)]).collect();
    let bench = Bench::with(&with(&contents, &[]));
    bench.configure(&blocks(&["null"]));
    bench.apply();
    let templates = output(&bench, "c0");
    for (at, text) in hostile.iter().enumerate() {
        let template = &templates[at];
        assert_eq!(template["display_name"], format!("{at} ${{var.x}}\n{{}}"));
        assert_eq!((&template["query"], &template["description"]), (&json!(text), &json!(text)));
        assert_eq!(template["custom_details"], json!({ *text: "${column}" }));
    }
    // How ARM writes a text that begins and ends with a bracket.
    assert_eq!(templates[3]["display_name"], "[in brackets]");
    assert_eq!(templates[3]["query"], "['My table'] | where a[0] == 1 | project ['b']");
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn what_a_list_leaves_out_is_asked_for() {
    let contents = [1, 2, 3].map(|number| {
        content(number, "1.0.0", rule("Scheduled", &format!("Rule {number}"), &["MicrosoftThreatProtection"]))
    });
    let list = "contentTemplates?";
    let refused =
        json!({ "status": 400, "body": { "error": { "code": "BadRequest", "message": "Invalid query parameter." } } });
    let mut seen = String::new();
    for faults in [
        json!([{ "match": { "path": list }, "action": { "strip": "/properties/mainTemplate" } }]),
        json!([{ "match": { "path": list }, "action": refused }]),
        // One of them is not found any more when it is asked for.
        json!([
            { "match": { "path": list }, "action": { "strip": "/properties/mainTemplate" } },
            { "match": { "path": "contentTemplates/law-demo-ar-2" }, "action": { "status": 404, "body": { "error": {
                "code": "ResourceNotFound", "message": "The resource was not found." } } } },
        ]),
    ] {
        let bench = Bench::with(&with(&contents, &[]));
        bench.faults(&faults);
        bench.configure(&blocks(&["null"]));
        let text = bench.apply();
        let told = text.lines().find(|line| line.contains("does not find it")).unwrap_or_default();
        assert_eq!(text.contains("left out"), !told.is_empty(), "{text}");
        seen += &format!("{}\n", told.trim_start_matches(['│', ' ']));
        seen += &format!("{}{}\n", lines(&bench, "c0"), asked(&bench));
    }
    expect![[r#"

        c0 Rule 1 Scheduled 1.0.0 The solution
        c0 Rule 2 Scheduled 1.0.0 The solution
        c0 Rule 3 Scheduled 1.0.0 The solution
        alertRuleTemplates?api-version=2025-10-01-preview
        contentTemplates/law-demo-ar-1-1.0.0?api-version=2025-09-01&$expand=properties/mainTemplate
        contentTemplates/law-demo-ar-2-1.0.0?api-version=2025-09-01&$expand=properties/mainTemplate
        contentTemplates/law-demo-ar-3-1.0.0?api-version=2025-09-01&$expand=properties/mainTemplate
        contentTemplates?api-version=2025-09-01&$filter=AR&$expand=properties/mainTemplate


        c0 Rule 1 Scheduled 1.0.0 The solution
        c0 Rule 2 Scheduled 1.0.0 The solution
        c0 Rule 3 Scheduled 1.0.0 The solution
        alertRuleTemplates?api-version=2025-10-01-preview
        contentTemplates/law-demo-ar-1-1.0.0?api-version=2025-09-01&$expand=properties/mainTemplate
        contentTemplates/law-demo-ar-2-1.0.0?api-version=2025-09-01&$expand=properties/mainTemplate
        contentTemplates/law-demo-ar-3-1.0.0?api-version=2025-09-01&$expand=properties/mainTemplate
        contentTemplates?api-version=2025-09-01&$filter=AR
        contentTemplates?api-version=2025-09-01&$filter=AR&$expand=properties/mainTemplate

        - "Rule 2": the list has it, but the service does not find it by itself
        c0 Rule 1 Scheduled 1.0.0 The solution
        c0 Rule 3 Scheduled 1.0.0 The solution
        alertRuleTemplates?api-version=2025-10-01-preview
        contentTemplates/law-demo-ar-1-1.0.0?api-version=2025-09-01&$expand=properties/mainTemplate
        contentTemplates/law-demo-ar-2-1.0.0?api-version=2025-09-01&$expand=properties/mainTemplate
        contentTemplates/law-demo-ar-3-1.0.0?api-version=2025-09-01&$expand=properties/mainTemplate
        contentTemplates?api-version=2025-09-01&$filter=AR&$expand=properties/mainTemplate

    "#]]
    .assert_eq(&seen);
}

#[test]
fn what_cannot_be_read_is_left_out_with_a_warning() {
    let sound = || rule("Scheduled", "Sound", &["MicrosoftThreatProtection"]);
    let bare = |number: u32, why: &str, change: &dyn Fn(&mut Value)| {
        let mut template = content(number, "1.0.0", rule("Scheduled", why, &["MicrosoftThreatProtection"]));
        change(&mut template["properties"]);
        template
    };
    let deployed = |properties: &mut Value, field: &str, value: Value| {
        properties["mainTemplate"]["resources"][0]["properties"][field] = value;
    };
    let contents = [
        content(1, "1.0.0", sound()),
        bare(2, "main template is a list", &|properties| properties["mainTemplate"] = json!([])),
        bare(3, "deploys nothing", &|properties| properties["mainTemplate"]["resources"] = json!("none")),
        bare(4, "deploys two", &|properties| {
            let rule = properties["mainTemplate"]["resources"][0].clone();
            properties["mainTemplate"]["resources"].as_array_mut().unwrap().push(rule);
        }),
        bare(5, "query is an expression", &|properties| deployed(properties, "query", json!("[variables('q')]"))),
        bare(6, &format!("query \u{1b}[31m is empty{}", "!".repeat(10_000)), &|properties| {
            deployed(properties, "query", json!(" "))
        }),
        bare(7, "no GUID", &|properties| {
            properties["contentId"] = json!("x");
            properties["mainTemplate"]["resources"][0]["name"] = json!("[variables('id')]");
        }),
        bare(8, "severity is a number", &|properties| deployed(properties, "severity", json!(3))),
        // Odd, but nothing that a rule needs.
        bare(9, "odd lists", &|properties| {
            deployed(properties, "tactics", json!("Execution"));
            deployed(properties, "entityMappings", json!([5, { "entityType": "Host", "fieldMappings": 1 }]));
            deployed(properties, "triggerThreshold", json!("many"));
        }),
        // The content's id is the rule's.
        bare(10, "named by an expression", &|properties| {
            properties["mainTemplate"]["resources"][0]["name"] = json!("[variables('id')]");
        }),
    ];
    let bench = Bench::with(&with(&contents, &[]));
    bench.configure(&blocks(&["\"Microsoft Defender XDR\""]));
    let text = bench.apply();
    let told = bench.clean(&text);
    expect![[r#"
        data.defender_analytics_rule_templates.c0: Reading...
        data.defender_analytics_rule_templates.c0: Read complete after 0s [id=WORKSPACE]

        Changes to Outputs:
          + c0 = [
              + {
                  + alert_details_override = null
                  + connectors             = [
                      + "MicrosoftThreatProtection",
                    ]
                  + custom_details         = {}
                  + data_types             = [
                      + "DeviceEvents",
                    ]
                  + description            = "What it is for."
                  + display_name           = "Sound"
                  + entity_mappings        = []
                  + event_grouping         = null
                  + kind                   = "Scheduled"
                  + name                   = "00000000-0000-4000-8000-000000000001"
                  + query                  = <<-EOT
                        DeviceEvents
                        | take 1
                    EOT
                  + query_frequency        = "PT1H"
                  + query_period           = "P1D"
                  + severity               = "High"
                  + solution_id            = "azuresentinel.solution"
                  + solution_name          = "The solution"
                  + status                 = "Available"
                  + tactics                = [
                      + "Execution",
                    ]
                  + techniques             = [
                      + "T1059",
                    ]
                  + trigger_operator       = "GreaterThan"
                  + trigger_threshold      = 0
                  + version                = "1.0.0"
                },
              + {
                  + alert_details_override = null
                  + connectors             = [
                      + "MicrosoftThreatProtection",
                    ]
                  + custom_details         = {}
                  + data_types             = [
                      + "DeviceEvents",
                    ]
                  + description            = "What it is for."
                  + display_name           = "named by an expression"
                  + entity_mappings        = []
                  + event_grouping         = null
                  + kind                   = "Scheduled"
                  + name                   = "00000000-0000-4000-8000-000000000010"
                  + query                  = <<-EOT
                        DeviceEvents
                        | take 1
                    EOT
                  + query_frequency        = "PT1H"
                  + query_period           = "P1D"
                  + severity               = "High"
                  + solution_id            = "azuresentinel.solution"
                  + solution_name          = "The solution"
                  + status                 = "Available"
                  + tactics                = [
                      + "Execution",
                    ]
                  + techniques             = [
                      + "T1059",
                    ]
                  + trigger_operator       = "GreaterThan"
                  + trigger_threshold      = 0
                  + version                = "1.0.0"
                },
              + {
                  + alert_details_override = null
                  + connectors             = [
                      + "MicrosoftThreatProtection",
                    ]
                  + custom_details         = {}
                  + data_types             = [
                      + "DeviceEvents",
                    ]
                  + description            = "What it is for."
                  + display_name           = "odd lists"
                  + entity_mappings        = [
                      + {
                          + entity_type    = "Host"
                          + field_mappings = []
                        },
                    ]
                  + event_grouping         = null
                  + kind                   = "Scheduled"
                  + name                   = "00000000-0000-4000-8000-000000000009"
                  + query                  = <<-EOT
                        DeviceEvents
                        | take 1
                    EOT
                  + query_frequency        = "PT1H"
                  + query_period           = "P1D"
                  + severity               = "High"
                  + solution_id            = "azuresentinel.solution"
                  + solution_name          = "The solution"
                  + status                 = "Available"
                  + tactics                = []
                  + techniques             = [
                      + "T1059",
                    ]
                  + trigger_operator       = "GreaterThan"
                  + trigger_threshold      = null
                  + version                = "1.0.0"
                },
            ]

        You can apply this plan to save these new output values to the Terraform
        state, without changing any real infrastructure.

        Warning: Templates are left out that cannot be read

          with data.defender_analytics_rule_templates.c0,
          on main.tf line 9, in data "defender_analytics_rule_templates" "c0":
           9:   workspace_id = var.workspace_id

        The service has these in
        WORKSPACE,
        but not as its description says; which connectors they need is not known
        either:
          - "deploys nothing": it does not deploy one template of a rule
          - "deploys two": it does not deploy one template of a rule
          - "main template is a list": the service does not show what it deploys (mainTemplate)
          - "no GUID": its name is no GUID
          - "query \u{1b}[31m is empty!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!": it has no query, or an expression in its place
          - "query is an expression": it has no query, or an expression in its place
          - "severity is a number": it has no severity

        All other templates are there. An update of the solution in the Content hub
        may mend them.

    "#]]
    .assert_eq(told.split_once("Apply complete").unwrap().0.trim_start());
    expect![[r#"
        c0 Sound Scheduled 1.0.0 The solution
        c0 named by an expression Scheduled 1.0.0 The solution
        c0 odd lists Scheduled 1.0.0 The solution
    "#]]
    .assert_eq(&lines(&bench, "c0"));
    // Only what the list did not show whole is asked for once more.
    expect![[r#"
        alertRuleTemplates?api-version=2025-10-01-preview
        contentTemplates/law-demo-ar-2-1.0.0?api-version=2025-09-01&$expand=properties/mainTemplate
        contentTemplates?api-version=2025-09-01&$filter=AR&$expand=properties/mainTemplate
    "#]]
    .assert_eq(&asked(&bench));
}

#[test]
fn what_stands_in_the_way_is_told() {
    let contents = [content(1, "1.0.0", rule("Scheduled", "Syslog", &["Syslog"]))];
    let mut scenario = with(&contents, &[]);
    let deny = ["Microsoft.SecurityInsights/contentTemplates/read"];
    let denied = json!([{ "client_id": CLIENT, "client_secret": SECRET, "deny": deny }]);
    let mut seen = String::new();
    for (clients, onboarded, connector) in [
        (json!(null), true, "\"Syslg\""),
        (json!(null), true, "\"Defender for Identity\""),
        (json!(null), true, "\"\""),
        (json!(null), false, "null"),
        (denied, true, "null"),
    ] {
        if clients.is_array() {
            scenario["tenants"][0]["clients"] = clients;
        }
        let bench = Bench::with(&scenario);
        if !onboarded {
            bench.portal("DELETE", &sentinel("onboardingStates/default"), None);
        }
        bench.configure(&blocks(&[connector]));
        seen += &format!("== {connector}\n{}", findings(&bench.plan_errors()));
    }
    expect![[r#"
        == "Syslg"
        Error: A connector that no template needs and this version does not know

          with data.defender_analytics_rule_templates.c0,
          on main.tf line 10, in data "defender_analytics_rule_templates" "c0":
          10:   connector    = "Syslg"

        Found "Syslg". Did you mean "Syslog"? Products that this version knows:
          - Microsoft Defender XDR
          - Microsoft Defender for Identity
          - Microsoft Defender for Endpoint
          - Microsoft Defender for Office 365
          - Microsoft Defender for Cloud Apps
          - Microsoft Defender for Cloud
          - Microsoft Defender for IoT
          - Microsoft Entra ID Protection
          - Microsoft Purview Insider Risk Management
          - Microsoft Defender Threat Intelligence
          - Premium Microsoft Defender Threat Intelligence

        Ids of connectors that it knows or that templates in
        WORKSPACE
        need:
          - AzureActiveDirectoryIdentityProtection
          - AzureAdvancedThreatProtection
          - AzureSecurityCenter
          - IoT
          - MicrosoftCloudAppSecurity
          - MicrosoftDefenderAdvancedThreatProtection
          - MicrosoftDefenderForCloudTenantBased
          - MicrosoftDefenderThreatIntelligence
          - MicrosoftThreatProtection
          - OfficeATP
          - OfficeIRM
          - PremiumMicrosoftDefenderForThreatIntelligence
          - Syslog

        Write one of them, or leave the attribute out for the connectors of all these
        products.
        == "Defender for Identity"
        Error: A connector that no template needs and this version does not know

          with data.defender_analytics_rule_templates.c0,
          on main.tf line 10, in data "defender_analytics_rule_templates" "c0":
          10:   connector    = "Defender for Identity"

        Found "Defender for Identity". Did you mean "Microsoft Defender for
        Identity"? Products that this version knows:
          - Microsoft Defender XDR
          - Microsoft Defender for Identity
          - Microsoft Defender for Endpoint
          - Microsoft Defender for Office 365
          - Microsoft Defender for Cloud Apps
          - Microsoft Defender for Cloud
          - Microsoft Defender for IoT
          - Microsoft Entra ID Protection
          - Microsoft Purview Insider Risk Management
          - Microsoft Defender Threat Intelligence
          - Premium Microsoft Defender Threat Intelligence

        Ids of connectors that it knows or that templates in
        WORKSPACE
        need:
          - AzureActiveDirectoryIdentityProtection
          - AzureAdvancedThreatProtection
          - AzureSecurityCenter
          - IoT
          - MicrosoftCloudAppSecurity
          - MicrosoftDefenderAdvancedThreatProtection
          - MicrosoftDefenderForCloudTenantBased
          - MicrosoftDefenderThreatIntelligence
          - MicrosoftThreatProtection
          - OfficeATP
          - OfficeIRM
          - PremiumMicrosoftDefenderForThreatIntelligence
          - Syslog

        Write one of them, or leave the attribute out for the connectors of all these
        products.
        == ""
        Error: A connector that no template needs and this version does not know

          with data.defender_analytics_rule_templates.c0,
          on main.tf line 10, in data "defender_analytics_rule_templates" "c0":
          10:   connector    = ""

        Found "". Products that this version knows:
          - Microsoft Defender XDR
          - Microsoft Defender for Identity
          - Microsoft Defender for Endpoint
          - Microsoft Defender for Office 365
          - Microsoft Defender for Cloud Apps
          - Microsoft Defender for Cloud
          - Microsoft Defender for IoT
          - Microsoft Entra ID Protection
          - Microsoft Purview Insider Risk Management
          - Microsoft Defender Threat Intelligence
          - Premium Microsoft Defender Threat Intelligence

        Ids of connectors that it knows or that templates in
        WORKSPACE
        need:
          - AzureActiveDirectoryIdentityProtection
          - AzureAdvancedThreatProtection
          - AzureSecurityCenter
          - IoT
          - MicrosoftCloudAppSecurity
          - MicrosoftDefenderAdvancedThreatProtection
          - MicrosoftDefenderForCloudTenantBased
          - MicrosoftDefenderThreatIntelligence
          - MicrosoftThreatProtection
          - OfficeATP
          - OfficeIRM
          - PremiumMicrosoftDefenderForThreatIntelligence
          - Syslog

        Write one of them, or leave the attribute out for the connectors of all these
        products.
        == null
        Error: Could not read the templates of analytics rules

          with data.defender_analytics_rule_templates.c0,
          on main.tf line 9, in data "defender_analytics_rule_templates" "c0":
           9:   workspace_id = var.workspace_id

        The workspace is not onboarded to Microsoft Sentinel.
        Workspace:
        WORKSPACE

        The service said: 400 BadRequest: Workspace 'law-demo' is not onboarded to
        Microsoft Sentinel. Onboard the workspace and try again.
        Request: GET
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/contentTemplates
        Request id: GUID

        Onboard it first with defender_workspace_onboarding, and let this resource
        wait for that with depends_on. With the azurerm provider that is
        azurerm_sentinel_log_analytics_workspace_onboarding.
        == null
        Error: Could not read the templates of analytics rules

          with data.defender_analytics_rule_templates.c0,
          on main.tf line 9, in data "defender_analytics_rule_templates" "c0":
           9:   workspace_id = var.workspace_id

        The caller has no permission for this.
        Workspace:
        WORKSPACE

        The service said: 403 AuthorizationFailed: The client
        '33333333-3333-4333-8333-333333333333' with object id
        'a06235ec-913f-5545-8bb3-4cc4df9589b3' does not have authorization to perform
        action 'Microsoft.SecurityInsights/contentTemplates/read' over scope
        'WORKSPACE/providers/Microsoft.SecurityInsights/contentTemplates'
        or the scope is invalid. If access was recently granted, please refresh your
        credentials.
        Request: GET
        https://EMULATORWORKSPACE/providers/Microsoft.SecurityInsights/contentTemplates
        Request id: GUID

        Give it Microsoft Sentinel Reader, or Reader, on
        WORKSPACE.
        A new role assignment can take some minutes to count.
    "#]]
    .assert_eq(&seen);
}

/// Whatever goes wrong with one of the requests, what is shown is all that is there, or the fault is told.
#[test]
fn no_fault_makes_templates_vanish_in_silence() {
    let contents = [1, 2].map(|number| {
        content(number, "1.0.0", rule("Scheduled", &format!("Rule {number}"), &["MicrosoftThreatProtection"]))
    });
    let mut of_gallery = rule("NRT", "Of the gallery", &["OfficeATP"]);
    of_gallery["name"] = json!(guid(4));
    let bench = Bench::with(&with(&contents, &[of_gallery]));
    bench.configure(&blocks(&["null"]));
    bench.apply();
    let whole = lines(&bench, "c0");
    let actions = [
        json!({ "drop": "before" }),
        json!({ "truncate": 10 }),
        json!({ "raw_body": "<html>" }),
        json!({ "raw_body": "{}" }),
        json!({ "raw_body": "{\"value\": {}}" }),
        json!({ "raw_body": "{\"value\": [], \"nextLink\": \"https://elsewhere.example/\"}" }),
        json!({ "strip": "/value" }),
        json!({ "strip": "/properties" }),
        json!({ "status": 404, "body": { "error": { "code": "InvalidResourceType", "message": "No such type." } } }),
        json!({ "status": 400, "body": { "error": { "code": "BadRequest", "message": "No." } } }),
        json!({ "status": 503, "headers": { "retry-after": "0" } }),
        json!({ "status": 403, "body": { "error": { "code": "AuthorizationFailed", "message": "No." } } }),
    ];
    let mut seen = String::new();
    for path in ["contentTemplates?", "alertRuleTemplates?", "contentTemplates/law-demo-ar-1"] {
        for action in &actions {
            // One that is asked for by itself needs a list that leaves something out.
            let in_part =
                json!({ "match": { "path": "contentTemplates?" }, "action": { "strip": "/properties/mainTemplate" } });
            let fault = json!({ "match": { "path": path }, "action": action });
            let faults = if path.ends_with('?') { json!([fault]) } else { json!([in_part, fault]) };
            bench.faults(&faults);
            let outcome = bench.run(&["apply", "-no-color", "-auto-approve", "-input=false"]);
            bench.admin("DELETE", "/faults", None);
            let told =
                ["Error: ", "Warning: Templates are left out"].into_iter().find(|told| outcome.text.contains(told));
            let shown = if outcome.code == 0 && lines(&bench, "c0") == whole { "all" } else { "not all" };
            assert!(shown == "all" || told.is_some(), "{path} {action}: {}", outcome.text);
            let summary = outcome.text.split("Error: ").nth(1).and_then(|rest| rest.lines().next());
            seen += &format!("{path} {action}: {}\n", summary.or(told).unwrap_or(shown));
        }
    }
    expect![[r#"
        contentTemplates? {"drop":"before"}: all
        contentTemplates? {"truncate":10}: all
        contentTemplates? {"raw_body":"<html>"}: Could not read the templates of analytics rules
        contentTemplates? {"raw_body":"{}"}: Could not read the templates of analytics rules
        contentTemplates? {"raw_body":"{\"value\": {}}"}: Could not read the templates of analytics rules
        contentTemplates? {"raw_body":"{\"value\": [], \"nextLink\": \"https://elsewhere.example/\"}"}: Could not read the templates of analytics rules
        contentTemplates? {"strip":"/value"}: Could not read the templates of analytics rules
        contentTemplates? {"strip":"/properties"}: all
        contentTemplates? {"body":{"error":{"code":"InvalidResourceType","message":"No such type."}},"status":404}: Could not read the templates of analytics rules
        contentTemplates? {"body":{"error":{"code":"BadRequest","message":"No."}},"status":400}: all
        contentTemplates? {"headers":{"retry-after":"0"},"status":503}: all
        contentTemplates? {"body":{"error":{"code":"AuthorizationFailed","message":"No."}},"status":403}: Could not read the templates of analytics rules
        alertRuleTemplates? {"drop":"before"}: all
        alertRuleTemplates? {"truncate":10}: all
        alertRuleTemplates? {"raw_body":"<html>"}: Could not read the templates of analytics rules
        alertRuleTemplates? {"raw_body":"{}"}: Could not read the templates of analytics rules
        alertRuleTemplates? {"raw_body":"{\"value\": {}}"}: Could not read the templates of analytics rules
        alertRuleTemplates? {"raw_body":"{\"value\": [], \"nextLink\": \"https://elsewhere.example/\"}"}: Could not read the templates of analytics rules
        alertRuleTemplates? {"strip":"/value"}: Could not read the templates of analytics rules
        alertRuleTemplates? {"strip":"/properties"}: Warning: Templates are left out
        alertRuleTemplates? {"body":{"error":{"code":"InvalidResourceType","message":"No such type."}},"status":404}: Could not read the templates of analytics rules
        alertRuleTemplates? {"body":{"error":{"code":"BadRequest","message":"No."}},"status":400}: Could not read the templates of analytics rules
        alertRuleTemplates? {"headers":{"retry-after":"0"},"status":503}: all
        alertRuleTemplates? {"body":{"error":{"code":"AuthorizationFailed","message":"No."}},"status":403}: Could not read the templates of analytics rules
        contentTemplates/law-demo-ar-1 {"drop":"before"}: all
        contentTemplates/law-demo-ar-1 {"truncate":10}: all
        contentTemplates/law-demo-ar-1 {"raw_body":"<html>"}: Warning: Templates are left out
        contentTemplates/law-demo-ar-1 {"raw_body":"{}"}: Warning: Templates are left out
        contentTemplates/law-demo-ar-1 {"raw_body":"{\"value\": {}}"}: Warning: Templates are left out
        contentTemplates/law-demo-ar-1 {"raw_body":"{\"value\": [], \"nextLink\": \"https://elsewhere.example/\"}"}: Warning: Templates are left out
        contentTemplates/law-demo-ar-1 {"strip":"/value"}: all
        contentTemplates/law-demo-ar-1 {"strip":"/properties"}: Warning: Templates are left out
        contentTemplates/law-demo-ar-1 {"body":{"error":{"code":"InvalidResourceType","message":"No such type."}},"status":404}: Could not read the templates of analytics rules
        contentTemplates/law-demo-ar-1 {"body":{"error":{"code":"BadRequest","message":"No."}},"status":400}: Could not read the templates of analytics rules
        contentTemplates/law-demo-ar-1 {"headers":{"retry-after":"0"},"status":503}: all
        contentTemplates/law-demo-ar-1 {"body":{"error":{"code":"AuthorizationFailed","message":"No."}},"status":403}: Could not read the templates of analytics rules
    "#]].assert_eq(&seen);
}
