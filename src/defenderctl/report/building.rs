//! From what was gathered to what is told: who is where, what is on, what differs, and whose incidents arrive twice. No I/O.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use serde_json::Value as Json;

use super::gathered::{Gathered, Seen};
use super::model::{
    Change, Connector, Difference, Flow, HuntingTables, IncidentRule, Other, REPORT_VERSION, Report, Retention,
    Setting, Solution, Source, SourceKind, Summary, Suppression, Tenant, Twice, Workbook, Workspace,
};
use crate::catalog::{CONNECTORS, HuntingTable, IncidentProduct, SETTINGS};
use crate::defenderctl::forms::{self, Object, Picked};
use crate::provider::attributes::{ID, MANAGED_BY_PORTAL, TABLES, TENANT_ID, WORKSPACE_ID};
use crate::provider::interlocks::{Part, Party, rules_that_double};

/// Days that are kept of a source; the data source gives 90 at most.
const MOST_DAYS: usize = 90;

/// What the catalogue offers, which changes without the workspace.
const UPDATE_AVAILABLE: &str = "update_available";

/// Tenant and workspace, in lower case; the latter is not known of what is made together with its workspace.
pub type Place = (Option<String>, Option<String>);

impl Report {
    pub fn of(gathered: Gathered) -> Self {
        let homes = Homes::of(&gathered);
        let mut rows: BTreeMap<Place, Workspace> = BTreeMap::new();
        let mut streams = Streams::default();
        for seen in gathered.objects() {
            let attributes = &seen.object.attributes;
            let place = homes.place(attributes);
            streams.note(&place, &seen.object);
            let row = row(&mut rows, place, attributes);
            row.has_plan |= seen.is_planned;
            row.take(seen);
        }
        for (changes, is_drift) in [(&gathered.drift, true), (&gathered.changes, false)] {
            for change in changes {
                let Some(attributes) = change.before.as_ref().or(change.after.as_ref()) else { continue };
                let row = row(&mut rows, homes.place(attributes), attributes);
                row.has_plan = true;
                let change = told(change);
                if is_drift && change.is_news() {
                    continue;
                }
                let list = if is_drift { &mut row.drift } else { &mut row.planned };
                list.push(change);
            }
        }
        streams.tell(&mut rows);
        let tenants = tenants(rows);
        let summary = summary(&tenants, gathered.unread.len());
        let Gathered { files, unread, .. } = gathered;
        Self { report_version: REPORT_VERSION, summary, tenants, files, unread }
    }
}

fn row<'a>(rows: &'a mut BTreeMap<Place, Workspace>, place: Place, attributes: &Picked) -> &'a mut Workspace {
    let id = attributes.text(WORKSPACE_ID);
    rows.entry(place).or_insert_with(|| Workspace::of(id))
}

/// Whose the workspaces are, for what does not say it itself.
pub struct Homes(HashMap<String, String>);

impl Homes {
    pub fn of(gathered: &Gathered) -> Self {
        let objects = gathered.objects().map(|seen| &seen.object.attributes);
        let changes = gathered.drift.iter().chain(&gathered.changes);
        let changed = changes.filter_map(|change| change.before.as_ref().or(change.after.as_ref()));
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for (tenant, workspace) in objects.chain(changed).map(own_place) {
            if let (Some(tenant), Some(workspace)) = (tenant, workspace) {
                *counts.entry((workspace, tenant)).or_default() += 1;
            }
        }
        // The tenant of most of what a workspace holds: its hunting tables may be of another.
        let mut homes: HashMap<String, (usize, String)> = HashMap::new();
        for ((workspace, tenant), count) in counts {
            let home = homes.entry(workspace).or_default();
            if count > home.0 {
                *home = (count, tenant);
            }
        }
        Self(homes.into_iter().map(|(workspace, (_, tenant))| (workspace, tenant)).collect())
    }

