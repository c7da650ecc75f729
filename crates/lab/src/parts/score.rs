use std::ops::Range;

use serde::Serialize;
use softmax_core::Temperature;

use crate::{
    Error,
    source::ModelFacts,
    token::{Prompt, Word, log_p_and_rank},
};

/// How probable a text is, token by token. Logarithms are natural; softmax is taken in f64 of the f32 logits.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreReport {
    /// The text.
    pub text: String,
    /// `[T]`: its token ids.
    pub ids: Vec<u32>,
    /// The model.
    pub model: ModelFacts,
    /// How many tokens the model reads at a time.
    pub window: usize,
    /// By how many tokens the window advances where the text is longer.
    pub stride: usize,
    /// `[T]`: each token. The first has nothing before it and is not scored.
    pub tokens: Vec<ScoredToken>,
    /// How many tokens are scored: T − 1.
    pub scored: usize,
    /// `−mean(log_p)`: nats per token; none if nothing is scored.
    #[serde(serialize_with = "super::some_number_or_name")]
    pub nats_per_token: Option<f64>,
    /// `exp(nats_per_token)`.
    #[serde(serialize_with = "super::some_number_or_name")]
    pub perplexity: Option<f64>,
    /// `−Σ log_p / ln 2` by the bytes of the scored tokens.
    #[serde(serialize_with = "super::some_number_or_name")]
    pub bits_per_byte: Option<f64>,
    /// The share of the tokens that were the model's most probable ones.
    pub top_1_accuracy: Option<f64>,
    /// The share of the tokens that were among its first ten.
    pub top_10_accuracy: Option<f64>,
}

impl ScoreReport {
    /// The mean surprisal of each `n` tokens that follow each other, in nats, with the position of their middle; the last
    /// may be of fewer.
    pub fn means(&self, n: usize) -> Vec<(f64, f64)> {
        let scored: Vec<(f64, f64)> = self
            .tokens
            .iter()
            .enumerate()
            .filter_map(|(position, token)| Some((position as f64, token.surprisal()?)))
            .collect();
        let mean = |of: &[(f64, f64)], pick: fn(&(f64, f64)) -> f64| of.iter().map(pick).sum::<f64>() / of.len() as f64;
        scored.chunks(n.max(1)).map(|chunk| (mean(chunk, |x| x.0), mean(chunk, |x| x.1))).collect()
    }
}

/// One token of a scored text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoredToken {
    /// The token id.
    pub id: u32,
    /// Its text.
    #[serde(rename = "text")]
    pub word: Word,
    /// The logarithm of its probability after the tokens before it; `"-inf"` for a token that the logits leave out.
    #[serde(serialize_with = "super::some_number_or_name")]
    pub log_p: Option<f64>,
    /// Its rank among all tokens by probability, from 1.
    pub rank: Option<usize>,
}

impl ScoredToken {
    /// `−ln p` in nats, without a sign where it is zero.
    pub fn surprisal(&self) -> Option<f64> {
        self.log_p.map(|log_p| (-log_p).max(0.0))
    }
}

/// Which tokens of a text are read at once, and which of those are scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The tokens that the model reads.
    pub read: Range<usize>,
    /// Those whose probability is taken from it.
    pub scored: Range<usize>,
}

/// The windows over a text of `len` tokens: each of at most `window` tokens, `stride` further than the last; each token
/// but the first is scored once, in the first window that reaches it.
///
/// With a stride of half a window every token but those of the first window has at least half a window before it.
pub fn windows(len: usize, window: usize, stride: usize) -> Vec<Window> {
    let (window, stride) = (window.max(2), stride.max(1));
    let mut windows = Vec::new();
    let (mut start, mut scored) = (0, 1);
    while scored < len {
        let end = len.min(start + window);
        if end > scored {
            windows.push(Window { read: start..end, scored: scored..end });
            scored = end;
        }
        start += stride.min(window - 1);
    }
    windows
}

/// Called for each row of a window: the position in the text, and its logits `[V]`.
pub type Visit<'a> = &'a mut dyn FnMut(usize, &[f32]) -> Result<(), Error>;

/// Scores a text with a sliding window: the model reads `window` tokens at a time and advances by `stride`.
///
/// `rows` runs the model over one window. It calls the given function for each position before a scored token, with the
/// position in the text and the logits `[V]` there. Calls for other positions are ignored.
///
/// # Errors
/// Those of `rows`, and [`Error::NoSuchToken`] if a token is not one of the V.
pub fn score(
    prompt: &Prompt,
    model: ModelFacts,
    (window, stride): (usize, usize),
    mut rows: impl FnMut(&Window, Visit<'_>) -> Result<(), Error>,
) -> Result<ScoreReport, Error> {
    let Prompt { text, ids, words } = prompt;
    let token = |(&id, word): (&u32, &Word)| ScoredToken { id, word: word.clone(), log_p: None, rank: None };
    let mut tokens: Vec<ScoredToken> = ids.iter().zip(words).map(token).collect();
    let mut f64s = Vec::new();
    for window in windows(ids.len(), window, stride) {
        rows(&window, &mut |position, logits| {
            let target = position + 1;
            if window.scored.contains(&target) {
                let (log_p, rank) = log_p_and_rank(logits, ids[target], Temperature::ONE, &mut f64s)?;
                (tokens[target].log_p, tokens[target].rank) = (Some(log_p), Some(rank));
            }
            Ok(())
        })?;
    }
    let log_p: Vec<f64> = tokens.iter().filter_map(|token| token.log_p).collect();
    let scored = log_p.len();
    let sum: f64 = log_p.iter().sum();
    let bytes: usize = words.iter().skip(1).map(|word| word.bytes().len()).sum();
    let some = |x: f64| (scored > 0).then_some(x);
    let within = |k| some(tokens.iter().filter(|t| t.rank.is_some_and(|r| r <= k)).count() as f64 / scored as f64);
    // No `-0` for a text that was certain.
    let nats_per_token = some((-sum / scored as f64).max(0.0));
    Ok(ScoreReport {
        text: text.clone(),
        ids: ids.clone(),
        model,
        window,
        stride,
        scored,
        nats_per_token,
        perplexity: nats_per_token.map(f64::exp),
        bits_per_byte: some((-sum / std::f64::consts::LN_2 / bytes as f64).max(0.0)),
        top_1_accuracy: within(1),
        top_10_accuracy: within(10),
        tokens,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_is_scored_once_in_the_first_window_that_reaches_it() {
        assert_eq!(windows(1, 8, 4), []);
        assert_eq!(windows(8, 8, 4), [Window { read: 0..8, scored: 1..8 }]);
        assert_eq!(
            windows(13, 8, 4),
            [
                Window { read: 0..8, scored: 1..8 },
                Window { read: 4..12, scored: 8..12 },
                Window { read: 8..13, scored: 12..13 }
            ]
        );
        for (len, window, stride) in [(100, 7, 3), (50, 10, 9), (50, 10, 10), (50, 10, 500), (9, 2, 1), (20, 5, 1)] {
            let windows = windows(len, window, stride);
            let scored: Vec<usize> = windows.iter().flat_map(|w| w.scored.clone()).collect();
            assert_eq!(scored, (1..len).collect::<Vec<_>>(), "{len} {window} {stride}");
            for w in &windows {
                assert!(w.read.len() <= window && w.read.end == w.scored.end, "{w:?}");
                assert!(w.read.start < w.scored.start, "{w:?}: something lies before each scored token");
            }
        }
    }
}
