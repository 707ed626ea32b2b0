//! Calls against a resource that fails in every way; what is asked is always: what does Terraform keep?
#![allow(clippy::unwrap_used, clippy::expect_used)]

use async_trait::async_trait;
use expect_test::expect;
use futures_util::stream;

use super::*;
use crate::plugin::proto::{DynamicValue, RawState};
use crate::plugin::{from_wire, msgpack};
use crate::terraform::{
    Applied, ArgumentError, Attribute, Block, DataSource, Function, Identity, IdentityAttribute, Imported,
    ListResource, Listed, MoveSource, Parameter, PlanRequest, Planned, Private, Read, Refinement, Resource, Schema,
    Signature, SourceRead, Type, Value,
};

/// Does what its `name` says.
struct Moody;

fn block() -> Block {
    Block::new(
        "",
        vec![
            Attribute::required("name", Type::String, "").replaces(),
            Attribute::optional("flag", Type::Bool, "").default(true),
            Attribute::computed("id", Type::String, "").stable(),
        ],
    )
}

fn mood(value: &Value) -> &str {
    value.get("name").as_str().unwrap_or_default()
}

#[async_trait]
impl Resource for Moody {
    fn type_name(&self) -> &str {
        "x_moody"
    }
    fn schema(&self) -> Schema {
        Schema { version: 2, block: block() }
    }
    fn identity(&self) -> Identity {
        Identity { version: 1, attributes: vec![IdentityAttribute { name: "id", optional: false, description: "" }] }
    }
    fn import_id(&self, identity: &Value) -> Result<String, Diagnostic> {
        Ok(format!("by-identity-{}", identity.get("id").as_str().unwrap_or_default()))
    }
    fn take_over(&self, source: MoveSource<'_>) -> Result<Imported, Diagnostics> {
        match source.type_name {
            "y_thing" => Ok(Imported {
                state: object(source.state["called"].as_str().unwrap_or("nameless"), source.provider.into()),
                private: b"moved".to_vec(),
                ..Imported::default()
            }),
            "y_panic" => panic!("in a bad mood"),
            _ => Err(Diagnostic::error("Not offered", source.type_name).into()),
        }
    }
    async fn plan(&self, _context: &Context, _request: PlanRequest<'_>, planned: &mut Planned) {
        assert_ne!(mood(&planned.value), "panic");
        if planned.value.get("id").is_unknown() {
            let known = Refinement { null: Some(false), ..Refinement::default() };
            planned.value.set("id", Value::Unknown(known));
        }
    }
    async fn plan_destroy(&self, _context: &Context, prior: &Value, _private: &Private) -> Diagnostics {
        Diagnostic::warning("Going", mood(prior)).into()
    }
    async fn read(&self, _context: &Context, state: Value, private: Private) -> Read {
        let failed = || Diagnostics::from(Diagnostic::error("Failed", "").at("name"));
        match mood(&state) {
            "panic" => panic!("in a bad mood"),
            "gone" => Read::default(),
            "failed" => Read { diagnostics: failed(), ..Read::default() },
            "extra" => {
                let mut state = state;
                state.set("surplus", true);
                state.set("flag", "yes");
                Read { state: Some(state), private, ..Read::default() }
            }
            _ => Read { state: Some(state), private, ..Read::default() },
        }
    }
    async fn create(&self, context: &Context, planned: Value, _private: Private) -> Applied {
        let diagnostics = Diagnostics::from(Diagnostic::error("Failed", ""));
        match mood(&planned) {
            "panic" => panic!("in a bad mood"),
            "failed" => Applied { diagnostics, ..Applied::default() },
            "half" => Applied { state: Some(planned), private: b"half".to_vec(), diagnostics },
            "stopped" => {
                context.stop.cancelled().await;
                Applied { state: Some(planned), private: b"stopped".to_vec(), diagnostics }
            }
            _ => {
                let mut state = planned;
                state.set("id", "e\u{301}");
                Applied { state: Some(state), private: b"done".to_vec(), ..Applied::default() }
            }
        }
    }
    async fn update(&self, context: &Context, _prior: Value, planned: Value, private: Private) -> Applied {
        self.create(context, planned, private).await
    }
    async fn delete(&self, _context: &Context, prior: Value, _private: Private) -> Applied {
        match mood(&prior) {
            "failed" => Applied { diagnostics: Diagnostic::error("Failed", "").into(), ..Applied::default() },
            _ => Applied::default(),
        }
    }
    async fn import(&self, _context: &Context, id: &str) -> Result<Imported, Diagnostics> {
        match id {
            "absent" => Err(Diagnostic::error("Not found", id).into()),
            _ => Ok(Imported {
                state: Value::Object([("id".to_owned(), Value::from(id))].into()),
                ..Imported::default()
            }),
        }
    }
    fn upgrade(&self, version: i64, mut state: serde_json::Value) -> Result<serde_json::Value, Diagnostic> {
        state["name"] = format!("from {version}").into();
        Ok(state)
    }
}

