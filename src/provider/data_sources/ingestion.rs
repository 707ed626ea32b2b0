//! `defender_ingestion`: whether Defender's data comes in, since when and how much.

mod figures;
mod source;
mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::arm::{Error, Request, text};
use crate::catalog::{HuntingTable, INCIDENT_PRODUCTS, IncidentProduct};
use crate::provider::block::options::QueryApi;
use crate::provider::engine::attributes::{ID, NAME, TABLES};
use crate::provider::engine::place::{self, Place};
use crate::provider::engine::session::Session;
use crate::provider::kql;
use crate::provider::messages;
use crate::terraform::{
    Attribute, AttributePath, Block, Context, DataSource, Diagnostic, Diagnostics, Schema, SourceRead, Type, Value,
};
use figures::Figures;
use source::{ALERTS, INCIDENTS, Source};
use verdict::{Measure, State, Table, Verdict};

const DAYS: &str = "days";
const LOOK_BACK_DAYS: &str = "look_back_days";
const FRESH_WITHIN_HOURS: &str = "fresh_within_hours";

/// Numbers that may be given: the name, what it counts, the default, the least and the most.
const NUMBERS: [(&str, &str, i64, i64, i64); 3] =
    [(DAYS, "days", 14, 1, 90), (LOOK_BACK_DAYS, "days", 30, 1, 730), (FRESH_WITHIN_HOURS, "hours", 24, 1, 24 * 730)];

/// A query of many tables may take minutes; whoever plans is not kept longer than this.
const WITHIN: Duration = Duration::from_secs(3 * 60);

/// The data source.
pub struct Ingestion {
    session: Arc<Session>,
}

impl Ingestion {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn look(&self, context: &Context, config: &Value) -> Result<Value, Diagnostic> {
        let subject = ("read", "the workspace's logs", "data.defender_ingestion");
        let sources = Source::all(config);
        let [days, look_back, fresh_hours] = NUMBERS.map(|number| given(config, number));
        let measure = Measure { days, look_back: look_back.max(days), fresh_hours };
        let place = Place::of(&self.session, context, WITHIN, subject, config).await?;
        let verdicts = Look { place: &place, measure }.verdicts(&sources).await;

        let is = |state: State| verdicts.iter().any(|verdict| verdict.state == state);
        let all_flowing = match (is(State::Stale) || is(State::Never), is(State::Unknown)) {
            (true, _) => Some(false),
            (false, true) => None,
            (false, false) => Some(true),
        };
        let amiss = verdicts.iter().filter(|verdict| verdict.state != State::Flowing);
        let summary: Vec<_> = amiss.map(Verdict::line).collect();
        let mut state = config.clone();
        state.set(ID, place.workspace.to_string());
        state.set("sources", Value::List(verdicts.iter().map(Verdict::shown).collect()));
        state.set("all_flowing", all_flowing);
        state.set("summary", if summary.is_empty() { "all are flowing".to_owned() } else { summary.join("\n") });
        Ok(state)
    }
}

/// One look at a workspace.
struct Look<'a> {
    place: &'a Place<'a>,
    measure: Measure,
}

