//! What tells one kind of object in a workspace from another, and the attributes that they all have.

use crate::provider::engine::attributes::{ADOPT_EXISTING, ID, MANAGED_BY_PORTAL, NAME, TENANT_ID};
use serde_json::Value as Json;

use crate::arm::{Collection, WorkspaceId};
use crate::catalog::{Line, Portal};
use crate::provider::engine::import_id::Form;
use crate::provider::engine::interlocks::Part;
use crate::provider::engine::ledger::Claim;
use crate::provider::engine::{place, timeouts};
use crate::terraform::{Attribute, Block, Diagnostic, Diagnostics, Nesting, Object, PlanRequest, Type, Value};

/// What tells one kind of object from another.
pub trait Shape: Send + Sync {
    /// Full resource type.
    fn resource(&self) -> &str;
    /// What a message calls it: "the Microsoft Defender XDR connector".
    fn what(&self) -> String;
    /// Markdown for the docs.
    fn description(&self) -> String;
    /// ARM's discriminator.
    fn kind(&self) -> &str;
    fn collection(&self) -> Collection;
    /// The line of api-versions it is read alone and written with.
    fn line(&self) -> Line;
    /// Its own attributes, besides those that every object of a workspace has.
    fn attributes(&self) -> Vec<Attribute>;
    /// The description of `tenant_id`.
    fn tenant_description(&self) -> &'static str;
    /// The description of `name`.
    fn name_description(&self) -> &'static str;
    /// Checks its own attributes.
    fn validate(&self, config: &Value) -> Diagnostics;
    /// Fills in defaults that depend on other attributes; `value` is the plan so far.
    fn defaults(&self, _request: PlanRequest<'_>, _value: &mut Value) {}
    /// Fills in what identifies a new object and follows from its workspace.
    fn identify(&self, _workspace: &WorkspaceId, _value: &mut Value) {}
    /// What its default name is made from, besides the workspace; `None` while that is not known.
    fn natural_key(&self, value: &Value) -> Option<String>;
    /// Whether the service keeps one object for each natural key, whatever its name.
    fn is_one_of_a_kind(&self) -> bool;
    /// What else of the service it holds, besides itself.
    fn claims(&self, _workspace: &WorkspaceId, _value: &Value) -> Vec<Claim> {
        Vec::new()
    }
    /// Whether the service's object is the one that `value` plans, whatever its name.
    fn is_same(&self, value: &Value, item: &Json) -> bool;
    /// What a user should know of another object in the collection before creating this one.
    fn beside(&self, _value: &Value, _item: &Json, _place: &str) -> Option<Diagnostic> {
        None
    }
    /// The product it is of, and the part it plays beside Defender XDR if it is as `value` says.
    fn part(&self, value: &Value) -> Option<(String, Part)>;
    /// What the Defender portal does to it, if it takes over such objects at all.
    fn portal(&self) -> Option<Portal> {
        None
    }
    /// Whether nothing of it is on, which the service keeps of no object but those that the portal took.
    fn is_left_off(&self, _value: &Value) -> bool {
        false
    }
    /// The solution of the Content hub that goes with it, by its content id, and the product that stands for it.
    fn solution(&self) -> Option<(&'static str, &'static str)> {
        None
    }
    /// The body that asks the service whether the object may be made, if it can be asked, and what the tenant and the
    /// caller need.
    fn check(&self, _value: &Value) -> Option<Check> {
        None
    }
    /// The `properties` of a PUT.
    fn properties(&self, value: &Value) -> Json;
    /// The part of its properties that Microsoft describes as always there and that an answer lacks.
    fn lacks(&self, _properties: &Json) -> Option<&'static str> {
        None
    }
    /// Its own attributes that these properties say nothing of, where they are of somebody's making and not the service's.
    fn unsaid(&self, properties: &Json) -> Vec<&'static str>;
    /// Its own attributes as the service's object has them, in the spelling of `known` where that says the same.
    fn read(&self, known: &Value, item: &Json) -> Object;
    /// What its import ids look like.
    fn import_form(&self) -> Form<'_>;
    /// Whether what stands behind the bar of an import id can be one of its kind.
    fn check_word(&self, _id: &str, _word: &str) -> Result<(), Diagnostic> {
        Ok(())
    }
    /// Whether what stands behind the bar of an import id means the service's object, which is of the kind: the less, the
    /// surer.
    fn stands_for(&self, word: &str, value: &Value, item: &Json) -> Option<u8>;
    /// A line that tells the service's object from others of the kind.
    fn shown(&self, item: &Json) -> String;
    /// The data source that lists such objects with their ids, if there is one.
    fn listed_by(&self) -> Option<&'static str> {
        None
    }
    /// What a user knows an object of this state by within its workspace.
    fn known_by(&self, state: &Value) -> String;
    /// Leaves out of the configuration that stands for a state what a user would not write.
    fn leave_out(&self, _state: &Value, _config: &mut Value) {}
    /// Whether a kind of the collection is one that a user may look for here in vain.
    fn is_unmanaged(&self, _kind: &str) -> bool {
        false
    }
    /// The resource type that manages another kind of the collection.
    fn resource_of_kind(&self, kind: &str) -> Option<&'static str>;
}

/// A question to the service before an object is made.
pub struct Check {
    pub body: Json,
    /// The licence that the tenant or subscription needs, as a noun phrase.
    pub licence: &'static str,
    /// What the caller must be, as a noun phrase.
    pub role: &'static str,
}

/// The description of the attribute that says who manages the object.
const PORTAL: &str = "Whether the Microsoft Defender portal manages the connector, as it does in a workspace that was moved there. While it \
    is `true`, state keeps what is configured: what the portal changed or took away is told by every plan, and is no diff; a write that it \
    refuses is a warning, and a destroy that it refuses leaves the connector to it. Left out, it becomes `true` once the portal refused \
    a write, since no read tells it, and stays so until you set `false`, which makes every change drift again.";

/// The block of a resource made of a shape.
pub fn block(shape: &impl Shape) -> Block {
    let adopt = "Takes over an object that is in the workspace already and in no other block; the plan tells what it changes, and \
        a destroy removes it. Without it the plan warns of such an object and the apply refuses, but for one that has the default name and \
        is as planned, which an interrupted run left behind. Defaults to `false`.";
    let mut attributes = vec![
        place::workspace_id(),
        Attribute::optional_computed(TENANT_ID, Type::String, shape.tenant_description())
            .replaces()
            .stable()
            .ignore_case(),
        Attribute::optional_computed(NAME, Type::String, shape.name_description()).replaces().stable().ignore_case(),
    ];
    attributes.extend(shape.attributes());
    if shape.portal().is_some() {
        attributes.push(Attribute::optional_computed(MANAGED_BY_PORTAL, Type::Bool, PORTAL));
    }
    attributes.extend([
        Attribute::optional(ADOPT_EXISTING, Type::Bool, adopt).default(false).creation_only(),
        Attribute::computed(ID, Type::String, "ARM id.").stable(),
    ]);
    Block::new(shape.description(), attributes).block("timeouts", Nesting::Single, timeouts::block())
}
