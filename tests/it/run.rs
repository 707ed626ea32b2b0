//! What Terraform does with one resource, without Terraform: it keeps the state and drives the real binary by refresh,
//! plan and apply, at a hundredth of the cost.

use std::collections::BTreeSet;

use rmp::Marker;
use serde_json::{Map, Value as Json, json};
use terraform_provider_defender::plugin::proto::provider_client::ProviderClient;
use terraform_provider_defender::plugin::proto::{
    Diagnostic, DynamicValue, apply_resource_change, configure, diagnostic, get_provider_schema, plan_resource_change,
    read_resource,
};
use tonic::Status;
use tonic::transport::Channel;

use crate::emulator_process::{CLIENT, EmulatorProcess, SECRET, TENANT};
use crate::host::{Launch, Plugin};

/// A started provider.
pub struct Provider {
    pub plugin: Plugin,
    pub client: ProviderClient<Channel>,
    url: String,
}

/// What Terraform keeps of a resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// As it came over the wire; none while there is no such resource.
    pub state: Option<DynamicValue>,
    pub private: Vec<u8>,
    /// A create failed, and it is to be made anew.
    pub tainted: bool,
}

/// A plan.
pub struct Plan {
    pub response: plan_resource_change::Response,
    /// It is to be removed and made again.
    pub replaces: bool,
    prior: DynamicValue,
    config: DynamicValue,
}

/// One resource of a configuration.
#[derive(Clone, Debug)]
pub struct Resource {
    pub type_name: String,
    /// The attributes that the provider may set.
    computed: BTreeSet<String>,
    pub kept: Kept,
}

/// Why a step did not come to its end.
#[derive(Debug)]
#[allow(dead_code, reason = "shown by the test that fails")]
pub enum Failed {
    /// Findings of the provider.
    Told(String),
    /// The provider is no more.
    Gone,
}

type Outcome<T> = Result<T, Failed>;

impl From<Status> for Failed {
    fn from(_: Status) -> Self {
        Self::Gone
    }
}

impl Provider {
    /// Starts one whose services are all at `url`.
    pub async fn start(emulator: &EmulatorProcess, url: &str) -> Self {
        Self::launch(emulator, url, |launch| launch).await
    }

    /// Starts one in surroundings of the test's own.
    pub async fn launch(emulator: &EmulatorProcess, url: &str, change: impl FnOnce(Launch) -> Launch) -> Self {
        let launch = Launch::new(env!("CARGO_BIN_EXE_terraform-provider-defender"))
            .env("ARM_TENANT_ID", TENANT)
            .env("ARM_CLIENT_ID", CLIENT)
            .env("ARM_CLIENT_SECRET", SECRET)
            .env("ARM_USE_CLI", "false")
            .env("SSL_CERT_FILE", emulator.ca_path().to_str().unwrap());
        let plugin = change(launch).start().await;
        let client = plugin.provider().await;
        let mut provider = Self { plugin, client, url: url.to_owned() };
        provider.configure().await.unwrap();
        provider
    }

    /// What every command of Terraform begins with: nothing is known of earlier ones.
    pub async fn configure(&mut self) -> Outcome<()> {
        let url = &self.url;
        let endpoints =
            json!({ "resource_manager": url, "active_directory": url, "defender": url, "log_analytics": url });
        let request = configure::Request {
            terraform_version: "1.11.4".to_owned(),
            config: Some(sent(&json!({ "endpoints": endpoints }))),
            ..configure::Request::default()
        };
        told(&self.client.configure(request).await?.into_inner().diagnostics)
    }

    /// A resource that is not there yet.
    pub async fn resource(&mut self, type_name: &str) -> Resource {
        let schema = self.client.get_schema(get_provider_schema::Request {}).await.unwrap().into_inner();
        let block = schema.resource_schemas[type_name].block.clone().unwrap();
        let computed = block.attributes.into_iter().filter(|attribute| attribute.computed);
        let computed = computed.map(|attribute| attribute.name).collect();
        Resource { type_name: type_name.to_owned(), computed, kept: Kept::default() }
    }
}

impl Resource {
    /// `terraform refresh`
    pub async fn refresh(&mut self, provider: &mut Provider) -> Outcome<()> {
        let Some(state) = self.kept.state.clone() else { return Ok(()) };
        let request = read_resource::Request {
            type_name: self.type_name.clone(),
            current_state: Some(state),
            private: self.kept.private.clone(),
            ..read_resource::Request::default()
        };
        let read = provider.client.read_resource(request).await?.into_inner();
        self.keep(read.new_state, read.private);
        told(&read.diagnostics)
    }

    /// Plans what is configured, or its end.
    pub async fn plan(&self, provider: &mut Provider, config: Option<&Json>) -> Outcome<Plan> {
        let state = self.kept.state.clone().unwrap_or_else(null);
        if config.is_some() && self.kept.tainted {
            // As Terraform does it: a new object, of which nothing is known from before.
            return Ok(Plan { replaces: true, ..self.plan_from(provider, null(), Vec::new(), config).await? });
        }
        let plan = self.plan_from(provider, state, self.kept.private.clone(), config).await?;
        if config.is_none() || plan.response.requires_replace.is_empty() {
            return Ok(plan);
        }
        let private = plan.response.planned_private;
        Ok(Plan { replaces: true, ..self.plan_from(provider, null(), private, config).await? })
    }

