//! What the report tells, as its JSON has it. `docs/guides/report.md` describes the shape, which keeps what it has: fields may
//! come, and none goes or changes its meaning within a report version.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::provider::examination::Finding;

/// Under a name that no form of Terraform's has, so that a report is never taken for one.
pub const REPORT_VERSION: u32 = 1;

/// The whole fleet.
#[derive(Debug, Serialize)]
pub struct Report {
    pub report_version: u32,
    pub summary: Summary,
    pub tenants: Vec<Tenant>,
    pub files: Vec<ReadFile>,
    pub unread: Vec<Unread>,
}

/// How many there are. All but the first and the last count workspaces.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    pub tenants: usize,
    pub workspaces: usize,
    /// Changed since Terraform wrote its state.
    pub drifted: usize,
    /// To be changed by a plan.
    pub planned: usize,
    /// With a source that is not known to flow.
    pub silent: usize,
    /// With incidents that arrive twice.
    pub doubled: usize,
    /// Which no plan tells of, so that nobody knows whether they drifted.
    pub unplanned: usize,
    pub unread: usize,
    /// With something that stands in the way of an apply; null where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<usize>,
    /// With something else that somebody should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noticed: Option<usize>,
}

/// A file that was read, or a part of one.
#[derive(Debug, Serialize)]
pub struct ReadFile {
    pub file: String,
    /// "state" or "plan".
    pub form: &'static str,
    /// When a plan was made.
    pub time: Option<String>,
    /// Objects of this provider, and changes of such.
    pub objects: usize,
}

/// What could not be read.
#[derive(Clone, Debug, Serialize)]
pub struct Unread {
    pub file: String,
    pub why: String,
}

#[derive(Debug, Serialize)]
pub struct Tenant {
    /// Null where nothing tells it.
    pub tenant_id: Option<String>,
    pub workspaces: Vec<Workspace>,
}

#[derive(Debug, Default, Serialize)]
pub struct Workspace {
    /// Null where an apply will tell it.
    pub workspace_id: Option<String>,
    pub name: String,
    /// Whether a plan tells of it.
    pub has_plan: bool,
    /// Whether Microsoft Sentinel is on, where something tells.
    pub onboarded: Option<bool>,
    pub in_defender_portal: Option<bool>,
    pub connectors: Vec<Connector>,
    pub incident_rules: Vec<IncidentRule>,
    pub suppressions: Vec<Suppression>,
    pub hunting_tables: Vec<HuntingTables>,
    pub retentions: Vec<Retention>,
    pub settings: Vec<Setting>,
    pub solutions: Vec<Solution>,
    pub workbooks: Vec<Workbook>,
    /// What else of this provider is managed here.
    pub others: Vec<Other>,
    pub ingestion: Vec<Source>,
    pub incidents_twice: Vec<Twice>,
    pub drift: Vec<Change>,
    pub planned: Vec<Change>,
    /// What an examination found, of its tenant first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
pub struct Connector {
    pub address: String,
    pub resource: &'static str,
    pub product: &'static str,
    /// What is on, by attribute.
    pub data_types: BTreeMap<&'static str, bool>,
    pub managed_by_portal: bool,
}

#[derive(Debug, Serialize)]
pub struct IncidentRule {
    pub address: String,
    pub product: String,
    pub display_name: String,
    pub enabled: bool,
}

#[derive(Debug, Serialize)]
pub struct Suppression {
    pub address: String,
    pub products: Vec<String>,
    /// ARM ids of rules that are on all the same.
    pub enabled_rules: Vec<String>,
    /// ARM ids of rules that it switched off.
    pub suppressed_rules: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct HuntingTables {
    pub address: String,
    /// Without their prefix.
    pub tables: Vec<String>,
    /// What the setting streams besides, which others chose.
    pub preserved: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Retention {
    pub address: String,
    pub table: String,
    pub plan: Option<String>,
    pub retention_in_days: Option<i64>,
    pub total_retention_in_days: Option<i64>,
}

/// A setting of Sentinel that is on; one that is off is in no state.
#[derive(Debug, Serialize)]
pub struct Setting {
    pub address: String,
    pub resource: &'static str,
    /// As ARM calls it: "Ueba".
    pub kind: &'static str,
    /// Its directories or data sources, where it has a choice of such.
    pub chosen: Vec<String>,
    /// What it has of them besides, which others chose.
    pub preserved: Vec<String>,
}

/// A solution of the Content hub that is installed.
#[derive(Debug, Serialize)]
pub struct Solution {
    pub address: String,
    /// Publisher and offer.
    pub content_id: String,
    /// As the portal shows it.
    pub title: String,
    pub version: Option<String>,
    /// A newer version, where the catalogue had one when Terraform looked.
    pub update_available: Option<String>,
}

/// A workbook of what comes in.
#[derive(Debug, Serialize)]
pub struct Workbook {
    pub address: String,
    pub title: String,
    /// Without their prefix.
    pub tables: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Other {
    pub address: String,
    pub resource: String,
}

/// Whose data comes in, or does not.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    pub kind: SourceKind,
    /// The product or table.
    pub name: String,
    pub state: Flow,
    pub reason: Option<String>,
    pub last_record_time: Option<String>,
    /// Records of each day in UTC.
    pub daily_counts: Option<BTreeMap<String, u64>>,
    pub volume_mb: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    Incidents,
    Alerts,
    Table,
}

/// As `data.defender_ingestion` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    Flowing,
    Stale,
    Never,
    Unknown,
}

impl Flow {
    pub fn name(self) -> &'static str {
        match self {
            Self::Flowing => "flowing",
            Self::Stale => "stale",
            Self::Never => "never",
            Self::Unknown => "unknown",
        }
    }
}

/// A rule whose incidents Defender XDR brings too.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Twice {
    pub product: String,
    /// The rule's address, or its ARM id where it is nobody's.
    pub rule: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Change {
    pub address: String,
    pub resource: String,
    /// "create", "update", "replace", "delete", "import", "forget".
    pub action: String,
    /// Whether it is imported besides.
    pub import: bool,
    pub differences: Vec<Difference>,
}

/// An attribute that differs, of those that the report reads.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    pub attribute: String,
    pub before: Json,
    pub after: Json,
    /// Whether an apply will tell what it is after, which is null until then.
    pub known_after_apply: bool,
}

impl Report {
    pub fn workspaces(&self) -> impl Iterator<Item = (&Tenant, &Workspace)> {
        self.tenants.iter().flat_map(|tenant| tenant.workspaces.iter().map(move |workspace| (tenant, workspace)))
    }

    /// Whether something drifted or is to change.
    pub fn differs(&self) -> bool {
        self.summary.drifted + self.summary.planned > 0
    }
}

impl Workspace {
    /// The sources that are not known to flow.
    pub fn silent(&self) -> impl Iterator<Item = &Source> {
        self.ingestion.iter().filter(|source| source.state != Flow::Flowing)
    }

    /// Whether somebody has to look at it.
    pub fn needs_attention(&self) -> bool {
        let lists = [self.drift.is_empty(), self.planned.is_empty(), self.incidents_twice.is_empty()];
        lists.contains(&false) || self.silent().next().is_some()
    }
}
