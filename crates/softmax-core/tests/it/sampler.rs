//! Samplers: edges and the stream of draws.

use softmax_core::{Error, Order, Sampler, Stage, Step, Temperature, argmax, softmax};
use test_support::Random;

use crate::input::{Kind, recorded_logits};

const MINUS_INF: f32 = f32::NEG_INFINITY;

pub(crate) fn temperature(value: f64) -> Stage {
    Stage::Temperature(Temperature::new(value).unwrap())
}

/// Indices and probabilities of what the stages leave.
pub(crate) fn left(stages: &[Stage], logits: &[f32]) -> (Vec<usize>, Vec<f64>) {
    let mut sampler = Sampler::greedy(stages).unwrap();
    sampler.distribution(logits, &[]).unwrap().iter().map(|r| (r.index, r.value)).unzip()
}

pub(crate) fn kept(stages: &[Stage], logits: &[f32]) -> Vec<usize> {
    left(stages, logits).0
}

/// Logits whose probabilities are these.
fn logits_of(p: &[f64]) -> Vec<f32> {
    p.iter().map(|p| p.ln() as f32).collect()
}

#[test]
fn each_stage_keeps_what_its_paper_says() {
    let logits = logits_of(&[0.05, 0.4, 0.2, 0.25, 0.1]);
    assert_eq!(kept(&[], &logits), [0, 1, 2, 3, 4]);
    assert_eq!(kept(&[Stage::TopK(2)], &logits), [1, 3]);
    assert_eq!(kept(&[Stage::TopP(0.6)], &logits), [1, 3]);
    assert_eq!(kept(&[Stage::TopP(0.66)], &logits), [1, 2, 3]);
    assert_eq!(kept(&[Stage::MinP(0.3)], &logits), [1, 2, 3]);
    // The entropy is 1.415: the surprisals 2.996, 0.916, 1.609, 1.386, 2.303 are off by 1.58, 0.50, 0.19, 0.03, 0.89.
    assert_eq!(kept(&[Stage::Typical(0.2)], &logits), [3]);
    assert_eq!(kept(&[Stage::Typical(0.3)], &logits), [2, 3]);
    assert_eq!(kept(&[Stage::Typical(0.8)], &logits), [1, 2, 3]);
    let (_, p) = left(&[Stage::TopK(2)], &logits);
    assert!((p[0] - 0.4 / 0.65).abs() < 1e-6 && (p[1] - 0.25 / 0.65).abs() < 1e-6, "{p:?}");
    // Twice as flat in the logarithm: square roots.
    let (_, p) = left(&[Stage::TopK(2), temperature(2.0)], &logits);
    let expected = 0.4_f64.sqrt() / (0.4_f64.sqrt() + 0.5);
    assert!((p[0] - expected).abs() < 1e-6, "{p:?}");
}

