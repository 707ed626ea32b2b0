//! When running calls are asked to wind up, and when the process ends.

use std::sync::{Mutex, OnceLock, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::terraform::Context;

/// Why the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The host said so.
    Shutdown,
    /// The host is no more, or never came.
    HostGone,
    /// The operating system asked for it.
    Terminated,
}

/// Shared by all services of one process.
pub struct Lifetime {
    /// Whether the process outlives its hosts, as under a debugger.
    lasting: bool,
    stop: Mutex<CancellationToken>,
    ended: CancellationToken,
    why: OnceLock<End>,
    /// Every running call holds a receiver.
    running: watch::Sender<()>,
}

/// Held by a call for as long as it runs.
pub struct Running(#[allow(dead_code)] watch::Receiver<()>);

impl Lifetime {
    /// Of a process that serves the one host that started it.
    pub fn of_one_host() -> Self {
        Self {
            lasting: false,
            stop: Mutex::default(),
            ended: CancellationToken::new(),
            why: OnceLock::new(),
            running: watch::Sender::default(),
        }
    }

    /// Of a process that serves host after host.
    pub fn of_many_hosts() -> Self {
        Self { lasting: true, ..Self::of_one_host() }
    }

    /// What a call that starts now is made under.
    pub fn context(&self) -> Context {
        Context { stop: self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone() }
    }

    /// Says that a call runs.
    pub fn running(&self) -> Running {
        Running(self.running.subscribe())
    }

    /// Waits until no call runs.
    pub async fn idle(&self) {
        self.running.closed().await;
    }

    /// Asks every running call to wind up and to return what it knows.
    pub fn stop(&self) {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        stop.cancel();
        if self.lasting {
            // The next run of Terraform comes to this same process.
            *stop = CancellationToken::new();
        }
    }

    /// The host is done with its plugin.
    pub fn host_left(&self, why: End) {
        if !self.lasting {
            self.end(why);
        }
    }

    /// Ends the process; the first reason counts.
    pub fn end(&self, why: End) {
        self.why.get_or_init(|| why);
        self.stop();
        self.ended.cancel();
    }

    /// Waits for the end.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        self.ended.clone().cancelled_owned()
    }

    pub fn why(&self) -> Option<End> {
        self.why.get().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_reaches_running_calls_and_under_a_debugger_only_those() {
        for (lifetime, later) in [(Lifetime::of_one_host(), true), (Lifetime::of_many_hosts(), false)] {
            let running = lifetime.context();
            lifetime.stop();
            assert!(running.stop.is_cancelled());
            assert_eq!(lifetime.context().stop.is_cancelled(), later);
        }
    }

    #[tokio::test]
    async fn idle_is_when_no_call_runs() {
        use futures_util::FutureExt;

        let lifetime = Lifetime::of_one_host();
        let calls = [lifetime.running(), lifetime.running()];
        assert_eq!(lifetime.idle().now_or_never(), None);
        drop(calls);
        assert_eq!(lifetime.idle().now_or_never(), Some(()));
    }

    #[test]
    fn only_a_process_of_one_host_ends_with_it() {
        let [one, many] = [Lifetime::of_one_host(), Lifetime::of_many_hosts()];
        one.host_left(End::HostGone);
        one.host_left(End::Shutdown);
        many.host_left(End::Shutdown);
        assert_eq!((one.why(), many.why()), (Some(End::HostGone), None));
    }
}
