//! The socket side: accepts, speaks TLS and HTTP/1.1, plays faults, writes the log. It knows nothing of what is asked,
//! but that some of it may be asked over plain http.

use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::exchange::{Call, Reply};
use super::exchange_log::{Ending, ExchangeLog};
use super::faults::{Action, DelayAction, TruncateAction};
use super::surfaces;
use super::world::World;

/// The largest request body that is read.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// How long a truncated body stays open after its last byte, so that the bytes leave before the connection closes.
const TRUNCATION_GRACE: Duration = Duration::from_millis(20);

/// The first byte of a TLS connection: a handshake record.
const TLS_HANDSHAKE: u8 = 0x16;

/// Bytes that an endless body sends at once, about.
const ENDLESS_CHUNK: usize = 64 * 1024;

/// How a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Https,
    Http,
}

struct Shared {
    world: Mutex<World>,
    log: ExchangeLog,
    base: String,
}

/// The error that makes hyper close a connection without an answer.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the connection is dropped on purpose")
    }
}

impl Error for Dropped {}

/// Serves the world on a listener that the caller owns, until `shutdown` completes.
pub async fn run(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    mut world: World,
    log: ExchangeLog,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let base = format!("https://{address}");
    world.own_urls =
        ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("https://{host}:{}", address.port())).to_vec();
    let shared = Arc::new(Shared { world: Mutex::new(world), log, base });
    let connections = AtomicU64::new(0);
    let mut serving = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            Some(_) = serving.join_next(), if !serving.is_empty() => {}
            accepted = listener.accept() => {
                // A client that is gone before it is accepted is no reason to stop.
                let Ok((stream, _)) = accepted else { continue };
                let number = connections.fetch_add(1, Ordering::Relaxed) + 1;
                serving.spawn(serve(stream, acceptor.clone(), Arc::clone(&shared), number));
            }
        }
    }
}

/// One connection. Whatever goes wrong on it ends it and nothing else.
async fn serve(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>, number: u64) {
    let _ = stream.set_nodelay(true);
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1) if first[0] == TLS_HANDSHAKE => {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            speak(stream, Scheme::Https, shared, number).await;
        }
        Ok(1) => speak(stream, Scheme::Http, shared, number).await,
        _ => {}
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    scheme: Scheme,
    shared: Arc<Shared>,
    number: u64,
) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { handle(request, scheme, shared, number).await }
    });
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn handle(
    request: Request<Incoming>,
    scheme: Scheme,
    shared: Arc<Shared>,
    connection: u64,
) -> Result<Response<Body>, Dropped> {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(Body::new(body), BODY_LIMIT).await.map_err(|_| Dropped)?;
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let mut call = Call::new(head.method.as_str(), target, headers.collect(), body.to_vec(), &shared.base);
    if scheme == Scheme::Http {
        call.base = call.base.replacen("https://", "http://", 1);
        if !surfaces::is_plain(&call) {
            let reply = only_https().complete(&call);
            let ending = Ending { reply: Some(&reply), fault: None };
            shared.log.write(connection, started.elapsed(), &call, ending).map_err(|_| Dropped)?;
            return respond(&reply, Length::Whole);
        }
    }
    if surfaces::is_admin(&call) {
        return respond(&surfaces::answer(&mut lock(&shared.world), &call), Length::Whole);
    }
    let fault = lock(&shared.world).faults.take(&call);
    let length = match &fault {
        Some(Action::Truncate(TruncateAction { truncate })) => Length::CutAt(*truncate),
        Some(Action::Endless(_)) => Length::Endless,
        _ => Length::Whole,
    };
    let reply = if let Some(Action::Delay(DelayAction { even_if_gone: true, .. })) = &fault {
        lock(&shared.world).late += 1;
        let outcome = tokio::spawn(async move {
            let outcome = work(&call, fault.as_ref(), &shared, connection, started).await;
            lock(&shared.world).late -= 1;
            outcome
        });
        outcome.await.map_err(|_| Dropped)??
    } else {
        work(&call, fault.as_ref(), &shared, connection, started).await?
    };
    respond(&reply, length)
}

/// Does what a request asks, as far as the fault lets it, and writes it down.
async fn work(
    call: &Call,
    fault: Option<&Action>,
    shared: &Shared,
    connection: u64,
    started: Instant,
) -> Result<Reply, Dropped> {
    if let Some(Action::Delay(DelayAction { delay_ms, .. })) = fault {
        tokio::time::sleep(Duration::from_millis(*delay_ms)).await;
    }
    let is_done = !fault.is_some_and(Action::prevents);
    let done = is_done.then(|| {
        let mut world = lock(&shared.world);
        let answer = |world: &mut World| surfaces::answer(world, call);
        if fault.is_some_and(Action::is_stale) { world.as_remembered(answer) } else { answer(&mut world) }
    });
    let done = match fault {
        Some(fault) => done.map(|reply| fault.edit(reply)),
        None => done,
    };
    let instead = fault.and_then(Action::instead).map(|reply| reply.complete(call));
    let reply = match fault {
        Some(Action::Drop(_)) => None,
        _ => instead.or(done),
    };
    let ending = Ending { reply: reply.as_ref(), fault: fault.map(Action::name) };
    // A log that cannot be written must not pass for a quiet one.
    shared.log.write(connection, started.elapsed(), call, ending).map_err(|_| Dropped)?;
    reply.ok_or(Dropped)
}

/// What a client is told that speaks plain http where it must not.
fn only_https() -> Reply {
    let text = "This port speaks https. Plain http is for managed identities alone: /metadata/identity/oauth2/token \
                and /msi/token.\n";
    Reply::text(400, text).with_header("connection", "close")
}

/// How much of a body is sent.
enum Length {
    Whole,
    /// The whole length is declared, so many bytes are sent.
    CutAt(usize),
    /// The body again and again, as long as anybody reads.
    Endless,
}

/// The reply as hyper sends it.
fn respond(reply: &Reply, length: Length) -> Result<Response<Body>, Dropped> {
    let bytes = Bytes::from(reply.bytes());
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let body = match length {
        Length::CutAt(length) if length < bytes.len() => {
            response = response.header("content-length", bytes.len());
            let sent = stream::iter([Ok::<_, Dropped>(bytes.slice(..length))]);
            let broken = stream::once(async {
                tokio::time::sleep(TRUNCATION_GRACE).await;
                Err(Dropped)
            });
            Body::from_stream(sent.chain(broken))
        }
        Length::Endless => {
            let chunk = Bytes::from(bytes.repeat(ENDLESS_CHUNK.div_ceil(bytes.len().max(1))));
            Body::from_stream(stream::repeat_with(move || Ok::<_, Dropped>(chunk.clone())))
        }
        Length::Whole | Length::CutAt(_) => Body::from(bytes),
    };
    response.body(body).map_err(|_| Dropped)
}

fn lock(world: &Mutex<World>) -> std::sync::MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}
