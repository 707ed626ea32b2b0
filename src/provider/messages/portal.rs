//! What the Defender portal manages, and what it may have done.

use super::service::said;
use super::{Subject, bullets, sentence_case};
use crate::arm;
use crate::terraform::{AttributePath, Diagnostic};

/// Something under the sign that is not as state has it.
pub fn left_to_portal(path: impl Into<AttributePath>, subject: Subject<'_>, told: &[String]) -> Diagnostic {
    Diagnostic::warning(
        format!("{} is left to the Defender portal", sentence_case(subject.what)),
        format!(
            "managed_by_portal is true, and the service does not have it as state does:\n{}\nWorkspace: {}\n\nState keeps what is \
             configured, and nothing is planned for this. If the portal does not manage it after all, set managed_by_portal = false: then \
             it is drift, and an apply sets it back.",
            bullets(told),
            subject.place
        ),
    )
    .at(path)
}

/// Drift of a sort that the portal makes; `off` is empty where the object is gone.
pub fn perhaps_by_portal(path: impl Into<AttributePath>, subject: Subject<'_>, off: &[&str]) -> Diagnostic {
    let happened = match off {
        [] => "was removed".to_owned(),
        off => format!("was switched off ({})", off.join(", ")),
    };
    Diagnostic::warning(
        format!("{} {happened} outside Terraform", sentence_case(subject.what)),
        format!(
            "Workspace: {}\n\nThe plan sets it back. If the workspace was moved to the Microsoft Defender portal, that was the portal's \
             doing, and ARM will refuse to undo it: set managed_by_portal = true in this block, and what the portal changes is told and is \
             no diff. If the portal does not manage it, managed_by_portal = false says so, and this is not asked again.",
            subject.place
        ),
    )
    .at(path)
}

/// A change, or a destroy, of what the portal manages.
pub fn portal_may_refuse(path: impl Into<AttributePath>, subject: Subject<'_>) -> Diagnostic {
    let outcome = match subject.operation {
        "delete" => "Where it refuses this, the connector stays as it is there, and Terraform forgets it",
        _ => {
            "Where it refuses this, state takes the change all the same, and every plan tells what the service has in its place"
        }
    };
    Diagnostic::warning(
        format!("The Defender portal manages {}", subject.what),
        format!("managed_by_portal is true in {}.\n\n{outcome}; the apply tells whether it did.", subject.place),
    )
    .at(path)
}

/// A write under the sign that the portal refused.
pub fn refused_by_portal(path: impl Into<AttributePath>, subject: Subject<'_>, error: &arm::Error) -> Diagnostic {
    Diagnostic::warning(
        format!("The Defender portal keeps {} as it is", subject.what),
        format!(
            "managed_by_portal is true, and the service did not {} it in {}.\n\n{}\n\nState has it as it is configured, and every plan \
             tells what the service has in its place. Change it in the Defender portal (Settings > Microsoft Sentinel > Workspaces).",
            subject.operation,
            subject.place,
            said(error)
        ),
    )
    .at(path)
}

/// A destroy under the sign that the portal refused.
pub fn kept_by_portal(subject: Subject<'_>, error: &arm::Error) -> Diagnostic {
    Diagnostic::warning(
        format!("{} stays with the Defender portal", sentence_case(subject.what)),
        format!(
            "managed_by_portal is true, and the service did not delete it in {}.\n\n{}\n\nIt is out of state, and stays as the portal has \
             it: disconnect it there (Settings > Microsoft Sentinel > Workspaces).",
            subject.place,
            said(error)
        ),
    )
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::arm::Kind;

    /// Every message of this file.
    pub fn all(subject: Subject<'_>) -> Vec<(&'static str, Diagnostic)> {
        let text = "The workspace is enabled through the Microsoft Threat Protection Portal. Changes to the connector in Microsoft \
                    Sentinel are disabled.";
        let refused = arm::Error::sample(Kind::Service, Some(400), Some("BadRequest"), text);
        let path = "managed_by_portal";
        let differences = ["incidents: true here, false there".to_owned()];
        let [update, delete] = ["update", "delete"].map(|operation| Subject { operation, ..subject });
        vec![
            ("left_to_portal", left_to_portal(path, subject, &differences)),
            ("perhaps_by_portal", perhaps_by_portal(path, subject, &["incidents", "alerts"])),
            ("perhaps_by_portal", perhaps_by_portal(path, subject, &[])),
            ("portal_may_refuse", portal_may_refuse(path, update)),
            ("portal_may_refuse", portal_may_refuse(path, delete)),
            ("refused_by_portal", refused_by_portal(path, update, &refused)),
            ("kept_by_portal", kept_by_portal(delete, &refused)),
        ]
    }
}
