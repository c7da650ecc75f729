//! NaN, infinities and the edges of the range, as PyTorch treats them. `tests/reference.py` wrote the table.

use softmax_core::{
    Error, SimdPath, Temperature, argmax, log_softmax, log_softmax_in_place, log_softmax_rows,
    log_softmax_rows_in_place, log_softmax_rows_into, logsumexp, softmax, softmax_in_place, softmax_into,
    softmax_online, softmax_rows, softmax_rows_in_place, softmax_rows_into,
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
    for path in SimdPath::available() {
        let check = |case: &Case| {
            let x = &case.x[..];
            assert_same(&softmax(x).unwrap(), &case.softmax, &format!("{path}, softmax of {x:?}"));
            assert_same(&softmax_online(x).unwrap(), &case.softmax, &format!("{path}, online softmax of {x:?}"));
            assert_same(&log_softmax(x).unwrap(), &case.log_softmax, &format!("{path}, log_softmax of {x:?}"));
            assert_same(&[logsumexp(x).unwrap()], &[case.logsumexp], &format!("{path}, logsumexp of {x:?}"));
            assert_eq!(argmax(x).unwrap(), case.argmax, "{path}, argmax of {x:?}");
        };
        path.run(|| cases.iter().for_each(check)).unwrap();
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

/// Quotients of ordinary size, whose logits and temperature are as small or as large as the type has them: expected is
/// σ(1) = 1 / (1 + e⁻¹) and its logarithm.
#[test]
fn the_smallest_and_largest_temperatures_divide_as_any_other() {
    let (p, log_p) = (1.0 / (1.0 + (-1.0_f64).exp()), -(-1.0_f64).exp().ln_1p());
    let small = [1e-45_f32, 1.4e-44, 2.9e-39, 5e-39, 1.2e-38, 1e-30, 5e-20, 6e-20];
    for v in small.into_iter().chain([1e30, f32::MAX]) {
        let t = Temperature::new(f64::from(v)).unwrap();
        let check = |path: SimdPath| {
            let out = t.softmax(&[v, 0.0]).unwrap();
            assert!((f64::from(out[0]) - p).abs() <= 4e-7 * p, "{path}: {out:?} at {v:e}");
            let out = t.log_softmax(&[v, 0.0]).unwrap();
            assert!((f64::from(out[0]) - log_p).abs() <= 4e-7, "{path}: {out:?} at {v:e}");
            assert!((f64::from(out[1]) - (log_p - 1.0)).abs() <= 6e-7, "{path}: {out:?} at {v:e}");
            let online = t.softmax_online(&[v, 0.0]).unwrap();
            assert!((f64::from(online[0]) - p).abs() <= 4e-7 * p, "{path}: {online:?} at {v:e}");
            let sum = t.logsumexp(&[v, 0.0]).unwrap();
            // ln(e + 1) = 1 − ln σ(1)
            assert!((f64::from(sum) - (1.0 - log_p)).abs() <= 1e-6, "{path}: {sum} at {v:e}");
        };
        SimdPath::available().for_each(|path| path.run(|| check(path)).unwrap());
    }
    for v in [5e-324_f64, 1e-320, 2.3e-308, 1e-300, 1e-150, 1e-160, 1e300, f64::MAX] {
        let t = Temperature::new(v).unwrap();
        let out = t.softmax(&[v, 0.0]).unwrap();
        assert!((out[0] - p).abs() <= 4e-15, "{out:?} at {v:e}");
        let out = t.log_softmax(&[v, 0.0]).unwrap();
        assert!((out[0] - log_p).abs() <= 4e-15, "{out:?} at {v:e}");
    }
    // Large logits at the same temperatures are infinitely far apart, and neither overflow nor NaN.
    for value in [5e-324, 1e-60, 1e-39, 1e-20] {
        let t = Temperature::new(value).unwrap();
        for x in [[1e38_f32, -1e38, 1e38], [-1e-3, -3e38, -1e-3], [f32::MAX, f32::NEG_INFINITY, f32::MAX]] {
            assert_eq!(t.softmax(&x).unwrap(), [0.5, 0.0, 0.5], "{x:?} at {value:e}");
            assert_eq!(t.log_softmax(&x).unwrap()[1], f32::NEG_INFINITY, "{x:?} at {value:e}");
        }
        for x in [[1e308_f64, -1e308, 1e308], [-1e-3, -1e308, -1e-3], [f64::MAX, f64::NEG_INFINITY, f64::MAX]] {
            assert_eq!(t.softmax(&x).unwrap(), [0.5, 0.0, 0.5], "{x:?} at {value:e}");
        }
    }
    // A logarithm that is finite in f32 though the temperature is next to nothing.
    let log_p = Temperature::new(1e-80).unwrap().log_softmax(&[1e-45_f32, 0.0]).unwrap();
    let exact = f64::from(1e-45_f32) / 1e-80;
    assert!((f64::from(log_p[1]) + exact).abs() <= 4e-7 * exact, "{log_p:?}");
}

/// The difference of the two blocks' maxima is beyond f64; its quotient by the temperature is −3.
#[test]
fn the_online_form_bridges_blocks_as_far_apart_as_the_type_allows() {
    let x: Vec<f64> = (0..4096).map(|i| if i < 2048 { -1.5e308 } else { 1.5e308 }).collect();
    let t = Temperature::new(1e308).unwrap();
    let (online, two_pass) = (t.softmax_online(&x).unwrap(), t.softmax(&x).unwrap());
    assert!((online[0] - two_pass[0]).abs() <= 8e-15 * two_pass[0], "{} against {}", online[0], two_pass[0]);
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
    assert_eq!(softmax_rows_into(&[1.0; 6], 2, &mut out), Err(Error::LengthMismatch { left: 6, right: 3 }));
    assert_eq!(softmax_rows_into(&none, 2, &mut out), Err(Error::LengthMismatch { left: 0, right: 3 }));
    assert_eq!(softmax_rows_into(&[1.0; 3], 2, &mut out), Err(Error::Rows { len: 3, n_cols: 2 }));
    assert_eq!(softmax_rows_in_place(&mut out, 2), Err(Error::Rows { len: 3, n_cols: 2 }));
    assert_eq!(log_softmax_rows(&[1.0; 3], 0), Err(Error::Rows { len: 3, n_cols: 0 }));
    assert_eq!(out, [7.0; 3]);
    for path in [SimdPath::Avx512, SimdPath::Avx2, SimdPath::Neon, SimdPath::Scalar] {
        let available = SimdPath::available().any(|p| p == path);
        let expected = if available { Ok(()) } else { Err(Error::PathUnavailable { path }) };
        assert_eq!(path.run(|| assert_eq!(SimdPath::active(), path)), expected);
    }
    for value in [0.0, -1.0, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Temperature::new(value), Err(Error::Temperature { value }));
    }
    let Err(Error::Temperature { value }) = Temperature::new(f64::NAN) else { panic!("NaN is no temperature") };
    assert!(value.is_nan());
}

#[test]
fn a_temperature_is_read_as_it_is_written() {
    for value in [0.7, 1.0, 5e-324, f64::MAX, 1.0 / 3.0] {
        let t = Temperature::new(value).unwrap();
        assert_eq!(t.to_string().parse(), Ok(t));
    }
    assert_eq!("0".parse::<Temperature>(), Err(Error::Temperature { value: 0.0 }));
    assert_eq!("inf".parse::<Temperature>(), Err(Error::Temperature { value: f64::INFINITY }));
    for text in ["", "warm", "0,5", " 1", "1e"] {
        let expected = format!("{text:?} is not a temperature: it must be a finite number greater than 0");
        assert_eq!(text.parse::<Temperature>().unwrap_err().to_string(), expected);
    }
}

/// As `torch.empty(0, 3).softmax(1)` and `torch.empty(3, 0).softmax(1)` of PyTorch 2.13, which are empty.
#[test]
fn a_matrix_without_values_has_a_softmax_without_values() {
    for n_cols in [3, 0] {
        assert_eq!(softmax_rows::<f32>(&[], n_cols), Ok(vec![]));
        assert_eq!(log_softmax_rows::<f64>(&[], n_cols), Ok(vec![]));
        assert_eq!(softmax_rows_into::<f64>(&[], n_cols, &mut []), Ok(()));
        assert_eq!(log_softmax_rows_into::<f32>(&[], n_cols, &mut []), Ok(()));
        assert_eq!(softmax_rows_in_place::<f32>(&mut [], n_cols), Ok(()));
        assert_eq!(log_softmax_rows_in_place::<f64>(&mut [], n_cols), Ok(()));
    }
}

#[test]
fn paths_are_read_by_their_names() {
    for path in [SimdPath::Avx512, SimdPath::Avx2, SimdPath::Neon, SimdPath::Scalar] {
        assert_eq!(path.name().parse(), Ok(path));
    }
    for name in ["", "AVX2", "avx-512", "sse4.2"] {
        assert_eq!(name.parse::<SimdPath>(), Err(Error::UnknownPath { name: name.to_owned() }));
    }
    let absent = [SimdPath::Avx512, SimdPath::Avx2, SimdPath::Neon, SimdPath::Scalar]
        .into_iter()
        .find(|path| SimdPath::available().all(|other| other != *path));
    if let Some(path) = absent {
        let active = SimdPath::active();
        assert_eq!(SimdPath::set_active(path), Err(Error::PathUnavailable { path }));
        assert_eq!(SimdPath::active(), active);
        assert!(Error::PathUnavailable { path }.to_string().ends_with("scalar"));
    }
}

/// Whether `f` returns or panics, and within another run.
#[test]
fn a_path_is_the_threads_own_while_it_runs() {
    let active = SimdPath::active();
    SimdPath::Scalar
        .run(|| {
            active.run(|| assert_eq!(SimdPath::active(), active)).unwrap();
            assert_eq!(SimdPath::active(), SimdPath::Scalar);
            let other = std::thread::spawn(SimdPath::active).join().unwrap();
            assert_eq!(other, active);
            std::panic::catch_unwind(|| active.run(|| panic!("expected"))).unwrap_err();
            assert_eq!(SimdPath::active(), SimdPath::Scalar);
        })
        .unwrap();
    assert_eq!(SimdPath::active(), active);
}

/// Rows run on rayon's threads, on the path of the thread that calls: the sums of 33 values differ in their last bits.
#[test]
fn rows_run_on_the_callers_path() {
    let x: Vec<f32> = (0..330).map(|i| (i * 7919 % 331) as f32 / 17.0).collect();
    for path in SimdPath::available() {
        let (rows, one_by_one) = path
            .run(|| {
                let one_by_one: Vec<f32> = x.chunks(33).flat_map(|row| softmax(row).unwrap()).collect();
                (softmax_rows(&x, 33).unwrap(), one_by_one)
            })
            .unwrap();
        assert_eq!(rows, one_by_one, "{path}");
    }
}

#[test]
fn special_values_reach_a_sum_wherever_they_are() {
    let payload = f32::from_bits(0xffc0_0001);
    let check = |path: SimdPath| {
        for at in [0, 200, 300, 8200, 19_999] {
            for (value, sum) in [(f32::NAN, f32::NAN), (payload, f32::NAN), (f32::INFINITY, f32::INFINITY)] {
                let mut x = vec![-3.0_f32; 20_000];
                x[at] = value;
                let out = log_softmax(&x).unwrap();
                assert!(out.iter().all(|v| v.is_nan()), "{path}: {value} at {at}");
                assert_same(&[logsumexp(&x).unwrap()], &[sum], &format!("{path}, {value} at {at}"));
            }
            // One number among −∞, as in a masked row.
            let mut x = vec![f32::NEG_INFINITY; 20_000];
            x[at] = 7.5;
            assert_eq!(logsumexp(&x), Ok(7.5), "{path}, {at}");
            let out = log_softmax(&x).unwrap();
            assert_eq!((out[at], out[at + 1 - 2 * (at / 19_999)]), (0.0, f32::NEG_INFINITY), "{path}, {at}");
        }
    };
    SimdPath::available().for_each(|path| path.run(|| check(path)).unwrap());
}
