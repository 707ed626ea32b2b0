//! What the user gave: arguments of the provider block and environment variables in their place, and of a tenant block.

use super::arguments::{self, Argument};
use crate::provider::messages;
use crate::terraform::{AttributePath, Diagnostic, Value};

/// A block, and what stands in for what it leaves out.
pub struct Given<'a> {
    block: &'a Value,
    /// Where the block stands in the provider block.
    path: AttributePath,
    instead: Instead<'a>,
}

/// What stands in for what a block leaves out.
enum Instead<'a> {
    /// The environment: `Given` looks a variable up.
    Environment(&'a (dyn Fn(&str) -> Option<String> + Sync)),
    /// What was given around it, as far as it tells of the machine or the job.
    Around(&'a Given<'a>),
}

impl<'a> Given<'a> {
    /// The provider block; `variable` looks an environment variable up.
    pub fn new(block: &'a Value, variable: &'a (dyn Fn(&str) -> Option<String> + Sync)) -> Self {
        Self { block, path: AttributePath::root(), instead: Instead::Environment(variable) }
    }

    /// A tenant block in this provider block.
    pub fn within(&'a self, block: &'a Value, path: AttributePath) -> Self {
        Self { block, path, instead: Instead::Around(self) }
    }

    /// Whether this is a block for one tenant.
    pub fn is_of_tenant(&self) -> bool {
        matches!(self.instead, Instead::Around(_))
    }

    /// Where an argument stands.
    pub fn path(&self, name: &str) -> AttributePath {
        self.path.clone().attribute(name)
    }

    /// An environment variable that holds something.
    pub fn variable(&self, name: &str) -> Option<String> {
        match &self.instead {
            Instead::Environment(variable) => variable(name).filter(|value| !value.is_empty()),
            Instead::Around(around) => around.variable(name),
        }
    }

    /// An argument, else what stands in for it, and what either is called; what is empty was not given.
    pub fn named(&self, argument: &Argument) -> Option<(String, String)> {
        if let Some(text) = self.block.get(argument.name).as_str().filter(|text| !text.is_empty()) {
            return Some((argument.name.to_owned(), text.to_owned()));
        }
        match &self.instead {
            Instead::Environment(_) => {
                let held = |name: &&str| self.variable(name).map(|value| ((*name).to_owned(), value));
                argument.variables.iter().find_map(held)
            }
            Instead::Around(around) => argument.is_ambient.then(|| around.named(argument)).flatten(),
        }
    }

    pub fn text(&self, argument: &Argument) -> Option<String> {
        self.named(argument).map(|(_, text)| text)
    }

    /// A boolean.
    pub fn flag(&self, argument: &Argument) -> Result<Option<bool>, Diagnostic> {
        if let Some(flag) = self.block.get(argument.name).as_bool() {
            return Ok(Some(flag));
        }
        let Some((name, text)) = self.named(argument) else { return Ok(None) };
        flag(&text).map(Some).ok_or_else(|| messages::bad_flag(&name, &text))
    }

    /// What there is of an argument, as a list of what was found names it.
    pub fn found(&self, argument: &Argument, what: &str) -> Vec<String> {
        let value = self.block.get(argument.name);
        let of_block = match (value.as_str(), value.as_bool()) {
            (Some(""), _) => Some("empty"),
            (Some(_), _) | (_, Some(true)) => Some(what),
            _ => None,
        };
        let of_block = of_block.map(|what| format!("{} of the provider block ({what})", argument.name));
        let of_variables = argument.variables.iter().filter_map(|name| {
            let Instead::Environment(variable) = &self.instead else { return None };
            let value = variable(name)?;
            let what = if value.is_empty() { "set, but empty" } else { what };
            (flag(&value) != Some(false)).then(|| format!("{name} ({what})"))
        });
        of_block.into_iter().chain(of_variables).collect()
    }

    /// An argument, or what stands in the file that another one names.
    pub fn text_or_file(&self, argument: &Argument, file: &Argument) -> Result<Option<String>, Diagnostic> {
        if let Some(text) = self.text(argument) {
            return Ok(Some(text));
        }
        let Some(path) = self.text(file) else { return Ok(None) };
        match std::fs::read_to_string(&path) {
            Ok(text) if !text.trim().is_empty() => Ok(Some(text.trim().to_owned())),
            Ok(_) => Err(messages::bad_credential_file(self.path(file.name), file.name, &path, "it is empty")),
            Err(why) => Err(messages::bad_credential_file(self.path(file.name), file.name, &path, &why.to_string())),
        }
    }

    pub fn tenant_id(&self) -> Option<String> {
        self.text(&arguments::TENANT_ID).or_else(|| self.of_aks("AZURE_TENANT_ID"))
    }

    /// The application; in a tenant block the provider's, unless it names another.
    pub fn client_id(&self) -> Result<Option<String>, Diagnostic> {
        let own = self.text_or_file(&arguments::CLIENT_ID, &arguments::CLIENT_ID_FILE)?;
        match (own.or_else(|| self.of_aks("AZURE_CLIENT_ID")), &self.instead) {
            (None, Instead::Around(around)) => around.client_id(),
            (own, _) => Ok(own),
        }
    }

    /// Whether a pod's own identity is asked for.
    pub fn uses_aks(&self) -> Result<bool, Diagnostic> {
        Ok(self.flag(&arguments::USE_AKS)? == Some(true))
    }

    /// The file that holds a pod's token.
    pub fn aks_token_file(&self) -> Option<String> {
        self.of_aks("AZURE_FEDERATED_TOKEN_FILE")
    }

    /// What the webhook of AKS sets in a pod.
    fn of_aks(&self, variable: &str) -> Option<String> {
        self.variable(variable).filter(|_| self.uses_aks() == Ok(true))
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
