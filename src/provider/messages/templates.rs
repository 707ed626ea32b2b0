//! The templates of analytics rules.

use super::{Subject, bullets, did_you_mean};
use crate::terraform::{AttributePath, Diagnostic};

/// How many templates a message names.
const SHOWN: usize = 10;

/// A connector that neither this version nor any template of the workspace knows.
pub fn unknown_connector(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    found: &str,
    meant: Option<&str>,
    products: &[&str],
    ids: &[&str],
) -> Diagnostic {
    Diagnostic::error(
        "A connector that no template needs and this version does not know",
        format!(
            "Found {found:?}. {}Products that this version knows:\n{}\n\nIds of connectors that it knows or that templates in {} need:\n{}\n\n\
             Write one of them, or leave the attribute out for the connectors of all these products.",
            did_you_mean(meant),
            bullets(products),
            subject.place,
            bullets(ids)
        ),
    )
    .at(path)
}

/// Templates that cannot be read, each with why.
pub fn templates_left_out(path: impl Into<AttributePath>, subject: Subject<'_>, templates: &[String]) -> Diagnostic {
    let (shown, others) = templates.split_at(templates.len().min(SHOWN));
    let others = match others.len() {
        0 => String::new(),
        count => format!("\n  - and {count} more"),
    };
    Diagnostic::warning(
        "Templates are left out that cannot be read",
        format!(
            "The service has these in {}, but not as its description says; which connectors they need is not known either:\n{}{others}\n\n\
             All other templates are there. An update of the solution in the Content hub may mend them.",
            subject.place,
            bullets(shown)
        ),
    )
    .at(path)
}
