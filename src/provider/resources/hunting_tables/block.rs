//! The attributes of `defender_hunting_tables`.

use crate::catalog::HUNTING_TABLES;
use crate::provider::engine::attributes::TABLES;
use crate::provider::engine::attributes::{ADOPT_EXISTING, ID, TENANT_ID, WORKSPACE_ID};
use crate::provider::engine::import_id::Form;
use crate::provider::engine::timeouts;
use crate::terraform::{Attribute, Block, Nesting, Type};

pub const SETTING_ID: &str = "setting_id";
pub const PRESERVED: &str = "preserved_categories";

/// What its import ids look like.
pub const IMPORT: Form<'_> = Form {
    resource: super::RESOURCE,
    arm: None,
    workspace_alone: true,
    word: "SETTING_ID",
    how: "Import it by the workspace's ARM id, in any casing, with the setting's id behind a bar if the workspace has several",
};

/// The block of the resource.
pub fn block() -> Block {
    let known: Vec<_> = HUNTING_TABLES.iter().map(|row| format!("`{}`", row.name)).collect();
    let description = "Selects the advanced-hunting tables that Microsoft Defender streams into a Sentinel workspace. The selection is \
        one export setting of the tenant, kept by the Defender API (`dataExportSettings`), not by ARM. The API replaces a setting \
        whole, so it is read first, and categories that are not tables known here are written back as they were.\n\n\
        The caller must be Security Administrator in the tenant and able to read the workspace.\n\n\
        A setting that exists already is refused until it is imported or `adopt_existing` is set, also where it is as planned: under the \
        portal's own name it could be anybody's. The plan warns of it and the apply refuses, also where it is the old one of a \
        replacement with `create_before_destroy`, which has no use here: with `adopt_existing` it is written over in place. A destroy switches off the tables in state and no others; the setting itself stays if \
        anything else is on in it.\n\n\
        **Where mail or URL tables are on** (`EmailEvents`, `EmailUrlInfo`, `EmailAttachmentInfo`, `EmailPostDeliveryEvents`, \
        `UrlClickEvents`), a setting is never written, and a plan that would have to says so: the API is reported to refuse them, and a \
        write clears what it leaves out. An import of such a setting holds as long as nothing is to change. Leave it to the portal, and \
        stream other tables through a second setting of the workspace, with tables that the first does not have on:\n\n\
        ```terraform\nresource \"defender_hunting_tables\" \"second\" {\n  workspace_id = var.workspace_id\n  setting_id   = \
        \"SentinelExportSettings-law-demo-Managed\"\n  tables       = [\"DeviceEvents\", \"DeviceFileEvents\"]\n}\n```\n\n\
        A destroy deletes such a setting whole, mail tables too, if all that is on in it is in state; its plan says so. To let it go \
        without touching it, use a `removed` block with `destroy = false`.\n\n\
        **Known**: ARM has no field for this selection in any api-version.\n\n\
        **Reported by users**: the tables of Microsoft Defender Vulnerability Management (`DeviceTvm...`) do not stream to Microsoft Sentinel, and \
        are refused at plan; a tenant holds five export settings, whatever their targets; the API takes tokens of signed-in users \
        only and refuses service principals (see `defender_api` in the provider block); it refuses the mail and URL tables, which can \
        be selected in the portal alone (another report has them accepted; a table that it took once is managed like any other); \
        several settings may stream to one workspace; one setting can be asked for by itself, which is done before it is called gone; \
        it reads `AdvancedHunting-X` where `X` was written for some tables, which this resource \
        takes as one table.\n\n\
        **Not verified**: the API in GCC High, DoD and China; whether a setting outlives its workspace; whether the portal's page shows a \
        second setting; whether a table that is on in two settings arrives twice, which is why it is refused.";
    let attributes = vec![
        Attribute::required(WORKSPACE_ID, Type::String, "ARM id of the Log Analytics workspace, in any casing. Changing it makes a new resource.")
            .replaces()
            .ignore_case(),
        Attribute::required(
            TABLES,
            Type::set(Type::String),
            format!("Tables to stream, with or without the prefix `AdvancedHunting-`. Any other name is asked for with a warning. Known: {}.", known.join(", ")),
        ),
        Attribute::optional_computed(
            TENANT_ID,
            Type::String,
            "Tenant whose Defender streams, and under whose credentials the selection is managed. Defaults to the tenant of the provider's \
             token. Changing it makes a new resource.",
        )
        .replaces()
        .stable()
        .ignore_case(),
        Attribute::optional_computed(
            SETTING_ID,
            Type::String,
            "Name of the export setting. Defaults to the portal's own, `SentinelExportSettings-WORKSPACE`. Give one for a second setting of the \
             workspace, best one that begins with the portal's, such as `SentinelExportSettings-WORKSPACE-Managed`. Changing it makes a new \
             resource.",
        )
        .replaces()
        .stable()
        .ignore_case(),
        Attribute::optional(
            ADOPT_EXISTING,
            Type::Bool,
            "Takes over a setting that streams to the workspace already and is in no other block. Its tables are then changed to what is \
             configured, which the plan tells, and switched off on destroy. Without it the plan warns of such a setting and the apply refuses. \
             Defaults to `false`.",
        )
        .default(false)
        .creation_only(),
        Attribute::computed(
            PRESERVED,
            Type::set(Type::String),
            "Categories of the setting that are on and not managed here.",
        ),
        Attribute::computed(ID, Type::String, "The workspace's ARM id and the setting's name, with a bar between; import takes it.").stable(),
    ];
    Block::new(description, attributes).block("timeouts", Nesting::Single, timeouts::block())
}
