//! The attributes of `defender_hunting_tables`.

use crate::catalog::HUNTING_TABLES;
use crate::provider::timeouts;
use crate::terraform::{Attribute, Block, Nesting, Type};

/// The block of the resource.
pub fn block() -> Block {
    let known: Vec<_> = HUNTING_TABLES.iter().map(|row| format!("`{}`", row.name)).collect();
    let description = "Selects the advanced-hunting tables that Microsoft Defender streams into a Sentinel workspace. The selection is \
        one export setting of the tenant, kept by the Defender API (`dataExportSettings`), not by ARM. The API replaces a setting \
        whole, so it is read first, and categories that are not tables known here are written back as they were.\n\n\
        The caller must be Security Administrator in the tenant and able to read the workspace.\n\n\
        **Known**: ARM has no field for this selection in any api-version.\n\n\
        **Reported by users**: a tenant holds five export settings, whatever their targets; the API takes tokens of signed-in users \
        only and refuses service principals (see `defender_api` in the provider block); it refuses the mail and URL tables, which can \
        be selected in the portal alone; it reads `AdvancedHunting-X` where `X` was written for some tables, which this resource \
        takes as one table.\n\n\
        **Not verified**: the API in GCC High, DoD and China; whether a setting outlives its workspace.";
    let attributes = vec![
        Attribute::required("workspace_id", Type::String, "ARM id of the Log Analytics workspace, in any casing. Changing it makes a new resource.")
            .replaces()
            .ignore_case(),
        Attribute::required(
            "tables",
            Type::set(Type::String),
            format!("Tables to stream, with or without the prefix `AdvancedHunting-`. Any other name is asked for with a warning. Known: {}.", known.join(", ")),
        ),
        Attribute::optional_computed(
            "tenant_id",
            Type::String,
            "Tenant whose Defender streams, and under whose credentials the selection is managed. Defaults to the tenant of the provider's \
             token. Changing it makes a new resource.",
        )
        .replaces()
        .stable()
        .ignore_case(),
        Attribute::optional_computed(
            "setting_id",
            Type::String,
            "Name of the export setting. Defaults to the portal's own, `SentinelExportSettings-WORKSPACE`. Changing it makes a new resource.",
        )
        .replaces()
        .stable()
        .ignore_case(),
        Attribute::optional(
            "adopt_existing",
            Type::Bool,
            "Takes over a setting that streams to the workspace already instead of refusing to create one. Its tables are then changed to what \
             is configured, and switched off on destroy. Defaults to `false`.",
        )
        .default(false)
        .creation_only(),
        Attribute::computed(
            "preserved_categories",
            Type::set(Type::String),
            "Categories of the setting that are on and not managed here.",
        ),
        Attribute::computed("id", Type::String, "The workspace's ARM id and the setting's name, with a bar between; import takes it.").stable(),
    ];
    Block::new(description, attributes).block("timeouts", Nesting::Single, timeouts::block())
}
