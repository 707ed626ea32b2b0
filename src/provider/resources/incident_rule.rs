//! The shape of a Microsoft incident-creation rule: one product's alerts become incidents.

use crate::provider::engine::attributes::ADOPT_EXISTING;
use serde_json::{Map, Value as Json, json};

use super::shape::Shape;
use super::workspace_object::default_name;
use crate::arm::{Collection, WorkspaceId, text};
use crate::catalog::{INCIDENT_PRODUCTS, INCIDENT_RULE_KIND, IncidentProduct, Line};
use crate::provider::engine::import_id::{Arm, Form};
use crate::provider::engine::interlocks::Part;
use crate::provider::engine::ledger::{Claim, Hold};
use crate::provider::messages;
use crate::provider::spelling::flag;
use crate::terraform::{Attribute, Diagnostic, Diagnostics, Object, PlanRequest, Type, Value};

/// A rule of kind MicrosoftSecurityIncidentCreation.
const PRODUCT: &str = "product";
const DISPLAY_NAME: &str = "display_name";
const TEMPLATE_NAME: &str = "template_name";
const ENABLED: &str = "enabled";

pub struct IncidentRule;

/// What the ledger calls the rules of a product in a workspace, which a rule may want on and a suppression off.
pub const RULES_OF: &str = "incident rules of";

const SEVERITIES: [&str; 4] = ["High", "Medium", "Low", "Informational"];

/// Attributes that are sets of strings, with their ARM names; absent there means no filter.
const FILTERS: [(&str, &str); 3] = [
    ("severities", "severitiesFilter"),
    ("display_name_filter", "displayNamesFilter"),
    ("display_name_exclude_filter", "displayNamesExcludeFilter"),
];

/// A severity as the service spells it, which is strict about it.
fn severity(text: &str) -> Option<&'static str> {
    SEVERITIES.into_iter().find(|known| known.eq_ignore_ascii_case(text))
}

/// The items of a filter as they are sent: in the service's spelling, in one order and without doubles.
fn sent<'a>(attribute: &str, mut items: Vec<&'a str>) -> Vec<&'a str> {
    if attribute == "severities" {
        items.iter_mut().for_each(|item| *item = severity(item).unwrap_or(item));
    }
    items.sort_unstable();
    items.dedup();
    items
}

fn product(value: &Value) -> &str {
    value.get(PRODUCT).as_str().unwrap_or_default()
}

fn same_product(value: &Value, item: &Json) -> bool {
    IncidentProduct::is_same(text(&item["properties"], "productFilter"), product(value))
}

fn natural_key(product: &str, display_name: &str) -> String {
    format!("{}|{display_name}", IncidentProduct::filter_of(product))
}

/// What a rule of a product is called where nobody says otherwise.
fn default_display_name(product: &str) -> String {
    let name = IncidentProduct::find(product).map_or(product, |row| row.name);
    format!("Create incidents based on {name} alerts")
}

/// The template that a new rule of a product is made from where nobody says otherwise.
fn default_template(product: &str) -> &'static str {
    IncidentProduct::find(product).map_or("", |row| row.template)
}

/// Whether a rule of the service is called what a block without `name` calls it.
pub fn is_under_default_name(workspace: &WorkspaceId, item: &Json) -> bool {
    let properties = &item["properties"];
    let key = natural_key(text(properties, "productFilter"), text(properties, "displayName"));
    text(item, "name").eq_ignore_ascii_case(&default_name(workspace, INCIDENT_RULE_KIND, &key))
}

impl Shape for IncidentRule {
    fn resource(&self) -> &str {
        "defender_incident_rule"
    }

    fn what(&self) -> String {
        "the incident rule".to_owned()
    }

    fn description(&self) -> String {
        "Creates a Sentinel incident from every alert of one Microsoft product that its filters let through (ARM \
         `alertRules`, kind `MicrosoftSecurityIncidentCreation`).\n\nThe caller needs Microsoft Sentinel Contributor on the \
         workspace.\n\nWith `create_before_destroy`, give what replaces a rule another `name`: under the same one it is written over the \
         old rule where nothing of it changes or `adopt_existing` is set, and refused otherwise, with the old rule as it was.\n\n**Known** (Microsoft's documentation): with Defender XDR incidents streaming in, a rule for one of its \
         products makes every incident twice; keep such rules off or away. On a workspace that is onboarded to the Defender \
         portal these rules do nothing.\n\n**Not verified**: whether the service minds a rule of one product that was made from \
         the template of another, which is what a rule is after a change of `product`; it is sent with the template it has."
            .to_owned()
    }

