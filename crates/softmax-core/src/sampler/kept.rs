use std::{cmp::Ordering, mem};

use super::Stage;
use crate::{Error, Ranked, Temperature, float::sealed::HasKernel, kernel::Kernel, rank, softmax::not_empty};

/// A candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// Relative to the most probable candidate that is kept; valid after [`Kept::weigh`].
    pub(super) weight: f64,
    logit: f32,
    pub(super) index: u32,
}

/// The candidates after some stages, and buffers that are reused for the next distribution.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    /// In order of index; empty while all logits are kept.
    candidates: Vec<Candidate>,
    whole: bool,
    /// The largest logit that is kept.
    max: f32,
    /// The divisor of the logits: 1 before the temperature's stage.
    t: Temperature,
    ranked: Vec<Candidate>,
    head: Vec<Ranked<f32>>,
}

/// Properties of a distribution.
pub(super) struct Summary {
    pub(super) kept: usize,
    /// The largest logit.
    max: f32,
    /// The divisor of the logits.
    t: Temperature,
    /// `ln Σ exp((x − max) / t)`.
    ln_sum: f64,
    /// Nats.
    pub(super) entropy: f64,
    pub(super) largest: f64,
}

impl Summary {
    /// How much of the probability before a stage that only cuts is left after it.
    pub(super) fn share_of(&self, before: &Summary) -> f64 {
        (exponent(before.max, self.t)(self.max) + (self.ln_sum - before.ln_sum)).exp().min(1.0)
    }
}

impl Kept {
    /// All of a distribution.
    pub(super) fn start(&mut self, logits: &[f32]) -> Result<(), Error> {
        not_empty(logits)?;
        if u32::try_from(logits.len()).is_err() {
            return Err(Error::TooManyLogits { len: logits.len() });
        }
        let kernel = f32::kernel();
        let max = kernel.maximum(logits);
        // Only a NaN is above the maximum.
        let unusable = kernel.first_above(logits, max.min(f32::MAX));
        if let Some(index) = unusable {
            return Err(Error::Logit { index, value: logits[index] });
        }
        if max == f32::NEG_INFINITY {
            return Err(Error::NoCandidate { len: logits.len() });
        }
        self.candidates.clear();
        (self.whole, self.max, self.t) = (true, max, Temperature::ONE);
        Ok(())
    }

    /// Applies a stage; `logits` are those of the start.
    pub(super) fn apply(&mut self, stage: Stage, logits: &[f32], context: &[u32]) -> Result<(), Error> {
        match stage {
            Stage::RepetitionPenalty(penalty) => self.penalise(logits, penalty, context)?,
            Stage::Temperature(t) => self.t = t,
            Stage::TopK(k) => self.top_k(logits, k),
            Stage::TopP(p) if p < 1.0 => self.top_p(logits, p),
            Stage::MinP(p) => self.min_p(logits, p),
            Stage::Typical(p) if p < 1.0 => self.typical(logits, p),
            Stage::TopP(_) | Stage::Typical(_) => {}
        }
        Ok(())
    }

    /// The kept candidates, in order of index, with their weights, and the sum of these.
    pub(super) fn weigh(&mut self, logits: &[f32]) -> (&[Candidate], f64) {
        self.gather_all(logits);
        let exponent = exponent(self.max, self.t);
        let mut sum = 0.0;
        for c in &mut self.candidates {
            c.weight = exponent(c.logit).exp();
            sum += c.weight;
        }
        (&self.candidates, sum)
    }

    pub(super) fn summary(&self, logits: &[f32]) -> Summary {
        let exponent = exponent(self.max, self.t);
        let (mut kept, mut sum, mut sum_e) = (0, 0.0, 0.0);
        let mut add = |logit: f32| {
            let e = exponent(logit);
            let weight = e.exp();
            kept += 1;
            sum += weight;
            // 0 · −∞ would be NaN.
            sum_e += if weight > 0.0 { weight * e } else { 0.0 };
        };
        if self.whole {
            logits.iter().copied().filter(|&x| x > f32::NEG_INFINITY).for_each(&mut add);
        } else {
            self.candidates.iter().map(|c| c.logit).for_each(&mut add);
        }
        let ln_sum = sum.ln();
        // Not below zero: the most probable candidate adds 1 to the sum, and no exponent is positive.
        let entropy = ln_sum - sum_e / sum;
        Summary { kept, max: self.max, t: self.t, ln_sum, entropy, largest: 1.0 / sum }
    }

    fn penalise(&mut self, logits: &[f32], penalty: f64, context: &[u32]) -> Result<(), Error> {
        if penalty == 1.0 {
            return Ok(());
        }
        if let Some(&id) = context.iter().find(|&&id| id as usize >= logits.len()) {
            return Err(Error::Context { id, len: logits.len() });
        }
        self.gather_all(logits);
        // Each once, however often the context holds it.
        self.candidates.iter_mut().for_each(|c| c.weight = 0.0);
        for id in context {
            let Ok(at) = self.candidates.binary_search_by_key(id, |c| c.index) else { continue };
            let c = &mut self.candidates[at];
            if c.weight == 0.0 {
                let x = f64::from(c.logit);
                let penalised = if x < 0.0 { x * penalty } else { x / penalty };
                c.logit = penalised.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
                c.weight = 1.0;
            }
        }
        self.find_max();
        Ok(())
    }

