//! `defender_analytics_rule_templates`: the templates of analytics rules that need a connector, out of the solutions that
//! are installed in a workspace and out of the gallery.

mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value as Json;

use self::template::{Template, Unreadable, template_type};
use crate::arm::{Collection, Error, Request, ResourceId, check_name, text};
use crate::catalog::{Connector, Line, nearest};
use crate::provider::engine::attributes::{ID, WORKSPACE_ID};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::session::Session;
use crate::provider::messages;
use crate::terraform::{
    Attribute, Block, Context, DataSource, Diagnostic, Diagnostics, Schema, SourceRead, Type, Value,
};

const CONNECTOR: &str = "connector";
const TEMPLATES: &str = "templates";

/// How long all requests together may take.
const WITHIN: Duration = Duration::from_secs(10 * 60);

/// How many templates are asked for at once where a list does not show them whole.
const AT_ONCE: usize = 8;

/// The data source.
pub struct AnalyticsRuleTemplates {
    session: Arc<Session>,
}

/// What was found, each template once, and what could not be read.
type Found = (Vec<Template>, Vec<Unreadable>);

impl AnalyticsRuleTemplates {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn look(&self, context: &Context, config: Value) -> Result<(Value, Diagnostics), Diagnostic> {
        let subject = ("read", "the templates of analytics rules", "data.defender_analytics_rule_templates");
        let place = Place::of(&self.session, context, WITHIN, subject, &config).await?;
        let found = try_join(of_solutions(&place), of_gallery(&place)).await;
        let (solutions, gallery) = found.map_err(|error| messages::failed(WORKSPACE_ID, place.subject, &error))?;
        let (templates, unreadable) = merged([solutions, gallery]);
        let mut diagnostics = Diagnostics::default();
        if !unreadable.is_empty() {
            let told: Vec<_> = unreadable.iter().map(|one| format!("{:?}: {}", one.name, one.why)).collect();
            diagnostics.push(messages::templates_left_out(WORKSPACE_ID, place.subject, &told));
        }
        let wanted = wanted(self.session.connectors(), config.get(CONNECTOR).as_str(), &templates, &place)?;
        let needed = templates.into_iter().filter(|template| template.needs_any(&wanted));
        let shown = Value::List(needed.map(Template::into_value).collect());
        let workspace = place.workspace.to_string();
        let mut state = config;
        state.set(ID, workspace);
        state.set(TEMPLATES, shown);
        Ok((state, diagnostics))
    }
}

/// The content ids that a configuration means: of a product or a connector that is known, or of one that a template needs.
fn wanted<'a>(
    rows: &'static [Connector],
    given: Option<&'a str>,
    templates: &[Template],
    place: &Place<'_>,
) -> Result<Vec<&'a str>, Diagnostic> {
    let known: Vec<&'static str> = rows.iter().flat_map(|row| row.content_ids.iter().copied()).collect();
    let Some(given) = given else { return Ok(known) };
    if let Some(ids) = Connector::content_ids_of(rows, given) {
        return Ok(ids.to_vec());
    }
    if templates.iter().any(|template| template.needs_any(&[given])) {
        return Ok(vec![given]);
    }
    let products: Vec<_> = rows.iter().map(|row| row.product).collect();
    let needed = templates.iter().flat_map(|template| template.connectors.iter().map(String::as_str));
    let ids: Vec<_> = known.into_iter().chain(needed).collect::<BTreeSet<_>>().into_iter().collect();
    // Whoever leaves the company's name out means the product all the same.
    let short = products
        .iter()
        .find(|name| name.strip_prefix("Microsoft ").is_some_and(|name| name.eq_ignore_ascii_case(given)));
    let meant = short.copied().or_else(|| nearest(given, products.iter().chain(&ids).copied()));
    Err(messages::unknown_connector(CONNECTOR, place.subject, given, meant, &products, &ids))
}

/// The templates of the gallery that search by a query.
async fn of_gallery(place: &Place<'_>) -> Result<Found, Error> {
    let request = Request::query_templates(&place.workspace, place.version(Line::Preview));
    let items = place.client.list(&place.call, request).await?;
    Ok(sorted(items.iter().filter_map(Template::of_gallery)))
}

/// The templates that solutions brought. One list has them whole, unless the service leaves out what they deploy.
async fn of_solutions(place: &Place<'_>) -> Result<Found, Error> {
    let version = place.version(Line::Stable);
    let list = || Request::content_templates(&place.workspace, version);
    let items = match place.client.list(&place.call, list().with_main_template()).await {
        Err(error) if error.is_bad_request() => place.client.list(&place.call, list()).await?,
        other => other?,
    };
    let (whole, parts): (Vec<&Json>, Vec<&Json>) = items.iter().partition(|item| Template::is_whole(item));
    let (mut templates, mut unreadable) = sorted(whole.into_iter().filter_map(Template::of_solution));
    let asked: Vec<_> = parts.into_iter().map(|part| alone(place, version, part)).collect();
    let asked: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await?;
    let (others, also) = sorted(asked.into_iter().flatten());
    templates.extend(others);
    unreadable.extend(also);
    Ok((templates, unreadable))
}

