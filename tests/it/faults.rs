//! Every fault at every request of every operation of every resource: whatever the network, the service or a kill does
//! to a run, the next one comes right, nothing is there twice and nothing is there that state does not know.
//!
//! A new sort of resource is a row of `rows::RESOURCES`, one more connector or setting a row of `rows::ALIKE`. What is counted is in docs/RELIABILITY.md.

mod fault;
mod ingestion;
mod real;
mod replaced;
mod rows;
mod searches;

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex};

use expect_test::expect_file;
use serde_json::{Value as Json, json};
use terraform_provider_defender::plugin::proto::stop;

use crate::emulator_process::{EmulatorProcess, WORKSPACE};
use crate::proxy::Proxy;
use crate::run::{Failed, Kept, Provider, Resource, decode};
use fault::{DOUBTFUL, FAULT_LATE, FAULTS, Fault, Point};
use rows::{ALIKE, Killed, RESOURCES, Row};

/// How many scenarios run at a time; most of what they do is wait.
const AT_A_TIME: usize = 16;

/// How long an operation may take in which something goes wrong.
const PATIENCE: &str = "2s";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Operation {
    Create,
    Read,
    Update,
    Delete,
}

/// What the address of a long-running operation holds before its id.
const OPERATIONS: &str = "/operationStatuses/";

struct Scenario {
    row: &'static Row,
    operation: Operation,
    point: Point,
    name: &'static str,
    fault: Fault,
}

/// An emulator, the way to it, and a provider.
struct Stage {
    emulator: EmulatorProcess,
    proxy: Proxy,
    provider: Provider,
}

impl Row {
    /// A configuration of it; one that goes wrong gives up soon.
    fn config(&self, attributes: &str, patient: bool) -> Json {
        let mut config: Json = serde_json::from_str(attributes).unwrap();
        config["workspace_id"] = json!(WORKSPACE);
        if !patient {
            config["timeouts"] =
                json!({ "create": PATIENCE, "read": PATIENCE, "update": PATIENCE, "delete": PATIENCE });
        }
        config
    }

    /// Whether what a killed create left under this configuration could be anybody's.
    fn asks(&self, config: &Json) -> bool {
        self.killed == Killed::Adopted || config["name"].is_string()
    }
}

impl Stage {
    async fn new() -> Self {
        let emulator = EmulatorProcess::start();
        let proxy = Proxy::to(emulator.url()).await;
        emulator.admin("POST", "/behaviour", Some(&json!({ "throttle": false, "arm_audiences": [proxy.url()] }))).await;
        let provider = Provider::start(&emulator, &proxy.url()).await;
        Self { emulator, proxy, provider }
    }

    /// The row's workspace as it is at first, an empty tenant, no faults.
    async fn clear(&mut self, row: &Row) {
        self.emulator.admin("DELETE", "/faults", None).await;
        self.emulator.admin("POST", "/tenants", Some(&rows::tenant())).await;
        // Whatever lies beside the workspace goes with its group.
        let group = WORKSPACE.split_once("/providers/").unwrap().0;
        self.emulator.admin("DELETE", &format!("/portal{group}"), None).await;
        self.emulator.admin("POST", "/workspaces", Some(&(row.workspace)())).await;
    }

    /// The resource as it is before an operation, in a world that has nothing else.
    async fn before(&mut self, row: &Row, operation: Operation) -> Result<Resource, Failed> {
        self.clear(row).await;
        let mut resource = self.provider.resource(row.type_name).await;
        if operation != Operation::Create {
            self.perform(row, Operation::Create, &mut resource).await?;
        }
        Ok(resource)
    }

    /// Does one operation on the resource that is left of the ones before.
    async fn perform(&mut self, row: &Row, operation: Operation, resource: &mut Resource) -> Result<(), Failed> {
        perform(&mut self.provider, row, operation, resource).await
    }

    /// The requests of each operation, when nothing goes wrong.
    async fn points(&mut self, row: &Row) -> Vec<(Operation, Point)> {
        let mut points = Vec::new();
        for operation in [Operation::Create, Operation::Read, Operation::Update, Operation::Delete] {
            let mut resource = self.before(row, operation).await.unwrap();
            let already = self.emulator.exchanges().len();
            self.perform(row, operation, &mut resource).await.unwrap();
            let mut seen = BTreeMap::new();
            for exchange in &self.emulator.exchanges()[already..] {
                let method = exchange["method"].as_str().unwrap().to_owned();
                let url = exchange["url"].as_str().unwrap();
                let path = url.strip_prefix(&self.proxy.url()).unwrap_or(url);
                // Each run has its own operations.
                let path = path.find(OPERATIONS).map_or(path, |at| &path[..at + OPERATIONS.len()]).to_owned();
                let skip = seen.entry((method.clone(), path.clone())).or_insert(0);
                points.push((operation, Point { method, path, skip: *skip }));
                *skip += 1;
            }
        }
        points
    }