    fn top_k(&mut self, logits: &[f32], k: usize) {
        if self.whole {
            if k < logits.len() {
                self.head = rank::top_k_within(f32::kernel(), logits, k, mem::take(&mut self.head));
                let least = self.head[k - 1].value;
                self.gather(logits, least);
            }
        } else if k < self.candidates.len() {
            self.ranked.clone_from(&self.candidates);
            let (_, last, _) = self.ranked.select_nth_unstable_by(k - 1, most_probable_first);
            let least = last.logit;
            self.candidates.retain(|c| c.logit >= least);
        }
    }

    fn min_p(&mut self, logits: &[f32], p: f64) {
        if p == 0.0 {
            return;
        }
        let lowest = p.ln();
        if self.whole {
            // Widen by one ulp; the exact test in f64 follows.
            let bound = (f64::from(self.max) + self.t.value() * lowest).max(f64::from(f32::MIN)) as f32;
            self.gather(logits, bound.next_down().max(f32::MIN));
        }
        let exponent = exponent(self.max, self.t);
        self.candidates.retain(|c| exponent(c.logit) >= lowest);
    }

    fn top_p(&mut self, logits: &[f32], p: f64) {
        let total = if self.whole { self.gather_nucleus(logits, p) } else { None };
        let (_, sum) = self.weigh(logits);
        self.ranked.clone_from(&self.candidates);
        let last = reaching(&mut self.ranked, p * total.unwrap_or(sum), most_probable_first);
        self.candidates.retain(|c| most_probable_first(c, &last).is_le());
    }

    /// Collects candidates that include the nucleus, and returns the sum of all weights; none if that takes too many.
    /// Most of the probability is in few values, so few are collected.
    fn gather_nucleus(&mut self, logits: &[f32], p: f64) -> Option<f64> {
        let exponent = exponent(self.max, self.t);
        // In f64, since a share near 1 ends where the terms are smaller than what f32 rounds off.
        let total: f64 = logits.iter().map(|&x| exponent(x).exp()).sum();
        let mut k = 64;
        while k < logits.len() / 8 {
            self.head = rank::top_k_within(f32::kernel(), logits, k, mem::take(&mut self.head));
            let mut sum = 0.0;
            let reached = self.head.iter().find(|r| {
                sum += exponent(r.value).exp();
                sum >= p * total
            });
            if let Some(last) = reached {
                let least = last.value;
                self.gather(logits, least);
                return Some(total);
            }
            k *= 8;
        }
        None
    }

    fn typical(&mut self, logits: &[f32], p: f64) {
        let Summary { entropy, .. } = self.summary(logits);
        let (_, total) = self.weigh(logits);
        let (exponent, ln_total) = (exponent(self.max, self.t), total.ln());
        // How far a surprisal, ln total − e, is from the entropy.
        let distance = |c: &Candidate| (ln_total - exponent(c.logit) - entropy).abs();
        self.ranked.clone_from(&self.candidates);
        let last = reaching(&mut self.ranked, p * total, |a, b| distance(a).total_cmp(&distance(b)));
        self.candidates.retain(|c| distance(c) <= distance(&last));
        self.find_max();
    }

    /// From the logits to candidates, if that is not done yet.
    fn gather_all(&mut self, logits: &[f32]) {
        if self.whole {
            self.gather(logits, f32::MIN);
        }
    }

    /// Makes candidates of the logits that are not below `least`.
    fn gather(&mut self, logits: &[f32], least: f32) {
        /// Values looked at one by one after one that is kept.
        const NEIGHBOURS: usize = 16;
        self.whole = false;
        let (kernel, bound) = (f32::kernel(), least.next_down());
        let mut start = 0;
        while let Some(next) = kernel.first_above(&logits[start..], bound) {
            let from = start + next;
            start = (from + NEIGHBOURS).min(logits.len());
            for (index, &logit) in (from..).zip(&logits[from..start]) {
                if logit > bound {
                    self.candidates.push(Candidate { weight: 0.0, logit, index: index as u32 });
                }
            }
        }
    }

    fn find_max(&mut self) {
        self.max = self.candidates.iter().map(|c| c.logit).fold(f32::NEG_INFINITY, f32::max);
    }
}

/// From a logit to its exponent, of which the largest is 0.
fn exponent(max: f32, t: Temperature) -> impl Fn(f32) -> f64 {
    move |x| (f64::from(x) - f64::from(max)) / t.value()
}

/// Of equally probable ones the later comes first, since transformers' ascending sort leaves it last.
fn most_probable_first(a: &Candidate, b: &Candidate) -> Ordering {
    // Not total_cmp: 0 and −0 are the same logit, and none is NaN.
    b.logit.partial_cmp(&a.logit).unwrap_or(Ordering::Equal).then(b.index.cmp(&a.index))
}

/// The candidate with which the weights, added in that order, reach `target`; the last one if they never do. Time O(n).
fn reaching(ranked: &mut [Candidate], target: f64, order: impl Fn(&Candidate, &Candidate) -> Ordering) -> Candidate {
    let (mut low, mut high, mut sum) = (0, ranked.len(), 0.0);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        ranked[low..high].select_nth_unstable_by(middle - low, &order);
        let part: f64 = ranked[low..middle].iter().map(|c| c.weight).sum();
        if sum + part >= target {
            high = middle;
        } else {
            sum += part;
            low = middle;
        }
    }
    ranked[low]
}
