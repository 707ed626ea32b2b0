//! What a search for objects tells beside what it finds.

use std::collections::BTreeMap;

use super::{bullets, sentence_case, short};
use crate::provider::spelling::one_line;
use crate::terraform::{AttributePath, Diagnostic, Severity};

/// How many ids of one sort are named; the others are counted.
const NAMED: usize = 3;

/// How the detail of a refusal ends.
const GOES_ON: &str = "is listed; the search went on with the rest.";

/// What is said where there is nothing to search.
const NO_SUBSCRIPTION: &str = "No subscription to search";

/// Whether something could not be searched, by what was told of it.
pub(crate) fn is_refusal(told: &Diagnostic) -> bool {
    told.severity == Severity::Error || told.summary == NO_SUBSCRIPTION || told.detail.ends_with(GOES_ON)
}

/// How many objects that are left out are named.
const LEFT_OUT_NAMED: usize = 20;

pub fn workspace_and_subscription(path: impl Into<AttributePath>) -> Diagnostic {
    Diagnostic::error(
        "A workspace and a subscription",
        "workspace_id searches one workspace, subscription_id all of a subscription.\n\nGive one of them, or neither for every \
         subscription that the credential sees.",
    )
    .at(path)
}

/// A refusal where the search goes on: `failure` is what else would be told of it.
pub fn not_listed(failure: Diagnostic, place: &str) -> Diagnostic {
    let detail = format!("{}\n\nNothing of {place} {GOES_ON}", failure.detail);
    Diagnostic { detail, ..failure.into_warning() }.at(AttributePath::root())
}

/// `tenant` is the one that was named, if one was.
pub fn no_subscription_seen(tenant: Option<&str>) -> Diagnostic {
    let of = tenant.map_or_else(|| "the provider's tenant".to_owned(), |tenant| format!("tenant {tenant}"));
    Diagnostic::warning(
        NO_SUBSCRIPTION,
        format!(
            "The credential sees no subscription in {of}, so there is no workspace to search.\n\nGive it Reader on a subscription, \
             or name the workspace with workspace_id."
        ),
    )
}

/// A workspace that was named, and whose onboarding is not there to be listed.
pub fn nothing_onboarded(workspace: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("No Microsoft Sentinel in {}", one_line(short(workspace))),
        format!("{workspace} is not onboarded to Microsoft Sentinel, so there is nothing of it to list."),
    )
}

/// `kinds` are the ids by their kinds; `noun` is "the data connectors".
pub fn unmanaged_kinds(noun: &str, kinds: &BTreeMap<String, Vec<String>>) -> Diagnostic {
    let noun = noun.trim_start_matches("the ");
    let count: usize = kinds.values().map(Vec::len).sum();
    let lines = kinds.iter().map(|(kind, ids)| {
        let named = ids.iter().take(NAMED).map(|id| format!("\n      {}", one_line(id))).collect::<String>();
        let others = match ids.len().saturating_sub(NAMED) {
            0 => String::new(),
            others => format!("\n      and {others} more"),
        };
        format!("{} of kind {}{named}{others}", ids.len(), one_line(kind))
    });
    Diagnostic::warning(
        format!("{count} {noun} that this provider does not manage"),
        format!(
            "{} of these kinds are there and are in no list, since no resource of this provider is for them:\n{}\n\nThey stay as they are.",
            sentence_case(noun),
            bullets(&lines.collect::<Vec<_>>())
        ),
    )
}

/// `objects` are ids and reasons.
pub fn left_out_of_list(resource: &str, objects: &[(String, String)]) -> Diagnostic {
    let named = objects.iter().take(LEFT_OUT_NAMED);
    let mut lines: Vec<_> = named.map(|(id, why)| format!("{}: {}", one_line(id), one_line(why))).collect();
    if objects.len() > LEFT_OUT_NAMED {
        lines.push(format!("and {} more", objects.len() - LEFT_OUT_NAMED));
    }
    Diagnostic::warning(
        format!("Not listed as {resource}"),
        format!(
            "These are there, and no configuration of {resource} stands for what they are:\n{}\n\nChange them in the portal, or leave \
             them out of Terraform.",
            bullets(&lines)
        ),
    )
}
