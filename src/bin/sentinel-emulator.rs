//! The emulator's command line: reads files, opens the socket, says where it is. What it serves lives in
//! `emulator`.

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use terraform_provider_defender::emulator::{self, Certificates, ExchangeLog, REFERENCE, Scenario, World};
use tokio::net::TcpListener;

/// A small Microsoft Sentinel on loopback: ARM, Entra tokens and the Defender export settings, over https.
///
/// Prints its https URL as the first and only line on stdout. Trust the CA that --ca-file names, for instance through
/// SSL_CERT_FILE.
#[derive(Debug, Parser)]
#[command(name = "sentinel-emulator", version, after_long_help = REFERENCE)]
struct Options {
    /// The loopback address and port to listen on; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:0", value_parser = loopback)]
    listen: SocketAddr,

    /// Where to write the certificate of the CA made at start, as PEM
    #[arg(long, value_name = "PATH")]
    ca_file: PathBuf,

    /// Where to record every exchange, one JSON object a line, without secrets; replaces the file
    #[arg(long, value_name = "FILE")]
    exchange_log: PathBuf,

    /// What the service holds and how it behaves; a built-in scenario without it
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,

    /// Seconds after which a forgotten emulator ends by itself
    #[arg(long = "for", value_name = "SECONDS", default_value_t = 3600)]
    lifetime: u64,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|error| format!("{error}"))?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(format!("{} is not a loopback address; the emulator has no business on a network", address.ip()))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match start(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "sentinel-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn start(options: Options) -> Result<(), Box<dyn Error + Send + Sync>> {
    let scenario = match &options.scenario {
        None => Scenario::built_in()?,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            Scenario::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?
        }
    };
    let world = World::new(scenario)?;
    let certificates = Certificates::generate()?;
    let log = ExchangeLog::create(&options.exchange_log)
        .map_err(|error| format!("{}: {error}", options.exchange_log.display()))?;
    std::fs::write(&options.ca_file, &certificates.ca_pem)
        .map_err(|error| format!("{}: {error}", options.ca_file.display()))?;

    let listener = TcpListener::bind(options.listen).await?;
    let url = format!("https://{}", listener.local_addr()?);
    let mut interrupts = Interrupts::new()?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{url}")?;
    stdout.flush()?;

    let end = async move {
        tokio::select! {
            () = interrupts.any() => {}
            () = tokio::time::sleep(Duration::from_secs(options.lifetime)) => {}
        }
    };
    emulator::run(listener, certificates.acceptor, world, log, end).await?;
    Ok(())
}

/// The signals that end the emulator, caught from before its URL is printed.
#[cfg(unix)]
struct Interrupts {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Interrupts {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signal that ends the emulator where there is no SIGTERM.
#[cfg(not(unix))]
struct Interrupts;

#[cfg(not(unix))]
impl Interrupts {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn any(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
