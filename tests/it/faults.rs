//! Every fault at every request of every operation of every resource: whatever the network, the service or a kill does
//! to a run, the next one comes right, nothing is there twice and nothing is there that state does not know.
//!
//! A new sort of resource is a row of `rows::RESOURCES`, one more connector a row of `rows::ALIKE`. What is counted is in docs/RELIABILITY.md.

mod real;
mod replaced;
mod rows;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use expect_test::expect_file;
use serde_json::{Value as Json, json};

use crate::emulator_process::{EmulatorProcess, WORKSPACE};
use crate::proxy::Proxy;
use crate::run::{Failed, Kept, Provider, Resource, decode};
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

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The emulator plays this, once or from then on.
    Played { action: &'static str, times: u32 },
    /// From then on reads show what there was before the operation.
    Stale,
    /// The answer lacks what the object is like, once or from then on.
    Stripped { times: u32 },
    /// The connection breaks, and from then on every new one is refused.
    Refused,
    /// The provider is killed, when the request has had its effect or not.
    Killed { action: &'static str },
}

const fn once(action: &'static str) -> Fault {
    Fault::Played { action, times: 1 }
}

const fn lasting(action: &'static str) -> Fault {
    Fault::Played { action, times: ALWAYS }
}

/// Times that outlast an operation.
const ALWAYS: u32 = 1000;

const DROP_BEFORE: &str = r#"{"drop": "before"}"#;
const DROP_AFTER: &str = r#"{"drop": "after"}"#;

const NOT_FOUND_BY_A_GATEWAY: &str = r#"{"status": 404, "body": "404 page not found"}"#;
const NOT_FOUND: &str =
    r#"{"status": 404, "body": {"error": {"code": "NotFound", "message": "Resource was not found."}}}"#;
const ANOTHER_NOT_FOUND: &str = r#"{"status": 404, "body": {"error": {"code": "ResourceNotFound", "message":
    "The Resource 'Microsoft.OperationalInsights/workspaces/another' under resource group 'rg-other' was not found."}}}"#;

const FAULT_LATE: &str = "no answer before the time limit, and the change is made after it";

