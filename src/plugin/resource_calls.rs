//! The calls that concern one resource: each reads its request, asks the resource, and writes the answer.
//!
//! Whatever goes wrong, what Terraform knew of a resource is in the answer.

use std::borrow::Cow;

use super::offer::{Offer, TypedSchema};
use super::proto::{
    DynamicValue, ResourceIdentityData, apply_resource_change, generate_resource_config, import_resource_state,
    move_resource_state, plan_resource_change, read_resource, upgrade_resource_identity, upgrade_resource_state,
    validate_resource_type_config,
};
use super::{fault::Fault, from_wire, json, messages, to_wire};
use crate::terraform::{
    Applied, Context, Diagnostic, Diagnostics, Imported, MoveSource, PlanRequest, Planned, Read, Resource, Value, plan,
};

pub fn validate(offer: &Offer, request: &validate_resource_type_config::Request) -> Result<Diagnostics, Diagnostic> {
    let (resource, typed) = offer.resource(&request.type_name)?;
    let config = from_wire::value(request.config.as_ref(), &typed.ty, "a configuration", &request.type_name)?;
    Ok(resource.validate(&config))
}

/// Terraform asks this of all stored state, of the present version too.
pub fn upgrade(
    offer: &Offer,
    request: &upgrade_resource_state::Request,
) -> Result<upgrade_resource_state::Response, Diagnostic> {
    let of = &request.type_name;
    let (resource, typed) = offer.resource(of)?;
    let raw = request.raw_state.as_ref();
    if raw.is_some_and(|raw| raw.json.is_empty() && !raw.flatmap.is_empty()) {
        return Err(messages::flat_state(of));
    }
    let Some(raw) = raw.filter(|raw| !raw.json.is_empty()) else {
        return Ok(upgrade_resource_state::Response { upgraded_state: Some(to_wire::null()), diagnostics: Vec::new() });
    };
    let unreadable = |fault| messages::unreadable("stored state", of, &fault);
    let stored = if request.version < typed.schema.version {
        let old = serde_json::from_slice(&raw.json).map_err(|error| unreadable(Fault::here(error.to_string())))?;
        Cow::Owned(resource.upgrade(request.version, old)?.to_string().into_bytes())
    } else {
        // State of a newer version is read as far as it is understood; Terraform itself warns of the version.
        Cow::Borrowed(&raw.json)
    };
    let state = json::decode(&stored, &typed.ty).map_err(unreadable)?;
    resource.stored(&state);
    let mut findings = Diagnostics::default();
    let upgraded_state = Some(to_wire::value(&state, &typed.ty, "state", of, &mut findings));
    Ok(upgrade_resource_state::Response { upgraded_state, diagnostics: to_wire::diagnostics(findings) })
}

pub async fn read(
    offer: &Offer,
    context: &Context,
    request: &read_resource::Request,
) -> Result<read_resource::Response, Diagnostic> {
    let of = &request.type_name;
    let (resource, typed) = offer.resource(of)?;
    let state = from_wire::value(request.current_state.as_ref(), &typed.ty, "state", of)?;
    if state.is_null() {
        return Ok(unread(request, Diagnostics::default()));
    }
    let known = from_wire::identity(request.current_identity.as_ref(), typed, of)?;
    let Read { state, private, mut diagnostics } = resource.read(context, state, request.private.clone()).await;
    let new_identity = state.as_ref().and_then(|state| to_wire::identity(state, &known, typed, of, &mut diagnostics));
    let new_state = match state {
        Some(state) => to_wire::value(&state, &typed.ty, "state", of, &mut diagnostics),
        // Gone is a strong word: with an error beside it nobody knows.
        None if diagnostics.has_errors() => return Ok(unread(request, diagnostics)),
        None => to_wire::null(),
    };
    let diagnostics = to_wire::diagnostics(diagnostics);
    Ok(read_resource::Response {
        new_state: Some(new_state),
        private,
        diagnostics,
        new_identity,
        ..read_resource::Response::default()
    })
}

/// The answer that leaves everything as it was.
pub fn unread(request: &read_resource::Request, findings: Diagnostics) -> read_resource::Response {
    read_resource::Response {
        new_state: request.current_state.clone(),
        new_identity: request.current_identity.clone(),
        private: request.private.clone(),
        diagnostics: to_wire::diagnostics(findings),
        ..read_resource::Response::default()
    }
}

