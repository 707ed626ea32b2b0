//! The scenario file: what the small world holds when the emulator starts, and how it behaves. Data only; `world` makes
//! it live.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client_certificate::ClientCertificate;
use super::faults::Fault;
use super::identities::{Ci, Federation, Machine};
use super::logs::Logs;

/// The reference of the scenario file and the admin calls, as `--help` shows it.
pub const REFERENCE: &str = include_str!("reference.txt");

/// What a scenario file says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The Entra tenants.
    #[serde(default)]
    pub tenants: Vec<Tenant>,
    /// The Log Analytics workspaces; subscriptions and resource groups exist as far as workspaces name them.
    #[serde(default)]
    pub workspaces: Vec<WorkspaceSeed>,
    /// How the service behaves.
    #[serde(default)]
    pub behaviour: Behaviour,
    /// Faults that wait for their request.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// The machine that the client runs on.
    #[serde(default)]
    pub machine: Machine,
    /// The CI systems.
    #[serde(default)]
    pub ci: Ci,
}

/// One Entra tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// The tenant's id.
    pub tenant_id: String,
    /// The app registrations that have a service principal here.
    #[serde(default)]
    pub clients: Vec<Client>,
    /// Licence state by connector kind; a kind that is not named is licensed.
    #[serde(default)]
    pub licences: BTreeMap<String, Licence>,
    /// The Defender export settings of the tenant.
    #[serde(default)]
    pub export_settings: Vec<Value>,
    /// Whether the export settings take app-only tokens \[seen: they do not\].
    #[serde(default)]
    pub export_settings_accept_app_tokens: bool,
    /// Bearer tokens of signed-in users, good for the Defender API.
    #[serde(default)]
    pub user_tokens: Vec<UserToken>,
}

/// One service principal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The application's id.
    pub client_id: String,
    /// Its secret; without one it signs in by the ways below, or as the machine's identity.
    #[serde(default, skip_serializing)]
    pub client_secret: Option<String>,
    /// The service principal's object id in this tenant; derived from the client id when left out.
    #[serde(default)]
    pub object_id: Option<String>,
    /// The certificates that it may sign its assertions with.
    #[serde(default)]
    pub certificates: Vec<ClientCertificate>,
    /// Whose tokens it takes.
    #[serde(default)]
    pub federated: Federation,
    /// ARM actions that this principal may not do; a trailing `*` matches any rest.
    #[serde(default)]
    pub deny: Vec<String>,
}

/// A user's token, as somebody would paste it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserToken {
    /// The bearer token; any string.
    #[serde(skip_serializing)]
    pub token: String,
    /// The tenant it was issued in; the tenant it is listed under when left out.
    #[serde(default)]
    pub tenant_id: Option<String>,
    /// The user's name.
    #[serde(default)]
    pub upn: String,
}

/// Whether a tenant may use a connector kind \[seen: both refusals\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Licence {
    /// Everything is in place.
    Valid,
    /// Nobody has prepared the tenant: `Missing consent`.
    MissingConsent,
    /// The product is not licensed: `License is invalid`.
    Invalid,
}

