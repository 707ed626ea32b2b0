//! What Terraform manages already, by its state files, and by what `terraform show -json` says of a state.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value as Json};

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
        // By way of a map, for an array would pass as a file too.
        let read = serde_json::from_slice(&bytes).and_then(|fields: Map<_, _>| File::deserialize(Json::Object(fields)));
        match read {
            Ok(File { version: Some(4), resources: Some(resources), .. }) => {
                let stored = resources.into_iter().flat_map(Stored::objects);
                stored.filter_map(|object| self.take(&name, object, provider)).collect()
            }
            Ok(File { format_version: Some(version), values, .. }) if version.starts_with("1.") => {
                let mut shown = Vec::new();
                values.unwrap_or_default().root_module.collect(&mut shown);
                shown.into_iter().filter_map(|object| self.take(&name, object, provider)).collect()
            }
            Ok(File { version: Some(version), .. }) if version != 4 => refused(&format!("it is of version {version}")),
            Ok(_) => refused("it is JSON, but neither of them"),
            Err(error) => refused(&error.to_string()),
        }
    }

    fn take(&mut self, file: &str, object: Object, provider: &dyn Provider) -> Option<Diagnostic> {
        let Object { address, kind, schema_version, attributes } = object;
        let ours = provider.resources().iter().find(|resource| resource.type_name() == kind);
        let Some(id) = attributes["id"].as_str() else {
            return ours.map(|_| messages::state_without_id(file, &address));
        };
        self.0.insert(id.to_ascii_lowercase(), address.clone());
        // A suppression keeps rules that are no block's own.
        for rule in attributes["suppressed_rules"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            self.0.entry(rule.to_ascii_lowercase()).or_insert_with(|| address.clone());
        }
        let known = ours?.schema().version;
        (schema_version > known).then(|| messages::newer_state(file, &address, id, schema_version, known))
    }
}

/// An object of either form.
struct Object {
    address: String,
    kind: String,
    schema_version: i64,
    attributes: Json,
}

/// A state file, or what `terraform show -json` prints of one.
#[derive(Deserialize)]
struct File {
    version: Option<i64>,
    resources: Option<Vec<Stored>>,
    format_version: Option<String>,
    values: Option<Shown>,
}

/// A resource of a state file.
#[derive(Deserialize)]
struct Stored {
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    module: Option<String>,
    /// Deposed ones too: they are on their way out, but managed until then.
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    index_key: Option<Json>,
    #[serde(default)]
    schema_version: i64,
    #[serde(default)]
    attributes: Json,
}

impl Stored {
    fn objects(self) -> Vec<Object> {
        if self.mode != "managed" {
            return Vec::new();
        }
        let Self { kind, name, module, instances, .. } = self;
        let within = module.map(|module| format!("{module}.")).unwrap_or_default();
        let object = |Instance { index_key, schema_version, attributes }| {
            let index = index_key.map(|key| format!("[{key}]")).unwrap_or_default();
            Object { address: format!("{within}{kind}.{name}{index}"), kind: kind.clone(), schema_version, attributes }
        };
        instances.into_iter().map(object).collect()
    }
}

#[derive(Default, Deserialize)]
struct Shown {
    #[serde(default)]
    root_module: Module,
}

#[derive(Default, Deserialize)]
struct Module {
    #[serde(default)]
    resources: Vec<ShownResource>,
    #[serde(default)]
    child_modules: Vec<Module>,
}

#[derive(Deserialize)]
struct ShownResource {
    address: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    schema_version: i64,
    #[serde(default)]
    values: Json,
}

impl Module {
    fn collect(self, found: &mut Vec<Object>) {
        let managed = self.resources.into_iter().filter(|resource| resource.mode == "managed");
        found.extend(managed.map(|ShownResource { address, kind, schema_version, values, .. }| Object {
            address,
            kind,
            schema_version,
            attributes: values,
        }));
        self.child_modules.into_iter().for_each(|module| module.collect(found));
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
            A state that cannot be read: --state FOLDER/a.tfstate: invalid type: sequence, expected a map at line 1 column 0.
            --
            A state that cannot be read: --state FOLDER/a.tfstate: it is JSON, but neither of them.
            --
            A state that cannot be read: --state FOLDER/a.tfstate: EOF while parsing a value at line 1 column 0.
        "#]].assert_eq(&told);
    }
}
