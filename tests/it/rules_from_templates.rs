//! The example that makes rules of templates, held against what azurerm documents of its rules: a stand-in has their schema,
//! and keeps what it is given.

use std::sync::Arc;

use async_trait::async_trait;
use expect_test::expect;
use serde_json::{Value as Json, json};
use terraform_provider_defender::plugin::{self, About};
use terraform_provider_defender::terraform::{
    Applied, Attribute, Block, Context, DataSource, Diagnostics, Function, Imported, ListResource, Nesting, Private,
    Provider, Read, Resource, Schema, Type, Value,
};

use crate::rule_templates::{content, rule, with};
use crate::served::Served;
use crate::terraform::{Bench, findings};

const ABOUT: About = About { name: "azurerm", version: "0.0.0", address: "registry.terraform.io/hashicorp/azurerm" };

const EXAMPLE: &str = include_str!("../../examples/rules-from-templates/main.tf");

/// Set where this test program serves the stand-in.
const SERVES: &str = "SERVE_RULES_OF_AZURERM";

#[test]
fn serves_where_it_is_asked_to() {
    if std::env::var_os(SERVES).is_some() {
        let rules = [Rule { is_scheduled: true }, Rule { is_scheduled: false }];
        let rules = rules.into_iter().map(|rule| Arc::new(rule) as Arc<dyn Resource>).collect();
        plugin::serve_debug(&ABOUT, Arc::new(Azurerm(rules)));
    }
}

struct Azurerm(Vec<Arc<dyn Resource>>);

#[async_trait]
impl Provider for Azurerm {
    fn schema(&self) -> Schema {
        let features = Block::new("Features.", Vec::new());
        Schema { version: 0, block: Block::new("azurerm.", Vec::new()).block("features", Nesting::List, features) }
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    async fn configure(&self, _: &Context, _: &str, _: Value) -> Diagnostics {
        Diagnostics::default()
    }

    fn resources(&self) -> &[Arc<dyn Resource>] {
        &self.0
    }

    fn list_resources(&self) -> &[Arc<dyn ListResource>] {
        &[]
    }

    fn data_sources(&self) -> &[Arc<dyn DataSource>] {
        &[]
    }

    fn functions(&self) -> &[Arc<dyn Function>] {
        &[]
    }
}

/// A rule, scheduled or in near real time.
struct Rule {
    is_scheduled: bool,
}

/// A block of texts that must be given, and texts that may be.
fn texts(required: &[&str], optional: &[&str]) -> Block {
    let required = required.iter().map(|name| Attribute::required(*name, Type::String, "Text."));
    let optional = optional.iter().map(|name| Attribute::optional(*name, Type::String, "Text."));
    Block::new("A block.", required.chain(optional).collect())
}

#[async_trait]
impl Resource for Rule {
    fn type_name(&self) -> &str {
        if self.is_scheduled { "azurerm_sentinel_alert_rule_scheduled" } else { "azurerm_sentinel_alert_rule_nrt" }
    }

    /// As azurerm documents the two, in its versions from 4.0 on; a block is as often there as its lists allow.
    fn schema(&self) -> Schema {
        let required = ["name", "log_analytics_workspace_id", "display_name", "severity", "query"];
        let optional =
            ["alert_rule_template_guid", "alert_rule_template_version", "description", "suppression_duration"];
        let mut block = texts(&required, &optional);
        block.attributes.extend([
            Attribute::computed("id", Type::String, "Id."),
            Attribute::optional("tactics", Type::set(Type::String), "Tactics."),
            Attribute::optional("techniques", Type::set(Type::String), "Techniques."),
            Attribute::optional("custom_details", Type::map(Type::String), "Details."),
            Attribute::optional("enabled", Type::Bool, "Whether it is on."),
            Attribute::optional("suppression_enabled", Type::Bool, "Whether it pauses."),
        ]);
        if self.is_scheduled {
            block.attributes.extend(texts(&[], &["query_frequency", "query_period", "trigger_operator"]).attributes);
            block.attributes.push(Attribute::optional("trigger_threshold", Type::Number, "Threshold."));
        }
        let mut grouping = texts(&[], &["lookback_duration", "entity_matching_method"]);
        grouping.attributes.extend([
            Attribute::optional("enabled", Type::Bool, "Whether alerts are grouped."),
            Attribute::optional("reopen_closed_incidents", Type::Bool, "Whether closed ones count."),
        ]);
        let by = ["by_entities", "by_alert_details", "by_custom_details"];
        grouping.attributes.extend(by.map(|name| Attribute::optional(name, Type::list(Type::String), "By what.")));
        let creates = Attribute::required("create_incident_enabled", Type::Bool, "Whether it makes incidents.");
        let incident = Block::new("Incidents.", vec![creates]).block("grouping", Nesting::List, grouping);
        let overrides = ["description_format", "display_name_format", "severity_column_name", "tactics_column_name"];
        let overrides = texts(&[], &overrides).block("dynamic_property", Nesting::List, texts(&["name", "value"], &[]));
        let fields = texts(&["identifier", "column_name"], &[]);
        let mapping = texts(&["entity_type"], &[]).block("field_mapping", Nesting::List, fields);
        let block = block
            .block("event_grouping", Nesting::List, texts(&["aggregation_method"], &[]))
            .block("incident", Nesting::List, incident)
            .block("alert_details_override", Nesting::List, overrides)
            .block("entity_mapping", Nesting::List, mapping)
            .block("sentinel_entity_mapping", Nesting::List, texts(&["column_name"], &[]));
        Schema { version: 0, block }
    }

