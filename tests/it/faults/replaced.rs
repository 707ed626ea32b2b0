//! A replacement that makes the new one first, and a block that got another name without `moved`, killed in the middle:
//! what is alive then is in state, or the next plan tells of it, and there is a way out that ends with one of it.

use std::os::unix::process::CommandExt;
use std::sync::Mutex;

use serde_json::{Value as Json, json};

use super::real::{APPLY, SLOW, Then, interrupted};
use super::rows::{Killed, RESOURCES, Row, tenant};
use crate::terraform::Bench;

/// How many benches are in use at a time.
const AT_A_TIME: usize = 4;

/// Where the kill comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// At the first write, which is not made.
    BeforeAWrite,
    /// At the first write, which is made.
    AfterAWrite,
    /// The new one is made, and the old one not gone.
    BetweenTheTwo,
}

/// How one thing comes to be destroyed and made in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    CreateBeforeDestroy,
    Renamed,
}

const CASES: [(How, Moment); 5] = [
    (How::CreateBeforeDestroy, Moment::BeforeAWrite),
    (How::CreateBeforeDestroy, Moment::AfterAWrite),
    (How::CreateBeforeDestroy, Moment::BetweenTheTwo),
    (How::Renamed, Moment::BeforeAWrite),
    (How::Renamed, Moment::AfterAWrite),
];

