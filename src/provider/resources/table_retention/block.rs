//! The attributes of `defender_table_retention`, and what can be said of them without the service.

use crate::provider::engine::attributes::ID;
use crate::provider::engine::import_id::{Arm, Form};
use crate::provider::engine::{place, timeouts};
use crate::provider::messages;
use crate::terraform::{Attribute, Block, Diagnostics, Nesting, Type, Value};

pub const TABLE: &str = "table";
pub const PLAN: &str = "plan";

pub const RETENTION: &str = "retention_in_days";
pub const TOTAL: &str = "total_retention_in_days";

/// The plans of Microsoft's API descriptions; the first is the one with a retention that can be set.
pub const PLANS: [&str; 3] = ["Analytics", "Basic", FOR_GOOD];

/// The plan that a table is made with and keeps: that of the data lake.
pub const FOR_GOOD: &str = "Auxiliary";

/// What its import ids look like.
pub const IMPORT: Form<'_> = Form {
    resource: super::RESOURCE,
    arm: Some(Arm::Table),
    workspace_alone: false,
    word: "DeviceInfo",
    how: "Import it by the table's ARM id, in any casing, or by its workspace's and, behind a bar, the table's name",
};

/// Total retentions beyond two years.
const YEARS: [i64; 10] = [1095, 1460, 1826, 2191, 2556, 2922, 3288, 3653, 4018, 4383];

/// A plan as the API description spells it; one that is not in there as it is.
pub fn spelled(plan: &str) -> &str {
    PLANS.into_iter().find(|known| known.eq_ignore_ascii_case(plan)).unwrap_or(plan)
}

/// Whether a table is of the customer's own making, as its name says.
fn is_custom(table: &str) -> bool {
    table.to_ascii_uppercase().ends_with("_CL")
}

/// The block of the resource.
pub fn block() -> Block {
    let description = "Sets how long a Log Analytics table, such as a hunting table that Defender streams into, keeps its data (ARM \
        `workspaces/tables`). The table itself is Microsoft's: creating this resource changes it, destroying this resource sets both \
        retentions back to their defaults and leaves the table, its data and its plan. `create_before_destroy` has no use: the table is set anew \
        and not set back after.\n\nThe caller needs Log Analytics Contributor on \
        the workspace.\n\n\
        **Known** (Microsoft's API description): `-1` is the default, which is the workspace's retention and, for the total, the \
        table's own; retention is 4 to 730 days, the total 4 to 4383; a change can take a while, and is waited for.\n\n\
        **Known** (Microsoft's documentation): a table changes between `Analytics` and `Basic` once a week at most, and only where it is on \
        Microsoft's list of those that can be `Basic`; `Auxiliary` is chosen when a custom table is made and never changes, and Microsoft's \
        tables do not have it; that these live in the data lake alone is set in the Defender portal, and rules, alerts and queries of the \
        workspace do not see them then.\n\n\
        **Reported by users**: 0 is refused; totals beyond 730 days are whole years only; the retention of a table of the Basic plan is \
        fixed.\n\n\
        **Not verified**: whether a table that the Defender portal moved to the data lake shows the plan `Auxiliary` here; whether a hunting table can be set before Defender has sent it anything; whether a longer retention by itself \
        makes Defender stream a table, as the Defender portal's own page does.";
    let [workspace_id, tenant_id] = place::attributes();
    let attributes = vec![
        workspace_id,
        Attribute::required(TABLE, Type::String, "Name of the table, such as `DeviceEvents`. Changing it makes a new resource.")
            .replaces()
            .ignore_case(),
        Attribute::optional(
            RETENTION,
            Type::Number,
            "Days that data can be queried: 4 to 730, or `-1` for the workspace's own. Defaults to `-1`.",
        )
        .default(-1_i64),
        Attribute::optional(
            TOTAL,
            Type::Number,
            "Days that data is kept in all, long-term retention included: 4 to 730, or 1095, 1460, 1826, 2191, 2556, 2922, 3288, 3653, 4018 \
             or 4383, or `-1` for the same as `retention_in_days`. Not less than `retention_in_days`. Defaults to `-1`.",
        )
        .default(-1_i64),
        Attribute::optional_computed(
            PLAN,
            Type::String,
            "Plan of the table: `Analytics`, or `Basic`, which has a fixed retention, or `Auxiliary`, which a custom table (`..._CL`) is made with \
             and keeps. Left out, the table keeps the plan it has; a table that became another than `Analytics` is told of beside a \
             `retention_in_days`, which cannot be applied then.",
        )
        .stable()
        .ignore_case(),
        tenant_id,
        Attribute::computed(ID, Type::String, "ARM id of the table.").stable(),
    ];
    Block::new(description, attributes).block("timeouts", Nesting::Single, timeouts::block())
}

/// Checks the attributes of a configuration.
pub fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    if let Some(table) = config.get(TABLE).as_str()
        && (table.trim().is_empty() || table.contains(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_'))
    {
        diagnostics.push(messages::bad_table_name(TABLE, table));
    }
    let plan = config.get(PLAN).as_str();
    if let Some(plan) = plan
        && !PLANS.iter().any(|known| known.eq_ignore_ascii_case(plan))
    {
        diagnostics.push(messages::unknown_plan(PLAN, plan));
    }
    if let (Some(plan), Some(table)) = (plan, config.get(TABLE).as_str())
        && plan.eq_ignore_ascii_case(FOR_GOOD)
        && !is_custom(table)
    {
        diagnostics.push(messages::auxiliary_plan(PLAN, table));
    }
    let in_range = |days: i64| (4..=730).contains(&days);
    let checked = |name: &str, fits: &dyn Fn(i64) -> bool, diagnostics: &mut Diagnostics| {
        let value = config.get(name);
        if !value.is_known() {
            return None;
        }
        match value.as_i64() {
            Some(days) if days == -1 || fits(days) => Some(days).filter(|days| *days != -1),
            found => {
                let found = found.map_or_else(|| "a fraction".to_owned(), |days| days.to_string());
                diagnostics.push(messages::bad_retention(name, &found, name == TOTAL));
                None
            }
        }
    };
    let retention = checked(RETENTION, &in_range, &mut diagnostics);
    let total = checked(TOTAL, &|days| in_range(days) || YEARS.contains(&days), &mut diagnostics);
    if let (Some(retention), Some(total)) = (retention, total)
        && total < retention
    {
        diagnostics.push(messages::total_below_retention(TOTAL, total, retention, false));
    }
    if let (Some(plan), Some(days)) = (plan, retention)
        && !plan.eq_ignore_ascii_case(PLANS[0])
    {
        diagnostics.push(messages::fixed_retention(RETENTION, spelled(plan), days));
    }
    diagnostics
}
