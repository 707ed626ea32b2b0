//! The provider's gRPC service: every call is guarded against panics and answered with findings, never with a
//! transport error.
//!
//! Calls that are not here (ephemeral resources, actions) answer UNIMPLEMENTED, as the protocol asks of a provider that
//! offers none; Terraform asks only for what the schema names.

use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::lifetime::Lifetime;
use super::offer::Offer;
use super::proto::provider_server::Provider;
use super::proto::{
    self, apply_resource_change, call_function, configure, generate_resource_config, get_functions, get_metadata,
    get_provider_schema, get_resource_identity_schemas, import_resource_state, list_resource, move_resource_state,
    plan_resource_change, prepare_provider_config, read_data_source, read_resource, stop, upgrade_resource_identity,
    upgrade_resource_state, validate_data_source_config, validate_list_resource_config, validate_resource_type_config,
};
use super::{list_calls, messages, panic, provider_calls, resource_calls, to_wire};
use crate::terraform::{self, Context, Diagnostic, Diagnostics};

const KEPT: &str = "The state was kept as it was.";
const NOTHING_CREATED: &str =
    "Nothing was saved to the state. Look whether the service has the object now, and import it if so.";

/// Serves one provider.
pub struct Service {
    offer: Arc<Offer>,
    lifetime: Arc<Lifetime>,
}

type Answer<T> = Result<Response<T>, Status>;

impl Service {
    pub fn new(provider: Arc<dyn terraform::Provider>, lifetime: Arc<Lifetime>) -> Self {
        Self { offer: Arc::new(Offer::new(provider)), lifetime }
    }

    fn context(&self) -> Context {
        self.lifetime.context()
    }

    /// Runs one call; a panic comes back as the finding it makes.
    async fn run<T>(
        &self,
        call: &str,
        of: &str,
        kept: Option<&str>,
        work: impl Future<Output = T>,
    ) -> Result<T, Diagnostic> {
        let _running = self.lifetime.running();
        let named = (!of.is_empty()).then_some(of);
        tracing::trace!(call, of = named, "called");
        let start = Instant::now();
        let done = panic::guard(work).await;
        let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(call, of = named, milliseconds, "answered");
        done.map_err(|panic| messages::panicked(call, of, &panic, kept))
    }
}

/// The findings of a call that has nothing else to tell.
fn told(done: Result<Result<Diagnostics, Diagnostic>, Diagnostic>) -> Vec<proto::Diagnostic> {
    to_wire::diagnostics(done.flatten().unwrap_or_else(Diagnostics::from))
}

#[tonic::async_trait]
impl Provider for Service {
    async fn get_metadata(&self, _request: Request<get_metadata::Request>) -> Answer<get_metadata::Response> {
        let done = self.run("GetMetadata", "", None, async { provider_calls::metadata(&self.offer) }).await;
        Ok(Response::new(done.unwrap_or_else(|finding| get_metadata::Response {
            diagnostics: to_wire::diagnostics(finding.into()),
            ..get_metadata::Response::default()
        })))
    }

    async fn get_schema(
        &self,
        _request: Request<get_provider_schema::Request>,
    ) -> Answer<get_provider_schema::Response> {
        let done = self.run("GetSchema", "", None, async { provider_calls::schema(&self.offer) }).await;
        Ok(Response::new(done.flatten().unwrap_or_else(|finding| get_provider_schema::Response {
            diagnostics: to_wire::diagnostics(finding.into()),
            ..get_provider_schema::Response::default()
        })))
    }

    async fn get_functions(&self, _request: Request<get_functions::Request>) -> Answer<get_functions::Response> {
        let done = self.run("GetFunctions", "", None, async { provider_calls::functions(&self.offer) }).await;
        Ok(Response::new(done.unwrap_or_else(|finding| get_functions::Response {
            diagnostics: to_wire::diagnostics(finding.into()),
            ..get_functions::Response::default()
        })))
    }

    async fn prepare_provider_config(
        &self,
        request: Request<prepare_provider_config::Request>,
    ) -> Answer<prepare_provider_config::Response> {
        let request = request.into_inner();
        let done = self
            .run("PrepareProviderConfig", "", None, async { provider_calls::validate(&self.offer, &request) })
            .await;
        let diagnostics = told(done);
        Ok(Response::new(prepare_provider_config::Response { prepared_config: request.config, diagnostics }))
    }

