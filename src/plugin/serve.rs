//! The life of a plugin process, from its start to its end.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tonic::transport::Server;

use super::handshake::{self, Environment};
use super::host::Host;
use super::lifetime::{End, Lifetime};
use super::listen::{self, Connection};
use super::proto::host::grpc_broker_server::GrpcBrokerServer;
use super::proto::host::grpc_controller_server::GrpcControllerServer;
use super::proto::host::grpc_stdio_server::GrpcStdioServer;
use super::proto::provider_server::ProviderServer;
use super::service::Service;
use super::{About, log, panic, tls};
use crate::terraform::Provider;

/// What Terraform's own plugins allow; tonic's 4 MiB are soon met by an attribute.
const MAX_MESSAGE: usize = 256 << 20;
/// Room for large values in flight; HTTP/2's own 64 KiB make a slow trickle of them.
const WINDOW: u32 = 4 << 20;
/// A host kills a plugin that takes 2 s to go.
const GRACE: Duration = Duration::from_millis(1500);
/// A host gives up on a plugin after as long; a plugin that nobody is connected to for that time is forgotten.
const PATIENCE: Duration = Duration::from_secs(60);

/// Serves a provider until Terraform is done with it.
pub fn serve(about: &About, provider: Arc<dyn Provider>) -> ExitCode {
    let environment = Environment::read();
    match environment.check() {
        Err(mismatch) => refuse(mismatch.told(about)),
        Ok(()) => live(Mode::Plugin(&environment), about, provider),
    }
}

/// Serves a provider to whoever attaches to it, until it is interrupted: for debuggers.
pub fn serve_debug(about: &About, provider: Arc<dyn Provider>) -> ExitCode {
    live(Mode::Debug, about, provider)
}

enum Mode<'a> {
    Plugin(&'a Environment),
    Debug,
}

fn live(mode: Mode<'_>, about: &About, provider: Arc<dyn Provider>) -> ExitCode {
    log::install();
    panic::install_hook();
    let lived = panic::guard_now(|| {
        // One thread is enough for calls that wait for a service, and starts fastest.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let lived = runtime.block_on(run(mode, about, provider));
        // A thread that is stuck must not keep the process.
        runtime.shutdown_background();
        lived
    });
    match lived {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => refuse(format_args!("{} {}: {error}\n", about.name, about.version)),
        // Terraform shows what follows this word when a plugin crashed.
        Err(panic) => refuse(format_args!("panic: {panic}\n")),
    }
}

fn refuse(told: impl fmt::Display) -> ExitCode {
    // Without a stderr there is nobody to tell.
    drop(write!(io::stderr().lock(), "{told}"));
    ExitCode::FAILURE
}

async fn run(mode: Mode<'_>, about: &About, provider: Arc<dyn Provider>) -> io::Result<()> {
    let debug = matches!(mode, Mode::Debug);
    let lifetime = Arc::new(if debug { Lifetime::of_many_hosts() } else { Lifetime::of_one_host() });
    // Before the host knows of this process: a terminal sends Ctrl-C to the whole group.
    watch_signals(lifetime.clone(), debug)?;
    let environment = match mode {
        Mode::Plugin(environment) => environment,
        Mode::Debug => &Environment::default(),
    };
    let tls = match &environment.client_certificate {
        Some(pem) => Some(tls::for_host(pem).map_err(|failure| {
            io::Error::other(format!("PLUGIN_CLIENT_CERT holds no certificate that TLS can use: {failure}"))
        })?),
        None => None,
    };
    let listener = listen::bind(environment.ports(), tls.is_some()).await.map_err(|error| {
        io::Error::other(format!("no socket can be made in TMPDIR, XDG_RUNTIME_DIR or /tmp: {error}"))
    })?;
    let (certificate, config) = tls.map(|tls| (tls.certificate, tls.config)).unzip();
    let hello = if debug {
        handshake::reattach(about, listener.network(), listener.address())
    } else {
        handshake::line(listener.network(), listener.address(), certificate.as_deref())
    };
    let (connections, _directory) = listener.accept(config);
    {
        let mut stdout = io::stdout().lock();
        stdout.write_all(hello.as_bytes())?;
        stdout.flush()?;
    }
    answer(connections, provider, lifetime).await
}

/// Answers calls until the end.
async fn answer(
    connections: impl futures_util::Stream<Item = io::Result<Connection>> + Send + 'static,
    provider: Arc<dyn Provider>,
    lifetime: Arc<Lifetime>,
) -> io::Result<()> {
    let provider = ProviderServer::new(Service::new(provider, lifetime.clone()))
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_service_status("plugin", tonic_health::ServingStatus::Serving).await;
    let host = Host(lifetime.clone());
    let server = Server::builder()
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .add_service(provider)
        .add_service(GrpcControllerServer::new(host.clone()))
        .add_service(GrpcStdioServer::new(host.clone()))
        .add_service(GrpcBrokerServer::new(host))
        .add_service(health_service)
        .serve_with_incoming_shutdown(awaited(connections, lifetime.clone()), lifetime.ended());
    let mut server = std::pin::pin!(server);
    tokio::select! {
        served = &mut server => return served.map_err(io::Error::other),
        () = lifetime.ended() => {}
    }
    tracing::debug!(why = ?lifetime.why(), "ending");
    if lifetime.why() == Some(End::Terminated) {
        // Running calls have been asked to wind up; what they return still belongs into the state.
        tokio::select! {
            served = &mut server => return served.map_err(io::Error::other),
            () = lifetime.idle() => {}
        }
    }
    // Time for the last answers. What still runs now, nobody waits for.
    drop(tokio::time::timeout(GRACE, server).await);
    Ok(())
}

