//! The templates of analytics rules.

use super::{Subject, bullets, did_you_mean};
use crate::terraform::{AttributePath, Diagnostic};

/// How many templates a message names, and how many ids of connectors.
const TEMPLATES: usize = 10;
const IDS: usize = 60;

/// The first of many, and how many more there are.
fn first<S: AsRef<str>>(most: usize, items: &[S]) -> String {
    let (shown, others) = items.split_at(items.len().min(most));
    match others.len() {
        0 => bullets(shown),
        count => format!("{}\n  - and {count} more", bullets(shown)),
    }
}

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
            first(IDS, ids)
        ),
    )
    .at(path)
}

/// Templates that cannot be read, each with why.
pub fn templates_left_out(path: impl Into<AttributePath>, subject: Subject<'_>, templates: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Templates are left out that cannot be read",
        format!(
            "The service has these in {}, but not as its description says; which connectors they need is not known either:\n{}\n\n\
             All other templates are there. An update of the solution in the Content hub may mend them.",
            subject.place,
            first(TEMPLATES, templates)
        ),
    )
    .at(path)
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;

    /// Every message of this file; `subject` is of a workspace.
    pub fn all(subject: Subject<'_>) -> Vec<(&'static str, Diagnostic)> {
        let resource = "data.defender_analytics_rule_templates";
        let subject = Subject { operation: "read", what: "the templates of analytics rules", resource, ..subject };
        let products = ["Microsoft Defender XDR", "Microsoft Defender for Identity"];
        let ids = ["AzureAdvancedThreatProtection", "BehaviorAnalytics", "MicrosoftThreatProtection"];
        let connector = |found, meant| unknown_connector("connector", subject, found, meant, &products, &ids);
        let of_rule = |number| format!("\"Rule {number}\": its name is no GUID");
        let left_out =
            |count| templates_left_out("workspace_id", subject, &(1..=count).map(of_rule).collect::<Vec<_>>());
        vec![
            ("unknown_connector", connector("Microsoft Defender for Identty", Some(products[1]))),
            ("unknown_connector", connector("Syslog", None)),
            ("templates_left_out", left_out(1)),
            ("templates_left_out", left_out(12)),
        ]
    }
}
