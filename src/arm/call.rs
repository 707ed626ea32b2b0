//! What bounds one piece of work against the service: who may stop it, until when it may run, in whose tenant.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a question is waited for that the work can do without.
const BRIEFLY: Duration = Duration::from_secs(30);

/// The bounds of a call: it ends at `stop` or at `deadline`, whichever comes first.
#[derive(Clone, Debug)]
pub struct Call {
    pub stop: CancellationToken,
    pub deadline: Instant,
    /// The tenant that the token is asked of; `None` is the provider's own.
    pub tenant: Option<String>,
}

impl Call {
    /// A call in the provider's own tenant that may take `within` from now.
    pub fn new(stop: &CancellationToken, within: Duration) -> Self {
        // A timeout too long for the clock is as good as a month.
        let now = Instant::now();
        let deadline = now.checked_add(within).unwrap_or_else(|| now + Duration::from_secs(30 * 24 * 3600));
        Self { stop: stop.clone(), deadline, tenant: None }
    }

    /// The same call in another tenant.
    pub fn tenant(mut self, tenant: Option<&str>) -> Self {
        self.tenant = tenant.map(str::to_owned);
        self
    }

    /// The same call with little time, for a question that the work can do without.
    pub fn briefly(&self) -> Self {
        Self { deadline: self.deadline.min(Instant::now() + BRIEFLY), ..self.clone() }
    }

    /// Whether it ends before a wait that begins now.
    pub(super) fn is_shorter(&self, wait: Duration) -> bool {
        Instant::now().checked_add(wait).is_none_or(|until| until >= self.deadline)
    }

    /// Whether nothing more may be done for it.
    pub(super) fn is_over(&self) -> bool {
        self.stop.is_cancelled() || self.deadline <= Instant::now()
    }
}
