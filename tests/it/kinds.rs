//! One resource of each make, and how to see in the service whether what it manages is there.

use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::terraform::{Bench, Outcome, sentinel};

/// A resource of one make.
pub struct Kind {
    pub resource: &'static str,
    pub arguments: &'static str,
    /// A part of the address that it is read at.
    pub path: &'static str,
    /// The method that removes it, or sets it back.
    pub removes: &'static str,
    /// Whether the service has what it manages, as the emulator's state shows.
    lives: fn(&Value) -> bool,
    /// What the service has before.
    before: fn(&Bench),
}

pub const CONNECTOR: Kind = Kind {
    resource: "defender_xdr_connector",
    arguments: "alerts = true",
    path: "dataConnectors",
    removes: "DELETE",
    lives: |world| has(&world["workspaces"][0]["connectors"]),
    before: |_| (),
};

pub const RULE: Kind = Kind {
    resource: "defender_incident_rule",
    arguments: "product = \"Microsoft Defender for Identity\"",
    path: "alertRules",
    removes: "DELETE",
    lives: |world| has(&world["workspaces"][0]["alert_rules"]),
    before: |_| (),
};

pub const HUNTING: Kind = Kind {
    resource: "defender_hunting_tables",
    arguments: "tables = [\"DeviceEvents\"]",
    path: "dataExportSettings",
    removes: "DELETE",
    lives: |world| has(&world["tenants"][0]["export_settings"]),
    before: |_| (),
};

pub const ONBOARDING: Kind = Kind {
    resource: "defender_workspace_onboarding",
    arguments: "",
    path: "onboardingStates",
    removes: "DELETE",
    lives: |world| world["workspaces"][0]["onboarded"] == true,
    before: |bench| bench.portal("DELETE", &sentinel("onboardingStates/default"), None),
};

pub const RETENTION: Kind = Kind {
    resource: "defender_table_retention",
    arguments: "table = \"DeviceEvents\"\n  retention_in_days = 180\n  total_retention_in_days = 365",
    path: "tables/DeviceEvents",
    removes: "PATCH",
    lives: |world| world["workspaces"][0]["tables"]["DeviceEvents"]["retentionInDays"] == 180,
    before: |_| (),
};

pub const WORKBOOK: Kind = Kind {
    resource: "defender_ingestion_workbook",
    arguments: "tables = [\"DeviceEvents\"]",
    path: "Microsoft.Insights/workbooks",
    removes: "DELETE",
    lives: |world| has(&world["workbooks"]),
    before: |_| (),
};

pub const ANOMALIES: Kind = Kind {
    resource: "defender_anomalies",
    arguments: "",
    path: "SecurityInsights/settings",
    removes: "DELETE",
    lives: |world| has(&world["workspaces"][0]["settings"]),
    before: |_| (),
};

pub const ENTITY_ANALYTICS: Kind =
    Kind { resource: "defender_entity_analytics", arguments: "providers = [\"AzureActiveDirectory\"]", ..ANOMALIES };

pub const SOLUTION: Kind = Kind {
    resource: "defender_content_solution",
    arguments: "product = \"Microsoft Defender for Identity\"",
    path: "contentPackages",
    removes: "DELETE",
    lives: |world| {
        let packages = world["workspaces"][0]["content_packages"].as_array();
        packages
            .into_iter()
            .flatten()
            .any(|package| package["name"].as_str().is_some_and(|name| name.ends_with("identity")))
    },
    before: |bench| {
        let installed = sentinel("contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity");
        bench.portal("DELETE", &installed, None);
    },
};

/// It lives as long as the rule that the portal made is off.
pub const SUPPRESSION: Kind = Kind {
    resource: "defender_incident_rule_suppression",
    arguments: "products = [\"Microsoft Defender for Identity\"]",
    path: "alertRules",
    removes: "PUT",
    lives: |world| world["workspaces"][0]["alert_rules"][0]["properties"]["enabled"] == false,
    before: |bench| rule_by_hand(bench, "by-hand", "Azure Advanced Threat Protection"),
};

fn has(list: &Value) -> bool {
    list.as_array().is_some_and(|items| !items.is_empty())
}

