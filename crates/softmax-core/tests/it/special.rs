//! NaN, infinities and the edges of the range, as PyTorch treats them. `tests/reference.py` wrote the table.

use softmax_core::{
    Error, SimdPath, Temperature, argmax, log_softmax, log_softmax_in_place, log_softmax_rows, logsumexp, softmax,
    softmax_in_place, softmax_into, softmax_online, softmax_rows,
};

struct Case {
    x: Vec<f32>,
    softmax: Vec<f32>,
    log_softmax: Vec<f32>,
    logsumexp: f32,
    argmax: usize,
}

fn cases() -> Vec<Case> {
    let numbers = |text: &str| text.split_whitespace().map(|v| v.parse().unwrap()).collect::<Vec<f32>>();
    let parse = |line: &str| {
        let [x, softmax, log_softmax, logsumexp, argmax] = line.split(';').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        Case {
            x: numbers(x),
            softmax: numbers(softmax),
            log_softmax: numbers(log_softmax),
            logsumexp: numbers(logsumexp)[0],
            argmax: argmax.trim().parse().unwrap(),
        }
    };
    include_str!("../data/pytorch.txt").lines().skip(1).map(parse).collect()
}

/// NaN for NaN, the same infinity and the same zero; else equal within the sum of both sides' rounding.
#[track_caller]
fn assert_same(ours: &[f32], pytorch: &[f32], what: &str) {
    assert_eq!(ours.len(), pytorch.len());
    for (&a, &b) in ours.iter().zip(pytorch) {
        let same = (a.is_nan() && b.is_nan()) || a == b || (a - b).abs() <= 1e-6 * b.abs() + 1.5e-45;
        assert!(same, "{what}: {ours:?} against PyTorch's {pytorch:?}");
    }
}

#[test]
fn every_path_treats_special_values_as_pytorch_does() {
    let cases = cases();
    assert_eq!(cases.len(), 24);
    let t = Temperature::ONE;
    for path in SimdPath::available() {
        for case in &cases {
            let x = &case.x[..];
            let mut out = vec![0.0; x.len()];
            path.softmax_into(x, &mut out, t).unwrap();
            assert_same(&out, &case.softmax, &format!("{path}, softmax of {x:?}"));
            let online = path.softmax_online(x, t).unwrap();
            assert_same(&online, &case.softmax, &format!("{path}, online softmax of {x:?}"));
            path.log_softmax_into(x, &mut out, t).unwrap();
            assert_same(&out, &case.log_softmax, &format!("{path}, log_softmax of {x:?}"));
            let sum = path.logsumexp(x, t).unwrap();
            assert_same(&[sum], &[case.logsumexp], &format!("{path}, logsumexp of {x:?}"));
            assert_eq!(path.argmax(x).unwrap(), case.argmax, "{path}, argmax of {x:?}");
        }
    }
}

#[test]
fn f64_treats_special_values_as_pytorch_does() {
    for case in cases() {
        let x: Vec<f64> = case.x.iter().map(|&v| f64::from(v)).collect();
        let narrow = |values: Vec<f64>| values.into_iter().map(|v| v as f32).collect::<Vec<_>>();
        assert_same(&narrow(softmax(&x).unwrap()), &case.softmax, &format!("{x:?}"));
        assert_same(&narrow(softmax_online(&x).unwrap()), &case.softmax, &format!("{x:?}"));
        assert_same(&narrow(log_softmax(&x).unwrap()), &case.log_softmax, &format!("{x:?}"));
        assert_same(&narrow(vec![logsumexp(&x).unwrap()]), &[case.logsumexp], &format!("{x:?}"));
        assert_eq!(argmax(&x).unwrap(), case.argmax, "{x:?}");
    }
}

