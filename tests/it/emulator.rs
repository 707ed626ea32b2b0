//! The emulator as a client meets it: over https, through its binary.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod connectors;
mod content_packages;
mod content_templates;
mod export_settings;
mod faults;
mod federation;
mod from_nothing;
mod managed_identity;
mod queries;
mod sign_in;
mod surroundings;
mod tables;
mod workbooks;

use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, EmulatorProcess, Received, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};

const PREVIEW: &str = "2025-10-01-preview";
const STABLE: &str = "2025-09-01";
const OTHER_TENANT: &str = "44444444-4444-4444-8444-444444444444";

fn connector(kind: &str, data_types: &[&str]) -> Value {
    let states: serde_json::Map<String, Value> =
        data_types.iter().map(|name| ((*name).to_owned(), json!({"state": "Enabled"}))).collect();
    json!({"kind": kind, "properties": {"tenantId": TENANT, "dataTypes": states}})
}

fn path(resource: &str, version: &str) -> String {
    format!("{WORKSPACE}/providers/Microsoft.SecurityInsights/{resource}?api-version={version}")
}

fn scenario(behaviour: &Value) -> Value {
    json!({
        "tenants": [
            {"tenant_id": TENANT, "clients": [{"client_id": CLIENT, "client_secret": SECRET}]},
            {"tenant_id": OTHER_TENANT, "clients": [{"client_id": CLIENT, "client_secret": SECRET}]},
        ],
        "workspaces": [{
            "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT,
            "solutions": "none",
        }],
        "behaviour": behaviour,
    })
}

/// One emulator and a token for it.
struct Session {
    emulator: EmulatorProcess,
    token: String,
}

impl Session {
    async fn new(emulator: EmulatorProcess) -> Self {
        let token = emulator.arm_token().await;
        Self { emulator, token }
    }

    async fn get(&self, resource: &str, version: &str) -> Received {
        self.emulator.send("GET", &path(resource, version), Some(&self.token), None).await
    }

    async fn put(&self, resource: &str, version: &str, body: &Value) -> Received {
        self.emulator.send("PUT", &path(resource, version), Some(&self.token), Some(body)).await
    }

    async fn delete(&self, resource: &str, version: &str) -> Received {
        self.emulator.send("DELETE", &path(resource, version), Some(&self.token), None).await
    }
}

fn names(list: &Received) -> Vec<&str> {
    let value = list.body["value"].as_array().expect("a list");
    value.iter().map(|item| item["name"].as_str().expect("a name")).collect()
}
