//! A small plugin host: starts a provider binary as Terraform does and calls it over the same connection.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use terraform_provider_defender::plugin::proto::host::Empty;
use terraform_provider_defender::plugin::proto::host::grpc_controller_client::GrpcControllerClient;
use terraform_provider_defender::plugin::proto::provider_client::ProviderClient;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use tonic::transport::{Channel, Endpoint};

pub const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// Longer than any step takes on a busy machine; only a test that fails ever waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A host's key and certificate.
pub struct Identity {
    key: KeyPair,
    certificate: rcgen::Certificate,
}

impl Identity {
    /// As Terraform makes it for every start: P-521, self-signed, and called an authority.
    pub fn new() -> Self {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
        let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = parameters.self_signed(&key).unwrap();
        Self { key, certificate }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }
}

/// A start in the making.
pub struct Launch {
    binary: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    identity: Option<Arc<Identity>>,
    directory: tempfile::TempDir,
}

impl Launch {
    /// As Terraform starts a provider: with cookie, versions, ports and a certificate.
    pub fn new(binary: impl AsRef<Path>) -> Self {
        let identity = Arc::new(Identity::new());
        let directory = tempfile::tempdir().unwrap();
        let launch = Self {
            binary: binary.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            identity: None,
            directory,
        };
        let temporary = launch.directory.path().to_str().unwrap().to_owned();
        let pem = identity.pem();
        let launch = launch
            .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
            .env("PLUGIN_PROTOCOL_VERSIONS", "6,5")
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000")
            .env("PLUGIN_CLIENT_CERT", &pem)
            .env("TMPDIR", &temporary);
        Self { identity: Some(identity), ..launch }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// As Terraform does under TF_DISABLE_PLUGIN_TLS.
    pub fn plain_text(mut self) -> Self {
        self.identity = None;
        self.without("PLUGIN_CLIENT_CERT")
    }

    /// Starts it without waiting for a line.
    pub fn spawn(self) -> Plugin {
        let mut command = Command::new(&self.binary);
        // Logging and plugin variables of whoever runs the tests must not reach the plugin.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("TF_") || text.starts_with("PLUGIN_") {
                command.env_remove(&name);
            }
        }
        command.args(&self.arguments).envs(&self.environment).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Plugin {
            child,
            stdout,
            stderr,
            line: String::new(),
            printed: String::new(),
            identity: self.identity,
            directory: self.directory,
        }
    }

    /// Starts it and reads the handshake line.
    pub async fn start(self) -> Plugin {
        let mut plugin = self.spawn();
        match plugin.next_line().await {
            Some(line) => plugin.line = line,
            None => panic!("no handshake line: {}", plugin.errors().await),
        }
        plugin
    }

    /// Runs it to its end: exit code, stdout, stderr.
    pub async fn run(self) -> (Option<i32>, String, String) {
        let mut plugin = self.spawn();
        let status = plugin.wait().await;
        (status.code(), plugin.output(), plugin.errors().await)
    }
}

/// Lines as they come; the channel closes when the stream does.
fn lines(stream: impl Read + Send + 'static) -> UnboundedReceiver<String> {
    let (send, receive) = unbounded_channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    receive
}

/// The next line, or none when the stream has ended.
async fn next(lines: &mut UnboundedReceiver<String>) -> Option<String> {
    timeout(PATIENCE, lines.recv()).await.expect("the plugin neither prints nor ends")
}

/// A running plugin; it is killed when dropped.
pub struct Plugin {
    child: Child,
    stdout: UnboundedReceiver<String>,
    stderr: UnboundedReceiver<String>,
    line: String,
    /// What came on stdout besides.
    printed: String,
    identity: Option<Arc<Identity>>,
    directory: tempfile::TempDir,
}

impl Plugin {
    /// The handshake line, without its end.
    pub fn line(&self) -> &str {
        &self.line
    }

    pub fn fields(&self) -> Vec<&str> {
        self.line.split('|').collect()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the plugin was given as the directory for temporary files.
    pub fn temporary(&self) -> &Path {
        self.directory.path()
    }

    /// Connects as the host that started it.
    pub async fn connect(&self) -> Channel {
        self.connect_as(self.identity.as_deref()).await.unwrap()
    }

    /// Connects as somebody, or with TLS but without a certificate; in plain text if it was started so.
    pub async fn connect_as(&self, identity: Option<&Identity>) -> Result<Channel, tonic::transport::Error> {
        let fields = self.fields();
        let tls = (!fields[5].is_empty()).then(|| client(fields[5], identity));
        connect(fields[2], fields[3], tls).await
    }

    /// Connects without TLS, whatever the line says.
    pub async fn connect_plain(&self) -> Result<Channel, tonic::transport::Error> {
        let fields = self.fields();
        connect(fields[2], fields[3], None).await
    }

    pub async fn provider(&self) -> ProviderClient<Channel> {
        ProviderClient::new(self.connect().await).max_decoding_message_size(256 << 20)
    }

    /// Tells it to end, as Terraform does.
    pub async fn shut_down(&mut self) -> ExitStatus {
        GrpcControllerClient::new(self.connect().await).shutdown(Empty {}).await.unwrap();
        self.wait().await
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// The next line on stdout.
    pub async fn next_line(&mut self) -> Option<String> {
        next(&mut self.stdout).await
    }

    /// Waits for its end. A closed stdout is the sign; nothing else closes it.
    pub async fn wait(&mut self) -> ExitStatus {
        while let Some(line) = self.next_line().await {
            self.printed += &(line + "\n");
        }
        self.child.wait().unwrap()
    }

    /// What a plugin that was waited for printed after its handshake line.
    pub fn output(&self) -> String {
        self.printed.clone()
    }

    /// What a plugin that has ended wrote to stderr.
    pub async fn errors(&mut self) -> String {
        let mut all = String::new();
        while let Some(line) = next(&mut self.stderr).await {
            all += &(line + "\n");
        }
        all
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// TLS as the host speaks it: the certificate of the line is the only one trusted.
fn client(certificate: &str, identity: Option<&Identity>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(STANDARD_NO_PAD.decode(certificate).unwrap())).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let key = PrivateKeyDer::try_from(identity.key.serialize_der()).unwrap();
            builder.with_client_auth_cert(vec![identity.certificate.der().clone()], key).unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

/// Connects to an address as it stands in a handshake line or in TF_REATTACH_PROVIDERS.
pub async fn connect(
    network: &str,
    address: &str,
    tls: Option<Arc<ClientConfig>>,
) -> Result<Channel, tonic::transport::Error> {
    let (network, address) = (network.to_owned(), address.to_owned());
    let connector = tower::service_fn(move |_| {
        let (network, address, tls) = (network.clone(), address.clone(), tls.clone());
        async move {
            let raw: Box<dyn Stream> = match network.as_str() {
                "unix" => Box::new(UnixStream::connect(address).await?),
                _ => Box::new(TcpStream::connect(address).await?),
            };
            let Some(tls) = tls else { return Ok(TokioIo::new(raw)) };
            let name = ServerName::try_from("localhost").unwrap();
            let stream = tokio_rustls::TlsConnector::from(tls).connect(name, raw).await?;
            Ok::<_, std::io::Error>(TokioIo::new(Box::new(stream) as Box<dyn Stream>))
        }
    });
    Endpoint::from_static("http://localhost").connect_with_connector(connector).await
}

trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}
impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Stream for T {}
