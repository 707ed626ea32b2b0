//! Any call with any values to the whole service, as a host makes it: it answers, keeps what Terraform knew when it
//! fails, and plans what Terraform accepts.
#![no_main]

use std::sync::LazyLock;

use defender_fuzz::{Feed, Offered, known};
use libfuzzer_sys::fuzz_target;
use prost::Message;
use terraform_provider_defender::plugin::fuzz::{decode, encode, service};
use terraform_provider_defender::plugin::proto::provider_server::Provider;
use terraform_provider_defender::plugin::proto::{
    Diagnostic, DynamicValue, RawState, apply_resource_change, call_function, configure, generate_resource_config,
    import_resource_state, move_resource_state, plan_resource_change, prepare_provider_config, read_data_source,
    read_resource, upgrade_resource_identity, upgrade_resource_state, validate_data_source_config,
    validate_list_resource_config, validate_resource_type_config,
};
use terraform_provider_defender::terraform::{Mode, Provider as _, Type, Value};
use tokio::runtime::{Builder, Runtime};
use tonic::{Request, Response, Status};

static OFFERED: LazyLock<Offered> = LazyLock::new(Offered::new);

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
}

fn answered<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(call)).expect("no transport error").into_inner()
}

fn failed(findings: &[Diagnostic]) -> bool {
    for finding in findings {
        assert!(!finding.summary.is_empty());
    }
    findings.iter().any(|finding| finding.severity == 1)
}

fn sent(value: &Value, ty: &Type) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: encode(value, ty).0, json: Vec::new() })
}

fuzz_target!(|bytes: &[u8]| {
    let mut feed = Feed::new(bytes);
    match feed.byte() % 18 {
        // As protobuf has it, field by field.
        0..=4 => raw(feed.byte(), feed.rest()),
        5..=8 => plan(&mut feed),
        9 | 10 => read(&mut feed),
        11 | 12 => apply(&mut feed),
        13 => import(&mut feed),
        14 => sources_and_functions(&mut feed),
        15 | 16 => move_here(&mut feed),
        _ => validate(&mut feed),
    }
});

/// What only must not panic: the guard that makes findings of panics is not in force under libFuzzer.
fn raw(call: u8, bytes: &[u8]) {
    let service = service(OFFERED.provider.clone());
    macro_rules! call {
        ($method:ident, $message:ident) => {
            if let Ok(request) = $message::Request::decode(bytes) {
                drop(answered(service.$method(Request::new(request))));
            }
        };
    }
    match call % 14 {
        0 => call!(plan_resource_change, plan_resource_change),
        1 => call!(read_resource, read_resource),
        2 => call!(apply_resource_change, apply_resource_change),
        3 => call!(import_resource_state, import_resource_state),
        4 => call!(upgrade_resource_state, upgrade_resource_state),
        5 => call!(validate_resource_type_config, validate_resource_type_config),
        6 => call!(validate_data_source_config, validate_data_source_config),
        7 => call!(read_data_source, read_data_source),
        8 => call!(call_function, call_function),
        9 => call!(move_resource_state, move_resource_state),
        10 => call!(generate_resource_config, generate_resource_config),
        11 => call!(upgrade_resource_identity, upgrade_resource_identity),
        12 => call!(validate_list_resource_config, validate_list_resource_config),
        _ => call!(prepare_provider_config, prepare_provider_config),
    }
}

/// What Terraform proposes: the configuration, and the prior state where that has nothing to say and the attribute is
/// computed.
fn propose(config: &Value, prior: &Value, computed: &dyn Fn(&str) -> bool) -> Value {
    let Some(fields) = config.as_object() else { return config.clone() };
    let merged = fields.iter().map(|(name, value)| {
        let kept = value.is_null() && computed(name);
        (name.clone(), if kept { prior.get(name).clone() } else { value.clone() })
    });
    Value::Object(merged.collect())
}

