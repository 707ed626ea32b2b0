//! A setting is written: made where there is none, else over the version that was read right before; and the order of two
//! settings of which one needs the other, where both come or go in one run.

use serde_json::Value as Json;

use super::item::{body, changes, described, differences, etag, is_on, left_to_others, own};
use super::{WorkspaceSetting, store};
use crate::arm::Error;
use crate::catalog::Setting;
use crate::provider::engine::place::Place;
use crate::provider::engine::settle::{COMES_RIGHT_WITHIN, End, Look, SHOWS_WITHIN, until};
use crate::provider::engine::store::{Store, Stored};
use crate::terraform::Value;

/// Why a setting was not written or removed.
pub enum Failure {
    Refused(Error),
    /// Somebody changed it since the plan was made, as these lines say; the service may have said so.
    Moved(Vec<String>, Option<Error>),
    /// The other setting that it needs is off.
    Needs(&'static Setting, Error),
    /// The other setting that needs it is on.
    NeededBy(&'static Setting, Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// What was written, with what others had in it, and what became of it.
type Written = Result<(Value, Stored), Failure>;

impl WorkspaceSetting {
    /// Switches a setting on; where the one that it needs is off, waits for that if it may come on in this run.
    pub(super) async fn switch_on(&self, store: &Store<'_>, value: &Value, is_free: bool) -> Written {
        let error = match self.put(store, value, is_free).await {
            Err(Failure::Refused(error)) if is_of_another(&error) => error,
            written => return written,
        };
        let Some(needed) = self.row.needed() else { return Err(error.into()) };
        match self.waits_for(store.place, needed, true).await {
            Ok(true) => self.put(store, value, is_free).await,
            Ok(false) => Err(Failure::Needs(needed, error)),
            // What keeps the other one from being seen says less than why this one was refused.
            Err(_) => Err(error.into()),
        }
    }

    /// Switches a setting off; where one that needs it is on, waits for that if it may go in this run.
    pub(super) async fn switch_off(&self, store: &Store<'_>) -> Result<(), Failure> {
        let error = match store.delete().await {
            Err(error) if is_of_another(&error) => error,
            deleted => return deleted.map_err(Failure::from),
        };
        let Some(other) = self.row.needed_by() else { return Err(error.into()) };
        match self.waits_for(store.place, other, false).await {
            Ok(true) => store.delete().await.map_err(Failure::from),
            Ok(false) => Err(Failure::NeededBy(other, error)),
            Err(_) => Err(error.into()),
        }
    }

    /// Waits until another setting of the workspace is on or off; false if it does not come to that. What a block of this
    /// run has is given its time; of others only what may have begun meanwhile.
    async fn waits_for(&self, place: &Place<'_>, row: &'static Setting, wanted: bool) -> Result<bool, Error> {
        let other = store(row, place);
        let id = other.id.to_string();
        let end = until(&place.call, || async {
            let is_there = match other.get().await {
                Ok(found) => found.is_some_and(|item| is_on(&item)),
                // It goes with the onboarding, as in a run that takes away everything.
                Err(error) if error.is_not_onboarded() => false,
                // The time was over in the middle of a look, which shows no more than the one before.
                Err(error) if error.is_timed_out() || error.is_stopped() => !wanted,
                Err(error) => return Err(error),
            };
            let failed = self.session.plans().is_told(&failure_of(&id));
            let patience = if self.session.ledger().is_known(&id) { SHOWS_WITHIN } else { COMES_RIGHT_WITHIN };
            Ok::<_, Error>(match is_there == wanted {
                true => Look::Settled(true),
                false if failed => Look::Settled(false),
                false => Look::Unsettled(false, patience),
            })
        });
        match end.await? {
            End::Settled(came) | End::Stayed(came) | End::Over(came) => Ok(came),
        }
    }

    /// Notes that it was not made, so that nobody in this run waits for it.
    pub(super) fn note_failure(&self, place: &Place<'_>) {
        self.session.plans().tells(&failure_of(&store(self.row, place).id.to_string()));
    }

    async fn put(&self, store: &Store<'_>, value: &Value, is_free: bool) -> Written {
        if !is_free {
            return self.rewrite(store, None, value).await;
        }
        let wanted = self.beside(value, None, &Json::Null);
        let stored = store.put_new(body(self.row, &wanted, None), |item| self.is_as_asked(&wanted, item)).await?;
        Ok((wanted, stored))
    }

    /// Writes `planned` over what is there, whatever version that is, unless it is no more what `prior` says. What others
    /// have in it is read right before and written back; a write that comes in between is met with one more look.
    pub(super) async fn rewrite(&self, store: &Store<'_>, prior: Option<&Value>, planned: &Value) -> Written {
        let mut refused: Option<Error> = None;
        loop {
            let there = store.get().await?.map(|item| described(self.row, item)).transpose()?;
            let there = there.unwrap_or_default();
            let wanted = self.beside(planned, prior, &there);
            if !there.is_null() {
                if self.is_as_asked(&wanted, &there) {
                    // Somebody did it first.
                    return Ok((wanted, Stored::AsAsked(there)));
                }
                let moved = prior.map(|prior| differences(self.row, &own(self.row, prior), &there)).unwrap_or_default();
                if !moved.is_empty() {
                    return Err(Failure::Moved(moved, refused));
                }
            }
            let sent = body(self.row, &wanted, etag(&there));
            match store.put(sent, |item| self.is_as_asked(&wanted, item)).await {
                Ok(stored) => return Ok((wanted, stored)),
                Err(error) if refused.is_none() && (error.is_conflict() || error.is_without_etag()) => {
                    refused = Some(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The value with what others have in the setting that is there.
    fn beside(&self, planned: &Value, prior: Option<&Value>, there: &Json) -> Value {
        let mut wanted = planned.clone();
        if let Some(choice) = &self.row.choice {
            let named: Vec<_> = prior.into_iter().chain([planned]).collect();
            wanted.set(choice.preserved, Value::strings(left_to_others(choice, there, &named)));
        }
        wanted
    }

    fn is_as_asked(&self, wanted: &Value, item: &Json) -> bool {
        described(self.row, item.clone()).is_ok() && changes(self.row, wanted, item).is_empty()
    }
}

/// Whether a refusal may be about another setting.
fn is_of_another(error: &Error) -> bool {
    error.is_bad_request() && !error.is_without_etag() && !error.may_have_happened()
}

fn failure_of(id: &str) -> String {
    format!("not made: {}", id.to_lowercase())
}
