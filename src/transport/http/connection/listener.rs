//! Sockets: connections are accepted, wrapped in TLS if asked for, served over HTTP/1.1, and closed without cutting an
//! answer.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body};
use hyper::{
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use tokio::{
    io::{self, AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{
    idle::{IdleEntry, IdleList, IdleLists, Peer, Room},
    request_heads::RequestHeads,
    slow_readers::{UnreadSince, WatchedStream},
    tls::Tls,
};
use crate::{
    descriptors::{are_free, is_shortage},
    error::{Error, Kind},
};

/// How long a connection may be idle. This is longer than ingresses keep an idle connection (Envoy an hour, Google's
/// load balancers ten minutes, Traefik 90 seconds), so that no ingress writes into a connection that is being closed.
/// The bytes that idle connections hold are limited elsewhere (`idle`).
const IDLE: Duration = Duration::from_secs(61 * 60);
/// Time for answers that are still being sent when everything else has ended.
const LAST: Duration = Duration::from_secs(2);
/// How many connections may wait to be accepted. tokio's own listener uses this number; the 128 of std are too few when
/// many clients connect at once.
const BACKLOG: u32 = 1024;
/// Size of a socket's send buffer, in bytes. A system that makes it megabytes reports room only after a third of them
/// was read, and a slow reader would look like a client that does not read.
const SENT: u32 = 128 << 10;
/// Longest head of a request, in bytes.
const HEAD: usize = 64 << 10;

/// How many bytes behind a request may wait until the request is answered, besides what hyper has read. The end of a
/// connection is not noticed behind more bytes. The number is small so that hyper sees each head before much has come
/// behind it.
const AHEAD: usize = 8 << 10;

/// How many descriptors are left free for other uses: /healthz on the ops address, requests to Argo CD, files.
const FREE: usize = 16;
/// Pause after closing connections, until their descriptors are free.
const GONE: Duration = Duration::from_millis(5);
/// Pause between two looks for a free descriptor, when no connection could be closed.
const LOOK: Duration = Duration::from_millis(100);
/// How often the log repeats what was closed to free descriptors.
const TOLD: Duration = Duration::from_secs(60);

/// A bound socket, and what is served on it.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    router: Router,
    tls: Option<Arc<Tls>>,
    /// How long the head of a request may take from its first byte on. For the first request the time begins with the
    /// connection.
    patience: Duration,
    /// How many descriptors this listener leaves to others.
    free: usize,
    /// Connections without a complete request.
    unasked: Arc<IdleList>,
    /// Connections whose client does not read its answers.
    untaken: Arc<IdleList>,
    /// The idle connections of all listeners.
    idle_lists: Arc<IdleLists>,
}

impl Listener {
    /// Binds the address.
    ///
    /// # Errors
    /// The address is in use, or not one of this machine.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn bind(
        address: SocketAddr,
        router: Router,
        tls: Option<Arc<Tls>>,
        patience: Duration,
        idle_lists: &Arc<IdleLists>,
    ) -> Result<Self, Error> {
        let bound = || {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            // A server that has just ended does not block the port. On Windows it never does, and the option would mean
            // something else.
            socket.set_reuseaddr(cfg!(not(windows)))?;
            socket.set_send_buffer_size(SENT)?;
            socket.bind(address)?;
            socket.listen(BACKLOG)
        };
        let socket = bound().map_err(|error| {
            Error::new(Kind::Unavailable, format!("cannot listen on {address}: {error}"))
                .hint("Choose another port with --port, or another address with --bind-address.")
        })?;
        let (unasked, untaken, idle_lists) = (idle_lists.another(), idle_lists.another(), Arc::clone(idle_lists));
        Ok(Self { socket, router, tls, patience, free: FREE, unasked, untaken, idle_lists })
    }

    /// Lets this listener use the last descriptors.
    #[must_use]
    pub fn first(self) -> Self {
        Self { free: 0, ..self }
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `stop`, then lets every connection finish its answer. The task ends with the last connection. Once
    /// `draining` is cancelled, answers that nobody reads are given up sooner.
    pub fn spawn(self, draining: CancellationToken, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(self.serve(draining, stop))
    }

    async fn serve(self, draining: CancellationToken, stop: CancellationToken) {
        let connections = GracefulShutdown::new();
        let mut told = HashMap::new();
        while let Some(stream) = stop.run_until_cancelled(self.next(&mut told)).await {
            let (tls, watcher) = (self.tls.clone(), connections.watcher());
            let (draining, stop) = (draining.clone(), stop.clone());
            let peer = Peer::default();
            let (idle, listens) =
                (IdleEntry::new(&self.unasked, &peer), IdleEntry::new(self.idle_lists.streams(), &peer));
            let heads = RequestHeads::first(idle, listens, tls.is_some());
            let waits = UnreadSince::new(IdleEntry::new(&self.untaken, &peer));
            let router = self.router.clone();
            let served = Served { router, patience: self.patience, draining, stop, heads, waits, peer: peer.clone() };
            tokio::spawn(async move {
                tokio::select! {
                    () = served.connection(stream, tls, watcher) => {}
                    () = peer.has_to_go() => {}
                }
            });
        }
        drop(self.socket);
        let _ = tokio::time::timeout(LAST, connections.shutdown()).await;
    }

    /// Accepts the next connection, once there are descriptors for it and for other uses.
    async fn next(&self, told: &mut HashMap<Room, Instant>) -> TcpStream {
        let stream = loop {
            match self.socket.accept().await {
                Ok((stream, _)) => break stream,
                Err(error) if is_shortage(&error) => self.make_room(&error, told).await,
                Err(error) => {
                    debug!(%error, "a connection ended before it was accepted");
                    tokio::time::sleep(GONE).await;
                }
            }
        };
        while let Err(error) = are_free(&self.socket, self.free) {
            self.make_room(&error, told).await;
        }
        stream
    }

    /// Closes idle connections of any listener to free descriptors: strangers first, streams last.
    async fn make_room(&self, error: &std::io::Error, told: &mut HashMap<Room, Instant>) {
        let room = self.idle_lists.make_room(FREE);
        if told.get(&room).is_none_or(|when| when.elapsed() >= TOLD) {
            told.insert(room, Instant::now());
            let what = match room {
                Room::Strangers => "idle ones are closed",
                Room::Known => "idle ones of known clients are closed, too; raise the limit of open files",
                Room::Stream => "nothing idle is left, so that the oldest streams end; raise the limit of open files",
                Room::Nothing => "it waits until others end; raise the limit of open files if that lasts",
            };
            warn!(%error, "a connection could not be accepted at once: {what}");
        }
        tokio::time::sleep(if room == Room::Nothing { LOOK } else { GONE }).await;
    }
}

/// What is served on a connection, and within which times.
struct Served {
    router: Router,
    patience: Duration,
    draining: CancellationToken,
    stop: CancellationToken,
    heads: RequestHeads,
    waits: UnreadSince,
    peer: Peer,
}

impl Served {
    async fn connection(self, stream: TcpStream, tls: Option<Arc<Tls>>, watcher: Watcher) {
        let _ = stream.set_nodelay(true);
        let stream = WatchedStream { stream, waits: self.waits.clone(), heads: self.heads.clone() };
        match tls {
            None => self.http(stream, watcher).await,
            Some(tls) => match tokio::time::timeout(self.patience, tls.accept(stream)).await {
                Ok(Ok(stream)) => {
                    self.heads.greeted();
                    self.http(stream, watcher).await;
                }
                Ok(Err(error)) => debug!(%error, "no TLS"),
                Err(_) => debug!("no TLS handshake in time"),
            },
        }
    }

    async fn http(self, stream: impl AsyncRead + AsyncWrite + Unpin + 'static, watcher: Watcher) {
        let (heads, waits, peer) = (self.heads, self.waits, self.peer);
        let arrived = heads.clone();
        let router = TowerToHyperService::new(self.router);
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(peer.clone());
            let (head, body) = request.into_parts();
            let (body, answering) = arrived.complete(&head, Body::new(body));
            let response = router.call(hyper::Request::from_parts(head, body));
            async move { response.await.map(|response| answering.hold(response)) }
        });
        let (from_client, to_client) = io::split(stream);
        let (served, ahead) = io::simplex(AHEAD);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(io::join(served, to_client)), service);
        tokio::select! {
            ended = watcher.watch(connection) => {
                if let Err(error) = ended {
                    debug!(%error, "a connection broke");
                }
            }
            () = heads.feed(from_client, ahead) => debug!("who asked does not wait for the answer"),
            () = heads.late(self.patience, &waits) => debug!("a connection brought no request in time"),
            () = heads.too_late(&self.stop) => debug!("a connection brought no request before the end"),
            () = waits.in_vain(&self.draining) => debug!("who asked does not read the answer"),
        }
    }
}
