//! The `timeouts` block, in azurerm's shape and with its defaults.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value as Json;

use crate::provider::messages;
use crate::terraform::{Attribute, AttributePath, Block, Diagnostics, Object, Type, Value};

/// What a limit holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Read,
    Update,
    Delete,
}

const OPERATIONS: [Operation; 4] = [Operation::Create, Operation::Read, Operation::Update, Operation::Delete];

impl Operation {
    /// The attribute's name, and the word for it in a message.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Read => "read",
            Operation::Update => "update",
            Operation::Delete => "delete",
        }
    }

    /// "an update"
    fn in_words(self) -> &'static str {
        match self {
            Operation::Create => "a create",
            Operation::Read => "a read",
            Operation::Update => "an update",
            Operation::Delete => "a delete",
        }
    }

    fn default(self) -> Duration {
        match self {
            Operation::Read => Duration::from_secs(5 * 60),
            Operation::Create | Operation::Update | Operation::Delete => Duration::from_secs(30 * 60),
        }
    }

    /// How long the operation may take, by the resource's block or by default.
    pub fn within(self, resource: &Value) -> Duration {
        let given = resource.get("timeouts").get(self.name());
        given.as_str().and_then(parse).unwrap_or_else(|| self.default())
    }
}

/// The block.
pub fn block() -> Block {
    let attributes = OPERATIONS.map(|operation| {
        let minutes = operation.default().as_secs() / 60;
        let description = format!(
            "How long {} may take, such as `\"90s\"` or `\"1h30m\"`. Defaults to {minutes} minutes.",
            operation.in_words()
        );
        Attribute::optional(operation.name(), Type::String, description)
    });
    Block::new("Limits to how long operations may take, waits included.", attributes.into())
}

/// The block as another provider's state has it, which may have other operations; null where it limits none of these.
pub fn taken_over(block: &Json) -> Value {
    let limit = |operation: Operation| Value::from(block[operation.name()].as_str().filter(|limit| !limit.is_empty()));
    let limits = OPERATIONS.map(|operation| (operation.name().to_owned(), limit(operation)));
    if limits.iter().all(|(_, limit)| limit.is_null()) { Value::Null } else { Value::Object(Object::from(limits)) }
}

/// Checks the block of a configuration.
pub fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for operation in OPERATIONS {
        if let Some(text) = config.get("timeouts").get(operation.name()).as_str()
            && parse(text).is_none()
        {
            let path = AttributePath::from("timeouts").attribute(operation.name());
            diagnostics.push(messages::bad_duration(path, text));
        }
    }
    diagnostics
}

fn parse(text: &str) -> Option<Duration> {
    let duration: SignedDuration = text.parse().ok()?;
    Duration::try_from(duration).ok().filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_what_go_writes_and_positive() {
        let parsed: Vec<_> = ["30m", "90s", "1h30m", "1.5h", "0s", "-5m", "5", "soon", ""].map(parse).into();
        let seconds: Vec<_> = parsed.iter().map(|duration| duration.map(|duration| duration.as_secs())).collect();
        assert_eq!(seconds, [Some(1800), Some(90), Some(5400), Some(5400), None, None, None, None, None]);
    }
}
