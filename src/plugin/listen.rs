//! Where the host connects: a unix socket in a directory of its own, else a TCP port of this machine.

use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

/// A peer that takes longer to agree on TLS is no host.
const TLS_TIMEOUT: Duration = Duration::from_secs(10);

/// A place to connect to; dropping it removes the socket.
pub struct Listener {
    socket: Socket,
    address: String,
    /// Holds the socket's directory until the process ends: a host may reconnect.
    directory: Option<tempfile::TempDir>,
}

enum Socket {
    #[cfg(unix)]
    Unix(UnixListener),
    Tcp(TcpListener),
}

/// Listens on a unix socket if any directory will have one. TCP is open to every user of the machine, so it is taken
/// only when TLS keeps them out, or where there is nothing else.
pub async fn bind(ports: RangeInclusive<u16>, tls: bool) -> io::Result<Listener> {
    #[cfg(unix)]
    let failure = match unix(&directories()) {
        Ok(listener) => return Ok(listener),
        Err(error) => error,
    };
    #[cfg(not(unix))]
    let failure = io::Error::from(io::ErrorKind::Unsupported);
    if tls || cfg!(windows) {
        return tcp(ports).await;
    }
    Err(failure)
}

/// Where a socket may be made; a deep TMPDIR is too long for a socket's name.
#[cfg(unix)]
fn directories() -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|path| !path.is_empty()).map(PathBuf::from);
    [Some(std::env::temp_dir()), runtime, Some(PathBuf::from("/tmp"))].into_iter().flatten().collect()
}

#[cfg(unix)]
fn unix(directories: &[PathBuf]) -> io::Result<Listener> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for parent in directories {
        let listener = tempfile::Builder::new()
            .prefix("plugin-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)
            .and_then(|directory| {
                let path = directory.path().join("socket");
                let socket = Socket::Unix(UnixListener::bind(&path)?);
                let address = path.into_os_string().into_string();
                let address = address.map_err(|_| io::Error::other("the path is not UTF-8"))?;
                Ok(Listener { socket, address, directory: Some(directory) })
            });
        match listener {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

async fn tcp(ports: RangeInclusive<u16>) -> io::Result<Listener> {
    let mut failure = io::Error::from(io::ErrorKind::AddrInUse);
    for port in ports {
        match TcpListener::bind(("127.0.0.1", port)).await {
            Ok(listener) => {
                let address = listener.local_addr()?.to_string();
                return Ok(Listener { socket: Socket::Tcp(listener), address, directory: None });
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

impl Listener {
    /// `unix` or `tcp`.
    pub fn network(&self) -> &'static str {
        match self.socket {
            #[cfg(unix)]
            Socket::Unix(_) => "unix",
            Socket::Tcp(_) => "tcp",
        }
    }

    /// The socket's path, or address and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Accepts connections as they come. Each agrees on TLS in a task of its own, so that none holds up another. The
    /// directory handed back keeps the socket's name alive.
    pub fn accept(self, tls: Option<Arc<ServerConfig>>) -> (ReceiverStream<io::Result<Connection>>, impl Drop) {
        let (found, connections) = mpsc::channel(16);
        let tls = tls.map(TlsAcceptor::from);
        tokio::spawn(async move {
            while !found.is_closed() {
                match self.socket.accept().await {
                    Ok(raw) => {
                        tokio::spawn(agree(raw, tls.clone(), found.clone()));
                    }
                    Err(error) => {
                        // Out of file handles, most likely: without a pause this would spin.
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        });
        (ReceiverStream::new(connections), Kept { _directory: self.directory })
    }
}

/// Keeps the socket's directory until it is dropped.
struct Kept {
    _directory: Option<tempfile::TempDir>,
}

impl Drop for Kept {
    fn drop(&mut self) {}
}

impl Socket {
    async fn accept(&self) -> io::Result<Connection> {
        match self {
            #[cfg(unix)]
            Socket::Unix(listener) => Ok(Connection::new(listener.accept().await?.0)),
            Socket::Tcp(listener) => Ok(Connection::new(listener.accept().await?.0)),
        }
    }
}

async fn agree(raw: Connection, tls: Option<TlsAcceptor>, found: mpsc::Sender<io::Result<Connection>>) {
    let connection = match tls {
        None => raw,
        Some(tls) => match tokio::time::timeout(TLS_TIMEOUT, tls.accept(raw)).await {
            Ok(Ok(stream)) => Connection::new(stream),
            Ok(Err(error)) => return tracing::warn!(%error, "refused a connection"),
            Err(_) => return tracing::warn!("refused a connection that did not agree on TLS in time"),
        },
    };
    // Nobody takes connections any more when the process is ending.
    drop(found.send(Ok(connection)).await);
}

/// Bytes both ways, whatever carries them.
trait Stream: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}

/// A connection that is ready for HTTP/2.
pub struct Connection {
    bytes: Pin<Box<dyn Stream>>,
    /// Dropped with the connection, so that whoever waits for its end hears of it.
    _open: Option<watch::Receiver<()>>,
}

impl Connection {
    fn new(bytes: impl Stream + 'static) -> Self {
        Self { bytes: Box::pin(bytes), _open: None }
    }

    /// The same connection, which holds `open` as long as it lives.
    pub fn holding(self, open: watch::Receiver<()>) -> Self {
        Self { _open: Some(open), ..self }
    }
}

impl Connected for Connection {
    type ConnectInfo = ();
    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.bytes.as_mut().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.bytes.as_mut().poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.bytes.as_mut().poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.bytes.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.bytes.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.bytes.as_mut().poll_shutdown(cx)
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn the_socket_lies_in_a_private_directory_that_goes_with_it() {
        let listener = unix(&[std::env::temp_dir()]).unwrap();
        let directory = PathBuf::from(listener.address()).parent().unwrap().to_owned();
        assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        drop(listener);
        assert!(!directory.exists());
    }

    #[tokio::test]
    async fn a_directory_too_deep_for_sockets_is_passed_over() {
        let shallow = tempfile::tempdir().unwrap();
        let deep = shallow.path().join("d".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        let listener = unix(&[deep.clone(), shallow.path().join("absent"), shallow.path().to_owned()]).unwrap();
        assert!(listener.address().starts_with(shallow.path().to_str().unwrap()));
        assert_eq!(std::fs::read_dir(&deep).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn tcp_is_this_machine_only() {
        let listener = tcp(0..=0).await.unwrap();
        assert_eq!(listener.network(), "tcp");
        assert!(listener.address().starts_with("127.0.0.1:"));
    }
}
