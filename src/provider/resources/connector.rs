//! The shape of a data connector: everything comes from its row of the catalogue.

use crate::provider::engine::attributes::{MANAGED_BY_PORTAL, SUBSCRIPTION_ID, TENANT_ID};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::shape::{Check, Shape};
use crate::arm::{Collection, WorkspaceId, text};
use crate::catalog::{self, Line, Portal, Scope};
use crate::provider::dates;
use crate::provider::engine::import_id::{Arm, Form};
use crate::provider::engine::interlocks::Part;
use crate::provider::messages;
use crate::terraform::{Attribute, Diagnostic, Diagnostics, Object, Type, Value};

/// A connector of one kind.
pub struct ConnectorShape {
    pub row: &'static catalog::Connector,
    /// Every kind that has a resource.
    pub rows: &'static [catalog::Connector],
}

/// The attribute that narrows whose alerts come through.
const FILTER: &str = "filtered_alert_providers";

/// The attribute of the date from which on data is fetched.
const LOOKBACK: &str = "lookback_date";

/// The alert providers of Microsoft's API description; the service may know more.
const ALERT_PROVIDERS: [&str; 2] = ["microsoftDefenderForCloudApps", "microsoftDefenderForIdentity"];

/// An alert provider as Microsoft's description spells it; one that is not in there as it is.
fn spelled(provider: &str) -> &str {
    ALERT_PROVIDERS.into_iter().find(|known| known.eq_ignore_ascii_case(provider)).unwrap_or(provider)
}

impl ConnectorShape {
    /// The attribute and ARM's property that, with the kind, a workspace holds one of.
    fn context(&self) -> (&'static str, &'static str) {
        context(self.row.scope)
    }
}

/// The attribute and ARM's property of what a connector of a scope belongs to.
pub fn context(scope: Scope) -> (&'static str, &'static str) {
    match scope {
        Scope::Tenant => (TENANT_ID, "tenantId"),
        Scope::Subscription => (SUBSCRIPTION_ID, "subscriptionId"),
    }
}

fn is_on(value: &Value, attribute: &str) -> bool {
    value.get(attribute).as_bool() == Some(true)
}

impl Shape for ConnectorShape {
    fn resource(&self) -> &str {
        self.row.resource
    }

    fn what(&self) -> String {
        format!("the {} connector", self.row.product)
    }

    fn description(&self) -> String {
        let row = self.row;
        let needs = match row.scope {
            Scope::Tenant => "the tenant needs",
            Scope::Subscription => "it needs",
        };
        let formerly = match row.formerly {
            "" => String::new(),
            names => format!("Formerly {names}.\n\n"),
        };
        let solution = match row.solution {
            None => String::new(),
            Some(catalog::Solution { content_id, known }) => format!(
                "**Content hub solution**, {known}: `{content_id}`, which [`defender_content_solution`](content_solution.md) installs. \
                 **Known** (Microsoft's documentation): installing it before a product is connected by API is the advice; without it the \
                 portal does not show the connector as connected. A plan that makes the connector says if it is not installed, unless \
                 `preflight` is off.\n\n"
            ),
        };
        format!(
            "Connects {} to a Microsoft Sentinel workspace (ARM kind `{}`, api-version `{}`). A workspace holds one such connector \
             for each {}, whatever its name, so `create_before_destroy` has no use: the new one is written over the old one where the name \
             stays and nothing else changes or `adopt_existing` is set, and is refused otherwise, with the old one as it was.\n\n\
             {formerly}**Prerequisites**, {}: {needs} {}. The caller needs Microsoft Sentinel Contributor on the workspace and {}.\n\n{solution}{}\n\n{}",
            row.product,
            row.kind,
            row.line.default_version(),
            row.scope.noun(),
            row.needs_known,
            row.licence,
            row.role,
            row.remarks.replace('\n', "\n\n"),
            row.portal.told()
        )
    }

    fn kind(&self) -> &str {
        self.row.kind
    }

    fn collection(&self) -> Collection {
        Collection::DataConnectors
    }

    fn line(&self) -> Line {
        self.row.line
    }

    fn attributes(&self) -> Vec<Attribute> {
        let subscription = (self.row.scope == Scope::Subscription).then(|| {
            let description = "Subscription whose data the connector streams. Defaults to the workspace's own. Changing it makes a new \
                resource.";
            Attribute::optional_computed(SUBSCRIPTION_ID, Type::String, description).replaces().stable().ignore_case()
        });
        let states = self.row.data_types.iter().map(|data_type| {
            let default = if data_type.default { "true" } else { "false" };
            let description = format!("{} Defaults to `{default}`.", data_type.description);
            Attribute::optional(data_type.attribute, Type::Bool, description).default(data_type.default)
        });
        let lookback = self.row.lookback.map(|_| {
            let description = "Date from which on data is fetched, in RFC 3339 to the second, such as `2025-01-01T00:00:00Z`; \
                `1970-01-01T00:00:00Z` for all there is.";
            Attribute::required(LOOKBACK, Type::String, description).same_instant()
        });
        let filter = self.row.filters_alert_providers.then(|| {
            let description = "Products whose alerts this connector carries, such as `microsoftDefenderForCloudApps` or \
                `microsoftDefenderForIdentity`. Left out, all of them. The service may know more than these two.";
            Attribute::optional(FILTER, Type::set(Type::String), description).ignore_case()
        });
        subscription.into_iter().chain(states).chain(lookback).chain(filter).collect()
    }

