//! The ways to sign in and the clouds that other Azure providers serve and this one does not: which environment variables
//! ask for them, so that they are told instead of passed over. What comes to be served loses its rows here.

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

/// A boolean as the Azure providers read one from a variable.
pub fn flag(text: &str) -> Option<bool> {
    match text.trim() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
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