#[test]
fn ties_are_kept_together_but_at_the_edge_of_the_nucleus() {
    let logits = [1.0, 2.0, 1.0, 0.0, 1.0, -0.0];
    assert_eq!(kept(&[Stage::TopK(2)], &logits), [0, 1, 2, 4]);
    assert_eq!(kept(&[Stage::MinP(0.36)], &logits), [0, 1, 2, 4]);
    // The nucleus is the fewest; among equals the later ones, as transformers' sort leaves them.
    let equal = [0.5; 10];
    assert_eq!(kept(&[Stage::TopP(0.25)], &equal), [7, 8, 9]);
    assert_eq!(kept(&[Stage::TopP(1e-9)], &equal), [9]);
    assert_eq!(kept(&[Stage::TopP(0.65)], &logits), [1, 2, 4]);
    assert_eq!(kept(&[Stage::Typical(0.25)], &equal), (0..10).collect::<Vec<_>>());
    assert_eq!(kept(&[Stage::TopK(3)], &equal), (0..10).collect::<Vec<_>>());
    // 0 and −0 are the same logit.
    assert_eq!(kept(&[Stage::TopK(5)], &logits), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn the_ends_of_each_range() {
    let logits = [1.0, 3.0, 2.0];
    for stage in [Stage::TopK(3), Stage::TopK(4), Stage::TopK(usize::MAX), Stage::TopP(1.0), Stage::Typical(1.0)] {
        assert_eq!(kept(&[stage], &logits), [0, 1, 2], "{stage}");
        assert_eq!(kept(&[Stage::TopK(2), stage], &logits), [1, 2], "{stage}");
        assert_eq!(kept(&[stage], &[7.0]), [0], "{stage}");
    }
    assert_eq!(kept(&[Stage::MinP(0.0)], &logits), [0, 1, 2]);
    // Keeping all is keeping also what adds nothing to a sum in f64.
    for stage in [Stage::TopP(1.0), Stage::Typical(1.0), Stage::MinP(0.0)] {
        assert_eq!(kept(&[stage], &[0.0, -50.0, -60.0]), [0, 1, 2], "{stage}");
    }
    for stage in [Stage::TopK(1), Stage::TopP(1e-300), Stage::MinP(1.0)] {
        assert_eq!(left(&[stage], &logits), (vec![1], vec![1.0]), "{stage}");
        assert_eq!(left(&[stage], &[-1e30]), (vec![0], vec![1.0]), "{stage}");
    }
    assert_eq!(left(&[Stage::Typical(1e-300)], &[-1e30]), (vec![0], vec![1.0]));
    // Dropped candidates keep their scale: 2 and 1, not 0 and 0.
    assert_eq!(left(&[Stage::Typical(0.3), temperature(1e-3)], &[8.0, 7.0, 7.0]).1.iter().sum::<f64>(), 1.0);
}

#[test]
fn a_logit_of_minus_infinity_is_no_candidate() {
    let logits = [MINUS_INF, 1.0, MINUS_INF, 2.0];
    for stages in [&[][..], &[Stage::TopK(3)], &[Stage::TopP(0.9999)], &[Stage::MinP(0.0)], &[temperature(1e300)]] {
        assert_eq!(kept(stages, &logits), [1, 3], "{stages:?}");
    }
    assert_eq!(kept(&[Stage::TopK(3)], &[MINUS_INF, f32::MIN]), [1]);
    assert_eq!(left(&[temperature(1e-30)], &[f32::MIN, f32::MAX]), (vec![0, 1], vec![0.0, 1.0]));
    for seed in 0..50 {
        let step = Sampler::new([temperature(1e-30)], seed).unwrap().step(&[f32::MIN, f32::MAX], &[]).unwrap();
        assert_eq!((step.index, step.kept), (1, 2));
    }
}

#[test]
fn the_order_of_stages_matters_and_has_two_names() {
    let logits = logits_of(&[0.5, 0.25, 0.15, 0.1]);
    let stages = [Stage::TopP(0.7), temperature(3.0)];
    assert_eq!(kept(&Order::LlamaCpp.arrange(stages), &logits), [0, 1]);
    assert_eq!(kept(&Order::Transformers.arrange(stages), &logits), [0, 1, 2]);
    for &order in Order::ALL {
        assert_eq!(order.to_string().parse(), Ok(order));
    }
    let error = "llama".parse::<Order>().unwrap_err();
    assert_eq!(error.to_string(), "there is no order \"llama\": it must be transformers or llama.cpp");
    // All six, shuffled.
    let all = [
        Stage::Typical(0.9),
        temperature(1.0),
        Stage::MinP(0.1),
        Stage::TopP(0.9),
        Stage::RepetitionPenalty(1.1),
        Stage::TopK(5),
    ];
    let names = |order: Order| order.arrange(all).map(|stage| stage.to_string()).join(", ");
    assert_eq!(
        names(Order::Transformers),
        "repetition penalty 1.1, temperature 1, top-k 5, top-p 0.9, min-p 0.1, typical 0.9"
    );
    assert_eq!(
        names(Order::LlamaCpp),
        "repetition penalty 1.1, top-k 5, typical 0.9, top-p 0.9, min-p 0.1, temperature 1"
    );
}

#[test]
fn a_repetition_penalty_divides_or_multiplies_once() {
    let logits = [2.0, -2.0, 1.0, MINUS_INF];
    let penalised = |stages: &[Stage], context: &[u32]| -> Vec<f64> {
        let mut sampler = Sampler::greedy(stages).unwrap();
        sampler.distribution(&logits, context).unwrap().iter().map(|r| r.value).collect()
    };
    let expected = |logits: [f64; 3]| softmax(&logits).unwrap();
    let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
    let stage = [Stage::RepetitionPenalty(2.0)];
    assert!(close(&penalised(&stage, &[0, 1, 1, 1, 3, 0]), &expected([1.0, -4.0, 1.0])));
    assert!(close(&penalised(&stage, &[]), &expected([2.0, -2.0, 1.0])));
    // Before or after a temperature is the same; after a cut, it concerns what is left.
    let (first, last) = ([stage[0], temperature(0.5)], [temperature(0.5), stage[0]]);
    assert!(close(&penalised(&first, &[0]), &penalised(&last, &[0])));
    assert!(close(&penalised(&[Stage::TopK(2), stage[0]], &[0, 1]), &[0.5, 0.5]));
}

#[test]
fn wrong_numbers_and_wrong_logits_are_errors() {
    let refused = [
        (Stage::TopK(0), "top-k 0 is not accepted: it must be 1 or more"),
        (Stage::TopP(0.0), "top-p 0 is not accepted: it must be greater than 0 and at most 1"),
        (Stage::TopP(1.5), "top-p 1.5 is not accepted: it must be greater than 0 and at most 1"),
        (Stage::MinP(-0.1), "min-p -0.1 is not accepted: it must be between 0 and 1"),
        (Stage::MinP(f64::NAN), "min-p NaN is not accepted: it must be between 0 and 1"),
        (Stage::Typical(0.0), "typical 0 is not accepted: it must be greater than 0 and at most 1"),
        (
            Stage::RepetitionPenalty(0.0),
            "repetition penalty 0 is not accepted: it must be a finite number greater than 0",
        ),
    ];
    for (stage, message) in refused {
        assert_eq!(Sampler::new([stage], 1).unwrap_err().to_string(), message);
        assert_eq!(Sampler::greedy([stage]).unwrap_err().to_string(), message);
    }
    let mut sampler = Sampler::new([Stage::TopK(2), Stage::RepetitionPenalty(1.1)], 1).unwrap();
    assert_eq!(sampler.step(&[], &[]), Err(Error::Empty));
    assert_eq!(sampler.step(&[MINUS_INF; 3], &[]), Err(Error::NoCandidate { len: 3 }));
    assert_eq!(sampler.step(&[1.0, f32::INFINITY], &[]), Err(Error::Logit { index: 1, value: f32::INFINITY }));
    assert!(matches!(sampler.step(&[1.0, 2.0, f32::NAN], &[]), Err(Error::Logit { index: 2, .. })));
    assert!(matches!(sampler.step(&[f32::NAN, MINUS_INF], &[]), Err(Error::Logit { index: 0, .. })));
    assert_eq!(sampler.step(&[1.0, 2.0], &[0, 2]), Err(Error::Context { id: 2, len: 2 }));
    assert!(sampler.trace(&[f32::NAN], &[]).is_err() && sampler.distribution(&[f32::NAN], &[]).is_err());
    // A sampler is as good as new after an error.
    assert!(sampler.step(&[1.0, 2.0], &[0]).is_ok());
}

#[test]
fn a_second_temperature_is_an_error() {
    let two = [temperature(0.5), Stage::TopP(0.9), temperature(2.0)];
    for refused in [Sampler::new(two, 1), Sampler::greedy(two)] {
        let message = "a sampler has one temperature, not both 0.5 and 2";
        assert_eq!(refused.unwrap_err().to_string(), message);
    }
}

#[test]
fn debug_prints_the_stages_and_not_the_vocabulary() {
    let mut sampler = Sampler::new([Stage::TopP(0.9)], 1).unwrap();
    sampler.distribution(&[0.5; 50_257], &[]).unwrap();
    assert_eq!(format!("{sampler:?}"), "Sampler { stages: [TopP(0.9)], greedy: false, .. }");
}

/// The generator's first numbers, by NumPy 2.5's PCG64 with this state and stream, and what they choose by NumPy's
/// sums. A change here is a change of every text that anybody has written down with its seed.
#[test]
fn the_stream_of_draws_stays_as_it_is() {
    let logits: Vec<f32> = (0..100).map(|i| (i as f32 * 0.37).sin() * 3.0).collect();
    let mut sampler = Sampler::new([temperature(0.8), Stage::TopP(0.95)], 1).unwrap();
    let steps: Vec<Step> = (0..8).map(|_| sampler.step(&logits, &[]).unwrap()).collect();
    let draws: Vec<f64> = steps.iter().map(|step| step.draw.unwrap()).collect();
    assert_eq!(draws, STREAM);
    let chosen: Vec<usize> = steps.iter().map(|step| step.index).collect();
    assert_eq!(chosen, CHOSEN);
}

const STREAM: [f64; 8] = [
    0.9050585554664673,
    0.4284475784520765,
    0.10618798343852709,
    0.5796310907596676,
    0.08607580544794047,
    0.6739125560360478,
    0.6169908315294922,
    0.30065484956580146,
];
const CHOSEN: [usize; 8] = [89, 39, 5, 55, 4, 70, 56, 22];

#[test]
fn draws_are_distributed_as_the_probabilities() {
    let p = [0.5, 0.3, 0.15, 0.05];
    let logits = logits_of(&p);
    let n = 20_000_u32;
    let mut sampler = Sampler::new([], 3).unwrap();
    let mut counts = [0_u32; 4];
    (0..n).for_each(|_| counts[sampler.step(&logits, &[]).unwrap().index] += 1);
    // Pearson's χ² with three degrees of freedom: 16.3 is exceeded once in a thousand times.
    let chi = |counts: &[u32]| -> f64 {
        let term = |(&count, p): (&u32, &f64)| (f64::from(count) - f64::from(n) * p).powi(2) / (f64::from(n) * p);
        counts.iter().zip(&p).map(term).sum()
    };
    assert!(chi(&counts) < 16.3, "{counts:?}");
    // And so are the first draws of seeds that follow one another.
    let mut counts = [0_u32; 4];
    for seed in 0..u64::from(n) {
        counts[Sampler::new([], seed).unwrap().step(&logits, &[]).unwrap().index] += 1;
    }
    assert!(chi(&counts) < 16.3, "{counts:?}");
}

#[test]
fn a_step_knows_what_the_model_thought_of_its_choice() {
    for logits in recorded_logits() {
        let p = softmax(&logits).unwrap();
        let mut sampler = Sampler::new([temperature(1.5), Stage::TopK(200)], 9).unwrap();
        for _ in 0..20 {
            let step = sampler.step(&logits, &[]).unwrap();
            assert!((step.probability - f64::from(p[step.index])).abs() <= 8e-7 * step.probability);
            let x = logits[step.index];
            let before = logits.iter().enumerate().filter(|&(i, &v)| v > x || (v == x && i < step.index)).count();
            assert_eq!(step.rank, before + 1);
            assert!(step.rank <= 200 && step.kept >= 200);
        }
        let step = Sampler::greedy([temperature(1.5)]).unwrap().step(&logits, &[]).unwrap();
        assert_eq!((step.index, step.rank, step.draw), (argmax(&logits).unwrap(), 1, None));
    }
}

#[test]
fn a_trace_says_what_each_stage_did() {
    let logits = logits_of(&[0.05, 0.4, 0.2, 0.25, 0.1]);
    let stages = [Stage::TopK(3), Stage::TopP(0.7), temperature(0.5)];
    let mut sampler = Sampler::new(stages, 1).unwrap();
    let rows = sampler.trace(&logits, &[]).unwrap();
    assert_eq!(rows.iter().map(|row| row.kept).collect::<Vec<_>>(), [5, 3, 2, 2]);
    assert_eq!(rows.iter().map(|row| row.stage).collect::<Vec<_>>()[1..], stages.map(Some));
    let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
    assert!(close(rows[0].mass, 1.0) && close(rows[1].mass, 0.85) && close(rows[2].mass, 0.65 / 0.85));
    assert!(rows[3].mass == 1.0);
    let entropy = |p: &[f64]| softmax_core::entropy(p).unwrap();
    assert!(close(rows[0].entropy, entropy(&[0.05, 0.4, 0.2, 0.25, 0.1])) && close(rows[0].largest, 0.4));
    let (p, q) = (0.4 / 0.65, 0.25 / 0.65);
    assert!(close(rows[2].entropy, entropy(&[p, q])) && close(rows[2].largest, p));
    let (p, q) = (0.16 / 0.2225, 0.0625 / 0.2225);
    assert!(close(rows[3].entropy, entropy(&[p, q])) && close(rows[3].largest, p));
    // A trace draws nothing.
    let mut other = Sampler::new(stages, 1).unwrap();
    assert_eq!(sampler.step(&logits, &[]), other.step(&logits, &[]));
    assert_eq!(rows[0].to_string(), "the model's own: 5 kept, 1.0000 of the mass, 1.4150 nats, at most 0.4000");
}

/// Its numbers are shares and nats, whatever the size of logits and temperature.
#[test]
fn a_trace_is_as_good_where_logits_and_temperatures_are_extreme() {
    let trace = |stages: &[Stage], logits: &[f32]| Sampler::greedy(stages).unwrap().trace(logits, &[]).unwrap();
    // A nucleus of two of three equal ones, the fourth being nothing beside them.
    for (value, t) in [(-100.0, 1e-12), (3e30, 1.0), (1e-40, 1e-60), (1e30, 1e-300)] {
        let rows = trace(&[temperature(t), Stage::TopP(0.5)], &[value, value, value - value.abs() / 2.0, value]);
        assert_eq!((rows[2].kept, rows[2].mass), (2, 2.0 / 3.0), "{value:e} at {t:e}");
        let nats = [rows[1].entropy - 3.0_f64.ln(), rows[2].entropy - 2.0_f64.ln()];
        assert!(nats.iter().all(|error| error.abs() < 1e-15), "{value:e} at {t:e}: {nats:?}");
    }
    // The most probable is cut: what is left has another scale.
    let logits = logits_of(&[0.05, 0.4, 0.2, 0.25, 0.1]);
    let rows = trace(&[temperature(0.8), Stage::Typical(0.3)], &logits);
    let p = Temperature::new(0.8).unwrap().softmax(&logits).unwrap();
    assert!((rows[2].mass - f64::from(p[2] + p[3])).abs() < 1e-6, "{rows:?}");
}

/// Stages that only cut, on candidates in the whole and after another stage has gathered them: the same set.
#[test]
fn a_first_stage_keeps_what_it_keeps_later() {
    let mut rows = recorded_logits();
    rows.push(Kind::Normal.logits(3000, 4).into_iter().map(|v| v as f32).collect());
    rows.push(Kind::Wide.logits(50_257, 5).into_iter().map(|v| v as f32).collect());
    for logits in rows {
        for t in [0.5, 1.0, 2.0] {
            for stage in [
                Stage::TopK(1),
                Stage::TopK(1000),
                Stage::TopP(0.3),
                Stage::TopP(0.9),
                Stage::TopP(0.9999),
                Stage::MinP(0.02),
                Stage::Typical(0.6),
            ] {
                // A penalty on nothing gathers all.
                let later = [Stage::RepetitionPenalty(2.0), temperature(t), stage];
                assert_eq!(left(&later[1..], &logits), left(&later, &logits), "{stage} at {t}");
            }
        }
    }
}

/// Random(…) makes the same inputs on every run; a sampler made twice draws twice the same.
#[test]
fn the_same_seed_gives_the_same_draws() {
    let mut random = Random(2);
    let logits: Vec<f32> = (0..500).map(|_| random.normal() as f32).collect();
    let draws = |seed| -> Vec<Step> {
        let mut sampler = Sampler::new([Stage::TopP(0.9)], seed).unwrap();
        (0..50).map(|_| sampler.step(&logits, &[]).unwrap()).collect()
    };
    assert_eq!(draws(1), draws(1));
    assert_ne!(draws(1), draws(2));
}
