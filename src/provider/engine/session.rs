//! What the provider's parts share: the catalogue they work by, what the provider block put in force, and what this run
//! plans.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::ledger::Ledger;
use super::plans::Plans;
use super::requirements::Requirements;
use crate::arm::{Call, Client, Error, Kind};
use crate::catalog;
use crate::provider::block::options::Options;
use crate::provider::messages::{self, Subject};
use crate::terraform::{Context, Diagnostic, Value};

/// Shared by every resource and data source of one provider.
pub struct Session {
    connectors: &'static [catalog::Connector],
    in_force: RwLock<InForce>,
    plans: Plans,
    requirements: Requirements,
    ledger: Ledger,
}

/// What the provider block says; without a client while it holds unknowns.
#[derive(Clone, Default)]
struct InForce {
    client: Option<Arc<Client>>,
    options: Options,
}

impl Session {
    /// A session over these connector kinds.
    pub fn new(connectors: &'static [catalog::Connector]) -> Self {
        Self {
            connectors,
            in_force: RwLock::default(),
            plans: Plans::default(),
            requirements: Requirements::default(),
            ledger: Ledger::default(),
        }
    }

    /// Puts a client in force, or none while the provider block holds unknowns. What was planned before is forgotten.
    pub fn set(&self, client: Option<Client>, options: Options) {
        self.plans.forget();
        self.requirements.forget();
        self.ledger.forget();
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) =
            InForce { client: client.map(Arc::new), options };
    }

    /// The client, if the provider block is known.
    pub fn client(&self) -> Option<Arc<Client>> {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).client.clone()
    }

    /// The client, or what to tell a user who needs it now.
    pub fn require(&self, subject: Subject<'_>) -> Result<Arc<Client>, Diagnostic> {
        self.client().ok_or_else(|| messages::not_configured(subject))
    }

    /// The options of the provider block.
    pub fn options(&self) -> Options {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).options.clone()
    }

    /// The connector kinds that have a resource.
    pub fn connectors(&self) -> &'static [catalog::Connector] {
        self.connectors
    }

    /// Who owns what in this run.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What the service says of the requirements of a connector.
    pub fn requirements(&self) -> &Requirements {
        &self.requirements
    }

    /// What this run plans.
    pub fn plans(&self) -> &Plans {
        &self.plans
    }
}

/// A call under `tenant`, where one is given and known; the provider's own tenant is not named twice, so that
/// everything asked of it shares one cache.
pub async fn call_in(client: &Client, context: &Context, within: Duration, tenant: &Value) -> Result<Call, Error> {
    let call = Call::new(&context.stop, within);
    let Some(tenant) = tenant.as_str() else { return Ok(call) };
    if client.has_own_credential(tenant) {
        return Ok(call.tenant(Some(tenant)));
    }
    match client.tenant_id(&call).await {
        Ok(own) if own.eq_ignore_ascii_case(tenant) => Ok(call),
        // Without an answer it is not known, and asking in the tenant would only take as long again.
        Err(error) if matches!(error.kind, Kind::Unreachable | Kind::TimedOut | Kind::Stopped) => Err(error),
        _ => Ok(call.tenant(Some(tenant))),
    }
}
