//! What cannot be imported, and why.

use crate::arm::IdError;
use crate::provider::engine::attributes::TENANT_ID;
use crate::terraform::Diagnostic;

pub fn bad_import_id(resource: &str, error: &IdError) -> Diagnostic {
    Diagnostic::error(
        format!("Not an import id of {resource}"),
        format!(
            "Found {:?}: {}.\n\nImport it by its ARM id, in any casing:\n  {}\n\nWhere it is in another tenant than the \
             provider's own, put that before it: TENANT_ID|ARM_ID.",
            error.found, error.reason, error.expected
        ),
    )
}

/// `listed_by` is the data source that lists the ids of such things, where there is one.
pub fn import_absent(resource: &str, id: &str, place: &str, listed_by: Option<&str>) -> Diagnostic {
    let next = match listed_by {
        Some(source) => format!("Check the id; data.{source} lists what is there with its id."),
        None => "Check the id.".to_owned(),
    };
    Diagnostic::error(
        format!("Nothing to import as {resource}"),
        format!("{place} has nothing under\n  {id}\n\n{next}"),
    )
}

pub fn import_other_kind(resource: &str, id: &str, expected: &str, found: &str, other: Option<&str>) -> Diagnostic {
    let next = match other {
        Some(other) => format!("Import it as {other} instead."),
        None => "This provider has no resource for that kind.".to_owned(),
    };
    Diagnostic::error(
        format!("Not importable as {resource}"),
        format!("Under\n  {id}\nstands kind {found}; {resource} manages kind {expected}.\n\n{next}"),
    )
}

pub fn two_tenants(resource: &str, before_the_id: &str, beside_it: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Two tenants of one {resource}"),
        format!(
            "The identity's id names the tenant {before_the_id}, its {TENANT_ID} is {beside_it}. Name the tenant once, by {TENANT_ID}."
        ),
    )
    .at(TENANT_ID)
}
