//! Connections: how long one waits for its client, and which one is closed for a newcomer when there are too many.
//!
//! A client has its turn from when it connects until all of its request has come, and again while its answer is not
//! read. In its turn it has [`PATIENCE`]; a connection whose client has its turn may be closed for another.

use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::{
    body,
    extract::{ConnectInfo, Request, connect_info::Connected},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
    serve::{self, IncomingStream},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::yield_now,
    time::{Instant, Sleep, sleep, sleep_until, timeout},
};

use super::{BODY, answers::refused};

/// The maximum number of connections, if the system allows it.
const MOST: usize = 512;

/// How long a client may take for its request, or for reading more of its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The minimum time before a connection may be closed in favour of a new one.
const LEAST: Duration = Duration::from_millis(250);

/// The longest head of a request, in bytes.
const HEAD: usize = 64 * 1024;

/// The clients of all open connections.
#[derive(Clone, Default)]
pub(super) struct Connections(Arc<Mutex<Vec<Client>>>);

/// A listener whose connections are counted.
pub(super) struct Listener {
    pub(super) listener: TcpListener,
    pub(super) open: Connections,
}

/// A connection's client.
#[derive(Clone)]
pub(super) struct Client(Arc<Mutex<State>>);

struct State {
    /// Answers that are being computed, or whose end has not been.
    answers: usize,
    /// When the client's turn to send began; reset by a response.
    since: Instant,
    /// Since when it has not read more of its answer.
    unread: Option<Instant>,
    /// Bytes of a request whose head has not come whole; `None` once it has.
    head: Option<usize>,
    closed: bool,
    waker: Option<Waker>,
}

/// While it lives, the server has its turn.
pub(super) struct Answer(Client);

/// A TCP connection that fails when its client has taken too long, or was closed for another.
pub(super) struct Connection {
    stream: TcpStream,
    client: Client,
    open: Connections,
    end_of_turn: Pin<Box<Sleep>>,
}

impl Connections {
    /// Waits for a free slot, and closes an idle connection if it may.
    async fn make_room(&self) {
        while self.lock().len() >= MOST {
            self.close_one().await;
        }
    }

    /// Closes the connection whose client has had its turn for the longest; where none has had it long enough, waits a
    /// little.
    async fn close_one(&self) {
        match self.take_idlest() {
            Some(client) => {
                client.close();
                // Closed connections are dropped, and requests that have come are read, before the next is taken.
                yield_now().await;
            }
            None => sleep(Duration::from_millis(10)).await,
        }
    }

    fn take_idlest(&self) -> Option<Client> {
        let mut open = self.lock();
        let idle = open.iter().enumerate().filter_map(|(n, client)| Some((client.lock().idle_since()?, n)));
        let (_, n) = idle.min()?;
        Some(open.swap_remove(n))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Client>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    self.open.make_room().await;
                    return (Connection::new(stream, &self.open), address);
                }
                // The process has no descriptor left, say.
                Err(_) => self.open.close_one().await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Client {
    /// The server has its turn as long as the value that is returned lives.
    pub(super) fn answer(&self) -> Answer {
        self.lock().answers += 1;
        Answer(self.clone())
    }

    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Since when the client has its turn.
    fn turn(&self) -> Option<Instant> {
        self.unread.or_else(|| (self.answers == 0).then_some(self.since))
    }

    /// The same, if that is long enough to close the connection for another.
    fn idle_since(&self) -> Option<Instant> {
        self.turn().filter(|since| since.elapsed() >= LEAST)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.answers -= 1;
        state.since = Instant::now();
        state.head = Some(0);
    }
}

impl Connected<IncomingStream<'_, Listener>> for Client {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().client.clone()
    }
}

/// Reads a request to its end; from then on the server has its turn.
pub(super) async fn whole(ConnectInfo(client): ConnectInfo<Client>, request: Request, next: Next) -> Response {
    {
        let mut state = client.lock();
        state.head = None;
        // Time for the body.
        state.since = Instant::now();
    }
    let (head, body) = request.into_parts();
    let body = match timeout(PATIENCE, body::to_bytes(body, BODY)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            return refused(StatusCode::PAYLOAD_TOO_LARGE, "the text is longer than 64 KB, or was cut off")
                .into_response();
        }
        Err(_) => {
            return refused(StatusCode::REQUEST_TIMEOUT, "the body did not come within 10 seconds").into_response();
        }
    };
    let _answer = client.answer();
    next.run(Request::from_parts(head, body.into())).await
}

impl Connection {
    fn new(stream: TcpStream, open: &Connections) -> Self {
        let now = Instant::now();
        let state = State { answers: 0, since: now, unread: None, head: Some(0), closed: false, waker: None };
        let client = Client(Arc::new(Mutex::new(state)));
        open.lock().push(client.clone());
        Self { stream, client, open: open.clone(), end_of_turn: Box::pin(sleep_until(now)) }
    }

    /// Fails if the connection was closed for another, or the client's turn is over; otherwise sees to it that the task
    /// is woken when that is so.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        let mut state = self.client.lock();
        if state.closed {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        state.waker = Some(context.waker().clone());
        let turn = state.turn();
        drop(state);
        // Allow a little more, for the server's response that the body is incomplete.
        let Some(end) = turn.map(|since| since + PATIENCE + LEAST) else { return Poll::Pending };
        if self.end_of_turn.deadline() != end {
            self.end_of_turn.as_mut().reset(end);
        }
        self.end_of_turn.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Notes whether the client reads.
    fn written(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let now = Instant::now();
        let mut state = self.client.lock();
        if written.is_ready() {
            state.unread = None;
            state.since = now;
            return written;
        }
        state.unread.get_or_insert(now);
        drop(state);
        self.wait(context)
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        if read.is_pending() {
            return self.wait(context);
        }
        if let Some(head) = &mut self.client.lock().head {
            *head += into.filled().len() - before;
            if *head > HEAD {
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, from);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, from);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.lock().retain(|client| !Arc::ptr_eq(&client.0, &self.client.0));
    }
}
