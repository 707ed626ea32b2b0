//! The attributes of a setting, and what can be said of them without the service.

use crate::arm::Collection;
use crate::catalog::{Choice, Setting, nearest};
use crate::provider::engine::attributes::{ADOPT_EXISTING, ID};
use crate::provider::engine::import_id::{Arm, Form};
use crate::provider::engine::{place, timeouts};
use crate::provider::messages;
use crate::terraform::{Attribute, Block, Diagnostics, Nesting, Type, Value};

/// What its import ids look like.
pub fn form(row: &'static Setting) -> Form<'static> {
    Form {
        resource: row.resource,
        arm: Some(Arm::In(Collection::Settings)),
        workspace_alone: true,
        word: row.kind,
        how: "Import it by its ARM id, in any casing, or by its workspace's",
    }
}

/// The block of the resource.
pub fn block(row: &Setting) -> Block {
    let [workspace_id, tenant_id] = place::attributes();
    let mut attributes = vec![workspace_id];
    if let Some(choice) = &row.choice {
        attributes.extend(chosen(choice));
    }
    attributes.extend([
        tenant_id,
        Attribute::optional(
            ADOPT_EXISTING,
            Type::Bool,
            "Takes over the setting where it is on already and in no other block; the plan tells what it changes, and a destroy switches it \
             off. Without it the plan warns of such a setting and the apply refuses. Defaults to `false`.",
        )
        .default(false)
        .creation_only(),
        Attribute::computed(ID, Type::String, "ARM id.").stable(),
    ]);
    Block::new(description(row), attributes).block("timeouts", Nesting::Single, timeouts::block())
}

fn chosen(choice: &Choice) -> [Attribute; 2] {
    let Choice { attribute, preserved, noun, .. } = choice;
    let list = format!(
        "{} One that Microsoft's API description does not name is sent as written. With an empty set the setting is on with what others added alone.",
        choice.description
    );
    let kept = format!(
        "What the setting has besides, of which neither `{attribute}` nor Microsoft's API description tells: each {noun} that somebody added \
         in a portal. Every update sends it along as it is then, and it is no drift; to take one away, name it in `{attribute}` in one run and \
         leave it out in the next, or use the portal."
    );
    [
        Attribute::required(*attribute, Type::set(Type::String), list).ignore_case(),
        Attribute::computed(*preserved, Type::set(Type::String), kept),
    ]
}

fn description(row: &Setting) -> String {
    let Setting { about, remarks, .. } = row;
    format!(
        "{about}\n\nDestroying this switches it off. A setting that is on already could be anybody's, also after a run that was killed, and is \
         not taken over in silence: the plan warns and the apply refuses until it is imported or `adopt_existing` is set.\n\n\
         The caller needs the Entra role Security Administrator and Microsoft Sentinel Contributor on the workspace (or Log Analytics \
         Contributor on its resource group), and there may be no lock on the workspace.\n\n\
         **Known** (Microsoft's API description): settings exist in preview api-versions only, and nothing but a delete switches one off.\n\n\
         **Known** (Microsoft's documentation of UEBA): the roles and the lock above. No licence is needed; the tables that it fills are billed.\n\n\
         **Reported by users**: the service takes an update only if it names the version of the setting that it replaces, which is read right \
         before; a setting's name is its kind.\n\n{remarks}\n\n\
         **Not verified**: that a setting which was deleted is what the portal shows as off; whether an application may switch it in every \
         tenant; what the service answers to a version that is out of date."
    )
}

/// Checks the attributes of a configuration.
pub fn validate(row: &Setting, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let Some(choice) = &row.choice else { return diagnostics };
    let mut before: Vec<&str> = Vec::new();
    for entry in config.get(choice.attribute).known_strings() {
        if let Some(twin) = before.iter().find(|other| other.eq_ignore_ascii_case(entry)) {
            diagnostics.push(messages::entry_twice(choice.attribute, choice.noun, twin, entry));
        } else if entry.trim().is_empty() {
            diagnostics.push(messages::empty_text(choice.attribute, choice.noun));
        } else if !choice.knows(entry) {
            let meant = nearest(entry, choice.known.iter().copied());
            diagnostics.push(messages::unknown_entry(choice.attribute, choice.noun, entry, meant, choice.known));
        }
        before.push(entry);
    }
    diagnostics
}
