//! The ways to sign in, in the order in which they are tried.

use std::sync::Arc;

use super::arguments as args;
use super::arguments::Argument;
use super::given::Given;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::arm::{
    AzureCli, ClientCertificate, ClientSecret, Cloud, Credential, Federated, IdentityEndpoint, Issuer, ManagedIdentity,
    Proof, Secret,
};
use crate::provider::messages;
use crate::terraform::{Diagnostic, Diagnostics};

/// A way to sign in, as far as it was given.
enum Way {
    /// Nobody asks for it.
    Off,
    /// It is asked for and all there.
    Complete(Arc<dyn Credential>),
    /// It is asked for, and this is missing.
    Incomplete(Vec<Diagnostic>),
    /// It is asked for, and cannot be used as it is.
    Refused(Vec<Diagnostic>),
}

impl Way {
    /// What a service principal proves itself with, if it is all there.
    fn of(principal: Result<String, Vec<Diagnostic>>, proof: impl FnOnce(String) -> Self) -> Self {
        match principal {
            Ok(client_id) => proof(client_id),
            Err(missing) => Self::Incomplete(missing),
        }
    }
}

/// The ways that somebody must ask for, in azurerm's order; the first that is complete is taken, and nothing else is tried.
const WAYS: [fn(&Given<'_>, &Cloud) -> Way; 4] = [client_certificate, client_secret, federated, managed_identity];

/// What a block signs in with.
pub struct SignedIn {
    /// Nothing, where the block may do without.
    pub credential: Option<Arc<dyn Credential>>,
    /// What was found besides, and is not used.
    pub passed_over: Vec<String>,
}

/// What a block signs in with, or what is in its way; one that asks for nothing is right where it `may_lack` it.
pub fn choose(given: &Given<'_>, cloud: &Cloud, may_lack: bool) -> Result<SignedIn, Diagnostics> {
    let signed_in = |credential: Arc<dyn Credential>| {
        let passed_over = besides(given, credential.proof());
        Ok(SignedIn { credential: Some(credential), passed_over })
    };
    let mut incomplete = Vec::new();
    for way in WAYS {
        match way(given, cloud) {
            Way::Off => {}
            Way::Complete(credential) => return signed_in(credential),
            Way::Incomplete(missing) if incomplete.is_empty() => incomplete = missing,
            Way::Incomplete(_) => {}
            Way::Refused(diagnostics) => return Err(Diagnostics(diagnostics)),
        }
    }
    let uses_cli = given.flag(&args::USE_CLI).map_err(Diagnostics::from)?;
    // Somebody else than what was asked for would be a surprise, unless the CLI is asked for as well.
    if uses_cli.unwrap_or(incomplete.is_empty() && !given.is_of_tenant()) {
        return signed_in(Arc::new(AzureCli));
    }
    if !incomplete.is_empty() {
        return Err(Diagnostics(incomplete));
    }
    if may_lack {
        return Ok(SignedIn { credential: None, passed_over: besides(given, Proof::AzureCli) });
    }
    let why = "Nothing is given to sign in with, and use_cli is false, so there is nothing to prove who calls.";
    Err(missing(given, &args::CLIENT_SECRET, why, &besides(given, Proof::AzureCli)).into())
}

/// What tells of each way, and what it is called in a list of what was found.
const TRACES: [(Proof, &Argument, &str); 13] = [
    (Proof::Certificate, &args::CLIENT_CERTIFICATE, "a client certificate"),
    (Proof::Certificate, &args::CLIENT_CERTIFICATE_PATH, "a client certificate"),
    (Proof::Secret, &args::CLIENT_SECRET, "a client secret"),
    (Proof::Secret, &args::CLIENT_SECRET_FILE, "a client secret"),
    (Proof::Federation, &args::USE_OIDC, "OpenID Connect"),
    (Proof::Federation, &args::OIDC_TOKEN, "OpenID Connect, which use_oidc asks for"),
    (Proof::Federation, &args::OIDC_TOKEN_FILE, "OpenID Connect, which use_oidc asks for"),
    (Proof::Federation, &args::OIDC_REQUEST_URL, "OpenID Connect, which use_oidc asks for"),
    (Proof::Federation, &args::ADO_CONNECTION, "OpenID Connect, which use_oidc asks for"),
    (Proof::Federation, &args::USE_AKS, "AKS workload identity"),
    (Proof::ManagedIdentity, &args::USE_MSI, "managed identity"),
    (Proof::ManagedIdentity, &args::MSI_ENDPOINT, "managed identity, which use_msi asks for"),
    (Proof::AzureCli, &args::USE_CLI, "the Azure CLI"),
];

/// What was found to sign in with besides the way that is taken.
fn besides(given: &Given<'_>, taken: Proof) -> Vec<String> {
    let others = TRACES.iter().filter(|(proof, ..)| *proof != taken);
    others.flat_map(|(_, argument, what)| given.found(argument, what)).collect()
}

/// The client id of a service principal, whose tenant is given too; else what is missing.
fn principal(given: &Given<'_>, proof: Proof, why: &str) -> Result<String, Vec<Diagnostic>> {
    let client_id = given.client_id().map_err(|diagnostic| vec![diagnostic])?;
    let needs = [(&args::TENANT_ID, given.tenant_id().is_none()), (&args::CLIENT_ID, client_id.is_none())];
    let missing = needs.into_iter().filter(|(_, is_missing)| *is_missing).map(|(argument, _)| {
        let mut found = given.found(argument, "");
        found.extend(besides(given, proof));
        missing(given, argument, why, &found)
    });
    let missing: Vec<_> = missing.collect();
    client_id.filter(|_| missing.is_empty()).ok_or(missing)
}

/// What is missing where.
fn missing(given: &Given<'_>, argument: &Argument, why: &str, found: &[String]) -> Diagnostic {
    // A tenant block is not filled in from the environment.
    let variable = argument.variables.first().copied().filter(|_| !given.is_of_tenant());
    messages::missing_credential(given.path(argument.name), argument.name, variable, why, found)
}

fn client_certificate(given: &Given<'_>, _cloud: &Cloud) -> Way {
    let (name, bytes) = if let Some((_, text)) = given.named(&args::CLIENT_CERTIFICATE) {
        let text: String = text.split_whitespace().collect();
        (args::CLIENT_CERTIFICATE.name, STANDARD.decode(text).map_err(|_| "it is not base64 text".to_owned()))
    } else if let Some(path) = given.text(&args::CLIENT_CERTIFICATE_PATH) {
        (args::CLIENT_CERTIFICATE_PATH.name, std::fs::read(path).map_err(|why| why.to_string()))
    } else {
        return Way::Off;
    };
    let why = format!(
        "{name} is given, which proves who the service principal is only together with its tenant and client id."
    );
    let password = given.text(&args::CLIENT_CERTIFICATE_PASSWORD).map(Secret::from);
    Way::of(principal(given, Proof::Certificate, &why), |client_id| {
        let refuse = |why: &str| Way::Refused(vec![messages::bad_certificate(given.path(name), name, why)]);
        match bytes.map(|bytes| ClientCertificate::read(client_id, &bytes, password.as_ref())) {
            Ok(Ok(certificate)) => Way::Complete(Arc::new(certificate)),
            Ok(Err(fault)) => refuse(&fault.to_string()),
            Err(why) => refuse(&why),
        }
    })
}

fn client_secret(given: &Given<'_>, _cloud: &Cloud) -> Way {
    let secret = match given.text_or_file(&args::CLIENT_SECRET, &args::CLIENT_SECRET_FILE) {
        Ok(Some(secret)) => Secret::from(secret),
        Ok(None) => return Way::Off,
        Err(diagnostic) => return Way::Refused(vec![diagnostic]),
    };
    let why = "client_secret is given, which proves who the service principal is only together with its tenant and client id.";
    Way::of(principal(given, Proof::Secret, why), |client_id| {
        Way::Complete(Arc::new(ClientSecret { client_id, secret }))
    })
}

/// OpenID Connect: a token that is given, one in a file, one of Azure DevOps, one of GitHub Actions, in this order.
fn federated(given: &Given<'_>, cloud: &Cloud) -> Way {
    let why = match (given.flag(&args::USE_OIDC), given.uses_aks()) {
        (Err(diagnostic), _) | (_, Err(diagnostic)) => return Way::Refused(vec![diagnostic]),
        (Ok(Some(true)), _) => {
            "use_oidc is true, and a token proves who the service principal is only together with its tenant and client id."
        }
        (_, Ok(true)) => {
            "use_aks_workload_identity is true, and neither it nor the webhook's AZURE_TENANT_ID and AZURE_CLIENT_ID are there."
        }
        _ => return Way::Off,
    };
    Way::of(principal(given, Proof::Federation, why), |client_id| match issuer(given) {
        Ok(Some(issuer)) => {
            Way::Complete(Arc::new(Federated { client_id, issuer, audience: cloud.federation_audience }))
        }
        Ok(None) => {
            let why = "OpenID Connect is asked for, and there is no token: neither oidc_token nor oidc_token_file_path, nor what GitHub Actions \
                       (permissions: id-token: write) or Azure DevOps (ado_pipeline_service_connection_id) give a job to ask for one, nor \
                       the file that AKS names in AZURE_FEDERATED_TOKEN_FILE.";
            let url = given.found(&args::OIDC_REQUEST_URL, "where to ask for a token");
            let token = given.text(&args::OIDC_REQUEST_TOKEN).map(|_| "a token to ask with".to_owned());
            let found: Vec<_> = url.into_iter().chain(token).collect();
            Way::Incomplete(vec![missing(given, &args::OIDC_TOKEN, why, &found)])
        }
        Err(diagnostic) => Way::Refused(vec![diagnostic]),
    })
}

fn issuer(given: &Given<'_>) -> Result<Option<Issuer>, Diagnostic> {
    if let Some(token) = given.text(&args::OIDC_TOKEN) {
        return Ok(Some(Issuer::Given(Secret::from(token.trim().to_owned()))));
    }
    if let Some(file) = given.text(&args::OIDC_TOKEN_FILE).or_else(|| given.aks_token_file()) {
        return Ok(Some(Issuer::File(file.into())));
    }
    let (url, token) = (given.named(&args::OIDC_REQUEST_URL), given.text(&args::OIDC_REQUEST_TOKEN));
    let (Some((name, url)), Some(token)) = (url, token) else { return Ok(None) };
    let url = Url::parse(&url).ok().filter(|url| url.scheme() == "https" && url.has_host());
    let Some(url) = url else { return Err(messages::bad_request_url(&name)) };
    let token = Secret::from(token);
    Ok(Some(match given.text(&args::ADO_CONNECTION) {
        Some(connection) => Issuer::AzureDevOps { url, token, connection },
        None => Issuer::GitHub { url, token },
    }))
}

/// The managed identity of the machine: where it is said to be, else of App Service, else of a virtual machine.
fn managed_identity(given: &Given<'_>, _cloud: &Cloud) -> Way {
    match given.flag(&args::USE_MSI) {
        Ok(Some(true)) => {}
        Ok(_) => return Way::Off,
        Err(diagnostic) => return Way::Refused(vec![diagnostic]),
    }
    let client_id = match given.client_id() {
        Ok(client_id) => client_id,
        Err(diagnostic) => return Way::Refused(vec![diagnostic]),
    };
    let of_app_service = given.variable("IDENTITY_ENDPOINT").zip(given.variable("IDENTITY_HEADER"));
    let api_version = given.text(&args::MSI_API_VERSION);
    let (name, endpoint) = match (given.named(&args::MSI_ENDPOINT), of_app_service) {
        (None, None) => (String::new(), Ok(IdentityEndpoint::imds(api_version))),
        (None, Some((address, header))) => ("IDENTITY_ENDPOINT".to_owned(), app_service(&address, header)),
        // Who names it by hand means the same as the machine that sets it.
        (Some((name, address)), Some((of_machine, header))) if address == of_machine => {
            (name, app_service(&address, header))
        }
        (Some((name, address)), _) => {
            let url = Url::parse(&address);
            (name, url.map(|url| IdentityEndpoint::at(url, api_version)))
        }
    };
    let refuse = |why: &str| Way::Refused(vec![messages::bad_identity_endpoint(&name, why)]);
    match endpoint.map(|endpoint| (endpoint.check(), endpoint)) {
        Ok((Ok(()), endpoint)) => Way::Complete(Arc::new(ManagedIdentity { client_id, endpoint })),
        Ok((Err(why), _)) => refuse(why),
        Err(why) => refuse(&format!("it is no address: {why}")),
    }
}

fn app_service(address: &str, header: String) -> Result<IdentityEndpoint, url::ParseError> {
    Ok(IdentityEndpoint::AppService { url: Url::parse(address)?, header: Secret::from(header) })
}
