//! Scores a text, and continues it.
use super::Gpt2;
use crate::Error;

impl Gpt2 {
    /// `[T − 1]`: the natural logarithm of each token's probability after the tokens before it, from the second token
    /// on. Their negative mean is the loss in nats per token; its exponential is the perplexity.
    ///
    /// The softmax is computed in f64 from the logits in f32. Logits with NaN or +∞ give NaN.
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo/small");
    /// use gpt2_runner::{Engine, Gpt2};
    ///
    /// let model = Gpt2::load(folder, Engine::Native)?;
    /// let log_p = model.score(&[1026, 373, 257, 3223])?; // "It was a dark"
    /// assert_eq!(log_p.len(), 3);
    /// let perplexity = (-log_p.iter().sum::<f64>() / 3.0).exp();
    /// assert!(perplexity > 1.0);
    /// # Ok::<(), gpt2_runner::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`logits`](Self::logits).
    pub fn score(&self, ids: &[u32]) -> Result<Vec<f64>, Error> {
        let mut log_p = Vec::with_capacity(ids.len().saturating_sub(1));
        for piece in self.logits_in_pieces(ids)? {
            let (first, logits) = piece?;
            let scored = ids[first + 1..].iter().zip(logits.rows());
            log_p.extend(scored.map(|(&id, row)| {
                let row: Vec<f64> = row.iter().map(|&z| f64::from(z)).collect();
                // An error says that the logits are not finite.
                softmax_core::logsumexp(&row).map_or(f64::NAN, |sum| row[id as usize] - sum)
            }));
        }
        Ok(log_p)
    }

    /// Continues a text. Calls `choose` with the next token's logits, `[V]`, and all token ids so far, until it returns
    /// `None` or the model's positions are used up. Returns the chosen ids, without those of the prompt.
    ///
    /// `choose` can be a greedy choice, or a `Sampler` of softmax-core; it sees each token, so it can print them, too.
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo/small");
    /// use gpt2_runner::{Engine, Error, Gpt2};
    ///
    /// let model = Gpt2::load(folder, Engine::Native)?;
    /// let prompt = [1026, 373, 257, 3223, 290, 6388, 88]; // "It was a dark and stormy"
    /// let chosen = model.generate(&prompt, |logits, ids| {
    ///     let greedy = (0..).zip(logits).max_by(|a, b| a.1.total_cmp(b.1)).map(|(id, _)| id);
    ///     Ok::<_, Error>(greedy.filter(|_| ids.len() < prompt.len() + 5))
    /// })?;
    /// assert_eq!(chosen.len(), 5);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`start`](Self::start) and [`next`](Self::next), and the first that `choose` returns.
    pub fn generate<E: From<Error>>(
        &self,
        ids: &[u32],
        mut choose: impl FnMut(&[f32], &[u32]) -> Result<Option<u32>, E>,
    ) -> Result<Vec<u32>, E> {
        let (mut logits, mut cache) = self.start(ids)?;
        let mut all = ids.to_vec();
        while let Some(id) = choose(&logits, &all)? {
            all.push(id);
            if cache.len() == self.config().n_positions {
                break;
            }
            logits = self.next(&mut cache, &[id])?;
        }
        Ok(all.split_off(ids.len()))
    }
}
