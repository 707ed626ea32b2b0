//! Every diagnostic a user can meet, one function each. A message says what happened and at which attribute, what the
//! service said, and what to do next; `tests/goldens/messages.txt` shows them all.

mod configuration;
mod credentials;
mod defenderctl;
mod doctor;
mod hunting_tables;
mod imports;
mod ingestion;
mod interlocks;
mod lists;
mod moves;
mod objects;
mod onboarding;
mod ownership;
mod portal;
mod provider_block;
mod report;
mod requirements;
mod service;
mod settings;
mod solutions;
mod suppression;
mod tables;
mod templates;
#[cfg(test)]
mod tests;
mod workbooks;

pub use configuration::*;
pub use credentials::*;
pub use defenderctl::*;
pub use doctor::*;
pub use hunting_tables::*;
pub use imports::*;
pub use ingestion::*;
pub use interlocks::*;
pub use lists::*;
pub use moves::*;
pub use objects::*;
pub use onboarding::*;
pub use ownership::*;
pub use portal::*;
pub use provider_block::*;
pub use report::*;
pub use requirements::*;
pub use service::*;
pub use settings::*;
pub use solutions::*;
pub use suppression::*;
pub use tables::*;
pub use templates::*;
pub use workbooks::*;

/// What a request was made for, in the words of the user's configuration.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// "create", "read", "update", "delete", "import", "plan".
    pub operation: &'a str,
    /// "the Microsoft Defender XDR connector"
    pub what: &'a str,
    /// The workspace's ARM id, or the tenant.
    pub place: &'a str,
    /// The type as the configuration writes it: "defender_xdr_connector", "data.defender_workspace".
    pub resource: &'a str,
}

impl Subject<'_> {
    fn could_not(&self) -> String {
        format!("Could not {} {}", self.operation, self.what)
    }
}

/// The way past an error of a plan for who wants to destroy: Terraform plans everything once more to refresh it, and no
/// provider can tell that plan from any other.
fn destroy_all_the_same() -> &'static str {
    "If all of it is to be destroyed: terraform destroy -refresh=false."
}

fn bullets<S: AsRef<str>>(items: &[S]) -> String {
    if items.is_empty() {
        return "  (none)".to_owned();
    }
    items.iter().map(|item| format!("  - {}", item.as_ref())).collect::<Vec<_>>().join("\n")
}

/// A question after the name that may have been meant, before what goes on.
fn did_you_mean(meant: Option<&str>) -> String {
    meant.map(|name| format!("Did you mean {name:?}? ")).unwrap_or_default()
}

/// What an import of a resource looks like in a configuration.
fn import_block(resource: &str, id: &str) -> String {
    format!("  import {{\n    to = {resource}.NAME\n    id = \"{id}\"\n  }}")
}

/// What stands in a configuration in place of a resource that is left alone from now on.
fn removed_block(resource: &str) -> String {
    format!("  removed {{\n    from = {resource}.NAME\n    lifecycle {{\n      destroy = false\n    }}\n  }}")
}

/// The name of a workspace out of its ARM id, for where there is no room for more.
fn short(workspace: &str) -> &str {
    workspace.trim_end_matches('/').rsplit('/').next().unwrap_or(workspace)
}

/// "the rule" as the first words of a sentence: "The rule".
fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
