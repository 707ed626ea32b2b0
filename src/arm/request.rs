//! Requests as values, apart from how they are sent. Here stand the paths and the fixed api-versions; tokens, retries
//! and answers live elsewhere.

use serde_json::{Value, json};
use url::Url;

use super::id::{Collection, ResourceId, WorkspaceId};
use super::slim::Kept;
use super::table_id::TableId;
use super::workbook_id::WorkbookId;

pub use azure_core::http::Method;

const SUBSCRIPTIONS_VERSION: &str = "2022-12-01";
const WORKSPACES_VERSION: &str = "2023-09-01";
const WORKSPACES_NEWEST: &str = "2026-03-01";
const TABLES_VERSION: &str = "2023-09-01";
const RESOURCE_GROUPS_VERSION: &str = "2022-09-01";
const WORKBOOKS_VERSION: &str = "2023-06-01";
/// The category of the workbooks that Sentinel shows.
const SENTINEL: &str = "sentinel";
/// The member of a content template that lists leave out unless it is asked for.
const MAIN_TEMPLATE: &str = "properties/mainTemplate";
const PERMISSIONS_VERSION: &str = "2022-04-01";
const PROVIDERS_VERSION: &str = "2021-04-01";
const QUERIES_VERSION: &str = "2017-01-01-preview";
const EXPORT_SETTINGS: &str = "/api/dataExportSettings";

/// Which service a request goes to, and so which token it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plane {
    ResourceManager,
    Defender,
    /// The query API, which changes nothing.
    LogAnalytics,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub plane: Plane,
    /// Percent-encoded, begins with '/'.
    pub path: String,
    pub api_version: Option<String>,
    /// What the address asks for besides, in plain text.
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Value>,
    /// What it asks of the way it is answered.
    pub prefer: Option<&'static str>,
    /// What is kept of the items, if it is a list of which not everything is read.
    pub(super) kept: Option<Kept>,
}

impl Request {
    /// Everything in a collection of a workspace; of what nobody reads of it, only who it is.
    pub fn list(workspace: &WorkspaceId, collection: Collection, api_version: &str) -> Request {
        let path = format!("{workspace}/providers/Microsoft.SecurityInsights/{}", collection.segment());
        let kept = Some(Kept::Of(collection));
        Request { kept, ..Self::resource_manager(Method::Get, &path, api_version) }
    }

    /// The templates of the gallery that a rule with a query is made from, whole; of all others, only who they are.
    pub fn query_templates(workspace: &WorkspaceId, api_version: &str) -> Request {
        let list = Self::list(workspace, Collection::AlertRuleTemplates, api_version);
        Request { kept: Some(Kept::QueryTemplates), ..list }
    }

    /// The templates of analytics rules that solutions brought into a workspace.
    pub fn content_templates(workspace: &WorkspaceId, api_version: &str) -> Request {
        Self::list(workspace, Collection::ContentTemplates, api_version)
            .with_query("$filter", "(properties/contentKind eq 'AnalyticsRule')")
    }

    /// The same with what each of them deploys, of one of them or of a list.
    pub fn with_main_template(self) -> Request {
        self.with_query("$expand", MAIN_TEMPLATE)
    }

    /// One thing in a collection.
    pub fn get(id: &ResourceId, api_version: &str) -> Request {
        Self::resource_manager(Method::Get, &id.to_string(), api_version)
    }

    /// Creates or replaces one thing with the body that it is given.
    pub fn put(id: &ResourceId, api_version: &str) -> Request {
        Self::resource_manager(Method::Put, &id.to_string(), api_version)
    }

    /// Deletes one thing.
    pub fn delete(id: &ResourceId, api_version: &str) -> Request {
        Self::resource_manager(Method::Delete, &id.to_string(), api_version)
    }

    /// Asks whether a kind of connector may be connected to a workspace.
    pub fn check_requirements(workspace: &WorkspaceId, api_version: &str, body: Value) -> Request {
        let path = format!("{workspace}/providers/Microsoft.SecurityInsights/dataConnectorsCheckRequirements");
        Request { body: Some(body), ..Self::resource_manager(Method::Post, &path, api_version) }
    }

    /// Every subscription that the caller sees; of each, only who it is.
    pub fn subscriptions() -> Request {
        let list = Self::resource_manager(Method::Get, "/subscriptions", SUBSCRIPTIONS_VERSION);
        Request { kept: Some(Kept::Identity), ..list }
    }

    /// Every workspace of a subscription; of each, only who it is.
    pub fn workspaces(subscription_id: &str) -> Request {
        let path = format!("/subscriptions/{subscription_id}/providers/Microsoft.OperationalInsights/workspaces");
        let list = Self::resource_manager(Method::Get, &path, WORKSPACES_VERSION);
        Request { kept: Some(Kept::Identity), ..list }
    }

    /// The workspace itself.
    pub fn workspace(id: &WorkspaceId) -> Request {
        Self::resource_manager(Method::Get, &id.to_string(), WORKSPACES_VERSION)
    }

