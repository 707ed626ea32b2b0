//! What is asked before a connector is made.

use super::service::said;
use super::{Subject, sentence_case};
use crate::arm;
use crate::terraform::{AttributePath, Diagnostic};

pub fn not_permitted(path: impl Into<AttributePath>, subject: Subject<'_>, role: &str) -> Diagnostic {
    Diagnostic::error(
        format!("{} will not be permitted", sentence_case(subject.what)),
        format!(
            "The service's check of requirements says that the caller's authorization is not valid, or that the tenant has not agreed \
             to share the product's data.\nWorkspace: {}\n\nGive the caller {role}, besides Microsoft Sentinel Contributor on the \
             workspace; if that is there, connect the product once in the portal. The provider's preflight attribute says whether \
             this is a warning or an error.",
            subject.place
        ),
    )
    .at(path)
}

pub fn not_licensed(path: impl Into<AttributePath>, subject: Subject<'_>, licence: &str) -> Diagnostic {
    Diagnostic::error(
        format!("{} has no valid licence", sentence_case(subject.what)),
        format!(
            "The service's check of requirements says that the licence is not valid; the caller's permissions are another matter.\n\
             Workspace: {}\n\nNeeded: {licence}. A new licence can take a day to count. The provider's preflight attribute says whether \
             this is a warning or an error.",
            subject.place
        ),
    )
    .at(path)
}

pub fn preflight_failed(path: impl Into<AttributePath>, subject: Subject<'_>, error: &arm::Error) -> Diagnostic {
    Diagnostic::warning(
        "Licence and permission could not be checked",
        format!(
            "The service did not answer whether {} may be made.\nWorkspace: {}\n\n{}\n\nThe plan goes on without the answer. To check, \
             the caller needs Microsoft Sentinel Reader on the workspace (Reader alone may not ask); preflight = \"off\" in the provider block switches the \
             question off.",
            subject.what,
            subject.place,
            said(error)
        ),
    )
    .at(path)
}
