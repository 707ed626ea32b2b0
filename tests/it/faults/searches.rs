//! Every fault at every request of a search: it comes to its end, finds nothing that is not there, finds all that the fault
//! does not touch, and tells of what it could not read; the next search finds everything.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use terraform_provider_defender::plugin::proto::{DynamicValue, list_resource};

use super::fault::{FAULT_LATE, FAULTS, Fault, Point};
use crate::emulator_process::{EmulatorProcess, SUBSCRIPTION, WORKSPACE};
use crate::query::{connector, rule, sentinel_settings, setting, workbook, workspace, world};
use crate::run::{Provider, decode};

/// A resource of each source that is searched.
const TYPES: [&str; 7] = [
    "defender_xdr_connector",
    "defender_incident_rule",
    "defender_hunting_tables",
    "defender_workspace_onboarding",
    "defender_table_retention",
    "defender_ingestion_workbook",
    "defender_ueba",
];

const SECOND: &str = "44444444-4444-4444-8444-444444444444";

/// How many searches run at a time; most of what they do is wait.
const AT_A_TIME: usize = 16;

/// What a search brought: states by id, and what was told.
#[derive(Debug, PartialEq)]
struct Searched {
    found: BTreeMap<String, Json>,
    told: Vec<String>,
}

/// An emulator with three workspaces in two subscriptions, and a provider.
struct Stage {
    emulator: EmulatorProcess,
    provider: Provider,
}

fn id(subscription: &str, workspace: &str) -> String {
    WORKSPACE.replace(SUBSCRIPTION, subscription).replace("law-demo", workspace)
}

impl Stage {
    async fn new() -> Self {
        let places = [(SUBSCRIPTION, "law-a"), (SUBSCRIPTION, "law-b"), (SECOND, "law-c")];
        let workspaces = places.map(|(subscription, name)| {
            let mut workspace =
                workspace(subscription, name, vec![connector("xdr_connector", "x")], vec![rule("r", "R")]);
            let number = name.replace("law-", "00000000-0000-4000-8000-00000000000");
            workspace["workbooks"] = json!([workbook(&id(subscription, name), &number)]);
            workspace["settings"] = sentinel_settings();
            workspace
        });
        let mut world = world(workspaces.into());
        world["tenants"][0]["export_settings"] = json!([setting("s", &id(SUBSCRIPTION, "law-a"), &["DeviceInfo"])]);
        world["behaviour"]["throttle"] = false.into();
        let emulator = EmulatorProcess::start_with(&world);
        for (subscription, name) in places {
            let path = format!("/portal{}/tables/DeviceEvents", id(subscription, name));
            let change = json!({ "properties": { "retentionInDays": 180, "totalRetentionInDays": 365 } });
            emulator.admin("PATCH", &path, Some(&change)).await;
        }
        let url = emulator.url().to_owned();
        let provider = Provider::start(&emulator, &url).await;
        Self { emulator, provider }
    }

    /// Searches all that the credential sees; nothing is known of earlier searches.
    async fn search(&mut self, of: &str) -> Searched {
        self.provider.configure().await.unwrap();
        let anywhere = json!({ "workspace_id": null, "subscription_id": null, "tenant_id": null });
        let config = DynamicValue { msgpack: Vec::new(), json: anywhere.to_string().into_bytes() };
        let request = list_resource::Request {
            type_name: of.to_owned(),
            config: Some(config),
            include_resource_object: true,
            limit: 100,
        };
        let mut events = self.provider.client.list_resource(request).await.unwrap().into_inner();
        let mut searched = Searched { found: BTreeMap::new(), told: Vec::new() };
        while let Some(event) = events.message().await.unwrap() {
            searched.told.extend(event.diagnostic.into_iter().map(|told| format!("{}: {}", told.summary, told.detail)));
            if let Some(state) = event.resource_object.map(|state| decode(&state)) {
                let id = state["id"].as_str().unwrap().to_owned();
                assert!(searched.found.insert(id.clone(), state).is_none(), "{id} was found twice");
            }
        }
        searched
    }

    /// The requests of a search, when nothing goes wrong, and what it finds.
    async fn points(&mut self, of: &str) -> (Vec<Point>, Searched) {
        let already = self.emulator.exchanges().len();
        let all = self.search(of).await;
        (points_since(&self.emulator, already), all)
    }