    async fn read(&self, _: &Context, state: Value, private: Private) -> Read {
        Read::kept(&state, &private, Diagnostics::default())
    }

    async fn create(&self, _: &Context, planned: Value, private: Private) -> Applied {
        let mut state = planned;
        state.set("id", "made");
        Applied::kept(&state, &private, Diagnostics::default())
    }

    async fn update(&self, _: &Context, _: Value, planned: Value, private: Private) -> Applied {
        Applied::kept(&planned, &private, Diagnostics::default())
    }

    async fn delete(&self, _: &Context, _: Value, _: Private) -> Applied {
        Applied::nothing(Diagnostics::default())
    }

    async fn import(&self, _: &Context, _: &str) -> Result<Imported, Diagnostics> {
        unreachable!("{} is made only", self.type_name())
    }
}

/// The example on the emulator, beside the stand-in, as long as what this gives is kept.
fn served(bench: &mut Bench, example: &str) -> Served {
    let served = Served::by("rules_from_templates::serves_where_it_is_asked_to", SERVES, bench);
    bench.set("TF_REATTACH_PROVIDERS", &served.reattach);
    let url = bench.emulator.url();
    let endpoints = format!(
        "provider \"defender\" {{\n  endpoints {{\n    resource_manager = \"{url}\"\n    active_directory = \"{url}\"\n  }}\n}}\n"
    );
    std::fs::write(bench.path("main.tf"), example).unwrap();
    std::fs::write(bench.path("emulator_override.tf"), endpoints).unwrap();
    served
}

#[test]
fn every_argument_of_a_rule_comes_from_its_template() {
    let xdr = ["MicrosoftThreatProtection"];
    let mut full = rule("Scheduled", "Full", &xdr);
    let more = json!({
        "query": "DeviceEvents\n| where ActionType == \"${x}\"",
        "customDetails": { "Who": "AccountName" },
        "eventGroupingSettings": { "aggregationKind": "AlertPerResult" },
        "entityMappings": [
            { "entityType": "Host", "fieldMappings": [
                { "identifier": "HostName", "columnName": "Name" }, { "identifier": "DnsDomain", "columnName": "Domain" }
            ] },
            { "entityType": "IP", "fieldMappings": [{ "identifier": "Address", "columnName": "RemoteIP" }] },
        ],
        "alertDetailsOverride": { "alertDisplayNameFormat": "On {{Name}}", "alertDynamicProperties": [
            { "alertProperty": "AlertLink", "value": "Link" }
        ] },
    });
    full["properties"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut bare = rule("NRT", "Near real time", &xdr);
    bare["properties"]["description"] = json!("");
    let mut low = rule("Scheduled", "Of low severity", &xdr);
    low["properties"]["severity"] = json!("Low");
    let contents = [
        content(1, "1.0.2", full),
        content(2, "1.1.0", bare),
        content(3, "1.0.0", low),
        content(4, "1.0.0", rule("Scheduled", "Left out", &xdr)),
        content(5, "1.0.0", rule("Scheduled", "Of another product", &["OfficeATP"])),
    ];
    let mut bench = Bench::with(&with(&contents, &[]));
    bench.set("TF_VAR_without", "[\"00000000-0000-4000-8000-000000000004\"]");
    let _served = served(&mut bench, EXAMPLE);
    bench.apply();
    let made: Json = serde_json::from_str(&bench.ok(&["show", "-json"])).unwrap();
    let made = made["values"]["root_module"]["resources"].as_array().unwrap().iter();
    let shown = made.filter(|resource| resource["mode"] == "managed").map(|resource| {
        // What is not given says nothing of the example.
        let values = resource["values"].as_object().unwrap().iter();
        let given: serde_json::Map<_, _> =
            values.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())).collect();
        format!("{} {:#}\n", resource["address"].as_str().unwrap(), Json::Object(given))
    });
    expect![[r#"
        azurerm_sentinel_alert_rule_nrt.soc["00000000-0000-4000-8000-000000000002"] {
          "alert_details_override": [],
          "alert_rule_template_guid": "00000000-0000-4000-8000-000000000002",
          "alert_rule_template_version": "1.1.0",
          "custom_details": {},
          "display_name": "Near real time",
          "entity_mapping": [],
          "event_grouping": [
            {
              "aggregation_method": "SingleAlert"
            }
          ],
          "id": "made",
          "incident": [],
          "log_analytics_workspace_id": "WORKSPACE",
          "name": "00000000-0000-4000-8000-000000000002",
          "query": "DeviceEvents\n| take 1",
          "sentinel_entity_mapping": [],
          "severity": "High",
          "tactics": [
            "Execution"
          ],
          "techniques": [
            "T1059"
          ]
        }
        azurerm_sentinel_alert_rule_scheduled.soc["00000000-0000-4000-8000-000000000001"] {
          "alert_details_override": [
            {
              "description_format": null,
              "display_name_format": "On {{Name}}",
              "dynamic_property": [
                {
                  "name": "AlertLink",
                  "value": "Link"
                }
              ],
              "severity_column_name": null,
              "tactics_column_name": null
            }
          ],
          "alert_rule_template_guid": "00000000-0000-4000-8000-000000000001",
          "alert_rule_template_version": "1.0.2",
          "custom_details": {
            "Who": "AccountName"
          },
          "description": "What it is for.",
          "display_name": "Full",
          "entity_mapping": [
            {
              "entity_type": "Host",
              "field_mapping": [
                {
                  "column_name": "Name",
                  "identifier": "HostName"
                },
                {
                  "column_name": "Domain",
                  "identifier": "DnsDomain"
                }
              ]
            },
            {
              "entity_type": "IP",
              "field_mapping": [
                {
                  "column_name": "RemoteIP",
                  "identifier": "Address"
                }
              ]
            }
          ],
          "event_grouping": [
            {
              "aggregation_method": "AlertPerResult"
            }
          ],
          "id": "made",
          "incident": [
            {
              "create_incident_enabled": true,
              "grouping": [
                {
                  "by_alert_details": null,
                  "by_custom_details": null,
                  "by_entities": null,
                  "enabled": false,
                  "entity_matching_method": "AllEntities",
                  "lookback_duration": null,
                  "reopen_closed_incidents": null
                }
              ]
            }
          ],
          "log_analytics_workspace_id": "WORKSPACE",
          "name": "00000000-0000-4000-8000-000000000001",
          "query": "DeviceEvents\n| where ActionType == \"${x}\"",
          "query_frequency": "PT1H",
          "query_period": "P1D",
          "sentinel_entity_mapping": [],
          "severity": "High",
          "tactics": [
            "Execution"
          ],
          "techniques": [
            "T1059"
          ],
          "trigger_operator": "GreaterThan",
          "trigger_threshold": 0
        }"#]]
    .assert_eq(&bench.clean(&shown.collect::<String>()));
    assert_eq!(bench.plan(), [""; 0]);
}

#[test]
fn an_argument_that_azurerm_does_not_have_would_be_seen() {
    let contents = [content(1, "1.0.0", rule("Scheduled", "One", &["MicrosoftThreatProtection"]))];
    let mut bench = Bench::with(&with(&contents, &[]));
    let wrong = EXAMPLE.replace("create_incident_enabled", "create_incident").replace("  query_period ", "  period ");
    let _served = served(&mut bench, &wrong);
    expect![[r#"
        Error: Unsupported argument

          on main.tf line 84, in resource "azurerm_sentinel_alert_rule_scheduled" "soc":
          84:   period      = each.value.query_period

        An argument named "period" is not expected here.

        Error: Missing required argument

          on main.tf line 129, in resource "azurerm_sentinel_alert_rule_scheduled" "soc":
         129:   incident {

        The argument "create_incident_enabled" is required, but no definition was
        found.

        Error: Unsupported argument

          on main.tf line 130, in resource "azurerm_sentinel_alert_rule_scheduled" "soc":
         130:     create_incident = true

        An argument named "create_incident" is not expected here.
    "#]]
    .assert_eq(&findings(&bench.plan_errors()));
}
