//! `softmax-core` against PyTorch itself: here, because softmax-core links no libtorch.
#![cfg(feature = "torch")]

use std::path::Path;

use gpt2_runner::{Device, Gpt2, RecordedLogits};
use serde_json::Value;
use softmax_core::{
    Order, Sampler, Stage, Temperature, argmax, bf16, f16, linspace, log_softmax, logsumexp, max_normalized, softmax,
    softmax_naive, softmax_rows_into, top_k, torch_sum,
};
use tch::{Kind, Tensor};
use test_support::Random;

fn values(tensor: &Tensor) -> Vec<f32> {
    Vec::try_from(tensor.to_kind(Kind::Float).contiguous().view(-1)).expect("numbers")
}

fn recorded() -> Vec<Vec<f32>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/recorded/gpt2-small.safetensors");
    RecordedLogits::from_file(path)
        .expect("recorded logits")
        .models
        .remove(0)
        .prompts
        .into_iter()
        .map(|prompt| prompt.logits)
        .collect()
}

/// NaN for NaN, the same infinity and zero; else within `tolerance`, relatively, or a step of the subnormal numbers.
#[track_caller]
fn assert_same(ours: &[f32], pytorch: &[f32], tolerance: f32, what: &str) {
    assert_eq!(ours.len(), pytorch.len(), "{what}");
    for (i, (&a, &b)) in ours.iter().zip(pytorch).enumerate() {
        let same = (a.is_nan() && b.is_nan()) || a == b || (a - b).abs() <= tolerance * b.abs() + 1.5e-45;
        assert!(same, "{what}: {a} against PyTorch's {b} at {i}");
    }
}

#[test]
fn special_values_are_treated_alike() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let special = [0.0, -0.0, 1.0, -2.5, nan, inf, -inf, 88.0, -90.0, 1e30, -1e30, f32::MAX, f32::MIN, 1e-40];
    // Every triple; each at the end of 0 and of 30 ordinary numbers, where PyTorch runs other code.
    for (i, a) in special.into_iter().enumerate() {
        for (j, b) in special.into_iter().enumerate() {
            for (k, c) in special.into_iter().enumerate() {
                for ordinary in [0, 30] {
                    let mut x = vec![0.5; ordinary];
                    x.extend([a, b, c]);
                    let what = format!("{i} {j} {k} after {ordinary}: {:?}", [a, b, c]);
                    let t = Tensor::from_slice(&x);
                    assert_same(&softmax(&x).unwrap(), &values(&t.softmax(0, Kind::Float)), 1e-6, &what);
                    // PyTorch's last step cancels for values next to 0: absolute there.
                    let (ours, theirs) = (log_softmax(&x).unwrap(), values(&t.log_softmax(0, Kind::Float)));
                    let near_zero = |v: &[f32]| v.iter().map(|v| v - 1.0).collect::<Vec<_>>();
                    assert_same(&near_zero(&ours), &near_zero(&theirs), 1e-6, &what);
                    let (ours, theirs) = (logsumexp(&x).unwrap(), t.logsumexp(0, false).double_value(&[]) as f32);
                    assert_same(&[ours - 1.0], &[theirs - 1.0], 1e-6, &what);
                    assert_eq!(argmax(&x).unwrap() as i64, t.argmax(0, false).int64_value(&[]), "{what}");
                }
            }
        }
    }
}

#[test]
fn real_logits_give_what_pytorch_gives() {
    let rows = recorded();
    assert_eq!(rows.len(), 5);
    for x in &rows {
        let t = Tensor::from_slice(x);
        for temperature in [0.5, 1.0, 1.5] {
            // PyTorch rounds the quotient first: an exponent of 300 by 1.5e-5.
            let theirs = (&t / temperature).softmax(0, Kind::Float);
            let ours = Temperature::new(temperature).unwrap().softmax(x).unwrap();
            assert_same(&ours, &values(&theirs), 5e-5, &format!("T = {temperature}"));
        }
        assert_same(&log_softmax(x).unwrap(), &values(&t.log_softmax(0, Kind::Float)), 1e-5, "log_softmax");
        let lse = t.logsumexp(0, false).double_value(&[]) as f32;
        assert_same(&[logsumexp(x).unwrap()], &[lse], 1e-6, "logsumexp");
        assert_eq!(argmax(x).unwrap() as i64, t.argmax(0, false).int64_value(&[]));
        let (_, indices) = t.topk(10, 0, true, true);
        let top: Vec<i64> = top_k(x, 10).unwrap().iter().map(|r| r.index as i64).collect();
        assert_eq!(top, Vec::<i64>::try_from(indices).unwrap());
    }
    let n_cols = rows[0].len();
    let x = rows.concat();
    let mut p = vec![0.0; x.len()];
    softmax_rows_into(&x, n_cols, &mut p).unwrap();
    let t = Tensor::from_slice(&x).reshape([5, n_cols as i64]);
    assert_same(&p, &values(&t.softmax(1, Kind::Float)), 5e-5, "rows");
}