    pub fn place(&self, attributes: &Picked) -> Place {
        let (tenant, workspace) = own_place(attributes);
        let home = || workspace.as_ref().and_then(|workspace| self.0.get(workspace).cloned());
        (tenant.or_else(home), workspace)
    }
}

fn own_place(attributes: &Picked) -> Place {
    let lower = |name: &str| attributes.text(name).filter(|text| !text.is_empty()).map(str::to_lowercase);
    (lower(TENANT_ID), lower(WORKSPACE_ID).map(|id| id.trim_end_matches('/').to_owned()))
}

/// Who makes incidents in each workspace, whichever tenant's they are.
#[derive(Default)]
struct Streams {
    parties: BTreeMap<Option<String>, Vec<Party>>,
    /// The place of each rule, and its address if it has a block.
    rules: HashMap<String, (Place, Option<String>)>,
}

impl Streams {
    fn note(&mut self, place: &Place, object: &Object) {
        let attributes = &object.attributes;
        let mut joins = |party| self.parties.entry(place.1.clone()).or_default().push(party);
        if let Some(party) = forms::party(&object.kind, &object.address, attributes) {
            if party.part == Part::Rule {
                self.rules.insert(party.id.to_lowercase(), (place.clone(), Some(object.address.clone())));
            }
            joins(party);
        } else if object.kind == "defender_incident_rule_suppression" {
            let products: Vec<_> = attributes.texts("products").collect();
            let is_in_xdr = products.iter().any(|product| Part::of_rule(product, true).is_some());
            for rule in attributes.texts("enabled_rules").filter(|_| is_in_xdr) {
                joins(Party { id: rule.to_owned(), product: products.join(", "), part: Part::Rule });
                self.rules.entry(rule.to_lowercase()).or_insert_with(|| (place.clone(), None));
            }
        }
    }

    fn tell(&self, rows: &mut BTreeMap<Place, Workspace>) {
        let mut told = BTreeSet::new();
        for rule in self.parties.values().flat_map(|parties| rules_that_double(parties)) {
            let key = rule.id.to_lowercase();
            let Some((place, address)) = self.rules.get(&key).filter(|_| told.insert(key.clone())) else { continue };
            let Some(row) = rows.get_mut(place) else { continue };
            let product =
                IncidentProduct::find(&rule.product).map_or(rule.product.as_str(), |known| known.name).to_owned();
            row.incidents_twice.push(Twice { product, rule: address.clone().unwrap_or_else(|| rule.id.clone()) });
        }
    }
}

impl Workspace {
    /// One of which nothing is known but its id, if that.
    pub fn of(id: Option<&str>) -> Self {
        let name = id.map_or("(known after apply)", |id| id.trim_end_matches('/').rsplit('/').next().unwrap_or(id));
        Self { workspace_id: id.map(str::to_owned), name: name.to_owned(), ..Self::default() }
    }

