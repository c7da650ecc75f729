mod kept;
mod stage;

use std::fmt;

use kept::{Candidate, Kept, Summary};
use rand_pcg::{Pcg64, rand_core::Rng};
pub use stage::{Order, Stage};

use crate::{
    Error, Ranked, Temperature,
    float::sealed::HasKernel,
    kernel::{Exponent, Kernel},
};

/// Draws from logits: stages that reshape the distribution, then a choice.
///
/// With the same stages and seed, a sampler draws the same from the same logits, on every machine and in every version
/// of this crate: the generator is PCG64 (XSL-RR 128/64, O'Neill 2014) with the seed as its state and its default
/// stream, each draw is the upper 53 bits of its next number, and the choice is the first index at which the cumulative
/// probability of the kept candidates, in order of index and summed in `f64`, exceeds the draw.
///
/// Probabilities are computed in `f64` from `f32` logits. After the first step on a vocabulary nothing is allocated.
///
/// ```
/// use softmax_core::{Sampler, Stage, Temperature};
///
/// let logits = [1.0, 3.0, 2.0, -4.0];
/// let mut sampler = Sampler::new([Stage::Temperature(Temperature::new(0.8)?), Stage::TopK(2)], 7)?;
/// assert_eq!(sampler.distribution(&logits, &[])?.iter().map(|r| r.index).collect::<Vec<_>>(), [1, 2]);
///
/// let step = sampler.step(&logits, &[])?;
/// assert!(step.rank <= 2 && step.kept == 2);
///
/// for row in sampler.trace(&logits, &[])? {
///     println!("{row}"); // top-k 2: 2 kept, 0.9226 of the mass, 0.5297 nats, at most 0.7773
/// }
/// # Ok::<(), softmax_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Sampler {
    stages: Vec<Stage>,
    /// None: the most probable.
    random: Option<Pcg64>,
    kept: Kept,
    distribution: Vec<Ranked<f64>>,
}

/// A [`Sampler`]'s choice.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Step {
    /// The choice: an index into the logits, for a language model a token id. A `usize`, as every index into a slice in
    /// this crate; `index as u32` loses nothing, because a sampler accepts at most `u32::MAX` logits.
    pub index: usize,
    /// Its probability in the model's own distribution: of all logits, before any stage, at temperature 1.
    pub probability: f64,
    /// Its rank there, from 1; of equal logits the lower index ranks first.
    pub rank: usize,
    /// The number of candidates after the stages.
    pub kept: usize,
    /// The uniform number in [0, 1) of the draw; none if the most probable is always taken.
    pub draw: Option<f64>,
}

/// The distribution after a stage.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Traced {
    /// The stage; none for the model's own distribution, before the first.
    pub stage: Option<Stage>,
    /// The number of candidates after it.
    pub kept: usize,
    /// The share of the probability before the stage that it kept: 1 for one that only reshapes.
    pub mass: f64,
    /// Shannon entropy after it, in nats.
    pub entropy: f64,
    /// The largest probability after it.
    pub largest: f64,
}

/// The stages and the choice, without the buffers: these have as many values as the vocabulary.
impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Sampler");
        debug.field("stages", &self.stages).field("greedy", &self.random.is_none()).finish_non_exhaustive()
    }
}

impl fmt::Display for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stage {
            Some(stage) => write!(f, "{stage}: ")?,
            None => write!(f, "the model's own: ")?,
        }
        let Traced { kept, mass, entropy, largest, .. } = self;
        write!(f, "{kept} kept, {mass:.4} of the mass, {entropy:.4} nats, at most {largest:.4}")
    }
}

impl Sampler {
    /// A sampler that applies `stages` from first to last and then chooses at random; see [`Order`] for two customary
    /// orders. Without stages, it draws from the model's own distribution.
    ///
    /// # Errors
    /// [`Error::Stage`] if the number in a stage is not accepted; [`Error::TwoTemperatures`] if there is more than one
    /// [`Stage::Temperature`].
    pub fn new(stages: impl Into<Vec<Stage>>, seed: u64) -> Result<Self, Error> {
        /// The stream that PCG's author and rand_pcg give as the default.
        const STREAM: u128 = 0xa02_bdbf_7bb3_c0a7_ac28_fa16_a64a_bf96;
        Ok(Sampler { random: Some(Pcg64::new(seed.into(), STREAM)), ..Self::greedy(stages)? })
    }

    /// A sampler that always takes the most probable candidate after the stages; the lowest index wins a tie.
    ///
    /// # Errors
    /// As [`new`](Sampler::new).
    pub fn greedy(stages: impl Into<Vec<Stage>>) -> Result<Self, Error> {
        let stages = stages.into();
        stages.iter().try_for_each(|stage| stage.check())?;
        let mut temperatures =
            stages.iter().filter_map(|stage| if let Stage::Temperature(t) = stage { Some(*t) } else { None });
        if let (Some(first), Some(second)) = (temperatures.next(), temperatures.next()) {
            return Err(Error::TwoTemperatures { first, second });
        }
        Ok(Sampler { stages, random: None, kept: Kept::default(), distribution: Vec::new() })
    }

