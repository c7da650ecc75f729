//! Properties of all logits, checked on seeded ones.

use softmax_core::{
    SimdPath, Temperature, argmax, log_softmax, logsumexp, max_normalized, softmax, softmax_naive, softmax_online,
};
use test_support::Random;

use crate::input::Kind;

/// Logits of seeded kinds and lengths, most of them short.
fn inputs() -> impl Iterator<Item = Vec<f32>> {
    let mut random = Random(3);
    (0..300).map(move |seed| {
        let kind = Kind::ALL[random.below(Kind::ALL.len())];
        let longest = if seed % 50 == 0 { 9000 } else { 200 };
        kind.logits(1 + random.below(longest), seed).into_iter().map(|v| v as f32).collect()
    })
}

fn temperature(value: f64) -> Temperature {
    Temperature::new(value).unwrap()
}

/// Within 4e-7 relatively, twice, as both sides may be off; subnormal ones within one step.
#[track_caller]
fn assert_close(a: &[f32], b: &[f32]) {
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 8e-7 * b.abs() + 1.5e-45, "{a} against {b}");
    }
}

#[test]
fn a_shift_changes_nothing() {
    for x in inputs() {
        // Multiples of 1/8 below 2^20: the shift itself is exact.
        let x: Vec<f32> = x.iter().map(|v| (v.clamp(-1000.0, 1000.0) * 8.0).round() / 8.0).collect();
        let shifted: Vec<f32> = x.iter().map(|v| v + 4096.125).collect();
        assert_close(&softmax(&x).unwrap(), &softmax(&shifted).unwrap());
    }
}

#[test]
fn one_value_has_all_the_probability() {
    let mut random = Random(8);
    for path in SimdPath::available() {
        for t in [1.0, 0.3, 7.0].map(temperature) {
            for _ in 0..2000 {
                let x = [f32::NEG_INFINITY, (300.0 * random.normal()) as f32, -1e9];
                let (p, log_p) = path.run(|| (t.softmax(&x).unwrap(), t.log_softmax(&x).unwrap())).unwrap();
                assert_eq!(p, [0.0, 1.0, 0.0], "{path} {x:?}");
                assert_eq!(log_p[..2], [f32::NEG_INFINITY, 0.0], "{path} {x:?}");
            }
        }
    }
}

#[test]
fn order_is_kept() {
    for x in inputs() {
        for t in [0.2, 1.0, 5.0] {
            let p = temperature(t).softmax(&x).unwrap();
            let mut order: Vec<usize> = (0..x.len()).collect();
            order.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
            for pair in order.windows(2) {
                let (low, high) = (pair[0], pair[1]);
                // One rounding step down at most, where exp changes its formula between neighbours.
                assert!(p[low] <= p[high] * (1.0 + 2.0 * f32::EPSILON), "{} {}", x[low], x[high]);
                if x[low] == x[high] {
                    assert_eq!(p[low].to_bits(), p[high].to_bits());
                }
            }
            assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
        }
    }
}

#[test]
fn temperature_goes_from_argmax_to_uniform() {
    for x in inputs() {
        let max = x[argmax(&x).unwrap()];
        let winners = x.iter().filter(|&&v| v == max).count();
        let cold = temperature(1e-60).softmax(&x).unwrap();
        for (p, &v) in cold.iter().zip(&x) {
            assert_eq!(*p, if v == max { (1.0 / winners as f64) as f32 } else { 0.0 });
        }
        for p in temperature(1e40).softmax(&x).unwrap() {
            assert!((f64::from(p) * x.len() as f64 - 1.0).abs() < 1e-6, "{p}");
        }
    }
}

#[test]
fn temperature_divides_the_logits() {
    for x in inputs() {
        // Halving is exact, so both must agree but for rounding.
        let halved: Vec<f32> = x.iter().map(|v| v / 2.0).collect();
        assert_close(&temperature(2.0).softmax(&x).unwrap(), &softmax(&halved).unwrap());
        assert_eq!(Temperature::ONE.softmax(&x).unwrap(), softmax(&x).unwrap());
    }
}

#[test]
fn log_softmax_is_the_logarithm_of_softmax() {
    for x in inputs() {
        let (log_p, p) = (log_softmax(&x).unwrap(), softmax(&x).unwrap());
        let lse = f64::from(logsumexp(&x).unwrap());
        for ((l, p), x) in log_p.iter().zip(&p).zip(&x) {
            if *p >= f32::MIN_POSITIVE {
                assert!((f64::from(*l) - f64::from(*p).ln()).abs() <= 5e-7 + 3e-7 * f64::from(l.abs()), "{l} ln {p}");
            } else {
                assert!(*l < -87.0);
            }
            // The rounding of lse itself counts where it is large.
            let expected = f64::from(*x) - lse;
            assert!((f64::from(*l) - expected).abs() <= 5e-7 + 3e-7 * (lse.abs() + expected.abs()), "{l} {x} {lse}");
        }
    }
}

