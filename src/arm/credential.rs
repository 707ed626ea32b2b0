//! The kinds of credential. Each says in one place how a token is asked for, where, and what must never be shown.

use std::fmt;
use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, Url};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
};

use super::secret::Secret;

/// How the caller proves who it is.
pub trait Credential: fmt::Debug + Send + Sync {
    /// What of it is missing, if it is not all there.
    fn lacks(&self) -> Option<&'static str> {
        None
    }

    /// What must never be shown.
    fn secrets(&self) -> Vec<&Secret> {
        Vec::new()
    }

    /// The application that a tenant gives its consent to, if one is known.
    fn client_id(&self) -> Option<&str> {
        None
    }

    /// What proves who calls.
    fn proof(&self) -> Proof;

    /// How a token is asked for, as an error names it.
    fn target(&self, authority: &Url, tenant: Option<&str>) -> String;

    /// What fetches one token in a tenant; a new one for each, since those of azure_identity keep what they fetched and cannot
    /// be told to forget.
    fn of_tenant(&self, tenant: Option<&str>, options: &ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>>;
}

/// What proves who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Secret,
    Certificate,
    /// Somebody else's token.
    Federation,
    ManagedIdentity,
    AzureCli,
}

impl Proof {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "a client secret",
            Self::Certificate => "a client certificate",
            Self::Federation => "OpenID Connect",
            Self::ManagedIdentity => "a managed identity",
            Self::AzureCli => "the Azure CLI",
        }
    }
}

/// A service principal by its secret.
#[derive(Clone, Debug)]
pub struct ClientSecret {
    pub client_id: String,
    pub secret: Secret,
}

impl Credential for ClientSecret {
    fn lacks(&self) -> Option<&'static str> {
        let rows = [
            (self.client_id.is_empty(), "a client secret needs a client id"),
            (self.secret.reveal().is_empty(), "the client secret is empty"),
        ];
        rows.into_iter().find(|(lacks, _)| *lacks).map(|(_, why)| why)
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.secret]
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }

    fn proof(&self) -> Proof {
        Proof::Secret
    }

    fn target(&self, authority: &Url, tenant: Option<&str>) -> String {
        entra(authority, tenant)
    }

    fn of_tenant(&self, tenant: Option<&str>, options: &ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let Some(tenant) = tenant else { return Err(needs_tenant("a client secret")) };
        let options = ClientSecretCredentialOptions { client_options: options.clone() };
        let secret = self.secret.reveal().to_owned().into();
        Ok(ClientSecretCredential::new(tenant, self.client_id.clone(), secret, Some(options))?)
    }
}

/// Whoever is signed in to the Azure CLI.
#[derive(Clone, Copy, Debug)]
pub struct AzureCli;

impl Credential for AzureCli {
    fn proof(&self) -> Proof {
        Proof::AzureCli
    }

    fn target(&self, _authority: &Url, _tenant: Option<&str>) -> String {
        "az account get-access-token".to_owned()
    }

    fn of_tenant(
        &self,
        tenant: Option<&str>,
        _options: &ClientOptions,
    ) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let tenant_id = tenant.map(str::to_owned);
        let options = AzureCliCredentialOptions { tenant_id, ..AzureCliCredentialOptions::default() };
        Ok(AzureCliCredential::new(Some(options))?)
    }
}

/// Entra's token endpoint of a tenant, as azure_identity makes it: it drops a path of the authority's own.
pub(super) fn entra(authority: &Url, tenant: Option<&str>) -> String {
    let url = token_url(authority, tenant.unwrap_or("?"));
    format!("POST {}", url.as_ref().unwrap_or(authority))
}

/// The address of that endpoint, which an assertion names too.
pub(super) fn token_url(authority: &Url, tenant: &str) -> Result<Url, url::ParseError> {
    authority.join(&format!("/{tenant}/oauth2/v2.0/token"))
}

/// What a credential has to say where it gives no token.
pub(super) fn refuse(message: String) -> azure_core::Error {
    azure_core::Error::with_message(azure_core::error::ErrorKind::Credential, message)
}

pub(super) fn needs_tenant(what: &str) -> azure_core::Error {
    azure_core::Error::with_message(azure_core::error::ErrorKind::Other, format!("{what} needs a tenant id"))
}
