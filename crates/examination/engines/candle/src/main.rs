//! `cargo xtask examine --engines` runs it.
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::ops;
use examination::{Error, Function, Number, sit};

fn main() -> std::result::Result<(), Error> {
    sit("candle 0.11.1", |number, function, x| {
        let x = tensor(number, x)?.ok()?;
        numbers(match function {
            Function::Softmax => ops::softmax(&x, 0),
            Function::LogSoftmax => ops::log_softmax(&x, 0),
            Function::Logsumexp => x.log_sum_exp(0),
        })
    })?;
    // Its kernel for the last dimension, which models call; those above are put together of its operations.
    sit("candle 0.11.1, softmax_last_dim", |number, function, x| match function {
        Function::Softmax => numbers(ops::softmax_last_dim(&tensor(number, x)?.ok()?)),
        Function::LogSoftmax | Function::Logsumexp => None,
    })
}

/// None: candle has no such type.
fn tensor(number: Number, x: &[f64]) -> Option<Result<Tensor>> {
    let kind = match number {
        Number::Float8E4M3 => DType::F8E4M3,
        Number::Float8E5M2 => return None,
        Number::Float16 => DType::F16,
        Number::BFloat16 => DType::BF16,
        Number::Float32 => DType::F32,
        Number::Float64 => DType::F64,
    };
    Some(Tensor::new(x, &Device::Cpu).and_then(|x| x.to_dtype(kind)))
}

/// None: candle refused.
fn numbers(y: Result<Tensor>) -> Option<Vec<f64>> {
    y.and_then(|y| {
        // In candle 0.11.1 the conversion from F8E4M3 to F64 does not end, for example of 0.5. The one to F32 is
        // equally exact.
        let y = if y.dtype() == DType::F8E4M3 { y.to_dtype(DType::F32)? } else { y };
        y.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
    })
    .ok()
}