pub async fn plan(
    offer: &Offer,
    context: &Context,
    request: &plan_resource_change::Request,
) -> Result<plan_resource_change::Response, Diagnostic> {
    let of = &request.type_name;
    let (resource, typed) = offer.resource(of)?;
    let prior = from_wire::value(request.prior_state.as_ref(), &typed.ty, "prior state", of)?;
    let proposed = from_wire::value(request.proposed_new_state.as_ref(), &typed.ty, "a proposed state", of)?;
    let known = from_wire::identity(request.prior_identity.as_ref(), typed, of)?;
    let planned = if proposed.is_null() {
        let diagnostics = if prior.is_null() {
            Diagnostics::default()
        } else {
            resource.plan_destroy(context, &prior, &request.prior_private).await
        };
        Planned { private: request.prior_private.clone(), diagnostics, ..Planned::default() }
    } else {
        let config = from_wire::value(request.config.as_ref(), &typed.ty, "a configuration", of)?;
        let prior = (!prior.is_null()).then_some(prior);
        let mut planned = plan::plan(&typed.schema.block, &config, prior.as_ref(), proposed);
        planned.private.clone_from(&request.prior_private);
        let request = PlanRequest { config: &config, prior: prior.as_ref() };
        resource.plan(context, request, &mut planned).await;
        planned
    };
    let Planned { value, requires_replace, private, mut diagnostics } = planned;
    let planned_state = to_wire::value(&value, &typed.ty, "a plan", of, &mut diagnostics);
    // What changes an id tells the new one when it is applied.
    let planned_identity = to_wire::identity(&value, &known, typed, of, &mut diagnostics);
    let planned_identity = planned_identity.or_else(|| request.prior_identity.clone());
    Ok(plan_resource_change::Response {
        planned_state: Some(planned_state),
        requires_replace: requires_replace.iter().map(to_wire::attribute_path).collect(),
        planned_private: private,
        planned_identity,
        diagnostics: to_wire::diagnostics(diagnostics),
        ..plan_resource_change::Response::default()
    })
}

pub async fn apply(
    offer: &Offer,
    context: &Context,
    request: &apply_resource_change::Request,
) -> Result<apply_resource_change::Response, Diagnostic> {
    let of = &request.type_name;
    let (resource, typed) = offer.resource(of)?;
    let prior = from_wire::value(request.prior_state.as_ref(), &typed.ty, "prior state", of)?;
    let planned = from_wire::value(request.planned_state.as_ref(), &typed.ty, "a plan", of)?;
    let known = from_wire::identity(request.planned_identity.as_ref(), typed, of)?;
    let applied = change(resource, context, prior, planned, request.planned_private.clone()).await;
    Ok(applied_answer(request, typed, &known, applied))
}

async fn change(resource: &dyn Resource, context: &Context, prior: Value, planned: Value, private: Vec<u8>) -> Applied {
    match (prior.is_null(), planned.is_null()) {
        (true, true) => Applied { private, ..Applied::default() },
        (true, false) => resource.create(context, planned, private).await,
        (false, true) => resource.delete(context, prior, private).await,
        (false, false) => resource.update(context, prior, planned, private).await,
    }
}

fn applied_answer(
    request: &apply_resource_change::Request,
    typed: &TypedSchema,
    known: &Value,
    applied: Applied,
) -> apply_resource_change::Response {
    let Applied { state, private, mut diagnostics } = applied;
    let failed = diagnostics.has_errors();
    let Some(mut state) = state else {
        // A failure that tells no state has not changed any. Only success makes a resource go.
        return if failed { unapplied(request, diagnostics) } else { gone(private, diagnostics) };
    };
    if failed {
        // What was planned as unknown may have stayed so, and Terraform takes no unknown after an apply.
        forget_unknowns(&mut state);
    }
    let new_state = Some(to_wire::value(&state, &typed.ty, "state", &request.type_name, &mut diagnostics));
    let new_identity = to_wire::identity(&state, known, typed, &request.type_name, &mut diagnostics);
    apply_resource_change::Response {
        new_state,
        new_identity,
        private,
        diagnostics: to_wire::diagnostics(diagnostics),
        ..apply_resource_change::Response::default()
    }
}

fn gone(private: Vec<u8>, findings: Diagnostics) -> apply_resource_change::Response {
    apply_resource_change::Response {
        new_state: Some(to_wire::null()),
        private,
        diagnostics: to_wire::diagnostics(findings),
        ..apply_resource_change::Response::default()
    }
}

/// The answer that leaves the state as it was before; on a create that is none.
pub fn unapplied(request: &apply_resource_change::Request, findings: Diagnostics) -> apply_resource_change::Response {
    let new_state = Some(request.prior_state.clone().unwrap_or_else(to_wire::null));
    apply_resource_change::Response {
        new_state,
        new_identity: request.planned_identity.clone(),
        private: request.planned_private.clone(),
        diagnostics: to_wire::diagnostics(findings),
        ..apply_resource_change::Response::default()
    }
}

