//! What is wrong with how the provider signs in, and with a token that the user gave.

use super::{Subject, bullets};
use crate::arm::{self, Misfit};
use crate::provider::engine::attributes::TENANT_ID;
use crate::terraform::{AttributePath, Diagnostic};

/// What can be signed in with.
const SERVED: &str = "Served are the secret of a service principal (tenant_id, client_id and client_secret, or ARM_TENANT_ID, \
                      ARM_CLIENT_ID and ARM_CLIENT_SECRET), OpenID Connect (use_oidc or ARM_USE_OIDC, use_aks_workload_identity or \
                      ARM_USE_AKS_WORKLOAD_IDENTITY) and the account that is signed in to the Azure CLI.";

/// How a token for the Defender API is had.
const DEFENDER_TOKEN: &str = "az account get-access-token --tenant TENANT_ID --resource \
                              https://api.securitycenter.microsoft.com --query accessToken -o tsv";

pub fn missing_credential(path: &str, variable: &str, why: &str, passed_over: &[String]) -> Diagnostic {
    Diagnostic::error(
        format!("The provider needs {path}"),
        format!(
            "{why}{}\n\nSet {path} in the provider block, or the environment variable {variable}.",
            found(passed_over)
        ),
    )
    .at(path)
}

pub fn sign_in_not_served(passed_over: &[String]) -> Diagnostic {
    Diagnostic::error(
        "A way to sign in that is not served",
        format!(
            "The environment asks for a way to sign in that this version does not serve, and no client_secret is given.{}\n\n{SERVED} To \
             use that account in spite of what the environment asks for, set use_cli = true in the provider block, or ARM_USE_CLI=true.",
            found(passed_over)
        ),
    )
}

/// A file that holds part of a credential.
pub fn bad_credential_file(path: &str, file: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "A file of the credentials cannot be used",
        format!(
            "{path} names\n  {file}\nand {why}.\n\nCheck the path and who may read it; Terraform reads it on the machine that it runs on."
        ),
    )
    .at(path)
}

/// Where a CI system is to be asked for a token.
pub fn bad_request_url(name: &str) -> Diagnostic {
    Diagnostic::error(
        "Not an address to ask for a token",
        format!(
            "{name} must be an https address, as GitHub Actions and Azure DevOps set it for each job.\n\nLeave it to the job, or give \
             oidc_token or oidc_token_file_path instead."
        ),
    )
}

pub fn bad_flag(variable: &str, value: &str) -> Diagnostic {
    Diagnostic::error(
        "Not a boolean",
        format!("The environment variable {variable} is {value:?}; write \"true\" or \"false\", or unset it."),
    )
}

pub fn other_cloud(variable: &str, value: &str, missing: &[&str]) -> Diagnostic {
    Diagnostic::error(
        "Another cloud than the endpoints",
        format!(
            "The environment variable {variable} is {value:?}. This version does not know the addresses of that cloud, and would sign in to \
             the public one; nothing was sent.\n\nGive the addresses in the provider block (missing: {}), for example\n\n  endpoints {{\n    \
             resource_manager = \"https://management.usgovcloudapi.net\"\n    active_directory = \"https://login.microsoftonline.us\"\n    \
             defender         = \"https://api-gov.securitycenter.microsoft.us\"\n  }}\n\nor unset {variable} if the public cloud is meant.",
            missing.join(", ")
        ),
    )
}

pub fn opaque_token(path: impl Into<AttributePath>) -> Diagnostic {
    Diagnostic::warning(
        "A token for the Defender API that cannot be checked",
        format!(
            "The token of defender_api.access_token, or DEFENDER_API_TOKEN, is no JSON web token, so its tenant, its audience and its end \
             are not known here. It is sent as it is, for resources of every tenant.\n\nA token that can be checked comes from\n  \
             {DEFENDER_TOKEN}"
        ),
    )
    .at(path)
}

/// A token that the user gave and that was not sent, because it is not for the call.
pub fn given_token_misfit(subject: Subject<'_>, misfit: Misfit, error: &arm::Error) -> Diagnostic {
    let (path, next) = match misfit {
        Misfit::Tenant => (
            TENANT_ID.into(),
            "A token is good in one tenant. Correct tenant_id, or give each tenant a provider block of its own (alias) with a token of \
             that tenant; this gets one:",
        ),
        Misfit::Audience => (AttributePath::root(), "Give a token that is made for the Defender API:"),
        Misfit::Expired => (AttributePath::root(), "Get a new one:"),
    };
    Diagnostic::error(
        subject.could_not(),
        format!(
            "The token of defender_api.access_token, or DEFENDER_API_TOKEN, is not for this, and nothing was sent.\nWorkspace: {}\n\n\
             Found: {}\n\n{next}\n  {DEFENDER_TOKEN}",
            subject.place, error.message
        ),
    )
    .at(path)
}