/// Passes connections on, and ends a process that has had none for too long: one that never got a first one, and one
/// whose host was killed before it opened the stream that tells of its end.
fn awaited<S: futures_util::Stream<Item = io::Result<Connection>> + Send + 'static>(
    connections: S,
    lifetime: Arc<Lifetime>,
) -> impl futures_util::Stream<Item = io::Result<Connection>> + Send + 'static {
    use futures_util::StreamExt;

    // Every open connection holds a receiver.
    let open = Arc::new(watch::Sender::<()>::default());
    let came = Arc::new(Notify::new());
    let (left, comes) = (Arc::clone(&open), Arc::clone(&came));
    tokio::spawn(async move {
        // A host may reconnect, so one that left is waited for as long as one that never came.
        while tokio::time::timeout(PATIENCE, comes.notified()).await.is_ok() {
            left.closed().await;
        }
        lifetime.host_left(End::HostGone);
    });
    connections.map(move |connection| {
        let connection = connection?.holding(open.subscribe());
        came.notify_one();
        Ok(connection)
    })
}

/// Takes the signals that would else end the process in the midst of a change.
#[cfg(unix)]
fn watch_signals(lifetime: Arc<Lifetime>, debug: bool) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                // Terraform got it too, and says by Stop what it makes of it.
                _ = interrupt.recv() => if debug { lifetime.end(End::Terminated) },
                _ = terminate.recv() => lifetime.end(End::Terminated),
            }
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn watch_signals(lifetime: Arc<Lifetime>, debug: bool) -> io::Result<()> {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if debug {
                lifetime.end(End::Terminated);
            }
        }
    });
    Ok(())
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};
    use rustls::pki_types::{PrivateKeyDer, ServerName};
    use tokio::io::AsyncReadExt;
    use tokio::net::UnixStream;
    use tokio::time::timeout;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::client::TlsStream;

    use super::*;
    use crate::terraform::{Block, Context, DataSource, Diagnostics, Function, ListResource, Resource, Schema, Value};

    struct Nothing;

    #[async_trait::async_trait]
    impl Provider for Nothing {
        fn schema(&self) -> Schema {
            Schema { version: 0, block: Block::new("", Vec::new()) }
        }
        fn validate(&self, _config: &Value) -> Diagnostics {
            Diagnostics::default()
        }
        async fn configure(&self, _context: &Context, _version: &str, _config: Value) -> Diagnostics {
            Diagnostics::default()
        }
        fn resources(&self) -> &[Arc<dyn Resource>] {
            &[]
        }
        fn list_resources(&self) -> &[Arc<dyn ListResource>] {
            &[]
        }
        fn data_sources(&self) -> &[Arc<dyn DataSource>] {
            &[]
        }
        fn functions(&self) -> &[Arc<dyn Function>] {
            &[]
        }
    }

    /// A process that serves, and how its host reaches it.
    struct Served {
        lifetime: Arc<Lifetime>,
        running: tokio::task::JoinHandle<io::Result<()>>,
        address: String,
        connector: TlsConnector,
        _directory: Box<dyn std::any::Any>,
    }

    async fn served(lifetime: Lifetime) -> Served {
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let tls = tls::for_host(&own.pem()).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(tls.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let client =
            rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let client = client.with_root_certificates(roots).with_client_auth_cert(vec![own.der().clone()], key).unwrap();
        let listener = listen::bind(0..=0, true).await.unwrap();
        let address = listener.address().to_owned();
        let (connections, directory) = listener.accept(Some(tls.config));
        let lifetime = Arc::new(lifetime);
        let running = tokio::spawn(answer(connections, Arc::new(Nothing), lifetime.clone()));
        Served { lifetime, running, address, connector: Arc::new(client).into(), _directory: Box::new(directory) }
    }

    impl Served {
        async fn connect(&self) -> UnixStream {
            UnixStream::connect(&self.address).await.unwrap()
        }

        async fn agree(&self) -> TlsStream<UnixStream> {
            let name = ServerName::try_from("localhost").unwrap();
            let mut stream = self.connector.connect(name, self.connect().await).await.unwrap();
            // A client is through with TLS before its server is; what the server sends first shows that it took it.
            stream.read_u8().await.unwrap();
            stream
        }

        /// Whether it ends within some of the time it waits for a host.
        async fn ends_within(&mut self, patiences: f64) -> bool {
            timeout(PATIENCE.mul_f64(patiences), &mut self.running).await.is_ok()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_is_gone_before_it_opened_a_stream_is_not_waited_for_for_ever() {
        for agrees in [None, Some(false), Some(true)] {
            let mut served = served(Lifetime::of_one_host()).await;
            match agrees {
                None => {}
                Some(false) => drop(served.connect().await),
                Some(true) => drop(served.agree().await),
            }
            assert!(!served.ends_within(0.9).await, "{agrees:?}");
            assert!(served.ends_within(2.0).await, "{agrees:?}");
            assert_eq!(served.lifetime.why(), Some(End::HostGone));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_stays_or_comes_back_is_served() {
        let mut served = served(Lifetime::of_one_host()).await;
        for _ in 0..3 {
            let first = served.agree().await;
            let second = served.agree().await;
            drop(first);
            assert!(!served.ends_within(10.0).await);
            drop(second);
            assert!(!served.ends_within(0.9).await);
        }
        assert!(served.ends_within(2.0).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_debugged_process_waits_for_its_next_host() {
        let mut served = served(Lifetime::of_many_hosts()).await;
        drop(served.agree().await);
        assert!(!served.ends_within(10.0).await);
    }
}