    /// Plays one fault, and says whether anything was missing for it; what is wrong afterwards is the error.
    async fn play(&mut self, scenario: &Scenario) -> Result<bool, String> {
        let Scenario { of, point, action, times, all, .. } = scenario;
        let pattern = json!({ "method": point.method, "path": point.path, "times": times });
        self.emulator.admin("POST", "/faults", Some(&json!([{ "match": pattern, "action": action }]))).await;
        let searched = self.search(of).await;
        let world = self.emulator.admin("GET", "/state", None).await;
        if world["faults"][0]["match"]["times"] == *times {
            return Err("the fault was not played".to_owned());
        }
        self.emulator.admin("DELETE", "/faults", None).await;
        if let Some((id, state)) = searched.found.iter().find(|(id, state)| all.found.get(*id) != Some(*state)) {
            return Err(format!("{id} is not like this: {state}"));
        }
        let missing: Vec<_> = all.found.keys().filter(|id| !searched.found.contains_key(*id)).collect();
        if let Some(id) = missing.iter().find(|id| !point.touches(id)) {
            return Err(format!("{id} was not found, though nothing is wrong with it: {:?}", searched.told));
        }
        if !missing.is_empty() && searched.told.is_empty() {
            return Err(format!("{missing:?} were not found, and nothing is told of that"));
        }
        match self.search(of).await {
            again if again == **all => Ok(!missing.is_empty()),
            again => Err(format!("the next search brought {again:?}")),
        }
    }
}

/// The requests that came after the first so many, each the one of its method and path after as many others like it.
pub fn points_since(emulator: &EmulatorProcess, already: usize) -> Vec<Point> {
    let (url, exchanges) = (emulator.url(), emulator.exchanges());
    let mut points: Vec<Point> = Vec::new();
    for exchange in &exchanges[already..] {
        let asked = exchange["url"].as_str().unwrap();
        let method = exchange["method"].as_str().unwrap().to_owned();
        let path = asked.strip_prefix(url).unwrap_or(asked).to_owned();
        let skip = points.iter().filter(|point| point.method == method && point.path == path).count();
        points.push(Point { method, path, skip });
    }
    points
}

impl Point {
    /// Whether its answer tells of an object.
    fn touches(&self, id: &str) -> bool {
        let path = self.path.split('?').next().unwrap();
        let Some(below) = path.strip_prefix("/subscriptions/") else { return true };
        // The segments that name a workspace, or a subscription.
        let segments = if path.contains("/resourceGroups/") { 8 } else { 1 };
        let scope: Vec<_> = below.split('/').take(segments).collect();
        id.to_lowercase().contains(&scope.join("/").to_lowercase())
    }
}

/// A fault at a request.
struct Scenario {
    of: &'static str,
    point: Point,
    name: &'static str,
    action: Json,
    times: u32,
    all: Arc<Searched>,
}

/// Whether a search is over soon after it: what lasts and is tried again takes a workspace's whole time.
pub fn is_short(name: &str) -> bool {
    let is_tried_again =
        ["429", "reset", "500", "503", "no answer", "body cut"].iter().any(|what| name.starts_with(what));
    name != FAULT_LATE && !(is_tried_again && (name.ends_with("every time") || name.starts_with("no answer")))
}

#[test]
fn a_search_finds_what_no_fault_touches_and_tells_of_the_rest() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (count, lacking, wrong) = runtime.block_on(every_scenario());
    println!("{count} searches, of which {lacking} lacked something and told of it");
    assert!(count > 500 && lacking > 100, "only {count} searches, of which {lacking} lacked anything");
    assert!(wrong.is_empty(), "{} of {count} searches:\n{}", wrong.len(), wrong.join("\n"));
}

/// How many searches there were, how many of them lacked something, and what was wrong.
async fn every_scenario() -> (usize, usize, Vec<String>) {
    let mut stage = Stage::new().await;
    let mut scenarios = VecDeque::new();
    for of in TYPES {
        let (points, all) = stage.points(of).await;
        assert!(!all.found.is_empty() && all.told.is_empty(), "{of}: {all:?}");
        let all = Arc::new(all);
        for point in points {
            for (name, fault) in FAULTS.into_iter().filter(|(name, fault)| is_short(name) && !fault.interrupts()) {
                let Some((action, times)) = fault.at(&point).filter(|_| !matches!(fault, Fault::Stale)) else {
                    continue;
                };
                let all = Arc::clone(&all);
                scenarios.push_back(Scenario { of, point: point.clone(), name, action, times, all });
            }
        }
    }
    let count = scenarios.len();
    let (scenarios, wrong) = (Arc::new(Mutex::new(scenarios)), Arc::new(Mutex::new(Vec::new())));
    let workers = (0..AT_A_TIME).map(|_| {
        let (scenarios, wrong) = (Arc::clone(&scenarios), Arc::clone(&wrong));
        tokio::spawn(async move {
            let (mut stage, mut lacking) = (Stage::new().await, 0);
            loop {
                let Some(scenario) = scenarios.lock().unwrap().pop_front() else { return lacking };
                match stage.play(&scenario).await {
                    Ok(is_lacking) => lacking += usize::from(is_lacking),
                    Err(why) => {
                        let Scenario { of, point, name, .. } = &scenario;
                        wrong.lock().unwrap().push(format!("{of}: {name} at {} {}: {why}", point.method, point.path));
                    }
                }
            }
        })
    });
    let lacking = futures_util::future::join_all(workers).await.into_iter().map(|worker| worker.unwrap()).sum();
    let wrong = std::mem::take(&mut *wrong.lock().unwrap());
    (count, lacking, wrong)
}