/// Finds what its `name` says: so many objects, a warning first, a panic last.
struct Finder;

impl ListResource for Finder {
    fn type_name(&self) -> &str {
        "x_moody"
    }
    fn schema(&self) -> Schema {
        Schema { version: 0, block: Block::new("", vec![Attribute::optional("name", Type::String, "")]) }
    }
    fn validate(&self, config: &Value) -> Diagnostics {
        if mood(config) == "wrong" { Diagnostic::error("Wrong", "").at("name").into() } else { Diagnostics::default() }
    }
    fn list(&self, _context: &Context, config: Value) -> stream::BoxStream<'static, Listed> {
        assert_ne!(mood(&config), "panic");
        let count: u32 = mood(&config).parse().unwrap();
        let found = (0..count).map(|number| Listed::Found {
            display_name: format!("number {number}"),
            state: object("listed", format!("i{number}").into()),
        });
        let first = [Listed::Told(Diagnostic::warning("Beware", ""))];
        let last = stream::once(async { panic!("in a bad mood") });
        stream::iter(first.into_iter().chain(found)).chain(last).boxed()
    }
}

struct Double;

impl Function for Double {
    fn name(&self) -> &str {
        "double"
    }
    fn signature(&self) -> Signature {
        let parameter = Parameter { name: "text", ty: Type::String, description: String::new() };
        Signature {
            summary: String::new(),
            description: String::new(),
            parameters: vec![parameter],
            returns: Type::String,
        }
    }
    fn call(&self, arguments: &[Value]) -> Result<Value, ArgumentError> {
        match arguments[0].as_str().unwrap() {
            "panic" => panic!("in a bad mood"),
            "no" => Err(ArgumentError { argument: Some(0), message: "is no".to_owned() }),
            text => Ok(text.repeat(2).into()),
        }
    }
}

struct Mirror;

#[async_trait]
impl DataSource for Mirror {
    fn type_name(&self) -> &str {
        "x_mirror"
    }
    fn schema(&self) -> Schema {
        Schema { version: 0, block: block() }
    }
    async fn read(&self, _context: &Context, config: Value) -> SourceRead {
        assert_ne!(mood(&config), "panic");
        SourceRead { state: Some(config), ..SourceRead::default() }
    }
}

struct All(Vec<Arc<dyn Resource>>, Vec<Arc<dyn ListResource>>, Vec<Arc<dyn DataSource>>, Vec<Arc<dyn Function>>);

#[async_trait]
impl terraform::Provider for All {
    fn schema(&self) -> Schema {
        Schema::default()
    }
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::default()
    }
    async fn configure(&self, _context: &Context, _terraform_version: &str, _config: Value) -> Diagnostics {
        panic!("not today")
    }
    fn resources(&self) -> &[Arc<dyn Resource>] {
        &self.0
    }
    fn list_resources(&self) -> &[Arc<dyn ListResource>] {
        &self.1
    }
    fn data_sources(&self) -> &[Arc<dyn DataSource>] {
        &self.2
    }
    fn functions(&self) -> &[Arc<dyn Function>] {
        &self.3
    }
}

fn service() -> Service {
    let all = All(vec![Arc::new(Moody)], vec![Arc::new(Finder)], vec![Arc::new(Mirror)], vec![Arc::new(Double)]);
    Service::new(Arc::new(all), Arc::new(Lifetime::of_one_host()))
}

fn object(name: &str, id: Value) -> Value {
    let fields = [("name", Value::from(name)), ("flag", Value::from(true)), ("id", id)];
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).into())
}

fn sent(value: &Value) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: msgpack::encode(value, &block().value_type()).bytes, json: Vec::new() })
}

fn got(value: Option<&DynamicValue>) -> Value {
    from_wire::read(value, &block().value_type()).unwrap()
}

fn x_moody() -> String {
    "x_moody".to_owned()
}

/// What an apply leaves: name, id, private, and the summaries of its findings.
async fn apply(prior: Value, planned: Value) -> String {
    let request = apply_resource_change::Request {
        type_name: x_moody(),
        prior_state: sent(&prior),
        planned_state: sent(&planned),
        planned_private: b"planned".to_vec(),
        ..apply_resource_change::Request::default()
    };
    let answer = service().apply_resource_change(Request::new(request)).await.unwrap().into_inner();
    let state = got(answer.new_state.as_ref());
    let state =
        if state.is_null() { "null".to_owned() } else { format!("{} {:?}", mood(&state), state.get("id").as_str()) };
    let told: Vec<_> = answer.diagnostics.iter().map(|finding| finding.summary.as_str()).collect();
    format!("{state}, private {:?}, told {told:?}\n", String::from_utf8_lossy(&answer.private))
}

