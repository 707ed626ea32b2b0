//! The only room that calls out: Azure Resource Manager, Entra's tokens and the Defender export settings. Requests are
//! values, errors are asked by predicate. Nothing here knows Terraform or what a connector is.

mod beside_entra;
mod call;
mod certificate;
mod claims;
mod client;
mod cloud;
mod credential;
mod error;
mod exchange;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod fake;
mod federated;
#[cfg(fuzzing)]
pub mod fuzz;
mod given_token;
mod id;
mod lists;
mod managed_identity;
mod operations;
mod redaction;
mod request;
mod response;
mod retry;
mod secret;
mod settings;
mod slim;
mod table_id;
mod throttle;
mod tokens;
mod transport;
mod workbook_id;

pub use call::Call;
pub use certificate::{CertificateFault, ClientCertificate};
pub use claims::Claims;
pub use client::Client;
pub use cloud::{Cloud, DEFENDER_CLOUDS, DefenderCloud};
pub use credential::{AzureCli, ClientSecret, Credential, Proof};
pub use error::{Error, Kind, Misfit, SignIn, reason_of};
pub use federated::{Federated, Issuer};
pub use id::{Collection, IdError, ResourceId, WorkspaceId, check_name};
pub use managed_identity::{IdentityEndpoint, ManagedIdentity};
pub use request::{Method, Plane, Request};
pub use response::{Answer, expect_resource, is_resource, text};
pub use secret::Secret;
pub use settings::{Credentials, DefenderCredentials, Endpoints, Settings, TenantCredentials};
pub use table_id::TableId;
pub use workbook_id::WorkbookId;
