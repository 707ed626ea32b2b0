//! Why the state of another resource type is not taken over, and what would be.

use super::{bullets, import_block, removed_block};
use crate::arm::IdError;
use crate::terraform::Diagnostic;

/// A move that a `moved` block asks for.
#[derive(Clone, Copy, Debug)]
pub struct Move<'a> {
    /// The type that it goes to: "defender_xdr_connector".
    pub resource: &'a str,
    /// The type that it comes from.
    pub source: &'a str,
    /// The id of the object, where the source has one.
    pub id: Option<&'a str>,
    /// Whether the source was written by a newer provider than the ones that are known.
    pub is_newer: bool,
}

impl Move<'_> {
    fn refused(self, why: &str, next: &str) -> Diagnostic {
        let Self { resource, source, id, .. } = self;
        let of = id.map_or_else(String::new, |id| format!(", of\n  {id}"));
        Diagnostic::error(
            format!("State of {source} cannot become {resource}"),
            format!("A moved block asks for {resource} from {source}{of}\n\n{why}\n\n{next}"),
        )
    }

    /// The way that needs no move.
    fn by_import(self) -> String {
        let Self { resource, source, id, .. } = self;
        format!(
            "If it is what {resource} manages, remove the one without destroying it and import the other, in place of the moved \
             block:\n{}\n{}",
            removed_block(source),
            import_block(resource, id.unwrap_or("ID"))
        )
    }
}

pub fn moves_nothing(of: Move<'_>) -> Diagnostic {
    let why = format!("{} takes over no other resource type: none manages the same.", of.resource);
    let Move { resource, source, .. } = of;
    let next = format!(
        "Remove the moved block. {resource} is made by its own block, or imported; for {source} see its own provider."
    );
    of.refused(&why, &next)
}

/// `supported` are the types that it would take over.
pub fn moves_from_elsewhere(of: Move<'_>, provider: &str, supported: &[String]) -> Diagnostic {
    let why =
        format!("{} of {provider} is not among what {} takes over:\n{}", of.source, of.resource, bullets(supported));
    of.refused(&why, &of.by_import())
}

/// `right` is the resource for what `what` manages, where there is one.
pub fn moves_to_another(of: Move<'_>, what: &str, right: Option<&str>, supported: &[String]) -> Diagnostic {
    let next = match right {
        Some(right) => format!("Move it to {right} instead."),
        None => {
            format!("This provider has no resource for that. Leave it to {}, and remove the moved block.", of.source)
        }
    };
    let why = format!("It is {what}. {} takes over:\n{}", of.resource, bullets(supported));
    of.refused(&why, &next)
}

pub fn moved_state_misread(of: Move<'_>, why: &str) -> Diagnostic {
    let newer = match of.is_newer {
        true => " It was written by a newer provider than this version knows.",
        false => "",
    };
    of.refused(&format!("That state is not understood: {why}.{newer}"), &of.by_import())
}

pub fn moved_id(resource: &str, source: &str, error: &IdError) -> Diagnostic {
    let of = Move { resource, source, id: Some(&error.found), is_newer: false };
    let why = format!("That is not the id of what {resource} manages: {}.", error.reason);
    of.refused(&why, &format!("An id of it looks like this:\n  {}", error.expected))
}