/// Somebody makes a rule in the portal.
pub fn rule_by_hand(bench: &Bench, name: &str, product: &str) {
    rule_by_hand_in(bench, WORKSPACE, name, product);
}

/// The same in another workspace.
pub fn rule_by_hand_in(bench: &Bench, workspace: &str, name: &str, product: &str) {
    let body = json!({ "kind": "MicrosoftSecurityIncidentCreation", "properties": {
        "displayName": name, "enabled": true, "productFilter": product } });
    let id = format!("{workspace}/providers/Microsoft.SecurityInsights/alertRules/{name}");
    bench.portal("PUT", &id, Some(&body));
}

impl Kind {
    /// The address of the block of this name.
    pub fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.resource)
    }

    /// Its block, with more in it. No operation takes long, so that what never comes to an end ends the test.
    pub fn block(&self, name: &str, more: &str) -> String {
        let timeouts = "create = \"8s\"\n    read = \"3s\"\n    update = \"3s\"\n    delete = \"3s\"";
        format!(
            "resource \"{}\" \"{name}\" {{\n  workspace_id = var.workspace_id\n  {}\n  {more}\n  timeouts {{\n    {timeouts}\n  }}\n}}\n",
            self.resource, self.arguments
        )
    }

    /// A bench whose service has nothing of it yet. A second workspace keeps the group when the first is deleted.
    pub fn bench(&self) -> Bench {
        let workspace = |name: &str| json!({ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": name, "tenant_id": TENANT });
        let bench = Bench::with(&json!({
            "tenants": [{
                "tenant_id": TENANT,
                "clients": [{ "client_id": CLIENT, "client_secret": SECRET }],
                "export_settings_accept_app_tokens": true,
            }],
            "workspaces": [workspace("law-demo"), workspace("law-spare")],
        }));
        (self.before)(&bench);
        bench
    }

    /// A bench with the block "it", applied.
    pub fn made(&self) -> Bench {
        let bench = self.bench();
        bench.configure(&self.block("it", ""));
        bench.apply();
        assert!(self.lives(&bench), "{}", self.resource);
        bench
    }

    /// Whether the service has what it manages.
    pub fn lives(&self, bench: &Bench) -> bool {
        (self.lives)(&bench.admin("GET", "/state", None))
    }

    /// Whether both the service and state have it.
    pub fn is_kept(&self, bench: &Bench, name: &str) -> bool {
        self.lives(bench) && known(bench, &self.at(name))
    }

    /// Removes everything, the long way if the short one is refused, and says what is wrong with that.
    pub fn check_destroyable(&self, bench: &Bench, what: &str, wrong: &mut Vec<String>) {
        bench.admin("DELETE", "/faults", None);
        let first = destroy(bench, &[]);
        let mut text = first.text;
        let mut code = first.code;
        if code != 0 {
            let second = destroy(bench, &["-refresh=false"]);
            text = format!("{text}\n== -refresh=false\n{}", second.text);
            code = second.code;
        }
        if code != 0 {
            wrong.push(format!("{} {what}: cannot be destroyed:\n{text}", self.resource));
        } else if self.lives(bench) {
            wrong.push(format!("{} {what}: said to be destroyed, and it lives", self.resource));
        }
    }
}

/// Applies with more options, whatever comes of it.
pub fn apply(bench: &Bench, options: &[&str]) -> Outcome {
    bench.run(&[&["apply", "-no-color", "-input=false", "-auto-approve"], options].concat())
}

/// Destroys with more options, whatever comes of it.
pub fn destroy(bench: &Bench, options: &[&str]) -> Outcome {
    bench.run(&[&["destroy", "-no-color", "-input=false", "-auto-approve"], options].concat())
}

/// Plans with more options; the exit code is 0 without changes, 1 for errors and 2 for changes.
pub fn plan(bench: &Bench, options: &[&str]) -> Outcome {
    bench.run(&[&["plan", "-no-color", "-input=false", "-detailed-exitcode"], options].concat())
}

/// Whether state has a resource.
pub fn known(bench: &Bench, address: &str) -> bool {
    bench.run(&["state", "list"]).text.lines().any(|line| line == address)
}

/// The id of the workspace's object, as the configuration spells it.
pub fn in_workspace(below: &str) -> String {
    format!("{WORKSPACE}{below}")
}