    /// Plays one scenario; what is wrong afterwards is the error.
    async fn play(&mut self, scenario: &Scenario) -> Result<(), String> {
        let Scenario { row, operation, point, fault, .. } = scenario;
        self.clear(row).await;
        let mut resource = self.provider.resource(row.type_name).await;
        if *operation != Operation::Create {
            self.perform(row, Operation::Create, &mut resource)
                .await
                .map_err(|failed| format!("before: {failed:?}"))?;
        }
        let Some((action, times)) = fault.at(point) else { return Ok(()) };
        let begin = self.logged().metadata().unwrap().len();
        let pattern = json!({ "method": point.method, "path": point.path, "skip": point.skip, "times": times });
        self.emulator.admin("POST", "/faults", Some(&json!([{ "match": pattern, "action": action }]))).await;
        let outcome = if fault.interrupts() {
            self.interrupted(scenario, &mut resource).await
        } else {
            self.perform(row, *operation, &mut resource).await
        };
        let goes_on = outcome.is_ok();
        let (is_done, told) = match outcome {
            Ok(()) => (*operation != Operation::Read, "went on".to_owned()),
            Err(failed) => (false, format!("{failed:?}")),
        };
        let world = self.emulator.admin("GET", "/state", None).await;
        if world["faults"][0]["match"]["times"] == times {
            return Err(format!("the fault was not played: {told}"));
        }
        if fault.wants_a_token() {
            let tokens = self.tokens(begin);
            let most = tokens.values().max();
            if !goes_on || most != Some(&2) {
                return Err(format!("a token is to be had once more, and {tokens:?} were: {told}"));
            }
        }
        let there = (row.there)(&world);
        if !there.is_empty() && resource.kept.state.is_none() && !matches!(fault, Fault::Killed { .. }) {
            return Err(format!("state does not know of {there:?}\n  the fault: {told}"));
        }
        let known = known(row, &resource, *operation != Operation::Delete);
        if is_done && there != known {
            return Err(format!("said to be done, and there is {there:?}, state has {known:?}"));
        }
        self.comes_right(scenario, resource).await.map_err(|wrong| format!("{wrong}\n  the fault: {told}"))
    }

    /// Does the operation, and at the chosen request what only this side can do.
    async fn interrupted(&mut self, scenario: &Scenario, resource: &mut Resource) -> Result<(), Failed> {
        self.proxy.hold(true);
        let pid = self.provider.plugin.pid().to_string();
        let outcome = {
            let Self { emulator, proxy, provider } = self;
            let mut client = provider.client.clone();
            let mut performing = Box::pin(perform(provider, scenario.row, scenario.operation, resource));
            tokio::select! {
                outcome = &mut performing => Err(outcome),
                () = proxy.broken() => Ok({
                    match scenario.fault {
                        Fault::Killed { .. } => {
                            let killed = std::process::Command::new("kill").args(["-KILL", &pid]).status();
                            assert!(killed.unwrap().success());
                        }
                        Fault::Stopped { .. } => {
                            client.stop(stop::Request {}).await.unwrap();
                            proxy.hold(false);
                        }
                        Fault::Expired => {
                            emulator.admin("POST", "/expire-tokens", None).await;
                            proxy.hold(false);
                        }
                        _ => proxy.shut().await,
                    }
                    performing.await
                }),
            }
        };
        self.proxy.hold(false);
        self.proxy.open();
        if scenario.fault.ends() {
            self.provider = Provider::start(&self.emulator, &self.proxy.url()).await;
        }
        // What was over before the fault came shows as a fault that still waits.
        outcome.unwrap_or_else(|early| early)
    }