    /// The workspace itself, in the api-version that tells the most; a cloud may lack it.
    pub fn workspace_newest(id: &WorkspaceId) -> Request {
        Self::resource_manager(Method::Get, &id.to_string(), WORKSPACES_NEWEST)
    }

    /// Every table of a workspace, without its columns.
    pub fn tables(workspace: &WorkspaceId) -> Request {
        let list = Self::resource_manager(Method::Get, &format!("{workspace}/tables"), TABLES_VERSION);
        Request { kept: Some(Kept::PlainProperties), ..list }
    }

    /// One table of a workspace.
    pub fn table(id: &TableId) -> Request {
        Self::resource_manager(Method::Get, &id.to_string(), TABLES_VERSION)
    }

    /// Changes what the body names of a table.
    pub fn patch_table(id: &TableId, body: Value) -> Request {
        Request { body: Some(body), ..Self::resource_manager(Method::Patch, &id.to_string(), TABLES_VERSION) }
    }

    /// A resource group, by the id of a workbook in it.
    pub fn resource_group(id: &WorkbookId) -> Request {
        Self::resource_manager(Method::Get, &id.group(), RESOURCE_GROUPS_VERSION)
    }

    /// The workbooks of Sentinel's in a subscription whose content holds a mark, or that come without one.
    pub fn workbooks(subscription_id: &str, mark: &'static str) -> Request {
        let path = format!("/subscriptions/{subscription_id}/providers/Microsoft.Insights/workbooks");
        let list = Self::workbooks_at(&path).with_query("canFetchContent", "true");
        Request { kept: Some(Kept::Marked(mark)), ..list }
    }

    /// Every workbook of Sentinel's in the resource group of one; of each, only who it is.
    pub fn workbooks_beside(id: &WorkbookId) -> Request {
        let path = format!("{}/providers/Microsoft.Insights/workbooks", id.group());
        Request { kept: Some(Kept::Identity), ..Self::workbooks_at(&path) }
    }

    fn workbooks_at(path: &str) -> Request {
        Self::resource_manager(Method::Get, path, WORKBOOKS_VERSION).with_query("category", SENTINEL)
    }

    /// One workbook with its content.
    pub fn workbook(id: &WorkbookId) -> Request {
        Self::resource_manager(Method::Get, &id.to_string(), WORKBOOKS_VERSION).with_query("canFetchContent", "true")
    }

    /// Creates or replaces one workbook with the body that it is given.
    pub fn put_workbook(id: &WorkbookId) -> Request {
        Self::resource_manager(Method::Put, &id.to_string(), WORKBOOKS_VERSION)
    }

    /// Deletes one workbook.
    pub fn delete_workbook(id: &WorkbookId) -> Request {
        Self::resource_manager(Method::Delete, &id.to_string(), WORKBOOKS_VERSION)
    }

    /// What the caller may do at a scope, which is an ARM id, by its roles there and above.
    pub fn permissions(scope: &str) -> Request {
        let path = format!("{scope}/providers/Microsoft.Authorization/permissions");
        Self::resource_manager(Method::Get, &path, PERMISSIONS_VERSION)
    }

    /// Whether a subscription has a resource provider.
    pub fn resource_provider(subscription_id: &str, namespace: &str) -> Request {
        let path = format!("/subscriptions/{subscription_id}/providers/{namespace}");
        Self::resource_manager(Method::Get, &path, PROVIDERS_VERSION)
    }

    /// Every export setting of the tenant.
    pub fn export_settings() -> Request {
        Self::defender(Method::Get, EXPORT_SETTINGS.to_owned())
    }

    /// One export setting.
    pub fn export_setting(id: &str) -> Request {
        Self::defender(Method::Get, export_setting(id))
    }

    /// Creates or replaces the export setting that the body's `id` names.
    pub fn put_export_setting(body: Value) -> Request {
        Request { body: Some(body), ..Self::defender(Method::Post, EXPORT_SETTINGS.to_owned()) }
    }

    /// Deletes one export setting.
    pub fn delete_export_setting(id: &str) -> Request {
        Self::defender(Method::Delete, export_setting(id))
    }

    /// The same with this body.
    pub fn with_body(self, body: Value) -> Request {
        Request { body: Some(body), ..self }
    }

    /// A query of a workspace, which goes by the id that queries know it by.
    pub fn query(customer_id: &str, kql: &str) -> Request {
        let path = format!("/v1/workspaces/{}/query", encode(customer_id).replace('/', "%2F"));
        // Shorter than one try, so that the service says itself that it took too long.
        let (body, prefer) = (Some(json!({ "query": kql })), Some("wait=50"));
        Request { body, prefer, ..Self::of(Plane::LogAnalytics, Method::Post, path) }
    }