    async fn plan_from(
        &self,
        provider: &mut Provider,
        prior: DynamicValue,
        prior_private: Vec<u8>,
        config: Option<&Json>,
    ) -> Outcome<Plan> {
        let before = decode(&prior);
        let proposed = config.map_or(Json::Null, |config| {
            let mut proposed = config.as_object().cloned().unwrap_or_else(Map::new);
            for name in self.computed.iter().filter(|name| config[name.as_str()].is_null()) {
                proposed.insert(name.clone(), before[name.as_str()].clone());
            }
            Json::Object(proposed)
        });
        let config = sent(config.unwrap_or(&Json::Null));
        let request = plan_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: Some(prior.clone()),
            proposed_new_state: Some(sent(&proposed)),
            config: Some(config.clone()),
            prior_private,
            ..plan_resource_change::Request::default()
        };
        let response = provider.client.plan_resource_change(request).await?.into_inner();
        told(&response.diagnostics)?;
        Ok(Plan { response, replaces: false, prior, config })
    }

    /// Applies a plan, and keeps what the provider says.
    pub async fn apply(&mut self, provider: &mut Provider, plan: Plan) -> Outcome<()> {
        let Plan { response, replaces, prior, config } = plan;
        let planned = response.planned_state.unwrap_or_else(null);
        if replaces && self.kept.state.is_some() {
            let (state, private) = (self.kept.state.clone().unwrap_or_else(null), self.kept.private.clone());
            self.change(provider, state, null(), null(), private).await?;
        }
        self.change(provider, prior, planned, config, response.planned_private).await
    }

    async fn change(
        &mut self,
        provider: &mut Provider,
        prior: DynamicValue,
        planned: DynamicValue,
        config: DynamicValue,
        planned_private: Vec<u8>,
    ) -> Outcome<()> {
        let creates = is_null(&prior);
        let request = apply_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: Some(prior),
            planned_state: Some(planned),
            config: Some(config),
            planned_private,
            ..apply_resource_change::Request::default()
        };
        let applied = provider.client.apply_resource_change(request).await?.into_inner();
        let outcome = told(&applied.diagnostics);
        self.keep(applied.new_state, applied.private);
        self.kept.tainted = creates && outcome.is_err() && self.kept.state.is_some();
        outcome
    }

    /// A whole `terraform apply`: refresh, plan, apply.
    pub async fn run(&mut self, provider: &mut Provider, config: Option<&Json>) -> Outcome<()> {
        provider.configure().await?;
        self.refresh(provider).await?;
        if config.is_none() && self.kept.state.is_none() {
            return Ok(());
        }
        let plan = self.plan(provider, config).await?;
        if plan.is_empty() {
            return Ok(());
        }
        self.apply(provider, plan).await
    }

    /// A whole `terraform plan` that must find nothing to do.
    pub async fn is_settled(&mut self, provider: &mut Provider, config: Option<&Json>) -> Outcome<bool> {
        provider.configure().await?;
        self.refresh(provider).await?;
        match (config, &self.kept.state) {
            (None, state) => Ok(state.is_none()),
            (Some(_), None) => Ok(false),
            (Some(_), Some(_)) => Ok(self.plan(provider, config).await?.is_empty()),
        }
    }

    fn keep(&mut self, state: Option<DynamicValue>, private: Vec<u8>) {
        let state = state.filter(|state| !is_null(state));
        self.kept.tainted &= state.is_some();
        let private = if state.is_some() { private } else { Vec::new() };
        (self.kept.state, self.kept.private) = (state, private);
    }
}

impl Plan {
    /// Nothing is to be done.
    pub fn is_empty(&self) -> bool {
        !self.replaces && self.response.planned_state.as_ref() == Some(&self.prior)
    }
}

fn told(diagnostics: &[Diagnostic]) -> Outcome<()> {
    let errors: Vec<_> = diagnostics
        .iter()
        .filter(|found| found.severity == i32::from(diagnostic::Severity::Error))
        .map(|found| format!("{}\n{}", found.summary, found.detail))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Failed::Told(errors.join("\n"))) }
}

fn sent(value: &Json) -> DynamicValue {
    DynamicValue { msgpack: Vec::new(), json: value.to_string().into_bytes() }
}

fn null() -> DynamicValue {
    DynamicValue { msgpack: vec![0xc0], json: Vec::new() }
}

fn is_null(value: &DynamicValue) -> bool {
    value.msgpack == [0xc0] || value.json == b"null"
}

/// A value as it came over the wire; what is unknown is null.
pub fn decode(value: &DynamicValue) -> Json {
    read(&mut value.msgpack.as_slice())
}

fn read(bytes: &mut &[u8]) -> Json {
    let marker = Marker::from_u8(bytes[0]);
    match marker {
        Marker::Null => {
            rmp::decode::read_nil(bytes).unwrap();
            Json::Null
        }
        Marker::True | Marker::False => rmp::decode::read_bool(bytes).unwrap().into(),
        Marker::F64 => rmp::decode::read_f64(bytes).unwrap().into(),
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
            let length = rmp::decode::read_str_len(bytes).unwrap() as usize;
            let (text, rest) = bytes.split_at(length);
            *bytes = rest;
            String::from_utf8(text.to_vec()).unwrap().into()
        }
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
            let length = rmp::decode::read_array_len(bytes).unwrap();
            (0..length).map(|_| read(bytes)).collect()
        }
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
            let length = rmp::decode::read_map_len(bytes).unwrap();
            let fields = (0..length).map(|_| (read(bytes).as_str().unwrap().to_owned(), read(bytes)));
            Json::Object(fields.collect())
        }
        Marker::FixExt1 | Marker::FixExt2 | Marker::FixExt4 | Marker::FixExt8 | Marker::FixExt16 | Marker::Ext8 => {
            let length = rmp::decode::read_ext_meta(bytes).unwrap().size as usize;
            *bytes = &bytes[length..];
            Json::Null
        }
        _ => rmp::decode::read_int::<i64, _>(bytes).unwrap().into(),
    }
}
