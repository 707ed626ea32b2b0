//! The ways to sign in: those that are served, in the order in which they are tried, and those that other Azure providers
//! serve and this one does not, so that they are told instead of passed over. What comes to be served loses its rows here.

use std::sync::Arc;

use super::given::{Given, flag};
use url::Url;

use crate::arm::{AzureCli, ClientSecret, Credential, Federated, Issuer, Secret};
use crate::provider::messages;
use crate::terraform::{Diagnostic, Diagnostics};

/// A way to sign in, as far as it was given.
enum Way {
    /// Nobody asks for it.
    Off,
    /// It is asked for and all there; what was found besides is not used, and told where it fails.
    Complete(Arc<dyn Credential>, Vec<String>),
    /// It is asked for, and this is in its way.
    Refused(Vec<Diagnostic>),
}

/// The ways that are served; the first that is asked for is taken, and nothing else is tried.
const WAYS: [fn(&Given<'_>, &NotServed) -> Way; 3] = [client_secret, federated, azure_cli];

/// What proves who calls, and what was found besides and is not used.
pub fn choose(given: &Given<'_>) -> Result<(Arc<dyn Credential>, Vec<String>), Diagnostics> {
    let not_served = not_served(|name| given.variable(name));
    for way in WAYS {
        match way(given, &not_served) {
            Way::Off => {}
            Way::Complete(credential, passed_over) => return Ok((credential, passed_over)),
            Way::Refused(diagnostics) => return Err(Diagnostics(diagnostics)),
        }
    }
    let why = "There is no client_secret, and use_cli is false, so there is nothing to prove who calls.";
    let found = passed_over(given, &not_served);
    Err(messages::missing_credential("client_secret", "ARM_CLIENT_SECRET", why, &found).into())
}

/// Everything that was found to sign in with, in the order of the ways.
fn passed_over(given: &Given<'_>, not_served: &NotServed) -> Vec<String> {
    let is_half = given.flag("use_oidc", "ARM_USE_OIDC") == Ok(Some(true));
    let half = is_half.then(|| "use_oidc (OpenID Connect, incomplete)".to_owned());
    let empty = given.empty("client_secret", "ARM_CLIENT_SECRET");
    empty.into_iter().chain(half).chain(not_served.found.clone()).collect()
}

fn client_secret(given: &Given<'_>, not_served: &NotServed) -> Way {
    let secret = match given.text_or_file("client_secret", "ARM_CLIENT_SECRET") {
        Ok(Some(secret)) => secret,
        Ok(None) => return Way::Off,
        Err(diagnostic) => return Way::Refused(vec![diagnostic]),
    };
    let why = "client_secret is given, which proves who the service principal is only together with its tenant and client id.";
    match principal(given, not_served, why) {
        // What is there to prove who calls counts; what another provider may need besides does not matter.
        Ok(client_id) => Way::Complete(Arc::new(ClientSecret { client_id, secret: Secret::from(secret) }), Vec::new()),
        Err(missing) => Way::Refused(missing),
    }
}

/// The client id of a service principal, whose tenant is given too; else what is missing.
fn principal(given: &Given<'_>, not_served: &NotServed, why: &str) -> Result<String, Vec<Diagnostic>> {
    let client_id = given.client_id().map_err(|diagnostic| vec![diagnostic])?;
    let needs = [
        ("tenant_id", "ARM_TENANT_ID", given.tenant_id().is_none()),
        ("client_id", "ARM_CLIENT_ID", client_id.is_none()),
    ];
    let missing = needs.into_iter().filter(|(.., is_missing)| *is_missing).map(|(name, env, _)| {
        let found: Vec<_> = given.empty(name, env).into_iter().chain(not_served.found.clone()).collect();
        messages::missing_credential(name, env, why, &found)
    });
    let missing: Vec<_> = missing.collect();
    client_id.filter(|_| missing.is_empty()).ok_or(missing)
}

/// OpenID Connect: a token that is given, one in a file, one of Azure DevOps, one of GitHub Actions, in this order.
fn federated(given: &Given<'_>, not_served: &NotServed) -> Way {
    let why = match (given.flag("use_oidc", "ARM_USE_OIDC"), given.uses_aks()) {
        (Err(diagnostic), _) | (_, Err(diagnostic)) => return Way::Refused(vec![diagnostic]),
        (Ok(Some(true)), _) => {
            "use_oidc is true, and a token proves who the service principal is only together with its tenant and client id."
        }
        (_, Ok(true)) => {
            "use_aks_workload_identity is true, and neither it nor the webhook's AZURE_TENANT_ID and AZURE_CLIENT_ID are there."
        }
        _ => return Way::Off,
    };
    let others = NotServed { found: not_served.besides(&[OIDC, AKS]), ..not_served.clone() };
    let complete = principal(given, &others, why).and_then(|client_id| match issuer(given) {
        Ok(Some(issuer)) => Ok(Federated { client_id, issuer }),
        Ok(None) => {
            let why = "OpenID Connect is asked for, and there is no token: neither oidc_token nor oidc_token_file_path, nor what GitHub Actions \
                       (permissions: id-token: write) or Azure DevOps (ado_pipeline_service_connection_id) give a job to ask for one, nor \
                       the file that AKS names in AZURE_FEDERATED_TOKEN_FILE.";
            Err(vec![messages::missing_credential("oidc_token", "ARM_OIDC_TOKEN", why, &given.oidc_found())])
        }
        Err(diagnostic) => Err(vec![diagnostic]),
    });
    match complete {
        Ok(federated) => Way::Complete(Arc::new(federated), others.found),
        // Whoever asks for the Azure CLI too gets it, rather than half of this.
        Err(_) if given.flag("use_cli", "ARM_USE_CLI") == Ok(Some(true)) => Way::Off,
        Err(missing) => Way::Refused(missing),
    }
}

fn issuer(given: &Given<'_>) -> Result<Option<Issuer>, Diagnostic> {
    if let Some(token) = given.text("oidc_token", "ARM_OIDC_TOKEN") {
        return Ok(Some(Issuer::Given(Secret::from(token.trim().to_owned()))));
    }
    let file = given.text("oidc_token_file_path", "ARM_OIDC_TOKEN_FILE_PATH");
    if let Some(file) = file.map_or_else(|| given.aks_token_file(), |file| Ok(Some(file)))? {
        return Ok(Some(Issuer::File(file.into())));
    }
    let (url, token) = (given.oidc_request_url(), given.oidc_request_token());
    let (Some((name, url)), Some(token)) = (url, token) else { return Ok(None) };
    let url = Url::parse(&url).ok().filter(|url| url.scheme() == "https" && url.has_host());
    let Some(url) = url else { return Err(messages::bad_request_url(name)) };
    let token = Secret::from(token);
    Ok(Some(match given.ado_connection() {
        Some(connection) => Issuer::AzureDevOps { url, token, connection },
        None => Issuer::GitHub { url, token },
    }))
}

fn azure_cli(given: &Given<'_>, not_served: &NotServed) -> Way {
    match given.flag("use_cli", "ARM_USE_CLI") {
        Err(diagnostic) => Way::Refused(vec![diagnostic]),
        // Somebody else than the environment asks for would be a surprise.
        Ok(None) if not_served.asks => {
            Way::Refused(vec![messages::sign_in_not_served(&passed_over(given, not_served))])
        }
        Ok(None | Some(true)) => Way::Complete(Arc::new(AzureCli), passed_over(given, not_served)),
        Ok(Some(false)) => Way::Off,
    }
}

/// How a variable asks for a way to sign in.
enum Asks {
    /// By being true.
    IfTrue,
    /// By being set.
    IfSet,
    /// Not at all: some system sets it for every job, whether anybody wants it or not.
    Never,
}
use Asks::{IfSet, IfTrue, Never};

/// The variables of ways that are not served, and of those that are and that only a flag asks for.
const NOT_SERVED: &[(&str, Asks, &str)] = &[
    ("ARM_USE_MSI", IfTrue, MSI),
    ("ARM_MSI_ENDPOINT", IfSet, MSI),
    ("ARM_MSI_API_VERSION", IfSet, MSI),
    ("ARM_CLIENT_CERTIFICATE", IfSet, CERTIFICATE),
    ("ARM_CLIENT_CERTIFICATE_PATH", IfSet, CERTIFICATE),
    ("ARM_CLIENT_CERTIFICATE_PASSWORD", IfSet, CERTIFICATE),
    ("ARM_OIDC_TOKEN", Never, OIDC),
    ("ARM_OIDC_TOKEN_FILE_PATH", Never, OIDC),
    ("ACTIONS_ID_TOKEN_REQUEST_URL", Never, OIDC),
    ("SYSTEM_OIDCREQUESTURI", Never, OIDC),
    ("AZURE_FEDERATED_TOKEN_FILE", Never, AKS),
];

const OIDC: &str = "OpenID Connect, which use_oidc asks for";
const AKS: &str = "AKS workload identity, which use_aks_workload_identity asks for";
const MSI: &str = "managed identity";
const CERTIFICATE: &str = "a client certificate";

/// The variables that name a cloud, and what they hold for the public one.
const CLOUDS: &[(&str, &[&str])] = &[
    ("ARM_ENVIRONMENT", &["public", "azurepublic", "azurepubliccloud", "azurecloud"]),
    ("ARM_METADATA_HOSTNAME", &["management.azure.com"]),
    ("ARM_METADATA_HOST", &["management.azure.com"]),
];

/// What the environment holds to sign in with that is not served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotServed {
    /// Each variable with what it is for.
    pub found: Vec<String>,
    /// Whether any of them asks for its way, so that another must not be taken in its place without a word.
    pub asks: bool,
}

impl NotServed {
    /// What was found, but for some ways.
    fn besides(&self, ways: &[&str]) -> Vec<String> {
        let is_of = |found: &str| ways.iter().any(|way| found.ends_with(&format!("({way})")));
        self.found.iter().filter(|found| !is_of(found)).cloned().collect()
    }
}

/// Looks for what is not served; `variable` looks an environment variable up.
pub fn not_served(variable: impl Fn(&str) -> Option<String>) -> NotServed {
    let mut not_served = NotServed::default();
    for (name, asks, what) in NOT_SERVED {
        let Some(value) = variable(name).filter(|value| !value.is_empty()) else { continue };
        if matches!(asks, IfTrue) && flag(&value) == Some(false) {
            continue;
        }
        not_served.found.push(format!("{name} ({what})"));
        not_served.asks |= !matches!(asks, Never);
    }
    not_served
}

/// The variables that name another cloud than the public one, with what they hold.
pub fn other_clouds(variable: impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    let is_public = |value: &str, names: &[&str]| {
        let value = value.trim().trim_start_matches("https://").trim_end_matches('/');
        value.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case(value))
    };
    let found = CLOUDS.iter().filter_map(|(name, public)| {
        let value = variable(name).filter(|value| !is_public(value, public))?;
        Some((*name, value))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        move |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn a_way_that_is_asked_for_is_told_from_what_lies_around() {
        let of = |variables: &[(&'static str, &'static str)]| {
            let NotServed { found, asks } = not_served(environment(variables));
            (found.join(", "), asks)
        };
        assert_eq!(
            of(&[("ARM_CLIENT_ID", "x"), ("ARM_USE_MSI", "false"), ("ARM_OIDC_TOKEN", "")]),
            (String::new(), false)
        );
        assert_eq!(of(&[("ARM_USE_MSI", "yes")]), ("ARM_USE_MSI (managed identity)".to_owned(), true));
        assert_eq!(
            of(&[("SYSTEM_OIDCREQUESTURI", "https://x")]),
            ("SYSTEM_OIDCREQUESTURI (OpenID Connect, which use_oidc asks for)".to_owned(), false)
        );
        assert!(NOT_SERVED.iter().all(|(name, ..)| {
            let found = not_served(|wanted| (wanted == *name).then(|| "true".to_owned())).found;
            matches!(&found[..], [one] if one.starts_with(*name))
        }));
    }

    #[test]
    fn the_public_cloud_has_several_names() {
        let of = |name: &'static str, value: &'static str| {
            other_clouds(move |wanted| (wanted == name).then(|| value.to_owned()))
        };
        for value in ["", "public", "AzurePublicCloud"] {
            assert_eq!(of("ARM_ENVIRONMENT", value), []);
        }
        assert_eq!(of("ARM_METADATA_HOSTNAME", "https://management.azure.com/"), []);
        assert_eq!(of("ARM_ENVIRONMENT", "usgovernment"), [("ARM_ENVIRONMENT", "usgovernment".to_owned())]);
        assert_eq!(of("ARM_METADATA_HOSTNAME", "stack.example").len(), 1);
    }
}
