//! The matrix: which columns there are, and what stands in them for a workspace. A cell is words, and a mark is a word too, so
//! that nothing is told by its colour alone.

use std::collections::BTreeMap;

use crate::catalog::{CONNECTORS, HUNTING_TABLES, HuntingTable, IncidentProduct};
use crate::defenderctl::report::model::{Change, Flow, Report, Source, SourceKind, Workspace};
use crate::defenderctl::report::text::{count, short};

/// What a cell says.
pub struct Cell {
    /// "" for what is on, as most of a fleet is, "n" for what is not, "z" for what is not there.
    pub class: &'static str,
    pub text: String,
    pub marks: Vec<&'static str>,
}

/// A group of columns.
pub struct Group {
    pub name: String,
    pub columns: Vec<String>,
}

/// The columns that tell of the workspace itself, after its name.
const OWN: [&str; 5] = ["Changes", "Sentinel", "Incident rules", "Retention", "Data"];

const NOTHING: &str = "–";

/// The columns, which are the same for all workspaces.
pub struct Columns {
    /// Whether some workspace streams tables that are not in the catalogue.
    has_other_tables: bool,
}

impl Columns {
    pub fn of(report: &Report) -> Self {
        let streamed = report.workspaces().flat_map(|(_, workspace)| tables(workspace));
        Self { has_other_tables: streamed.into_iter().any(|table| HuntingTable::find(table).is_none()) }
    }

    /// The products with a connector, by the number of their column.
    pub fn products(&self) -> Vec<(usize, String)> {
        let first = 1 + OWN.len();
        CONNECTORS.iter().enumerate().map(|(at, row)| (first + at, short(row.product).to_owned())).collect()
    }

    pub fn groups(&self) -> Vec<Group> {
        let group = |name: &str, columns: Vec<String>| Group { name: name.to_owned(), columns };
        let connectors = CONNECTORS.iter().map(|row| head(row.product));
        let mut groups =
            vec![group("The workspace", OWN.map(str::to_owned).into()), group("Connectors", connectors.collect())];
        for of_product in HUNTING_TABLES.chunk_by(|left, right| left.product == right.product) {
            let name = of_product.first().map_or(String::new(), |row| head(row.product));
            groups.push(group(&format!("{name} tables"), of_product.iter().map(|row| row.name.to_owned()).collect()));
        }
        if self.has_other_tables {
            groups.push(group("Other tables", vec!["Others".to_owned()]));
        }
        groups
    }

    /// What stands in the columns for a workspace.
    pub fn cells(&self, workspace: &Workspace) -> Vec<Cell> {
        let mut cells = own(workspace);
        cells.extend(CONNECTORS.iter().map(|row| connector(workspace, row.resource, row.product)));
        let sources = workspace.ingestion.iter().filter(|source| source.kind == SourceKind::Table);
        let sources: BTreeMap<_, _> = sources.map(|source| (HuntingTable::key(&source.name), source)).collect();
        let streamed: Vec<_> = tables(workspace).into_iter().map(HuntingTable::key).collect();
        let changed = [table_changes(&workspace.drift), table_changes(&workspace.planned)];
        cells.extend(HUNTING_TABLES.iter().map(|row| {
            let key = row.name.to_ascii_lowercase();
            let is_among = |changed: &[String]| changed.contains(&key);
            let marks = [is_among(&changed[0]).then_some("drift"), is_among(&changed[1]).then_some("plan")];
            let source = sources.get(&key).copied();
            let silent = source.and_then(silence);
            let is_on = streamed.contains(&key);
            let (class, text) = match (is_on, source.map(|source| source.state)) {
                (true, _) => ("", "on"),
                // Somebody else streams it.
                (false, Some(Flow::Flowing)) => ("n", "data"),
                _ => ("z", NOTHING),
            };
            Cell { class, text: text.to_owned(), marks: marks.into_iter().chain([silent]).flatten().collect() }
        }));
        if self.has_other_tables {
            let others = tables(workspace).into_iter().filter(|table| HuntingTable::find(table).is_none()).count();
            cells.push(plain(if others == 0 { NOTHING.to_owned() } else { others.to_string() }));
        }
        cells
    }
}

/// What a product has room for as the head of a column that stands upright.
fn head(product: &str) -> String {
    let without = |name: String, word: &str| name.replace(word, "");
    let head =
        ["Microsoft ", "Purview ", "Defender for "].iter().fold(product.to_owned(), |name, word| without(name, word));
    head.replace("Defender Threat", "Threat")
}

/// Whether a mark asks to be looked at, and does not tell alone.
pub fn is_alarm(mark: &str) -> bool {
    !["plan", "planned", "portal"].contains(&mark)
}

