//! `cargo xtask examine --engines` runs it.
use burn_tensor::{DType, Device, Tensor, TensorData, activation};
use examination::{Error, Function, Number, sit};

fn main() -> Result<(), Error> {
    let device = Device::default();
    sit("burn 0.22.1, flex", |number, function, x| {
        let kind = match number {
            // It has no such types.
            Number::Float8E4M3 | Number::Float8E5M2 => return None,
            Number::Float16 => DType::F16,
            Number::BFloat16 => DType::BF16,
            Number::Float32 => DType::F32,
            Number::Float64 => DType::F64,
        };
        let x = Tensor::<1>::from_data(TensorData::from(x), (&device, kind));
        let y = match function {
            Function::Softmax => activation::softmax(x, 0),
            Function::LogSoftmax => activation::log_softmax(x, 0),
            Function::Logsumexp => return None,
        };
        y.into_data().convert::<f64>().try_into_vec().ok()
    })
}