    /// The same by way of Resource Manager, which takes its own tokens for it.
    pub fn query_through_resource_manager(workspace: &WorkspaceId, kql: &str) -> Request {
        let request = Self::resource_manager(Method::Post, &format!("{workspace}/api/query"), QUERIES_VERSION);
        Request { body: Some(json!({ "query": kql })), prefer: Some("response-v1=true"), ..request }
    }

    /// The same with one more parameter in its address.
    pub fn with_query(mut self, name: &'static str, value: &str) -> Request {
        self.query.push((name, value.to_owned()));
        self
    }

    /// Whether the request may change something.
    pub(super) fn is_write(&self) -> bool {
        !matches!(self.method, Method::Get | Method::Head) && !self.is_query()
    }

    /// Whether it is a query of what a workspace holds, which is a POST and changes nothing.
    pub(super) fn is_query(&self) -> bool {
        self.plane == Plane::LogAnalytics || self.path.ends_with("/api/query")
    }

    /// Whether an address made of this request leads to where its path says, and not to a parent or to a whole collection.
    pub(super) fn means_what_it_says(&self, url: &Url) -> bool {
        url.path().ends_with(&self.path) && !self.path.ends_with('/')
    }

    /// The address under a service's endpoint.
    pub(super) fn url(&self, endpoint: &Url) -> Url {
        let mut url = endpoint.clone();
        url.set_path(&format!("{}{}", endpoint.path().trim_end_matches('/'), self.path));
        let version = self.api_version.as_deref().map(|version| ("api-version", version));
        let others = self.query.iter().map(|(name, value)| (*name, value.as_str()));
        let pairs = version.into_iter().chain(others).map(|(name, value)| format!("{name}={}", encode(value)));
        let query = pairs.collect::<Vec<_>>().join("&");
        url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
        url
    }

    fn resource_manager(method: Method, path: &str, api_version: &str) -> Request {
        let api_version = Some(api_version.to_owned());
        Request { api_version, ..Self::of(Plane::ResourceManager, method, encode(path)) }
    }

    fn defender(method: Method, path: String) -> Request {
        Self::of(Plane::Defender, method, path)
    }

    /// One at a path that is encoded already.
    pub(super) fn of(plane: Plane, method: Method, path: String) -> Request {
        Request { method, plane, path, api_version: None, query: Vec::new(), body: None, prefer: None, kept: None }
    }
}

/// The path of an export setting. Unlike an ARM name its id was never checked, so a '/' in it must be encoded too.
fn export_setting(id: &str) -> String {
    format!("{EXPORT_SETTINGS}/{}", encode(id).replace('/', "%2F"))
}

/// Percent-encodes everything but RFC 3986's unreserved characters and '/'.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// An address without its query, and without a password that it may hold.
pub(super) fn address(url: &Url) -> String {
    let mut url = url.clone();
    // What cannot have either of the two is left as it is.
    let _ = (url.set_username(""), url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// Whether an address is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded_and_kept_under_the_endpoint() {
        let request = Request::delete_export_setting("a/b c?d#e%é..");
        assert_eq!(request.path, "/api/dataExportSettings/a%2Fb%20c%3Fd%23e%25%C3%A9..");
        assert_eq!(request.path, Request::export_setting("a/b c?d#e%é..").path);
        let endpoint = Url::parse("https://host.example:8443/base/").unwrap();
        assert_eq!(request.url(&endpoint).as_str(), format!("https://host.example:8443/base{}", request.path));
    }

    #[test]
    fn each_request_names_its_version() {
        let guid = "11111111-1111-4111-8111-111111111111";
        let text =
            format!("/subscriptions/{guid}/resourceGroups/r(g)/providers/Microsoft.OperationalInsights/workspaces/law");
        let id = WorkspaceId::parse(&text).unwrap();
        let endpoint = Url::parse("https://management.azure.com").unwrap();
        let list = Request::list(&id, Collection::AlertRules, "2025-09-01").url(&endpoint);
        assert!(list.path().ends_with("/providers/Microsoft.SecurityInsights/alertRules"), "{list}");
        assert!(list.path().contains("/resourceGroups/r%28g%29/"), "{list}");
        assert_eq!(list.query(), Some("api-version=2025-09-01"));
        assert_eq!(Request::workspace(&id).url(&endpoint).query(), Some("api-version=2023-09-01"));
        assert_eq!(
            Request::subscriptions().url(&endpoint).as_str(),
            "https://management.azure.com/subscriptions?api-version=2022-12-01"
        );
        let workspaces = Request::workspaces(guid).url(&endpoint);
        let path = format!("/subscriptions/{guid}/providers/Microsoft.OperationalInsights/workspaces");
        assert_eq!((workspaces.path(), workspaces.query()), (path.as_str(), Some("api-version=2023-09-01")));
        assert_eq!(Request::export_settings().url(&endpoint).query(), None);
        let filtered = Request::workspace(&id).with_query("$filter", "a eq 'b&c'").url(&endpoint);
        assert_eq!(filtered.query(), Some("api-version=2023-09-01&$filter=a%20eq%20%27b%26c%27"));
    }
}