fn plain(text: String) -> Cell {
    let class = if text == NOTHING { "z" } else { "n" };
    Cell { class, text, marks: Vec::new() }
}

/// The tables that are streamed, managed here or not.
fn tables(workspace: &Workspace) -> Vec<&str> {
    workspace.hunting_tables.iter().flat_map(|setting| &setting.tables).map(String::as_str).collect()
}

fn own(workspace: &Workspace) -> Vec<Cell> {
    let (drift, planned) = (workspace.drift.len(), workspace.planned.len());
    let changes = match (workspace.has_plan, drift + planned) {
        (false, _) => plain("no plan".to_owned()),
        (true, 0) => Cell { class: "", text: "none".to_owned(), marks: Vec::new() },
        (true, changes) => {
            let marks = [(drift > 0).then_some("drift"), (planned > 0).then_some("plan")];
            Cell { class: "n", text: changes.to_string(), marks: marks.into_iter().flatten().collect() }
        }
    };
    let sentinel = match (workspace.onboarded, workspace.in_defender_portal) {
        (Some(false), _) => Cell { class: "n", text: "off".to_owned(), marks: Vec::new() },
        (on, portal) => {
            let marks = if portal == Some(true) { vec!["portal"] } else { Vec::new() };
            let (class, text) = if on == Some(true) { ("", "on") } else { ("z", NOTHING) };
            Cell { class, text: text.to_owned(), marks }
        }
    };
    let on = workspace.incident_rules.iter().filter(|rule| rule.enabled).count();
    let rules = [
        (on > 0).then(|| format!("{on} on")),
        (workspace.incident_rules.len() > on).then(|| format!("{} off", workspace.incident_rules.len() - on)),
        (!workspace.suppressions.is_empty()).then(|| "kept off".to_owned()),
    ];
    let rules: Vec<_> = rules.into_iter().flatten().collect();
    let mut rules = plain(if rules.is_empty() { NOTHING.to_owned() } else { rules.join(", ") });
    if !workspace.incidents_twice.is_empty() {
        rules.marks.push("twice");
    }
    let retention = match workspace.retentions.len() {
        0 => plain(NOTHING.to_owned()),
        tables => plain(count(tables, "table")),
    };
    let silent = workspace.silent().count();
    let data = match (workspace.ingestion.len(), silent) {
        (0, _) => plain("not asked".to_owned()),
        (all, 0) => Cell { class: "", text: format!("{all} flow"), marks: Vec::new() },
        (all, silent) => Cell { class: "n", text: format!("{silent} of {all}"), marks: vec!["silent"] },
    };
    vec![changes, sentinel, rules, retention, data]
}

fn connector(workspace: &Workspace, resource: &str, product: &str) -> Cell {
    let of_it: Vec<_> = workspace.connectors.iter().filter(|connector| connector.resource == resource).collect();
    let types = || of_it.iter().flat_map(|connector| connector.data_types.values());
    let (class, text) = match (of_it.is_empty(), types().any(|is_on| *is_on), types().all(|is_on| *is_on)) {
        (true, _, _) => ("z", NOTHING),
        (_, true, true) => ("", "on"),
        (_, true, false) => ("", "part"),
        _ => ("n", "off"),
    };
    let is_changed = |changes: &[Change]| changes.iter().any(|change| change.resource == resource);
    let source = workspace.ingestion.iter().filter(|source| source.kind != SourceKind::Table);
    let silent = source.filter(|source| IncidentProduct::is_same(&source.name, product)).find_map(silence);
    let marks = [
        is_changed(&workspace.drift).then_some("drift"),
        is_changed(&workspace.planned).then_some("plan"),
        of_it.iter().any(|connector| connector.managed_by_portal).then_some("portal"),
        silent,
    ];
    Cell { class, text: text.to_owned(), marks: marks.into_iter().flatten().collect() }
}

fn silence(source: &Source) -> Option<&'static str> {
    (source.state != Flow::Flowing).then(|| source.state.name())
}

/// The tables that changes bring or take, by what they go by.
fn table_changes(changes: &[Change]) -> Vec<String> {
    let differences =
        changes.iter().filter(|change| change.resource == "defender_hunting_tables").flat_map(|it| &it.differences);
    let mut found = Vec::new();
    for difference in differences.filter(|difference| difference.attribute == "tables") {
        let keys = |side: &serde_json::Value| -> Vec<String> {
            let names = side.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
            names.map(HuntingTable::key).collect()
        };
        let (before, after) = (keys(&difference.before), keys(&difference.after));
        found.extend(before.iter().filter(|table| !after.contains(table)).cloned());
        found.extend(after.iter().filter(|table| !before.contains(table)).cloned());
    }
    found
}
