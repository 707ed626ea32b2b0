//! The attributes of `defender_ingestion_workbook`, and what can be said of them without the service.

use std::collections::HashMap;

use crate::arm::{WorkbookId, check_name};
use crate::catalog::HuntingTable;
use crate::provider::engine::attributes::{ADOPT_EXISTING, ID, NAME};
use crate::provider::engine::import_id::{Arm, Form};
use crate::provider::engine::{place, timeouts};
use crate::provider::kql::Source;
use crate::provider::messages;
use crate::terraform::{Attribute, Block, Diagnostics, Nesting, Type, Value};

pub const TABLES: &str = "tables";
pub const DISPLAY_NAME: &str = "display_name";
pub const DESCRIPTION: &str = "description";
pub const RESOURCE_GROUP: &str = "resource_group";
pub const LOCATION: &str = "location";
pub const TAGS: &str = "tags";
pub const CONTENT: &str = "serialized_data";
pub const CATEGORY: &str = "category";
pub const SOURCE_ID: &str = "source_id";

/// Where the service keeps the display name besides.
pub const TITLE_TAG: &str = "hidden-title";

const TITLE: &str = "Microsoft Defender data ingestion";

/// What its import ids look like.
pub const IMPORT: Form<'_> = Form {
    resource: super::RESOURCE,
    arm: Some(Arm::Workbook),
    workspace_alone: true,
    word: "00000000-0000-0000-0000-000000000000",
    how: "Import it by its ARM id, in any casing, or by its workspace's, with its name behind a bar if that is not the default one",
};

/// The block of the resource.
pub fn block() -> Block {
    let description = "Makes an Azure workbook (ARM `Microsoft.Insights/workbooks`) that shows whether Defender's data comes into a Sentinel workspace: a chart with one line each for \
        incidents, alerts and events on each of the last 14 days, and one chart for each hunting table. It is among the workbooks of the \
        workspace in Microsoft Sentinel. With `tables = defender_hunting_tables.NAME.tables` it is kept in step with what streams in.\n\n\
        Whatever somebody changes of it in the portal is shown by the plan and set back. It lies in a resource group, so it outlives its \
        workspace. Nothing of it is made in the workspace itself, and it costs what the queries cost that are run to show it.\n\n\
        The caller needs Microsoft Sentinel Contributor, or Workbook Contributor, on the resource group, and Reader on the workspace.\n\n\
        **Known** (Microsoft's API description): a workbook's name is a GUID; its content is a text of JSON, which is compared as JSON.\n\n\
        **Reported by users**: Sentinel shows the workbooks of the category `sentinel` whose source is the workspace's id in lower case; the \
        service keeps the display name in a tag `hidden-title` too, which is no drift.\n\n\
        **Not verified**: whether the service lets an update set back a category or a source that somebody changed; whether the portal keeps \
        the mark in a content that is saved there (`fromTemplateId`), by which a search finds it.";
    let [workspace_id, tenant_id] = place::attributes();
    let attributes = vec![
        workspace_id,
        Attribute::optional(
            TABLES,
            Type::set(Type::String),
            "Tables that each have a chart, with or without the prefix `AdvancedHunting-`, and that the line of events adds up. Tables of \
             others can be among them. Left out, the workbook shows incidents and alerts alone.",
        ),
        Attribute::optional(DISPLAY_NAME, Type::String, format!("Name that the portal shows. Defaults to `{TITLE}`.")).default(TITLE),
        Attribute::optional(DESCRIPTION, Type::String, "Description of the workbook."),
        Attribute::optional(TAGS, Type::map(Type::String), "Tags of the workbook, without the service's own `hidden-title`. Others that somebody adds, such as a policy, are drift."),
        tenant_id,
        Attribute::optional_computed(
            NAME,
            Type::String,
            "ARM name of the workbook, a GUID. Defaults to one made from the workspace, so that a second workbook of a workspace needs one. \
             Changing it makes a new resource.",
        )
        .replaces()
        .stable()
        .ignore_case(),
        Attribute::optional_computed(
            RESOURCE_GROUP,
            Type::String,
            "Resource group that the workbook lies in, of the workspace's subscription. Defaults to the workspace's. Changing it makes a new \
             resource.",
        )
        .replaces()
        .stable()
        .ignore_case(),
        Attribute::optional_computed(
            LOCATION,
            Type::String,
            "Region that the workbook is kept in. Defaults to the workspace's. Changing it makes a new resource.",
        )
        .replaces()
        .stable()
        .ignore_case(),
        Attribute::optional(
            ADOPT_EXISTING,
            Type::Bool,
            "Takes over a workbook that is there under the name already and in no other block; the plan tells what it changes, and a destroy \
             removes it. Without it the plan warns of such a workbook and the apply refuses, but for one that has the default name and is as \
             planned, which an interrupted run left behind. Defaults to `false`.",
        )
        .default(false)
        .creation_only(),
        Attribute::computed(CONTENT, Type::String, "Content of the workbook, a text of JSON."),
        Attribute::computed(CATEGORY, Type::String, "Category of the workbook: `sentinel`, unless somebody changed it.").stable(),
        Attribute::computed(SOURCE_ID, Type::String, "What the workbook is about: the workspace's ARM id in lower case, unless somebody changed it.")
            .stable(),
        Attribute::computed(ID, Type::String, "ARM id of the workbook.").stable(),
    ];
    Block::new(description, attributes).block("timeouts", Nesting::Single, timeouts::block())
}

