//! Onboarding a workspace to Sentinel.

use super::{Subject, destroy_all_the_same, removed_block, short};
use crate::provider::engine::attributes::WORKSPACE_ID;
use crate::terraform::{AttributePath, Diagnostic};

pub fn onboarded_with_other_key(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    wanted: bool,
    found: bool,
) -> Diagnostic {
    Diagnostic::error(
        "The workspace is onboarded with another kind of key",
        format!(
            "The configuration has customer_managed_key = {wanted}, the workspace {} is onboarded with {found}, which cannot be changed \
             by taking it over.\n\nSet customer_managed_key = {found}, or remove Microsoft Sentinel from the workspace first.",
            subject.place
        ),
    )
    .at(path)
}

/// A workspace that is not there when something is planned in it.
pub fn no_such_workspace(path: impl Into<AttributePath>, subject: Subject<'_>) -> Diagnostic {
    let place = subject.place;
    Diagnostic::warning(
        format!("There is no workspace {}", short(place)),
        format!(
            "Resource Manager knows no workspace\n  {place}\n\nUnless this run makes it first, what is planned in it will be refused at apply. Check \
             workspace_id, also for a workspace that was deleted."
        ),
    )
    .at(path)
}

/// A workspace without Sentinel when something is planned in it.
pub fn not_onboarded_yet(path: impl Into<AttributePath>, subject: Subject<'_>) -> Diagnostic {
    let place = subject.place;
    Diagnostic::warning(
        format!("The workspace {} is not onboarded to Microsoft Sentinel", short(place)),
        format!(
            "Sentinel is not on in\n  {place}\n\nUnless another block of this configuration onboards it first, what is planned in it will be \
             refused at apply. Add defender_workspace_onboarding, and let the others wait for it with depends_on."
        ),
    )
    .at(path)
}

pub fn onboarding_not_up(path: impl Into<AttributePath>, subject: Subject<'_>) -> Diagnostic {
    Diagnostic::error(
        "Microsoft Sentinel is not up yet",
        format!(
            "The onboarding of {} was accepted, but Sentinel did not answer in it before the time was over. State holds the \
             onboarding.\n\nRun terraform plan in a few minutes. If it wants to replace the onboarding although Sentinel is there by \
             then, run terraform untaint {}.NAME first; if it is still not there, apply again, with a longer timeouts {{ create = ... }}.",
            subject.place, subject.resource
        ),
    )
    .at(path)
}

/// The workspace stands in the summary, so that Terraform never hides one behind another.
pub fn removes_sentinel(workspace: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("This removes Microsoft Sentinel from the workspace {}", short(workspace)),
        format!(
            "Without its onboarding, {workspace} loses every Sentinel connector and rule in it, those that are not in this configuration \
             too. Collected data stays.\n\nTo stop managing the onboarding without touching it, leave in place of the resource\n\n{}",
            removed_block("defender_workspace_onboarding")
        ),
    )
}

/// Somebody asked for the replacement, not the configuration.
pub fn replaces_sentinel(workspace: &str) -> Diagnostic {
    Diagnostic::error(
        format!("This would remove Microsoft Sentinel from the workspace {}", short(workspace)),
        format!(
            "-replace or replace_triggered_by asks for the onboarding to be made anew. Without its onboarding, {workspace} loses every \
             Sentinel connector and rule in it, those that are not in this configuration too, and the new one brings none of them back.\n\n\
             Nothing of an onboarding needs a replacement: leave it out of -replace and replace_triggered_by. If Sentinel is to be removed \
             and made anew all the same, remove the resource, apply, and add it again.\n\n{}",
            destroy_all_the_same()
        ),
    )
    .at(WORKSPACE_ID)
}

pub fn not_onboarded_to_import(workspace: &str) -> Diagnostic {
    Diagnostic::error(
        "Nothing to import as defender_workspace_onboarding",
        format!(
            "{workspace} is not onboarded to Microsoft Sentinel.\n\nCheck the id, or leave the import out and let Terraform onboard it."
        ),
    )
}
