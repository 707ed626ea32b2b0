//! The calls that concern the provider as a whole, its data sources and its functions.

use super::fault::Fault;
use super::offer::Offer;
use super::proto::{
    self, ServerCapabilities, call_function, configure, get_functions, get_metadata, get_provider_schema,
    get_resource_identity_schemas, prepare_provider_config, read_data_source, validate_data_source_config,
};
use super::{from_wire, to_wire};
use crate::terraform::{Context, Diagnostic, Diagnostics, SourceRead};

const PROVIDER: &str = "the provider block";

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}

pub fn metadata(offer: &Offer) -> get_metadata::Response {
    let provider = &offer.provider;
    let resources = provider.resources().iter().map(|resource| resource.type_name().to_owned());
    let list_resources = provider.list_resources().iter().map(|list| list.type_name().to_owned());
    let data_sources = provider.data_sources().iter().map(|source| source.type_name().to_owned());
    let functions = provider.functions().iter().map(|function| function.name().to_owned());
    get_metadata::Response {
        server_capabilities: Some(capabilities()),
        resources: resources.map(|type_name| get_metadata::ResourceMetadata { type_name }).collect(),
        list_resources: list_resources.map(|type_name| get_metadata::ListResourceMetadata { type_name }).collect(),
        data_sources: data_sources.map(|type_name| get_metadata::DataSourceMetadata { type_name }).collect(),
        functions: functions.map(|name| get_metadata::FunctionMetadata { name }).collect(),
        ..get_metadata::Response::default()
    }
}

pub fn schema(offer: &Offer) -> Result<get_provider_schema::Response, Diagnostic> {
    let provider = &offer.provider;
    let mut response = get_provider_schema::Response {
        provider: Some(to_wire::provider_schema(&offer.config().schema)),
        functions: functions(offer).functions,
        server_capabilities: Some(capabilities()),
        ..get_provider_schema::Response::default()
    };
    for resource in provider.resources() {
        let (_, shape) = offer.resource(resource.type_name())?;
        response.resource_schemas.insert(resource.type_name().to_owned(), to_wire::schema(&shape.schema));
    }
    for list in provider.list_resources() {
        let (_, shape) = offer.list_resource(list.type_name())?;
        response.list_resource_schemas.insert(list.type_name().to_owned(), to_wire::list_schema(&shape.schema));
    }
    for source in provider.data_sources() {
        let (_, shape) = offer.data_source(source.type_name())?;
        response.data_source_schemas.insert(source.type_name().to_owned(), to_wire::schema(&shape.schema));
    }
    Ok(response)
}

pub fn identities(offer: &Offer) -> Result<get_resource_identity_schemas::Response, Diagnostic> {
    let mut response = get_resource_identity_schemas::Response::default();
    for resource in offer.provider.resources() {
        let (_, typed) = offer.resource(resource.type_name())?;
        if !typed.identity.is_none() {
            response.identity_schemas.insert(resource.type_name().to_owned(), to_wire::identity_schema(typed));
        }
    }
    Ok(response)
}

pub fn functions(offer: &Offer) -> get_functions::Response {
    let functions = offer.provider.functions().iter();
    let functions = functions.map(|function| (function.name().to_owned(), to_wire::function(&function.signature())));
    get_functions::Response { functions: functions.collect(), diagnostics: Vec::new() }
}

pub fn validate(offer: &Offer, request: &prepare_provider_config::Request) -> Result<Diagnostics, Diagnostic> {
    let config = from_wire::value(request.config.as_ref(), &offer.config().ty, "a configuration", PROVIDER)?;
    Ok(offer.provider.validate(&config))
}

pub async fn configure(
    offer: &Offer,
    context: &Context,
    request: &configure::Request,
) -> Result<Diagnostics, Diagnostic> {
    let config = from_wire::value(request.config.as_ref(), &offer.config().ty, "a configuration", PROVIDER)?;
    Ok(offer.provider.configure(context, &request.terraform_version, config).await)
}

pub fn validate_data_source(
    offer: &Offer,
    request: &validate_data_source_config::Request,
) -> Result<Diagnostics, Diagnostic> {
    let (source, shape) = offer.data_source(&request.type_name)?;
    let config = from_wire::value(request.config.as_ref(), &shape.ty, "a configuration", &request.type_name)?;
    Ok(source.validate(&config))
}

pub async fn read_data_source(
    offer: &Offer,
    context: &Context,
    request: &read_data_source::Request,
) -> Result<read_data_source::Response, Diagnostic> {
    let of = &request.type_name;
    let (source, shape) = offer.data_source(of)?;
    let config = from_wire::value(request.config.as_ref(), &shape.ty, "a configuration", of)?;
    let SourceRead { state, mut diagnostics } = source.read(context, config).await;
    let state = match state {
        Some(state) => to_wire::value(&state, &shape.ty, "a result", of, &mut diagnostics),
        None => to_wire::null(),
    };
    let diagnostics = to_wire::diagnostics(diagnostics);
    Ok(read_data_source::Response { state: Some(state), diagnostics, deferred: None })
}

pub fn call(offer: &Offer, request: &call_function::Request) -> Result<proto::DynamicValue, proto::FunctionError> {
    let name = &request.name;
    let function = offer.function(name).ok_or_else(|| {
        to_wire::function_error(format!("This version of the provider has no function \"{name}\"."), None)
    })?;
    let signature = function.signature();
    let (wanted, given) = (signature.parameters.len(), request.arguments.len());
    if wanted != given {
        return Err(to_wire::function_error(format!("{name} takes {wanted} arguments, {given} were given."), None));
    }
    let arguments = signature.parameters.iter().zip(&request.arguments).enumerate();
    let arguments = arguments.map(|(position, (parameter, sent))| {
        let refused = |fault: Fault| {
            to_wire::function_error(format!("{} of {name} cannot be used: {fault}.", parameter.name), Some(position))
        };
        let value = from_wire::read(Some(sent), &parameter.ty).map_err(refused)?;
        // Terraform sends neither, for no parameter allows them; another host might.
        match () {
            () if value.is_null() => Err(refused(Fault::here("it is null"))),
            () if !value.is_wholly_known() => Err(refused(Fault::here("it is not known yet"))),
            () => Ok(value),
        }
    });
    let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
    let result = function.call(&arguments).map_err(|error| to_wire::function_error(error.message, error.argument))?;
    let mut findings = Diagnostics::default();
    let sent = to_wire::value(&result, &signature.returns, "a result", name, &mut findings);
    match findings.0.into_iter().next() {
        Some(finding) => Err(to_wire::function_error(finding.detail, None)),
        None => Ok(sent),
    }
}
