//! The selection of hunting tables.

use super::service::{failed, said};
use super::{Subject, bullets, import_block, removed_block};
use crate::arm::{self, Kind};
use crate::terraform::{AttributePath, Diagnostic};

pub fn setting_exists(path: impl Into<AttributePath>, workspace: &str, setting: &str, tables: &[&str]) -> Diagnostic {
    Diagnostic::error(
        "The workspace has an export setting already",
        format!(
            "The tenant's export setting {setting:?} streams to {workspace} already; enabled are:\n{}\n\nTo manage it here, import \
             it:\n\n{}\n\nor set adopt_existing = true to take it over as it is planned.",
            bullets(tables),
            import_block("defender_hunting_tables", &format!("{workspace}|{setting}"))
        ),
    )
    .at(path)
}

pub fn setting_of_another_workspace(
    path: impl Into<AttributePath>,
    setting: &str,
    wanted: &str,
    found: &str,
) -> Diagnostic {
    Diagnostic::error(
        "The export setting belongs to another target",
        format!(
            "The tenant has an export setting {setting:?} that streams to\n  {found}\nnot to\n  {wanted}\n\nGive this resource another \
             setting_id, or remove that setting first."
        ),
    )
    .at(path)
}

pub fn too_many_settings(path: impl Into<AttributePath>, settings: &[String]) -> Diagnostic {
    Diagnostic::error(
        "The tenant has no room for another export setting",
        format!(
            "A tenant holds five export settings, whatever their targets (reported by users, not documented), and has:\n{}\n\nRemove \
             one, or use one of these workspaces.",
            bullets(settings)
        ),
    )
    .at(path)
}

pub fn table_refused(path: impl Into<AttributePath>, tables: &[String], error: &arm::Error) -> Diagnostic {
    Diagnostic::error(
        "The Defender API refuses a hunting table",
        format!(
            "Refused: {}, under both of their category names.\n\n{}\n\nNothing was changed. The API is reported to refuse the mail \
             and URL tables, which can be selected in the portal alone; take the refused ones out of tables, or select them in the \
             portal, where a later plan leaves them as they are only if they are listed.",
            tables.join(", "),
            said(error)
        ),
    )
    .at(path)
}

pub fn preserved_refused(path: impl Into<AttributePath>, categories: &[String], error: &arm::Error) -> Diagnostic {
    Diagnostic::error(
        "The Defender API refuses a category that is selected already",
        format!(
            "Besides the tables managed here, the setting has {} selected, and the API does not take it back; a write without it would \
             switch it off.\n\n{}\n\nNothing was changed. Switch it off in the portal first, or select the tables there and leave in \
             place of this resource\n\n{}",
            categories.join(", "),
            said(error),
            removed_block("defender_hunting_tables")
        ),
    )
    .at(path)
}

pub fn defender_failed(path: impl Into<AttributePath>, subject: Subject<'_>, error: &arm::Error) -> Diagnostic {
    if error.kind == Kind::Service && (error.is_forbidden() || error.is_unauthorized()) {
        return Diagnostic::error(
            subject.could_not(),
            format!(
                "The Defender API refused the caller.\nWorkspace: {}\n\n{}\n\nThe caller needs Security Administrator in the tenant. It is \
                 reported (not documented) that this API takes tokens of signed-in users only and refuses service principals: hand it a \
                 user's token with defender_api {{ access_token = ... }} or DEFENDER_API_TOKEN, for example from\n  az account \
                 get-access-token --resource https://api.securitycenter.microsoft.com --query accessToken -o tsv",
                subject.place,
                said(error)
            ),
        )
        .at(path);
    }
    if error.kind == Kind::Service && error.is_not_found() {
        return Diagnostic::error(
            subject.could_not(),
            format!(
                "The Defender API has no export settings at this address.\n\n{}\n\nA 404 is reported where the tenant is in another \
                 cloud; check endpoints {{ defender = ... }}.",
                said(error)
            ),
        )
        .at(path);
    }
    failed(path, subject, error)
}

pub fn bad_setting_import_id(found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not an import id of defender_hunting_tables",
        format!(
            "Found {found:?}.\n\nImport it by the workspace's ARM id, in any casing, with the setting's id after a bar if the workspace \
             has several:\n  /subscriptions/SUBSCRIPTION_ID/resourceGroups/RESOURCE_GROUP/providers/Microsoft.OperationalInsights/\
             workspaces/WORKSPACE\n  /subscriptions/.../workspaces/WORKSPACE|SETTING_ID\n\nWhere it is of another tenant than the \
             provider's own, put that before it: TENANT_ID|...."
        ),
    )
}

pub fn setting_absent(found: &str, settings: &[String]) -> Diagnostic {
    Diagnostic::error(
        "Nothing to import as defender_hunting_tables",
        format!("No export setting of the tenant fits {found:?}. The tenant has:\n{}", bullets(settings)),
    )
}

pub fn setting_left_alone(setting: &str, categories: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "The export setting stays",
        format!(
            "The tables managed here are switched off, but {setting:?} also has categories that were never managed here, so the \
             setting itself is left:\n{}",
            bullets(categories)
        ),
    )
}
