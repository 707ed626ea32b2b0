//! A bench for one test: a real Terraform in a folder of its own, our binary, and an emulator of its own. What Terraform
//! prints is shown as the user sees it, with what differs from run to run put into words.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::emulator_process::{CLIENT, EmulatorProcess, SECRET, TENANT, WORKSPACE};

/// The provider block that every test but those of the provider block uses.
pub const PROVIDER: &str = r#"
provider "defender" {
  endpoints {
    resource_manager = var.url
    active_directory = var.url
    defender         = var.url
  }
}
"#;

const PREAMBLE: &str = r#"
terraform {
  required_providers {
    defender = {
      source = "sentinel-iac/defender"
    }
  }
}

variable "url" {
  type    = string
  default = "https://127.0.0.1:1"
}

variable "workspace_id" {
  type    = string
  default = ""
}
"#;

/// The first Terraform that is supported, as README says.
pub const OLDEST: &str = "1.6.6";
/// The first that stores identities.
pub const FIRST_WITH_IDENTITIES: &str = "1.12.2";
/// The newest that there is a package of.
pub const NEWEST: &str = "1.15.5";

/// Everything one test needs.
pub struct Bench {
    pub emulator: EmulatorProcess,
    runtime: Runtime,
    folder: TempDir,
    variables: Vec<(String, String)>,
    terraform: OsString,
}

/// What a Terraform command did.
pub struct Outcome {
    pub code: i32,
    /// stdout and stderr, cleaned for comparison.
    pub text: String,
}

/// One planned change: address, actions and the attributes that differ, as one line each.
pub type Changes = Vec<String>;

impl Bench {
    pub fn new() -> Self {
        Self::over(EmulatorProcess::start())
    }

    pub fn with(scenario: &Value) -> Self {
        Self::over(EmulatorProcess::start_with(scenario))
    }

