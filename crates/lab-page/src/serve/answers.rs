//! Requests and responses: tokens, logits as f32, and generated text as one line of JSON per token.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::{self, Body, Bytes},
    extract::{ConnectInfo, Request, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use lab::{
    Error,
    parts::Continuation,
    source::{ModelSource, check_length},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use softmax_core::{Order, Sampler, Stage, Temperature};
use tokio::{
    sync::{mpsc, oneshot},
    task::spawn_blocking,
};

use super::{
    BODY, Lab,
    connections::{Answer, Client},
    queue::{Full, Job, Queue, Text},
    reader::Reader,
};

/// Up to this many bytes, a text is tokenised in place; a longer one on another thread, so that it does not delay other
/// requests.
const SHORT: usize = 4096;

/// How many tokens a model is ahead of the client that reads them.
const AHEAD: usize = 8;

/// An error response, with its reason.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    why: String,
}

pub(super) fn refused(status: StatusCode, why: &str) -> Refused {
    Refused { status, why: why.to_owned() }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.why }).to_string();
        (self.status, [(CONTENT_TYPE, "application/json")], body).into_response()
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let status = match error {
            Error::Runner(gpt2_runner::Error::Changed { .. } | gpt2_runner::Error::Threads { .. }) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            _ => StatusCode::BAD_REQUEST,
        };
        refused(status, &error.to_string())
    }
}

/// For every other address.
pub(super) async fn nothing() -> Refused {
    refused(
        StatusCode::NOT_FOUND,
        "there is nothing here: the lab has /, /tokens, /logits, /generate, /lens and /attention",
    )
}

/// A complete request body. It must be declared as JSON, which another site's page cannot send without a CORS
/// preflight.
pub(super) async fn body<T: Asked>(request: Request) -> Result<T, Refused> {
    let is_json = request.headers().get(CONTENT_TYPE).is_some_and(|value| value == "application/json");
    if !is_json {
        return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body has to be application/json"));
    }
    let bytes = body::to_bytes(request.into_body(), BODY)
        .await
        .map_err(|e| refused(StatusCode::BAD_REQUEST, &format!("the body cannot be read: {e}")))?;
    serde_json::from_slice(&bytes)
        .map_err(|_| refused(StatusCode::BAD_REQUEST, &format!("give JSON like {}", T::EXAMPLE)))
}

/// The body of a request to one of the lab's addresses.
pub(super) trait Asked: DeserializeOwned {
    /// One that is accepted, as JSON.
    const EXAMPLE: &str;
}

#[derive(Deserialize)]
struct Typed {
    text: String,
}

impl Asked for Typed {
    const EXAMPLE: &str = r#"{"text":"It was a dark"}"#;
}

/// The token ids of a text, which no model is needed for.
pub(super) async fn tokens(State(lab): State<Arc<Lab>>, request: Request) -> Result<Response, Refused> {
    let Typed { text } = body(request).await?;
    let ids = if text.len() <= SHORT {
        lab.tokenizer.encode(&text)
    } else {
        let encoded = spawn_blocking(move || lab.tokenizer.encode(&text)).await;
        encoded.map_err(|e| refused(StatusCode::INTERNAL_SERVER_ERROR, &e.to_string()))?
    };
    Ok(json(&json!({ "ids": ids.map_err(Error::from)? })))
}

/// The model and the text to read; a newer request of the same page replaces a waiting one.
#[derive(Deserialize)]
pub(super) struct Read {
    pub(super) page: String,
    model: usize,
    pub(super) ids: Vec<u32>,
}

impl Asked for Read {
    const EXAMPLE: &str = r#"{"page":"a","model":0,"ids":[1026]}"#;
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

/// Runs a request on its model when its turn comes. `ask` can check whether the client has disconnected.
pub(super) async fn answer<T: Send + 'static>(
    queue: &Queue,
    page: String,
    ask: impl FnOnce(&mut Reader<'_>, &dyn Fn() -> bool) -> Result<T, Error> + Send + 'static,
) -> Result<T, Refused> {
    let (send, answer) = oneshot::channel();
    let work = move |reader: &mut Reader<'_>| {
        // A client that has gone gets no answer.
        if !send.is_closed() {
            let answer = ask(reader, &|| send.is_closed());
            let _ = send.send(answer);
        }
    };
    queue.push(Job { page, work: Box::new(work) }).map_err(|Full| too_many())?;
    match answer.await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(refused(StatusCode::CONFLICT, "a newer request of the same page has taken this one's place")),
    }
}

/// Parameters of generation.
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

impl Asked for GoOn {
    const EXAMPLE: &str =
        r#"{"page":"a","model":0,"ids":[1026],"n":20,"T":1,"k":10,"p":1,"minP":0,"order":"first","seed":1}"#;
}