    /// The next run must succeed, the one after it find nothing to do, the service hold what state holds, and a destroy
    /// leave nothing of it.
    async fn comes_right(&mut self, scenario: &Scenario, mut resource: Resource) -> Result<(), String> {
        let row = scenario.row;
        self.emulator.admin("DELETE", "/faults", None).await;
        let mut wanted = match scenario.operation {
            Operation::Create | Operation::Read => Some(row.config(row.made, true)),
            Operation::Update => Some(row.config(row.changed, true)),
            Operation::Delete => None,
        };
        let before = resource.kept.clone();
        let is_killed = matches!(scenario.fault, Fault::Killed { .. });
        let mut run = resource.run(&mut self.provider, wanted.as_ref()).await;
        if let (true, Err(Failed::Told(text)), Some(wanted)) = (is_killed, &run, &mut wanted)
            && row.asks(wanted)
            && text.contains("exists already")
        {
            wanted["adopt_existing"] = json!(true);
            run = resource.run(&mut self.provider, Some(wanted)).await;
        }
        run.map_err(|failed| format!("the next run failed: {failed:?}, with {}", shown(&before)))?;
        if scenario.name == FAULT_LATE {
            while self.emulator.admin("GET", "/state", None).await["late"] != 0 {
                tokio::task::yield_now().await;
            }
            // A change that comes after all may undo what was done meanwhile, which is drift like any other.
            let run = resource.run(&mut self.provider, wanted.as_ref()).await;
            run.map_err(|failed| format!("the run after the late change failed: {failed:?}"))?;
        }
        match resource.is_settled(&mut self.provider, wanted.as_ref()).await {
            Ok(true) => {}
            other => return Err(format!("the plan after it: {other:?}")),
        }
        if is_killed && row.killed == Killed::Kept {
            return Ok(());
        }
        let known = known(row, &resource, wanted.is_some());
        let there = self.there(row).await;
        if there != known {
            return Err(format!("there is {there:?}, state has {known:?}"));
        }
        resource.run(&mut self.provider, None).await.map_err(|failed| format!("the destroy failed: {failed:?}"))?;
        match self.there(row).await {
            left if left.is_empty() => Ok(()),
            left => Err(format!("the destroy left {left:?}")),
        }
    }

    /// The emulator's log.
    fn logged(&self) -> File {
        File::open(self.emulator.folder().join("exchanges.jsonl")).unwrap()
    }

    /// How often a token was asked for since this place of the log, by audience.
    fn tokens(&self, begin: u64) -> BTreeMap<String, usize> {
        let (mut log, mut text) = (self.logged(), String::new());
        log.seek(SeekFrom::Start(begin)).unwrap();
        log.read_to_string(&mut text).unwrap();
        let mut tokens = BTreeMap::new();
        for exchange in text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()) {
            let form = exchange["requestBody"].as_str().filter(|form| form.contains("grant_type="));
            let scope = form.and_then(|form| form.split('&').find(|field| field.starts_with("scope=")));
            if let Some(scope) = scope {
                *tokens.entry(scope.to_owned()).or_insert(0) += 1;
            }
        }
        tokens
    }

    /// What the service has of the row's resource.
    async fn there(&self, row: &Row) -> Vec<String> {
        (row.there)(&self.emulator.admin("GET", "/state", None).await)
    }
}

async fn perform(
    provider: &mut Provider,
    row: &Row,
    operation: Operation,
    resource: &mut Resource,
) -> Result<(), Failed> {
    match operation {
        Operation::Create => resource.run(provider, Some(&row.config(row.made, false))).await,
        Operation::Update => resource.run(provider, Some(&row.config(row.changed, false))).await,
        Operation::Delete => resource.run(provider, None).await,
        Operation::Read => {
            provider.configure().await?;
            resource.refresh(provider).await
        }
    }
}

/// What state has of the row's resource, if there is to be any.
fn known(row: &Row, resource: &Resource, is_wanted: bool) -> Vec<String> {
    let state = resource.kept.state.as_ref().filter(|_| is_wanted).map(decode);
    state.map(|state| (row.known)(&state)).unwrap_or_default()
}

fn shown(kept: &Kept) -> String {
    let state = kept.state.as_ref().map_or(Json::Null, decode);
    format!("{}{state}", if kept.tainted { "tainted " } else { "" })
}

#[test]
fn the_next_run_comes_right_after_every_fault_at_every_request() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (scenarios, wrong, right_alone) = runtime.block_on(every_scenario());
    let table = table(&scenarios);
    println!("{table}\n{}", right_alone.join("\n"));
    assert!(wrong.is_empty(), "{} of {} scenarios:\n{}", wrong.len(), scenarios.len(), wrong.join("\n"));
    if std::env::var_os(CHOSEN).is_some() {
        return;
    }
    let text = include_str!("../../docs/RELIABILITY.md");
    let (before, after) = (text.split("<!-- matrix -->").next().unwrap(), text.rsplit("<!-- end -->").next().unwrap());
    expect_file!["../../docs/RELIABILITY.md"]
        .assert_eq(&format!("{before}<!-- matrix -->\n\n{table}\n<!-- end -->{after}"));
}