fn plan(feed: &mut Feed<'_>) {
    let at = feed.below(OFFERED.resources.len());
    let (type_name, ty) = &OFFERED.resources[at];
    let block = OFFERED.provider.resources()[at].schema().block;
    let (mut config, prior) = match feed.below(4) {
        0 => (feed.object(ty), Value::Null),
        1 => (Value::Null, known(feed.object(ty))),
        _ => (feed.object(ty), known(feed.object(ty))),
    };
    // Terraform lets nobody configure what is computed alone.
    for attribute in block.attributes.iter().filter(|attribute| attribute.mode == Mode::Computed) {
        config.set(&attribute.name, Value::Null);
    }
    let computed = |name: &str| block.attribute(name).is_some_and(|attribute| attribute.is_computed());
    let proposed = propose(&config, &prior, &computed);
    let length = feed.below(80);
    let request = plan_resource_change::Request {
        type_name: type_name.clone(),
        prior_state: sent(&prior, ty),
        proposed_new_state: sent(&proposed, ty),
        config: sent(&config, ty),
        prior_private: feed.bytes(length).to_vec(),
        ..plan_resource_change::Request::default()
    };
    let answer = answered(service(OFFERED.provider.clone()).plan_resource_change(Request::new(request)));
    let planned = answer.planned_state.expect("a planned state");
    let planned = decode(&planned.msgpack, ty).expect("a plan that can be read");
    if failed(&answer.diagnostics) {
        return;
    }
    assert_eq!(planned.is_null(), config.is_null());
    let (config, prior) = (written(&config, ty), written(&prior, ty));
    for attribute in block.attributes.iter().filter(|_| config.is_known()) {
        let name = attribute.name.as_str();
        let (wanted, plan, was) = (config.get(name), planned.get(name), prior.get(name));
        // Terraform's rule: what is configured is planned as configured, or as it was where that is the same thing.
        if !wanted.is_null() {
            assert!(plan == wanted || plan == was, "{type_name}.{name}: {wanted:?} planned as {plan:?}, was {was:?}");
        } else if attribute.mode == Mode::Optional && attribute.default.is_none() {
            assert!(plan.is_null(), "{type_name}.{name}: planned as {plan:?} without a configuration");
        }
    }
}

/// The value as it arrives.
fn written(value: &Value, ty: &Type) -> Value {
    decode(&encode(value, ty).0, ty).expect("a value that can be read")
}

fn read(feed: &mut Feed<'_>) {
    let (type_name, ty) = &OFFERED.resources[feed.below(OFFERED.resources.len())];
    let state = if feed.below(8) == 0 { Value::Null } else { known(feed.object(ty)) };
    let length = feed.below(80);
    let request = read_resource::Request {
        type_name: type_name.clone(),
        current_state: sent(&state, ty),
        private: feed.bytes(length).to_vec(),
        ..read_resource::Request::default()
    };
    let kept = request.clone();
    let answer = answered(service(OFFERED.provider.clone()).read_resource(Request::new(request)));
    // Nobody was asked, so nothing can have changed or gone.
    assert_eq!(answer.new_state, kept.current_state);
    assert_eq!(answer.private, kept.private);
}

fn apply(feed: &mut Feed<'_>) {
    let (type_name, ty) = &OFFERED.resources[feed.below(OFFERED.resources.len())];
    let (prior, planned) = match feed.below(4) {
        0 => (Value::Null, feed.object(ty)),
        1 => (known(feed.object(ty)), Value::Null),
        _ => (known(feed.object(ty)), feed.object(ty)),
    };
    let length = feed.below(80);
    let request = apply_resource_change::Request {
        type_name: type_name.clone(),
        prior_state: sent(&prior, ty),
        planned_state: sent(&planned, ty),
        config: sent(&planned, ty),
        planned_private: feed.bytes(length).to_vec(),
        ..apply_resource_change::Request::default()
    };
    let kept = request.clone();
    let answer = answered(service(OFFERED.provider.clone()).apply_resource_change(Request::new(request)));
    if failed(&answer.diagnostics) {
        assert_eq!(answer.new_state, kept.prior_state, "{:?}", answer.diagnostics);
    } else {
        // Without a client only an update passes, of what the service does not keep, and the end of what has nothing to
        // give back there.
        let gives_back =
            !["defender_incident_rule_suppression", "defender_table_retention"].contains(&type_name.as_str());
        let passes = !prior.is_null() && !(planned.is_null() && gives_back);
        assert!(passes, "{type_name} was applied without a client");
        assert_eq!(answer.new_state, kept.planned_state);
    }
}

fn import(feed: &mut Feed<'_>) {
    let (type_name, _) = &OFFERED.resources[feed.below(OFFERED.resources.len())];
    let id = if feed.below(2) == 0 { feed.text() } else { String::from_utf8_lossy(feed.rest()).into_owned() };
    let request = import_resource_state::Request { type_name: type_name.clone(), id, ..Default::default() };
    let answer = answered(service(OFFERED.provider.clone()).import_resource_state(Request::new(request)));
    assert!(failed(&answer.diagnostics) && answer.imported_resources.is_empty());
}

