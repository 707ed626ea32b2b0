//! The ways to sign in: those that are served, in the order in which they are tried, and those that other Azure providers
//! serve and this one does not, so that they are told instead of passed over. What comes to be served loses its rows here.

use std::sync::Arc;

use super::given::{Given, flag};
use crate::arm::{AzureCli, ClientSecret, Credential, Secret};
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
const WAYS: [fn(&Given<'_>, &NotServed) -> Way; 2] = [client_secret, azure_cli];

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
    given.empty("client_secret", "ARM_CLIENT_SECRET").into_iter().chain(not_served.found.clone()).collect()
}

fn client_secret(given: &Given<'_>, not_served: &NotServed) -> Way {
    let Some(secret) = given.text("client_secret", "ARM_CLIENT_SECRET") else { return Way::Off };
    let (tenant_id, client_id) = (given.tenant_id(), given.client_id());
    let needs = [("tenant_id", "ARM_TENANT_ID", &tenant_id), ("client_id", "ARM_CLIENT_ID", &client_id)];
    let missing = needs.into_iter().filter(|(.., value)| value.is_none()).map(|(name, env, _)| {
        let why = "client_secret is given, which proves who the service principal is only together with its tenant and client id.";
        let found: Vec<_> = given.empty(name, env).into_iter().chain(not_served.found.clone()).collect();
        messages::missing_credential(name, env, why, &found)
    });
    let missing: Vec<_> = missing.collect();
    match client_id.filter(|_| missing.is_empty()) {
        // What is there to prove who calls counts; what another provider may need besides does not matter.
        Some(client_id) => {
            Way::Complete(Arc::new(ClientSecret { client_id, secret: Secret::from(secret) }), Vec::new())
        }
        None => Way::Refused(missing),
    }
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

/// The variables, and what each is for.
const NOT_SERVED: &[(&str, Asks, &str)] = &[
    ("ARM_USE_OIDC", IfTrue, OIDC),
    ("ARM_OIDC_TOKEN", IfSet, OIDC),
    ("ARM_OIDC_TOKEN_FILE_PATH", IfSet, OIDC),
    ("ARM_OIDC_REQUEST_URL", IfSet, OIDC),
    ("ARM_OIDC_REQUEST_TOKEN", IfSet, OIDC),
    ("ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", IfSet, OIDC),
    ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", IfSet, OIDC),
    ("ACTIONS_ID_TOKEN_REQUEST_URL", Never, OIDC),
    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", Never, OIDC),
    ("SYSTEM_OIDCREQUESTURI", Never, OIDC),
    ("SYSTEM_ACCESSTOKEN", Never, OIDC),
    ("ARM_USE_AKS_WORKLOAD_IDENTITY", IfTrue, "AKS workload identity"),
    ("AZURE_FEDERATED_TOKEN_FILE", Never, "AKS workload identity"),
    ("ARM_USE_MSI", IfTrue, MSI),
    ("ARM_MSI_ENDPOINT", IfSet, MSI),
    ("ARM_MSI_API_VERSION", IfSet, MSI),
    ("ARM_CLIENT_CERTIFICATE", IfSet, CERTIFICATE),
    ("ARM_CLIENT_CERTIFICATE_PATH", IfSet, CERTIFICATE),
    ("ARM_CLIENT_CERTIFICATE_PASSWORD", IfSet, CERTIFICATE),
    ("ARM_CLIENT_SECRET_FILE_PATH", IfSet, "a client secret in a file"),
    ("ARM_CLIENT_ID_FILE_PATH", IfSet, "a client id in a file"),
];

const OIDC: &str = "OpenID Connect";
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
            of(&[("ARM_CLIENT_ID", "x"), ("ARM_USE_OIDC", "false"), ("ARM_OIDC_TOKEN", "")]),
            (String::new(), false)
        );
        assert_eq!(of(&[("ARM_USE_OIDC", "1")]), ("ARM_USE_OIDC (OpenID Connect)".to_owned(), true));
        assert_eq!(of(&[("ARM_USE_MSI", "yes")]), ("ARM_USE_MSI (managed identity)".to_owned(), true));
        assert_eq!(
            of(&[("SYSTEM_OIDCREQUESTURI", "https://x")]),
            ("SYSTEM_OIDCREQUESTURI (OpenID Connect)".to_owned(), false)
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