#[test]
fn online_is_the_two_pass_form() {
    for x in inputs() {
        assert_close(&softmax_online(&x).unwrap(), &softmax(&x).unwrap());
        // Ascending: the maximum grows in every block.
        let mut ascending = x;
        ascending.sort_by(f32::total_cmp);
        assert_close(&softmax_online(&ascending).unwrap(), &softmax(&ascending).unwrap());
    }
    // Across blocks whose factor is subnormal, but whose largest products are not.
    let x: Vec<f32> = (0..4096).map(|i| if i < 2048 { 0.0 } else { 80.0 }).collect();
    assert_close(&softmax_online(&x).unwrap(), &softmax(&x).unwrap());
}

#[test]
fn all_forms_give_the_same_bits() {
    for x in inputs() {
        for t in [1.0, 0.6].map(temperature) {
            let (p, log_p) = (t.softmax(&x).unwrap(), t.log_softmax(&x).unwrap());
            // At every alignment of a register of 16.
            for offset in 0..16 {
                let mut from = vec![0.0; offset];
                from.extend_from_slice(&x);
                let mut to = vec![9.0; x.len() + offset];
                t.softmax_into(&from[offset..], &mut to[offset..]).unwrap();
                assert_eq!(to[offset..], p);
                t.log_softmax_into(&from[offset..], &mut to[offset..]).unwrap();
                assert_eq!(to[offset..], log_p);
                assert!(to[..offset].iter().all(|&v| v == 9.0));
            }
            let mut in_place = x.clone();
            t.softmax_in_place(&mut in_place).unwrap();
            assert_eq!(in_place, p);
            let mut in_place = x.clone();
            t.log_softmax_in_place(&mut in_place).unwrap();
            assert_eq!(in_place, log_p);
        }
    }
}

#[test]
fn the_maximum_is_found_wherever_it_is() {
    for path in SimdPath::available() {
        for (n, offset) in (1..=140).flat_map(|n| [(n, n % 16), (n, n / 2 % 16)]) {
            for largest in 0..n {
                // With any other maximum, the sum overflows.
                let mut x = vec![-1e3_f32; offset + n];
                x[offset + largest] = 1e3;
                let found = path.run(|| logsumexp(&x[offset..]).unwrap()).unwrap();
                assert_eq!(found, 1e3, "{path}: {largest} of {n}, {offset} from the start");
            }
        }
    }
}

#[test]
fn rows_are_taken_row_by_row() {
    for (n_rows, n_cols) in [(1, 1), (3, 1), (1, 50), (7, 33), (64, 100), (43, 50_257)] {
        let x: Vec<f32> = Kind::Normal.logits(n_rows * n_cols, 5).into_iter().map(|v| v as f32).collect();
        for t in [1.0, 0.6].map(temperature) {
            let (p, log_p) = (t.softmax_rows(&x, n_cols).unwrap(), t.log_softmax_rows(&x, n_cols).unwrap());
            let mut out = vec![9.0; x.len()];
            t.softmax_rows_into(&x, n_cols, &mut out).unwrap();
            assert_eq!(out, p);
            t.log_softmax_rows_into(&x, n_cols, &mut out).unwrap();
            assert_eq!(out, log_p);
            let mut in_place = x.clone();
            t.softmax_rows_in_place(&mut in_place, n_cols).unwrap();
            assert_eq!(in_place, p);
            in_place.clone_from(&x);
            t.log_softmax_rows_in_place(&mut in_place, n_cols).unwrap();
            assert_eq!(in_place, log_p);
            for (row, x) in x.chunks(n_cols).enumerate() {
                let range = row * n_cols..(row + 1) * n_cols;
                assert_eq!(p[range.clone()], t.softmax(x).unwrap(), "row {row} of {n_rows}");
                assert_eq!(log_p[range], t.log_softmax(x).unwrap(), "row {row} of {n_rows}");
            }
        }
        let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
        let p = Temperature::ONE.softmax_rows(&wide, n_cols).unwrap();
        assert_eq!(p[x.len() - n_cols..], softmax(&wide[x.len() - n_cols..]).unwrap());
    }
}

#[test]
fn the_naive_formula_agrees_where_it_can_be_used() {
    for x in inputs() {
        // Its own error: each exponent below −80 is rounded by 4e-6.
        let naive = softmax_naive(&max_normalized(&x).unwrap()).unwrap();
        for (a, b) in naive.iter().zip(softmax(&x).unwrap()) {
            assert!((a - b).abs() <= 2e-5 * b + 3e-45, "{a} against {b}");
        }
    }
}