    fn kind(&self) -> &str {
        INCIDENT_RULE_KIND
    }

    fn collection(&self) -> Collection {
        Collection::AlertRules
    }

    fn line(&self) -> Line {
        // Defender for Endpoint and for Office 365 are products of the preview descriptions only.
        Line::Preview
    }

    fn attributes(&self) -> Vec<Attribute> {
        let products: Vec<_> = INCIDENT_PRODUCTS.iter().map(|row| format!("`{}`", row.name)).collect();
        let strings = || Type::set(Type::String);
        vec![
            Attribute::required(
                PRODUCT,
                Type::String,
                format!(
                    "Product whose alerts become incidents: {}. ARM's own names of them are understood too. Changing it changes the rule in \
                     place: name and template stay.",
                    products.join(", ")
                ),
            )
            .ignore_case(),
            Attribute::optional_computed(
                DISPLAY_NAME,
                Type::String,
                "Name of the rule in the portal. Defaults to `Create incidents based on PRODUCT alerts`.",
            )
            .stable(),
            Attribute::optional("description", Type::String, "What the rule is for, as the portal shows it."),
            Attribute::optional(ENABLED, Type::Bool, "Whether the rule creates incidents. Defaults to `true`.").default(true),
            Attribute::optional("severities", strings(), "Severities that let an alert through: `High`, `Medium`, `Low`, `Informational`. Left out, all of them.")
                .ignore_case(),
            Attribute::optional("display_name_filter", strings(), "Texts of which an alert's name must hold one. Left out, any name."),
            Attribute::optional("display_name_exclude_filter", strings(), "Texts of which an alert's name may hold none. Left out, none is excluded."),
            Attribute::optional_computed(
                TEMPLATE_NAME,
                Type::String,
                "GUID of the rule template, or `\"\"` for none. Left out, a new rule is made from the template that Sentinel ships for the \
                 product, and one that exists keeps what it has. Changing it makes a new resource.",
            )
            .replaces()
            .stable()
            .ignore_case(),
        ]
    }