/// Checks the attributes of a configuration.
pub fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    if let Some(name) = config.get(NAME).as_str().filter(|name| !WorkbookId::is_name(name)) {
        diagnostics.push(messages::not_a_guid(NAME, "workbook's name", name));
    }
    if let Some(group) = config.get(RESOURCE_GROUP).as_str().filter(|group| check_name(group).is_err()) {
        diagnostics.push(messages::bad_name(RESOURCE_GROUP, group));
    }
    let is_region = |text: &str| {
        !text.trim().is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == ' ')
    };
    if let Some(location) = config.get(LOCATION).as_str().filter(|location| !is_region(location)) {
        diagnostics.push(messages::bad_location(LOCATION, location));
    }
    if config.get(DISPLAY_NAME).as_str().is_some_and(|name| name.trim().is_empty()) {
        diagnostics.push(messages::empty_text(DISPLAY_NAME, "display name"));
    }
    let tags = config.get(TAGS).as_object().into_iter().flatten();
    if let Some((tag, _)) = tags.into_iter().find(|(tag, _)| tag.eq_ignore_ascii_case(TITLE_TAG)) {
        diagnostics.push(messages::reserved_tag(TAGS, tag));
    }
    diagnostics.extend(validate_tables(config.get(TABLES)));
    diagnostics
}

fn validate_tables(tables: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    if tables.as_list().is_some_and(<[Value]>::is_empty) {
        let way_out = "Name at least one, or leave tables out for a workbook of incidents and alerts.";
        diagnostics.push(messages::empty_set(TABLES, "hunting table", way_out));
    }
    let mut named = HashMap::new();
    for name in tables.known_strings() {
        let key = HuntingTable::key(name);
        let twin = named.get(&key).copied();
        named.entry(key).or_insert(name);
        let meant = HuntingTable::meant_by(name).filter(|_| HuntingTable::find(name).is_none());
        if Source::table(name).is_none() {
            diagnostics.push(messages::bad_table_name(TABLES, name));
        } else if let Some(twin) = twin {
            diagnostics.push(messages::table_twice(TABLES, twin, name));
        } else if let Some(meant) = meant {
            diagnostics.push(messages::may_be_a_slip(TABLES, name, meant));
        }
    }
    diagnostics
}
