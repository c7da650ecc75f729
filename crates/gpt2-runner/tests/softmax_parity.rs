//! `softmax-core` against PyTorch itself: here, because softmax-core links no libtorch.
#![cfg(feature = "torch")]

use std::path::Path;

use gpt2_runner::RecordedLogits;
use softmax_core::{
    Temperature, argmax, bf16, f16, linspace, log_softmax, logsumexp, max_normalized, softmax, softmax_naive,
    softmax_rows, top_k,
};
use tch::{Kind, Tensor};

fn values(tensor: &Tensor) -> Vec<f32> {
    Vec::try_from(tensor.to_kind(Kind::Float).contiguous().view(-1)).expect("numbers")
}

fn recorded() -> Vec<Vec<f32>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/recorded/gpt2-small.safetensors");
    RecordedLogits::read(path).expect("recorded logits").prompts.into_iter().map(|prompt| prompt.logits).collect()
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
    softmax_rows(&x, n_cols, &mut p).unwrap();
    let t = Tensor::from_slice(&x).reshape([5, n_cols as i64]);
    assert_same(&p, &values(&t.softmax(1, Kind::Float)), 5e-5, "rows");
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
        // Ours sums 50,257 terms one by one in f32: the bound of that is n·2⁻²⁴, 3e-3.
        let exp = (&t - t.max()).exp();
        assert_same(&softmax_naive(&z).unwrap(), &values(&(&exp / exp.sum(Kind::Float))), 3e-3, "cured");
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