#[tokio::test]
async fn an_apply_always_leaves_the_state_known_so_far() {
    let prior = |name| object(name, "old".into());
    let planned = |name| object(name, Value::unknown());
    let mut told = String::new();
    for name in ["fine", "half", "failed", "panic"] {
        told += &format!("create {name}: {}", apply(Value::Null, planned(name)).await);
        told += &format!("update {name}: {}", apply(prior("before"), planned(name)).await);
    }
    for name in ["fine", "failed"] {
        told += &format!("delete {name}: {}", apply(prior(name), Value::Null).await);
    }
    expect![[r#"
        create fine: fine Some("é"), private "done", told []
        update fine: fine Some("é"), private "done", told []
        create half: half None, private "half", told ["Failed"]
        update half: half None, private "half", told ["Failed"]
        create failed: null, private "planned", told ["Failed"]
        update failed: before Some("old"), private "planned", told ["Failed"]
        create panic: null, private "planned", told ["Provider bug"]
        update panic: before Some("old"), private "planned", told ["Provider bug"]
        delete fine: null, private "", told []
        delete failed: failed Some("old"), private "planned", told ["Failed"]
    "#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn a_plan_that_cannot_be_read_leaves_the_prior_state() {
    let request = apply_resource_change::Request {
        type_name: x_moody(),
        prior_state: sent(&object("a", "old".into())),
        planned_state: Some(DynamicValue { msgpack: b"\x05".to_vec(), json: Vec::new() }),
        ..apply_resource_change::Request::default()
    };
    let answer = service().apply_resource_change(Request::new(request.clone())).await.unwrap().into_inner();
    assert_eq!(answer.new_state, request.prior_state);
    assert_eq!(answer.diagnostics[0].summary, "Value not understood");
}

#[tokio::test]
async fn stop_ends_a_running_create_with_its_state() {
    let service = service();
    let request = apply_resource_change::Request {
        type_name: x_moody(),
        prior_state: Some(to_wire::null()),
        planned_state: sent(&object("stopped", Value::unknown())),
        ..apply_resource_change::Request::default()
    };
    let (answer, _) = tokio::join!(
        service.apply_resource_change(Request::new(request)),
        service.stop(Request::new(stop::Request::default())),
    );
    let answer = answer.unwrap().into_inner();
    assert_eq!((mood(&got(answer.new_state.as_ref())), &answer.private[..]), ("stopped", &b"stopped"[..]));
}

#[tokio::test]
async fn a_read_only_loses_what_is_surely_gone() {
    let mut told = String::new();
    for name in ["fine", "gone", "failed", "panic", "extra"] {
        let request = read_resource::Request {
            type_name: x_moody(),
            current_state: sent(&object(name, "i".into())),
            private: b"p".to_vec(),
            ..read_resource::Request::default()
        };
        let answer = service().read_resource(Request::new(request)).await.unwrap().into_inner();
        let state = got(answer.new_state.as_ref());
        told += &format!("{name}: {}\n", if state.is_null() { "null" } else { mood(&state) });
        for finding in answer.diagnostics {
            let detail = finding.detail.lines().next().unwrap_or_default();
            // The line number of the panic moves.
            let detail = detail.split(" (at ").next().unwrap_or_default();
            told += format!("  {}: {detail}", finding.summary).trim_end_matches([':', ' ']);
            told += "\n";
        }
    }
    expect![[r#"
        fine: fine
        gone: null
        failed: failed
          Failed
        panic: panic
          Provider bug: The provider failed in ReadResource for x_moody: in a bad mood. The state was kept as it was.
        extra: extra
          Provider made an invalid value: The provider made state for x_moody that its own schema does not allow: flag: "bool" expected, found a string. That part was left out; everything else was kept.
          Provider made an invalid value: The provider made state for x_moody that its own schema does not allow: surplus: the schema has no such attribute. That part was left out; everything else was kept.
    "#]].assert_eq(&told);
}

#[tokio::test]
async fn a_plan_obeys_the_schema_then_the_resource() {
    let plan = async |prior: Value, proposed: Value| {
        let request = plan_resource_change::Request {
            type_name: x_moody(),
            prior_state: sent(&prior),
            proposed_new_state: sent(&proposed),
            config: sent(&proposed),
            prior_private: b"p".to_vec(),
            ..plan_resource_change::Request::default()
        };
        service().plan_resource_change(Request::new(request)).await.unwrap().into_inner()
    };
    let mut config = object("a", Value::Null);
    config.set("flag", Value::Null);
    let created = plan(Value::Null, config).await;
    let value = got(created.planned_state.as_ref());
    assert_eq!(value.get("flag").as_bool(), Some(true));
    let Value::Unknown(known) = value.get("id") else { panic!("{value:?}") };
    assert_eq!((known.null, &created.planned_private[..]), (Some(false), &b"p"[..]));
    assert!(!created.legacy_type_system);

    let renamed = plan(object("a", "i".into()), object("b", "i".into())).await;
    assert_eq!(renamed.requires_replace.len(), 1);

    let destroyed = plan(object("a", "i".into()), Value::Null).await;
    assert!(got(destroyed.planned_state.as_ref()).is_null());
    assert_eq!((&destroyed.diagnostics[0].summary[..], destroyed.diagnostics[0].severity), ("Going", 2));

    let panicked = plan(object("a", "i".into()), object("panic", "i".into())).await;
    assert_eq!(panicked.diagnostics[0].summary, "Provider bug");
}

#[tokio::test]
async fn stored_state_is_brought_to_the_present_version() {
    let upgrade = async |version: i64, json: &str, flatmap: &[(&str, &str)]| {
        let flatmap = flatmap.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let raw_state = Some(RawState { json: json.as_bytes().to_vec(), flatmap });
        let request = upgrade_resource_state::Request { type_name: x_moody(), version, raw_state };
        let answer = service().upgrade_resource_state(Request::new(request)).await.unwrap().into_inner();
        match answer.diagnostics.first() {
            Some(finding) => finding.summary.clone(),
            None => mood(&got(answer.upgraded_state.as_ref())).to_owned(),
        }
    };
    assert_eq!(upgrade(2, r#"{"name":"now","gone":1}"#, &[]).await, "now");
    assert_eq!(upgrade(1, r#"{"name":"now"}"#, &[]).await, "from 1");
    assert_eq!(upgrade(9, r#"{"name":"later"}"#, &[]).await, "later");
    assert_eq!(upgrade(2, "", &[("name", "x")]).await, "State too old");
    assert_eq!(upgrade(2, r#"{"name":[]}"#, &[]).await, "Value not understood");
    assert_eq!(upgrade(1, "{", &[]).await, "Value not understood");
}

#[tokio::test]
async fn an_import_finds_or_tells() {
    for (id, found) in [("i", 1), ("absent", 0)] {
        let request = import_resource_state::Request { type_name: x_moody(), id: id.to_owned(), ..Default::default() };
        let answer = service().import_resource_state(Request::new(request)).await.unwrap().into_inner();
        assert_eq!((answer.imported_resources.len(), answer.diagnostics.len()), (found, 1 - found));
        if let Some(imported) = answer.imported_resources.first() {
            assert_eq!(got(imported.state.as_ref()).get("id").as_str(), Some("i"));
        }
    }
}

#[tokio::test]
async fn functions_name_the_argument_to_blame() {
    let call = async |arguments: &[&[u8]]| {
        let arguments = arguments.iter().map(|bytes| DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() });
        let request = call_function::Request { name: "double".to_owned(), arguments: arguments.collect() };
        let answer = service().call_function(Request::new(request)).await.unwrap().into_inner();
        match answer.error {
            Some(error) => {
                format!("{:?} {}", error.function_argument, error.text.split(" (at ").next().unwrap_or_default())
            }
            None => String::from_utf8_lossy(&answer.result.unwrap().msgpack[1..]).into_owned(),
        }
    };
    let told = [
        call(&[b"\xa1a"]).await,
        call(&[b"\xa2no"]).await,
        call(&[b"\xc0"]).await,
        call(&[b"\xd4\0\0"]).await,
        call(&[b"\xc3"]).await,
        call(&[]).await,
        call(&[b"\xa5panic"]).await,
    ]
    .join("\n");
    expect![[r#"
        aa
        Some(0) is no
        Some(0) text of double cannot be used: it is null.
        Some(0) text of double cannot be used: it is not known yet.
        Some(0) text of double cannot be used: a string expected, found a bool.
        None double takes 1 arguments, 0 were given.
        None the provider failed: in a bad mood. This is a bug in the provider; please report it at https://github.com/sentinel-iac/terraform-provider-defender/issues"#]].assert_eq(&told);
}

#[tokio::test]
async fn panics_elsewhere_are_findings_too() {
    let config = Some(DynamicValue { msgpack: b"\x80".to_vec(), json: Vec::new() });
    let request = configure::Request { config, ..configure::Request::default() };
    let answer = service().configure(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "Provider bug");
    let request = read_data_source::Request {
        type_name: "x_mirror".to_owned(),
        config: sent(&object("panic", Value::Null)),
        ..read_data_source::Request::default()
    };
    let answer = service().read_data_source(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "Provider bug");
}

mod adoption;
