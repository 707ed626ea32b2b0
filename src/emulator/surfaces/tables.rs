//! `{workspace}/tables`: retention and plan of Log Analytics tables \[spec: Tables.json\]. A change is taken in with 202
//! and done after some looks at it; what a table holds is not here.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::arm_call::{ArmCall, method_is};
use crate::emulator::exchange::{Answer, Reply};
use crate::emulator::refusals;
use crate::emulator::scenario::TableOperation;
use crate::emulator::table::{MICROSOFT, Pending, Table, known};
use crate::emulator::workspace::Workspace;
use crate::emulator::world::World;

/// Total retentions beyond two years \[seen in other providers\].
const YEARS: [i64; 10] = [1095, 1460, 1826, 2191, 2556, 2922, 3288, 3653, 4018, 4383];
/// What a table of another plan than Analytics keeps at hand; it cannot be set \[doc\].
const BASIC_RETENTION: i64 = 30;

/// A table as the service shows it.
fn render(table: &Table, workspace: &Workspace, name: &str) -> Value {
    let retention = match table.plan.as_str() {
        "Basic" | "Auxiliary" => BASIC_RETENTION,
        _ => table.retention_in_days.unwrap_or(i64::from(workspace.retention_in_days)),
    };
    let total = table.total_retention_in_days.unwrap_or(retention).max(retention);
    json!({
        "id": format!("{}/tables/{name}", workspace.id()),
        "name": name,
        "type": "Microsoft.OperationalInsights/workspaces/tables",
        "properties": {
            "plan": table.plan,
            "retentionInDays": retention,
            "totalRetentionInDays": total,
            "archiveRetentionInDays": total - retention,
            "retentionInDaysAsDefault": table.retention_in_days.is_none(),
            "totalRetentionInDaysAsDefault": table.total_retention_in_days.is_none(),
            "lastPlanModifiedDate": table.plan_changed.map(|changed| changed.to_string()),
            "provisioningState": if table.pending.is_some() { "Updating" } else { "Succeeded" },
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

/// Answers a call on the tables of a workspace.
pub fn answer(workspace: &mut Workspace, arm: &ArmCall<'_>) -> Answer {
    let Some(name) = arm.name else {
        method_is(arm.call, "GET")?;
        let shown: Vec<_> = MICROSOFT.iter().map(|name| (*name, workspace.tables.look(name))).collect();
        let value: Vec<_> = shown.iter().map(|(name, table)| render(table, workspace, name)).collect();
        return Ok(Reply::json(200, json!({"value": value})));
    };
    let name = known(name).ok_or_else(|| {
        let text = format!("Table {name} was not found in workspace {}.", workspace.name);
        Reply::error(404, "ResourceNotFound", text)
    })?;
    match arm.call.method.as_str() {
        "GET" => {
            let table = workspace.tables.look(name);
            Ok(Reply::json(200, render(&table, workspace, name)))
        }
        "PUT" | "PATCH" => change(workspace, arm, name),
        "DELETE" => Err(refuse("Only tables of the customer's own can be deleted.")),
        method => Err(refusals::no_such_method(method)),
    }
}

fn change(workspace: &mut Workspace, arm: &ArmCall<'_>, name: &str) -> Answer {
    let body = arm.body()?;
    let properties = body.get("properties").cloned().unwrap_or(Value::Null);
    let before = workspace.tables.of(name).clone();
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
        if table.plan != "Analytics" && days.is_some() {
            let text = format!("'retentionInDays' cannot be set on a table of the {} plan.", table.plan);
            return Err(refuse(&text));
        }
        table.retention_in_days = days;
    }
    let fits = |days: i64| (4..=730).contains(&days) || YEARS.contains(&days);
    if let Some(days) = days(&properties, "totalRetentionInDays", fits)? {
        table.total_retention_in_days = days;
    }
    let before = workspace.tables.of(name).plan.clone();
    if table.plan != before {
        // Such a table is made with its plan and keeps it [doc].
        if before == "Auxiliary" {
            return Err(refuse("The plan of an Auxiliary table cannot be changed."));
        }
        table.plan_changed = Some(Timestamp::now());
    }
    let kept = table.retention_in_days.unwrap_or(i64::from(workspace.retention_in_days));
    if table.plan == "Analytics" && table.total_retention_in_days.is_some_and(|total| total < kept) {
        return Err(refuse("'totalRetentionInDays' cannot be less than 'retentionInDays'."));
    }

    let (how, looks) = (arm.behaviour.table_operation, arm.behaviour.table_operation_looks);
    if how == TableOperation::Synchronous {
        *workspace.tables.of(name) = table.clone();
        return Ok(Reply::json(200, render(&table, workspace, name)));
    }
    let id = Uuid::new_v4().to_string();
    let (base, subscription, location) = (&arm.call.base, &workspace.subscription_id, &workspace.location);
    let address = format!(
        "{base}/subscriptions/{subscription}/providers/Microsoft.OperationalInsights/locations/{location}/operationStatuses/{id}\
         ?api-version={}",
        arm.version
    );
    workspace.tables.of(name).pending = Some(Pending { id, looks_left: looks, becomes: Box::new(table) });
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
    let tables = world.workspaces.iter_mut().flat_map(|workspace| workspace.tables.all());
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