    fn take(&mut self, seen: &Seen) {
        let Object { address, kind, attributes, is_data, .. } = &seen.object;
        let address = address.clone();
        let text = |name: &str| attributes.text(name).unwrap_or_default().to_owned();
        let texts = |name: &str| attributes.texts(name).map(str::to_owned).collect::<Vec<_>>();
        let tables =
            |name: &str| attributes.texts(name).map(|table| HuntingTable::bare_name(table).to_owned()).collect();
        let flag = |name: &str| attributes.get(name).as_bool();
        match (kind.as_str(), is_data) {
            ("defender_ingestion", true) => self.ingestion.extend(sources(attributes)),
            ("defender_workspace", true) => {
                self.onboarded = flag("onboarded").or(self.onboarded);
                self.in_defender_portal = flag("in_defender_portal").or(self.in_defender_portal);
            }
            (_, true) => {}
            ("defender_incident_rule", _) => self.incident_rules.push(IncidentRule {
                address,
                product: text("product"),
                display_name: text("display_name"),
                enabled: flag("enabled") == Some(true),
            }),
            ("defender_incident_rule_suppression", _) => self.suppressions.push(Suppression {
                address,
                products: texts("products"),
                enabled_rules: texts("enabled_rules"),
                suppressed_rules: texts("suppressed_rules"),
            }),
            ("defender_hunting_tables", _) => self.hunting_tables.push(HuntingTables {
                address,
                tables: tables(TABLES),
                preserved: tables("preserved_categories"),
            }),
            ("defender_table_retention", _) => self.retentions.push(Retention {
                address,
                table: text("table"),
                plan: attributes.text("plan").map(str::to_owned),
                retention_in_days: attributes.get("retention_in_days").as_i64(),
                total_retention_in_days: attributes.get("total_retention_in_days").as_i64(),
            }),
            ("defender_content_solution", _) => self.solutions.push(Solution {
                address,
                content_id: text("content_id"),
                title: text("display_name"),
                version: attributes.text("version").map(str::to_owned),
                update_available: attributes.text(UPDATE_AVAILABLE).map(str::to_owned),
            }),
            ("defender_ingestion_workbook", _) => {
                self.workbooks.push(Workbook { address, title: text("display_name"), tables: tables(TABLES) });
            }
            ("defender_workspace_onboarding", _) => self.onboarded = Some(true),
            (kind, _) => {
                if let Some(row) = CONNECTORS.iter().find(|row| row.resource == kind) {
                    let is_on = |name: &'static str| Some((name, flag(name)?));
                    self.connectors.push(Connector {
                        address,
                        resource: row.resource,
                        product: row.product,
                        data_types: row.data_types.iter().filter_map(|of| is_on(of.attribute)).collect(),
                        managed_by_portal: flag(MANAGED_BY_PORTAL) == Some(true),
                    });
                } else if let Some(row) = SETTINGS.iter().find(|row| row.resource == kind) {
                    let choice = row.choice.as_ref();
                    self.settings.push(Setting {
                        address,
                        resource: row.resource,
                        kind: row.kind,
                        chosen: choice.map(|choice| texts(choice.attribute)).unwrap_or_default(),
                        preserved: choice.map(|choice| texts(choice.preserved)).unwrap_or_default(),
                    });
                } else {
                    self.others.push(Other { address, resource: kind.to_owned() });
                }
            }
        }
    }

    /// Each source once, and all in an order that does not depend on that of the files.
    fn settle(&mut self) {
        self.ingestion.sort_by(|left, right| (left.kind, &left.name).cmp(&(right.kind, &right.name)));
        // Where two look at the same, what is worse counts: nothing is called flowing that may not be.
        self.ingestion.dedup_by(|next, kept| {
            let is_same = next.kind == kept.kind && next.name.eq_ignore_ascii_case(&kept.name);
            if is_same && kept.state == Flow::Flowing {
                std::mem::swap(next, kept);
            }
            is_same
        });
        for changes in [&mut self.drift, &mut self.planned] {
            changes.sort_by(|left, right| left.address.cmp(&right.address));
        }
        self.settings.sort_by_key(|setting| setting.kind);
        self.solutions.sort_by_key(|solution| (solution.title.to_lowercase(), solution.content_id.to_lowercase()));
        self.connectors.sort_by_key(|connector| CONNECTORS.iter().position(|row| row.resource == connector.resource));
    }
}

/// What a data source found, as far as it is what it should be.
fn sources(attributes: &Picked) -> Vec<Source> {
    let found = attributes.get("sources").as_array().into_iter().flatten();
    let source = |source: &Json| {
        let text = |name: &str| source[name].as_str().map(str::to_owned);
        let kind = match source["kind"].as_str()? {
            "incidents" => SourceKind::Incidents,
            "alerts" => SourceKind::Alerts,
            "table" => SourceKind::Table,
            _ => return None,
        };
        let state = match source["state"].as_str() {
            Some("flowing") => Flow::Flowing,
            Some("stale") => Flow::Stale,
            Some("never") => Flow::Never,
            _ => Flow::Unknown,
        };
        Some(Source {
            kind,
            name: text("name")?,
            state,
            reason: text("reason"),
            last_record_time: text("last_record_time"),
            daily_counts: source["daily_counts"].as_object().map(days),
            volume_mb: source["volume_mb"].as_f64(),
        })
    };
    found.filter_map(source).collect()
}