#[test]
fn what_a_kill_between_two_of_one_thing_leaves_is_told() {
    let scenarios = RESOURCES.iter().flat_map(|row| CASES.map(|(how, moment)| (row, how, moment)));
    // A renamed block of these is refused before anything is written.
    let precious = [
        "defender_workspace_onboarding",
        "defender_table_retention",
        "defender_incident_rule_suppression",
        "defender_ueba",
    ];
    // What is there as it is planned is taken over without a write.
    let silent = ["defender_content_solution", "defender_ueba"];
    let played = |(row, how, moment): &(&Row, How, Moment)| match how {
        How::Renamed => !precious.contains(&row.type_name),
        How::CreateBeforeDestroy => *moment == Moment::BetweenTheTwo || !silent.contains(&row.type_name),
    };
    let scenarios = Mutex::new(scenarios.filter(played).collect::<Vec<_>>());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..AT_A_TIME {
            threads.spawn(|| {
                loop {
                    let Some((row, how, moment)) = scenarios.lock().unwrap().pop() else { return };
                    if let Err(why) = play(row, how, moment) {
                        wrong.lock().unwrap().push(format!("{} {how:?} {moment:?}: {why}", row.type_name));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Makes the resource the only one of the configuration, under this name.
fn write(bench: &Bench, row: &Row, name: &str, config: &Json, more: Json) {
    let mut resources = json!({ row.type_name: { name: config } });
    resources.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    std::fs::write(bench.path("it.tf.json"), json!({ "resource": resources }).to_string()).unwrap();
}

fn play(row: &Row, how: How, moment: Moment) -> Result<(), String> {
    let bench = Bench::new();
    bench.configure("");
    bench.admin("POST", "/tenants", Some(&tenant()));
    bench.admin("POST", "/workspaces", Some(&(row.workspace)()));
    bench.admin("POST", "/behaviour", Some(&json!({ "throttle": false })));
    let there = || (row.there)(&bench.admin("GET", "/state", None));
    let mut config = row.config(row.made, true);
    if how == How::CreateBeforeDestroy {
        config["lifecycle"] = json!({ "create_before_destroy": true });
        if row.killed == Killed::Adopted {
            // Else its create is refused before anything is written.
            config["adopt_existing"] = json!(true);
        }
    }
    write(&bench, row, "old", &config, json!({}));
    bench.apply();
    let old = format!("{}.old", row.type_name);
    let id = bench.state(&old)["id"].as_str().unwrap().to_owned();

    let (name, options) = match how {
        // Its replacement is refused where somebody asks for it.
        How::CreateBeforeDestroy if row.type_name == "defender_workspace_onboarding" => {
            bench.ok(&["taint", "-no-color", &old]);
            ("old", Vec::new())
        }
        How::CreateBeforeDestroy => ("old", vec![format!("-replace={old}")]),
        How::Renamed => ("new", Vec::new()),
    };
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let address = format!("{}.{name}", row.type_name);
    write(&bench, row, name, &config, json!({}));
    killed(&bench, row, moment, &options, || {
        let kill = json!({ "depends_on": [address], "provisioner": { "local-exec": { "command": "kill -KILL 0" } } });
        write(&bench, row, name, &config, json!({ "terraform_data": { "after": kill } }));
    })?;
    write(&bench, row, name, &config, json!({}));

    let alive = there();
    let is_stored = in_state(&bench, row);
    let mut next = bench.run(&APPLY);
    let says = |words: &str| next.text.split_whitespace().collect::<Vec<_>>().join(" ").contains(words);
    let is_told = says("Warning: ") || says("Error: ");
    if !(alive.is_empty() || is_stored || is_told || in_state(&bench, row)) {
        return Err(format!("nothing tells of {alive:?}: {}", next.text));
    }
    if next.code != 0 && says("exists already") && row.killed == Killed::Adopted {
        config["adopt_existing"] = json!(true);
        write(&bench, row, name, &config, json!({}));
        next = bench.run(&APPLY);
    } else if next.code != 0 && says("left by a replacement that was interrupted") {
        // As the message says.
        bench.ok(&["state", "rm", "-no-color", &old]);
        bench.ok(&["import", "-no-color", "-input=false", &address, &id]);
        next = bench.run(&APPLY);
    }
    if next.code != 0 {
        return Err(format!("no way out: {}", next.text));
    }
    if row.killed == Killed::Kept {
        // The old one gives back what the new one cannot know of, and the run after it takes that again.
        bench.apply();
    }
    let changes = bench.plan();
    if !changes.is_empty() {
        return Err(format!("the plan after it: {changes:?}\n{}", next.text));
    }
    if row.killed == Killed::Kept {
        return Ok(());
    }
    let known = (row.known)(&bench.state(&address));
    if there() != known {
        return Err(format!("there is {:?}, state has {known:?}", there()));
    }
    std::fs::remove_file(bench.path("it.tf.json")).unwrap();
    bench.apply();
    if there().is_empty() { Ok(()) } else { Err(format!("the destroy left {:?}", there())) }
}

/// Applies until the moment of the kill; `with_killer` adds to the configuration what kills between the two.
fn killed(bench: &Bench, row: &Row, moment: Moment, options: &[&str], with_killer: impl Fn()) -> Result<(), String> {
    let action: Json = match moment {
        Moment::BeforeAWrite => json!({ "delay_ms": 60000 }),
        Moment::AfterAWrite => serde_json::from_str(SLOW).unwrap(),
        Moment::BetweenTheTwo => {
            with_killer();
            let mut command = bench.command(&[&APPLY, options].concat());
            let output = command.process_group(0).output().unwrap();
            return match output.status.code() {
                None => Ok(()),
                Some(code) => Err(format!("not killed: {code} {}", String::from_utf8_lossy(&output.stderr))),
            };
        }
    };
    let (part, methods) = row.writes;
    let faults = ["PUT", "POST", "PATCH", "DELETE"].into_iter().filter(|method| methods.contains(method));
    let faults = faults.map(|method| json!({ "match": { "method": method, "path": part }, "action": action }));
    bench.faults(&faults.collect());
    let outcome = interrupted(bench, options, Then::Kill);
    bench.admin("DELETE", "/faults", None);
    outcome.map(|_| ())
}

/// Whether state has any object of the resource, a deposed one included.
fn in_state(bench: &Bench, row: &Row) -> bool {
    let text = std::fs::read_to_string(bench.path("terraform.tfstate")).unwrap_or_default();
    let state: Json = serde_json::from_str(&text).unwrap_or_default();
    let resources = state["resources"].as_array().into_iter().flatten();
    resources
        .filter(|it| it["type"] == row.type_name)
        .any(|it| it["instances"].as_array().is_some_and(|it| !it.is_empty()))
}
