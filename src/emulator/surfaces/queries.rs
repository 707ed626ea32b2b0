//! The query API of Log Analytics: `POST /v1/workspaces/{customer id}/query` \[spec\], and Resource Manager's form of it,
//! `{workspace}/api/query` \[doc; out of support\]. Answered from the records that were loaded, and from nothing else.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::emulator::exchange::{Answer, Call, Reply};
use crate::emulator::kql::{self, Cell, Database, Refusal, Row};
use crate::emulator::logs;
use crate::emulator::scenario::Client;
use crate::emulator::table;
use crate::emulator::tokens::{Caller, bearer, same_audience};
use crate::emulator::workspace::Workspace;
use crate::emulator::world::World;

/// What role definitions call it.
pub const ACTION: &str = "Microsoft.OperationalInsights/workspaces/query/read";
/// What an application needs for the query API's own address \[doc\].
const PERMISSION: &str = "Data.Read";

/// Answers a query at the query API's own address.
pub fn direct(world: &World, call: &Call, customer_id: &str) -> Answer {
    let token = bearer(call.header("authorization"));
    let token =
        token.ok_or_else(|| refuse(401, "AuthorizationRequiredError", "", "Valid authentication was not provided"))?;
    let invalid = |text: &str| refuse(403, "InvalidTokenError", "", text);
    let caller = world.tokens.holder(token).ok_or_else(|| invalid("The token is not valid."))?;
    if caller.is_expired() {
        return Err(invalid("The token has expired."));
    }
    if !world.log_analytics_audiences().iter().any(|audience| same_audience(audience, &caller.audience)) {
        return Err(invalid("The token was issued for another audience."));
    }
    let is_it = |workspace: &&Workspace| workspace.customer_id.eq_ignore_ascii_case(customer_id);
    let workspace = world
        .workspaces
        .iter()
        .find(is_it)
        .ok_or_else(|| refuse(400, "FailedToResolveResource", "", "The workspace could not be found."))?;
    let client = world.tenant(&caller.tenant_id).and_then(|tenant| tenant.client(&caller.app_id));
    let is_home = workspace.tenant_id.eq_ignore_ascii_case(&caller.tenant_id);
    if !is_home || denied(client, PERMISSION) || denied(client, ACTION) {
        return Err(no_access(caller));
    }
    answer(world, workspace, call)
}

/// Answers a query of a workspace that the caller may read.
pub fn answer(world: &World, workspace: &Workspace, call: &Call) -> Answer {
    let body = call.json().unwrap_or_default();
    let Some(query) = body["query"].as_str() else {
        return Err(refuse(400, "BadArgumentError", "QueryIsMissing", "The body names no query."));
    };
    if workspace.logs.is_empty() {
        // A workspace that never had data is not placed anywhere [doc].
        return Ok(Reply::empty(204));
    }
    let database = Held { workspace, now: Timestamp::now() };
    let found = kql::answer(query, &database).map_err(|refusal| match refusal {
        Refusal::Wrong(why) => refuse(400, "BadArgumentError", "SemanticError", &why),
        Refusal::NotKnown(what) => {
            let text = format!("The emulator does not know {what}, and answers nothing that it would have to make up.");
            refuse(501, "NotImplemented", "", &text)
        }
    })?;
    let type_of = |at: usize| found.rows.iter().filter_map(|row| row.get(at)?.type_name()).next().unwrap_or("string");
    let columns = found.columns.iter().enumerate().map(|(at, name)| json!({"name": name, "type": type_of(at)}));
    let rows = found.rows.iter().map(|row| row.iter().map(Cell::shown).collect::<Vec<_>>());
    let (columns, rows) = (columns.collect::<Vec<_>>(), rows.collect::<Vec<_>>());
    let mut shown = json!({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]});
    if world.behaviour.partial_queries {
        shown["error"] = json!({
            "code": "PartialError",
            "message": "There were some errors when processing your query.",
            "details": [{
                "code": "EngineError",
                "message": "Something went wrong processing your query on the server.",
                "innererror": {"code": "-2133196797", "message": "The results of this query exceed the set limit."},
            }],
        });
    }
    Ok(Reply::json(200, shown))
}

/// What a query may read.
struct Held<'a> {
    workspace: &'a Workspace,
    now: Timestamp,
}

impl Database for Held<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn table(&self, name: &str) -> Result<Option<Vec<Row>>, Refusal> {
        let plan = self.workspace.tables.plan(name);
        if plan != "Analytics" {
            // Such tables have an API of their own, with less of KQL [doc]; the words are [inferred].
            return Err(Refusal::Wrong(format!("Table {name} of plan {plan} cannot be queried beside other tables")));
        }
        let held = self.workspace.logs.get(name);
        let is_there = held.is_some() || table::known(name) == Some(name);
        Ok(is_there.then(|| logs::rows(held.map(Vec::as_slice).unwrap_or_default(), self.now)))
    }
}

fn denied(client: Option<&Client>, action: &str) -> bool {
    client.is_some_and(|client| client.deny.iter().any(|denied| denied.eq_ignore_ascii_case(action)))
}

fn no_access(caller: &Caller) -> Reply {
    let text = format!(
        "The provided credentials of {} have insufficient access to perform the requested operation",
        caller.app_id
    );
    refuse(403, "InsufficientAccessError", "", &text)
}

fn refuse(status: u16, code: &str, inner: &str, text: &str) -> Reply {
    let innererror = if inner.is_empty() { Value::Null } else { json!({"code": inner, "message": text}) };
    let message = if inner.is_empty() { text } else { "The request had some invalid properties" };
    Reply::json(status, json!({"error": {"message": message, "code": code, "innererror": innererror}}))
}
