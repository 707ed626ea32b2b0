//! Refreshes many objects many times in one provider process, as no Terraform ever does, and prints what that costs:
//! requests as many as there are lists, and memory that does not grow.
//!
//! `cargo bench --bench soak [-- ROUNDS]`; 1,000 rounds take some minutes. Linux.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../tests/it/emulator_process.rs"]
mod emulator_process;
#[path = "../tests/it/host.rs"]
mod host;
#[path = "../tests/it/run.rs"]
mod run;

use std::time::Instant;

use emulator_process::{CLIENT, EmulatorProcess, SECRET, SUBSCRIPTION, TENANT};
use futures_util::{StreamExt, stream};
use run::{Provider, Resource};
use serde_json::json;
use terraform_provider_defender::plugin::proto::read_resource;

const OBJECTS: usize = 100;
const KINDS: [&str; 8] =
    ["xdr", "identity", "endpoint", "office365", "cloud_apps", "entra_id_protection", "insider_risk", "cloud"];
const WORKSPACES: usize = OBJECTS.div_ceil(KINDS.len());
/// Terraform's own.
const PARALLELISM: usize = 10;

#[tokio::main]
async fn main() {
    let rounds: usize = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(1000);
    let name = |number: usize| format!("law-{number}");
    let workspaces: Vec<_> = (0..WORKSPACES)
        .map(|number| {
            json!({ "subscription_id": SUBSCRIPTION, "resource_group": "rg", "name": name(number), "tenant_id": TENANT })
        })
        .collect();
    let emulator = EmulatorProcess::start_with(&json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }] }],
        "workspaces": workspaces,
        "behaviour": { "throttle": false },
    }));
    let mut provider = Provider::start(&emulator, emulator.url()).await;
    let mut resources = Vec::new();
    for number in 0..OBJECTS {
        let workspace = format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/{}",
            name(number / KINDS.len())
        );
        let mut resource = provider.resource(&format!("defender_{}_connector", KINDS[number % KINDS.len()])).await;
        resource.run(&mut provider, Some(&json!({ "workspace_id": workspace }))).await.unwrap();
        resources.push(resource);
    }

    println!("{OBJECTS} objects in {WORKSPACES} workspaces, {rounds} rounds in one process");
    println!("| rounds | requests a round | resident, MiB | most, MiB | s |\n|--:|--:|--:|--:|--:|");
    let (began, mut already) = (Instant::now(), emulator.exchanges().len());
    let report = (rounds / 10).max(1);
    for round in 1..=rounds {
        provider.configure().await.unwrap();
        refresh(&provider, &resources).await;
        if round % report == 0 {
            let requests = emulator.exchanges().len();
            let (resident, most) = memory(provider.plugin.pid());
            let each = (requests - already) as f64 / report as f64;
            println!("| {round} | {each} | {resident:.1} | {most:.1} | {:.0} |", began.elapsed().as_secs_f64());
            // One list for each workspace, and the token.
            assert_eq!(requests - already, report * (WORKSPACES + 1));
            already = requests;
        }
    }
}

/// Reads every object; each must be what state says.
async fn refresh(provider: &Provider, resources: &[Resource]) {
    let reads = resources.iter().map(|resource| {
        let (mut client, kept) = (provider.client.clone(), &resource.kept);
        async move {
            let request = read_resource::Request {
                type_name: resource.type_name.clone(),
                current_state: kept.state.clone(),
                private: kept.private.clone(),
                ..read_resource::Request::default()
            };
            let read = client.read_resource(request).await.unwrap().into_inner();
            assert_eq!((read.diagnostics.len(), &read.new_state), (0, &kept.state));
        }
    });
    stream::iter(reads).buffer_unordered(PARALLELISM).collect::<Vec<()>>().await;
}

/// The resident set of a process, now and at most, in MiB.
fn memory(pid: u32) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    };
    (field("VmRSS:"), field("VmHWM:"))
}
