//! What is there already: identities, moved state, searches, and the configuration that stands for a state.

use expect_test::expect;
use futures_util::StreamExt;
use tonic::Request;

use super::{got, mood, object, sent, service, x_moody};
use crate::plugin::proto::provider_server::Provider;
use crate::plugin::proto::{
    DynamicValue, RawState, ResourceIdentityData, apply_resource_change, generate_resource_config,
    import_resource_state, list_resource, move_resource_state, plan_resource_change, read_resource,
    upgrade_resource_identity,
};
use crate::plugin::{from_wire, msgpack, to_wire};
use crate::terraform::{Type, Value};

fn identity(id: &str) -> Option<ResourceIdentityData> {
    let value = Value::Object([("id".to_owned(), Value::from(id))].into());
    let ty = Type::object([("id", Type::String)]);
    let identity_data = Some(DynamicValue { msgpack: msgpack::encode(&value, &ty).bytes, json: Vec::new() });
    Some(ResourceIdentityData { identity_data })
}

/// The id that an identity names; "none" where there is none.
fn named(sent: Option<&ResourceIdentityData>) -> String {
    let Some(sent) = sent else { return "none".to_owned() };
    let identity = from_wire::read(sent.identity_data.as_ref(), &Type::object([("id", Type::String)])).unwrap();
    identity.get("id").as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_answer_tells_the_identity_that_its_state_has() {
    let mut told = String::new();
    for (name, known) in [("fine", "I"), ("fine", "other"), ("gone", "i"), ("failed", "i"), ("panic", "i")] {
        let request = read_resource::Request {
            type_name: x_moody(),
            current_state: sent(&object(name, "i".into())),
            current_identity: identity(known),
            ..read_resource::Request::default()
        };
        let answer = service().read_resource(Request::new(request)).await.unwrap().into_inner();
        told += &format!("read {name} known as {known}: {}\n", named(answer.new_identity.as_ref()));
    }
    for (what, prior, proposed) in [
        ("create", Value::Null, object("a", Value::unknown())),
        ("update", object("a", "i".into()), object("a", "i".into())),
        ("another id", object("a", "i".into()), object("b", Value::unknown())),
        ("destroy", object("a", "i".into()), Value::Null),
        ("panic", object("a", "i".into()), object("panic", "i".into())),
    ] {
        let request = plan_resource_change::Request {
            type_name: x_moody(),
            prior_identity: if prior.is_null() { None } else { identity("i") },
            prior_state: sent(&prior),
            proposed_new_state: sent(&proposed),
            config: sent(&proposed),
            ..plan_resource_change::Request::default()
        };
        let answer = service().plan_resource_change(Request::new(request)).await.unwrap().into_inner();
        told += &format!("plan of {what}: {}\n", named(answer.planned_identity.as_ref()));
    }
    for (what, prior, planned) in [
        ("create", Value::Null, object("fine", Value::unknown())),
        ("half a create", Value::Null, object("half", Value::unknown())),
        ("failed update", object("a", "i".into()), object("failed", "i".into())),
        ("delete", object("a", "i".into()), Value::Null),
        ("failed delete", object("failed", "i".into()), Value::Null),
    ] {
        let request = apply_resource_change::Request {
            type_name: x_moody(),
            planned_identity: if prior.is_null() { None } else { identity("i") },
            prior_state: sent(&prior),
            planned_state: sent(&planned),
            ..apply_resource_change::Request::default()
        };
        let answer = service().apply_resource_change(Request::new(request)).await.unwrap().into_inner();
        told += &format!("{what}: {}\n", named(answer.new_identity.as_ref()));
    }
    let request =
        import_resource_state::Request { type_name: x_moody(), identity: identity("i"), ..Default::default() };
    let answer = service().import_resource_state(Request::new(request)).await.unwrap().into_inner();
    told += &format!("import: {}\n", named(answer.imported_resources[0].identity.as_ref()));
    for (version, json) in [(0, r#"{"id":"i","gone":1}"#), (9, r#"{"id":"i"}"#), (0, "{")] {
        let raw_identity = Some(RawState { json: json.as_bytes().to_vec(), ..RawState::default() });
        let request = upgrade_resource_identity::Request { type_name: x_moody(), version, raw_identity };
        let answer = service().upgrade_resource_identity(Request::new(request)).await.unwrap().into_inner();
        let finding = answer.diagnostics.first().map(|finding| finding.summary.clone());
        told +=
            &format!("upgrade of {json}: {}\n", finding.unwrap_or_else(|| named(answer.upgraded_identity.as_ref())));
    }
    expect![[r#"
        read fine known as I: I
        read fine known as other: i
        read gone known as i: none
        read failed known as i: i
        read panic known as i: i
        plan of create: none
        plan of update: i
        plan of another id: i
        plan of destroy: i
        plan of panic: i
        create: é
        half a create: none
        failed update: i
        delete: none
        failed delete: i
        import: by-identity-i
        upgrade of {"id":"i","gone":1}: i
        upgrade of {"id":"i"}: i
        upgrade of {: Value not understood
    "#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn state_moves_or_the_reason_is_told() {
    let mut told = String::new();
    for (source, json) in [("y_thing", r#"{"called":"it"}"#), ("y_other", "{}"), ("y_panic", "{}"), ("y_thing", "{")] {
        let request = move_resource_state::Request {
            source_provider_address: "registry.example/y/y".to_owned(),
            source_type_name: source.to_owned(),
            source_state: Some(RawState { json: json.as_bytes().to_vec(), ..RawState::default() }),
            target_type_name: x_moody(),
            ..move_resource_state::Request::default()
        };
        let answer = service().move_resource_state(Request::new(request)).await.unwrap().into_inner();
        let findings: Vec<_> = answer.diagnostics.iter().map(|finding| finding.summary.as_str()).collect();
        let name = answer.target_state.map(|state| mood(&got(Some(&state))).to_owned());
        let identity = named(answer.target_identity.as_ref());
        told += &format!("{source} {json}: {name:?} known as {identity}, told {findings:?}\n");
    }
    expect![[r#"
        y_thing {"called":"it"}: Some("it") known as registry.example/y/y, told []
        y_other {}: None known as none, told ["Not offered"]
        y_panic {}: None known as none, told ["Provider bug"]
        y_thing {: None known as none, told ["Value not understood"]
    "#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn a_configuration_stands_for_a_state() {
    let request = generate_resource_config::Request { type_name: x_moody(), state: sent(&object("a", "i".into())) };
    let answer = service().generate_resource_config(Request::new(request)).await.unwrap().into_inner();
    let config = got(answer.config.as_ref());
    assert_eq!((mood(&config), config.get("flag").as_bool(), config.get("id")), ("a", Some(true), &Value::Null));
    // What was found without its state has none.
    let request = generate_resource_config::Request { type_name: x_moody(), state: Some(to_wire::null()) };
    let answer = service().generate_resource_config(Request::new(request)).await.unwrap().into_inner();
    assert!(got(answer.config.as_ref()).is_null() && answer.diagnostics.is_empty());
}

#[tokio::test]
async fn a_search_streams_up_to_its_limit() {
    let mut told = String::new();
    for (name, limit, include) in
        [("3", 2, true), ("2", 2, false), ("1", 100, false), ("0", 0, false), ("panic", 1, false), ("x", 1, false)]
    {
        let config = Value::Object([("name".to_owned(), Value::from(name))].into());
        let ty = Type::object([("name", Type::String)]);
        let config = DynamicValue { msgpack: msgpack::encode(&config, &ty).bytes, json: Vec::new() };
        let request = list_resource::Request {
            type_name: x_moody(),
            config: Some(config),
            include_resource_object: include,
            limit,
        };
        let answer = service().list_resource(Request::new(request)).await.unwrap().into_inner();
        told += &format!("{name} up to {limit}:\n");
        for event in answer.collect::<Vec<_>>().await {
            let event = event.unwrap();
            let findings: Vec<_> = event.diagnostic.iter().map(|finding| finding.summary.as_str()).collect();
            let object = event.resource_object.map(|state| mood(&got(Some(&state))).to_owned());
            let identity = named(event.identity.as_ref());
            told += &format!("  {:?} known as {identity}, object {object:?}, told {findings:?}\n", event.display_name);
        }
    }
    expect![[r#"
        3 up to 2:
          "" known as none, object None, told ["Beware"]
          "number 0" known as i0, object Some("listed"), told []
          "number 1" known as i1, object Some("listed"), told []
        2 up to 2:
          "" known as none, object None, told ["Beware"]
          "number 0" known as i0, object None, told []
          "number 1" known as i1, object None, told []
        1 up to 100:
          "" known as none, object None, told ["Beware"]
          "number 0" known as i0, object None, told []
          "" known as none, object None, told ["Provider bug"]
        0 up to 0:
          "" known as none, object None, told ["Beware"]
          "" known as none, object None, told ["Provider bug"]
        panic up to 1:
          "" known as none, object None, told ["Provider bug"]
        x up to 1:
          "" known as none, object None, told ["Provider bug"]
    "#]]
    .assert_eq(&told);
}
