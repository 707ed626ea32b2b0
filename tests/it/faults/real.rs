//! The same under the real Terraform, with the faults that leave the most in doubt at the first write of each operation.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::{Value as Json, json};

use super::Operation;
use super::rows::{Killed, RESOURCES, Row, tenant};
use crate::terraform::Bench;

/// How many benches are in use at a time.
const AT_A_TIME: usize = 4;

/// What happens to the write: the emulator's action, how often, and what else while it is under way.
struct Fault {
    name: &'static str,
    action: &'static str,
    times: u32,
    then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Nothing,
    /// Terraform and the provider are killed.
    Kill,
    /// No request is answered any more.
    Silence,
}

const fn fault(name: &'static str, action: &'static str, times: u32, then: Then) -> Fault {
    Fault { name, action, times, then }
}

/// A change that is made although nobody waits for it any more.
pub const SLOW: &str = r#"{"delay_ms": 300, "even_if_gone": true}"#;

const FAULTS: [Fault; 6] = [
    fault("reset after the change, every time", r#"{"drop": "after"}"#, 1000, Then::Nothing),
    fault("500 though the change is made, every time", r#"{"status": 500, "after": true}"#, 1000, Then::Nothing),
    fault("no answer before the time limit", r#"{"delay_ms": 4000}"#, 1000, Then::Nothing),
    fault("no answer to anything after the change", SLOW, 1, Then::Silence),
    fault("killed before the change", r#"{"delay_ms": 60000}"#, 1, Then::Kill),
    fault("killed, and the change is made", SLOW, 1, Then::Kill),
];

pub const APPLY: [&str; 4] = ["apply", "-no-color", "-input=false", "-auto-approve"];

#[test]
fn the_real_terraform_comes_right_too() {
    let mut scenarios = Vec::new();
    for row in &RESOURCES {
        for operation in [Operation::Create, Operation::Update, Operation::Delete] {
            scenarios.extend(FAULTS.iter().map(|fault| (row, operation, fault)));
        }
    }
    let (scenarios, wrong) = (Mutex::new(scenarios), Mutex::new(Vec::new()));
    std::thread::scope(|threads| {
        for _ in 0..AT_A_TIME {
            threads.spawn(|| {
                loop {
                    let Some((row, operation, fault)) = scenarios.lock().unwrap().pop() else { return };
                    if let Err(why) = play(row, operation, fault) {
                        let what = format!("{} {operation:?}: {}: {why}", row.type_name, fault.name);
                        wrong.lock().unwrap().push(what);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Makes the resource the only one of the configuration, or takes it out.
fn write(bench: &Bench, row: &Row, config: Option<&Json>) {
    let path = bench.path("it.tf.json");
    match config {
        Some(config) => std::fs::write(path, json!({ "resource": { row.type_name: { "it": config } } }).to_string()),
        None => std::fs::remove_file(path),
    }
    .unwrap();
}

fn play(row: &Row, operation: Operation, fault: &Fault) -> Result<(), String> {
    let bench = Bench::new();
    bench.configure("");
    bench.admin("POST", "/tenants", Some(&tenant()));
    bench.admin("POST", "/workspaces", Some(&(row.workspace)()));
    bench.admin("POST", "/behaviour", Some(&json!({ "throttle": false })));
    let there = || (row.there)(&bench.admin("GET", "/state", None));
    let address = format!("{}.it", row.type_name);
    let (part, [creates, updates, deletes]) = row.writes;
    let (method, config) = match operation {
        Operation::Update => (updates, Some(row.changed)),
        Operation::Delete => (deletes, None),
        Operation::Create | Operation::Read => (creates, Some(row.made)),
    };
    if operation != Operation::Create {
        write(&bench, row, Some(&row.config(row.made, false)));
        bench.apply();
    }

    write(&bench, row, config.map(|config| row.config(config, false)).as_ref());
    let action: Json = serde_json::from_str(fault.action).unwrap();
    let pattern = json!({ "method": method, "path": part, "times": fault.times });
    bench.faults(&json!([{ "match": pattern, "action": action }]));
    let told = match fault.then {
        Then::Nothing => {
            let told = bench.run(&APPLY).text;
            let waiting = bench.admin("GET", "/state", None)["faults"].take();
            if waiting[0]["match"]["times"] == fault.times {
                return Err(format!("the fault was not played: {told}"));
            }
            told
        }
        then => interrupted(&bench, &[], then)?,
    };
    let kills = fault.then == Then::Kill;
    bench.admin("DELETE", "/faults", None);
    if !kills && !there().is_empty() && bench.state(&address).is_null() {
        return Err(format!("state does not know of {:?}: {told}", there()));
    }

    let mut config = config.map(|config| row.config(config, true));
    if let Some(config) = &config {
        write(&bench, row, Some(config));
    }
    let mut next = bench.run(&APPLY);
    if let Some(config) = &mut config
        && kills
        && row.asks(config)
        && next.text.contains("exists already")
    {
        config["adopt_existing"] = json!(true);
        write(&bench, row, Some(config));
        next = bench.run(&APPLY);
    }
    if next.code != 0 {
        return Err(format!("the next run failed: {}\nafter: {told}", next.text));
    }
    let changes = bench.plan();
    if !changes.is_empty() {
        return Err(format!("the plan after it: {changes:?}"));
    }
    if kills && row.killed == Killed::Kept {
        return Ok(());
    }
    let known = if config.is_some() { (row.known)(&bench.state(&address)) } else { Vec::new() };
    if there() != known {
        return Err(format!("there is {:?}, state has {known:?}", there()));
    }
    if config.is_some() {
        write(&bench, row, None);
        bench.apply();
    }
    if there().is_empty() { Ok(()) } else { Err(format!("the destroy left {:?}", there())) }
}

/// Applies, and does the rest as soon as a fault is played; what the emulator still does is done when this returns.
pub fn interrupted(bench: &Bench, options: &[&str], then: Then) -> Result<String, String> {
    let mut command = bench.command(&[&APPLY, options].concat());
    let waiting = || bench.admin("GET", "/state", None)["faults"].as_array().map_or(0, Vec::len);
    let all = waiting();
    let mut child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while waiting() == all {
        if child.try_wait().unwrap().is_some() {
            return Err("the fault was not played".to_owned());
        }
    }
    if then == Then::Kill {
        let group = format!("-{}", child.id());
        assert!(Command::new("kill").args(["-s", "KILL", "--", &group]).status().unwrap().success());
    } else {
        bench.faults(&json!([{ "match": { "times": 1000 }, "action": { "drop": "before" } }]));
    }
    let output = child.wait_with_output().unwrap();
    while bench.admin("GET", "/state", None)["late"] != 0 {}
    Ok(bench.clean(&[output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat()))
}
