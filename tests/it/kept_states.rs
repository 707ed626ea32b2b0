//! States that released versions wrote, with their configuration and what the service had: every later version plans
//! each of them empty.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::emulator_process::TENANT;
use crate::imports::{everything_in, scenario, with_onboarding_adopted, workspace_of};
use crate::kinds::rule_by_hand_in;
use crate::terraform::{Bench, FIRST_WITH_IDENTITIES, NEWEST};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kept-states")
}

/// A file of a version's.
fn kept(version: &str, ending: &str) -> PathBuf {
    folder().join(format!("{version}.{ending}"))
}

fn read(version: &str, ending: &str) -> String {
    fs::read_to_string(kept(version, ending)).unwrap()
}

/// Every version whose state is kept.
fn versions() -> Vec<String> {
    let mut versions: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str().unwrap().strip_suffix(".tfstate").map(str::to_owned))
        .collect();
    versions.sort();
    versions
}

/// Writes what this version makes of everything; what is kept already is never written again.
fn keep(version: &str) {
    let mut bench = Bench::with(&scenario());
    bench.on_terraform(FIRST_WITH_IDENTITIES);
    rule_by_hand_in(&bench, &workspace_of(TENANT), "by-hand", "Azure Advanced Threat Protection");
    let configuration = with_onboarding_adopted(&everything_in(TENANT));
    bench.configure(&configuration);
    bench.apply();
    bench.let_time_pass();
    let world = bench.admin("GET", "/state", None);
    let mut scenario = scenario();
    for (tenant, now) in
        scenario["tenants"].as_array_mut().unwrap().iter_mut().zip(world["tenants"].as_array().unwrap())
    {
        tenant["export_settings"] = now["export_settings"].clone();
    }
    let workspaces = scenario["workspaces"].as_array_mut().unwrap().iter_mut();
    for (workspace, now) in workspaces.zip(world["workspaces"].as_array().unwrap()) {
        for collection in ["connectors", "alert_rules", "settings", "content_packages"] {
            workspace[collection] = now[collection].clone();
        }
        let group = now["id"].as_str().unwrap().split_once("/providers/").unwrap().0;
        let mut workbooks = world["workbooks"].clone();
        workbooks.as_array_mut().unwrap().retain(|workbook| workbook["resource_group"] == group);
        workspace["workbooks"] = workbooks;
    }
    fs::create_dir_all(folder()).unwrap();
    fs::write(kept(version, "json"), format!("{scenario:#}\n")).unwrap();
    fs::write(kept(version, "tf"), configuration.trim_start()).unwrap();
    fs::copy(bench.path("terraform.tfstate"), kept(version, "tfstate")).unwrap();
}

/// A bench with what a version left behind.
fn bench(version: &str, state: &Value) -> Bench {
    let bench = Bench::with(&serde_json::from_str(&read(version, "json")).unwrap());
    for table in instances(&mut state.clone(), "defender_table_retention") {
        // A scenario has no tables, which are Microsoft's.
        let kept = &table["attributes"];
        let days = json!({ "retentionInDays": kept["retention_in_days"], "totalRetentionInDays": kept["total_retention_in_days"] });
        bench.portal("PATCH", kept["id"].as_str().unwrap(), Some(&json!({ "properties": days })));
    }
    bench.configure(&read(version, "tf"));
    fs::write(bench.path("terraform.tfstate"), state.to_string()).unwrap();
    bench
}

/// The instances of a resource type in a state, or of all.
fn instances<'a>(state: &'a mut Value, ty: &'a str) -> impl Iterator<Item = &'a mut Value> {
    let resources = state["resources"].as_array_mut().unwrap().iter_mut();
    let of_type = resources.filter(move |resource| ty.is_empty() || resource["type"] == ty);
    of_type.flat_map(|resource| resource["instances"].as_array_mut().unwrap())
}

#[test]
fn states_of_every_release_plan_empty() {
    let this = env!("CARGO_PKG_VERSION");
    if std::env::var_os("UPDATE_EXPECT").is_some() && !kept(this, "tfstate").exists() {
        keep(this);
    }
    assert!(versions().iter().any(|version| version == this), "no state of {this} is kept; CONTRIBUTING.md says how");
    for version in versions() {
        let state: Value = serde_json::from_str(&read(&version, "tfstate")).unwrap();
        let mut bench = bench(&version, &state);
        assert_eq!(bench.plan(), [""; 0], "{version}");
        bench.on_terraform(NEWEST);
        assert_eq!(bench.plan(), [""; 0], "{version} on Terraform {NEWEST}");
    }
}

#[test]
fn what_a_state_has_besides_is_left_out() {
    let version = env!("CARGO_PKG_VERSION");
    let mut state: Value = serde_json::from_str(&read(version, "tfstate")).unwrap();
    let all: Vec<_> = instances(&mut state, "").collect();
    assert_eq!(all.len(), 16);
    for instance in all {
        instance["attributes"]["of_another_version"] = json!({ "deep": [1, null, { "x": "y" }] });
    }
    let bench = bench(version, &state);
    assert_eq!(bench.plan(), [""; 0]);
}