#[test]
fn special_values_reach_across_the_blocks_of_the_online_form() {
    let n = 5000;
    let one = |index: usize, value: f32, rest: f32| (0..n).map(|i| if i == index { value } else { rest }).collect();
    let inputs: [Vec<f32>; 6] = [
        one(4999, f32::NAN, 0.0),
        one(0, f32::NAN, f32::NEG_INFINITY),
        one(3000, f32::INFINITY, 0.0),
        one(4000, 1.0, f32::NEG_INFINITY),
        one(10, 1.0, f32::NEG_INFINITY),
        one(4999, 200.0, 0.0),
    ];
    for x in inputs {
        assert_same(&softmax_online(&x).unwrap(), &softmax(&x).unwrap(), "online");
    }
    assert!(softmax_online(&vec![f32::NEG_INFINITY; n]).unwrap().iter().all(|p| p.is_nan()));
}

#[test]
fn temperature_keeps_infinities_and_the_whole_range() {
    for value in [1e-300, 1e-30, 0.5, 1e30, 1e300] {
        let t = Temperature::new(value).unwrap();
        assert_eq!(t.softmax(&[f32::NEG_INFINITY, 1.0]).unwrap(), [0.0, 1.0], "T = {value}");
        assert!(t.softmax(&[f32::INFINITY, 1.0]).unwrap().iter().all(|p| p.is_nan()), "T = {value}");
        assert_eq!(t.softmax(&[f64::NEG_INFINITY, 1.0]).unwrap(), [0.0, 1.0], "T = {value}");
    }
    // The difference of these logits is beyond f32, their quotient is not: 1 / (1 + e^-6).
    let p = Temperature::new(1e38).unwrap().softmax(&[3e38_f32, -3e38]).unwrap();
    assert!((p[0] - 0.997_527_4).abs() < 2e-7, "{p:?}");
    let p = Temperature::new(1e308).unwrap().softmax(&[1.5e308_f64, -1.5e308]).unwrap();
    assert!((p[0] - 1.0 / (1.0 + (-3.0_f64).exp())).abs() < 1e-14, "{p:?}");
}

#[test]
fn what_cannot_be_normalised_is_an_error_and_stays_as_it_was() {
    let (none, mut out) = ([0.0_f32; 0], [7.0_f32; 3]);
    assert_eq!(softmax(&none), Err(Error::Empty));
    assert_eq!(softmax_online(&none), Err(Error::Empty));
    assert_eq!(softmax_in_place(&mut [0.0_f64; 0]), Err(Error::Empty));
    assert_eq!(log_softmax(&none), Err(Error::Empty));
    assert_eq!(log_softmax_in_place(&mut [0.0_f32; 0]), Err(Error::Empty));
    assert_eq!(logsumexp(&none), Err(Error::Empty));
    assert_eq!(softmax_into(&[1.0, 2.0], &mut out), Err(Error::LengthMismatch { left: 2, right: 3 }));
    assert_eq!(softmax_rows(&[1.0; 6], 2, &mut out), Err(Error::LengthMismatch { left: 6, right: 3 }));
    assert_eq!(softmax_rows(&[1.0; 3], 2, &mut out), Err(Error::Rows { len: 3, n_cols: 2 }));
    assert_eq!(log_softmax_rows(&[1.0; 3], 0, &mut out), Err(Error::Rows { len: 3, n_cols: 0 }));
    assert_eq!(softmax_rows(&none, 2, &mut out), Err(Error::Empty));
    assert_eq!(out, [7.0; 3]);
    for path in [SimdPath::Avx512, SimdPath::Avx2, SimdPath::Neon, SimdPath::Scalar] {
        let available = SimdPath::available().any(|p| p == path);
        let expected = if available { Ok(()) } else { Err(Error::PathUnavailable { path }) };
        assert_eq!(path.logsumexp(&[1.0], Temperature::ONE).map(drop), expected);
    }
    for value in [0.0, -1.0, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Temperature::new(value), Err(Error::Temperature { value }));
    }
    let Err(Error::Temperature { value }) = Temperature::new(f64::NAN) else { panic!("NaN is no temperature") };
    assert!(value.is_nan());
}
