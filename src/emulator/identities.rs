//! What a scenario says of signing in without a secret: whose tokens an application trusts, the machine that the client
//! runs on, and the CI systems that give a job its token. Data only.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The audience of a federated token, where nobody says otherwise \[doc\].
pub const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";

/// Whose tokens an application takes in place of a secret.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Federation {
    /// Any well-formed one, or none.
    Any(bool),
    /// Those of its federated credentials.
    Listed(Vec<FederatedCredential>),
}

/// One federated credential of an application.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederatedCredential {
    /// Who signs: an issuer of the emulator by its name, or an address.
    pub issuer: String,
    /// Whom it signs for.
    pub subject: String,
    /// What the token is for.
    #[serde(default = "exchange_audience")]
    pub audience: String,
}

/// The machine that the client runs on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// The managed identities that are assigned to it.
    #[serde(default)]
    pub identities: Vec<MachineIdentity>,
    /// What App Service has in `IDENTITY_HEADER`; without it its endpoint refuses everybody.
    #[serde(default, skip_serializing)]
    pub identity_header: Option<String>,
}

/// One managed identity: a client of a tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineIdentity {
    /// The tenant it is in.
    pub tenant_id: String,
    /// The application's id.
    pub client_id: String,
    /// Whether it is the machine's own, and not one that is assigned by a user.
    #[serde(default)]
    pub system_assigned: bool,
    /// The ARM id of a user-assigned one.
    #[serde(default)]
    pub resource_id: Option<String>,
}

/// The CI systems.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ci {
    /// GitHub Actions.
    #[serde(default)]
    pub github: Option<GitHub>,
    /// Azure DevOps.
    #[serde(default)]
    pub devops: Option<DevOps>,
}

/// A job of GitHub Actions.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitHub {
    /// What its tokens have for a subject.
    pub subject: String,
    /// The job's request token; any is good when left out.
    #[serde(default, skip_serializing)]
    pub request_token: Option<String>,
}

/// A job of Azure DevOps.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevOps {
    /// The subject of its tokens by the id of the service connection.
    pub service_connections: BTreeMap<String, String>,
    /// The job's access token; any is good when left out.
    #[serde(default, skip_serializing)]
    pub access_token: Option<String>,
}

impl Default for Federation {
    fn default() -> Self {
        Self::Any(false)
    }
}

/// By hand, so that what is wrong in a list is named.
impl<'de> Deserialize<'de> for Federation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Bool(any) => Ok(Self::Any(any)),
            listed => serde_json::from_value(listed).map(Self::Listed).map_err(serde::de::Error::custom),
        }
    }
}

fn exchange_audience() -> String {
    EXCHANGE_AUDIENCE.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn federation_is_a_switch_or_a_list() -> Result<(), serde_json::Error> {
        assert!(matches!(serde_json::from_str("true")?, Federation::Any(true)));
        let listed: Federation = serde_json::from_str(r#"[{"issuer": "github", "subject": "repo:a/b"}]"#)?;
        assert!(matches!(&listed, Federation::Listed(list) if list[0].audience == EXCHANGE_AUDIENCE));
        let wrong = serde_json::from_str::<Federation>(r#"[{"issuer": "github", "subject": "s", "aud": "x"}]"#);
        assert!(wrong.is_err_and(|error| error.to_string().contains("unknown field `aud`")));
        Ok(())
    }

    #[test]
    fn what_is_secret_is_not_shown() -> Result<(), serde_json::Error> {
        let machine: Machine = serde_json::from_str(r#"{"identity_header": "hush"}"#)?;
        let ci: Ci = serde_json::from_str(
            r#"{"github": {"subject": "s", "request_token": "hush"},
                "devops": {"service_connections": {"c": "sc://o/p/n"}, "access_token": "hush"}}"#,
        )?;
        let shown = serde_json::to_string(&machine)? + &serde_json::to_string(&ci)?;
        assert!(shown.contains("sc://o/p/n") && !shown.contains("hush"), "{shown}");
        Ok(())
    }
}
