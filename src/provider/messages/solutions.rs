//! Solutions of the Content hub: what cannot be installed, and why.

use super::service::said;
use super::{Subject, bullets, did_you_mean};
use crate::arm;
use crate::terraform::{AttributePath, Diagnostic};

pub fn no_solution_named(path: impl Into<AttributePath>) -> Diagnostic {
    Diagnostic::error(
        "No solution is named",
        "Neither content_id nor product is set. Set one of them: content_id is the package's own id, product stands for the solution of \
         that product's connector.",
    )
    .at(path)
}

/// Two attributes that name one solution name two; `of_product` is the content id that the product stands for.
pub fn two_solutions_named(
    path: impl Into<AttributePath>,
    content_id: &str,
    product: &str,
    of_product: &str,
) -> Diagnostic {
    Diagnostic::error(
        "Two solutions are named",
        format!(
            "content_id is {content_id:?}, and product = {product:?} stands for {of_product:?}. A block installs one: take one of the two \
             out."
        ),
    )
    .at(path)
}

pub fn product_without_solution(
    path: impl Into<AttributePath>,
    found: &str,
    meant: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    Diagnostic::error(
        "Not a product with a solution",
        format!(
            "Found {found:?}; known are:\n{}\n\n{}For any other solution set content_id instead.",
            bullets(known),
            did_you_mean(meant)
        ),
    )
    .at(path)
}

/// The catalogue has no package of an id; `near` are lines of those that it has.
pub fn no_such_package(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    content_id: &str,
    meant: Option<&str>,
    near: &[String],
) -> Diagnostic {
    let near = match near {
        [] => String::new(),
        near => format!("Near to it are:\n{}\n\n", bullets(near)),
    };
    Diagnostic::error(
        "The Content hub has no such package",
        format!(
            "The catalogue of {} has no package {content_id:?}.\n\n{near}{}Name one that it has; data.defender_content_solutions lists them all.",
            subject.place,
            did_you_mean(meant)
        ),
    )
    .at(path)
}

/// A version that is neither the newest nor installed.
pub fn version_out_of_reach(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    wanted: &str,
    newest: Option<&str>,
    installed: Option<&str>,
) -> Diagnostic {
    let newest = newest.map_or("none any more".to_owned(), |version| format!("{version:?}"));
    let installed = installed.map_or("none".to_owned(), |version| format!("{version:?}"));
    Diagnostic::error(
        "The version cannot be installed",
        format!(
            "The configuration asks for version {wanted:?}. The catalogue of {} offers {newest}, and {installed} is installed. Another \
             one cannot be asked for: the id that a version is installed by is known of the newest alone, and cannot be computed.\n\nSet \
             version to what is offered or installed, or leave it out: then the newest is installed, and what is installed stays.",
            subject.place
        ),
    )
    .at(path)
}

/// What keeps a package from being installed: the same content under another name.
pub fn content_of_another_package(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    content_id: &str,
    orphan: &str,
    api_version: &str,
    error: Option<&arm::Error>,
) -> Diagnostic {
    let said = error.map(|error| format!("\n\n{}", said(error))).unwrap_or_default();
    Diagnostic::error(
        "The solution is installed under another name",
        format!(
            "The workspace {} has the content {content_id:?} as\n  {orphan}\nwhich a deployment of the solution's template leaves behind, \
             and the service installs no content twice.{said}\n\nRemove that one, which takes its templates along and leaves the rules and \
             workbooks made of them, then apply again:\n  az rest --method delete --url \"{orphan}?api-version={api_version}\"",
            subject.place
        ),
    )
    .at(path)
}

/// What was to be taken over is not as it was when the plan was made; `now` is its version.
pub fn solution_changed_meanwhile(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    planned: &str,
    now: Option<&str>,
) -> Diagnostic {
    let now = now.map_or("it is not installed any more".to_owned(), |version| format!("it is {version:?} now"));
    Diagnostic::error(
        "The solution changed after it was planned",
        format!(
            "Version {planned:?} was installed in {} when the plan was made, and {now}. Nothing was changed.\n\nPlan and apply once more.",
            subject.place
        ),
    )
    .at(path)
}

/// A package that goes by another name than its content's.
pub fn import_of_orphan(resource: &str, id: &str, content_id: &str, api_version: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Not importable as {resource}"),
        format!(
            "The package\n  {id}\nis of the content {content_id:?} and goes by another name, which a deployment of the solution's template \
             leaves behind.\n\nRemove it, and let a block install the solution anew:\n  az rest --method delete --url \
             \"{id}?api-version={api_version}\""
        ),
    )
}

/// A connector that is to be made where nobody has installed its solution.
pub fn connector_without_solution(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    content_id: &str,
    product: &str,
) -> Diagnostic {
    Diagnostic::warning(
        "The connector's Content hub solution is not installed",
        format!(
            "The workspace {} has no package {content_id:?} of {}. The connector can be made without it, and the portal then does not show \
             it as connected; Microsoft's advice is to install the solution first.\n\nUnless a block of this configuration installs it \
             already:\n\n  resource \"defender_content_solution\" \"NAME\" {{\n    workspace_id = {:?}\n    product      = {product:?}\n  }}\n\n\
             and depends_on for the connector to come after it. preflight = \"off\" in the provider block asks nothing.",
            subject.place, subject.what, subject.place
        ),
    )
    .at(path)
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::arm::Kind;

    const CONTENT: &str = "azuresentinel.azure-sentinel-solution-mdefenderforidentity";

    /// Every message of this file; `subject` is of a connector of a workspace.
    pub fn all(subject: Subject<'_>) -> Vec<(&'static str, Diagnostic)> {
        let connector = subject;
        let subject = Subject { what: "the Content hub solution", resource: "defender_content_solution", ..connector };
        let orphan = format!(
            "{}/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-mdefenderfori-sl-x",
            subject.place
        );
        let refused = arm::Error::sample(
            Kind::Service,
            Some(400),
            Some("BadRequestException"),
            "The contentId is already associated with another package.",
        );
        let near = [format!("{CONTENT} (Microsoft Defender for Identity)")];
        vec![
            ("no_solution_named", no_solution_named("content_id")),
            ("two_solutions_named", two_solutions_named("product", "a.b", "Microsoft Defender for Identity", CONTENT)),
            (
                "product_without_solution",
                product_without_solution(
                    "product",
                    "Microsoft Defender for Identty",
                    Some("Microsoft Defender for Identity"),
                    &["Microsoft Defender XDR", "Microsoft Defender for Identity"],
                ),
            ),
            ("no_such_package", no_such_package("content_id", subject, "azuresentinel.identity", None, &near)),
            ("no_such_package", no_such_package("product", subject, "a.b", Some(CONTENT), &[])),
            ("version_out_of_reach", version_out_of_reach("version", subject, "3.0.1", Some("3.0.3"), Some("3.0.2"))),
            ("version_out_of_reach", version_out_of_reach("version", subject, "3.0.1", None, None)),
            (
                "content_of_another_package",
                content_of_another_package("content_id", subject, CONTENT, &orphan, "2025-09-01", Some(&refused)),
            ),
            ("solution_changed_meanwhile", solution_changed_meanwhile("version", subject, "3.0.2", Some("3.0.3"))),
            ("solution_changed_meanwhile", solution_changed_meanwhile("version", subject, "3.0.2", None)),
            ("import_of_orphan", import_of_orphan(subject.resource, &orphan, CONTENT, "2025-09-01")),
            (
                "connector_without_solution",
                connector_without_solution("workspace_id", connector, CONTENT, "Microsoft Defender for Identity"),
            ),
        ]
    }
}
