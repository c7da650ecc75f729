//! Sums against those that PyTorch and NumPy print, bit for bit. `tests/reference.py` wrote the table.

use softmax_core::{numpy_sum, torch_sum};

use crate::input::Kind;

#[test]
fn sums_have_the_bits_that_pytorch_and_numpy_give() {
    let table = include_str!("../data/sums.csv");
    let mut differ_from_a_loop = 0;
    for line in table.lines().skip(1) {
        let [kind, n, seed, torch, numpy] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let x = Kind::from_name(kind).unwrap().logits(n.parse().unwrap(), seed.parse().unwrap());
        let narrow: Vec<f32> = x.iter().map(|&v| v as f32).collect();
        assert_eq!(format!("{:08x}", torch_sum(&narrow).to_bits()), torch, "PyTorch: {line}");
        assert_eq!(format!("{:016x}", numpy_sum(&x).to_bits()), numpy, "NumPy: {line}");
        differ_from_a_loop += usize::from(narrow.iter().sum::<f32>() != torch_sum(&narrow));
    }
    // Or a loop would pass as well.
    assert!(differ_from_a_loop > 200, "{differ_from_a_loop}");
}

#[test]
fn special_values_are_added_as_ieee_says() {
    let inf = f32::INFINITY;
    for n in [1, 5, 100, 40_000] {
        let with = |v: f32| [vec![1.0; n], vec![v]].concat();
        assert_eq!(torch_sum(&with(inf)), inf);
        assert!(torch_sum(&with(f32::NAN)).is_nan());
        assert!(torch_sum(&[with(inf), with(-inf)].concat()).is_nan());
    }
    // What torch.tensor([]).sum() and numpy.sum([]) are.
    assert_eq!((torch_sum(&[]).to_bits(), numpy_sum(&[]).to_bits()), (0, 0));
}