#[test]
fn sums_have_the_bits_that_pytorch_gives_on_two_threads() {
    tch::set_num_threads(2);
    let mut random = Random(25);
    let mut rows = recorded();
    rows.extend([1, 7, 8, 100, 1000, 32_768, 32_769, 50_257].map(|n| (0..n).map(|_| random.normal() as f32).collect()));
    for x in rows {
        let exp: Vec<f32> = x.iter().map(|x| x.exp()).collect();
        for x in [x, exp] {
            let theirs = Tensor::from_slice(&x).sum(Kind::Float).double_value(&[]);
            assert_eq!(f64::from(torch_sum(&x)), theirs, "{} values", x.len());
        }
    }
}

/// The manual formula fails in the same places: GPT-2's logits underflow in f32, and overflow if shifted up.
#[test]
fn the_naive_formula_fails_where_pytorchs_does() {
    for x in recorded() {
        for shift in [0.0, 60.0, 130.0, 220.0] {
            let x: Vec<f32> = x.iter().map(|v| v + shift).collect();
            let exp = Tensor::from_slice(&x).exp();
            let theirs = values(&(&exp / exp.sum(Kind::Float)));
            let ours = softmax_naive(&x).unwrap();
            let is_nan = |v: &[f32]| v.iter().map(|v| v.is_nan()).collect::<Vec<_>>();
            assert_eq!(is_nan(&ours), is_nan(&theirs), "shift {shift}");
        }
        let z = max_normalized(&x).unwrap();
        let t = Tensor::from_slice(&x);
        assert_eq!(z, values(&(&t - t.max())));
        // The sums are added in the same order; PyTorch's exp is off by up to one unit of the last place.
        let exp = (&t - t.max()).exp();
        assert_same(&softmax_naive(&z).unwrap(), &values(&(&exp / exp.sum(Kind::Float))), 4e-7, "cured");
    }
}

/// Sixteen-bit types: `exp` and the quotient are rounded alike; the sums of few terms too.
#[test]
fn sixteen_bit_types_are_rounded_alike() {
    let z = [11.2_f32, 3.0, -2.0, 0.25];
    let check = |kind: Kind, ours: Vec<f32>| {
        let exp = Tensor::from_slice(&z).to_kind(kind).exp();
        let theirs = values(&(&exp / exp.sum(kind)));
        assert_same(&ours, &theirs, 8e-3, &format!("{kind:?}"));
    };
    let half: Vec<f16> = z.iter().map(|&v| f16::from_f32(v)).collect();
    check(Kind::Half, softmax_naive(&half).unwrap().iter().map(|v| v.to_f32()).collect());
    let brain: Vec<bf16> = z.iter().map(|&v| bf16::from_f32(v)).collect();
    check(Kind::BFloat16, softmax_naive(&brain).unwrap().iter().map(|v| v.to_f32()).collect());
}

#[test]
fn linspace_is_evenly_spaced_alike() {
    for (start, end, n) in [(-5.0_f32, 5.0_f32, 55), (0.0, 1.0, 11), (-3.7, 12.1, 1000), (2.0, 3.0, 1)] {
        let theirs = values(&Tensor::linspace(f64::from(start), f64::from(end), n, (Kind::Float, tch::Device::Cpu)));
        for (a, b) in linspace(start, end, n as usize).iter().zip(theirs) {
            assert!((a - b).abs() <= 2e-7 * (end - start), "{a} against {b}");
        }
    }
}

