//! What Terraform manages already, by its state files, and by what `terraform show -json` says of a state.

use std::collections::HashMap;
use std::path::Path;

use super::forms::{self, Object};
use crate::provider::messages;
use crate::terraform::{Diagnostic, Provider};

/// Objects that have an address, by their ids.
#[derive(Debug, Default)]
pub struct Managed(HashMap<String, String>);

impl Managed {
    /// The address of an object.
    pub fn address(&self, id: &str) -> Option<&str> {
        self.0.get(&id.to_ascii_lowercase()).map(String::as_str)
    }

    /// Takes in what a file says; what of it cannot be told is given back.
    pub fn read(&mut self, file: &Path, provider: &dyn Provider) -> Vec<Diagnostic> {
        let name = file.display().to_string();
        let refused = |why: &str| vec![messages::bad_state(&name, why)];
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) => return refused(&error.to_string()),
        };
        let mut told = Vec::new();
        for part in forms::documents(&bytes) {
            match part {
                Ok(document) => {
                    let managed = document.objects.into_iter().filter(|object| !object.is_data);
                    told.extend(managed.filter_map(|object| self.take(&name, object, provider)));
                }
                Err(unread) => told.extend(refused(&unread.why())),
            }
        }
        told
    }

    fn take(&mut self, file: &str, object: Object, provider: &dyn Provider) -> Option<Diagnostic> {
        let Object { address, kind, schema_version, attributes, .. } = object;
        let ours = provider.resources().iter().find(|resource| resource.type_name() == kind);
        let Some(id) = attributes.text("id") else {
            return ours.map(|_| messages::state_without_id(file, &address));
        };
        self.0.insert(id.to_ascii_lowercase(), address.clone());
        // A suppression keeps rules that are no block's own.
        for rule in attributes.texts("suppressed_rules") {
            self.0.entry(rule.to_ascii_lowercase()).or_insert_with(|| address.clone());
        }
        let known = ours?.schema().version;
        (schema_version > known).then(|| messages::newer_state(file, &address, id, schema_version, known))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::provider::DefenderProvider;

    fn read(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.tfstate");
        std::fs::write(&file, text).unwrap();
        let mut managed = Managed::default();
        let told = managed.read(&file, &DefenderProvider::default());
        let mut lines: Vec<_> = managed.0.iter().map(|(id, address)| format!("{address}: {id}\n")).collect();
        lines.sort();
        let first = |finding: &Diagnostic| finding.detail.lines().next().unwrap().to_owned();
        let told = told.iter().map(|finding| format!("{}: {}\n", finding.summary, first(finding)));
        lines.into_iter().chain(told).collect::<String>().replace(&folder.path().display().to_string(), "FOLDER")
    }

    #[test]
    fn both_forms_name_what_is_managed() {
        let stored = json!({
            "version": 4,
            "resources": [
                { "mode": "data", "type": "defender_workspace", "name": "d", "instances": [{ "attributes": { "id": "/D" } }] },
                {
                    "module": "module.a[\"b\"]", "mode": "managed", "type": "defender_xdr_connector", "name": "x",
                    "instances": [
                        { "index_key": "k", "schema_version": 0, "attributes": { "id": "/A/B" } },
                        { "index_key": 1, "schema_version": 9, "attributes": { "id": "/A/C" } },
                        { "index_key": 2, "schema_version": 0, "attributes_flat": { "id": "/A/D" } },
                    ],
                },
                { "mode": "managed", "type": "azurerm_x", "name": "y", "instances": [{ "attributes": { "id": "/Y" } }] },
                { "mode": "managed", "type": "random_x", "name": "z", "instances": [{ "attributes": {} }] },
                {
                    "mode": "managed", "type": "defender_incident_rule_suppression", "name": "s",
                    "instances": [{ "attributes": { "id": "/W", "suppressed_rules": ["/W/R"] } }],
                },
            ],
        });
        let rest = json!({ "resources": [{ "address": "module.a.x_y.z", "mode": "managed", "type": "x_y", "values": { "id": "/S" } }] });
        let shown = json!({
            "format_version": "1.0",
            "values": { "root_module": {
                "resources": [
                    { "address": "a.b", "mode": "managed", "type": "a", "values": { "id": "/R" } },
                    { "address": "data.a.b", "mode": "data", "type": "a", "values": { "id": "/D" } },
                ],
                "child_modules": [rest],
            } },
        });
        let told = [
            read(&stored.to_string()),
            read(&shown.to_string()),
            read(r#"{"format_version":"1.0"}"#),
            read(&stored.to_string()[..80]),
            read(r#"{"version":3,"modules":[]}"#),
            read("[]"),
            read(r#"{"some":"thing"}"#),
            read(""),
        ]
        .join("--\n");
        expect![[r#"
            azurerm_x.y: /y
            defender_incident_rule_suppression.s: /w
            defender_incident_rule_suppression.s: /w/r
            module.a["b"].defender_xdr_connector.x["k"]: /a/b
            module.a["b"].defender_xdr_connector.x[1]: /a/c
            A state that a newer provider wrote: module.a["b"].defender_xdr_connector.x[1] of FOLDER/a.tfstate is of schema version 9; this version knows 0. Its object is left out of the export by its id:
            An object of a state has no id: module.a["b"].defender_xdr_connector.x[2] of FOLDER/a.tfstate has none, so it is not told apart from what nobody manages. If an export of its object appears, delete that from the output, or repair the state: terraform apply -refresh-only.
            --
            a.b: /r
            module.a.x_y.z: /s
            --
            --
            A state that cannot be read: --state FOLDER/a.tfstate: EOF while parsing an object at line 1 column 80.
            --
            A state that cannot be read: --state FOLDER/a.tfstate: it is of version 3.
            --
            A state that cannot be read: --state FOLDER/a.tfstate: it is JSON, but neither a state nor a plan.
            --
            A state that cannot be read: --state FOLDER/a.tfstate: it is JSON, but neither a state nor a plan.
            --
            A state that cannot be read: --state FOLDER/a.tfstate: EOF while parsing a value at line 1 column 0.
        "#]].assert_eq(&told);
    }
}
