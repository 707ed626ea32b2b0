//! The tenant's export settings against the service: looked for until two answers agree, written until they show what
//! was asked for, and removed unless they also stream what was never managed.

use super::block::{PRESERVED, SETTING_ID};
use crate::provider::engine::attributes::TABLES;
use crate::provider::engine::attributes::WORKSPACE_ID;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{HuntingTables, same_tables, target};
use crate::arm::{Error, Request};
use crate::catalog::HuntingTable;
use crate::provider::block::options::OnForbidden;
use crate::provider::engine::ledger::Memory;
use crate::provider::engine::place::Place;
use crate::provider::engine::settle::{COMES_RIGHT_WITHIN, End, Look, SHOWS_WITHIN, until};
use crate::provider::export_setting::{AfterRefusal, Draft, ExportSetting};
use crate::provider::messages;
use crate::terraform::{Applied, Diagnostic, Diagnostics, Value};

/// The export settings of a tenant, for an operation on one workspace.
pub struct ExportSettings<'a> {
    pub place: Place<'a>,
    pub on_forbidden: OnForbidden,
}

impl ExportSettings<'_> {
    /// Every export setting of the tenant.
    pub(super) async fn settings(&self) -> Result<Arc<Vec<Json>>, Error> {
        self.place.client.list(&self.place.call, Request::export_settings()).await
    }

    /// The same as it is now, past what other reads share.
    pub(super) async fn settings_now(&self) -> Result<Arc<Vec<Json>>, Error> {
        self.place.client.forget(&self.place.call, &Request::export_settings());
        self.settings().await
    }

    /// One setting.
    pub(super) async fn setting(&self, id: &str) -> Result<Option<Json>, Error> {
        self.setting_in(&self.settings().await?, id).await
    }

    /// The same as it is now.
    pub(super) async fn setting_now(&self, id: &str) -> Result<Option<Json>, Error> {
        self.setting_in(&self.settings_now().await?, id).await
    }

    /// A setting of a list. What the list lacks is asked for by itself, and is gone when both agree.
    pub(super) async fn setting_in(&self, settings: &[Json], id: &str) -> Result<Option<Json>, Error> {
        if let Some(found) = named(settings, id) {
            return described(found, id).map(Some);
        }
        match self.place.client.send(&self.place.call, Request::export_setting(id)).await {
            Ok(answer) => described(&answer.body, id).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            // One client alone reports this call; where there is none, a second list decides.
            Err(error) if error.is_no_such_call() => match named(&self.settings_now().await?, id) {
                Some(found) => described(found, id).map(Some),
                None => Ok(None),
            },
            Err(error) => Err(error),
        }
    }

    pub(super) fn failed(&self, error: &Error) -> Diagnostic {
        messages::defender_failed(WORKSPACE_ID, self.place.subject, error)
    }

    /// What to tell of settings that could not be read and that nothing is to be done with yet.
    pub(super) fn unread(&self, error: &Error) -> Diagnostic {
        match self.on_forbidden {
            OnForbidden::Warn if error.is_without_access() => messages::selection_unread(self.failed(error)),
            _ => self.failed(error),
        }
    }
}

fn named<'a>(settings: &'a [Json], id: &str) -> Option<&'a Json> {
    settings.iter().find(|setting| ExportSetting(setting).id().eq_ignore_ascii_case(id))
}

fn described(found: &Json, id: &str) -> Result<Json, Error> {
    ExportSetting(found).as_described(id).map(|setting| setting.0.clone())
}

/// A write that was not accepted.
struct Unwritten {
    diagnostic: Diagnostic,
    /// It may have had its effect all the same.
    in_doubt: bool,
}

impl HuntingTables {
    /// Writes the selection; on refusal tries a table's other name before it gives up.
    async fn write(&self, at: &ExportSettings<'_>, draft: &mut Draft) -> Result<(), Unwritten> {
        loop {
            let refusal = match at.place.client.send(&at.place.call, Request::put_export_setting(draft.body())).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            let diagnostic = match draft.refused(&refusal.unsupported_categories()) {
                AfterRefusal::TryAgain => continue,
                AfterRefusal::TablesRefused(tables) => messages::table_refused(TABLES, &tables, &refusal),
                AfterRefusal::ForeignRefused(categories) => messages::preserved_refused(TABLES, &categories, &refusal),
                AfterRefusal::NotOurs => at.failed(&refusal),
            };
            return Err(Unwritten { diagnostic, in_doubt: refusal.may_have_happened() });
        }
    }

