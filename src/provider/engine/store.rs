//! One object of a workspace's collection against the service: find it, put it until it can be read, delete it until it is gone.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::place::Place;
use super::settle::{AS_LONG_AS_IT_TAKES, COMES_RIGHT_WITHIN, End, Look, SHOWS_WITHIN, until};
use super::standing::Standing;
use crate::arm::{Answer, Collection, Error, Request, ResourceId, is_resource, text};
use crate::catalog::Line;

/// Where the object is, and how it is read and written.
pub struct Store<'a> {
    pub place: &'a Place<'a>,
    pub id: ResourceId,
    /// The line of api-versions that the object itself is read and written with.
    pub line: Line,
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

/// What a look at an object shows, and the list it was looked for in, if there was one.
#[derive(Debug)]
pub struct Seen {
    pub found: Found,
    pub items: Option<Arc<Vec<Json>>>,
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

impl<'a> Store<'a> {
    /// The object of the place's workspace under a name.
    pub fn of(place: &'a Place<'a>, collection: Collection, line: Line, name: &str) -> Self {
        let id = ResourceId { workspace: place.workspace.clone(), collection, name: name.to_owned() };
        Self { place, id, line }
    }

    /// Every object of the collection; one request serves all who ask at about the same time.
    pub async fn list(&self) -> Result<Arc<Vec<Json>>, Error> {
        self.place.client.list(&self.place.call, self.place.list_of(self.id.collection)).await
    }

    /// What others have in the collection; our own writes of this run may be missing.
    pub async fn list_as_of_start(&self) -> Result<Arc<Vec<Json>>, Error> {
        self.place.client.list_as_of_start(&self.place.call, self.place.list_of(self.id.collection)).await
    }

    /// The object by itself; absence is not an error.
    pub async fn get(&self) -> Result<Option<Json>, Error> {
        self.place.client.find(&self.place.call, Request::get(&self.id, self.version())).await
    }

    /// The object of this name: in the list that all reads share, else by itself, since a list may lag behind, lose an
    /// item between two pages or come from somewhere else. It is gone when both agree.
    pub async fn find(&self) -> Result<Seen, Error> {
        let (items, unlisted) = match self.list().await {
            Ok(items) => {
                let named = items.iter().find(|item| text(item, "name").eq_ignore_ascii_case(&self.id.name));
                if let Some(item) = named.filter(|item| is_resource(item)) {
                    return Ok(Seen { found: Found::There(item.clone()), items: Some(items) });
                }
                (Some(items), None)
            }
            Err(error) if error.is_not_onboarded() || error.is_any_404() => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let found = match (self.get().await, unlisted) {
            (Ok(Some(item)), _) => Found::There(item),
            (Ok(None), None) => Found::Gone,
            (Ok(None), Some(answer)) => self.gone_after(answer).await?,
            (Err(error), answer) if error.is_not_onboarded() => self.gone_after(answer.unwrap_or(error)).await?,
            (Err(error), _) => return Err(error),
        };
        Ok(Seen { found, items })
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

    /// Whether an answer that speaks of the whole workspace means that the object is gone.
    async fn gone_after(&self, answer: Error) -> Result<Found, Error> {
        match Standing::after(self.place, answer.clone()).await? {
            Standing::NotOnboarded => Ok(Found::GoneWithOnboarding(answer)),
            Standing::Onboarded | Standing::Absent => Ok(Found::Gone),
        }
    }

    /// Puts what is not there yet, where the service's own answer shows it as asked; else like [`Self::put`].
    pub async fn put_new(&self, body: Json, as_asked: impl Fn(&Json) -> bool) -> Result<Stored, Error> {
        let is_it = |item: &Json| text(item, "name").eq_ignore_ascii_case(&self.id.name) && as_asked(item);
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
        match client.send(call, Request::put(&self.id, self.version(), body)).await {
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
        match self.place.client.send(&self.place.call, Request::delete(&self.id, self.version())).await {
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

    fn version(&self) -> &str {
        self.place.version(self.line)
    }
}
