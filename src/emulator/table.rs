//! What a Log Analytics table has of its own: plan and retention, and a change that is on its way.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Tables that every workspace has here; a real one has hundreds.
pub const MICROSOFT: [&str; 27] = [
    "AlertEvidence",
    "AlertInfo",
    "AzureActivity",
    "CloudAppEvents",
    "DeviceEvents",
    "DeviceFileCertificateInfo",
    "DeviceFileEvents",
    "DeviceImageLoadEvents",
    "DeviceInfo",
    "DeviceLogonEvents",
    "DeviceNetworkEvents",
    "DeviceNetworkInfo",
    "DeviceProcessEvents",
    "DeviceRegistryEvents",
    "EmailAttachmentInfo",
    "EmailEvents",
    "EmailPostDeliveryEvents",
    "EmailUrlInfo",
    "Heartbeat",
    "IdentityDirectoryEvents",
    "IdentityLogonEvents",
    "IdentityQueryEvents",
    "SecurityAlert",
    "SecurityEvent",
    "SecurityIncident",
    "SigninLogs",
    "UrlClickEvents",
];

/// What is set of a table; nothing set is the default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Table {
    /// Its plan, `Analytics`, `Basic` or `Auxiliary`.
    pub plan: String,
    /// Days at hand; `None` is the workspace's.
    pub retention_in_days: Option<i64>,
    /// Days in all; `None` is the days at hand.
    pub total_retention_in_days: Option<i64>,
    /// When its plan was last changed.
    #[serde(skip)]
    pub plan_changed: Option<Timestamp>,
    /// A change that was taken in and is not done yet.
    #[serde(skip)]
    pub pending: Option<Pending>,
}

/// A change under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// The id of its operation.
    pub id: String,
    /// Looks at it until it is done.
    pub looks_left: u32,
    /// What the table is then.
    pub becomes: Box<Table>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            plan: "Analytics".to_owned(),
            retention_in_days: None,
            total_retention_in_days: None,
            plan_changed: None,
            pending: None,
        }
    }
}

/// The tables of a workspace that were ever changed, by name without regard to case.
#[derive(Debug, Clone, Default)]
pub struct Tables(BTreeMap<String, Table>);

impl Tables {
    /// Tables that differ from the default, for the admin state.
    pub fn state(&self) -> Value {
        let is_default = |table: &Table| Table { plan_changed: None, ..table.clone() } == Table::default();
        let changed = self.0.iter().filter(|(_, table)| !is_default(table));
        Value::Object(changed.map(|(name, table)| (name.clone(), json!(table))).collect())
    }

    /// Somebody in the portal changes a table; what is null goes back to the default.
    pub fn change(&mut self, name: &str, patch: &Value) -> Result<(), String> {
        let name = known(name).ok_or_else(|| format!("no such table as '{name}'"))?;
        let table = self.of(name);
        let mut changed = json!(table);
        if let (Value::Object(target), Value::Object(patch)) = (&mut changed, patch) {
            target.extend(patch.clone());
        }
        let before = std::mem::replace(table, serde_json::from_value(changed).map_err(|error| error.to_string())?);
        table.plan_changed = if table.plan == before.plan { before.plan_changed } else { Some(Timestamp::now()) };
        Ok(())
    }

    /// A table under its known name.
    pub fn of(&mut self, name: &str) -> &mut Table {
        self.0.entry(name.to_owned()).or_default()
    }

    /// The plan of a table, which is `Analytics` unless it was changed.
    pub fn plan(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("Analytics", |(_, table)| table.plan.as_str())
    }

    /// Every table that was looked at or changed.
    pub fn all(&mut self) -> impl Iterator<Item = &mut Table> {
        self.0.values_mut()
    }

    /// A table as it shows itself, which counts as a look at its change.
    pub fn look(&mut self, name: &str) -> Table {
        let table = self.of(name);
        let shown = table.clone();
        table.count_look();
        shown
    }
}

impl Table {
    /// Counts one look at a change; the last one finds it done next time.
    pub fn count_look(&mut self) {
        let Some(pending) = &mut self.pending else { return };
        match pending.looks_left.checked_sub(1) {
            Some(left) if left > 0 => pending.looks_left = left,
            _ => *self = (*pending.becomes).clone(),
        }
    }
}

/// A table's own spelling of its name.
pub fn known(name: &str) -> Option<&'static str> {
    MICROSOFT.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}