    fn tenant_description(&self) -> &'static str {
        match self.row.scope {
            Scope::Tenant => {
                "Tenant whose data the connector streams, and under whose credentials it is managed. Defaults to the tenant of the \
                 provider's token. The service takes the caller's own tenant only. Changing it makes a new resource."
            }
            Scope::Subscription => {
                "Tenant under whose credentials the connector is managed, which is the tenant of its workspace. It is no part of the \
                 connector, which is of a subscription. Defaults to the tenant of the provider's token. Changing it makes a new resource."
            }
        }
    }

    fn name_description(&self) -> &'static str {
        match self.row.scope {
            Scope::Tenant => {
                "Name under which ARM keeps the connector. Defaults to a UUID made from workspace, kind and tenant, so that the same \
                 connector always gets the same name. Changing it makes a new resource."
            }
            Scope::Subscription => {
                "Name under which ARM keeps the connector. Defaults to a UUID made from workspace, kind and subscription, so that the \
                 same connector always gets the same name. Changing it makes a new resource."
            }
        }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        let data_types = self.row.data_types;
        let off = |data_type: &catalog::DataType| {
            let value = config.get(data_type.attribute);
            value.as_bool() == Some(false) || (value.is_null() && !data_type.default)
        };
        // What the Defender portal manages may be as the portal has it.
        let sign = config.get(MANAGED_BY_PORTAL);
        if data_types.iter().all(off) && !sign.is_unknown() && sign.as_bool() != Some(true) {
            let attributes: Vec<_> = data_types.iter().map(|data_type| data_type.attribute).collect();
            diagnostics.push(messages::no_data_type_on(attributes.first().copied().unwrap_or("name"), &attributes));
        }
        if let Some(subscription) = config.get(SUBSCRIPTION_ID).as_str() {
            if Uuid::try_parse(subscription).is_err() {
                diagnostics.push(messages::not_a_guid(SUBSCRIPTION_ID, "subscription id", subscription));
            } else if config.get(TENANT_ID).as_str().is_some_and(|tenant| tenant.eq_ignore_ascii_case(subscription)) {
                diagnostics.push(messages::tenant_as_subscription(SUBSCRIPTION_ID, subscription));
            }
        }
        if let Some(date) = config.get(LOOKBACK).as_str().filter(|date| !dates::is_rfc3339(date)) {
            diagnostics.push(messages::bad_date(LOOKBACK, date));
        }
        for provider in config.get(FILTER).known_strings() {
            if !ALERT_PROVIDERS.iter().any(|known| known.eq_ignore_ascii_case(provider)) {
                diagnostics.push(messages::unknown_alert_provider(FILTER, provider));
            }
        }
        diagnostics
    }

    fn identify(&self, workspace: &WorkspaceId, value: &mut Value) {
        if self.row.scope == Scope::Subscription && !value.get(SUBSCRIPTION_ID).is_known() {
            value.set(SUBSCRIPTION_ID, workspace.subscription_id.as_str());
        }
    }

    fn natural_key(&self, value: &Value) -> Option<String> {
        value.get(self.context().0).as_str().map(str::to_owned)
    }

    fn is_one_of_a_kind(&self) -> bool {
        true
    }

    fn is_same(&self, value: &Value, item: &Json) -> bool {
        let (attribute, arm) = self.context();
        value.get(attribute).as_str().is_some_and(|ours| text(&item["properties"], arm).eq_ignore_ascii_case(ours))
    }

    fn part(&self, value: &Value) -> Option<(String, Part)> {
        let part = Part::of_connector(self.row, |attribute| is_on(value, attribute))?;
        Some((self.row.product.to_owned(), part))
    }

    fn portal(&self) -> Option<Portal> {
        Some(self.row.portal)
    }

    fn is_left_off(&self, value: &Value) -> bool {
        self.row.portal.takes_some() && self.row.data_types.iter().all(|data_type| !is_on(value, data_type.attribute))
    }

    fn solution(&self) -> Option<(&'static str, &'static str)> {
        self.row.solution.map(|solution| (solution.content_id, self.row.product))
    }

    fn check(&self, value: &Value) -> Option<Check> {
        let row = self.row;
        let of = value.get(self.context().0).as_str().filter(|_| row.has_check)?;
        Some(Check { body: requirements_body(row, of), licence: row.licence, role: row.role })
    }

    fn properties(&self, value: &Value) -> Json {
        let mut states = Map::new();
        for data_type in self.row.data_types {
            let state = if is_on(value, data_type.attribute) { "Enabled" } else { "Disabled" };
            states.insert(data_type.arm.to_owned(), json!({ "state": state }));
        }
        let (attribute, arm) = self.context();
        let mut properties = json!({ arm: value.get(attribute).as_str(), "dataTypes": states });
        if let (Some(pointer), Some(date)) = (self.row.lookback, value.get(LOOKBACK).as_str()) {
            let (parent, field) = pointer.rsplit_once('/').unwrap_or(("", pointer));
            if let Some(Json::Object(parent)) = properties.pointer_mut(parent) {
                parent.insert(field.to_owned(), dates::rfc3339(date).into());
            }
        }
        if self.row.filters_alert_providers && value.get(FILTER).is_known() {
            let mut providers = value.get(FILTER).known_strings();
            providers.sort_unstable();
            properties["filteredProviders"] = json!({ "alerts": providers });
        }
        properties
    }

    fn lacks(&self, properties: &Json) -> Option<&'static str> {
        (!properties["dataTypes"].is_object()).then_some("dataTypes")
    }

    fn unsaid(&self, properties: &Json) -> Vec<&'static str> {
        let says = |data_type: &&catalog::DataType| !properties["dataTypes"][data_type.arm]["state"].is_null();
        self.row.data_types.iter().filter(|data_type| !says(data_type)).map(|data_type| data_type.attribute).collect()
    }

    fn read(&self, known: &Value, item: &Json) -> Object {
        let properties = &item["properties"];
        let mut found = Object::new();
        let (attribute, arm) = self.context();
        if let Some(of) = properties[arm].as_str().filter(|of| !of.is_empty()) {
            found.insert(attribute.to_owned(), of.into());
        }
        if self.row.scope == Scope::Subscription {
            // No part of the connector, but what an import knows by its token.
            found.insert(TENANT_ID.to_owned(), known.get(TENANT_ID).clone());
        }
        for data_type in self.row.data_types {
            let state = text(&properties["dataTypes"][data_type.arm], "state");
            found.insert(data_type.attribute.to_owned(), state.eq_ignore_ascii_case("enabled").into());
        }
        if let Some(pointer) = self.row.lookback {
            let date = properties.pointer(pointer).and_then(Json::as_str).filter(|date| !date.is_empty());
            found.insert(LOOKBACK.to_owned(), date.map(dates::rfc3339).into());
        }
        if self.row.filters_alert_providers {
            let providers = properties["filteredProviders"]["alerts"].as_array().filter(|list| !list.is_empty());
            let providers = providers.map(|list| Value::strings(list.iter().filter_map(Json::as_str).map(spelled)));
            // No filter and an empty one are one thing to the service.
            let none =
                if known.get(FILTER) == &Value::List(Vec::new()) { known.get(FILTER).clone() } else { Value::Null };
            found.insert(FILTER.to_owned(), providers.unwrap_or(none));
        }
        found
    }

    fn import_form(&self) -> Form<'_> {
        Form {
            resource: self.row.resource,
            arm: Some(Arm::In(Collection::DataConnectors)),
            workspace_alone: false,
            word: self.row.kind,
            how: "Import it by its ARM id, in any casing, or by its workspace's and, behind a bar, its ARM kind, its product or its \
                  resource type",
        }
    }

    fn check_word(&self, id: &str, word: &str) -> Result<(), Diagnostic> {
        match catalog::Connector::called(self.rows, word) {
            Some(row) if row.kind == self.row.kind => Ok(()),
            Some(other) => {
                Err(messages::import_other_word(self.row.resource, word, self.row.kind, other.kind, other.resource))
            }
            None => Err(self.import_form().refuse(id, &format!("no connector of this provider goes by {word:?}"))),
        }
    }

    fn stands_for(&self, _word: &str, value: &Value, item: &Json) -> Option<u8> {
        // The one of the tenant or subscription, else the only one there is.
        Some(u8::from(!self.is_same(value, item)))
    }

    fn shown(&self, item: &Json) -> String {
        let (attribute, arm) = self.context();
        format!("{} ({attribute} {})", text(item, "id"), text(&item["properties"], arm))
    }

    fn listed_by(&self) -> Option<&'static str> {
        Some("defender_connectors")
    }

    fn known_by(&self, state: &Value) -> String {
        match (self.row.scope, state.get(SUBSCRIPTION_ID).as_str()) {
            (Scope::Subscription, Some(subscription)) => {
                format!("{} of subscription {subscription}", self.row.product)
            }
            _ => self.row.product.to_owned(),
        }
    }

    fn is_unmanaged(&self, kind: &str) -> bool {
        self.resource_of_kind(kind).is_none()
    }

    fn resource_of_kind(&self, kind: &str) -> Option<&'static str> {
        catalog::Connector::of_kind(self.rows, kind).map(|row| row.resource)
    }
}

/// The body that asks whether a kind may be connected for a tenant or subscription.
pub fn requirements_body(row: &catalog::Connector, of: &str) -> Json {
    json!({ "kind": row.kind, "properties": { context(row.scope).1: of } })
}