/// What it means that Entra gave no token, and the way out.
pub(super) fn no_token(error: &arm::Error) -> (String, String) {
    let sign_in = error.sign_in.as_deref().cloned().unwrap_or_default();
    let tenant = sign_in.tenant.map_or("the tenant".to_owned(), |tenant| format!("the tenant {tenant}"));
    let application = sign_in.client_id.map_or("the application".to_owned(), |id| format!("the application {id}"));
    let cli = error.is_of_azure_cli();
    let explain = |happened: String, next: String| (happened, next);
    if error.is_unknown_tenant() {
        return explain(
            format!("Microsoft Entra does not know {tenant}."),
            "Correct tenant_id of the resource, or of the provider block (ARM_TENANT_ID) where the resource names none, and check that \
             the endpoints are of that tenant's cloud."
                .to_owned(),
        );
    }
    if error.is_unknown_service() {
        return explain(
            format!("The service is not there in {tenant}, or not under this name."),
            "Check that the endpoints are of that tenant's cloud, and that the tenant has the product: without a licence for Microsoft \
             Defender it may not have the Defender API."
                .to_owned(),
        );
    }
    if let Some(consent_at) =
        sign_in.consent_at.filter(|_| error.is_unknown_application() || error.is_application_without_consent())
    {
        let happened = if error.is_unknown_application() {
            format!("{} is not known in {tenant}.", super::sentence_case(&application))
        } else {
            format!("Nobody has consented to {application} in {tenant}.")
        };
        return explain(
            happened,
            format!(
                "An administrator of that tenant consents at\n  {consent_at}\n\nThe app registration must be for accounts in any \
                 directory if it is of another tenant. If the tenant is wrong, correct tenant_id of the resource, or of the provider \
                 block where the resource names none."
            ),
        );
    }
    if error.is_disabled_application() {
        return explain(
            format!("{} is disabled in {tenant}.", super::sentence_case(&application)),
            "Have an administrator of that tenant enable it (Entra admin center > Enterprise applications > Properties).".to_owned(),
        );
    }
    if cli && error.is_unknown_account() {
        return explain(
            format!("The account that is signed in to the Azure CLI is not known in {tenant}."),
            "Sign in with one that is (az login --tenant TENANT_ID), or have this one invited there.".to_owned(),
        );
    }
    if cli {
        let next = "Install it and sign in with az login, or give the credentials of a service principal: tenant_id, client_id and \
                    client_secret, or ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET.";
        let found = found(&sign_in.passed_over);
        return explain(
            "The Azure CLI, which is asked where there is no client_secret, gave no token.".to_owned(),
            format!("{found}\n\n{next}").trim_start().to_owned(),
        );
    }
    if sign_in.proof == Some(arm::Proof::Federation) {
        return explain(
            format!("OpenID Connect brought no token for {application}."),
            "Check that it has a federated credential for this job or pod (app registration > Certificates & secrets): its issuer, its \
             subject (repository and branch or environment, service connection, or service account) and the audience \
             api://AzureADTokenExchange; and that the job may ask for a token (GitHub Actions: permissions: id-token: write)."
                .to_owned(),
        );
    }
    if error.is_expired_secret() {
        return explain(
            format!("The client secret of {application} has expired."),
            "Make a new one on the app registration's page Certificates & secrets, and give its value as client_secret (or \
             ARM_CLIENT_SECRET)."
                .to_owned(),
        );
    }
    if error.is_wrong_secret() {
        return explain(
            format!("The client secret is not one of {application}."),
            "Check client_secret (or ARM_CLIENT_SECRET): the secret's value, not its id, of the app registration that client_id (or \
             ARM_CLIENT_ID) names."
                .to_owned(),
        );
    }
    explain(
        "Microsoft Entra gave no token for the credentials of the provider block.".to_owned(),
        "Check tenant_id, client_id and client_secret (or ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET): the secret's value, \
         not its id, not expired, and of an app registration in that tenant; and that the endpoints are of that tenant's cloud."
            .to_owned(),
    )
}

/// What was found besides, and is not used.
fn found(passed_over: &[String]) -> String {
    if passed_over.is_empty() {
        return String::new();
    }
    format!("\n\nFound, and not used:\n{}", bullets(passed_over))
}