/// A template that its list shows in part, asked for by itself.
async fn alone(place: &Place<'_>, version: &str, part: &Json) -> Result<Option<Result<Template, Unreadable>>, Error> {
    let id = ResourceId {
        workspace: place.workspace.clone(),
        collection: Collection::ContentTemplates,
        name: text(part, "name").to_owned(),
    };
    let as_listed = Template::of_solution(part);
    // What is of no rule, or has no name that one could ask for, is what it is.
    if as_listed.is_none() || check_name(&id.name).is_err() {
        return Ok(as_listed);
    }
    let answer = place.client.find(&place.call, Request::get(&id, version).with_main_template()).await;
    match answer {
        Ok(Some(item)) => Ok(Template::of_solution(&item)),
        // Taken away meanwhile, or not to be seen yet: one answer alone does not tell.
        Ok(None) => Ok(Some(Err(Template::not_found(part)))),
        Err(error) if error.is_garbage() => Ok(as_listed),
        Err(error) => Err(error),
    }
}

fn sorted(read: impl Iterator<Item = Result<Template, Unreadable>>) -> Found {
    let (mut templates, mut unreadable) = Found::default();
    for one in read {
        match one {
            Ok(template) => templates.push(template),
            Err(one) => unreadable.push(one),
        }
    }
    (templates, unreadable)
}

/// Each template once, in order of what it is called.
fn merged(found: [Found; 2]) -> Found {
    let mut by_name = BTreeMap::new();
    let mut unreadable = Vec::new();
    for (templates, others) in found {
        unreadable.extend(others);
        for template in templates {
            if by_name.get(&template.name).is_none_or(|known| template.is_newer(known)) {
                by_name.insert(template.name, template);
            }
        }
    }
    let mut templates: Vec<_> = by_name.into_values().collect();
    templates.sort_by(|left, right| left.display_name.cmp(&right.display_name));
    unreadable.sort_by(|left, right| left.name.cmp(&right.name));
    (templates, unreadable)
}

#[async_trait]
impl DataSource for AnalyticsRuleTemplates {
    fn type_name(&self) -> &str {
        "defender_analytics_rule_templates"
    }

    fn schema(&self) -> Schema {
        let products: Vec<_> = self.session.connectors().iter().map(|row| format!("`{}`", row.product)).collect();
        let mut attributes = place::source_attributes().to_vec();
        attributes.extend([
            Attribute::optional(
                CONNECTOR,
                Type::String,
                format!(
                    "Which connector the templates must need: a product's name of today ({}), a resource type of this provider, or the \
                     connector's own id in templates, such as `MicrosoftThreatProtection` or `BehaviorAnalytics`, in any casing. Defaults \
                     to the connectors of all these products.",
                    products.join(", ")
                ),
            ),
            Attribute::computed(ID, Type::String, "The workspace's ARM id."),
            Attribute::computed(
                TEMPLATES,
                Type::list(template_type()),
                "The templates, in order of their display names: `name` (the template's GUID), `display_name`, `description`, `kind` \
                 (`Scheduled` or `NRT`), `severity`, `query`, `query_frequency` and `query_period` (ISO 8601; null of `NRT`), \
                 `trigger_operator` and `trigger_threshold` (null of `NRT`), `event_grouping`, `tactics`, `techniques`, `custom_details`, \
                 `entity_mappings` and `alert_details_override` (null where there is none) as ARM has them, `version`, `status`, \
                 `connectors` (ids of the connectors it needs; any of them may fill its tables), `data_types` (their tables), and \
                 `solution_id` and `solution_name` (null where the gallery has it).",
            ),
        ]);
        let description = "Lists the templates of analytics rules that need a connector, with their queries: those of the solutions that \
            are installed in a Microsoft Sentinel workspace (ARM `contentTemplates`), and those that its gallery still has (ARM \
            `alertRuleTemplates`), each once. A template that cannot be read is left out with a warning.\n\n\
            Rules are made of them by `azurerm_sentinel_alert_rule_scheduled` and `azurerm_sentinel_alert_rule_nrt` of azurerm: \
            `examples/rules-from-templates` has every argument. The queries are in state, some kilobytes for each template.\n\n\
            **Known** (Microsoft's API description): a solution's templates are there once it is installed.\n\n\
            **Known** (Microsoft's packages): templates call the connector of Entra ID Protection \
            `AzureActiveDirectoryIdentityProtection`; `AzureActiveDirectory`, which is ARM's kind of it, is to them the connector of Entra \
            ID's own logs.\n\n\
            **Reported by users**: some lists leave out what a template deploys; it is then asked for by itself, one request each.\n\n\
            **Not verified**: what templates call the connectors of Defender for Endpoint, Defender for Cloud, Insider Risk Management and \
            threat intelligence, which is inferred from the connectors' names.";
        Schema { version: 0, block: Block::new(description, attributes) }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        place::validate(config)
    }

    async fn read(&self, context: &Context, config: Value) -> SourceRead {
        match self.look(context, config).await {
            Ok((state, diagnostics)) => SourceRead { state: Some(state), diagnostics },
            Err(diagnostic) => SourceRead { state: None, diagnostics: diagnostic.into() },
        }
    }
}