    fn over(emulator: EmulatorProcess) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-defender"));
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"sentinel-iac/defender\" = \"{}\"\n  }}\n  direct {{}}\n}}\n",
            binary.parent().unwrap().display()
        );
        std::fs::write(folder.path().join("terraform.rc"), overrides).unwrap();
        std::fs::create_dir(folder.path().join("configuration")).unwrap();
        let variables = [
            ("TF_VAR_url", emulator.url()),
            ("TF_VAR_workspace_id", WORKSPACE),
            ("ARM_TENANT_ID", TENANT),
            ("ARM_CLIENT_ID", CLIENT),
            ("ARM_CLIENT_SECRET", SECRET),
            ("ARM_USE_CLI", "false"),
            ("TF_IN_AUTOMATION", "1"),
            ("CHECKPOINT_DISABLE", "1"),
            // Terraform is through before what it lets lie is worth the time to collect it.
            ("GOGC", "off"),
            ("GOMEMLIMIT", "1GiB"),
        ];
        let mut variables: Vec<_> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        variables.push(("SSL_CERT_FILE".to_owned(), emulator.ca_path().display().to_string()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { emulator, runtime, folder, variables, terraform: terraform() }
    }

    /// Runs everything from here on with this version of Terraform, which is fetched where it is not there yet.
    pub fn on_terraform(&mut self, version: &str) -> &mut Self {
        self.terraform = terraform_of(version);
        self
    }

    /// Sets an environment variable of every later command.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts a program of this name, a shell script, before all others of its name.
    #[cfg(unix)]
    pub fn stand_in(&mut self, program: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let folder = self.folder.path().join("bin");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(program), format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(folder.join(program), std::fs::Permissions::from_mode(0o755)).unwrap();
        self.set("PATH", &format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default()));
    }

    /// Makes `body` the configuration, with the usual provider block before it.
    pub fn configure(&self, body: &str) -> &Self {
        self.configure_all(&format!("{PROVIDER}{body}"))
    }

    /// Makes `body` the configuration, provider block and all.
    pub fn configure_all(&self, body: &str) -> &Self {
        // A fixed place for what is under test keeps the line numbers in messages.
        std::fs::write(self.path("preamble.tf"), PREAMBLE).unwrap();
        std::fs::write(self.path("main.tf"), body.trim_start()).unwrap();
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("configuration").join(name)
    }

    /// The command, for a test that runs it in its own way.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = without_settings(&self.terraform);
        command.args(words).current_dir(self.folder.path().join("configuration"));
        command.env("TF_CLI_CONFIG_FILE", self.folder.path().join("terraform.rc"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, words: &[&str]) -> Outcome {
        let output = self.command(words).output().expect("Terraform runs; TERRAFORM names it");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Outcome { code: output.status.code().unwrap_or(-1), text: self.clean(&text) }
    }

    /// Runs a command that must end well.
    pub fn ok(&self, words: &[&str]) -> String {
        let outcome = self.run(words);
        assert_eq!(outcome.code, 0, "terraform {words:?}:\n{}", outcome.text);
        outcome.text
    }

    /// Applies what is configured.
    pub fn apply(&self) -> String {
        self.ok(&["apply", "-no-color", "-input=false", "-auto-approve"])
    }

    /// Removes everything.
    pub fn destroy(&self) -> String {
        self.ok(&["destroy", "-no-color", "-auto-approve"])
    }

    /// What a command that must fail prints: its errors as the user sees them.
    pub fn errors(&self, words: &[&str]) -> String {
        let outcome = self.run(words);
        assert_ne!(outcome.code, 0, "terraform {words:?} should fail:\n{}", outcome.text);
        findings(&outcome.text)
    }

    /// The errors of an apply.
    pub fn apply_errors(&self) -> String {
        self.errors(&["apply", "-no-color", "-auto-approve"])
    }

    /// The errors of a plan.
    pub fn plan_errors(&self) -> String {
        self.errors(&["plan", "-no-color", "-input=false"])
    }

    /// What a plan tells of a create that the apply after it refuses; nothing may be made.
    pub fn refused(&self) -> String {
        let outcome = self.run(&["plan", "-no-color", "-input=false", "-detailed-exitcode"]);
        assert_eq!(outcome.code, 2, "{}", outcome.text);
        let before = self.admin("GET", "/state", None);
        let applied = self.apply_errors();
        assert!(applied.contains("Apply will refuse to make it") && applied.contains("Error: "), "{applied}");
        assert_eq!(self.admin("GET", "/state", None), before);
        findings(&outcome.text)
    }

    /// Plans, and gives what would change; the exit code must say the same.
    pub fn plan(&self) -> Changes {
        let outcome = self.run(&["plan", "-no-color", "-input=false", "-out=plan", "-detailed-exitcode"]);
        assert!([0, 2].contains(&outcome.code), "{}", outcome.text);
        let changes = self.changes();
        let outputs = outcome.text.contains("Changes to Outputs");
        assert_eq!(outcome.code == 2, !changes.is_empty() || outputs, "{}\n{changes:?}", outcome.text);
        changes
    }

    /// What the saved plan would change.
    pub fn changes(&self) -> Changes {
        let plan = self.json(&["show", "-json", "plan"]);
        let mut lines = Vec::new();
        for change in plan["resource_changes"].as_array().into_iter().flatten() {
            let actions: Vec<_> =
                change["change"]["actions"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let importing = change["change"].get("importing").is_some();
            if actions == ["read"] || (actions == ["no-op"] && !importing) {
                continue;
            }
            let actions = if importing { format!("import {}", actions.join(" ")) } else { actions.join(" ") };
            lines.push(format!("{} {actions}", change["address"].as_str().unwrap()));
            let (before, after) = (&change["change"]["before"], &change["change"]["after"]);
            if !before.is_null() && !after.is_null() {
                for (name, was) in before.as_object().unwrap() {
                    let is = &after[name];
                    if is != was {
                        let is = if change["change"]["after_unknown"][name] == true {
                            "(unknown)".to_owned()
                        } else {
                            is.to_string()
                        };
                        lines.push(self.clean(&format!("  {name}: {was} -> {is}")));
                    }
                }
            }
        }
        lines
    }

    /// The attributes of a resource in state.
    pub fn state(&self, address: &str) -> Value {
        let state = self.json(&["show", "-json"]);
        let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        resources
            .into_iter()
            .find(|resource| resource["address"] == address)
            .map_or(Value::Null, |mut found| found["values"].take())
    }

    /// A resource as the state file has it: its attributes and, since Terraform 1.12, its identity.
    pub fn stored(&self, address: &str) -> Value {
        let state = std::fs::read(self.path("terraform.tfstate")).unwrap();
        let mut state: Value = serde_json::from_slice(&state).unwrap();
        let mut resources = state["resources"].as_array_mut().unwrap().iter_mut();
        let is_it = |resource: &&mut Value| {
            address == format!("{}.{}", resource["type"].as_str().unwrap(), resource["name"].as_str().unwrap())
        };
        resources.find(is_it).map_or(Value::Null, |found| found["instances"][0].take())
    }

    /// Spells all that the identities in state hold in another way.
    pub fn spell_identities(&self, spell: impl Fn(&str) -> String) {
        let mut state: Value = serde_json::from_slice(&std::fs::read(self.path("terraform.tfstate")).unwrap()).unwrap();
        let resources = state["resources"].as_array_mut().unwrap().iter_mut();
        for instance in resources.flat_map(|resource| resource["instances"].as_array_mut().unwrap()) {
            for (_, value) in instance["identity"].as_object_mut().unwrap() {
                *value = spell(value.as_str().unwrap()).into();
            }
        }
        std::fs::write(self.path("terraform.tfstate"), state.to_string()).unwrap();
    }

    /// Makes Terraform forget all that it manages, as if somebody else had made it.
    pub fn let_go(&self) {
        std::fs::remove_file(self.path("terraform.tfstate")).unwrap();
    }

    fn json(&self, words: &[&str]) -> Value {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// An admin call of the emulator.
    pub fn admin(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.runtime.block_on(self.emulator.admin(method, path, body))
    }

    /// Somebody does something in the portal to the resource under an ARM id, or a path of the Defender API, long after
    /// Terraform made what it has in state.
    pub fn portal(&self, method: &str, id: &str, body: Option<&Value>) {
        self.let_time_pass();
        self.admin(method, &format!("/portal{id}"), body);
    }

    /// Makes whatever state has something of long ago: reads of it do not lag any more.
    pub fn let_time_pass(&self) {
        let Ok(state) = std::fs::read(self.path("terraform.tfstate")) else { return };
        let mut state: Value = serde_json::from_slice(&state).unwrap();
        let resources = state["resources"].as_array_mut().unwrap().iter_mut();
        for instance in resources.flat_map(|resource| resource["instances"].as_array_mut().unwrap()) {
            let Some(private) = instance["private"].as_str() else { continue };
            let Ok(mut memory) = serde_json::from_slice::<Value>(&BASE64_STANDARD.decode(private).unwrap()) else {
                continue;
            };
            memory.as_object_mut().unwrap().remove("stored");
            instance["private"] = BASE64_STANDARD.encode(memory.to_string()).into();
        }
        std::fs::write(self.path("terraform.tfstate"), serde_json::to_vec_pretty(&state).unwrap()).unwrap();
    }

    /// Asks the service something, as another client would, and gives the status.
    pub fn service(&self, method: &str, path: &str, body: Option<&Value>) -> u16 {
        self.runtime.block_on(async {
            let token = self.emulator.arm_token().await;
            self.emulator.send(method, path, Some(&token), body).await.status
        })
    }

    /// The same, and gives the answer.
    pub fn asks(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.runtime.block_on(async {
            let token = self.emulator.arm_token().await;
            self.emulator.send(method, path, Some(&token), body).await.body
        })
    }

    /// What the emulator is asked to go wrong with next.
    pub fn faults(&self, faults: &Value) {
        self.admin("POST", "/faults", Some(faults));
    }

    /// Everything the service holds besides workspaces: connectors, rules, settings.
    pub fn left(&self) -> Vec<String> {
        let world = self.admin("GET", "/state", None);
        let items = |list: &Value, field: &str, name: &str| -> Vec<String> {
            let lists =
                list.as_array().into_iter().flatten().flat_map(|parent| parent[field].as_array().into_iter().flatten());
            lists.map(|item| format!("{field}/{}", item[name].as_str().unwrap_or("?"))).collect()
        };
        let mut left = items(&world["workspaces"], "connectors", "name");
        left.extend(items(&world["workspaces"], "alert_rules", "name"));
        left.extend(items(&world["workspaces"], "settings", "name"));
        left.extend(items(&world["tenants"], "export_settings", "id"));
        left.extend(items(&Value::from(vec![world]), "workbooks", "name"));
        left
    }

    /// The requests since `already` as "METHOD what status", tokens included, in order. What a plan asks side by side
    /// arrives in any order, and stands sorted here.
    pub fn requests(&self, already: usize) -> Vec<String> {
        let mut requests: Vec<String> = self.emulator.exchanges()[already..]
            .iter()
            .map(|exchange| {
                let url = exchange["url"].as_str().unwrap();
                let path = url.strip_prefix(self.emulator.url()).unwrap_or(url);
                let path = path.split('?').next().unwrap();
                let what = path.rsplit_once("Microsoft.SecurityInsights/").map_or(path, |(_, what)| what);
                format!("{} {what} {}", exchange["method"].as_str().unwrap(), exchange["status"])
            })
            .collect();
        let asked_at_once =
            ["GET alertRules ", "GET contentPackages ", "GET dataConnectors ", "POST dataConnectorsCheckRequirements "];
        let is_at_once = |line: &String| asked_at_once.iter().any(|what| line.starts_with(what));
        requests.chunk_by_mut(|left, right| is_at_once(left) && is_at_once(right)).for_each(<[String]>::sort);
        requests
    }

    /// The same without those for tokens.
    pub fn asked(&self, already: usize) -> Vec<String> {
        self.requests(already).into_iter().filter(|line| !line.contains("/token")).collect()
    }

    /// The bodies of the writes since `already`, pretty.
    pub fn bodies(&self, already: usize) -> String {
        let exchanges = self.emulator.exchanges();
        let writes = exchanges[already..].iter().filter(|exchange| exchange["requestBody"].is_object());
        writes
            .map(|exchange| {
                self.clean(&format!("{} {:#}\n", exchange["method"].as_str().unwrap(), exchange["requestBody"]))
            })
            .collect()
    }

    /// What differs from run to run, put into words.
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.replace(self.emulator.url(), "https://EMULATOR");
        text = text.replace(WORKSPACE, "WORKSPACE").replace(TENANT, "TENANT");
        let authority = self.emulator.url().trim_start_matches("https://");
        text = text.replace(authority, "EMULATOR");
        let mut lines = Vec::new();
        let mut in_override = false;
        for line in text.lines() {
            let bare = line.trim_start_matches(['│', ' ', '╷', '╵']);
            if bare.starts_with("Warning: Provider development overrides are in effect") {
                in_override = true;
            }
            if in_override {
                in_override = !bare.starts_with("releases.");
                continue;
            }
            lines.push(hide_ids(line.trim_end()));
        }
        lines.join("\n")
    }
}

/// The Terraform to test with.
pub fn terraform() -> OsString {
    std::env::var_os("TERRAFORM").unwrap_or_else(|| "terraform".into())
}

/// A Terraform of this version, whatever the one to test with is.
fn terraform_of(version: &str) -> OsString {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terraform");
    let output = Command::new(script).env("TERRAFORM_VERSION", version).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().into()
}

/// A command that knows nothing of Azure or Terraform settings of whoever runs the tests.
pub fn without_settings(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let prefixes = ["TF_", "ARM_", "AZURE_", "DEFENDER_", "ACTIONS_ID_", "SYSTEM_"];
        if prefixes.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}

/// The path of something of Sentinel's in the workspace: "dataConnectors/NAME".
pub fn sentinel(what: &str) -> String {
    format!("{WORKSPACE}/providers/Microsoft.SecurityInsights/{what}")
}

/// What Terraform prints, from its first warning or error on.
pub fn findings(text: &str) -> String {
    let from = ["Warning: ", "Error: "].iter().filter_map(|start| text.find(start)).min().unwrap_or(text.len());
    text[from..].trim_end().to_owned() + "\n"
}

/// The first warning that Terraform prints, and what follows it up to the next; "" where there is none.
pub fn warning(text: &str) -> &str {
    text.split("Warning: ").nth(1).unwrap_or_default()
}

/// The GUIDs of a line that are new in every run become "GUID"; all others stay.
fn hide_ids(line: &str) -> String {
    let new_each_time = ["request id", "etag", "trace id", "correlation id"];
    let lower = line.to_lowercase();
    if !new_each_time.iter().any(|what| lower.contains(what)) {
        return line.to_owned();
    }
    let (mut out, mut rest) = (String::new(), line);
    while let Some(first) = rest.chars().next() {
        match rest.get(..36) {
            Some(candidate) if uuid::Uuid::try_parse(candidate).is_ok() => {
                out.push_str("GUID");
                rest = &rest[36..];
            }
            _ => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}
