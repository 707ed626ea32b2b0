//! One object of a workspace's collection against the service: found in the list that all reads share, and read and written
//! by itself.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

pub use super::object::{Found, Stored};

use super::object::Object;
use super::place::Place;
use super::standing::Standing;
use crate::arm::{Collection, Error, Request, ResourceId, is_resource, text};
use crate::catalog::Line;

/// Where the object is, and how it is read and written.
pub struct Store<'a> {
    pub place: &'a Place<'a>,
    pub id: ResourceId,
    /// The line of api-versions that the object itself is read and written with.
    pub line: Line,
}

/// What a look at an object shows, and the list it was looked for in, if there was one.
#[derive(Debug)]
pub struct Seen {
    pub found: Found,
    pub items: Option<Arc<Vec<Json>>>,
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
        self.object().get().await
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

    /// Whether an answer that speaks of the whole workspace means that the object is gone.
    async fn gone_after(&self, answer: Error) -> Result<Found, Error> {
        match Standing::after(self.place, answer.clone()).await? {
            Standing::NotOnboarded => Ok(Found::GoneWithOnboarding(answer)),
            Standing::Onboarded | Standing::Absent => Ok(Found::Gone),
        }
    }

    /// Waits for an object that no read finds although the service took it in: reads may lag behind for `patience`.
    pub async fn turns_up(&self, patience: Duration) -> Result<Found, Error> {
        self.object().turns_up(patience).await
    }

    /// Puts what is not there yet, where the service's own answer shows it as asked; else like [`Self::put`].
    pub async fn put_new(&self, body: Json, as_asked: impl Fn(&Json) -> bool) -> Result<Stored, Error> {
        self.object().put_new(body, as_asked).await
    }

    /// Puts the object and waits until it reads back as asked.
    pub async fn put(&self, body: Json, as_asked: impl Fn(&Json) -> bool) -> Result<Stored, Error> {
        self.object().put(body, as_asked).await
    }

    /// Deletes the object.
    pub async fn delete(&self) -> Result<(), Error> {
        self.object().delete().await
    }

    /// Deletes the object and waits until no read shows it, whatever the service says.
    pub async fn delete_until_gone(&self) -> Result<(), Error> {
        self.object().delete_until_gone().await
    }

    /// Waits until the object is gone, which after an answer in doubt it should be at once.
    pub async fn gone(&self, doubt: Option<Error>) -> Result<(), Error> {
        self.object().gone(doubt).await
    }

    fn object(&self) -> Object<'_> {
        let (place, id, version) = (self.place, &self.id, self.version());
        Object {
            place,
            name: &id.name,
            get: Request::get(id, version),
            put: Request::put(id, version),
            delete: Request::delete(id, version),
        }
    }

    fn version(&self) -> &str {
        self.place.version(self.line)
    }
}