/// State of another provider, of which nothing is known: what is made of it can be read again and stands for a configuration.
fn move_here(feed: &mut Feed<'_>) {
    let (type_name, ty) = &OFFERED.resources[feed.below(OFFERED.resources.len())];
    let azurerm = [
        "azurerm_sentinel_data_connector_microsoft_threat_protection",
        "azurerm_sentinel_data_connector_microsoft_cloud_app_security",
        "azurerm_sentinel_data_connector_microsoft_threat_intelligence",
        "azurerm_sentinel_alert_rule_ms_security_incident",
        "azurerm_sentinel_log_analytics_workspace_onboarding",
        "azurerm_log_analytics_workspace_table",
    ];
    let (provider, source) = match feed.below(azurerm.len() + 2) {
        at if at < azurerm.len() => ("registry.terraform.io/hashicorp/azurerm", azurerm[at]),
        _ => ("registry.terraform.io/azure/azapi", "azapi_resource"),
    };
    let source_schema_version = i64::from(feed.byte() % 4);
    let request = move_resource_state::Request {
        source_provider_address: provider.to_owned(),
        source_type_name: source.to_owned(),
        source_schema_version,
        source_state: Some(RawState { json: feed.rest().to_vec(), ..RawState::default() }),
        target_type_name: type_name.clone(),
        ..move_resource_state::Request::default()
    };
    let answer = answered(service(OFFERED.provider.clone()).move_resource_state(Request::new(request)));
    assert!(failed(&answer.diagnostics) != answer.target_state.is_some(), "{:?}", answer.diagnostics);
    let Some(state) = answer.target_state else { return };
    assert!(decode(&state.msgpack, ty).expect("state that can be read").is_wholly_known());
    let request = generate_resource_config::Request { type_name: type_name.clone(), state: Some(state) };
    let answer = answered(service(OFFERED.provider.clone()).generate_resource_config(Request::new(request)));
    assert!(answer.diagnostics.is_empty() && answer.config.is_some(), "{:?}", answer.diagnostics);
}

fn sources_and_functions(feed: &mut Feed<'_>) {
    let service = service(OFFERED.provider.clone());
    if feed.below(2) == 0 {
        let (type_name, ty) = &OFFERED.data_sources[feed.below(OFFERED.data_sources.len())];
        let config = sent(&feed.object(ty), ty);
        let validated = validate_data_source_config::Request { type_name: type_name.clone(), config: config.clone() };
        drop(answered(service.validate_data_source_config(Request::new(validated))));
        let request = read_data_source::Request { type_name: type_name.clone(), config, ..Default::default() };
        drop(answered(service.read_data_source(Request::new(request))));
        return;
    }
    let name = OFFERED.functions[feed.below(OFFERED.functions.len())].clone();
    let arguments = (0..feed.below(4)).map(|_| {
        let ty = if feed.below(4) == 0 { feed.ty(0) } else { Type::String };
        sent(&feed.value(&ty, 0), &ty).expect("a value")
    });
    let request = call_function::Request { name, arguments: arguments.collect() };
    let answer = answered(service.call_function(Request::new(request)));
    assert!(answer.result.is_some() != answer.error.is_some());
}

fn validate(feed: &mut Feed<'_>) {
    let service = service(OFFERED.provider.clone());
    if feed.below(2) == 0 {
        let (type_name, ty) = &OFFERED.resources[feed.below(OFFERED.resources.len())];
        let config = sent(&feed.object(ty), ty);
        let request =
            validate_resource_type_config::Request { type_name: type_name.clone(), config, ..Default::default() };
        drop(answered(service.validate_resource_type_config(Request::new(request))));
        return;
    }
    let mut config = feed.object(&OFFERED.config);
    let request = prepare_provider_config::Request { config: sent(&config, &OFFERED.config) };
    let found = answered(service.prepare_provider_config(Request::new(request)));
    if failed(&found.diagnostics) {
        // What does not validate is not configured either; with an unknown no client is made.
        config.set("tenant_id", Value::unknown());
        let config = sent(&config, &OFFERED.config);
        let request = configure::Request { config, terraform_version: feed.text(), ..Default::default() };
        drop(answered(service.configure(Request::new(request))));
    }
}
