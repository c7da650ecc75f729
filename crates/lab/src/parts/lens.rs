use gpt2_runner::{Gpt2Tokenizer, HiddenStates};
use serde::Serialize;
use softmax_core::Ranked;

use crate::{
    Error,
    source::ModelFacts,
    token::{Prompt, TokenProbability, Word},
};

/// The logit lens (nostalgebraist, 2020): the head applied after each block.
///
/// The hidden state after a block is read as if it were the last: through `ln_f` and the head, then softmax.
#[derive(Debug, Clone, Serialize)]
pub struct LensReport {
    /// The text.
    pub text: String,
    /// `[T]`: its token ids.
    pub ids: Vec<u32>,
    /// `[T]`: each token's text.
    #[serde(skip)]
    pub words: Vec<Word>,
    /// The model.
    pub model: ModelFacts,
    /// `[n_layer + 1][T]`: layer 0 is the embedding, the last is the model's own output.
    pub layers: Vec<Vec<LensCell>>,
    /// `[n_layer + 1]`: the entropy of a layer's distributions in nats, the mean over the positions.
    pub entropy: Vec<f64>,
    /// For each position the first layer from which on the most probable token stays the model's prediction.
    pub decided: Vec<usize>,
}

/// The prediction of one layer at one position.
#[derive(Debug, Clone, Serialize)]
pub struct LensCell {
    /// The most probable tokens, largest first.
    pub top: Vec<LensToken>,
    /// In nats.
    pub entropy: f64,
}

/// A token and its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LensToken {
    /// The token id.
    pub id: u32,
    /// Its text.
    #[serde(rename = "text")]
    pub word: Word,
    /// Its probability.
    pub p: f32,
}

impl LensCell {
    /// The `k` most probable tokens of logits `[V]`.
    ///
    /// # Errors
    /// For `k` greater than V.
    pub fn new(logits: &[f32], k: usize, tokenizer: &Gpt2Tokenizer) -> Result<Self, Error> {
        let probabilities = softmax_core::softmax(logits)?;
        let token = |ranked: Ranked<f32>| {
            let TokenProbability { id, word, probability } =
                TokenProbability::new(ranked.index, ranked.value, tokenizer);
            LensToken { id, word, p: probability }
        };
        let top = softmax_core::top_k(&probabilities, k)?.into_iter().map(token).collect();
        Ok(Self { top, entropy: softmax_core::entropy(&probabilities)? })
    }

    /// `[T]`: a layer's cells. `before` is called before each; an error of it ends the computation.
    ///
    /// # Errors
    /// Those of [`new`](Self::new), of the model, and of `before`.
    pub fn of_layer<E: From<Error>>(
        states: &HiddenStates<'_>,
        k: usize,
        tokenizer: &Gpt2Tokenizer,
        mut before: impl FnMut() -> Result<(), E>,
    ) -> Result<Vec<Self>, E> {
        let mut cells = Vec::with_capacity(states.n_positions());
        for piece in states.logits().map_err(Error::from)? {
            for row in piece.map_err(Error::from)?.1.rows() {
                before()?;
                cells.push(Self::new(row, k, tokenizer)?);
            }
        }
        Ok(cells)
    }

    /// The most probable token's id.
    pub fn first(&self) -> Option<u32> {
        self.top.first().map(|token| token.id)
    }
}

/// The report of cells `[n_layer + 1][T]`.
pub fn lens(prompt: Prompt, model: ModelFacts, layers: Vec<Vec<LensCell>>) -> LensReport {
    let mean = |cells: &Vec<LensCell>| cells.iter().map(|c| c.entropy).sum::<f64>() / cells.len().max(1) as f64;
    let entropy = layers.iter().map(mean).collect();
    let last = layers.len().saturating_sub(1);
    let decided = (0..prompt.ids.len())
        .map(|position| {
            let first = |layer: usize| layers.get(layer)?.get(position)?.first();
            (0..last).rev().take_while(|&layer| first(layer) == first(last)).last().unwrap_or(last)
        })
        .collect();
    let Prompt { text, ids, words } = prompt;
    LensReport { text, ids, words, model, layers, entropy, decided }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn cell(id: u32, entropy: f64, tokenizer: &Gpt2Tokenizer) -> LensCell {
        LensCell { top: vec![LensToken { id, word: Word::of(id, tokenizer), p: 0.5 }], entropy }
    }

    #[test]
    fn a_position_is_decided_from_where_its_first_choice_no_longer_changes() {
        let tokenizer = Gpt2Tokenizer::published().unwrap();
        let cells = |ids: [u32; 3]| ids.map(|id| cell(id, f64::from(id), &tokenizer)).to_vec();
        let layers = vec![cells([7, 2, 1]), cells([5, 9, 1]), cells([7, 3, 1]), cells([7, 4, 1])];
        let prompt = Prompt::from_ids("abc", vec![64, 65, 66], &tokenizer);
        let model = ModelFacts {
            name: "small".to_owned(),
            title: "SMALL".to_owned(),
            origin: Origin::Folder,
            repo: None,
            revision: None,
            parameters: None,
            files: Vec::new(),
            engine: None,
            recorded_from_sha256: None,
        };
        let report = lens(prompt, model, layers);
        assert_eq!(report.decided, [2, 3, 0]);
        assert_eq!(report.entropy[1], 5.0);
    }
}