/// One workspace as a scenario writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceSeed {
    /// The subscription it is in.
    pub subscription_id: String,
    /// The resource group it is in.
    pub resource_group: String,
    /// Its name.
    pub name: String,
    /// The tenant its subscription belongs to.
    pub tenant_id: String,
    /// Its region.
    #[serde(default = "default_location")]
    pub location: String,
    /// Its customer id; derived from its path when left out.
    #[serde(default)]
    pub customer_id: Option<String>,
    /// Days it keeps data.
    #[serde(default = "default_retention")]
    pub retention_in_days: u32,
    /// Whether Microsoft Sentinel is on.
    #[serde(default = "yes")]
    pub onboarded: bool,
    /// Whether the Defender portal has taken the Defender connectors over.
    #[serde(default)]
    pub portal_locked: bool,
    /// Data connectors, as ARM bodies with `name`, `kind` and `properties`.
    #[serde(default)]
    pub connectors: Vec<Value>,
    /// Alert rules, as ARM bodies with `name`, `kind` and `properties`.
    #[serde(default)]
    pub alert_rules: Vec<Value>,
    /// Settings, as ARM bodies with `name`, `kind` and `properties`.
    #[serde(default)]
    pub settings: Vec<Value>,
    /// Workbooks in the workspace's resource group, as ARM bodies with `name`, `location` and `properties`.
    #[serde(default)]
    pub workbooks: Vec<Value>,
    /// Whether the solutions of the Defender products are installed.
    #[serde(default)]
    pub solutions: Solutions,
    /// Other installed packages of the Content hub, as ARM bodies with `name` and `properties`.
    #[serde(default)]
    pub content_packages: Vec<Value>,
    /// Packages of the catalogue beside those that are always there, as ARM bodies with `name` and `properties`.
    #[serde(default)]
    pub content_product_packages: Vec<Value>,
    /// Templates of solutions, as ARM bodies with `name` and `properties`.
    #[serde(default)]
    pub content_templates: Vec<Value>,
    /// Templates of the gallery beside those that are always there, as ARM bodies with `name`, `kind` and `properties`.
    #[serde(default)]
    pub alert_rule_templates: Vec<Value>,
    /// What the tables hold, for queries.
    #[serde(default)]
    pub logs: Logs,
    /// What `features.associations` names \[spec: newest versions\].
    #[serde(default)]
    pub associations: Vec<String>,
    /// Resource providers that its subscription lacks.
    #[serde(default)]
    pub unregistered_providers: Vec<String>,
}

/// Which solutions a workspace begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solutions {
    /// Those of all Defender products, if Sentinel is on.
    #[default]
    Installed,
    /// No one has installed any.
    None,
}

/// How the service behaves where it may behave in more than one way.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// Resources a LIST answers at once; 0 is all of them.
    pub page_size: usize,
    /// Whether the next page begins at a place in the list, so that what is deleted meanwhile makes it skip an item; else
    /// it begins behind the last item \[inferred: both\].
    pub page_by_place: bool,
    /// Reads of a new resource that still miss it \[seen: GET 404 just after PUT\].
    pub lag_reads: u32,
    /// Reads of a deleted resource that still find it.
    pub delete_lag_reads: u32,
    /// What Defender XDR does to the connectors of its components.
    pub xdr_components: XdrComponents,
    /// Seconds an access token is good for.
    pub token_lifetime_seconds: i64,
    /// Request limits: true for ARM's, false for none, or numbers.
    pub throttle: Throttle,
    /// Whether a POST of an export setting answers the setting or nothing \[seen: both\].
    pub export_post_answers_body: bool,
    /// Whether the export settings take the Office categories \[seen: contradicting reports\].
    pub email_categories: EmailCategories,
    /// Whether a LIST of connectors carries the portal's cards of kinds no specification names \[seen\].
    pub static_cards: bool,
    /// Whether Sentinel's errors come wrapped in a JSON string \[seen\].
    pub nested_errors: bool,
    /// How a change of a table is answered.
    pub table_operation: TableOperation,
    /// Looks at a change of a table until it is done.
    pub table_operation_looks: u32,
    /// Looks at a new workspace, or at the removal of a resource group, until it is done.
    pub arm_operation_looks: u32,
    /// Audiences of ARM beside the emulator's own address.
    pub arm_audiences: Vec<String>,
    /// Audiences of the Defender API beside the emulator's own `/defender`.
    pub defender_audiences: Vec<String>,
    /// Audiences of the query API beside the emulator's own `/log-analytics`.
    pub log_analytics_audiences: Vec<String>,
    /// Whether answers to queries are not whole \[doc: PartialError\].
    pub partial_queries: bool,
    /// Other resources that tokens are issued for, such as Microsoft Graph.
    pub other_audiences: Vec<String>,
}

