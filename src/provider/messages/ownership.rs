//! Two blocks that meet in one thing.

use super::{destroy_all_the_same, sentence_case};
use crate::provider::engine::attributes::WORKSPACE_ID;
use crate::provider::engine::ledger::Who;
use crate::terraform::Diagnostic;

/// The two blocks, as far as a provider knows of them: it is never told their addresses.
fn both(who: &Who, other: &Who) -> String {
    if who.resource == other.resource {
        format!("Two {} blocks", who.resource)
    } else {
        format!("A {} block and a {} block", who.resource, other.resource)
    }
}

/// Both are to be made.
pub fn planned_twice(who: &Who, other: &Who, shown: &str) -> Diagnostic {
    Diagnostic::error(
        format!("{} is planned twice", sentence_case(&who.what)),
        format!(
            "{} of this configuration plan the same one:\n  {shown}\n\nThe service keeps it once. Keep one of the two blocks, or let them \
             differ in their workspace or in what the object is of.\n\n{}",
            both(who, other),
            destroy_all_the_same()
        ),
    )
    .at(WORKSPACE_ID)
}

/// One is in state, the other is to be made.
pub fn owned_already(who: &Who, other: &Who, shown: &str) -> Diagnostic {
    Diagnostic::error(
        format!("{} has an owner already", sentence_case(&who.what)),
        format!(
            "{} meet in one thing; one of them has it in this state, the other is planned to be made:\n  {shown}\n\nKeep one of the two blocks. \
             If the block got a new address, say so with\n\n  moved {{\n    from = {}.OLD\n    to   = {}.NEW\n  }}\n\n{}",
            both(who, other),
            other.resource,
            who.resource,
            destroy_all_the_same()
        ),
    )
    .at(WORKSPACE_ID)
}

/// One goes, and the other is to be made in its place.
pub fn made_anew(who: &Who, other: &Who, shown: &str) -> Diagnostic {
    let resource = &who.resource;
    Diagnostic::error(
        format!("{} would be destroyed and made anew", sentence_case(&who.what)),
        format!(
            "{} of this plan are one thing; one is to be destroyed, the other is to be made:\n  {shown}\n\nIf the block got a new address, \
             say so, and nothing happens to the object:\n\n  moved {{\n    from = {resource}.OLD\n    to   = {resource}.NEW\n  }}\n\nIf the one \
             that goes is a deposed object, left by a replacement that was interrupted: take the resource out of the state with terraform \
             state rm, and bring it back with an import block.\n\n{}",
            both(who, other),
            destroy_all_the_same()
        ),
    )
    .at(WORKSPACE_ID)
}

/// One goes, and would take along what the other has.
pub fn leaves_and_stays(who: &Who, other: &Who, shown: &str) -> Diagnostic {
    let resource = &who.resource;
    Diagnostic::error(
        format!("{} would be destroyed and stay", sentence_case(&who.what)),
        format!(
            "{} of this state are one thing; one is to be destroyed or replaced, the other stays:\n  {shown}\n\nThis would end with nothing \
             there.\n\nIf one of two blocks is given up, leave in its place\n\n  removed {{\n    from = {resource}.OLD\n    lifecycle {{\n      \
             destroy = false\n    }}\n  }}\n\nIf the one that goes is a deposed object, left by a replacement that was interrupted: take the \
             resource out of the state with terraform state rm, and bring it back with an import block.\n\n{}",
            both(who, other),
            destroy_all_the_same()
        ),
    )
    .at(WORKSPACE_ID)
}

/// Both are in state.
pub fn held_twice(who: &Who, other: &Who, shown: &str) -> Diagnostic {
    let resource = &who.resource;
    Diagnostic::error(
        format!("{} has two owners", sentence_case(&who.what)),
        format!(
            "{} of this state hold one thing:\n  {shown}\n\nEach would undo what the other does. Give one of them up: leave in its place\n\n  \
             removed {{\n    from = {resource}.NAME\n    lifecycle {{\n      destroy = false\n    }}\n  }}\n\n{}",
            both(who, other),
            destroy_all_the_same()
        ),
    )
    .at(WORKSPACE_ID)
}

/// One wants on what the other keeps off.
pub fn on_and_off(who: &Who, other: &Who, shown: &str) -> Diagnostic {
    Diagnostic::error(
        "An incident rule is on and kept off",
        format!(
            "{} contradict each other in\n  {shown}\n\nThe rule has enabled = true, and the suppression keeps every rule of its product off, so each \
             run would undo the other's work. Set enabled = false on the rule, or leave its product out of the suppression.\n\n{}",
            both(who, other),
            destroy_all_the_same()
        ),
    )
    .at(if who.resource.ends_with("suppression") { "products" } else { "enabled" })
}

/// Both want the rules of one product on.
pub fn rules_double(who: &Who, shown: &str) -> Diagnostic {
    Diagnostic::warning(
        "A second incident rule for one product",
        format!(
            "Two {} blocks of this configuration have enabled = true for\n  {shown}\n\nWhere both match, every alert becomes two incidents. \
             Narrow the two with filters, or keep one of them.",
            who.resource
        ),
    )
    .at("product")
}

/// What was to be destroyed was made anew under the same id in this run.
pub fn replaced_in_place(who: &Who, shown: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{} was replaced in place", sentence_case(&who.what)),
        format!(
            "This run made it anew before the old one was to be destroyed, and the service keeps it once:\n  {shown}\n\nSo it was not \
             destroyed. Nothing is to be done; create_before_destroy has no use here."
        ),
    )
}
