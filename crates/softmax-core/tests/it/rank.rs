//! `argmax`, `top_k` and `top_p` against a full sort.

use softmax_core::{Error, Ranked, SimdPath, argmax, softmax, top_k, top_p};
use test_support::Random;

use crate::input::{Kind, recorded_logits};

/// Indices, largest value first, NaN before any number, ties by lower index: what a stable sort gives.
fn sorted(x: &[f32]) -> Vec<usize> {
    let key = |v: f32| if v.is_nan() { f32::INFINITY } else { v };
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&a, &b| {
        x[b].is_nan().cmp(&x[a].is_nan()).then(key(x[b]).partial_cmp(&key(x[a])).expect("no NaN is left"))
    });
    order
}

fn indices(ranked: &[Ranked<f32>]) -> Vec<usize> {
    ranked.iter().map(|r| r.index).collect()
}

#[test]
fn top_k_is_the_head_of_a_sort_on_every_path() {
    let mut random = Random(11);
    for round in 0..200 {
        let n = 1 + random.below(if round % 20 == 0 { 5000 } else { 300 });
        let mut x: Vec<f32> = match round % 4 {
            // Few different values: many ties.
            0 => (0..n).map(|_| random.below(5) as f32).collect(),
            1 => (0..n).map(|i| i as f32).collect(),
            2 => (0..n).map(|i| -(i as f32)).collect(),
            _ => (0..n).map(|_| random.normal() as f32).collect(),
        };
        for _ in 0..random.below(4) {
            let index = random.below(n);
            x[index] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0][random.below(4)];
        }
        let order = sorted(&x);
        let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
        for k in [0, 1, 2, 10, n / 2, n - 1, n] {
            let k = k.min(n);
            for path in SimdPath::available() {
                let (top, largest) = path.run(|| (top_k(&x, k).unwrap(), argmax(&x).unwrap())).unwrap();
                assert_eq!(indices(&top), order[..k], "{path}, k = {k}, {x:?}");
                assert!(top.iter().all(|r| r.value.to_bits() == x[r.index].to_bits()));
                assert_eq!(largest, order[0], "{path}, {x:?}");
            }
            let top: Vec<usize> = top_k(&wide, k).unwrap().iter().map(|r| r.index).collect();
            assert_eq!(top, order[..k]);
        }
        assert_eq!(argmax(&wide).unwrap(), order[0]);
    }
}

#[test]
fn all_nan_is_ranked_by_index() {
    let x = [f32::NAN; 1000];
    assert_eq!(indices(&top_k(&x, 3).unwrap()), [0, 1, 2]);
    assert_eq!(argmax(&x).unwrap(), 0);
}

#[test]
fn top_p_is_the_shortest_head_that_reaches_p() {
    let mut rows = recorded_logits();
    rows.push(vec![0.0; 5000]);
    rows.push(Kind::Normal.logits(300, 1).into_iter().map(|v| v as f32).collect());
    for logits in rows {
        let p = softmax(&logits).unwrap();
        let order = sorted(&p);
        for share in [1e-6, 0.1, 0.5, 0.9, 0.999] {
            let nucleus = indices(&top_p(&p, share).unwrap());
            assert_eq!(nucleus, order[..nucleus.len()]);
            let sum = |indices: &[usize]| indices.iter().map(|&i| f64::from(p[i])).sum::<f64>();
            assert!(sum(&nucleus) >= share && sum(&nucleus[..nucleus.len() - 1]) < share, "{share}");
        }
        assert!(top_p(&p, 1.0).unwrap().len() <= p.len());
    }
}

#[test]
fn what_cannot_be_ranked_is_an_error() {
    assert_eq!(argmax::<f32>(&[]), Err(Error::Empty));
    assert_eq!(top_k::<f64>(&[], 0), Err(Error::Empty));
    assert_eq!(top_k(&[1.0, 2.0], 3), Err(Error::TopK { k: 3, len: 2 }));
    assert_eq!(top_p(&[0.5, 0.5], 0.0), Err(Error::TopP { value: 0.0 }));
    assert_eq!(top_p(&[0.5, 0.5], 1.5), Err(Error::TopP { value: 1.5 }));
    assert_eq!(top_p(&[1.5, -0.5], 0.5), Err(Error::NotAProbability { index: 0, value: 1.5 }));
    assert_eq!(top_p(&[0.5, 0.25], 0.5), Err(Error::NotADistribution { sum: 0.75 }));
    assert_eq!(top_p::<f32>(&[], 0.5), Err(Error::Empty));
}
