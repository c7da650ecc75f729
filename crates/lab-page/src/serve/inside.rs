//! The insides of a model: the prediction after each layer, and attention. The responses are the reports that `lab
//! lens` and `lab attention` print as JSON.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use lab::{
    Error, Prompt,
    parts::{self, HeadScores, LensCell},
    print::thousands,
};
use serde::{Deserialize, Serialize};

use super::{
    Lab,
    answers::{Asked, Read, Refused, answer, body, refused},
};

/// The longest text whose inside is shown: the answer grows with the text, or with its square.
const SHOWN_UP_TO: usize = 256;

/// How many tokens are shown of each layer at each position, at most.
const MOST_TOKENS: usize = 100;

/// Why a model is stopped while it reads.
enum Stop {
    /// All that was asked is known.
    Known,
    /// Who asked has gone.
    Gone,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

#[derive(Deserialize)]
struct Lens {
    #[serde(flatten)]
    read: Read,
    k: usize,
}

impl Asked for Lens {
    const EXAMPLE: &str = r#"{"page":"a","model":0,"ids":[1026],"k":5}"#;
}

/// A [`parts::LensReport`].
pub(super) async fn lens(State(lab): State<Arc<Lab>>, request: Request) -> Result<Response, Refused> {
    let Lens { read, k } = body(request).await?;
    let (source, queue) = read.model(&lab)?;
    let most = lab.tokenizer.vocab_size().min(MOST_TOKENS);
    if k == 0 || k > most {
        let accepted = format!("1 to {}", thousands(most as u64));
        return Err(Error::OutOfRange { option: "k", given: k, accepted }.into());
    }
    let prompt = shown(&read, &lab)?;
    let facts = source.facts.clone();
    let tokens = Arc::clone(&lab);
    let json = answer(queue, read.page, move |reader, gone| {
        let mut layers: Vec<Vec<LensCell>> = Vec::new();
        let found = reader.model().hidden_states(&prompt.ids, |states| {
            let listens = || if gone() { Err(Stop::Gone) } else { Ok(()) };
            layers.push(LensCell::of_layer(&states, k, &tokens.tokenizer, listens)?);
            Ok(())
        });
        stopped(found)?;
        json(&parts::lens(prompt, facts, layers))
    });
    Ok(([(CONTENT_TYPE, "application/json")], json.await?).into_response())
}

#[derive(Deserialize)]
struct Attention {
    #[serde(flatten)]
    read: Read,
    layer: usize,
    head: usize,
}

impl Asked for Attention {
    const EXAMPLE: &str = r#"{"page":"a","model":0,"ids":[1026],"layer":0,"head":0}"#;
}

/// A [`parts::AttentionReport`] of one head.
pub(super) async fn attention(State(lab): State<Arc<Lab>>, request: Request) -> Result<Response, Refused> {
    let Attention { read, layer, head } = body(request).await?;
    let (source, queue) = read.model(&lab)?;
    for (option, given, n) in [("layer", layer, source.n_layer), ("head", head, source.n_head)] {
        source.check_index(option, given, n)?;
    }
    let prompt = shown(&read, &lab)?;
    let facts = source.facts.clone();
    let json = answer(queue, read.page, move |reader, gone| {
        let mut heads = Vec::new();
        let found = reader.model().attention(&prompt.ids, |scores| {
            if gone() {
                return Err(Stop::Gone);
            }
            if scores.block() < layer {
                return Ok(());
            }
            heads.push(HeadScores::of(&scores, head));
            Err(Stop::Known)
        });
        stopped(found)?;
        json(&parts::attention(prompt, facts, &heads)?)
    });
    Ok(([(CONTENT_TYPE, "application/json")], json.await?).into_response())
}

/// The text to read, if it is short enough.
fn shown(read: &Read, lab: &Lab) -> Result<Prompt, Refused> {
    let tokens = read.ids.len();
    if tokens > SHOWN_UP_TO {
        let why = format!("the text has {tokens} tokens; the lens and the attention show at most {SHOWN_UP_TO}");
        return Err(refused(StatusCode::BAD_REQUEST, &why));
    }
    let text = lab.tokenizer.decode(&read.ids).map_err(Error::from)?;
    Ok(Prompt::from_ids(&text, read.ids.clone(), &lab.tokenizer))
}

/// Whether to respond: a disconnected client is not an error.
fn stopped(found: Result<(), Stop>) -> Result<(), Error> {
    match found {
        Err(Stop::Failed(error)) => Err(error),
        Ok(()) | Err(Stop::Known | Stop::Gone) => Ok(()),
    }
}

/// Serialised on the thread that computed it, so that megabytes of numbers do not delay keystrokes.
fn json(report: &impl Serialize) -> Result<Vec<u8>, Error> {
    Ok(serde_json::to_vec(report)?)
}
