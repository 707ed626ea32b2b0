//! `{workspace}/tables`: retention and plan of Log Analytics tables \[spec: Tables.json\]. A change is taken in with 202
//! and done after some looks at it; what a table holds is not here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::arm::{ArmCall, method_is};
use super::exchange::{Answer, Reply};
use super::refusals;
use super::world::{Workspace, World};

/// Tables that every workspace has here; a real one has hundreds.
const MICROSOFT: [&str; 27] = [
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

/// Total retentions beyond two years \[seen in other providers\].
const YEARS: [i64; 10] = [1095, 1460, 1826, 2191, 2556, 2922, 3288, 3653, 4018, 4383];
/// What a Basic table keeps at hand; it cannot be set \[doc\].
const BASIC_RETENTION: i64 = 30;

/// How a change of a table is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableOperation {
    /// 202 with `Azure-AsyncOperation` \[spec: final-state-via\].
    AzureAsyncOperation,
    /// 202 with `Location` \[inferred from ARM's rules\].
    Location,
    /// 202 and no address: only `provisioningState` tells \[spec: the field\].
    ProvisioningState,
    /// 200, done at once \[spec: both answers\].
    Synchronous,
}

/// What is set of a table; nothing set is the default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Table {
    plan: String,
    retention_in_days: Option<i64>,
    total_retention_in_days: Option<i64>,
    #[serde(skip)]
    pending: Option<Pending>,
}

#[derive(Debug, Clone, PartialEq)]
struct Pending {
    id: String,
    looks_left: u32,
    becomes: Box<Table>,
}

impl Default for Table {
    fn default() -> Self {
        Self { plan: "Analytics".to_owned(), retention_in_days: None, total_retention_in_days: None, pending: None }
    }
}

/// The tables of a workspace that were ever changed, by name without regard to case.
#[derive(Debug, Clone, Default)]
pub struct Tables(BTreeMap<String, Table>);

impl Tables {
    /// Tables that differ from the default, for the admin state.
    pub fn state(&self) -> Value {
        let changed = self.0.iter().filter(|(_, table)| **table != Table::default());
        Value::Object(changed.map(|(name, table)| (name.clone(), json!(table))).collect())
    }

    /// Somebody in the portal changes a table; what is null goes back to the default.
    pub fn change(&mut self, name: &str, patch: &Value) -> Result<(), String> {
        let name = known(name).ok_or_else(|| format!("no such table as '{name}'"))?;
        let table = self.0.entry(name.to_owned()).or_default();
        let mut changed = json!(table);
        if let (Value::Object(target), Value::Object(patch)) = (&mut changed, patch) {
            target.extend(patch.clone());
        }
        *table = serde_json::from_value(changed).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn look(&mut self, name: &str) -> Table {
        let table = self.0.entry(name.to_owned()).or_default();
        let shown = table.clone();
        table.count_look();
        shown
    }
}

impl Table {
    /// Counts one look at a change; the last one finds it done next time.
    fn count_look(&mut self) {
        let Some(pending) = &mut self.pending else { return };
        match pending.looks_left.checked_sub(1) {
            Some(left) if left > 0 => pending.looks_left = left,
            _ => *self = (*pending.becomes).clone(),
        }
    }

