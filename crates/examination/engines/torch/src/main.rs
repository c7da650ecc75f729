//! `cargo xtask examine --engines` runs it.
use examination::{Error, Function, Number, sit};
use tch::{Kind, TchError, Tensor};

fn main() -> Result<(), Error> {
    let _guard = tch::no_grad_guard();
    sit("libtorch 2.13.0 (tch 0.26)", |number, function, x| answer(number, function, x).ok())
}

fn answer(number: Number, function: Function, x: &[f64]) -> Result<Vec<f64>, TchError> {
    let kind = match number {
        Number::Float8E4M3 => Kind::Float8e4m3fn,
        Number::Float8E5M2 => Kind::Float8e5m2,
        Number::Float16 => Kind::Half,
        Number::BFloat16 => Kind::BFloat16,
        Number::Float32 => Kind::Float,
        Number::Float64 => Kind::Double,
    };
    let x = Tensor::from_slice(x).f_to_kind(kind)?;
    let y = match function {
        Function::Softmax => x.f_softmax(0, None::<Kind>)?,
        Function::LogSoftmax => x.f_log_softmax(0, None::<Kind>)?,
        Function::Logsumexp => x.f_logsumexp(0, false)?,
    };
    Vec::try_from(y.f_to_kind(Kind::Double)?.f_reshape([-1])?)
}