/// Names the variable that chooses scenarios, for who looks into one: those whose description holds its text.
const CHOSEN: &str = "FAULTS_OF";

/// How many scenarios are played again by themselves before they count as failed. More than that is no matter of time.
const MOST_DOUBTFUL: usize = 60;

/// Plays all scenarios or the chosen ones: which were played, by resource and fault, what went wrong, and what did so in
/// company only.
async fn every_scenario() -> (Vec<(&'static str, &'static str)>, Vec<String>, Vec<String>) {
    let mut stage = Stage::new().await;
    let chosen = std::env::var(CHOSEN).unwrap_or_default();
    let mut scenarios = VecDeque::new();
    let whole = RESOURCES.iter().map(|row| (row, true));
    for (row, is_whole) in whole.chain(ALIKE.iter().map(|row| (row, false))) {
        for (operation, point) in stage.points(row).await {
            for (name, fault) in FAULTS.into_iter().filter(|(name, _)| is_whole || DOUBTFUL.contains(name)) {
                let scenario = Scenario { row, operation, point: point.clone(), name, fault };
                if fault.at(&point).is_some() && scenario.describe().contains(&chosen) {
                    scenarios.push_back(scenario);
                }
            }
        }
    }
    let played = scenarios.iter().map(|scenario| (scenario.row.type_name, scenario.name)).collect();
    let (scenarios, doubtful) = (Arc::new(Mutex::new(scenarios)), Arc::new(Mutex::new(Vec::new())));
    let workers = (0..AT_A_TIME).map(|_| {
        let (scenarios, doubtful) = (Arc::clone(&scenarios), Arc::clone(&doubtful));
        tokio::spawn(async move {
            let mut stage = Stage::new().await;
            loop {
                let Some(scenario) = scenarios.lock().unwrap().pop_front() else { return };
                if let Err(why) = stage.play(&scenario).await {
                    doubtful.lock().unwrap().push((scenario, why));
                }
            }
        })
    });
    for worker in futures_util::future::join_all(workers).await {
        worker.unwrap();
    }
    // Time limits are short, and a machine with other work may miss one: what fails is what fails alone, too.
    let doubtful = std::mem::take(&mut *doubtful.lock().unwrap());
    let (mut wrong, mut right_alone) = (Vec::new(), Vec::new());
    for (number, (scenario, first)) in doubtful.into_iter().enumerate() {
        let again = if number < MOST_DOUBTFUL { Stage::new().await.play(&scenario).await } else { Err(first.clone()) };
        match again {
            Err(why) => wrong.push(format!("{}: {why}", scenario.describe())),
            Ok(()) => right_alone.push(format!("right when played alone: {}: {first}", scenario.describe())),
        }
    }
    (played, wrong, right_alone)
}

impl Scenario {
    fn describe(&self) -> String {
        let Self { row, operation, point, name, .. } = self;
        format!("{} {operation:?}: {name} at {} {} ({})", row.type_name, point.method, point.path, point.skip)
    }
}

/// How many scenarios there are of each fault for each resource.
fn table(played: &[(&str, &str)]) -> String {
    let heads: Vec<_> =
        RESOURCES.iter().map(|row| format!("`{}`", row.type_name.trim_start_matches("defender_"))).collect();
    let mut text = format!("| fault | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    let count = |fault: Option<&str>, of: &str| {
        played
            .iter()
            .filter(|(type_name, name)| *type_name == of && fault.is_none_or(|fault| fault == *name))
            .count()
            .to_string()
    };
    for (label, fault) in FAULTS.iter().map(|(name, _)| (*name, Some(*name))).chain([("all", None)]) {
        let counts: Vec<_> = RESOURCES.iter().map(|row| count(fault, row.type_name)).collect();
        text += &format!("| {label} | {} |\n", counts.join(" | "));
    }
    let alike = played.iter().filter(|(type_name, _)| ALIKE.iter().any(|row| row.type_name == *type_name)).count();
    text += &format!("\n{} scenarios", played.len() - alike);
    text + &format!(
        ", and {alike} more for {} other connectors and settings, which are the same code with another row of the\ncatalogue: {}.\n",
        ALIKE.len(),
        DOUBTFUL.join("; ")
    )
}
