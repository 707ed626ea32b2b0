//! What is wrong with how the provider signs in, and with a token that the user gave.

use super::{Subject, bullets};
use crate::arm::{self, Misfit, Proof};
use crate::provider::engine::attributes::TENANT_ID;
use crate::terraform::{AttributePath, Diagnostic};

/// How a token for the Defender API is had.
const DEFENDER_TOKEN: &str = "az account get-access-token --tenant TENANT_ID --resource \
                              https://api.securitycenter.microsoft.com --query accessToken -o tsv";

/// What `name` lacks, which stands at `path`; outside of a tenant block a variable can stand for it.
pub fn missing_credential(
    path: AttributePath,
    name: &str,
    variable: Option<&str>,
    why: &str,
    passed_over: &[String],
) -> Diagnostic {
    let next = match variable {
        Some(variable) => format!("Set {name} in the provider block, or the environment variable {variable}."),
        None => format!("Set {name} in this tenant block."),
    };
    Diagnostic::error(format!("The provider needs {name}"), format!("{why}{}\n\n{next}", found(passed_over))).at(path)
}

/// A file that holds part of a credential.
pub fn bad_credential_file(path: AttributePath, name: &str, file: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "A file of the credentials cannot be used",
        format!(
            "{name} names\n  {file}\nand {why}.\n\nCheck the path and who may read it; Terraform reads it on the machine that it runs on."
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

/// A certificate to sign in with.
pub fn bad_certificate(path: AttributePath, name: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "A client certificate cannot be used",
        format!(
            "What {name} gives cannot be used: {why}.\n\nIt must hold an RSA certificate that the app registration knows and its private key: a PFX file \
             (base64 text where it is given as client_certificate), or a PEM file with both. Its password, if it has one, is \
             client_certificate_password (or ARM_CLIENT_CERTIFICATE_PASSWORD)."
        ),
    )
    .at(path)
}

/// Where a managed identity is asked for.
pub fn bad_identity_endpoint(name: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "Not an address of managed identities",
        format!(
            "What {name} gives cannot be used: {why}.\n\nWhat answers there is the machine's own: https, or http to an address of this machine (127.0.0.1) or a \
             link-local one (169.254.169.254). Leave msi_endpoint out to have it found."
        ),
    )
}

pub fn tenant_block_twice(path: AttributePath, tenant: &str) -> Diagnostic {
    Diagnostic::error(
        "Two tenant blocks for one tenant",
        format!("The tenant {tenant} has a block already, and it could not be known which of the two counts.\n\nLeave one of them."),
    )
    .at(path)
}

pub fn unknown_cloud(path: AttributePath, name: &str, value: &str, known: &[&str]) -> Diagnostic {
    Diagnostic::error(
        "A cloud that is not known",
        format!(
            "{name} is {value:?}, which is none of: {}.\n\nFor another Azure cloud set metadata_host in the provider block (or \
             ARM_METADATA_HOSTNAME) to the host of its Resource Manager, or give the addresses in the endpoints block.",
            known.join(", ")
        ),
    )
    .at(path)
}

/// A cloud that does not say where its services are.
pub fn no_metadata(name: &str, host: &str, error: &arm::Error) -> Diagnostic {
    Diagnostic::error(
        "The cloud does not say where its services are",
        format!(
            "{name} is {host:?}, which is asked where the services of its cloud are.\n\nFound: {error}\n\nCorrect the name: a host, and a port \
             where it has one, without https://. Or give the addresses (resource_manager and active_directory) in the endpoints block."
        ),
    )
}

pub fn too_many_auxiliary(path: &str, count: usize, most: usize) -> Diagnostic {
    Diagnostic::error(
        "Too many auxiliary tenants",
        format!("There are {count} auxiliary tenants, and Azure Resource Manager takes {most}.\n\nName those that a resource of another tenant is linked to.")
    )
    .at(path)
}

