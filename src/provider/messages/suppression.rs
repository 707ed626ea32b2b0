//! Suppression of incident rules.

use super::service::failed;
use super::{Subject, bullets, did_you_mean};
use crate::arm;
use crate::terraform::{AttributePath, Diagnostic};

pub fn bad_product(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not the name of a product",
        format!("Found {found:?}; a product's name has no ',' or '|' in it."),
    )
    .at(path)
}

pub fn unknown_suppressed_product(
    path: impl Into<AttributePath>,
    found: &str,
    meant: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    Diagnostic::warning(
        "A product this version does not know",
        format!(
            "Found {found:?}; known are:\n{}\n\n{}Rules with that very product filter are kept off; if that is a slip, there are none.",
            bullets(known),
            did_you_mean(meant)
        ),
    )
    .at(path)
}

pub fn product_twice(path: impl Into<AttributePath>, first: &str, second: &str) -> Diagnostic {
    Diagnostic::error(
        "A product named twice",
        format!("{first:?} and {second:?} are one product: ARM's name and today's mean the same, in any casing. Keep one of them."),
    )
    .at(path)
}

pub fn rule_not_switched(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    id: &str,
    on: bool,
    error: &arm::Error,
) -> Diagnostic {
    let word = if on { "on" } else { "off" };
    let Diagnostic { detail, .. } = failed(AttributePath::root(), subject, error);
    Diagnostic::error(
        format!("Could not switch an incident rule {word}"),
        format!("The rule is\n  {id}\n\nState holds what was switched before it; applying again goes on from there.\n\n{detail}"),
    )
    .at(path)
}

pub fn rules_to_switch(path: impl Into<AttributePath>, subject: Subject<'_>, off: &[&str], on: &[&str]) -> Diagnostic {
    let list = |word: &str, ids: &[&str]| match ids {
        [] => String::new(),
        ids => format!("\n\nTo be switched {word}:\n{}", bullets(ids)),
    };
    Diagnostic::warning(
        "Incident rules will be switched",
        format!(
            "As the workspace {} is now.{}{}\n\nApply looks again, and switches off whatever rule of these products is on by then.",
            subject.place,
            list("off", off),
            list("on again, since their product is managed no longer", on)
        ),
    )
    .at(path)
}

pub fn rules_since_plan(path: impl Into<AttributePath>, subject: Subject<'_>, rules: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Incident rules were switched on since the plan",
        format!(
            "The workspace {} has rules of these products on that the plan did not show, so they were left on:\n{}\n\nThe next plan \
             shows and switches them off.",
            subject.place,
            bullets(rules)
        ),
    )
    .at(path)
}

/// Switched off, and left to the blocks that they are named by.
pub fn rules_of_blocks_off(path: impl Into<AttributePath>, subject: Subject<'_>, rules: &[&str]) -> Diagnostic {
    Diagnostic::warning(
        "Rules of defender_incident_rule were switched off",
        format!(
            "These rules were on in {}, and have the name that a defender_incident_rule gives where none is set:\n{}\n\nThey are off now, and \
             not in suppressed_rules: whether they are on is for their own block to say, in this configuration or another one. If there \
             is none any more, a destroy leaves them off.",
            subject.place,
            bullets(rules)
        ),
    )
    .at(path)
}

/// A suppression of the same products was made before this one went.
pub fn suppression_replaced(path: impl Into<AttributePath>, on: bool, rules: &[&str]) -> Diagnostic {
    let (are, next) = if on {
        (
            "on again",
            "The next plan shows them in enabled_rules; apply it, and they are off and in suppressed_rules again.",
        )
    } else {
        (
            "off, and in nobody's suppressed_rules",
            "No destroy switches them on again. To have them listed, switch them on in the portal and apply again.",
        )
    };
    Diagnostic::warning(
        "A suppression was made anew before the old one went",
        format!(
            "The new one found nothing to switch off. With the old one gone, these rules are {are}:\n{}\n\n{next} Without \
             create_before_destroy, on this resource and on those that depend on it, one run does all of it.",
            bullets(rules)
        ),
    )
    .at(path)
}

/// A suppression lets rules go that make incidents which Defender XDR brings.
pub fn rules_return_beside_xdr(path: impl Into<AttributePath>, subject: Subject<'_>, rules: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Incidents will arrive twice",
        format!(
            "Defender XDR streams its incidents into {}, and these rules, which were kept off, are switched on again:\n{}\n\nUnless another \
             block of this configuration takes Defender XDR away, keep their products in a suppression, or set restore_on_destroy = false \
             in a run before.",
            subject.place,
            bullets(rules)
        ),
    )
    .at(path)
}