fn days(counts: &serde_json::Map<String, Json>) -> BTreeMap<String, u64> {
    let day = |(day, count): (&String, &Json)| {
        let date: Date = day.parse().ok()?;
        Some((date, date.to_string(), count.as_u64()?))
    };
    let mut found: Vec<_> = counts.iter().filter_map(day).collect();
    found.sort();
    found.into_iter().rev().take(MOST_DAYS).map(|(_, day, count)| (day, count)).collect()
}

fn told(change: &forms::Change) -> Change {
    let actions: Vec<_> = change.actions.iter().map(String::as_str).collect();
    let action = match actions[..] {
        ["create", "delete"] | ["delete", "create"] | ["create", "forget"] => "replace".to_owned(),
        ["no-op"] if change.is_import => "import".to_owned(),
        _ => actions.join("+"),
    };
    let differences = match (&change.before, &change.after) {
        (Some(before), Some(after)) => differences(before, after, &change.unknown),
        _ => Vec::new(),
    };
    Change {
        address: change.address.clone(),
        resource: change.kind.clone(),
        action,
        import: change.is_import,
        differences,
    }
}

impl Change {
    /// Whether nothing changed but what Microsoft offers.
    fn is_news(&self) -> bool {
        self.differences.iter().all(|it| it.attribute == UPDATE_AVAILABLE) && !self.differences.is_empty()
    }
}

fn differences(before: &Picked, after: &Picked, unknown: &[String]) -> Vec<Difference> {
    let names: BTreeSet<_> = before.names().chain(after.names()).collect();
    let differ = names.into_iter().filter(|name| before.get(name) != after.get(name));
    // An id is new with whatever makes it so, which stands there too.
    let differ = differ.filter(|name| *name != ID || !unknown.iter().any(|unknown| unknown == ID));
    let difference = |name: &str| Difference {
        attribute: name.to_owned(),
        before: before.get(name).clone(),
        after: after.get(name).clone(),
        known_after_apply: unknown.iter().any(|unknown| unknown == name),
    };
    differ.map(difference).collect()
}

/// The tenants by their ids, those of nobody last, and their workspaces by name.
fn tenants(rows: BTreeMap<Place, Workspace>) -> Vec<Tenant> {
    let mut tenants: Vec<Tenant> = Vec::new();
    for ((tenant, _), mut workspace) in rows {
        workspace.settle();
        match tenants.last_mut().filter(|last| last.tenant_id == tenant) {
            Some(last) => last.workspaces.push(workspace),
            None => tenants.push(Tenant { tenant_id: tenant, workspaces: vec![workspace] }),
        }
    }
    for tenant in &mut tenants {
        let key = |workspace: &Workspace| (workspace.name.to_lowercase(), workspace.workspace_id.clone());
        tenant.workspaces.sort_by_key(key);
    }
    tenants.sort_by_key(|tenant| tenant.tenant_id.is_none());
    tenants
}

fn summary(tenants: &[Tenant], unread: usize) -> Summary {
    let workspaces: Vec<_> = tenants.iter().flat_map(|tenant| &tenant.workspaces).collect();
    let count = |is: fn(&Workspace) -> bool| workspaces.iter().filter(|workspace| is(workspace)).count();
    Summary {
        tenants: tenants.len(),
        workspaces: workspaces.len(),
        drifted: count(|workspace| !workspace.drift.is_empty()),
        planned: count(|workspace| !workspace.planned.is_empty()),
        silent: count(|workspace| workspace.silent().next().is_some()),
        doubled: count(|workspace| !workspace.incidents_twice.is_empty()),
        unplanned: count(|workspace| !workspace.has_plan),
        unread,
        ..Summary::default()
    }
}
