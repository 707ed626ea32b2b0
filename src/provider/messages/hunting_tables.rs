//! The selection of hunting tables.

use super::service::{failed, said};
use super::{Subject, bullets, destroy_all_the_same, import_block, removed_block};
use crate::arm::{self, Kind};
use crate::terraform::{AttributePath, Diagnostic};

/// A setting of somebody's; `refused` of what it has on cannot be written.
pub fn setting_exists(
    path: impl Into<AttributePath>,
    workspace: &str,
    setting: &str,
    enabled: &[&str],
    refused: &[&str],
) -> Diagnostic {
    let adopt = if refused.is_empty() {
        "or set adopt_existing = true to take it over as it is planned.".to_owned()
    } else {
        format!(
            "which holds until something is to change: it cannot be written, nor adopted, as the Defender API is reported to refuse {}.",
            refused.join(", ")
        )
    };
    Diagnostic::error(
        "An export setting of the workspace exists already",
        format!(
            "The tenant's export setting {setting:?} streams to {workspace}; enabled are:\n{}\n\nIt could be anybody's: the portal makes one by \
             the same name. To manage it here, import it:\n\n{}\n\n{adopt}\n\n{}\n\nWhere it is to be replaced with create_before_destroy, \
             this is the old one: it has to be destroyed before.",
            bullets(enabled),
            import_block("defender_hunting_tables", &format!("{workspace}|{setting}")),
            second_setting(setting)
        ),
    )
    .at(path)
}

/// The way to tables beside those of a setting that is better left alone.
fn second_setting(setting: &str) -> String {
    let name = setting.trim_end_matches("-Managed");
    format!(
        "To leave it as it is and stream other tables, which it does not have on, through a second setting of the workspace, name that \
         one:\n\n  setting_id = \"{name}-Managed\"\n\nA tenant holds five settings, whatever their targets."
    )
}

/// A setting that has on what the API is reported to refuse.
pub fn setting_not_writable(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    setting: &str,
    refused: &[&str],
) -> Diagnostic {
    Diagnostic::error(
        subject.could_not(),
        format!(
            "The export setting {setting:?} of {} has on:\n{}\n\nThe Defender API is reported to refuse these in a write, so that the portal alone \
             can select them. A write replaces the setting whole: it would be refused, or switch them off for good. So the setting is never \
             written here; nothing was changed.\n\n{}\n\nIf {setting:?} is in state, let it go without touching it: take its block out and leave \
             in its place\n\n{}\n\nTo \
             keep it in state, write the configuration as the portal has it, these among its tables: the plan is empty then. Or switch these off in \
             the portal.\n\n{}",
            subject.place,
            bullets(refused),
            second_setting(setting),
            removed_block("defender_hunting_tables"),
            destroy_all_the_same()
        ),
    )
    .at(path)
}

/// A destroy that takes away what only the portal can bring back.
pub fn removes_portal_tables(
    path: impl Into<AttributePath>,
    workspace: &str,
    setting: &str,
    refused: &[&str],
) -> Diagnostic {
    Diagnostic::warning(
        "Tables stop streaming that only the portal can select again",
        format!(
            "The export setting {setting:?} of {workspace} is deleted whole, and has on:\n{}\n\nThe Defender API is reported to refuse these in a \
             write, so no later apply can bring them back. To keep the setting, let it go without touching it: take its block out and leave in \
             its place\n\n{}",
            bullets(refused),
            removed_block("defender_hunting_tables")
        ),
    )
    .at(path)
}

/// Another setting has the tables on.
pub fn table_streams_already(
    path: impl Into<AttributePath>,
    workspace: &str,
    setting: &str,
    tables: &[&str],
) -> Diagnostic {
    Diagnostic::error(
        "A hunting table streams to the workspace already",
        format!(
            "The tenant's export setting {setting:?} streams to {workspace} too, and has on:\n{}\n\nThrough two settings each event might \
             arrive twice (nobody here could try). Take these out of tables, or switch them off there first: in the portal, or in the block that manages it, in a run \
             before this one.\n\n{}",
            bullets(tables),
            destroy_all_the_same()
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
             and URL tables, which can be selected in the portal alone; take the refused ones out of tables. To stream them all the same, \
             select them in the portal and leave its setting to it, while this block streams the other tables through a setting of its \
             own name, setting_id.",
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
             switch it off.\n\n{}\n\nNothing was changed. Switch it off in the portal first, or leave this setting to the portal and stream \
             other tables through a second setting of the workspace, with a setting_id of its own; in place of this resource leave\n\n{}",
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
                 reported (not documented) that this API takes tokens of signed-in users only and refuses service principals. Let the \
                 account of the Azure CLI call it with defender_api {{ use_cli = true }}, or hand it a user's token as \
                 defender_api.access_token, DEFENDER_API_TOKEN, or defender_api_token of the tenant block, for example from\n  az account \
                 get-access-token --resource https://api.securitycenter.microsoft.com --query accessToken -o tsv\nWith on_forbidden = \
                 \"warn\" in defender_api everything else can be planned meanwhile.",
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

/// A selection that nobody could read, and what was last known of it stands.
pub fn selection_unread(failure: Diagnostic) -> Diagnostic {
    let so = "what was last known stands: what has changed there since is not seen, and what is to be changed there is an error at apply";
    unread(failure, so)
}

/// Export settings that nobody could read for a data source.
pub fn settings_unread(failure: Diagnostic) -> Diagnostic {
    unread(failure, "the values that would be read are null")
}

fn unread(failure: Diagnostic, so: &str) -> Diagnostic {
    let detail = format!("defender_api.on_forbidden is \"warn\", so {so}.\n\n{}", failure.detail);
    Diagnostic { summary: "The export settings could not be read".to_owned(), detail, ..failure }.into_warning()
}

pub fn setting_absent(found: &str, settings: &[String]) -> Diagnostic {
    Diagnostic::error(
        "Nothing to import as defender_hunting_tables",
        format!("No export setting of the tenant fits {found:?}. The tenant has:\n{}", bullets(settings)),
    )
}

pub fn setting_left_alone(setting: &str, categories: &[&str]) -> Diagnostic {
    Diagnostic::warning(
        "The export setting stays",
        format!(
            "The tables managed here are switched off, but {setting:?} also has categories that were never managed here, so the \
             setting itself is left:\n{}",
            bullets(categories)
        ),
    )
}