    async fn configure(&self, request: Request<configure::Request>) -> Answer<configure::Response> {
        let request = request.into_inner();
        let context = self.context();
        let done = self.run("Configure", "", None, provider_calls::configure(&self.offer, &context, &request)).await;
        Ok(Response::new(configure::Response { diagnostics: told(done) }))
    }

    async fn validate_resource_type_config(
        &self,
        request: Request<validate_resource_type_config::Request>,
    ) -> Answer<validate_resource_type_config::Response> {
        let request = request.into_inner();
        let work = async { resource_calls::validate(&self.offer, &request) };
        let diagnostics = told(self.run("ValidateResourceTypeConfig", &request.type_name, None, work).await);
        Ok(Response::new(validate_resource_type_config::Response { diagnostics }))
    }

    async fn validate_data_source_config(
        &self,
        request: Request<validate_data_source_config::Request>,
    ) -> Answer<validate_data_source_config::Response> {
        let request = request.into_inner();
        let work = async { provider_calls::validate_data_source(&self.offer, &request) };
        let diagnostics = told(self.run("ValidateDataSourceConfig", &request.type_name, None, work).await);
        Ok(Response::new(validate_data_source_config::Response { diagnostics }))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<upgrade_resource_state::Request>,
    ) -> Answer<upgrade_resource_state::Response> {
        let request = request.into_inner();
        let work = async { resource_calls::upgrade(&self.offer, &request) };
        let done = self.run("UpgradeResourceState", &request.type_name, Some(KEPT), work).await;
        Ok(Response::new(done.flatten().unwrap_or_else(|finding| upgrade_resource_state::Response {
            upgraded_state: None,
            diagnostics: to_wire::diagnostics(finding.into()),
        })))
    }

    async fn get_resource_identity_schemas(
        &self,
        _request: Request<get_resource_identity_schemas::Request>,
    ) -> Answer<get_resource_identity_schemas::Response> {
        let work = async { provider_calls::identities(&self.offer) };
        let done = self.run("GetResourceIdentitySchemas", "", None, work).await;
        Ok(Response::new(done.flatten().unwrap_or_else(|finding| get_resource_identity_schemas::Response {
            diagnostics: to_wire::diagnostics(finding.into()),
            ..get_resource_identity_schemas::Response::default()
        })))
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<upgrade_resource_identity::Request>,
    ) -> Answer<upgrade_resource_identity::Response> {
        let request = request.into_inner();
        let work = async { resource_calls::upgrade_identity(&self.offer, &request) };
        let done = self.run("UpgradeResourceIdentity", &request.type_name, Some(KEPT), work).await;
        Ok(Response::new(done.flatten().unwrap_or_else(|finding| upgrade_resource_identity::Response {
            upgraded_identity: None,
            diagnostics: to_wire::diagnostics(finding.into()),
        })))
    }

    async fn read_resource(&self, request: Request<read_resource::Request>) -> Answer<read_resource::Response> {
        let request = request.into_inner();
        let context = self.context();
        let work = resource_calls::read(&self.offer, &context, &request);
        let done = self.run("ReadResource", &request.type_name, Some(KEPT), work).await;
        Ok(Response::new(done.flatten().unwrap_or_else(|finding| resource_calls::unread(&request, finding.into()))))
    }

    async fn plan_resource_change(
        &self,
        request: Request<plan_resource_change::Request>,
    ) -> Answer<plan_resource_change::Response> {
        let request = request.into_inner();
        let context = self.context();
        let work = resource_calls::plan(&self.offer, &context, &request);
        let done = self.run("PlanResourceChange", &request.type_name, Some(KEPT), work).await;
        Ok(Response::new(done.flatten().unwrap_or_else(|finding| plan_resource_change::Response {
            planned_state: request.prior_state.clone(),
            planned_private: request.prior_private.clone(),
            planned_identity: request.prior_identity.clone(),
            diagnostics: to_wire::diagnostics(finding.into()),
            ..plan_resource_change::Response::default()
        })))
    }