pub fn opaque_token(path: impl Into<AttributePath>) -> Diagnostic {
    Diagnostic::warning(
        "A token for the Defender API that cannot be checked",
        format!(
            "A token that is given for the Defender API (defender_api.access_token, DEFENDER_API_TOKEN, or defender_api_token of a tenant \
             block) is no JSON web token, so its tenant, its audience and its end are not known here. It is sent as it is.\n\nA token that can be checked comes from\n  \
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
            "A token is good in one tenant. Correct tenant_id, or give each tenant a tenant block with a token of its own as \
             defender_api_token; this gets one:",
        ),
        Misfit::Audience => (AttributePath::root(), "Give a token that is made for the Defender API:"),
        Misfit::Expired => (AttributePath::root(), "Get a new one:"),
    };
    Diagnostic::error(
        subject.could_not(),
        format!(
            "The token that is given for the Defender API (defender_api.access_token, DEFENDER_API_TOKEN, or defender_api_token of a \
             tenant block) is not for this, and nothing was sent.\nWorkspace: {}\n\n\
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
    let block = if sign_in.is_of_tenant { "the tenant block" } else { "the provider block" };
    let cli = sign_in.proof == Some(Proof::AzureCli) || error.is_of_azure_cli();
    let explain = |happened: String, next: String| (happened, next);
    if let Some(found) = sign_in.found_tenant {
        return of_another_tenant(&tenant, &found, sign_in.proof);
    }
    if error.sign_in.is_some() && sign_in.proof.is_none() {
        return explain(
            format!("There is nothing to sign in with in {tenant}."),
            format!(
                "Give {tenant} a tenant block with credentials of its own, or give the provider block some that {tenant} knows."
            ),
        );
    }
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
        let next = "Install it and sign in with az login, or give the provider block other credentials: of a service principal \
                    tenant_id, client_id and client_secret or client_certificate_path (ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET, \
                    ARM_CLIENT_CERTIFICATE_PATH), use_oidc or use_msi.";
        let found = found(&sign_in.passed_over);
        return explain(
            "The Azure CLI, which is asked where nothing else is given to sign in with, gave no token.".to_owned(),
            format!("{found}\n\n{next}").trim_start().to_owned(),
        );
    }
    if error.is_out_of_time() {
        return explain(
            format!("By the clock of Microsoft Entra, what {application} signs in with is not valid now."),
            "Set the clock of the machine that Terraform runs on, or get a new token where one was given.".to_owned(),
        );
    }
    if sign_in.proof == Some(Proof::ManagedIdentity) {
        return explain(
            "The managed identity of this machine gave no token.".to_owned(),
            "Give the machine an identity (or the one that client_id names), and check msi_endpoint (or ARM_MSI_ENDPOINT) where the machine has \
             its own. Where Terraform does not run on Azure, sign in otherwise: use_oidc, client_certificate_path or client_secret."
                .to_owned(),
        );
    }
    if sign_in.proof == Some(Proof::Certificate) {
        let happened = if error.is_unknown_certificate() {
            format!("The certificate is not one of {application}.")
        } else {
            format!("Microsoft Entra gave no token for the certificate of {block}.")
        };
        return explain(
            happened,
            "Check that the app registration that client_id (or ARM_CLIENT_ID) names has this certificate on its page Certificates & \
             secrets, and that it has not expired."
                .to_owned(),
        );
    }
    if sign_in.proof == Some(Proof::Federation) {
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
        format!("Microsoft Entra gave no token for the credentials of {block}."),
        "Check tenant_id, client_id and client_secret (or ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET): the secret's value, \
         not its id, not expired, and of an app registration in that tenant; and that the endpoints are of that tenant's cloud."
            .to_owned(),
    )
}

/// What it means that a token is of another tenant than was asked for.
fn of_another_tenant(wanted: &str, found: &str, proof: Option<Proof>) -> (String, String) {
    let next = match proof {
        Some(Proof::ManagedIdentity) => format!(
            "A managed identity works in its own tenant alone. Give {wanted} a tenant block with credentials of its own (an application \
             that trusts the identity signs in with use_oidc), or use an application that both tenants know."
        ),
        Some(Proof::AzureCli) => {
            format!(
                "Sign in there with az login --tenant, or give {wanted} a tenant block with credentials of its own."
            )
        }
        _ => "Correct tenant_id, or the credentials.".to_owned(),
    };
    (format!("A token of {wanted} was asked for, and one of the tenant {found} was given; it was not used."), next)
}

/// What was found besides, and is not used.
fn found(passed_over: &[String]) -> String {
    if passed_over.is_empty() {
        return String::new();
    }
    format!("\n\nFound, and not used:\n{}", bullets(passed_over))
}

/// Each of these as it may be, for the page of all messages.
#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::arm::Kind;
    use crate::provider::messages::failed;

    const OTHER: &str = "88888888-8888-4888-8888-888888888888";

    pub fn all(subject: Subject<'_>) -> Vec<(&'static str, Diagnostic)> {
        let failed = |error: arm::Error| failed("workspace_id", subject, &error);
        let mut from_cli = arm::Error::sample(Kind::Token, None, None, "az not found on PATH");
        from_cli.target = "az account get-access-token".to_owned();
        let misfit = |misfit, message: &str| {
            given_token_misfit(subject, misfit, &arm::Error::sample(Kind::GivenToken(misfit), None, None, message))
        };
        let no_token = |code: &str, message: &str| {
            let mut error = arm::Error::sample(Kind::Token, Some(400), Some(code), message);
            error.target =
                "POST https://login.microsoftonline.com/99999999-9999-4999-8999-999999999999/oauth2/v2.0/token"
                    .to_owned();
            error.sign_in = Some(Box::new(arm::SignIn {
                tenant: Some("99999999-9999-4999-8999-999999999999".to_owned()),
                client_id: Some("33333333-3333-4333-8333-333333333333".to_owned()),
                consent_at: Some("https://login.microsoftonline.com/99999999-9999-4999-8999-999999999999/adminconsent?client_id=33333333-3333-4333-8333-333333333333".to_owned()),
                proof: Some(Proof::Secret),
                ..arm::SignIn::default()
            }));
            failed(error)
        };
        let mut not_trusted =
            arm::Error::sample(Kind::Token, Some(400), Some("AADSTS70021"), "No matching federated identity.");
        not_trusted.sign_in = Some(Box::new(arm::SignIn {
            client_id: Some("33333333-3333-4333-8333-333333333333".to_owned()),
            proof: Some(Proof::Federation),
            ..arm::SignIn::default()
        }));
        let signed_in = |proof, found_tenant: Option<&str>, code: &str, message: &str| {
            let mut error = arm::Error::sample(Kind::Token, None, Some(code).filter(|code| !code.is_empty()), message);
            error.sign_in = Some(Box::new(arm::SignIn {
                tenant: Some("99999999-9999-4999-8999-999999999999".to_owned()),
                client_id: Some("33333333-3333-4333-8333-333333333333".to_owned()),
                proof,
                is_of_tenant: true,
                found_tenant: found_tenant.map(str::to_owned),
                ..arm::SignIn::default()
            }));
            failed(error)
        };
        let mut no_account = from_cli.clone();
        no_account.code = Some("AADSTS50020".to_owned());
        let mut passed_over = from_cli.clone();
        passed_over.sign_in = Some(Box::new(arm::SignIn {
            proof: Some(Proof::AzureCli),
            passed_over: vec!["SYSTEM_OIDCREQUESTURI (OpenID Connect)".to_owned()],
            ..arm::SignIn::default()
        }));
        vec![
            (
                "missing_credential",
                missing_credential(
                    "client_secret".into(),
                    "client_secret",
                    Some("ARM_CLIENT_SECRET"),
                    "There is nothing to prove who calls.",
                    &["ARM_CLIENT_SECRET (set, but empty)".to_owned()],
                ),
            ),
            (
                "missing_credential",
                missing_credential(
                    AttributePath::from("tenant").index(1).attribute("client_id"),
                    "client_id",
                    None,
                    "A secret alone proves nothing.",
                    &[],
                ),
            ),
            (
                "bad_credential_file",
                bad_credential_file(
                    "client_secret_file_path".into(),
                    "client_secret_file_path",
                    "/run/secret",
                    "it is empty",
                ),
            ),
            ("bad_request_url", bad_request_url("ACTIONS_ID_TOKEN_REQUEST_URL")),
            ("bad_flag", bad_flag("ARM_USE_CLI", "yes")),
            (
                "bad_certificate",
                bad_certificate("client_certificate_path".into(), "client_certificate_path", "the password is wrong"),
            ),
            ("bad_identity_endpoint", bad_identity_endpoint("ARM_MSI_ENDPOINT", "must not be http to another machine")),
            (
                "tenant_block_twice",
                tenant_block_twice(
                    AttributePath::from("tenant").index(1).attribute("tenant_id"),
                    "99999999-9999-4999-8999-999999999999",
                ),
            ),
            ("unknown_cloud", unknown_cloud("environment".into(), "environment", "german", &["public", "china"])),
            (
                "no_metadata",
                no_metadata(
                    "metadata_host",
                    "stack.example",
                    &arm::Error::sample(
                        Kind::Garbage,
                        None,
                        None,
                        "the answer names no https address as 'resourceManager'",
                    ),
                ),
            ),
            ("too_many_auxiliary", too_many_auxiliary("auxiliary_tenant_ids", 4, 3)),
            ("opaque_token", opaque_token("defender_api")),
            (
                "given_token_misfit",
                misfit(
                    Misfit::Tenant,
                    "it is of tenant 11111111-1111-4111-8111-111111111111, and this is of tenant 99999999-9999-4999-8999-999999999999",
                ),
            ),
            (
                "given_token_misfit",
                misfit(
                    Misfit::Audience,
                    "it is made for https://management.azure.com, which is Azure Resource Manager, and not for https://api.securitycenter.microsoft.com",
                ),
            ),
            ("given_token_misfit", misfit(Misfit::Expired, "it expired at 2026-01-01T00:00:00Z")),
            ("failed", failed(not_trusted)),
            ("failed", no_token("AADSTS7000215", "Invalid client secret provided.")),
            ("failed", signed_in(None, None, "", "the provider block holds nothing to sign in with here")),
            ("failed", signed_in(Some(Proof::ManagedIdentity), Some(OTHER), "", "the token is of another tenant")),
            ("failed", signed_in(Some(Proof::AzureCli), Some(OTHER), "", "the token is of another tenant")),
            ("failed", signed_in(Some(Proof::Secret), Some(OTHER), "", "the token is of another tenant")),
            ("failed", signed_in(Some(Proof::ManagedIdentity), None, "", "no managed identity answers")),
            (
                "failed",
                signed_in(
                    Some(Proof::Certificate),
                    None,
                    "AADSTS700027",
                    "Client assertion contains an invalid signature.",
                ),
            ),
            ("failed", signed_in(Some(Proof::Certificate), None, "AADSTS50034", "The account does not exist.")),
            (
                "failed",
                signed_in(
                    Some(Proof::Certificate),
                    None,
                    "AADSTS700024",
                    "Client assertion is not within its valid time range.",
                ),
            ),
            ("failed", no_token("AADSTS7000222", "The provided client secret keys are expired.")),
            (
                "failed",
                no_token(
                    "AADSTS700016",
                    "Application with identifier '33333333-3333-4333-8333-333333333333' was not found in the directory.",
                ),
            ),
            ("failed", no_token("AADSTS65001", "The user or administrator has not consented to use the application.")),
            ("failed", no_token("AADSTS90002", "Tenant '99999999-9999-4999-8999-999999999999' not found.")),
            (
                "failed",
                no_token(
                    "AADSTS500011",
                    "The resource principal named https://api.securitycenter.microsoft.com was not found.",
                ),
            ),
            ("failed", no_token("AADSTS7000112", "Application is disabled.")),
            ("failed", no_token("AADSTS53003", "Access has been blocked by Conditional Access policies.")),
            ("failed", failed(from_cli)),
            ("failed", failed(no_account)),
            ("failed", failed(passed_over)),
        ]
    }
}
