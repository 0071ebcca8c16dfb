//! The accept loop: who gets a place, and how long they may keep it without saying anything.
//!
//! Threat: opening a connection costs a stranger nothing. A framework's own loop waits for ever for a header that comes byte by
//! byte, so this one sets the clocks itself. HTTP/1.1 only: it has no streams to reset and no continuation frames.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};
use tower::ServiceExt as _;

use crate::app::App;
use crate::limits::{HYPER_HEADER_BYTES, HYPER_HEADERS};
use crate::reject::Reject;
use crate::routes;
use crate::socket::Socket;
use crate::tls::Tls;

/// Serves until `stop` turns true, then lets requests under way finish.
pub(crate) async fn serve(listener: TcpListener, app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let door = Arc::new(Door::new(app, stop.clone()));
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => Arc::clone(&door).admit(stream, Peer(peer.ip())),
                Err(error) => {
                    // Out of file handles, or a client that was gone before we looked. A busy loop would help neither.
                    door.app.log.event("accept", "listener", &error.kind());
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    door.app.stopping.store(true, Ordering::Relaxed);
    drop(listener);
    let all = u32::try_from(door.app.limits.connections).unwrap_or(u32::MAX);
    let _ = timeout(door.app.limits.request, door.places.acquire_many(all)).await;
}

/// Who is at the other end of a connection: a sender or a proxy. Used for a moment, kept nowhere.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What every connection shares.
struct Door {
    app: Arc<App>,
    router: Router,
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// Changes when places are short: who has nothing to say leaves.
    pressure: watch::Sender<()>,
    stop: watch::Receiver<bool>,
}

impl Door {
    fn new(app: Arc<App>, stop: watch::Receiver<bool>) -> Self {
        Self {
            router: routes::router(Arc::clone(&app)),
            places: Arc::clone(&app.places),
            queue: Arc::new(Semaphore::new(app.limits.queue)),
            pressure: watch::Sender::new(()),
            stop,
            app,
        }
    }

    /// Gives a connection a place, or lets it wait for one that a silent connection gives up.
    fn admit(self: Arc<Self>, stream: TcpStream, peer: Peer) {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            tokio::spawn(async move { self.keep(stream, peer, place).await });
            return;
        }
        if let Ok(waiting) = Arc::clone(&self.queue).try_acquire_owned() {
            tokio::spawn(async move {
                match self.wait().await {
                    Some(place) => {
                        drop(waiting);
                        self.keep(stream, peer, place).await;
                    }
                    None => self.turn_away(stream).await,
                }
            });
        }
    }

    /// Waits for a place. Two calls, because a connection that had only just opened at the first may be silent at the second.
    async fn wait(&self) -> Option<OwnedSemaphorePermit> {
        for _ in 0..2 {
            self.pressure.send_replace(());
            let place = Arc::clone(&self.places).acquire_owned();
            if let Ok(Ok(place)) = timeout(self.app.limits.queue_wait / 2, place).await {
                return Some(place);
            }
        }
        None
    }

    /// A connection's life: requests one after the other, until it ends, falls silent or has to make room.
    async fn keep(&self, stream: TcpStream, peer: Peer, place: OwnedSemaphorePermit) {
        let _ = stream.set_nodelay(true);
        let opened = Instant::now();
        match self.app.tls.as_ref().map(Tls::acceptor) {
            None => self.serve(stream, peer, opened).await,
            // Whoever does not finish it in the time of a header had nothing to say.
            Some(acceptor) => {
                if let Ok(Ok(stream)) = timeout(self.app.limits.header, acceptor.accept(stream)).await {
                    self.serve(stream, peer, opened).await;
                }
            }
        }
        drop(place);
    }

    /// Requests on a stream that can carry them.
    async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin, peer: Peer, opened: Instant) {
        let busy = Arc::new(AtomicUsize::new(0));
        let service = service_fn(|request| self.answer(request, peer, Busy::new(&busy)));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.app.limits.header)
            .max_headers(HYPER_HEADERS)
            .max_buf_size(HYPER_HEADER_BYTES);
        let socket = TokioIo::new(Socket::new(stream, &self.app.limits));
        let mut connection = pin!(http.serve_connection(socket, service));
        let mut pressure = self.pressure.subscribe();
        let mut stop = self.stop.clone();
        let mut stopping = false;
        loop {
            tokio::select! {
                // An error here is a client's affair: gone, too slow, or not speaking HTTP.
                _ = connection.as_mut() => break,
                Ok(()) = pressure.changed() => {
                    let silent = busy.load(Ordering::Acquire) == 0 && opened.elapsed() > self.app.limits.silence;
                    if silent {
                        break;
                    }
                }
                _ = stop.wait_for(|stop| *stop), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }

    async fn answer(
        &self,
        mut request: Request<Incoming>,
        peer: Peer,
        busy: Busy,
    ) -> Result<Response<Held>, Infallible> {
        request.extensions_mut().insert(peer);
        let response = self.router.clone().oneshot(request).await?;
        Ok(response.map(|body| Held { body, _busy: busy }))
    }

    /// A quick refusal in place of a long silence.
    async fn turn_away(&self, stream: TcpStream) {
        // A handshake is work, and there is too much of it already.
        if self.app.tls.is_some() {
            return;
        }
        let json = Reject::Busy.json();
        let (length, seconds) = (json.len(), self.app.limits.retry_after);
        // Nothing was read, so nobody knows which form it is for and which page asks.
        let grant = if self.app.origins.are_open() { GRANT } else { "" };
        let answer = format!(
            "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             retry-after: {seconds}\r\nconnection: close\r\n{grant}cache-control: no-store\r\n\r\n{json}"
        );
        let mut socket = Socket::new(stream, &self.app.limits);
        if socket.write_all(answer.as_bytes()).await.is_ok() {
            let _ = socket.shutdown().await;
        }
    }
}

/// A request under way, from its header to the last byte of its answer.
struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(count))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// An answer's body that keeps its connection busy for as long as it is being sent.
struct Held {
    body: axum::body::Body,
    _busy: Busy,
}

impl hyper::body::Body for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Every page may read the answer, as it may read every other answer where no form has a list.
const GRANT: &str = "access-control-allow-origin: *\r\naccess-control-expose-headers: retry-after\r\n";
/// After a failed accept, so that a lack of file handles does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
