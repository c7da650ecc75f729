//! Every function that reads and writes through pointers, on lengths and offsets around a register: few enough for Miri;
//! CONTRIBUTING.md says how to run it.

use softmax_core::{
    SimdPath, Temperature, argmax, bf16, f16, log_softmax_in_place, log_softmax_rows, logsumexp, max_normalized,
    softmax_in_place, softmax_into, softmax_naive, softmax_online, softmax_rows_in_place, softmax_rows_into, top_k,
    top_p,
};
use test_support::Random;

/// Lengths around one register and four of each instruction set.
const LENGTHS: [usize; 8] = [1, 3, 4, 5, 15, 17, 33, 67];

#[test]
fn in_place_gives_what_a_second_buffer_gives() {
    let mut random = Random(7);
    for n in LENGTHS {
        // An offset into a larger slice moves the boundary of aligned registers.
        for offset in [0, 1, 3] {
            let x: Vec<f32> = (0..n + offset).map(|_| (10.0 * random.normal()) as f32).collect();
            let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
            for t in [1.0, 0.3, 1e-40] {
                let t = Temperature::new(t).unwrap();
                let x = &x[offset..];
                let mut out = vec![0.0; n + offset];
                let out = &mut out[offset..];
                for log in [false, true] {
                    let into = if log { Temperature::log_softmax_into } else { Temperature::softmax_into };
                    let in_place = if log { Temperature::log_softmax_in_place } else { Temperature::softmax_in_place };
                    into(t, x, out).unwrap();
                    let mut same = [vec![7.0; offset], x.to_vec()].concat();
                    in_place(t, &mut same[offset..]).unwrap();
                    assert_eq!(out, &same[offset..], "{n} values from {offset}, log {log}, at {t:?}");
                    assert!(same[..offset].iter().all(|&v| v == 7.0), "nothing is written before the slice");
                }
            }
            let (mut p, mut log_p) = (wide[offset..].to_vec(), wide[offset..].to_vec());
            softmax_in_place(&mut p).unwrap();
            log_softmax_in_place(&mut log_p).unwrap();
            assert!(p.iter().zip(&log_p).all(|(p, log_p)| (p.ln() - log_p).abs() <= 1e-12 * log_p.abs() + 1e-12));
        }
    }
}

#[test]
fn each_path_agrees_with_plain_rust() {
    let mut random = Random(8);
    for n in LENGTHS {
        let x: Vec<f32> = (0..n).map(|_| (10.0 * random.normal()) as f32).collect();
        for path in SimdPath::available() {
            let mut out = vec![0.0; n];
            let on_path = || {
                softmax_into(&x, &mut out).unwrap();
                (softmax_online(&x).unwrap(), logsumexp(&x).unwrap(), argmax(&x).unwrap(), top_k(&x, n.min(3)).unwrap())
            };
            let (online, sum, largest, top) = path.run(on_path).unwrap();
            for ((p, online), x) in out.iter().zip(&online).zip(&x) {
                assert!((p - online).abs() <= 1e-6 * p, "{path}: {p} and {online}");
                assert!(
                    (p.ln() - (x - sum)).abs() <= 1e-6 * (1.0 + x.abs() + sum.abs()),
                    "{path}: ln {p} and {x} - {sum}"
                );
            }
            let plain = || (argmax(&x).unwrap(), top_k(&x, n.min(3)).unwrap());
            assert_eq!((largest, top), SimdPath::Scalar.run(plain).unwrap());
        }
    }
}

#[test]
fn rows_ranks_and_sixteen_bit_numbers_stay_within_their_slices() {
    let mut random = Random(9);
    let x: Vec<f32> = (0..5 * 33).map(|_| (4.0 * random.normal()) as f32).collect();
    let mut out = vec![0.0; x.len()];
    softmax_rows_into(&x, 33, &mut out).unwrap();
    let mut in_place = x.clone();
    softmax_rows_in_place(&mut in_place, 33).unwrap();
    assert_eq!(in_place, out);
    assert!(out.chunks(33).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-5));
    let log_out = log_softmax_rows(&x, 33).unwrap();
    assert!(out.iter().zip(&log_out).all(|(p, log_p)| (p.ln() - log_p).abs() < 1e-5));
    assert_eq!(argmax(&x).unwrap(), top_k(&x, 1).unwrap()[0].index);
    assert!(logsumexp(&x).unwrap() > top_k(&x, 1).unwrap()[0].value);
    assert!(!top_p(&out[..33], 0.9).unwrap().is_empty());
    let half: Vec<f16> = x.iter().map(|&v| f16::from_f32(v)).collect();
    let brain: Vec<bf16> = x.iter().map(|&v| bf16::from_f32(v)).collect();
    let sum = |p: &mut dyn Iterator<Item = f32>| p.sum::<f32>();
    let half = softmax_naive(&max_normalized(&half).unwrap()).unwrap();
    assert!((sum(&mut half.iter().map(|v| v.to_f32())) - 1.0).abs() < 2e-2);
    let brain = softmax_naive(&max_normalized(&brain).unwrap()).unwrap();
    assert!((sum(&mut brain.iter().map(|v| v.to_f32())) - 1.0).abs() < 2e-2);
}
