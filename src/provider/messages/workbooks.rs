//! The workbook of a workspace.

use super::Subject;
use crate::terraform::{AttributePath, Diagnostic};

pub fn bad_location(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not a region of Azure",
        format!(
            "Found {found:?}; a region is letters and digits, such as \"westeurope\" or \"West Europe\". Leave location out for that of \
             the workspace."
        ),
    )
    .at(path)
}

pub fn reserved_tag(path: impl Into<AttributePath>, tag: &str) -> Diagnostic {
    Diagnostic::error(
        "A tag of the service's own",
        format!(
            "The service keeps the display name of a workbook in the tag {tag:?}. Take it out, and set display_name."
        ),
    )
    .at(path)
}

/// A table that is shown as it is written, and is close to one of Defender's.
pub fn may_be_a_slip(path: impl Into<AttributePath>, found: &str, meant: &str) -> Diagnostic {
    Diagnostic::warning(
        "A table that is none of Defender's",
        format!("Did you mean {meant:?}? Found {found:?}. Any table can have a chart; that of a table which is not there stays at zero."),
    )
    .at(path)
}

pub fn exists_in_another_region(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    id: &str,
    wanted: &str,
    found: &str,
) -> Diagnostic {
    Diagnostic::error(
        "The workbook exists in another region",
        format!(
            "Could not {} {}: under\n  {id}\nit is in {found:?}, the configuration has {wanted:?}, and the service moves none.\n\nLeave location \
             out, or set location = {found:?}, to take over the one that is there; or give this one another name.",
            subject.operation, subject.what
        ),
    )
    .at(path)
}

/// A workbook of something else than a workspace.
pub fn import_of_no_workspace(resource: &str, id: &str, source: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Not importable as {resource}"),
        format!(
            "The workbook\n  {id}\nis about {source:?}; {resource} manages workbooks of Log Analytics workspaces.\n\nCheck the id."
        ),
    )
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;

    const WORKBOOK: &str = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/\
        Microsoft.Insights/workbooks/5a1f1c2e-0000-4000-8000-000000000001";

    /// Every message of this file; `subject` is of a workspace.
    pub fn all(subject: Subject<'_>) -> Vec<(&'static str, Diagnostic)> {
        vec![
            ("bad_location", bad_location("location", "west/europe")),
            ("reserved_tag", reserved_tag("tags", "hidden-title")),
            ("may_be_a_slip", may_be_a_slip("tables", "DeviceEvnts", "DeviceEvents")),
            (
                "exists_in_another_region",
                exists_in_another_region(
                    "location",
                    Subject { what: "the ingestion workbook", ..subject },
                    WORKBOOK,
                    "eastus",
                    "westeurope",
                ),
            ),
            (
                "import_of_no_workspace",
                import_of_no_workspace("defender_ingestion_workbook", WORKBOOK, "azure monitor"),
            ),
        ]
    }
}
