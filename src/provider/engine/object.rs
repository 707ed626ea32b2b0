//! One object of Resource Manager's against the service, whatever it is: read it, put it until it can be read, delete it
//! until it is gone.

use std::time::Duration;

use serde_json::Value as Json;

use super::place::Place;
use super::settle::{AS_LONG_AS_IT_TAKES, COMES_RIGHT_WITHIN, End, Look, SHOWS_WITHIN, until};
use super::standing::Standing;
use crate::arm::{Answer, Error, Request, is_resource, text};

/// Where the object is, and what it is read, written and deleted with.
pub struct Object<'a> {
    pub place: &'a Place<'a>,
    pub name: &'a str,
    pub get: Request,
    /// Without its body.
    pub put: Request,
    pub delete: Request,
}

/// What became of an accepted PUT.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// It is as it was put: it reads back so, or the service answered so of what was not there before.
    AsAsked(Json),
    /// It reads back as something else.
    Differently(Json),
    /// It was taken in, and something keeps it from being read.
    NotReadable,
    /// It was taken in, and the service says that there is no such thing.
    Absent,
}

/// What there is of an object, as far as answers agree.
#[derive(Debug)]
pub enum Found {
    There(Json),
    Gone,
    /// The service took it in a short time ago, and the call's time was over before it showed.
    NotYet,
    /// Sentinel is no more in the workspace, which said so in this answer.
    GoneWithOnboarding(Error),
}

impl Object<'_> {
    /// The object by itself; absence is not an error.
    pub async fn get(&self) -> Result<Option<Json>, Error> {
        self.place.client.find(&self.place.call, self.get.clone()).await
    }

    /// Waits for an object that no read finds although the service took it in: reads may lag behind for `patience`.
    pub async fn turns_up(&self, patience: Duration) -> Result<Found, Error> {
        let end = until(&self.place.call, || async {
            Ok::<_, Error>(match self.get().await? {
                Some(item) => Look::Settled(Found::There(item)),
                None => Look::Unsettled(Found::Gone, patience),
            })
        });
        Ok(match end.await? {
            End::Settled(found) | End::Stayed(found) => found,
            End::Over(_) => Found::NotYet,
        })
    }

    /// Puts what is not there yet, where the service's own answer shows it as asked; else like [`Self::put`].
    pub async fn put_new(&self, body: Json, as_asked: impl Fn(&Json) -> bool) -> Result<Stored, Error> {
        let is_it = |item: &Json| text(item, "name").eq_ignore_ascii_case(self.name) && as_asked(item);
        self.put_by(body, &as_asked, is_it).await
    }

    /// Puts the object and waits until it reads back as asked: a read may show for some time what was there before.
    pub async fn put(&self, body: Json, as_asked: impl Fn(&Json) -> bool) -> Result<Stored, Error> {
        self.put_by(body, as_asked, |_| false).await
    }

    async fn put_by(
        &self,
        body: Json,
        as_asked: impl Fn(&Json) -> bool,
        is_settled: impl Fn(&Json) -> bool,
    ) -> Result<Stored, Error> {
        let (client, call) = (&self.place.client, &self.place.call);
        match client.send(call, self.put.clone().with_body(body)).await {
            Ok(answer) if is_resource(&answer.body) && is_settled(&answer.body) => {
                return Ok(Stored::AsAsked(answer.body));
            }
            Ok(_) => {}
            // The answer is lost, the change may not be: what the service shows decides.
            Err(error) if error.may_have_happened() && !error.is_stopped() => match self.get().await {
                Ok(Some(found)) if as_asked(&found) => return Ok(Stored::AsAsked(found)),
                _ => return Err(error),
            },
            Err(error) => return Err(error),
        }
        let end = until(call, || async {
            Ok::<_, Error>(match self.get().await? {
                Some(found) if as_asked(&found) => Look::Settled(found),
                Some(found) => Look::Unsettled(found, COMES_RIGHT_WITHIN),
                None => Look::Unsettled(Json::Null, SHOWS_WITHIN),
            })
        });
        Ok(match end.await {
            Ok(End::Settled(found)) => Stored::AsAsked(found),
            Ok(End::Stayed(Json::Null)) => Stored::Absent,
            // The object is stored; whatever keeps it from being read must not make it look as if it were not.
            Ok(End::Over(Json::Null)) | Err(_) => Stored::NotReadable,
            Ok(End::Stayed(found) | End::Over(found)) => Stored::Differently(found),
        })
    }

    /// Deletes the object. What the service says is done is done, though a read may show it for some time; what it took
    /// in only is waited for, and gone already is as good, once a look agrees.
    pub async fn delete(&self) -> Result<(), Error> {
        self.delete_by(|answer| [200, 204].contains(&answer.status)).await
    }

    /// Deletes the object and waits until no read shows it, whatever the service says.
    pub async fn delete_until_gone(&self) -> Result<(), Error> {
        self.delete_by(|_| false).await
    }

    async fn delete_by(&self, is_done: impl Fn(&Answer) -> bool) -> Result<(), Error> {
        match self.place.client.send(&self.place.call, self.delete.clone()).await {
            Ok(answer) if is_done(&answer) => Ok(()),
            Ok(_) => self.gone(None).await,
            Err(error) if error.is_any_404() || error.is_not_onboarded() => self.gone(Some(error)).await,
            Err(error) => Err(error),
        }
    }

    /// Waits until the object is gone, which after an answer in doubt it should be at once.
    pub async fn gone(&self, doubt: Option<Error>) -> Result<(), Error> {
        let call = &self.place.call;
        let patience = if doubt.is_some() { COMES_RIGHT_WITHIN } else { AS_LONG_AS_IT_TAKES };
        let end = until(call, || async {
            match self.get().await {
                Ok(None) => Ok(Look::Settled(())),
                Ok(Some(_)) => Ok(Look::Unsettled((), patience)),
                Err(error) if error.is_not_onboarded() => {
                    Standing::after(self.place, error).await.map(|_| Look::Settled(()))
                }
                Err(error) => Err(error),
            }
        });
        match end.await? {
            End::Settled(()) => Ok(()),
            End::Stayed(()) | End::Over(()) => Err(doubt.unwrap_or_else(|| Error::still_there(call))),
        }
    }
}
