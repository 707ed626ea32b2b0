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

    /// An argument or its variable, or what stands in the file that either names with `_file_path` after it.
    pub fn text_or_file(&self, name: &str, env: &str) -> Result<Option<String>, Diagnostic> {
        if let Some(text) = self.text(name, env) {
            return Ok(Some(text));
        }
        let argument = format!("{name}_file_path");
        let Some(path) = self.text(&argument, &format!("{env}_FILE_PATH")) else { return Ok(None) };
        match std::fs::read_to_string(&path) {
            Ok(text) if !text.trim().is_empty() => Ok(Some(text.trim().to_owned())),
            Ok(_) => Err(messages::bad_credential_file(&argument, &path, "it is empty")),
            Err(why) => Err(messages::bad_credential_file(&argument, &path, &why.to_string())),
        }
    }

    pub fn tenant_id(&self) -> Option<String> {
        self.text("tenant_id", "ARM_TENANT_ID").or_else(|| self.of_aks("AZURE_TENANT_ID"))
    }

    pub fn client_id(&self) -> Result<Option<String>, Diagnostic> {
        Ok(self.text_or_file("client_id", "ARM_CLIENT_ID")?.or_else(|| self.of_aks("AZURE_CLIENT_ID")))
    }

    /// Whether a pod's own identity is asked for.
    pub fn uses_aks(&self) -> Result<bool, Diagnostic> {
        Ok(self.flag("use_aks_workload_identity", "ARM_USE_AKS_WORKLOAD_IDENTITY")? == Some(true))
    }

    /// The file that holds a pod's token.
    pub fn aks_token_file(&self) -> Result<Option<String>, Diagnostic> {
        Ok(if self.uses_aks()? { self.variable("AZURE_FEDERATED_TOKEN_FILE") } else { None })
    }

    /// What the webhook of AKS sets in a pod.
    fn of_aks(&self, env: &str) -> Option<String> {
        self.variable(env).filter(|_| self.uses_aks() == Ok(true))
    }

    /// Where a CI system gives out a job's token, and what names it.
    pub fn oidc_request_url(&self) -> Option<(&'static str, String)> {
        self.first(
            "oidc_request_url",
            &["ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"],
        )
    }

    /// What a job asks there with.
    pub fn oidc_request_token(&self) -> Option<String> {
        let names = ["ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"];
        self.first("oidc_request_token", &names).map(|(_, token)| token)
    }

    /// The service connection of Azure DevOps in whose name a job asks.
    pub fn ado_connection(&self) -> Option<String> {
        let names = ["ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"];
        self.first("ado_pipeline_service_connection_id", &names).map(|(_, connection)| connection)
    }

    /// What there is of a job's token, as a list of what was found names it.
    pub fn oidc_found(&self) -> Vec<String> {
        let url = self.oidc_request_url().map(|(name, _)| format!("{name} (where to ask for a token)"));
        let token = self.oidc_request_token().map(|_| "a token to ask with".to_owned());
        url.into_iter().chain(token).collect()
    }

    /// An argument, else the first variable that holds something, and the name of either.
    fn first(&self, name: &'static str, variables: &[&'static str]) -> Option<(&'static str, String)> {
        let argument = self.config.get(name).as_str().filter(|text| !text.is_empty());
        let argument = argument.map(|text| (name, text.to_owned()));
        argument.or_else(|| variables.iter().find_map(|env| self.variable(env).map(|value| (*env, value))))
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