    async fn apply_resource_change(
        &self,
        request: Request<apply_resource_change::Request>,
    ) -> Answer<apply_resource_change::Response> {
        let request = request.into_inner();
        let context = self.context();
        let kept = if resource_calls::creates(&request) { NOTHING_CREATED } else { KEPT };
        let work = resource_calls::apply(&self.offer, &context, &request);
        let done = self.run("ApplyResourceChange", &request.type_name, Some(kept), work).await;
        Ok(Response::new(done.flatten().unwrap_or_else(|finding| resource_calls::unapplied(&request, finding.into()))))
    }

    async fn import_resource_state(
        &self,
        request: Request<import_resource_state::Request>,
    ) -> Answer<import_resource_state::Response> {
        let request = request.into_inner();
        let context = self.context();
        let work = resource_calls::import(&self.offer, &context, &request);
        let done =
            self.run("ImportResourceState", &request.type_name, Some(KEPT), work).await.map_err(Diagnostics::from);
        Ok(Response::new(done.flatten().unwrap_or_else(|findings| import_resource_state::Response {
            diagnostics: to_wire::diagnostics(findings),
            ..import_resource_state::Response::default()
        })))
    }

    async fn move_resource_state(
        &self,
        request: Request<move_resource_state::Request>,
    ) -> Answer<move_resource_state::Response> {
        let request = request.into_inner();
        let work = async { resource_calls::move_state(&self.offer, &request) };
        let done = self.run("MoveResourceState", &request.target_type_name, Some(KEPT), work).await;
        let done = done.map_err(Diagnostics::from);
        Ok(Response::new(done.flatten().unwrap_or_else(|findings| move_resource_state::Response {
            diagnostics: to_wire::diagnostics(findings),
            ..move_resource_state::Response::default()
        })))
    }

    async fn generate_resource_config(
        &self,
        request: Request<generate_resource_config::Request>,
    ) -> Answer<generate_resource_config::Response> {
        let request = request.into_inner();
        let work = async { resource_calls::generate_config(&self.offer, &request) };
        let done = self.run("GenerateResourceConfig", &request.type_name, None, work).await;
        Ok(Response::new(done.flatten().unwrap_or_else(|finding| generate_resource_config::Response {
            config: Some(to_wire::null()),
            diagnostics: to_wire::diagnostics(finding.into()),
        })))
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<validate_list_resource_config::Request>,
    ) -> Answer<validate_list_resource_config::Response> {
        let request = request.into_inner();
        let work = async { list_calls::validate(&self.offer, &request) };
        let diagnostics = told(self.run("ValidateListResourceConfig", &request.type_name, None, work).await);
        Ok(Response::new(validate_list_resource_config::Response { diagnostics }))
    }

    async fn list_resource(&self, request: Request<list_resource::Request>) -> Answer<BoxStream<list_resource::Event>> {
        let (running, request) = (self.lifetime.running(), request.into_inner());
        tracing::trace!(call = "ListResource", of = request.type_name, "called");
        let events = list_calls::list(&self.offer, &self.context(), request);
        // The call lasts as long as its stream does.
        Ok(Response::new(Box::pin(events.map(move |event| {
            let _ = &running;
            Ok(event)
        }))))
    }

    async fn read_data_source(
        &self,
        request: Request<read_data_source::Request>,
    ) -> Answer<read_data_source::Response> {
        let request = request.into_inner();
        let context = self.context();
        let work = provider_calls::read_data_source(&self.offer, &context, &request);
        let done = self.run("ReadDataSource", &request.type_name, None, work).await;
        Ok(Response::new(done.flatten().unwrap_or_else(|finding| read_data_source::Response {
            state: Some(to_wire::null()),
            diagnostics: to_wire::diagnostics(finding.into()),
            deferred: None,
        })))
    }

    async fn call_function(&self, request: Request<call_function::Request>) -> Answer<call_function::Response> {
        let request = request.into_inner();
        let called = panic::guard_now(|| provider_calls::call(&self.offer, &request))
            .unwrap_or_else(|panic| Err(to_wire::function_error(messages::function_panicked(&panic), None)));
        let (result, error) = match called {
            Ok(result) => (Some(result), None),
            Err(error) => (None, Some(error)),
        };
        Ok(Response::new(call_function::Response { result, error }))
    }

    async fn stop(&self, _request: Request<stop::Request>) -> Answer<stop::Response> {
        tracing::debug!("asked to stop");
        self.lifetime.stop();
        Ok(Response::new(stop::Response::default()))
    }
}

#[cfg(test)]
mod tests;