impl Look<'_> {
    /// What is found of each source. What cannot be known is a verdict, never an error.
    async fn verdicts<'s>(&self, sources: &'s [Source]) -> Vec<Verdict<'s>> {
        let mut asked: Vec<_> = sources.iter().collect();
        let mut figures = self.ask(&asked).await;
        let mut tables = None;
        if matches!(&figures, Err(Failed::Query(error)) if error.is_bad_query()) {
            // One table that no query can read beside others spoils it for all.
            let found = tables.insert(self.tables().await);
            let spoils = |source: &Source| matches!(table(found, source), Table::Plan(plan) if plan != "Analytics");
            let before = asked.len();
            asked.retain(|source| !spoils(source));
            if !asked.is_empty() && asked.len() < before {
                figures = self.ask(&asked).await;
            }
        }
        let is_silent = |figures: &Figures| {
            let is_whole = figures.lacks.is_none() && figures.now.is_some();
            is_whole && asked.iter().any(|source| figures.get(&source.name).last.is_none())
        };
        if tables.is_none() && figures.as_ref().is_ok_and(is_silent) {
            tables = Some(self.tables().await);
        }
        let verdict = |source: &'s Source| {
            let table = tables.as_ref().map(|tables| table(tables, source));
            match (&figures, table) {
                (_, Some(Table::Plan(plan))) if !asked.iter().any(|asked| asked.name == source.name) => {
                    Verdict::unknown(source, messages::table_out_of_reach(&source.table, &plan))
                }
                (Ok(figures), table) => Verdict::of(source, figures, table.as_ref(), self.measure),
                (Err(failed), _) => Verdict::unknown(source, failed.reason()),
            }
        };
        sources.iter().map(verdict).collect()
    }

    /// One query for all of them.
    async fn ask(&self, sources: &[&Source]) -> Result<Figures, Failed> {
        let records: Vec<_> = sources.iter().map(|source| (source.name.as_str(), &source.records)).collect();
        let tables = sources.iter().filter(|source| source.kind == "table").map(|source| source.name.as_str());
        let tables: Vec<_> = tables.collect();
        let query = kql::figures(&records, &tables, self.measure.look_back, self.measure.days);
        let Place { client, call, workspace, .. } = self.place;
        let request = match self.place.query_api() {
            QueryApi::ResourceManager => Request::query_through_resource_manager(workspace, &query),
            QueryApi::LogAnalytics => {
                let found = client.send(call, Request::workspace(workspace)).await.map_err(Failed::Workspace)?;
                let id = text(&found.body["properties"], "customerId").to_owned();
                if id.is_empty() {
                    return Err(Failed::Answer("the workspace's description has no customerId".to_owned()));
                }
                Request::query(&id, &query)
            }
        };
        let answer = client.send(call, request).await.map_err(|error| Failed::Query(Box::new(error)))?;
        Figures::of(answer.status, &answer.body).map_err(Failed::Answer)
    }

    /// The plan of each table that the workspace has, by its name in lower case.
    async fn tables(&self) -> Result<BTreeMap<String, String>, Error> {
        let Place { client, call, workspace, .. } = self.place;
        let tables = client.list(call, Request::tables(workspace)).await?;
        let plan = |table: &serde_json::Value| text(&table["properties"], "plan").to_owned();
        Ok(tables.iter().map(|table| (text(table, "name").to_lowercase(), plan(table))).collect())
    }
}

/// Why nothing is known.
enum Failed {
    Workspace(Error),
    Query(Box<Error>),
    Answer(String),
}

impl Failed {
    fn reason(&self) -> String {
        match self {
            Self::Workspace(error) => messages::workspace_unseen(error),
            Self::Query(error) => messages::query_failed(error),
            Self::Answer(why) => messages::answer_not_understood(why),
        }
    }
}

/// What is known of a source's table.
fn table(tables: &Result<BTreeMap<String, String>, Error>, source: &Source) -> Table {
    match tables {
        Ok(tables) => tables.get(&source.table.to_lowercase()).cloned().map_or(Table::Missing, Table::Plan),
        Err(error) => Table::Unseen(error.to_string()),
    }
}

/// A number of the configuration, or its default.
fn given(config: &Value, (name, _, default, _, _): (&str, &str, i64, i64, i64)) -> i64 {
    config.get(name).as_i64().unwrap_or(default)
}

#[async_trait]
impl DataSource for Ingestion {
    fn type_name(&self) -> &str {
        "defender_ingestion"
    }

