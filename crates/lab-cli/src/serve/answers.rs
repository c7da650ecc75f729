//! What is asked and answered: tokens at once, logits as f32, a text that goes on as a line of JSON for each token.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{self, Body, Bytes},
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use softmax_core::{Order, Sampler, Stage, Temperature};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    BODY, Lab,
    queue::{Job, Next, Queue},
    reader::Reader,
};
use crate::{
    Error,
    parts::Continuation,
    source::{ModelSource, check_length},
};

/// Whoever sends half a body is waited for so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer that is none, with its reason.
pub(super) type Refused = (StatusCode, [(axum::http::HeaderName, &'static str); 1], String);

pub(super) fn refused(status: StatusCode, why: &str) -> Refused {
    (status, [(CONTENT_TYPE, "application/json")], json!({ "error": why }).to_string())
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        refused(StatusCode::BAD_REQUEST, &error.to_string())
    }
}

/// For every other address.
pub(super) async fn nothing() -> Refused {
    refused(
        StatusCode::NOT_FOUND,
        "there is nothing here: the lab has /, /tokens, /logits, /generate, /lens and /attention",
    )
}

/// A request's body. It has to be JSON by its own words: a page of somebody else cannot send that unasked.
pub(super) async fn body<T: DeserializeOwned>(request: Request) -> Result<T, Refused> {
    let is_json = request.headers().get(CONTENT_TYPE).is_some_and(|value| value == "application/json");
    if !is_json {
        return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body has to be application/json"));
    }
    let bytes = match timeout(PATIENCE, body::to_bytes(request.into_body(), BODY)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is cut off, or longer than 64 KB"));
        }
        Err(_) => return Err(refused(StatusCode::REQUEST_TIMEOUT, "the body did not come within 10 seconds")),
    };
    serde_json::from_slice(&bytes)
        .map_err(|e| refused(StatusCode::BAD_REQUEST, &format!("the body is not what is asked: {e}")))
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

/// The token ids of a text, which no model is needed for.
pub(super) async fn tokens(State(lab): State<Arc<Lab>>, request: Request) -> Result<Response, Refused> {
    let Text { text } = body(request).await?;
    let ids = lab.tokenizer.encode(&text).map_err(Error::from)?;
    Ok(json(&json!({ "ids": ids })))
}

/// Which model is to read what; a newer request of the same page takes the place of one that waits.
#[derive(Deserialize)]
pub(super) struct Read {
    pub(super) page: String,
    model: usize,
    pub(super) ids: Vec<u32>,
}

impl Read {
    /// The model and its queue, if it can read that.
    pub(super) fn model<'a>(&self, lab: &'a Lab) -> Result<&'a (ModelSource, Arc<Queue>), Refused> {
        let model = lab.models.get(self.model);
        let model =
            model.ok_or_else(|| refused(StatusCode::BAD_REQUEST, &format!("there is no model {}", self.model)))?;
        let vocab_size = lab.tokenizer.vocab_size();
        if self.ids.is_empty() {
            return Err(Error::EmptyPrompt.into());
        }
        if let Some(&id) = self.ids.iter().find(|&&id| id as usize >= vocab_size) {
            return Err(Error::from(gpt2_runner::Error::UnknownToken { id, vocab_size }).into());
        }
        check_length(self.ids.len(), &model.0)?;
        Ok(model)
    }
}

/// `[V]`: the logits after a text, little-endian.
pub(super) async fn logits(State(lab): State<Arc<Lab>>, request: Request) -> Result<Response, Refused> {
    let read: Read = body(request).await?;
    let (_, queue) = read.model(&lab)?;
    let ids = read.ids;
    let bytes = answer(queue, read.page, move |reader, _| {
        Ok(reader.logits(&ids)?.iter().flat_map(|z| z.to_le_bytes()).collect::<Vec<u8>>())
    });
    let bytes = bytes.await?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// What a model says when a request's turn has come. `ask` can find out whether who asked has gone meanwhile.
pub(super) async fn answer<T: Send + 'static>(
    queue: &Queue,
    page: String,
    ask: impl FnOnce(&mut Reader<'_>, &dyn Fn() -> bool) -> Result<T, Error> + Send + 'static,
) -> Result<T, Refused> {
    let (send, answer) = oneshot::channel();
    let mut once = Some((send, ask));
    let work = move |reader: &mut Reader<'_>| {
        // Nobody is read to who has gone.
        if let Some((send, ask)) = once.take().filter(|(send, _)| !send.is_closed()) {
            let answer = ask(reader, &|| send.is_closed());
            let _ = send.send(answer);
        }
        Next::Done
    };
    queue.push(Job { page, work: Box::new(work) }).map_err(|_| too_many())?;
    match answer.await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(refused(StatusCode::CONFLICT, "a newer request of the same page has taken this one's place")),
    }
}

/// How a text is to go on.
#[derive(Deserialize)]
struct GoOn {
    #[serde(flatten)]
    read: Read,
    n: usize,
    #[serde(rename = "T")]
    temperature: f64,
    k: usize,
    p: f64,
    #[serde(rename = "minP")]
    min_p: f64,
    /// `first` or `last`: where temperature comes.
    order: String,
    seed: u64,
}

/// A line of JSON for each token, as it is chosen. It ends where the page is closed.
pub(super) async fn generate(State(lab): State<Arc<Lab>>, request: Request) -> Result<Response, Refused> {
    let GoOn { read, n, temperature, k, p, min_p, order, seed } = body(request).await?;
    let (model, queue) = read.model(&lab)?;
    let temperature = Temperature::new(temperature).map_err(Error::from)?;
    let stages = [Stage::Temperature(temperature), Stage::TopK(k), Stage::TopP(p), Stage::MinP(min_p)];
    let order = if order == "last" { Order::LlamaCpp } else { Order::Transformers };
    let sampler = Sampler::new(order.arrange(stages), seed).map_err(Error::from)?;
    // The page reads the whole text again, so the last token has to fit, too.
    let n = n.min(model.n_positions - read.ids.len());
    let mut continuation = Continuation::new(read.ids, sampler, n, model.n_positions, false);
    let names = Arc::clone(&lab);
    // A line is short and a text has an end, so a slow reader costs little; it never holds the model up.
    let (send, lines) = mpsc::unbounded_channel::<Bytes>();
    let work = move |reader: &mut Reader<'_>| {
        let line = match continuation.next(&names.tokenizer, |ids| reader.logits(ids)) {
            Ok(None) => return Next::Done,
            Ok(Some(token)) => json!(token),
            Err(e) => json!({ "error": e.to_string() }),
        };
        let failed = line.get("error").is_some();
        match send.send(Bytes::from(format!("{line}\n"))) {
            Ok(()) if !failed => Next::More,
            _ => Next::Done,
        }
    };
    queue.push(Job { page: read.page, work: Box::new(work) }).map_err(|_| too_many())?;
    let body = Body::from_stream(Lines(lines));
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// Lines as they come.
struct Lines(mpsc::UnboundedReceiver<Bytes>);

impl futures_core::Stream for Lines {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|line| line.map(Ok))
    }
}

fn too_many() -> Refused {
    refused(StatusCode::SERVICE_UNAVAILABLE, "too many requests wait for this model")
}

fn json(value: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}