    fn render(&self, workspace: &Workspace, name: &str) -> Value {
        let retention = match self.plan.as_str() {
            "Basic" => BASIC_RETENTION,
            _ => self.retention_in_days.unwrap_or(i64::from(workspace.retention_in_days)),
        };
        let total = self.total_retention_in_days.unwrap_or(retention).max(retention);
        json!({
            "id": format!("{}/tables/{name}", workspace.id()),
            "name": name,
            "type": "Microsoft.OperationalInsights/workspaces/tables",
            "properties": {
                "plan": self.plan,
                "retentionInDays": retention,
                "totalRetentionInDays": total,
                "archiveRetentionInDays": total - retention,
                "retentionInDaysAsDefault": self.retention_in_days.is_none(),
                "totalRetentionInDaysAsDefault": self.total_retention_in_days.is_none(),
                "provisioningState": if self.pending.is_some() { "Updating" } else { "Succeeded" },
                "schema": {
                    "name": name,
                    "tableType": "Microsoft",
                    "tableSubType": "Any",
                    "solutions": ["LogManagement"],
                    "standardColumns": [{"name": "TimeGenerated", "type": "dateTime", "isDefaultDisplay": true, "isHidden": false}],
                },
            },
        })
    }
}

fn known(name: &str) -> Option<&'static str> {
    MICROSOFT.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

/// Answers a call on the tables of a workspace.
pub fn answer(workspace: &mut Workspace, arm: &ArmCall<'_>) -> Answer {
    let Some(name) = arm.name else {
        method_is(arm.call, "GET")?;
        let shown: Vec<_> = MICROSOFT.iter().map(|name| (*name, workspace.tables.look(name))).collect();
        let value: Vec<_> = shown.iter().map(|(name, table)| table.render(workspace, name)).collect();
        return Ok(Reply::json(200, json!({"value": value})));
    };
    let name = known(name).ok_or_else(|| {
        let text = format!("Table {name} was not found in workspace {}.", workspace.name);
        Reply::error(404, "ResourceNotFound", text)
    })?;
    match arm.call.method.as_str() {
        "GET" => {
            let table = workspace.tables.look(name);
            Ok(Reply::json(200, table.render(workspace, name)))
        }
        "PUT" | "PATCH" => change(workspace, arm, name),
        "DELETE" => Err(refuse("Only tables of the customer's own can be deleted.")),
        method => Err(refusals::no_such_method(method)),
    }
}

fn change(workspace: &mut Workspace, arm: &ArmCall<'_>, name: &str) -> Answer {
    let body = arm.body()?;
    let properties = body.get("properties").cloned().unwrap_or(Value::Null);
    let before = workspace.tables.0.entry(name.to_owned()).or_default().clone();
    if before.pending.is_some() {
        // Locked for any change until the one before is done [spec: provisioningState]; the status is [inferred].
        return Err(Reply::error(409, "Conflict", format!("Table {name} is being updated; try again later.")));
    }
    let mut table = if arm.call.method == "PUT" { Table::default() } else { before };
    match properties.get("plan") {
        None | Some(Value::Null) => {}
        Some(Value::String(plan)) if ["Analytics", "Basic"].contains(&plan.as_str()) => table.plan.clone_from(plan),
        Some(plan) => return Err(refuse(&format!("The value {plan} is not valid for 'plan'."))),
    }
    if let Some(days) = days(&properties, "retentionInDays", |days| (4..=730).contains(&days))? {
        if table.plan == "Basic" && days.is_some() {
            return Err(refuse("'retentionInDays' cannot be set on a table of the Basic plan."));
        }
        table.retention_in_days = days;
    }
    let fits = |days: i64| (4..=730).contains(&days) || YEARS.contains(&days);
    if let Some(days) = days(&properties, "totalRetentionInDays", fits)? {
        table.total_retention_in_days = days;
    }
    let kept = table.retention_in_days.unwrap_or(i64::from(workspace.retention_in_days));
    if table.plan != "Basic" && table.total_retention_in_days.is_some_and(|total| total < kept) {
        return Err(refuse("'totalRetentionInDays' cannot be less than 'retentionInDays'."));
    }

    let (how, looks) = (arm.behaviour.table_operation, arm.behaviour.table_operation_looks);
    if how == TableOperation::Synchronous {
        workspace.tables.0.insert(name.to_owned(), table.clone());
        return Ok(Reply::json(200, table.render(workspace, name)));
    }
    let id = Uuid::new_v4().to_string();
    let (base, subscription, location) = (&arm.call.base, &workspace.subscription_id, &workspace.location);
    let address = format!(
        "{base}/subscriptions/{subscription}/providers/Microsoft.OperationalInsights/locations/{location}/operationStatuses/{id}\
         ?api-version={}",
        arm.version
    );
    if let Some(known) = workspace.tables.0.get_mut(name) {
        known.pending = Some(Pending { id, looks_left: looks, becomes: Box::new(table) });
    }
    let reply = Reply::empty(202);
    Ok(match how {
        TableOperation::AzureAsyncOperation => reply.with_header("azure-asyncoperation", address),
        TableOperation::Location => reply.with_header("location", address),
        TableOperation::ProvisioningState | TableOperation::Synchronous => reply,
    })
}

/// A number of days that the body sets: `None` where it is silent, `Some(None)` for -1, the default.
fn days(properties: &Value, name: &str, fits: impl Fn(i64) -> bool) -> Result<Option<Option<i64>>, Reply> {
    match properties.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64() {
            Some(-1) => Ok(Some(None)),
            Some(days) if fits(days) => Ok(Some(Some(days))),
            _ => Err(refuse(&format!("The value {value} is not valid for '{name}'."))),
        },
    }
}

/// Answers a look at a change, at the address that the change was answered with.
pub fn operation(world: &mut World, id: &str) -> Answer {
    let how = world.behaviour.table_operation;
    let tables = world.workspaces.iter_mut().flat_map(|workspace| workspace.tables.0.values_mut());
    let is_it = |table: &&mut Table| table.pending.as_ref().is_some_and(|pending| pending.id == id);
    let running = match tables.into_iter().find(is_it) {
        Some(table) => {
            table.count_look();
            true
        }
        None => false,
    };
    Ok(match (how, running) {
        (TableOperation::Location, true) => Reply::empty(202),
        (TableOperation::Location, false) => Reply::empty(200),
        (_, true) => Reply::json(200, json!({"id": id, "status": "InProgress"})),
        (_, false) => Reply::json(200, json!({"id": id, "status": "Succeeded"})),
    })
}

fn refuse(text: &str) -> Reply {
    Reply::error(400, "InvalidParameter", text)
}