    /// The stages, from first to last.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Applies the stages to `logits` and chooses. `context` are the indices that a [`Stage::RepetitionPenalty`]
    /// changes, for a language model the token ids so far, which are `u32` there. Without such a stage it is not read.
    ///
    /// A logit of −∞ is not a candidate. Time O(n); if the first stage truncates, little more than one read of every
    /// logit.
    ///
    /// # Errors
    /// [`Error::Empty`]; [`Error::Logit`] if a logit is NaN or +∞; [`Error::NoCandidate`] if all are −∞;
    /// [`Error::Context`] if an index of `context` is beyond the logits and matters.
    pub fn step(&mut self, logits: &[f32], context: &[u32]) -> Result<Step, Error> {
        self.reshape(logits, context)?;
        let (candidates, sum) = self.kept.weigh(logits);
        let draw = self.random.as_mut().map(uniform);
        let chosen = match draw {
            Some(draw) => drawn(candidates, draw * sum),
            None => heaviest(candidates),
        };
        let (index, kept) = (chosen.index as usize, candidates.len());
        let (probability, rank) = of_the_model(logits, index);
        Ok(Step { index, probability, rank, kept, draw })
    }

    /// The distribution that [`step`](Sampler::step) draws from, without drawing: indices, ascending, and their
    /// probabilities, which sum to 1.
    ///
    /// # Errors
    /// As [`step`](Sampler::step).
    pub fn distribution(&mut self, logits: &[f32], context: &[u32]) -> Result<&[Ranked<f64>], Error> {
        self.reshape(logits, context)?;
        let (candidates, sum) = self.kept.weigh(logits);
        self.distribution.clear();
        let ranked = candidates.iter().map(|c| Ranked { index: c.index as usize, value: c.weight / sum });
        self.distribution.extend(ranked);
        Ok(&self.distribution)
    }

    /// The distribution after each stage, without drawing: first the model's own, then one entry per stage.
    ///
    /// # Errors
    /// As [`step`](Sampler::step).
    pub fn trace(&mut self, logits: &[f32], context: &[u32]) -> Result<Vec<Traced>, Error> {
        self.kept.start(logits)?;
        let mut before = self.kept.summary(logits);
        let mut rows = vec![traced(None, &before, 1.0)];
        for &stage in &self.stages {
            self.kept.apply(stage, logits, context)?;
            let after = self.kept.summary(logits);
            let mass = match stage {
                Stage::RepetitionPenalty(_) | Stage::Temperature(_) => 1.0,
                _ => after.share_of(&before),
            };
            rows.push(traced(Some(stage), &after, mass));
            before = after;
        }
        Ok(rows)
    }

    fn reshape(&mut self, logits: &[f32], context: &[u32]) -> Result<(), Error> {
        self.kept.start(logits)?;
        self.stages.iter().try_for_each(|&stage| self.kept.apply(stage, logits, context))
    }
}

/// The upper 53 bits of the generator's next number, in [0, 1).
fn uniform(random: &mut Pcg64) -> f64 {
    (random.next_u64() >> 11) as f64 * 2.0_f64.powi(-53)
}

/// The candidate at which the cumulative weight exceeds `target`; the last with a weight, if rounding leaves the sum
/// below.
fn drawn(candidates: &[Candidate], target: f64) -> Candidate {
    let mut sum = 0.0;
    let mut last = candidates[0];
    for &c in candidates {
        if c.weight > 0.0 {
            sum += c.weight;
            last = c;
            if sum > target {
                break;
            }
        }
    }
    last
}

/// The candidate of the largest weight, the lowest index among equals.
fn heaviest(candidates: &[Candidate]) -> Candidate {
    candidates.iter().fold(candidates[0], |best, &c| if c.weight > best.weight { c } else { best })
}

/// Probability and rank of a logit among all.
fn of_the_model(logits: &[f32], index: usize) -> (f64, usize) {
    let (kernel, x) = (f32::kernel(), logits[index]);
    let e = Exponent { max: kernel.maximum(logits), t: Temperature::ONE };
    let probability = (f64::from(x) - f64::from(e.max)).exp() / kernel.exp_sum(logits, e);
    let larger: usize = logits.iter().map(|&v| usize::from(v > x)).sum();
    let equal_before: usize = logits[..index].iter().map(|&v| usize::from(v == x)).sum();
    (probability, 1 + larger + equal_before)
}

fn traced(stage: Option<Stage>, summary: &Summary, mass: f64) -> Traced {
    let &Summary { kept, entropy, largest, .. } = summary;
    Traced { stage, kept, mass, entropy, largest }
}
