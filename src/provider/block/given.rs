//! What the user gave: arguments of the provider block, and environment variables in their place.

use crate::provider::messages;
use crate::terraform::{Diagnostic, Value};

/// The provider block and the environment.
pub struct Given<'a> {
    config: &'a Value,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Given<'a> {
    /// `variable` looks an environment variable up.
    pub fn new(config: &'a Value, variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { config, variable }
    }

    /// An environment variable that holds something.
    pub fn variable(&self, env: &str) -> Option<String> {
        (self.variable)(env).filter(|value| !value.is_empty())
    }

    /// An argument, else the variable in its place; what is empty was not given.
    pub fn text(&self, name: &str, env: &str) -> Option<String> {
        let argument = self.config.get(name).as_str().filter(|text| !text.is_empty());
        argument.map(str::to_owned).or_else(|| self.variable(env))
    }

    /// The same of a boolean.
    pub fn flag(&self, name: &str, env: &str) -> Result<Option<bool>, Diagnostic> {
        if let Some(flag) = self.config.get(name).as_bool() {
            return Ok(Some(flag));
        }
        let Some(text) = self.variable(env) else { return Ok(None) };
        flag(&text).map(Some).ok_or_else(|| messages::bad_flag(env, &text))
    }

    /// Where something empty was given, as a list of what was found names it.
    pub fn empty(&self, name: &str, env: &str) -> Option<String> {
        if self.config.get(name).as_str() == Some("") {
            return Some(format!("{name} of the provider block (empty)"));
        }
        (self.variable)(env).filter(String::is_empty).map(|_| format!("{env} (set, but empty)"))
    }

    pub fn tenant_id(&self) -> Option<String> {
        self.text("tenant_id", "ARM_TENANT_ID")
    }

    pub fn client_id(&self) -> Option<String> {
        self.text("client_id", "ARM_CLIENT_ID")
    }
}

/// A boolean as the Azure providers read one from a variable.
pub fn flag(text: &str) -> Option<bool> {
    match text.trim() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