    /// Writes `planned` over `current` and reads it back; `before` are the tables managed so far. What is new and may have
    /// been written stays in state.
    pub(super) async fn store(
        &self,
        at: &ExportSettings<'_>,
        current: Option<&Json>,
        before: &[&str],
        is_in_state: bool,
        mut planned: Value,
    ) -> Result<Applied, Diagnostic> {
        let mut diagnostics = Diagnostics::default();
        let id = planned.get(SETTING_ID).as_str().unwrap_or_default().to_owned();
        let tables: Vec<String> = planned.get(TABLES).known_strings().into_iter().map(str::to_owned).collect();
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        let current = current.map(ExportSetting);
        let mut draft = Draft::new(&id, &at.place.workspace, &tables, before, current);
        if let Err(Unwritten { diagnostic, in_doubt }) = self.write(at, &mut draft).await {
            // The answer is lost, the change may not be: what the service shows decides.
            let shows = if in_doubt { at.setting_now(&id).await.unwrap_or_default() } else { None };
            if !shows.is_some_and(|setting| same_tables(&ExportSetting(&setting).tables(&tables), &tables)) {
                if !in_doubt || is_in_state {
                    return Err(diagnostic);
                }
                // What may have been stored stays in state, tainted, so that it is never an orphan.
                diagnostics.push(diagnostic);
                return Ok(Applied { state: Some(planned), diagnostics, ..Applied::default() });
            }
        }

        let end = until(&at.place.call, || async {
            let Some(seen) = at.setting_now(&id).await? else { return Ok(Look::Unsettled(Json::Null, SHOWS_WITHIN)) };
            let is_it = same_tables(&ExportSetting(&seen).tables(&tables), &tables);
            Ok::<_, Error>(if is_it { Look::Settled(seen) } else { Look::Unsettled(seen, COMES_RIGHT_WITHIN) })
        });
        let seen = match end.await {
            Ok(End::Settled(seen)) => seen,
            Ok(End::Stayed(Json::Null)) => {
                diagnostics.push(messages::never_showed(WORKSPACE_ID, at.place.subject));
                Json::Null
            }
            Ok(End::Stayed(seen)) => {
                let found = ExportSetting(&seen).tables(&tables);
                let difference = format!("tables: [{}] here, [{}] there", tables.join(", "), found.join(", "));
                diagnostics.push(messages::stored_differently(at.place.subject, &[difference]));
                seen
            }
            // It is stored; whatever keeps it from being read must not make it look as if it were not.
            Ok(End::Over(_)) | Err(_) => {
                diagnostics.push(messages::not_readable_yet(at.place.subject));
                Json::Null
            }
        };
        let preserved: Vec<_> = ExportSetting(&seen).preserved(&tables).into_iter().map(str::to_owned).collect();
        if !planned.get(PRESERVED).is_known() {
            planned.set(PRESERVED, Value::strings(preserved));
        }
        let writable = tables.into_iter().filter(|table| HuntingTable::is_refused(table)).map(str::to_owned).collect();
        let memory = Memory { writable, ..Memory::default() };
        Ok(Applied { state: Some(planned), private: memory.encode(), diagnostics })
    }

    /// Switches off what is managed, and removes the setting unless it also streams what never was.
    pub(super) async fn remove(
        &self,
        at: &ExportSettings<'_>,
        prior: &Value,
        memory: &Memory,
    ) -> Result<Diagnostics, Diagnostic> {
        let id = prior.get(SETTING_ID).as_str().unwrap_or_default();
        let Some(current) = at.setting_now(id).await.map_err(|error| at.failed(&error))? else {
            return Ok(Diagnostics::default());
        };
        let current = ExportSetting(&current);
        if !current.streams_to(&at.place.workspace) {
            let place = at.place.subject.place;
            return Ok(messages::setting_of_another_workspace(SETTING_ID, id, place, target(current))
                .into_warning()
                .into());
        }
        let managed = prior.get(TABLES).known_strings();
        let unmanaged = current.unmanaged(&managed);
        if unmanaged.is_empty() {
            return self.remove_whole(at, id).await.map(|()| Diagnostics::default());
        }
        let left = || messages::setting_left_alone(id, &unmanaged).into();
        if unmanaged.len() == current.enabled().len() {
            return Ok(left());
        }
        let refused = current.refused(&memory.writable);
        if !refused.is_empty() {
            return Err(messages::setting_not_writable(TABLES, at.place.subject, id, &refused));
        }
        let mut draft = Draft::new(id, &at.place.workspace, &[], &managed, Some(current));
        let doubt = match self.write(at, &mut draft).await {
            Ok(()) => None,
            Err(Unwritten { diagnostic, in_doubt: true }) => Some(diagnostic),
            Err(Unwritten { diagnostic, .. }) => return Err(diagnostic),
        };
        let end = until(&at.place.call, || async {
            let seen = at.setting_now(id).await?;
            let is_on = seen.as_ref().is_some_and(|seen| {
                let seen = ExportSetting(seen);
                seen.unmanaged(&managed).len() < seen.enabled().len()
            });
            Ok::<_, Error>(if is_on { Look::Unsettled((), COMES_RIGHT_WITHIN) } else { Look::Settled(()) })
        });
        match end.await {
            Ok(End::Settled(())) => Ok(left()),
            Ok(End::Stayed(()) | End::Over(())) => {
                Err(doubt.unwrap_or_else(|| at.failed(&Error::still_there(&at.place.call))))
            }
            Err(error) => Err(doubt.unwrap_or_else(|| at.failed(&error))),
        }
    }

    /// Deletes the setting and waits until it is gone; gone already is as good, once a look agrees.
    async fn remove_whole(&self, at: &ExportSettings<'_>, id: &str) -> Result<(), Diagnostic> {
        let doubt = match at.place.client.send(&at.place.call, Request::delete_export_setting(id)).await {
            Ok(_) => None,
            Err(error) if error.is_any_404() => Some(error),
            Err(error) => return Err(at.failed(&error)),
        };
        let patience = if doubt.is_some() { COMES_RIGHT_WITHIN } else { SHOWS_WITHIN };
        let end = until(&at.place.call, || async {
            let is_there = at.setting_now(id).await?.is_some();
            Ok::<_, Error>(if is_there { Look::Unsettled((), patience) } else { Look::Settled(()) })
        });
        match end.await.map_err(|error| at.failed(&error))? {
            End::Settled(()) => Ok(()),
            End::Stayed(()) | End::Over(()) => {
                Err(at.failed(&doubt.unwrap_or_else(|| Error::still_there(&at.place.call))))
            }
        }
    }
}
