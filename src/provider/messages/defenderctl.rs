//! What is told by `defenderctl` alone, of its arguments and files.

use super::{bullets, did_you_mean};
use crate::terraform::{AttributePath, Diagnostic};

pub fn bad_provider_config(file: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "The provider's configuration cannot be read",
        format!(
            "--provider-config {file}: {why}.\n\nGive a file of JSON with the arguments of the provider block under their own names, such as \
             {{\"tenant_id\": \"...\", \"endpoints\": {{\"resource_manager\": \"https://...\"}}}}, or leave the option out where variables \
             (ARM_TENANT_ID and so on) say it all."
        ),
    )
}

pub fn unknown_argument(path: AttributePath, meant: Option<&str>) -> Diagnostic {
    Diagnostic::error(
        "The provider block has no such argument",
        format!("{}The provider's page has them all; take it out or write it as there.", did_you_mean(meant)),
    )
    .at(path)
}

/// What was found is not shown: it may be a secret in the wrong place.
pub fn bad_argument(path: AttributePath, wanted: &str) -> Diagnostic {
    Diagnostic::error("An argument of another type", format!("Write {wanted} there, as the provider block takes it."))
        .at(path)
}

pub fn bad_alias(found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not an alias of a provider block",
        format!(
            "Found {found:?} as --provider-alias; write the alias alone: letters, digits, _ and -, with a letter or _ first."
        ),
    )
}

pub fn unknown_type(found: &str, meant: Option<&str>, known: &[&str]) -> Diagnostic {
    Diagnostic::error(
        "No such type",
        format!("Found {found:?} as --type. {}The types are:\n{}", did_you_mean(meant), bullets(known)),
    )
}

pub fn bad_state(file: &str, why: &str) -> Diagnostic {
    Diagnostic::warning(
        "A state that cannot be read",
        format!(
            "--state {file}: {why}.\n\nIt counts for nothing, so what it manages is exported as if nothing did. Give a whole state file of \
             Terraform 0.12 or later (terraform state pull > FILE), or what terraform show -json prints of a state, and export again."
        ),
    )
}

pub fn state_without_id(file: &str, address: &str) -> Diagnostic {
    Diagnostic::warning(
        "An object of a state has no id",
        format!(
            "{address} of {file} has none, so it is not told apart from what nobody manages. If an export of its object appears, delete \
             that from the output, or repair the state: terraform apply -refresh-only."
        ),
    )
}

pub fn newer_state(file: &str, address: &str, id: &str, found: i64, known: i64) -> Diagnostic {
    Diagnostic::warning(
        "A state that a newer provider wrote",
        format!(
            "{address} of {file} is of schema version {found}; this version knows {known}. Its object is left out of the export by its id:\n  \
             {id}\n\nUse a defenderctl of the provider's own version, for what newer states hold besides."
        ),
    )
}

pub fn is_there_already(file: &str) -> Diagnostic {
    Diagnostic::error(
        "A file is there already",
        format!(
            "{file} was not touched, and nothing was written. Name another place, or give --force to have it replaced."
        ),
    )
}

pub fn not_written(file: &str, why: &str) -> Diagnostic {
    Diagnostic::error("A file cannot be written", format!("{file}: {why}. What was there before is as it was."))
}
