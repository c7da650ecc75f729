//! `lab serve`: the page, with a prompt and the models behind it, on the loopback address only.

mod answers;
mod connections;
mod guard;
mod inside;
mod queue;
mod reader;
mod token;

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    thread,
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, middleware, response::Html, routing};
use gpt2_runner::Gpt2Tokenizer;
use lab::{Error, source::ModelSource};
use tokio::{
    net::{TcpListener, TcpSocket},
    runtime::Builder,
    signal,
    task::JoinSet,
};

use connections::{Client, Connections, Listener};
use queue::Queue;
use token::Tokens;

pub use token::Addresses;

/// The longest body of a request, in bytes.
const BODY: usize = 64 * 1024;

/// The listen backlog. When it is full, the system retries after a second.
const WAITING: u32 = 1024;

/// The send buffer in bytes, for a client that does not read.
const SENT: u32 = 128 * 1024;

/// The page and its models.
#[derive(Debug)]
pub struct Served {
    /// The page.
    pub page: String,
    /// Its tokenizer.
    pub tokenizer: Gpt2Tokenizer,
    /// The models that it asks, in the order of its numbers for them.
    pub models: Vec<ModelSource>,
    /// Whether a browser has to open it with a token, which keeps other users of the machine out.
    pub token: bool,
}

/// State shared by requests.
struct Lab {
    page: Bytes,
    tokenizer: Gpt2Tokenizer,
    models: Vec<(ModelSource, Arc<Queue>)>,
}

/// Serves until interrupted; `port` 0 selects a free one. Calls `ready` once requests are accepted.
///
/// # Errors
/// If a model cannot be loaded, the port is not available, or the system has no random bytes for a token; at the end, if
/// a model's file was written to meanwhile.
pub fn serve(served: Served, port: u16, ready: impl FnOnce(&Addresses)) -> Result<(), Error> {
    let Served { page, tokenizer, models, token } = served;
    let (mut queues, mut loaded) = (Vec::new(), Vec::new());
    for source in models {
        let model = Arc::new(source.load()?);
        let queue = Arc::new(Queue::default());
        let (work, reads) = (Arc::clone(&queue), Arc::clone(&model));
        thread::spawn(move || work.work_off(&reads));
        queues.push((source, queue));
        loaded.push(model);
    }
    let lab = Arc::new(Lab { page: page.into(), tokenizer, models: queues });
    let runtime = Builder::new_current_thread().max_blocking_threads(1).enable_all().build().map_err(Error::Serve)?;
    let end = runtime.block_on(async {
        let listeners = listen(port).map_err(|e| io::Error::new(e.kind(), format!("port {port}: {e}")))?;
        let port = listeners[0].local_addr()?.port();
        let tokens = token.then(|| Tokens::new(port)).transpose()?.map(Arc::new);
        let mut servers = JoinSet::new();
        let open = Connections::default();
        for listener in listeners {
            let listener = Listener { listener, open: open.clone() };
            let service =
                router(Arc::clone(&lab), port, tokens.clone()).into_make_service_with_connect_info::<Client>();
            servers.spawn(axum::serve(listener, service).into_future());
        }
        ready(&Addresses::new(port, tokens.as_deref()));
        tokio::select! {
            interrupted = signal::ctrl_c() => interrupted,
            Some(ended) = servers.join_next() => ended.unwrap_or_else(|e| Err(io::Error::other(e))),
        }
    });
    // Do not wait for open responses, nor for a model in the middle of a token.
    runtime.shutdown_timeout(Duration::from_millis(100));
    end.map_err(Error::Serve)?;
    Ok(loaded.iter().try_for_each(|model| model.check_unchanged())?)
}

/// The same port on both loopback addresses; IPv4 only if there is no IPv6.
fn listen(port: u16) -> io::Result<Vec<TcpListener>> {
    let mut tries = 0;
    loop {
        let v4 = listen_at((Ipv4Addr::LOCALHOST, port).into())?;
        let same = SocketAddr::from((Ipv6Addr::LOCALHOST, v4.local_addr()?.port()));
        tries += 1;
        match listen_at(same) {
            Ok(v6) => return Ok(vec![v4, v6]),
            // A free port of the one need not be free on the other.
            Err(e) if e.kind() == io::ErrorKind::AddrInUse && port == 0 && tries < 20 => {}
            Err(e) if e.kind() == io::ErrorKind::AddrInUse => return Err(e),
            Err(_) => return Ok(vec![v4]),
        }
    }
}

fn listen_at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A lab that has just ended does not keep its port from the next.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SENT)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

fn router(lab: Arc<Lab>, port: u16, tokens: Option<Arc<Tokens>>) -> Router {
    let routes = Router::new()
        // Of the lab: what a route holds is copied for each connection.
        .route("/", routing::get(async |State(lab): State<Arc<Lab>>| Html(lab.page.clone())))
        .route("/tokens", routing::post(answers::tokens))
        .route("/logits", routing::post(answers::logits))
        .route("/generate", routing::post(answers::generate))
        .route("/lens", routing::post(inside::lens))
        .route("/attention", routing::post(inside::attention))
        .fallback(answers::nothing)
        .layer(middleware::from_fn(connections::whole));
    let checked = match tokens {
        Some(tokens) => {
            routes.layer(middleware::from_fn(move |request, next| token::check(Arc::clone(&tokens), request, next)))
        }
        None => routes,
    };
    checked.layer(middleware::from_fn(move |request, next| guard::guard(port, request, next))).with_state(lab)
}