    fn tenant_description(&self) -> &'static str {
        "Tenant of the workspace, under whose credentials the rule is managed. Defaults to the tenant of the provider's token. \
         Changing it makes a new resource."
    }

    fn name_description(&self) -> &'static str {
        "Name under which ARM keeps the rule. Defaults to a UUID made from workspace, product and display name at creation, which \
         stays when those change; a second rule of the product and display name that the first once had needs a name of its own. \
         Changing it makes a new resource."
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        if let Some(product) = config.get(PRODUCT).as_str() {
            if product.is_empty() {
                diagnostics.push(messages::empty_text(PRODUCT, "product"));
            } else if IncidentProduct::find(product).is_none() {
                let known: Vec<_> = INCIDENT_PRODUCTS.iter().map(|row| row.name).collect();
                diagnostics.push(messages::unknown_product(
                    PRODUCT,
                    product,
                    IncidentProduct::meant_by(product),
                    &known,
                ));
            }
        }
        for (attribute, what) in [("display_name", "display name"), ("description", "description")] {
            if config.get(attribute).as_str().is_some_and(|text| text.trim().is_empty()) {
                diagnostics.push(messages::empty_text(attribute, what));
            }
        }
        if let Some(template) = config.get(TEMPLATE_NAME).as_str().filter(|template| !template.is_empty())
            && uuid::Uuid::try_parse(template).is_err()
        {
            diagnostics.push(messages::not_a_guid(TEMPLATE_NAME, "template name", template));
        }
        for severity in config.get("severities").known_strings() {
            if self::severity(severity).is_none() {
                diagnostics.push(messages::unknown_severity("severities", severity));
            }
        }
        for (attribute, _) in FILTERS {
            if config.get(attribute).as_list().is_some_and(<[Value]>::is_empty) {
                diagnostics.push(messages::empty_set(attribute, attribute, "Leave it out to let everything through."));
            }
            // An empty text is in every name.
            if attribute != "severities"
                && config.get(attribute).known_strings().iter().any(|text| text.trim().is_empty())
            {
                diagnostics.push(messages::empty_text(attribute, "text to look for"));
            }
        }
        diagnostics
    }

    fn defaults(&self, request: PlanRequest<'_>, value: &mut Value) {
        let config = request.config;
        let (default_name, default_template) =
            (config.get(DISPLAY_NAME).is_null(), config.get(TEMPLATE_NAME).is_null());
        if let Some(prior) = request.prior.filter(|_| default_template) {
            // A rule keeps its template, or the lack of one: another would make it anew.
            value.set(TEMPLATE_NAME, prior.get(TEMPLATE_NAME).as_str().unwrap_or_default());
        }
        let Some(product) = config.get(PRODUCT).as_str() else {
            if default_name {
                value.set(DISPLAY_NAME, Value::unknown());
            }
            return;
        };
        if let Some(prior) = request.prior.map(|prior| prior.get(PRODUCT))
            && prior.as_str().is_some_and(|prior| IncidentProduct::is_same(prior, product))
        {
            // The product's name of today and ARM's are one product.
            value.set(PRODUCT, prior.clone());
        }
        if default_name {
            value.set(DISPLAY_NAME, default_display_name(self::product(value)));
        }
        if request.prior.is_none() && default_template {
            value.set(TEMPLATE_NAME, self::default_template(product));
        }
    }

    fn natural_key(&self, value: &Value) -> Option<String> {
        Some(natural_key(value.get(PRODUCT).as_str()?, value.get(DISPLAY_NAME).as_str()?))
    }

    fn is_one_of_a_kind(&self) -> bool {
        false
    }

    fn claims(&self, workspace: &WorkspaceId, value: &Value) -> Vec<Claim> {
        if value.get(ENABLED).as_bool() != Some(true) || product(value).is_empty() {
            return Vec::new();
        }
        let shown = format!("the incident rules of {} in {workspace}", product(value));
        let key = format!("{}|{RULES_OF}|{}", workspace.key(), IncidentProduct::filter_of(product(value)));
        vec![Claim::new(key, shown, Hold::On)]
    }

    fn is_same(&self, value: &Value, item: &Json) -> bool {
        let template = text(&item["properties"], "alertRuleTemplateName");
        let wanted = value.get(TEMPLATE_NAME).as_str().unwrap_or_default();
        let adopts = value.get(ADOPT_EXISTING).as_bool() == Some(true);
        // A workspace may hold several rules of a product, so only adoption takes another rule for this one.
        adopts && same_product(value, item) && template.eq_ignore_ascii_case(wanted)
    }

    fn beside(&self, value: &Value, item: &Json, place: &str) -> Option<Diagnostic> {
        let both_on = value.get(ENABLED).as_bool() == Some(true) && flag(&item["properties"]["enabled"]);
        let doubles = both_on && same_product(value, item);
        doubles.then(|| messages::rule_doubles(PRODUCT, product(value), place, text(item, "id")))
    }

    fn part(&self, value: &Value) -> Option<(String, Part)> {
        let part = Part::of_rule(product(value), value.get(ENABLED).as_bool() == Some(true))?;
        Some((product(value).to_owned(), part))
    }

    fn properties(&self, value: &Value) -> Json {
        let mut properties = Map::new();
        properties.insert("displayName".to_owned(), json!(value.get(DISPLAY_NAME).as_str()));
        properties.insert("enabled".to_owned(), json!(value.get(ENABLED).as_bool() == Some(true)));
        properties.insert("productFilter".to_owned(), json!(IncidentProduct::filter_of(product(value))));
        for (attribute, arm) in [("description", "description"), ("template_name", "alertRuleTemplateName")] {
            if let Some(text) = value.get(attribute).as_str().filter(|text| !text.is_empty()) {
                properties.insert(arm.to_owned(), json!(text));
            }
        }
        for (attribute, arm) in FILTERS {
            if value.get(attribute).is_known() {
                properties.insert(arm.to_owned(), json!(sent(attribute, value.get(attribute).known_strings())));
            }
        }
        Json::Object(properties)
    }

    fn lacks(&self, properties: &Json) -> Option<&'static str> {
        ["displayName", "productFilter", "enabled"].into_iter().find(|name| properties[name].is_null())
    }

    fn unsaid(&self, properties: &Json) -> Vec<&'static str> {
        let texts = [
            (PRODUCT, "productFilter"),
            (DISPLAY_NAME, "displayName"),
            (ENABLED, "enabled"),
            (TEMPLATE_NAME, "alertRuleTemplateName"),
        ];
        texts.into_iter().filter(|(_, arm)| properties[arm].is_null()).map(|(attribute, _)| attribute).collect()
    }

    fn read(&self, known: &Value, item: &Json) -> Object {
        let properties = &item["properties"];
        let optional = |field: &str| Value::from(properties[field].as_str().filter(|text| !text.is_empty()));
        let filter = text(properties, "productFilter");
        let named = if same_product(known, item) {
            product(known)
        } else {
            IncidentProduct::find(filter).map_or(filter, |row| row.name)
        };
        let mut found = Object::from([
            ("product".to_owned(), named.into()),
            ("display_name".to_owned(), text(properties, "displayName").into()),
            ("description".to_owned(), optional("description")),
            ("enabled".to_owned(), flag(&properties["enabled"]).into()),
            // Not null, so that what a user writes for no template is what state has.
            ("template_name".to_owned(), text(properties, "alertRuleTemplateName").into()),
        ]);
        for (attribute, arm) in FILTERS {
            let items = properties[arm].as_array().filter(|items| !items.is_empty());
            let items = items.map(|items| sent(attribute, items.iter().filter_map(Json::as_str).collect()));
            let ours = known.get(attribute);
            let is_ours = ours.is_known() && Some(sent(attribute, ours.known_strings())) == items;
            found.insert(attribute.to_owned(), if is_ours { ours.clone() } else { items.map(Value::strings).into() });
        }
        found
    }

    fn known_by(&self, state: &Value) -> String {
        state.get(DISPLAY_NAME).as_str().unwrap_or_default().to_owned()
    }

    fn leave_out(&self, state: &Value, config: &mut Value) {
        if state.get(DISPLAY_NAME).as_str() == Some(&default_display_name(product(state))) {
            config.set(DISPLAY_NAME, Value::Null);
        }
        // No template is something that a user writes, where one would be taken otherwise.
        let template = state.get(TEMPLATE_NAME);
        let is_default =
            template.as_str().is_some_and(|name| name.eq_ignore_ascii_case(default_template(product(state))));
        config.set(TEMPLATE_NAME, if is_default { Value::Null } else { template.clone() });
    }

    fn import_form(&self) -> Form<'_> {
        Form {
            resource: self.resource(),
            arm: Some(Arm::In(Collection::AlertRules)),
            workspace_alone: false,
            word: INCIDENT_PRODUCTS.first().map_or("PRODUCT", |row| row.name),
            how: "Import it by its ARM id, in any casing, or by its workspace's and, behind a bar, its name, its display name or its \
                  product",
        }
    }

    fn stands_for(&self, word: &str, _value: &Value, item: &Json) -> Option<u8> {
        let properties = &item["properties"];
        let is_it = [
            text(item, "name").eq_ignore_ascii_case(word),
            text(properties, "displayName").trim().eq_ignore_ascii_case(word),
            IncidentProduct::is_same(text(properties, "productFilter"), word),
        ];
        is_it.into_iter().zip(0..).find_map(|(is_it, rank)| is_it.then_some(rank))
    }

    fn shown(&self, item: &Json) -> String {
        let properties = &item["properties"];
        let (name, filter) = (text(properties, "displayName"), text(properties, "productFilter"));
        let product = IncidentProduct::find(filter).map_or(filter, |row| row.name);
        format!("{} ({name:?}, of {product})", text(item, "id"))
    }

    fn resource_of_kind(&self, _kind: &str) -> Option<&'static str> {
        None
    }
}
