//! What cannot be imported, and why.

use super::bullets;
use crate::provider::engine::attributes::TENANT_ID;
use crate::terraform::Diagnostic;

/// `how` is a sentence without its end, for the `examples` that follow it.
pub fn bad_import_id(
    resource: &str,
    found: &str,
    reason: &str,
    how: &str,
    examples: &[String],
    has_tenant: bool,
) -> Diagnostic {
    let tenant = match has_tenant {
        true => String::new(),
        false => {
            "\n\nWhere it is in another tenant than the provider's own, put that before it: TENANT_ID|....".to_owned()
        }
    };
    Diagnostic::error(
        format!("Not an import id of {resource}"),
        format!("Found {found:?}: {reason}.\n\n{how}:\n  {}{tenant}", examples.join("\n  ")),
    )
}

/// Nothing that goes by what stands behind the bar; `there` is what could have been meant.
pub fn import_nothing_called(
    resource: &str,
    word: &str,
    place: &str,
    there: &[String],
    listed_by: Option<&str>,
) -> Diagnostic {
    let next = match listed_by {
        Some(source) => format!("data.{source} lists what is there with its id."),
        None => format!("It has:\n{}", bullets(there)),
    };
    Diagnostic::error(
        format!("Nothing to import as {resource}"),
        format!("{place} has none that {word:?} stands for.\n\n{next}"),
    )
}

/// More than one thing goes by what stands behind the bar.
pub fn import_ambiguous(resource: &str, word: &str, place: &str, there: &[String]) -> Diagnostic {
    Diagnostic::error(
        format!("Several to import as {resource}"),
        format!(
            "{place} has more than one that {word:?} stands for:\n{}\n\nImport the one that is meant by its id.",
            bullets(there)
        ),
    )
}

/// The workspace of an import id is not there.
pub fn import_without_workspace(resource: &str, place: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Nothing to import as {resource}"),
        format!(
            "Resource Manager knows no workspace\n  {place}\n\nCheck the id; of another tenant than the provider's \
             own, it has that before it: TENANT_ID|{place}"
        ),
    )
}

/// What stands behind the bar is the name of something that another resource manages.
pub fn import_other_word(resource: &str, word: &str, expected: &str, found: &str, other: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Not importable as {resource}"),
        format!(
            "{word:?} stands for kind {found}; {resource} manages kind {expected}.\n\nImport it as {other} instead."
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
