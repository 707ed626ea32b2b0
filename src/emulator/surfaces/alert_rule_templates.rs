//! `alertRuleTemplates`: the read-only templates that incident rules are made from, and those of a scenario. GUIDs from the
//! fact sheet; two are \[spec\], the rest \[seen\] in other people's code.

use serde_json::{Value, json};

use super::arm_call::{ArmCall, method_is};
use crate::emulator::exchange::{Answer, Reply};
use crate::emulator::refusals;
use crate::emulator::workspace::Workspace;

const TYPE: &str = "Microsoft.SecurityInsights/alertRuleTemplates";

struct Template {
    name: &'static str,
    /// The product's filter; Fusion has none.
    product: Option<&'static str>,
    display_name: &'static str,
}

const TEMPLATES: [Template; 8] = [
    Template {
        name: "40ba9493-4183-4eee-974f-87fe39c8f267",
        product: Some("Azure Advanced Threat Protection"),
        display_name: "Create incidents based on Microsoft Defender for Identity alerts",
    },
    Template {
        name: "327cd4ed-ca42-454b-887c-54e1c91363c6",
        product: Some("Microsoft Defender Advanced Threat Protection"),
        display_name: "Create incidents based on Microsoft Defender for Endpoint alerts",
    },
    Template {
        name: "ee1d718b-9ed9-4a71-90cd-a483a4f008df",
        product: Some("Office 365 Advanced Threat Protection"),
        display_name: "Create incidents based on Microsoft Defender for Office 365 alerts",
    },
    Template {
        name: "b3cfc7c0-092c-481c-a55b-34a3979758cb",
        product: Some("Microsoft Cloud App Security"),
        display_name: "Create incidents based on Microsoft Cloud App Security alerts",
    },
    Template {
        name: "90586451-7ba8-4c1e-9904-7d1b7c3cc4d6",
        product: Some("Azure Security Center"),
        display_name: "Create incidents based on Microsoft Defender for Cloud",
    },
    Template {
        name: "532c1811-79ee-4d9f-8d4d-6304c840daa1",
        product: Some("Azure Active Directory Identity Protection"),
        display_name: "Create incidents based on Azure Active Directory Identity Protection alerts",
    },
    Template {
        name: "a2e0eb51-1f11-461a-999b-cd0ebe5c7a72",
        product: Some("Azure Security Center for IoT"),
        display_name: "Create incidents based on Azure Defender for IoT alerts",
    },
    Template { name: FUSION, product: None, display_name: "Advanced Multistage Attack Detection" },
];

/// The template of the built-in Fusion rule.
pub const FUSION: &str = "f71aba3d-28fb-450b-b192-4e76a83015c8";

/// Answers a call on the templates.
pub fn answer(workspace: &Workspace, arm: &ArmCall<'_>) -> Answer {
    method_is(arm.call, "GET")?;
    let id = workspace.id();
    let loaded = workspace.alert_rule_templates.all().map(|template| template.render(&id, TYPE));
    let mut templates = TEMPLATES.iter().map(|template| template.render(&id)).chain(loaded);
    match arm.name {
        None => Ok(arm.page(templates.collect())),
        Some(name) => {
            let is_it = |template: &Value| template["name"].as_str().is_some_and(|is| is.eq_ignore_ascii_case(name));
            let template = templates.find(is_it).ok_or_else(|| refusals::not_found(TYPE, name))?;
            Ok(Reply::json(200, template))
        }
    }
}

impl Template {
    fn render(&self, workspace_id: &str) -> Value {
        let mut properties = json!({
            "alertRulesCreatedByTemplateCount": 0,
            "createdDateUTC": "2019-07-25T00:00:00Z",
            "lastUpdatedDateUTC": "2024-01-01T00:00:00Z",
            "description": self.display_name,
            "displayName": self.display_name,
            "status": "Available",
            "requiredDataConnectors": [],
        });
        let kind = match self.product {
            Some(product) => {
                properties["productFilter"] = json!(product);
                "MicrosoftSecurityIncidentCreation"
            }
            None => {
                properties["severity"] = json!("High");
                properties["tactics"] = json!(["LateralMovement", "Exfiltration", "CommandAndControl"]);
                "Fusion"
            }
        };
        json!({
            "id": format!("{workspace_id}/providers/{TYPE}/{}", self.name),
            "name": self.name,
            "type": TYPE,
            "kind": kind,
            "properties": properties,
        })
    }
}
