//! `lab serve`: the page, with a prompt and the models behind it, on this machine's own address and no other.

mod answers;
mod guard;
mod inside;
mod queue;
mod reader;

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    thread,
    time::Duration,
};

use axum::{Router, extract::DefaultBodyLimit, middleware, response::Html, routing};
use gpt2_runner::Gpt2Tokenizer;
use tokio::{net::TcpListener, runtime::Builder, signal, task::JoinSet};

use crate::{Error, source::ModelSource};
use queue::Queue;

/// The longest body of a request, in bytes.
const BODY: usize = 64 * 1024;

/// What is served.
#[derive(Debug)]
pub struct Served {
    /// The page.
    pub page: String,
    /// Its tokenizer.
    pub tokenizer: Gpt2Tokenizer,
    /// The models that it asks, in the order of its numbers for them.
    pub models: Vec<ModelSource>,
    /// Where they run.
    pub device: String,
}

/// What requests share.
struct Lab {
    page: String,
    tokenizer: Gpt2Tokenizer,
    models: Vec<(ModelSource, Arc<Queue>)>,
}

/// Serves until it is interrupted; `port` 0 takes a free one. `ready` is told the address as soon as it answers.
///
/// # Errors
/// If a model cannot be loaded or the port cannot be had.
pub fn serve(served: Served, port: u16, ready: impl FnOnce(&str)) -> Result<(), Error> {
    let Served { page, tokenizer, models, device } = served;
    let mut queues = Vec::new();
    for source in models {
        let model = source.load(device.parse()?)?;
        let queue = Arc::new(Queue::default());
        let work = Arc::clone(&queue);
        thread::spawn(move || work.work_off(&model));
        queues.push((source, queue));
    }
    let lab = Arc::new(Lab { page, tokenizer, models: queues });
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Serve)?;
    let end = runtime.block_on(async {
        let listeners = listen(port).await?;
        let port = listeners[0].local_addr()?.port();
        let mut servers = JoinSet::new();
        for listener in listeners {
            servers.spawn(axum::serve(listener, router(Arc::clone(&lab), port)).into_future());
        }
        ready(&format!("http://127.0.0.1:{port}/"));
        tokio::select! {
            interrupted = signal::ctrl_c() => interrupted,
            Some(ended) = servers.join_next() => ended.unwrap_or_else(|e| Err(io::Error::other(e))),
        }
    });
    // Whoever is being answered is not waited for, nor is a model in the middle of a token.
    runtime.shutdown_timeout(Duration::from_millis(100));
    end.map_err(Error::Serve)
}

/// The same port on both of this machine's own addresses; on the first alone where there is no IPv6.
async fn listen(port: u16) -> io::Result<Vec<TcpListener>> {
    let mut tries = 0;
    loop {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let same = SocketAddr::from((Ipv6Addr::LOCALHOST, v4.local_addr()?.port()));
        tries += 1;
        match TcpListener::bind(same).await {
            Ok(v6) => return Ok(vec![v4, v6]),
            // A free port of the one need not be free on the other.
            Err(e) if e.kind() == io::ErrorKind::AddrInUse && port == 0 && tries < 20 => {}
            Err(e) if e.kind() == io::ErrorKind::AddrInUse => return Err(e),
            Err(_) => return Ok(vec![v4]),
        }
    }
}

fn router(lab: Arc<Lab>, port: u16) -> Router {
    let page = lab.page.clone();
    Router::new()
        .route("/", routing::get(move || async { Html(page) }))
        .route("/tokens", routing::post(answers::tokens))
        .route("/logits", routing::post(answers::logits))
        .route("/generate", routing::post(answers::generate))
        .route("/lens", routing::post(inside::lens))
        .route("/attention", routing::post(inside::attention))
        .fallback(answers::nothing)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn(move |request, next| guard::guard(port, request, next)))
        .with_state(lab)
}
