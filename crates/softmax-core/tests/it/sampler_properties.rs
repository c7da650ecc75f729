//! Samplers: what must hold for any logits and any stages.

use proptest::prelude::*;
use softmax_core::{Sampler, Stage};

use crate::sampler::{kept, left, temperature};

const MINUS_INF: f32 = f32::NEG_INFINITY;

fn any_logits() -> impl Strategy<Value = Vec<f32>> {
    let value = prop_oneof![
        8 => -30.0_f32..30.0,
        // Few different values: ties.
        4 => (0_i8..4).prop_map(f32::from),
        1 => Just(MINUS_INF),
        1 => -1e30_f32..1e30,
        1 => Just(-0.0_f32),
    ];
    prop::collection::vec(value, 1..200).prop_filter("all are −∞", |x| x.iter().any(|v| v.is_finite()))
}

fn any_stage() -> impl Strategy<Value = Stage> {
    prop_oneof![
        (1_usize..60).prop_map(Stage::TopK),
        (1e-9_f64..=1.0).prop_map(Stage::TopP),
        (0.0_f64..=1.0).prop_map(Stage::MinP),
        (1e-9_f64..=1.0).prop_map(Stage::Typical),
        (0.01_f64..10.0).prop_map(temperature),
        (0.5_f64..2.0).prop_map(Stage::RepetitionPenalty),
    ]
}

/// Any stages, with one temperature at most.
fn any_stages(at_most: usize) -> impl Strategy<Value = Vec<Stage>> {
    prop::collection::vec(any_stage(), 0..=at_most).prop_map(|mut stages| {
        let mut seen = false;
        stages.retain(|stage| !matches!(stage, Stage::Temperature(_)) || !std::mem::replace(&mut seen, true));
        stages
    })
}

fn is_subset(part: &[usize], of: &[usize]) -> bool {
    part.iter().all(|index| of.binary_search(index).is_ok())
}

proptest! {
    /// Mass is kept: what is left sums to 1. So is order: of what is left, the larger logit is the more probable, at
    /// every temperature. And something is left.
    #[test]
    fn what_is_left_is_a_distribution_in_the_same_order(
        logits in any_logits(),
        stages in any_stages(5),
    ) {
        let (indices, p) = left(&stages, &logits);
        prop_assert!(!indices.is_empty() && indices.is_sorted());
        prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let mut pairs: Vec<(f32, f64)> = indices.iter().map(|&i| logits[i]).zip(p).collect();
        pairs.sort_by(|a, b| a.partial_cmp(b).unwrap());
        prop_assert!(pairs.iter().all(|(x, _)| *x > MINUS_INF));
        prop_assert!(pairs.windows(2).all(|pair| pair[0].1 <= pair[1].1));
        prop_assert!(pairs.windows(2).all(|pair| pair[0].0 != pair[1].0 || pair[0].1 == pair[1].1));
    }

    /// Truncating again with the same number drops nothing more, for stages with this property. (A nucleus of a nucleus
    /// is smaller, since the probabilities have grown.)
    #[test]
    fn top_k_and_min_p_are_idempotent(logits in any_logits(), k in 1_usize..60, p in 0.0_f64..=1.0) {
        for stage in [Stage::TopK(k), Stage::MinP(p)] {
            prop_assert_eq!(left(&[stage], &logits), left(&[stage, stage], &logits));
        }
    }

    /// More allowed is more kept.
    #[test]
    fn stages_are_monotone(logits in any_logits(), k in 1_usize..60, more in 0_usize..60, p in 1e-9_f64..=1.0, q in 0.0_f64..1.0) {
        let (low, high) = (p.min(q).max(1e-9), p.max(q));
        for (less, more) in [
            (Stage::TopK(k), Stage::TopK(k + more)),
            (Stage::TopP(low), Stage::TopP(high)),
            (Stage::MinP(high), Stage::MinP(low)),
            (Stage::Typical(low), Stage::Typical(high)),
        ] {
            prop_assert!(is_subset(&kept(&[less], &logits), &kept(&[more], &logits)), "{} and {}", less, more);
        }
    }

    /// The nucleus reaches its share, and without its least probable member it would not.
    #[test]
    fn the_nucleus_is_the_least_that_reaches_its_share(logits in any_logits(), share in 0.001_f64..0.999) {
        let (all, p) = left(&[], &logits);
        let of = |index: &usize| p[all.binary_search(index).unwrap()];
        let nucleus: Vec<f64> = kept(&[Stage::TopP(share)], &logits).iter().map(of).collect();
        let sum: f64 = nucleus.iter().sum();
        let least = nucleus.iter().copied().fold(f64::INFINITY, f64::min);
        prop_assert!(sum >= share - 1e-12 && sum - least < share + 1e-12, "{sum} and {least} of {share}");
    }

    /// A step chooses from the distribution, at the place of its draw.
    #[test]
    fn a_step_is_where_the_draw_falls(
        logits in any_logits(),
        stages in any_stages(3),
        seed: u64,
    ) {
        let mut sampler = Sampler::new(stages, seed).unwrap();
        let distribution = sampler.distribution(&logits, &[]).unwrap().to_vec();
        let step = sampler.step(&logits, &[]).unwrap();
        let before: f64 = distribution.iter().take_while(|r| r.index < step.index).map(|r| r.value).sum();
        let own = distribution.iter().find(|r| r.index == step.index).unwrap().value;
        let draw = step.draw.unwrap();
        prop_assert!(own > 0.0 && before <= draw + 1e-12 && draw < before + own + 1e-12);
        prop_assert_eq!(step.kept, distribution.len());
    }

    #[test]
    fn a_trace_agrees_with_the_distribution(logits in any_logits(), stages in any_stages(4)) {
        let mut sampler = Sampler::greedy(stages.clone()).unwrap();
        let rows = sampler.trace(&logits, &[]).unwrap();
        let (mut before, mut p_before) = left(&[], &logits);
        for (n, row) in rows.iter().enumerate() {
            let (indices, p) = left(&stages[..n], &logits);
            let mass: f64 = indices.iter().map(|index| p_before[before.binary_search(index).unwrap()]).sum();
            prop_assert!((row.mass - mass).abs() < 1e-9, "{} {}", row.mass, mass);
            (before, p_before) = (indices.clone(), p.clone());
            prop_assert_eq!(row.kept, indices.len());
            let largest = p.iter().copied().fold(0.0, f64::max);
            prop_assert!((row.largest - largest).abs() < 1e-12);
            let entropy: f64 = p.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum();
            prop_assert!((row.entropy - entropy).abs() < 1e-9, "{} {}", row.entropy, entropy);
            prop_assert!(row.mass > 0.0 && row.mass <= 1.0);
        }
    }
}
