//! A TCP proxy before the emulator: it can refuse connections, and it holds a broken connection until the test has done
//! what is to be done before the other side learns of it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

/// How long after the emulator's end of a connection that of the provider comes, where it was the provider's wish.
const CLOSED_TOO: Duration = Duration::from_millis(50);

/// The proxy; it ends when dropped.
pub struct Proxy {
    address: SocketAddr,
    target: SocketAddr,
    /// Never listens; it keeps the port from others while nobody does.
    _place: TcpSocket,
    /// Runs while connections are let through.
    open: Mutex<Option<JoinHandle<()>>>,
    /// Whether a connection that the emulator closes is held open towards the provider.
    hold: watch::Sender<bool>,
    broken: Arc<Notify>,
}

impl Proxy {
    /// Forwards to the host and port of `url`.
    pub async fn to(url: &str) -> Self {
        let target = url.trim_start_matches("https://").parse().unwrap();
        let place = socket("127.0.0.1:0".parse().unwrap());
        let address = place.local_addr().unwrap();
        let proxy = Self {
            address,
            target,
            _place: place,
            open: Mutex::default(),
            hold: watch::Sender::new(false),
            broken: Arc::default(),
        };
        proxy.open();
        proxy
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Lets connections through.
    pub fn open(&self) {
        let mut open = self.open.lock().unwrap();
        if open.is_none() {
            let listener = socket(self.address).listen(64).unwrap();
            let (target, hold, broken) = (self.target, self.hold.subscribe(), Arc::clone(&self.broken));
            *open = Some(tokio::spawn(accept(listener, target, hold, broken)));
        }
    }

    /// Breaks every connection and refuses new ones.
    pub async fn shut(&self) {
        let open = self.open.lock().unwrap().take();
        if let Some(task) = open {
            task.abort();
            let _ = task.await;
        }
    }

    /// Holds what the emulator closes from now on, or lets it go.
    pub fn hold(&self, hold: bool) {
        // One that was held and not waited for is of the past.
        let _ = self.broken.notified().now_or_never();
        self.hold.send_replace(hold);
    }

    /// Waits until the emulator has closed a connection that is held.
    pub async fn broken(&self) {
        self.broken.notified().await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(task) = self.open.get_mut().unwrap().take() {
            task.abort();
        }
    }
}

/// A socket at an address that others of this process may have too.
fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

async fn accept(listener: TcpListener, target: SocketAddr, hold: watch::Receiver<bool>, broken: Arc<Notify>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        connections.spawn(forward(client, target, hold.clone(), Arc::clone(&broken)));
        while connections.try_join_next().is_some() {}
    }
}

async fn forward(client: TcpStream, target: SocketAddr, mut hold: watch::Receiver<bool>, broken: Arc<Notify>) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut up, mut down) = (vec![0; 16 << 10], vec![0; 16 << 10]);
    loop {
        tokio::select! {
            read = from_client.read(&mut up) => match read {
                Ok(length) if length > 0 && to_server.write_all(&up[..length]).await.is_ok() => {}
                _ => return,
            },
            read = from_server.read(&mut down) => match read {
                Ok(length) if length > 0 && to_client.write_all(&down[..length]).await.is_ok() => {}
                _ => {
                    // A client that closed first, whose end is on its way here, has nothing to be held.
                    let closed = timeout(CLOSED_TOO, from_client.read(&mut up)).await.is_ok();
                    if *hold.borrow() && !closed {
                        broken.notify_one();
                        let _ = hold.wait_for(|hold| !hold).await;
                    }
                    return;
                }
            },
        }
    }
}