/// Whether a request creates its resource.
pub fn creates(request: &apply_resource_change::Request) -> bool {
    let is_null = |sent: &DynamicValue| sent.msgpack == [0xc0] || sent.json == b"null";
    request.prior_state.as_ref().is_none_or(is_null)
}

fn forget_unknowns(value: &mut Value) {
    match value {
        Value::Unknown(_) => *value = Value::Null,
        Value::List(items) => items.iter_mut().for_each(forget_unknowns),
        Value::Object(fields) => fields.values_mut().for_each(forget_unknowns),
        Value::Dynamic(inner) => forget_unknowns(&mut inner.1),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

pub async fn import(
    offer: &Offer,
    context: &Context,
    request: &import_resource_state::Request,
) -> Result<import_resource_state::Response, Diagnostics> {
    let of = &request.type_name;
    let (resource, typed) = offer.resource(of)?;
    let named = from_wire::identity(request.identity.as_ref(), typed, of)?;
    let id = if named.is_null() { Cow::Borrowed(&request.id) } else { Cow::Owned(resource.import_id(&named)?) };
    let Imported { state, private, mut diagnostics } = resource.import(context, &id).await?;
    let identity = to_wire::identity(&state, &named, typed, of, &mut diagnostics);
    let state = Some(to_wire::value(&state, &typed.ty, "imported state", of, &mut diagnostics));
    let imported = import_resource_state::ImportedResource { type_name: of.clone(), state, private, identity };
    Ok(import_resource_state::Response {
        imported_resources: vec![imported],
        diagnostics: to_wire::diagnostics(diagnostics),
        ..import_resource_state::Response::default()
    })
}

/// Terraform asks this of a stored identity that is of an older version.
pub fn upgrade_identity(
    offer: &Offer,
    request: &upgrade_resource_identity::Request,
) -> Result<upgrade_resource_identity::Response, Diagnostic> {
    let of = &request.type_name;
    let (_, typed) = offer.resource(of)?;
    if typed.identity.is_none() {
        return Err(messages::no_identity(of));
    }
    let raw = request.raw_identity.as_ref().map(|raw| raw.json.as_slice()).unwrap_or_default();
    let identity = json::decode(raw, &typed.identity_ty);
    let identity = identity.map_err(|fault| messages::unreadable("a stored identity", of, &fault))?;
    let mut findings = Diagnostics::default();
    let identity_data = Some(to_wire::value(&identity, &typed.identity_ty, "an identity", of, &mut findings));
    Ok(upgrade_resource_identity::Response {
        upgraded_identity: Some(ResourceIdentityData { identity_data }),
        diagnostics: to_wire::diagnostics(findings),
    })
}

pub fn move_state(
    offer: &Offer,
    request: &move_resource_state::Request,
) -> Result<move_resource_state::Response, Diagnostics> {
    let of = &request.target_type_name;
    let (resource, typed) = offer.resource(of)?;
    let source = request.source_state.as_ref().map(|raw| raw.json.as_slice()).unwrap_or_default();
    let state = serde_json::from_slice(source).map_err(|error| {
        messages::unreadable("the state to move", &request.source_type_name, &Fault::here(error.to_string()))
    })?;
    let source = MoveSource {
        provider: &request.source_provider_address,
        type_name: &request.source_type_name,
        schema_version: request.source_schema_version,
        state,
    };
    let Imported { state, private, mut diagnostics } = resource.take_over(source)?;
    let target_identity = to_wire::identity(&state, &Value::Null, typed, of, &mut diagnostics);
    let target_state = Some(to_wire::value(&state, &typed.ty, "moved state", of, &mut diagnostics));
    Ok(move_resource_state::Response {
        target_state,
        target_identity,
        target_private: private,
        diagnostics: to_wire::diagnostics(diagnostics),
    })
}

/// The configuration that stands for a state; none for what was found without its state.
pub fn generate_config(
    offer: &Offer,
    request: &generate_resource_config::Request,
) -> Result<generate_resource_config::Response, Diagnostic> {
    let of = &request.type_name;
    let (resource, typed) = offer.resource(of)?;
    let state = from_wire::value(request.state.as_ref(), &typed.ty, "state", of)?;
    let config = if state.is_null() { Value::Null } else { resource.config_of(&state) };
    let mut findings = Diagnostics::default();
    let config = Some(to_wire::value(&config, &typed.ty, "a configuration", of, &mut findings));
    Ok(generate_resource_config::Response { config, diagnostics: to_wire::diagnostics(findings) })
}