    fn schema(&self) -> Schema {
        let source = Type::object([
            ("kind", Type::String),
            (NAME, Type::String),
            ("state", Type::String),
            ("reason", Type::String),
            ("first_record_time", Type::String),
            ("last_record_time", Type::String),
            ("daily_counts", Type::map(Type::Number)),
            ("volume_mb", Type::Number),
        ]);
        let number = |name: &str, what: &str| Attribute::optional(name, Type::Number, what);
        let mut attributes = place::source_attributes().to_vec();
        attributes.extend([
            Attribute::optional(
                TABLES,
                Type::set(Type::String),
                "Tables to look at, such as `defender_hunting_tables.example.tables`; a hunting table may carry the prefix `AdvancedHunting-`.",
            ),
            Attribute::optional(
                INCIDENTS,
                Type::Bool,
                "Whether to look at the incidents of Microsoft Defender XDR, under both provider names that Microsoft Sentinel has filed them by. \
                 Defaults to `false`.",
            ),
            Attribute::optional(
                ALERTS,
                Type::set(Type::String),
                "Products whose alerts to look at, by today's name or ARM's in any casing, as the function `alert_query` lists them.",
            ),
            number(FRESH_WITHIN_HOURS, "Hours that the last record may be old, so that it counts as flowing. Defaults to 24."),
            number(DAYS, "Days to count the records and the volume of, today included, from 1 to 90. Defaults to 14."),
            number(
                LOOK_BACK_DAYS,
                "Days to look back for the first and the last record, from 1 to 730; at least `days`. Defaults to 30.",
            ),
            Attribute::computed(ID, Type::String, "The workspace's ARM id."),
            Attribute::computed(
                "sources",
                Type::list(source),
                "What was found: `kind` is `incidents`, `alerts` or `table`; `name` the product or table; `state` is `flowing`, `stale` (the last \
                 record is older than `fresh_within_hours`), `never` (no record in `look_back_days`) or `unknown`; `reason` says why, where it is \
                 not flowing; `first_record_time` and `last_record_time` are those within `look_back_days`, RFC 3339 in UTC; `daily_counts` the \
                 records of each day in UTC, `2026-11-28` and so on, null where they cannot be known; `volume_mb` the megabytes that were \
                 billed for the table in `days`, null where `Usage` has none, and for incidents and alerts, which share tables.",
            ),
            Attribute::computed(
                "all_flowing",
                Type::Bool,
                "`true` if every source is flowing, `false` if one is stale or never came; null where one is not known and the others flow.",
            ),
            Attribute::computed(
                "summary",
                Type::String,
                "A line for each source that is not flowing, for the message of a `check`.",
            ),
        ]);
        let description = "Tells whether Defender's data comes into a Microsoft Sentinel workspace: the last record, the records of each \
            day, and a state, for incidents, for the alerts of products and for each hunting table.\n\nIt asks the query API of Log Analytics one \
            query for all of them, after the workspace's id, and for the workspace's tables where something was not found. What it cannot know \
            is no error but the state `unknown` with its `reason`: no right to read, a time-out, an answer that is not whole, a table that \
            lives in the data lake.\n\nThe caller needs Log Analytics Reader or Microsoft Sentinel Reader on the workspace. **Contradicting** \
            (Microsoft's own pages): whether the query API takes tokens of applications; where it refuses them, `query_api = \
            \"resource_manager\"` in the provider block asks by way of Resource Manager, whose query API is out of support since 31 March 2026.\
            \n\nRead anew by every plan, it is for `check` blocks and outputs; a resource that depends on its figures would change by itself. \
            First data takes time: incidents of Microsoft Defender XDR up to ten minutes, the first alerts of Microsoft Defender for Identity up \
            to a day; alerts over 30 KB come without their entities (all three: Microsoft's documentation). `volume_mb` lags by hours.\n\n\
            **Not verified**: that a table which the Defender portal moved to the data lake shows the plan `Auxiliary` in Resource Manager; if \
            it shows as `Analytics` without records, its state is `never`.";
        Schema { version: 0, block: Block::new(description, attributes) }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = place::validate(config);
        let [tables, products] = [TABLES, ALERTS].map(|name| config.get(name));
        for name in tables.known_strings() {
            if kql::Source::table(name).is_none() {
                diagnostics.push(messages::bad_table_name(TABLES, HuntingTable::bare_name(name)));
            }
        }
        for name in products.known_strings() {
            if IncidentProduct::find(name).is_none() {
                let (meant, known) = (IncidentProduct::meant_by(name), INCIDENT_PRODUCTS.iter().map(|row| row.name));
                diagnostics.push(messages::unknown_alert_product(ALERTS, name, meant, &known.collect::<Vec<_>>()));
            }
        }
        let is_empty = |value: &Value| value.is_null() || value.as_list().is_some_and(<[Value]>::is_empty);
        let incidents = config.get(INCIDENTS);
        if is_empty(tables) && is_empty(products) && (incidents.is_null() || incidents.as_bool() == Some(false)) {
            diagnostics.push(messages::nothing_to_look_for());
        }
        for (name, what, _, least, most) in NUMBERS {
            let value = config.get(name);
            if value.is_known() && !value.as_i64().is_some_and(|number| (least..=most).contains(&number)) {
                diagnostics.push(messages::out_of_range(AttributePath::from(name), what, least, most));
            }
        }
        diagnostics
    }

    async fn read(&self, context: &Context, config: Value) -> SourceRead {
        match self.look(context, &config).await {
            Ok(state) => SourceRead { state: Some(state), diagnostics: Diagnostics::default() },
            Err(diagnostic) => SourceRead { state: None, diagnostics: diagnostic.into() },
        }
    }
}
