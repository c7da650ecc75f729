//! What the ways to `y = x·Wᵀ + b` cost that libtorch offers, in GB/s of weights: the table of `src/model/linear.rs`.
//!
//! `cargo bench -p gpt2-runner --bench linear`. The four matrices of GPT-2 large's blocks, twelve blocks: 0.9 GB, more
//! than a cache holds, in ordinary pages as the model has them.
use std::{error::Error, time::Instant};

use tch::{Kind, TchError, Tensor};

/// Inputs and outputs of c_attn, c_proj, c_fc and c_proj.
const SHAPES: [(i64, i64); 4] = [(1280, 3840), (1280, 1280), (1280, 5120), (5120, 1280)];
const BLOCKS: i64 = 12;

struct Layer {
    /// `[in, out]`, as stored.
    stored: Tensor,
    /// `[out, in]`.
    transposed: Tensor,
    bias: Tensor,
}

type Way = (&'static str, fn(&Layer, &Tensor) -> Result<Tensor, TchError>);

const WAYS: [Way; 5] = [
    ("addmm on [in, out] (MKL)", |w, x| w.bias.f_addmm(x, &w.stored)),
    ("linear on [out, in] (MKL)", |w, x| x.f_linear(&w.transposed, Some(&w.bias))),
    ("mm of [out, in] with xT (MKL)", |w, x| w.transposed.f_mm(&x.f_tr()?)?.f_tr()?.f_add(&w.bias)),
    ("mkldnn_linear on [out, in]", |w, x| one_dnn(&w.transposed, &w.bias, x)),
    ("mkldnn_linear, transposed view of [in, out]", |w, x| one_dnn(&w.stored.f_tr()?, &w.bias, x)),
];

fn one_dnn(weight: &Tensor, bias: &Tensor, x: &Tensor) -> Result<Tensor, TchError> {
    x.f_to_mkldnn(None)?.f_mkldnn_linear(weight, Some(bias))?.f_to_dense(None, false)
}

fn main() -> Result<(), Box<dyn Error>> {
    let _no_grad = tch::no_grad_guard();
    let random = |shape: &[i64]| Tensor::f_randn(shape, (Kind::Float, tch::Device::Cpu));
    let mut layers = Vec::new();
    for _ in 0..BLOCKS {
        for (inputs, outputs) in SHAPES {
            let stored = random(&[inputs, outputs])?;
            let transposed = stored.f_tr()?.f_contiguous()?;
            layers.push(Layer { stored, transposed, bias: random(&[outputs])? });
        }
    }
    let bytes: f64 = layers.iter().map(|w| w.stored.numel() as f64 * 4.0).sum();
    let lengths = [1, 2, 3, 4, 7, 16, 64, 256];
    print!("{:<46}", "GB/s of weights, by tokens");
    println!("{}", lengths.map(|t| format!("{t:>7}")).concat());
    for (name, way) in WAYS {
        print!("{name:<46}");
        for t in lengths {
            let inputs = [random(&[t, 1280])?, random(&[t, 5120])?];
            let rounds = if t > 16 { 3 } else { 7 };
            let mut times = Vec::new();
            for _ in 0..rounds {
                let start = Instant::now();
                for layer in &layers {
                    let _ = way(layer, &inputs[usize::from(layer.stored.size()[0] == 5120)])?;
                }
                times.push(start.elapsed().as_secs_f64());
            }
            times.sort_by(f64::total_cmp);
            print!("{:>7.1}", bytes / times[rounds / 2] / 1e9);
        }
        println!();
    }
    Ok(())
}
