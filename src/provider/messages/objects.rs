//! What happens to the objects of a workspace, connectors and rules.

use super::service::said;
use super::{Subject, bullets, destroy_all_the_same, import_block, sentence_case, short};
use crate::arm;
use crate::terraform::{AttributePath, Diagnostic};

/// An object with an id that stands in the way of a create.
pub fn already_exists(path: impl Into<AttributePath>, subject: Subject<'_>, resource: &str, id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("{} exists already", sentence_case(subject.what)),
        format!(
            "The workspace {} has it as\n  {id}\n\nTo manage it here, import it:\n\n{}\n\nor set adopt_existing = true to take it over as \
             it is planned.\n\nWhere it is to be replaced with create_before_destroy, this is the old one: the service keeps it once, so it has \
             to be destroyed before.",
            subject.place,
            import_block(resource, id)
        ),
    )
    .at(path)
}

pub fn exists_under_another_name(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    wanted: &str,
    found: &str,
) -> Diagnostic {
    Diagnostic::error(
        format!("{} exists under another name", sentence_case(subject.what)),
        format!(
            "The workspace {} has it as {found:?}, the configuration names it {wanted:?}; the service keeps one for each kind and \
             tenant or subscription.\n\nLeave name out, or set name = {found:?}, to take over the one that is there; if it is left out, plan and apply once more.",
            subject.place
        ),
    )
    .at(path)
}

pub fn other_kind_under_name(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    id: &str,
    expected: &str,
    found: &str,
) -> Diagnostic {
    Diagnostic::error(
        "The name belongs to another kind",
        format!(
            "Could not {} {}: under\n  {id}\nthe workspace has kind {found}, not {expected}.\n\nGive this resource another name, or \
             remove what stands there first.",
            subject.operation, subject.what
        ),
    )
    .at(path)
}

pub fn now_under_another_name(subject: Subject<'_>, before: &str, now: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{} has a new name", sentence_case(subject.what)),
        format!(
            "It was {before:?} in {} and is {now:?} now: somebody disconnected and connected it again outside Terraform. State \
             follows it.",
            subject.place
        ),
    )
}

/// One summary for all that one workspace loses, so that Terraform shows them as one.
pub fn gone_with_onboarding(subject: Subject<'_>, error: &arm::Error) -> Diagnostic {
    Diagnostic::warning(
        format!("Gone: the workspace {} is no longer onboarded to Microsoft Sentinel", short(subject.place)),
        format!(
            "{} is gone with the onboarding of its workspace, as is everything else of Sentinel's there.\nWorkspace: {}\n\n{}\n\nIt is \
             planned to be created again, which needs the workspace to be onboarded first.",
            sentence_case(subject.what),
            subject.place,
            said(error)
        ),
    )
}

/// One summary for all that one service is slow to show, so that Terraform shows them as one.
pub fn not_readable_yet(subject: Subject<'_>) -> Diagnostic {
    Diagnostic::warning(
        "Stored, but cannot be read yet",
        format!(
            "The service took {} in, but did not show it before the time was over.\nWorkspace: {}\n\nState holds it as planned; run \
             terraform plan in a few minutes to see what the service made of it.",
            subject.what, subject.place
        ),
    )
}

pub fn stored_differently(subject: Subject<'_>, differences: &[String]) -> Diagnostic {
    Diagnostic::warning(
        format!("{} reads back differently", sentence_case(subject.what)),
        format!(
            "The service accepted the request in {} without an error but shows something else:\n{}\n\nThe next plan shows it as drift. \
             If it stays, something else manages it too, such as the Defender portal or a policy.",
            subject.place,
            bullets(differences)
        ),
    )
}

/// The service may have said so itself.
pub fn moved_meanwhile<'a>(
    subject: Subject<'_>,
    differences: &[String],
    error: impl Into<Option<&'a arm::Error>>,
) -> Diagnostic {
    let said = error.into().map(|error| said(error) + "\n\n").unwrap_or_default();
    Diagnostic::error(
        format!("{} changed while it was being updated", sentence_case(subject.what)),
        format!(
            "Since the plan was made, somebody changed it in {}:\n{}\n\n{said}Nothing was overwritten. Run terraform plan to see the \
             difference, then apply again.",
            subject.place,
            bullets(differences)
        ),
    )
}

pub fn rule_doubles(path: impl Into<AttributePath>, product: &str, place: &str, id: &str) -> Diagnostic {
    Diagnostic::warning(
        "A second incident rule for one product",
        format!(
            "The workspace {place} has an enabled rule for {product} already:\n  {id}\n\nUnless another block of this plan takes \
             it away, every alert that both match becomes two incidents. Import that rule, set adopt_existing = true, or narrow the two with filters."
        ),
    )
    .at(path)
}

/// An object that a create is told to take over.
pub fn taken_over(path: impl Into<AttributePath>, subject: Subject<'_>, id: &str, changes: &[String]) -> Diagnostic {
    let changes = if changes.is_empty() {
        "It is as configured, so nothing of it changes.".to_owned()
    } else {
        format!("What changes of it:\n{}", bullets(changes))
    };
    Diagnostic::warning(
        format!("{} is there and is taken over", sentence_case(subject.what)),
        format!(
            "adopt_existing = true, and {} has it as\n  {id}\n\n{changes}\n\nFrom then on a destroy removes it. If it turned up after \
             the plan was made, Terraform calls the plan inconsistent and changes nothing: plan and apply once more.",
            subject.place
        ),
    )
    .at(path)
}

/// The service took it in and says that it is not there.
pub fn never_showed(path: impl Into<AttributePath>, subject: Subject<'_>) -> Diagnostic {
    Diagnostic::error(
        format!("{} was taken in and is not there", sentence_case(subject.what)),
        format!(
            "The service accepted it in {} without an error, and minutes later it still says that there is no such thing. State holds \
             it.\n\nRun terraform plan: if it wants to replace it although it is there by then, run terraform untaint on it first. If it \
             stays away, something removes it, such as a policy.",
            subject.place
        ),
    )
    .at(path)
}

/// What is in the way of a create, as the plan tells it: nothing is lost by then, and whoever wants to destroy is not held up.
pub fn refused_at_apply(refusal: Diagnostic) -> Diagnostic {
    let Diagnostic { detail, .. } = &refusal;
    let detail = format!("{detail}\n\nApply will refuse to make it as long as this is so; nothing is changed by then.");
    Diagnostic { detail, ..refusal }.into_warning()
}

/// An error of a plan, with the way past it for who wants to destroy.
pub fn holds_up_destroy(found: Diagnostic) -> Diagnostic {
    let detail = format!("{}\n\n{}", found.detail, destroy_all_the_same());
    Diagnostic { detail, ..found }
}
