//! Retention of tables.

use super::service::said;
use super::{Subject, bullets, import_block};
use crate::arm;
use crate::terraform::{AttributePath, Diagnostic};

pub fn bad_table_name(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not the name of a table",
        format!("Found {found:?}; a table's name is letters, digits and underscores, such as \"DeviceEvents\"."),
    )
    .at(path)
}

pub fn unknown_plan(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::warning(
        "A table plan this version does not know",
        format!(
            "Found {found:?}; known are \"Analytics\", \"Basic\" and \"Auxiliary\". It is sent as written; if that is a slip, the service will refuse it \
             at apply."
        ),
    )
    .at(path)
}

pub fn bad_retention(path: impl Into<AttributePath>, found: &str, is_total: bool) -> Diagnostic {
    let (numbers, default) = if is_total {
        (
            "4 to 730 days, or 1095, 1460, 1826, 2191, 2556, 2922, 3288, 3653, 4018 or 4383 (3 to 12 years)",
            "the same as retention_in_days",
        )
    } else {
        ("4 to 730 days", "the workspace's own retention")
    };
    Diagnostic::error(
        "Not a retention that a table can have",
        format!("Found {found}; write {numbers}, or -1 or nothing for {default}."),
    )
    .at(path)
}

pub fn total_below_retention(
    path: impl Into<AttributePath>,
    total: i64,
    retention: i64,
    is_workspaces: bool,
) -> Diagnostic {
    let whose = if is_workspaces {
        "the workspace's own retention, which the table falls back to,"
    } else {
        "retention_in_days"
    };
    Diagnostic::error(
        "Less total retention than retention",
        format!(
            "Found {total} days in all, while {whose} is {retention}: the total includes it.\n\nRaise the total to at least {retention}, \
             leave it out for the same, or set a lower retention_in_days."
        ),
    )
    .at(path)
}

pub fn auxiliary_plan(path: impl Into<AttributePath>, table: &str) -> Diagnostic {
    Diagnostic::error(
        "A plan for custom tables alone",
        format!(
            "Found \"Auxiliary\" for {table}, which is a table of Microsoft's: it cannot have that plan (Microsoft's documentation).\n\nThat \
             its data lives in the data lake alone is set in the Defender portal, under the table's retention; leave plan out here, and \
             retention_in_days with it."
        ),
    )
    .at(path)
}

pub fn plan_for_good(path: impl Into<AttributePath>, table: &str, there: &str, wanted: &str) -> Diagnostic {
    Diagnostic::error(
        "A plan that no table changes to or from",
        format!(
            "The table {table} is of the {there} plan, and plan = {wanted:?} is asked for. The Auxiliary plan is chosen when a custom table is \
             made, and stays (Microsoft's documentation).\n\nLeave plan out to keep the one that the table has. What the Defender portal moved to \
             the data lake is moved back there."
        ),
    )
    .at(path)
}

pub fn plan_changed_lately(
    path: impl Into<AttributePath>,
    table: &str,
    wanted: &str,
    last: &str,
    again: &str,
) -> Diagnostic {
    Diagnostic::warning(
        "The table's plan was changed less than a week ago",
        format!(
            "The table {table} is to be of the {wanted} plan, and its plan was last changed on {last}. The service lets a table change \
             its plan once a week (Microsoft's documentation), so that it will refuse the apply before {again}."
        ),
    )
    .at(path)
}

pub fn fixed_retention(path: impl Into<AttributePath>, plan: &str, days: i64) -> Diagnostic {
    let or = if plan.eq_ignore_ascii_case("Auxiliary") { "" } else { ", or set plan = \"Analytics\"" };
    Diagnostic::error(
        format!("The retention of the {plan} plan is fixed"),
        format!(
            "Found {days} days beside plan = {plan:?}. The retention of a table of the {plan} table plan cannot be set, only \
             total_retention_in_days can.\n\nLeave retention_in_days out{or}."
        ),
    )
    .at(path)
}

pub fn basic_table(path: impl Into<AttributePath>, table: &str, plan: &str, days: i64) -> Diagnostic {
    let back = if plan.eq_ignore_ascii_case("Auxiliary") {
        "A table of this plan lives in the data lake, and Resource Manager has no documented way back; the Defender portal has, under the \
         table's retention."
    } else {
        "To move the table back, set plan = \"Analytics\" (the service lets a table change its plan once a week)."
    };
    let as_it_is =
        if plan.eq_ignore_ascii_case("Auxiliary") { String::new() } else { format!("set plan = {plan:?} and ") };
    Diagnostic::error(
        format!("The retention of the {plan} plan is fixed"),
        format!(
            "The service shows {table} as of the {plan} table plan. The retention of such a table cannot be set, so that \
             retention_in_days = {days} cannot be applied; nothing of the table is changed until that is settled.\n\n{back} To leave \
             it as it is, {as_it_is}leave retention_in_days out. What is in state already can be destroyed without either."
        ),
    )
    .at(path)
}

pub fn table_has_own_retention(path: impl Into<AttributePath>, id: &str, changes: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "The table has a retention or plan of its own already",
        format!(
            "Somebody has set\n  {id}\nbefore, and this changes it (-1 is the default):\n{}\n\nWhere a retention becomes less, data older \
             than it will be removed. To begin with what is there, import the table:\n\n{}",
            bullets(changes),
            import_block("defender_table_retention", id)
        ),
    )
    .at(path)
}

pub fn retention_not_set_back(table: &str, differences: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "The table keeps a retention of its own",
        format!(
            "The service accepted {table} back at its defaults (-1) but still shows something else:\n{}\n\nTerraform no longer manages \
             the table. If it stays so, set it back in the workspace's table settings in the portal.",
            bullets(differences)
        ),
    )
}

pub fn no_such_table(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    table: &str,
    error: &arm::Error,
) -> Diagnostic {
    Diagnostic::error(
        subject.could_not(),
        format!(
            "The workspace {} has no table {table:?}.\n\n{}\n\nCheck the spelling, and workspace_id. A table of a Microsoft product can \
             appear with its first data; let this resource wait for what brings it with depends_on.",
            subject.place,
            said(error)
        ),
    )
    .at(path)
}
