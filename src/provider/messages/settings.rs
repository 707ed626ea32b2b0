//! Settings of Microsoft Sentinel.

use super::service::said;
use super::{Subject, bullets, did_you_mean, sentence_case, short};
use crate::arm;
use crate::catalog::Setting;
use crate::terraform::{AttributePath, Diagnostic};

pub fn unknown_entry(
    path: impl Into<AttributePath>,
    noun: &str,
    found: &str,
    meant: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    Diagnostic::warning(
        format!("A {noun} this version does not know"),
        format!(
            "Found {found:?}; Microsoft's API description names\n{}\n\n{}It is sent as written; if that is a slip, the service may refuse it \
             at apply.",
            bullets(known),
            did_you_mean(meant)
        ),
    )
    .at(path)
}

pub fn entry_twice(path: impl Into<AttributePath>, noun: &str, first: &str, second: &str) -> Diagnostic {
    Diagnostic::error(
        format!("One {noun} named twice"),
        format!("{first:?} and {second:?} are the same, in any casing. Keep one of them."),
    )
    .at(path)
}

/// What a plan says where the setting that has to be on first is not there, as far as is known by then.
pub fn needs_setting_first(path: impl Into<AttributePath>, subject: Subject<'_>, needed: &Setting) -> Diagnostic {
    let Setting { what, resource, .. } = needed;
    Diagnostic::warning(
        format!("{} is off in the workspace {}", sentence_case(what), short(subject.place)),
        format!(
            "{} needs {what} (reported by users), which is off in\n  {}\n\nUnless another block of this configuration switches it on, the \
             service may refuse the apply. Add {resource}, and let this one wait for it with depends_on.",
            sentence_case(subject.what),
            subject.place
        ),
    )
    .at(path)
}

/// The service refused a setting, and the one that it needs did not come on.
pub fn setting_needed(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    needed: &Setting,
    error: &arm::Error,
) -> Diagnostic {
    let Setting { what, resource, .. } = needed;
    Diagnostic::error(
        subject.could_not(),
        format!(
            "It needs {what}, which is off in\n  {}\n\n{}\n\nAdd {resource}, let this one wait for it with depends_on, and apply again. If that \
             one is in this configuration already, its own error tells more.",
            subject.place,
            said(error)
        ),
    )
    .at(path)
}

/// One goes, and another that needs it stays.
pub fn setting_still_needed(leaves: &Setting, needed_by: &Setting, place: &str) -> Diagnostic {
    let Setting { what, .. } = leaves;
    Diagnostic::warning(
        format!("{} goes, and {} needs it", sentence_case(what), needed_by.what),
        format!(
            "{} is on in\n  {place}\n\nUnless it goes in the same run, the service may refuse to switch {what} off, or leave the other one \
             without effect (not verified): destroy {} too, or keep {}.",
            sentence_case(needed_by.what),
            needed_by.resource,
            leaves.resource
        ),
    )
}

/// The service refused to switch a setting off that another one needs.
pub fn setting_in_use(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    needed_by: &Setting,
    error: &arm::Error,
) -> Diagnostic {
    Diagnostic::error(
        subject.could_not(),
        format!(
            "{} needs it and is on in\n  {}\n\n{}\n\nDestroy {} too, or switch it off in the portal, and apply again; let it wait for this one \
             with depends_on, so that it goes first.",
            sentence_case(needed_by.what),
            subject.place,
            said(error),
            needed_by.resource
        ),
    )
    .at(path)
}

/// What others have in a setting goes with it.
pub fn preserved_goes_too(row: &Setting, noun: &str, place: &str, preserved: &[&str]) -> Diagnostic {
    Diagnostic::warning(
        format!("{} goes with what others added to it", sentence_case(row.what)),
        format!(
            "In {place} somebody added to it in a portal, each a {noun} that this configuration does not name:\n{}\n\nMaking the setting anew \
             brings none of them back. To stop managing it without touching it, leave in place of the resource\n\n{}",
            bullets(preserved),
            super::removed_block(row.resource)
        ),
    )
}

/// Something else than the one name that a setting of the kind can have.
pub fn not_its_name(row: &Setting, name: &str) -> String {
    format!("{name:?} is not the name of {}, which is its kind, {:?}", row.what, row.kind)
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::arm::Kind;

    /// Every message of this file; `subject` is of a workspace.
    pub fn all(subject: Subject<'_>) -> Vec<(&'static str, Diagnostic)> {
        let row = |kind| Setting::of_kind(kind).unwrap();
        let [entity, ueba] = [row("EntityAnalytics"), row("Ueba")];
        let of =
            |operation, row: &'static Setting| Subject { operation, what: row.what, resource: row.resource, ..subject };
        let refusal = |message| arm::Error::sample(Kind::Service, Some(400), Some("BadRequest"), message);
        let needs = refusal("Ueba needs EntityAnalytics.");
        let known = ueba.choice.as_ref().unwrap().known;
        vec![
            ("unknown_entry", unknown_entry("data_sources", "data source", "AuditLog", Some("AuditLogs"), known)),
            ("entry_twice", entry_twice("providers", "directory", "ActiveDirectory", "activedirectory")),
            ("needs_setting_first", needs_setting_first("workspace_id", of("plan", ueba), entity)),
            ("setting_needed", setting_needed("workspace_id", of("create", ueba), entity, &needs)),
            ("setting_still_needed", setting_still_needed(entity, ueba, subject.place)),
            ("setting_in_use", setting_in_use("workspace_id", of("delete", entity), ueba, &needs)),
            ("preserved_goes_too", preserved_goes_too(ueba, "data source", subject.place, &["Okta", "AWSCloudTrail"])),
            ("not_its_name", Diagnostic::error("As the reason of an import id", not_its_name(ueba, "Anomalies2"))),
        ]
    }
}
