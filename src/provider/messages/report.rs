//! What is told by `defenderctl report` of the files that it reads. Nothing of their content is shown but addresses.

use super::bullets;
use crate::terraform::Diagnostic;

/// How many addresses of one kind are named.
const NAMED: usize = 10;

fn some(addresses: &[String]) -> String {
    let named = bullets(&addresses[..addresses.len().min(NAMED)]);
    match addresses.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named}\n  and {more} more"),
    }
}

pub fn report_unread(file: &str, why: &str) -> Diagnostic {
    Diagnostic::warning(
        "A file that cannot be read",
        format!(
            "{file}: {why}.\n\nThe report is made of the other files. Give what terraform show -json prints of a state or of a saved plan \
             (terraform show -json PLAN > FILE), or a whole state file of version 4 (terraform state pull > FILE), and report again."
        ),
    )
}

pub fn report_encrypted(file: &str) -> Diagnostic {
    Diagnostic::warning(
        "A state that is encrypted",
        format!(
            "{file} is a state or plan that OpenTofu encrypted. The report is made of the other files. Give what tofu show -json prints of \
             it, where the key is at hand."
        ),
    )
}

pub fn report_saved_plan(file: &str) -> Diagnostic {
    Diagnostic::warning(
        "A saved plan that Terraform alone can read",
        format!(
            "{file} is a plan as terraform plan -out saves it. The report is made of the other files. Have Terraform print it, in the folder \
             of its configuration, and give that:\n\n  terraform show -json {file} > plan.json"
        ),
    )
}

pub fn report_empty_folder(folder: &str) -> Diagnostic {
    Diagnostic::warning(
        "A folder without states and plans",
        format!(
            "{folder} and the folders in it have no file that ends in .json or .tfstate; those whose names begin with a dot are passed over. \
             Name another folder, or the files themselves."
        ),
    )
}

pub fn report_passed_over(files: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Files that are no states and no plans",
        format!(
            "These are JSON of something else and were passed over:\n{}\n\nName files in place of a folder, if one of them should be a state or \
             a plan.",
            some(files)
        ),
    )
}

pub fn report_of_others(file: &str) -> Diagnostic {
    Diagnostic::warning(
        "Nothing of this provider in a file",
        format!(
            "{file} was read, and nothing in it is of a provider whose address ends in /defender. If that is right, all is well."
        ),
    )
}

pub fn report_of_newer(file: &str, addresses: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Objects that a newer provider wrote",
        format!(
            "Of {file}, these are left out, for their schema is newer than this version's:\n{}\n\nUse a defenderctl of the provider's own \
             version.",
            some(addresses)
        ),
    )
}

pub fn report_of_unknown_types(types: &[&str]) -> Diagnostic {
    Diagnostic::warning(
        "Types that this version does not know",
        format!(
            "No more than the addresses of their objects are reported:\n{}\n\nUse a defenderctl of the provider's own version for more.",
            bullets(types)
        ),
    )
}

pub fn report_without_place(file: &str, addresses: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Objects without a workspace that may be shown",
        format!(
            "Of {file}, these are left out, for their workspace_id is sensitive or missing:\n{}\n\nTake the mark away where it is not needed, as \
             by nonsensitive(...), since a report cannot tell of a workspace that it may not name.",
            some(addresses)
        ),
    )
}

pub fn report_of_errored_plan(file: &str) -> Diagnostic {
    Diagnostic::warning(
        "A plan that is not whole",
        format!(
            "{file} is a plan that errors ended, so there may be drift and changes that it does not tell. What it has is reported; plan again \
             for the rest."
        ),
    )
}

pub fn report_of_nothing() -> Diagnostic {
    Diagnostic::error(
        "Nothing to report",
        "No state and no plan could be read, so no report was written. What was in the way is told above; if nothing is, name files, folders, or - \
         for what comes by stdin.",
    )
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;

    /// Every message of this file.
    pub fn all() -> Vec<(&'static str, Diagnostic)> {
        let addresses: Vec<_> = (0..12).map(|number| format!("defender_xdr_connector.soc[{number}]")).collect();
        vec![
            ("report_unread", report_unread("fleet/a.json", "EOF while parsing a list at line 7 column 12")),
            ("report_encrypted", report_encrypted("fleet/a.tfstate")),
            ("report_saved_plan", report_saved_plan("fleet/tfplan")),
            ("report_empty_folder", report_empty_folder("fleet")),
            ("report_passed_over", report_passed_over(&["fleet/customers.auto.tfvars.json".to_owned()])),
            ("report_of_others", report_of_others("fleet/network.tfstate")),
            ("report_of_newer", report_of_newer("fleet/a.tfstate", &addresses)),
            ("report_of_unknown_types", report_of_unknown_types(&["defender_sentinel_setting"])),
            ("report_without_place", report_without_place("fleet/a.tfstate", &addresses[..1])),
            ("report_of_errored_plan", report_of_errored_plan("fleet/plan.json")),
            ("report_of_nothing", report_of_nothing()),
        ]
    }
}