const FAULTS: [(&str, Fault); 34] = [
    ("connection refused from then on", Fault::Refused),
    ("reset before the change, once", once(DROP_BEFORE)),
    ("reset before the change, every time", lasting(DROP_BEFORE)),
    ("reset after the change, once", once(DROP_AFTER)),
    ("reset after the change, every time", lasting(DROP_AFTER)),
    ("408, once", once(r#"{"status": 408}"#)),
    ("429, every time", lasting(r#"{"status": 429}"#)),
    ("429, Retry-After: 0", once(r#"{"status": 429, "headers": {"retry-after": "0"}}"#)),
    ("429, Retry-After: 1", once(r#"{"status": 429, "headers": {"retry-after": "1"}}"#)),
    (
        "429, Retry-After: a date that is over",
        once(r#"{"status": 429, "headers": {"retry-after": "Thu, 01 Jan 2015 00:00:00 GMT"}}"#),
    ),
    ("429, Retry-After: an hour", once(r#"{"status": 429, "headers": {"retry-after": "3600"}}"#)),
    ("429, Retry-After: not understood", once(r#"{"status": 429, "headers": {"retry-after": "soon"}}"#)),
    ("429, retry-after-ms", once(r#"{"status": 429, "headers": {"retry-after-ms": "20"}}"#)),
    ("429, x-ms-retry-after-ms", once(r#"{"status": 429, "headers": {"x-ms-retry-after-ms": "20"}}"#)),
    ("500, once", once(r#"{"status": 500}"#)),
    ("500 though the change is made, once", once(r#"{"status": 500, "after": true}"#)),
    ("500 though the change is made, every time", lasting(r#"{"status": 500, "after": true}"#)),
    ("503, every time", lasting(r#"{"status": 503, "headers": {"retry-after-ms": "50"}}"#)),
    ("no answer before the time limit", lasting(r#"{"delay_ms": 4000}"#)),
    (FAULT_LATE, once(r#"{"delay_ms": 3000, "even_if_gone": true}"#)),
    ("body cut short, once", once(r#"{"truncate": 1}"#)),
    ("body cut short, every time", lasting(r#"{"truncate": 1}"#)),
    ("a page in place of the answer", once(r#"{"raw_body": "<html><title>Sign in</title></html>"}"#)),
    ("404 that no service said, once", once(NOT_FOUND_BY_A_GATEWAY)),
    ("404 that no service said, every time", lasting(NOT_FOUND_BY_A_GATEWAY)),
    ("404 without a body, once", once(r#"{"status": 404}"#)),
    ("404 in the service's own words, once", once(NOT_FOUND)),
    ("404 in the service's own words, every time", lasting(NOT_FOUND)),
    ("404 that names another resource, once", once(ANOTHER_NOT_FOUND)),
    ("a read that shows what there was before, every time", Fault::Stale),
    ("a body without its properties, once", Fault::Stripped { times: 1 }),
    ("a body without its properties, every time", Fault::Stripped { times: ALWAYS }),
    ("provider killed before the change", Fault::Killed { action: DROP_BEFORE }),
    ("provider killed after the change", Fault::Killed { action: DROP_AFTER }),
];

/// What the address of a long-running operation holds before its id.
const OPERATIONS: &str = "/operationStatuses/";

/// The faults that leave the most in doubt.
const DOUBTFUL: [&str; 4] = [
    "reset after the change, every time",
    "500 though the change is made, every time",
    "no answer before the time limit",
    "provider killed after the change",
];

/// A request of an operation: the one of this method and path after so many others like it.
#[derive(Clone, Debug)]
struct Point {
    method: String,
    path: String,
    skip: usize,
}

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

impl Fault {
    /// What the emulator plays at a request, and how often; nothing where the fault makes no difference.
    fn at(self, point: &Point) -> Option<(Json, u32)> {
        let parsed = |action: &str| serde_json::from_str(action).unwrap();
        match self {
            Self::Played { action, times } => Some((parsed(action), times)),
            Self::Stale => (point.method == "GET").then(|| (json!({ "stale": true }), ALWAYS)),
            Self::Stripped { .. } if point.method == "DELETE" || point.path.contains("/token") => None,
            Self::Stripped { times } => {
                let is_setting = point.path.contains("dataExportSettings");
                Some((json!({ "strip": if is_setting { "/logs" } else { "/properties" } }), times))
            }
            Self::Refused => Some((parsed(DROP_BEFORE), 1)),
            Self::Killed { action } => Some((parsed(action), 1)),
        }
    }
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
        let pattern = json!({ "method": point.method, "path": point.path, "skip": point.skip, "times": times });
        self.emulator.admin("POST", "/faults", Some(&json!([{ "match": pattern, "action": action }]))).await;
        let outcome = match fault {
            Fault::Refused | Fault::Killed { .. } => self.interrupted(scenario, &mut resource).await,
            _ => self.perform(row, *operation, &mut resource).await,
        };
        let (is_done, told) = match outcome {
            Ok(()) => (*operation != Operation::Read, "went on".to_owned()),
            Err(failed) => (false, format!("{failed:?}")),
        };
        let world = self.emulator.admin("GET", "/state", None).await;
        if world["faults"][0]["match"]["times"] == times {
            return Err(format!("the fault was not played: {told}"));
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
            let Self { proxy, provider, .. } = self;
            let mut performing = Box::pin(perform(provider, scenario.row, scenario.operation, resource));
            tokio::select! {
                outcome = &mut performing => Err(outcome),
                () = proxy.broken() => Ok(match scenario.fault {
                    Fault::Killed { .. } => {
                        assert!(std::process::Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
                        performing.await
                    }
                    _ => {
                        proxy.shut().await;
                        performing.await
                    }
                }),
            }
        };
        self.proxy.hold(false);
        self.proxy.open();
        if matches!(scenario.fault, Fault::Killed { .. }) {
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

/// Plays all there are, or the chosen ones.
/// How many scenarios are played again by themselves before they count as failed. More than that is no matter of time.
const MOST_DOUBTFUL: usize = 60;

/// The scenarios that were played by resource and fault, what went wrong, and what did so in company only.
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
        ", and {alike} more for the other {} connectors, which are the same code with another row of the\ncatalogue: {}.\n",
        ALIKE.len(),
        DOUBTFUL.join("; ")
    )
}