/// `tests/data/reading.json`: what chains of transformers' own processors keep of the demo models' logits.
///
/// These are near −110, where an f32 step is 7.6e-6: so far apart are two forward passes, and so far off is a quotient
/// by the temperature, which transformers rounds. A probability is allowed four steps; the next test has the same
/// logits on both sides.
#[test]
fn samplers_keep_what_transformers_keeps() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reading: Value = serde_json::from_str(include_str!("data/reading.json")).expect("JSON");
    let mut chains = 0;
    for name in ["small", "large"] {
        let model = Gpt2::load(data.join("../../data/demo").join(name), Device::Cpu).expect("the demo model");
        for prompt in reading["models"][name]["prompts"].as_array().expect("prompts") {
            let ids: Vec<u32> = serde_json::from_value(prompt["ids"].clone()).expect("ids");
            let logits = model.next_token_logits(&ids).expect("logits");
            for chain in prompt["chains"].as_array().expect("chains") {
                let what = format!("{name}, {}, {}", prompt["text"], chain["chain"]);
                let stages: Vec<Stage> = chain["chain"]
                    .as_object()
                    .expect("stages")
                    .iter()
                    .map(|(name, value)| stage(name, value))
                    .collect();
                let mut sampler = Sampler::greedy(Order::Transformers.arrange(stages)).expect("good numbers");
                let ours = sampler.distribution(&logits, &ids).expect("a distribution");
                assert_eq!(ours.len() as u64, chain["kept"].as_u64().unwrap(), "{what}");
                if let Some(kept) = chain["kept_ids"].as_array() {
                    assert!(
                        kept.iter().map(|id| id.as_u64().unwrap()).eq(ours.iter().map(|r| r.index as u64)),
                        "{what}"
                    );
                }
                let top =
                    chain["top_ids"].as_array().unwrap().iter().zip(chain["top_probabilities"].as_array().unwrap());
                for (id, p) in top {
                    let at = ours.binary_search_by_key(&id.as_u64().unwrap(), |r| r.index as u64).expect("kept");
                    let (ours, theirs) = (ours[at].value, p.as_f64().unwrap());
                    assert!((ours - theirs).abs() <= 1e-6 + 3e-5 * theirs, "{what}: {ours} against {theirs} of {id}");
                }
                let row = sampler.trace(&logits, &ids).unwrap().pop().unwrap();
                assert!((row.entropy - chain["entropy_nats"].as_f64().unwrap()).abs() <= 3e-5, "{what}: {row}");
                chains += 1;
            }
        }
    }
    assert_eq!(chains, 72);
}

fn stage(name: &str, value: &Value) -> Stage {
    let number = value.as_f64().expect("a number");
    match name {
        "temperature" => Stage::Temperature(Temperature::new(number).expect("a temperature")),
        "top_k" => Stage::TopK(number as usize),
        "top_p" => Stage::TopP(number),
        "min_p" => Stage::MinP(number),
        "typical_p" => Stage::Typical(number),
        _ => panic!("{name} is no stage"),
    }
}

/// The operations of transformers' processors, in f64: which logits are left, and their probabilities.
fn processed(logits: &[f32], stages: &[Stage], context: &[u32]) -> (Vec<usize>, Vec<f64>) {
    let mut x = Tensor::from_slice(logits).to_kind(Kind::Double);
    let minus_inf = f64::NEG_INFINITY;
    for &stage in stages {
        x = match stage {
            Stage::RepetitionPenalty(penalty) => {
                let ids = Tensor::from_slice(&context.iter().map(|&id| i64::from(id)).collect::<Vec<_>>());
                let of = x.gather(0, &ids, false);
                x.scatter(0, &ids, &(&of * penalty).where_self(&of.lt(0.0), &(&of / penalty)))
            }
            Stage::Temperature(t) => x / t.value(),
            Stage::TopK(k) => {
                let (top, _) = x.topk((k as i64).min(x.size()[0]), 0, true, true);
                x.masked_fill(&x.lt_tensor(&top.min()), minus_inf)
            }
            Stage::TopP(p) => {
                // transformers does not request a stable sort, and for long rows the sort is not stable.
                let (sorted, indices) = x.sort_stable(true, 0, false);
                let remove = sorted.softmax(0, Kind::Double).cumsum(0, Kind::Double).le(1.0 - p);
                let _ = remove.slice(0, -1, None, 1).fill_(0);
                x.masked_fill(&remove.scatter(0, &indices, &remove), minus_inf)
            }
            Stage::MinP(p) => {
                let probabilities = x.softmax(0, Kind::Double);
                x.masked_fill(&probabilities.lt_tensor(&(p * probabilities.max())), minus_inf)
            }
            Stage::Typical(mass) => {
                let log_p = x.log_softmax(0, Kind::Double);
                let entropy = -(&log_p * log_p.exp()).nansum(0, false, Kind::Double);
                let (sorted, indices) = (-&log_p - entropy).abs().sort(0, false);
                let cumulative = x.gather(0, &indices, false).softmax(0, Kind::Double).cumsum(0, Kind::Double);
                let last = cumulative.lt(mass).sum(Kind::Int64).clamp_max(x.size()[0] - 1);
                let remove = sorted.gt_tensor(&sorted.index_select(0, &last.view(1)));
                x.masked_fill(&remove.scatter(0, &indices, &remove), minus_inf)
            }
            _ => panic!("{stage} is new"),
        };
    }
    let left = x.gt(minus_inf).nonzero().view(-1);
    let p = Vec::try_from(x.softmax(0, Kind::Double).index_select(0, &left)).expect("probabilities");
    (Vec::<i64>::try_from(left).expect("indices").into_iter().map(|index| index as usize).collect(), p)
}

