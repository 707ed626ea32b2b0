//! The search for objects: what the provider finds goes to Terraform one by one, until Terraform has enough.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::future;
use futures_util::stream::{self, BoxStream, StreamExt};

use super::offer::{Offer, TypedSchema};
use super::proto::list_resource::{Event, Request};
use super::proto::validate_list_resource_config;
use super::{from_wire, messages, panic, to_wire};
use crate::terraform::{Context, Diagnostic, Diagnostics, Listed, Value};

pub fn validate(offer: &Offer, request: &validate_list_resource_config::Request) -> Result<Diagnostics, Diagnostic> {
    let of = &request.type_name;
    let (list, typed) = offer.list_resource(of)?;
    let config = from_wire::value(request.config.as_ref(), &typed.ty, "a configuration", of)?;
    Ok(list.validate(&config))
}

/// The events of a search. Nothing more is asked of the service once `limit` objects were found.
pub fn list(offer: &Arc<Offer>, context: &Context, request: Request) -> BoxStream<'static, Event> {
    let (offer, of) = (Arc::clone(offer), request.type_name.clone());
    let found = match panic::guard_now(|| search(&offer, context, &request)) {
        Ok(Ok(found)) => found,
        Ok(Err(finding)) => return stream::iter([told(finding)]).boxed(),
        Err(panic) => return stream::iter([told(messages::panicked("ListResource", &of, &panic, None))]).boxed(),
    };
    // Terraform stops reading at its limit, but only after it was sent; none means no limit.
    let limit = u64::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(u64::MAX);
    let mut left = limit;
    let found = AssertUnwindSafe(found).catch_unwind();
    let events = found.map(move |listed| match listed {
        Ok(Listed::Told(finding) | Listed::Unread(finding)) => told(finding),
        Ok(Listed::Found { display_name, state }) => event(&offer, &request, display_name, &state).unwrap_or_else(told),
        Err(payload) => told(messages::panicked("ListResource", &of, &panic::told(&*payload), None)),
    });
    let within_limit = events.scan(false, move |is_full, event| {
        if *is_full {
            return future::ready(None);
        }
        left -= u64::from(event.identity.is_some());
        *is_full = left == 0;
        future::ready(Some(event))
    });
    within_limit.boxed()
}

fn search(offer: &Offer, context: &Context, request: &Request) -> Result<BoxStream<'static, Listed>, Diagnostic> {
    let of = &request.type_name;
    let (list, typed) = offer.list_resource(of)?;
    let config = from_wire::value(request.config.as_ref(), &typed.ty, "a configuration", of)?;
    Ok(list.list(context, config))
}

/// An object as Terraform takes it: its identity, and its state where that was asked for.
fn event(offer: &Offer, request: &Request, display_name: String, state: &Value) -> Result<Event, Diagnostic> {
    let of = &request.type_name;
    let (_, typed): (_, &TypedSchema) = offer.resource(of)?;
    let mut findings = Diagnostics::default();
    let identity = to_wire::identity(state, &Value::Null, typed, of, &mut findings);
    let identity = Some(identity.ok_or_else(|| messages::no_identity(of))?);
    let asked = request.include_resource_object;
    let resource_object = asked.then(|| to_wire::value(state, &typed.ty, "state", of, &mut findings));
    Ok(Event { identity, display_name, resource_object, diagnostic: to_wire::diagnostics(findings) })
}

fn told(finding: Diagnostic) -> Event {
    Event { diagnostic: to_wire::diagnostics(finding.into()), ..Event::default() }
}