/// What enabling Defender XDR incidents does to component connectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum XdrComponents {
    /// They appear by themselves and cannot be deleted while XDR is on \[doc, until 2023; the refusal inferred\].
    #[serde(rename = "2021")]
    AppearLocked,
    /// They stay listed and writable but carry no data \[doc, since 2025\].
    #[serde(rename = "2025")]
    Inert,
}

/// Whether Office categories are taken on POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailCategories {
    /// Both spellings are taken.
    Accepted,
    /// Both spellings are refused.
    Refused,
}

/// How a change of a table is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableOperation {
    /// 202 with `Azure-AsyncOperation` \[spec: final-state-via\].
    AzureAsyncOperation,
    /// 202 with `Location` \[inferred from ARM's rules\].
    Location,
    /// 202 and no address: only `provisioningState` tells \[spec: the field\].
    ProvisioningState,
    /// 200, done at once \[spec: both answers\].
    Synchronous,
}

/// How request limits are set.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Throttle {
    /// ARM's published numbers, or no limits.
    Switch(bool),
    /// Numbers of one's own.
    Limits(Limits),
}

/// Token buckets by kind of operation.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// GET.
    pub reads: Bucket,
    /// PUT, POST and PATCH.
    pub writes: Bucket,
    /// DELETE.
    pub deletes: Bucket,
}

/// One token bucket.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Requests at once.
    pub size: u32,
    /// Requests that come back each second.
    pub per_second: f64,
}

impl Default for Limits {
    /// ARM's numbers per subscription and principal \[doc\].
    fn default() -> Self {
        let changes = Bucket { size: 200, per_second: 10.0 };
        Self { reads: Bucket { size: 250, per_second: 25.0 }, writes: changes, deletes: changes }
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            page_size: 0,
            page_by_place: false,
            lag_reads: 0,
            delete_lag_reads: 0,
            xdr_components: XdrComponents::Inert,
            token_lifetime_seconds: 3599,
            throttle: Throttle::Switch(true),
            export_post_answers_body: true,
            email_categories: EmailCategories::Refused,
            static_cards: false,
            nested_errors: false,
            table_operation: TableOperation::AzureAsyncOperation,
            table_operation_looks: 1,
            arm_operation_looks: 1,
            arm_audiences: owned(&["https://management.azure.com", "https://management.core.windows.net"]),
            defender_audiences: owned(&[
                "https://api.securitycenter.microsoft.com",
                "https://securitycenter.microsoft.com/mtp",
            ]),
            log_analytics_audiences: owned(&["https://api.loganalytics.io"]),
            partial_queries: false,
            other_audiences: owned(&["https://graph.microsoft.com"]),
        }
    }
}

impl Scenario {
    /// Reads a scenario; the error says where and what.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The scenario that is served when none is given: one tenant, one workspace, nothing connected.
    pub fn built_in() -> Result<Self, serde_json::Error> {
        Self::parse(include_str!("scenario.json"))
    }
}

fn yes() -> bool {
    true
}

fn default_location() -> String {
    "westeurope".to_owned()
}

fn default_retention() -> u32 {
    90
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_scenario_is_one() -> Result<(), serde_json::Error> {
        let scenario = Scenario::built_in()?;
        assert_eq!(scenario.workspaces[0].name, "law-demo");
        assert!(scenario.workspaces[0].onboarded);
        Ok(())
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = Scenario::parse(r#"{"behaviour": {"lag": 1}}"#).map(|_| ()).map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.contains("unknown field `lag`")));
    }

    #[test]
    fn limits_may_be_a_switch_or_numbers() -> Result<(), serde_json::Error> {
        let behaviour: Behaviour = serde_json::from_str(r#"{"throttle": {"reads": {"size": 1, "per_second": 0.5}}}"#)?;
        assert!(
            matches!(behaviour.throttle, Throttle::Limits(limits) if limits.reads.size == 1 && limits.writes.size == 200)
        );
        Ok(())
    }
}
