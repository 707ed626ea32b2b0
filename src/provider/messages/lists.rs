//! What a search for objects tells beside what it finds.

use std::collections::BTreeMap;

use super::{bullets, sentence_case, short};
use crate::provider::spelling::one_line;
use crate::terraform::{AttributePath, Diagnostic};

/// How many ids of one sort are named; the others are counted.
const NAMED: usize = 3;

/// How many objects that are left out are named.
const LEFT_OUT_NAMED: usize = 5;

pub fn workspace_and_subscription(path: impl Into<AttributePath>) -> Diagnostic {
    Diagnostic::error(
        "A workspace and a subscription",
        "workspace_id searches one workspace, subscription_id all of a subscription.\n\nGive one of them, or neither for every \
         subscription that the credential sees.",
    )
    .at(path)
}

/// A refusal where the search goes on: `failure` is what else would be told of it.
pub fn not_listed(failure: Diagnostic) -> Diagnostic {
    let detail = format!("{}\n\nNothing of it is listed; the search goes on with the rest.", failure.detail);
    Diagnostic { detail, ..failure.into_warning() }.at(AttributePath::root())
}

/// `tenant` is the one that was named, if one was.
pub fn no_subscription_seen(tenant: Option<&str>) -> Diagnostic {
    let of = tenant.map_or_else(|| "the provider's tenant".to_owned(), |tenant| format!("tenant {tenant}"));
    Diagnostic::warning(
        "No subscription to search",
        format!(
            "The credential sees no subscription in {of}, so there is no workspace to search.\n\nGive it Reader on a subscription, \
             or name the workspace with workspace_id."
        ),
    )
}

/// A workspace that was named for a search of what Sentinel has in it.
pub fn nothing_onboarded(workspace: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("No Microsoft Sentinel in {}", one_line(short(workspace))),
        format!("{workspace} is not onboarded to Microsoft Sentinel, so there is nothing of it to list."),
    )
}

/// `kinds` are the ids by their kinds, or by where they lead; `noun` is "the data connectors".
pub fn unmanaged_kinds(noun: &str, kinds: &BTreeMap<String, Vec<String>>) -> Diagnostic {
    let noun = sentence_case(noun.trim_start_matches("the "));
    let count: usize = kinds.values().map(Vec::len).sum();
    let lines = kinds.iter().map(|(kind, ids)| {
        let named = ids.iter().take(NAMED).map(|id| format!("\n      {}", one_line(id))).collect::<String>();
        let others = match ids.len().saturating_sub(NAMED) {
            0 => String::new(),
            others => format!("\n      and {others} more"),
        };
        format!("{}: {}{named}{others}", one_line(kind), ids.len())
    });
    Diagnostic::warning(
        format!("{noun} that this provider does not manage: {count}"),
        format!(
            "These are there and in no list, since no resource of this provider is for them:\n{}\n\nThey stay as they are.",
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

#[cfg(test)]
pub(super) mod samples {
    use super::super::{Subject, failed};
    use super::*;
    use crate::arm::{self, Kind};

    /// Every message of this file; `subject` is of a workspace.
    pub fn all(subject: Subject<'_>) -> Vec<(&'static str, Diagnostic)> {
        let subject = Subject { operation: "list", what: "the data connectors", ..subject };
        let refused = |place, what, target: &str| {
            let mut error = arm::Error::sample(
                Kind::Service,
                Some(403),
                Some("AuthorizationFailed"),
                "The client does not have authorization.",
            );
            error.target = format!("GET https://management.azure.com{target}");
            not_listed(failed("workspace_id", Subject { place, what, ..subject }, &error))
        };
        let subscription = "/subscriptions/22222222-2222-4222-8222-222222222222";
        let workspaces = format!("{subscription}/providers/Microsoft.OperationalInsights/workspaces");
        let connectors = format!("{}/providers/Microsoft.SecurityInsights/dataConnectors", subject.place);
        let id = |number| format!("{connectors}/{number}");
        let ids = |count| (1..=count).map(id).collect::<Vec<_>>();
        let off = (id(1), "A connector with nothing to stream".to_owned());
        vec![
            ("workspace_and_subscription", workspace_and_subscription("subscription_id")),
            ("not_listed", refused(subject.place, "the data connectors", &connectors)),
            ("not_listed", refused(subscription, "the workspaces", &workspaces)),
            ("no_subscription_seen", no_subscription_seen(None)),
            ("no_subscription_seen", no_subscription_seen(Some("99999999-9999-4999-8999-999999999999"))),
            ("nothing_onboarded", nothing_onboarded(subject.place)),
            (
                "unmanaged_kinds",
                unmanaged_kinds(
                    "the data connectors",
                    &BTreeMap::from([("GenericUI".to_owned(), ids(5)), ("Office365".to_owned(), ids(1))]),
                ),
            ),
            ("left_out_of_list", left_out_of_list(subject.resource, std::slice::from_ref(&off))),
            ("left_out_of_list", left_out_of_list(subject.resource, &vec![off; 7])),
        ]
    }
}