/// One line of JSON per token, as it is chosen. Ends when the page is closed.
pub(super) async fn generate(
    State(lab): State<Arc<Lab>>,
    ConnectInfo(client): ConnectInfo<Client>,
    request: Request,
) -> Result<Response, Refused> {
    let GoOn { read, n, temperature, k, p, min_p, order, seed } = body(request).await?;
    let (model, queue) = read.model(&lab)?;
    let temperature = Temperature::new(temperature).map_err(Error::from)?;
    let stages = [Stage::Temperature(temperature), Stage::TopK(k), Stage::TopP(p), Stage::MinP(min_p)];
    let order = match order.as_str() {
        "first" => Order::Transformers,
        "last" => Order::LlamaCpp,
        _ => return Err(refused(StatusCode::BAD_REQUEST, &format!("order is {order:?}: give \"first\" or \"last\""))),
    };
    let sampler = Sampler::new(order.arrange(stages), seed).map_err(Error::from)?;
    // The page reads the whole text again, so the last token must fit too.
    let n = n.min(model.n_positions - read.ids.len());
    let continuation = Continuation::new(read.ids, sampler, n, model.n_positions, false);
    let text = queue.begin(read.page).map_err(|Full| too_many())?;
    let (send, lines) = mpsc::channel::<Bytes>(AHEAD);
    tokio::spawn(speak(Arc::clone(&lab), Arc::clone(queue), text, continuation, send));
    let body = Body::from_stream(Lines { lines, _answer: client.answer() });
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// Generates text token by token, as fast as the client reads it.
async fn speak(
    lab: Arc<Lab>,
    queue: Arc<Queue>,
    text: Arc<Text>,
    mut continuation: Continuation,
    lines: mpsc::Sender<Bytes>,
) {
    loop {
        let (send, token) = oneshot::channel();
        let names = Arc::clone(&lab);
        let work = move |reader: &mut Reader<'_>| {
            if !send.is_closed() {
                let token = continuation.next(&names.tokenizer, |ids| reader.logits(ids));
                let token = token.map(|token| token.map(|token| json!(token)));
                let _ = send.send((token, continuation));
            }
        };
        if !queue.push_next(&text, work) {
            return;
        }
        let token = tokio::select! {
            token = token => token,
            () = lines.closed() => return,
        };
        let (line, next) = match token {
            Ok((Ok(Some(token)), continuation)) => (token, Some(continuation)),
            Ok((Err(e), _)) => (json!({ "error": e.to_string() }), None),
            // The text has ended, or a newer request of the page replaced it.
            Ok((Ok(None), _)) | Err(_) => return,
        };
        match (lines.send(Bytes::from(format!("{line}\n"))).await, next) {
            (Ok(()), Some(next)) => continuation = next,
            _ => return,
        }
    }
}

/// Lines as they come.
struct Lines {
    lines: mpsc::Receiver<Bytes>,
    _answer: Answer,
}

impl futures_core::Stream for Lines {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.lines.poll_recv(context).map(|line| line.map(Ok))
    }
}

fn too_many() -> Refused {
    refused(StatusCode::SERVICE_UNAVAILABLE, "too many requests wait for this model")
}

fn json(value: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use gpt2_runner::Gpt2Tokenizer;
    use tokio::{runtime::Builder, time::sleep};

    use super::*;

    /// An unread response buffers a few lines, however long the text.
    #[test]
    fn a_text_waits_for_its_reader() {
        let source = ModelSource::demo_small().unwrap();
        let model = source.load().unwrap();
        let queue = Arc::new(Queue::default());
        let work = Arc::clone(&queue);
        thread::spawn(move || work.work_off(&model));
        let tokenizer = Gpt2Tokenizer::published().unwrap();
        let lab = Arc::new(Lab { page: Bytes::new(), tokenizer, models: Vec::new() });
        let continuation = Continuation::new(vec![5], Sampler::greedy([]).unwrap(), 40, source.n_positions, false);
        let Ok(text) = queue.begin("a".to_owned()) else { panic!("it is the first") };
        let (send, mut lines) = mpsc::channel(AHEAD);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            tokio::spawn(speak(lab, Arc::clone(&queue), text, continuation, send));
            for _ in 0..2 {
                while lines.len() < AHEAD {
                    sleep(Duration::from_millis(10)).await;
                }
                // Generation pauses: the next line waits outside the channel until the client reads.
                sleep(Duration::from_millis(200)).await;
                assert_eq!(lines.len(), AHEAD);
                lines.recv().await.unwrap();
            }
            let mut rest = 0;
            while lines.recv().await.is_some() {
                rest += 1;
            }
            assert_eq!(rest, 38);
        });
    }

    /// The ninth concurrent text is refused; a page's next text replaces its previous one.
    #[test]
    fn a_model_goes_on_with_few_texts_at_once() {
        let queue = Queue::default();
        let mut texts: Vec<_> = (0..8).map_while(|n| queue.begin(n.to_string()).ok()).collect();
        assert_eq!(texts.len(), 8);
        assert!(queue.begin("8".to_owned()).is_err());
        assert!(queue.push_next(&texts[3], |_| ()));
        assert!(queue.push(Job { page: "3".to_owned(), work: Box::new(|_| ()) }).is_ok());
        assert!(!queue.push_next(&texts[3], |_| ()));
        assert!(queue.push_next(&texts[4], |_| ()));
        texts.pop();
        assert!(queue.begin("8".to_owned()).is_ok());
    }
}
