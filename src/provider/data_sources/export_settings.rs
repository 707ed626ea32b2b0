//! `defender_export_settings`: every export setting of a tenant, and how many more it may have.

use crate::provider::engine::attributes::{ID, TENANT_ID};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::arm::{Error, Request, text};
use crate::provider::block::options::OnForbidden;
use crate::provider::engine::place;
use crate::provider::engine::session::{Session, call_in};
use crate::provider::export_setting::{ExportSetting, SETTINGS_PER_TENANT};
use crate::provider::messages::{self, Subject};
use crate::terraform::{
    Attribute, Block, Context, DataSource, Diagnostic, Diagnostics, Object, Schema, Severity, SourceRead, Type, Value,
};

/// The data source.
pub struct ExportSettings {
    session: Arc<Session>,
}

const WITHIN: Duration = Duration::from_secs(5 * 60);

impl ExportSettings {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn list(&self, context: &Context, config: &Value) -> Result<Value, Diagnostic> {
        let place = "none, export settings are the tenant's";
        let (what, resource) = ("the export settings", "data.defender_export_settings");
        let subject = Subject { operation: "read", what, place, resource };
        let client = self.session.require(subject)?;
        let tenant = |error| messages::failed(TENANT_ID, subject, &error);
        let call = call_in(&client, context, WITHIN, config.get(TENANT_ID)).await.map_err(tenant)?;
        // First: a token that the user gave is held against the tenant that is meant.
        let id = match config.get(TENANT_ID).as_str() {
            Some(tenant) => tenant.to_owned(),
            None => client.tenant_id(&call).await.map_err(tenant)?,
        };
        let settings = client.list(&call, Request::export_settings()).await;
        let failed = |error: &Error| messages::defender_failed(TENANT_ID, subject, error);
        let settings = match settings {
            Err(error) if error.is_without_access() && self.session.options().on_forbidden == OnForbidden::Warn => {
                return Err(messages::settings_unread(failed(&error)));
            }
            settings => settings.map_err(|error| failed(&error))?,
        };
        for setting in settings.iter().map(ExportSetting) {
            let described = setting.as_described(setting.id());
            described.map_err(|error| messages::defender_failed(TENANT_ID, subject, &error))?;
        }
        let mut rows: Vec<_> = settings.iter().map(row).collect();
        rows.sort_by(|left, right| left.get(ID).as_str().cmp(&right.get(ID).as_str()));
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let mut state = config.clone();
        state.set(ID, id);
        state.set("used", count(settings.len()));
        state.set("free", count(SETTINGS_PER_TENANT.saturating_sub(settings.len())));
        state.set("settings", Value::List(rows));
        Ok(state)
    }
}

fn row(item: &Json) -> Value {
    let setting = ExportSetting(item);
    let target = if !setting.workspace().is_empty() {
        Some("workspace")
    } else if item["eventHubProperties"].is_object() {
        Some("event_hub")
    } else if item["storageAccountProperties"].is_object() {
        Some("storage_account")
    } else {
        None
    };
    let target_id = match target {
        Some("workspace") => setting.workspace(),
        Some("event_hub") => text(&item["eventHubProperties"], "eventHubResourceId"),
        _ => text(&item["storageAccountProperties"], "storageAccountResourceId"),
    };
    let mut categories = setting.enabled();
    categories.sort_unstable();
    Value::Object(Object::from([
        ("id".to_owned(), setting.id().into()),
        ("target".to_owned(), Value::from(target)),
        ("target_id".to_owned(), Value::from(Some(target_id).filter(|id| !id.is_empty()))),
        ("tables".to_owned(), Value::strings(setting.tables(&[]))),
        ("categories".to_owned(), Value::strings(categories)),
    ]))
}

#[async_trait]
impl DataSource for ExportSettings {
    fn type_name(&self) -> &str {
        "defender_export_settings"
    }

    fn schema(&self) -> Schema {
        let setting = Type::object([
            ("id", Type::String),
            ("target", Type::String),
            ("target_id", Type::String),
            ("tables", Type::list(Type::String)),
            ("categories", Type::list(Type::String)),
        ]);
        let attributes = vec![
            Attribute::optional(
                TENANT_ID,
                Type::String,
                "Tenant whose Defender streams. Defaults to the tenant of the provider's token.",
            ),
            Attribute::computed(ID, Type::String, "The tenant."),
            Attribute::computed("used", Type::Number, "How many settings the tenant has."),
            Attribute::computed("free", Type::Number, "How many more it may have, of five."),
            Attribute::computed(
                "settings",
                Type::list(setting),
                "The settings, in order of their ids: `id`, `target` (`workspace`, `event_hub`, `storage_account`, or null), `target_id` (its ARM id), \
                 `tables` that are on, of those this version knows, and `categories`, everything that is on as the API names it. It and the numbers are null where the API lets nobody read and \
                 `on_forbidden` is `warn`.",
            ),
        ];
        let description = "Lists the export settings of a tenant (`dataExportSettings` of the Defender API): which hunting tables stream where, and \
            whether there is room for another setting. The caller must be Security Administrator in the tenant.\n\n\
            **Reported by users**: the whole of this API, which Microsoft does not document; that a tenant holds five settings, whatever \
            their targets; that it takes tokens of signed-in users only (see `defender_api` in the provider block).\n\n\
            **Not verified**: how a setting names an event hub or a storage account, so `target_id` may be null for these.";
        Schema { version: 0, block: Block::new(description, attributes) }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        place::validate(config)
    }

    async fn read(&self, context: &Context, config: Value) -> SourceRead {
        match self.list(context, &config).await {
            Ok(state) => SourceRead { state: Some(state), diagnostics: Diagnostics::default() },
            // What is null cannot be taken for a tenant without settings.
            Err(diagnostic) if diagnostic.severity == Severity::Warning => {
                SourceRead { state: Some(config), diagnostics: diagnostic.into() }
            }
            Err(diagnostic) => SourceRead { state: None, diagnostics: diagnostic.into() },
        }
    }
}