#[track_caller]
fn assert_same_left(stages: &[Stage], logits: &[f32], context: &[u32]) {
    let mut sampler = Sampler::greedy(stages).expect("good numbers");
    let ours = sampler.distribution(logits, context).expect("a distribution");
    let (left, probabilities) = processed(logits, stages, context);
    assert!(ours.iter().map(|r| r.index).eq(left.iter().copied()), "{stages:?} of {logits:?} after {context:?}");
    // A penalised logit is rounded to f32 again.
    let penalised = stages.iter().any(|stage| matches!(stage, Stage::RepetitionPenalty(_)));
    let tolerance = if penalised { 1e-6 } else { 1e-12 };
    for (ours, theirs) in ours.iter().zip(probabilities) {
        assert!((ours.value - theirs).abs() <= tolerance, "{stages:?}: {ours:?} against {theirs}");
    }
}

#[test]
fn samplers_give_the_probabilities_of_transformers_operations() {
    let t = |t| Stage::Temperature(Temperature::new(t).expect("a temperature"));
    let chains: [&[Stage]; 7] = [
        &[t(0.7)],
        &[t(1.4), Stage::TopK(50), Stage::TopP(0.95)],
        &[t(0.8), Stage::TopK(40), Stage::TopP(0.95), Stage::MinP(0.05)],
        &[t(2.0), Stage::TopP(0.9)],
        &[Stage::TopP(0.9999), t(0.5)],
        &[Stage::Typical(0.8), Stage::MinP(0.001)],
        &[Stage::RepetitionPenalty(1.3), t(1.3), Stage::TopK(200), Stage::Typical(0.9)],
    ];
    for logits in recorded() {
        chains.iter().for_each(|stages| assert_same_left(stages, &logits, &[1026, 373, 257, 3223, 290, 6388, 88, 373]));
    }
}

/// Ties at every edge, −∞, short and long: the same operations in PyTorch leave the same.
#[test]
fn samplers_break_ties_as_transformers_operations_do() {
    let random = &mut Random(5);
    for round in 0..600 {
        let n = if round % 50 == 0 { 2000 } else { 1 + random.below(40) };
        let values = 1 + random.below(12);
        let mut logits: Vec<f32> = (0..n).map(|_| random.below(values) as f32 / 4.0 - 1.0).collect();
        if n > 3 && round % 3 == 0 {
            logits[1] = f32::NEG_INFINITY;
        }
        let context: Vec<u32> = (0..3).map(|_| random.below(n) as u32).collect();
        // Values of p that no sum of few equal probabilities equals, so that rounding does not decide.
        let share = |v: usize| (v as f64 + 0.317) / 100.0;
        let mut stages: Vec<Stage> = Vec::new();
        for _ in 0..random.below(4) {
            stages.push(match random.below(6) {
                0 => Stage::RepetitionPenalty(1.25),
                1 => Stage::Temperature(Temperature::new(0.5 + random.below(8) as f64 / 4.0).unwrap()),
                2 => Stage::TopK(1 + random.below(n + 3)),
                3 => Stage::TopP(share(random.below(99))),
                4 => Stage::MinP(share(random.below(99))),
                _ => Stage::Typical(share(random.below(99))),
            });
        }
        // A sampler has one temperature at most.
        let mut seen = false;
        stages.retain(|stage| !matches!(stage, Stage::Temperature(_)) || !std::mem::replace(&mut seen, true));
        assert_same_left(&stages, &logits, &context);
    }
}
