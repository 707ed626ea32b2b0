//! The tenant's export settings against the service: read past what others share, written until they show what was
//! asked for, and removed unless they also stream what was never managed.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{HuntingTables, same_tables, target};
use crate::arm::{Error, Request};
use crate::provider::export_setting::{AfterRefusal, Draft, ExportSetting};
use crate::provider::messages;
use crate::provider::place::Place;
use crate::provider::settle::{COMES_RIGHT_WITHIN, End, Look, SHOWS_WITHIN, until};
use crate::terraform::{Applied, Diagnostic, Diagnostics, Private, Value};

impl Place<'_> {
    /// Every export setting of the tenant.
    pub(super) async fn settings(&self) -> Result<Arc<Vec<Json>>, Error> {
        self.client.list(&self.call, Request::export_settings()).await
    }

    /// The setting as it is now, past what other reads share.
    pub(super) async fn setting_now(&self, id: &str) -> Result<Option<Json>, Error> {
        self.client.forget(&self.call, &Request::export_settings());
        self.setting(id).await
    }

    pub(super) async fn setting(&self, id: &str) -> Result<Option<Json>, Error> {
        let settings = self.settings().await?;
        Ok(settings.iter().find(|setting| ExportSetting(setting).id().eq_ignore_ascii_case(id)).cloned())
    }

    pub(super) fn failed(&self, error: &Error) -> Diagnostic {
        messages::defender_failed("workspace_id", self.subject, error)
    }
}

impl HuntingTables {
    /// Writes the selection; on refusal tries a table's other name before it gives up.
    async fn write(&self, at: &Place<'_>, draft: &mut Draft) -> Result<(), Unwritten> {
        loop {
            let refusal = match at.client.send(&at.call, Request::put_export_setting(draft.body())).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            let diagnostic = match draft.refused(&refusal.unsupported_categories()) {
                AfterRefusal::TryAgain => continue,
                AfterRefusal::TablesRefused(tables) => messages::table_refused("tables", &tables, &refusal),
                AfterRefusal::ForeignRefused(categories) => {
                    messages::preserved_refused("tables", &categories, &refusal)
                }
                AfterRefusal::NotOurs => at.failed(&refusal),
            };
            return Err(Unwritten { diagnostic, in_doubt: refusal.may_have_happened() });
        }
    }

    /// Writes `planned` over what the tenant has now and reads it back; `prior` is what was managed so far.
    pub(super) async fn store(
        &self,
        at: &Place<'_>,
        prior: &Value,
        mut planned: Value,
        mut diagnostics: Diagnostics,
    ) -> Result<Applied, Diagnostic> {
        let id = planned.get("setting_id").as_str().unwrap_or_default().to_owned();
        let tables: Vec<String> = planned.get("tables").known_strings().into_iter().map(str::to_owned).collect();
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        let current = at.setting_now(&id).await.map_err(|error| at.failed(&error))?;
        let current = current.as_ref().map(ExportSetting);
        let mut draft = Draft::new(&id, &at.workspace, &tables, &prior.get("tables").known_strings(), current);
        if let Err(Unwritten { diagnostic, in_doubt }) = self.write(at, &mut draft).await {
            // The answer is lost, the change may not be: what the service shows decides.
            let shows = if in_doubt { at.setting_now(&id).await.unwrap_or_default() } else { None };
            if !shows.is_some_and(|setting| same_tables(&ExportSetting(&setting).tables(&tables), &tables)) {
                if !(in_doubt && prior.is_null()) {
                    return Err(diagnostic);
                }
                // What may have been stored stays in state, tainted, so that it is never an orphan.
                diagnostics.push(diagnostic);
                return Ok(Applied { state: Some(planned), private: Private::new(), diagnostics });
            }
        }

        let end = until(&at.call, || async {
            let Some(seen) = at.setting_now(&id).await? else { return Ok(Look::Unsettled(Json::Null, SHOWS_WITHIN)) };
            let is_it = same_tables(&ExportSetting(&seen).tables(&tables), &tables);
            Ok::<_, Error>(if is_it { Look::Settled(seen) } else { Look::Unsettled(seen, COMES_RIGHT_WITHIN) })
        });
        let seen = match end.await {
            Ok(End::Settled(seen)) => seen,
            Ok(End::Stayed(Json::Null)) => {
                diagnostics.push(messages::never_showed("workspace_id", at.subject));
                Json::Null
            }
            Ok(End::Stayed(seen)) => {
                let found = ExportSetting(&seen).tables(&tables);
                let difference = format!("tables: [{}] here, [{}] there", tables.join(", "), found.join(", "));
                diagnostics.push(messages::stored_differently(at.subject, &[difference]));
                seen
            }
            // It is stored; whatever keeps it from being read must not make it look as if it were not.
            Ok(End::Over(_)) | Err(_) => {
                diagnostics.push(messages::not_readable_yet(at.subject));
                Json::Null
            }
        };
        let preserved: Vec<_> = ExportSetting(&seen).preserved(&tables).into_iter().map(str::to_owned).collect();
        if !planned.get("preserved_categories").is_known() {
            planned.set("preserved_categories", Value::strings(preserved));
        }
        Ok(Applied { state: Some(planned), private: Private::new(), diagnostics })
    }

    /// Switches off what is managed, and removes the setting unless it also streams what never was.
    pub(super) async fn remove(&self, at: &Place<'_>, prior: &Value) -> Result<Diagnostics, Diagnostic> {
        let id = prior.get("setting_id").as_str().unwrap_or_default();
        let Some(current) = at.setting_now(id).await.map_err(|error| at.failed(&error))? else {
            return Ok(Diagnostics::default());
        };
        let current = ExportSetting(&current);
        if !current.streams_to(&at.workspace) {
            let place = at.subject.place;
            return Ok(messages::setting_of_another_workspace("setting_id", id, place, target(current))
                .into_warning()
                .into());
        }
        let managed = prior.get("tables").known_strings();
        let mut draft = Draft::new(id, &at.workspace, &[], &managed, Some(current));
        if !draft.is_idle() {
            self.write(at, &mut draft).await.map_err(|unwritten| unwritten.diagnostic)?;
            let preserved: Vec<_> = current.preserved(&managed).into_iter().map(str::to_owned).collect();
            return Ok(messages::setting_left_alone(id, &preserved).into());
        }
        match at.client.send(&at.call, Request::delete_export_setting(current.id())).await {
            Ok(_) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(at.failed(&error)),
        }
        let end = until(&at.call, || async {
            let is_there = at.setting_now(id).await?.is_some();
            Ok::<_, Error>(if is_there { Look::Unsettled((), COMES_RIGHT_WITHIN) } else { Look::Settled(()) })
        });
        match end.await.map_err(|error| at.failed(&error))? {
            End::Settled(()) => {}
            End::Stayed(()) | End::Over(()) => return Err(at.failed(&Error::still_there(&at.call))),
        }
        Ok(Diagnostics::default())
    }
}

/// A write that was not accepted.
struct Unwritten {
    diagnostic: Diagnostic,
    /// It may have had its effect all the same.
    in_doubt: bool,
}
