use std::{fs, path::Path};

use half::f16;
use safetensors::SafeTensors;
use softmax_core::{Float, SimdPath, Temperature};

use crate::{Answer, Case, Error, Number, Operation, case::floats};

/// An engine's answer to a case: for each logit, the smallest and the largest result for equal logits. `None`: not
/// supported.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// Probabilities.
    pub softmax: Option<Vec<[f64; 2]>>,
    /// Their logarithms.
    pub log_softmax: Option<Vec<[f64; 2]>>,
    /// `ln Σ exp(x / t)`.
    pub logsumexp: Option<f64>,
}

/// Every logit as often as it occurs.
pub(crate) fn expanded<T: Clone>(case: &Case, to: impl Fn(f64) -> T) -> Vec<T> {
    case.x.iter().zip(&case.counts).flat_map(|(&x, &n)| vec![to(x); n]).collect()
}

/// The least and the largest of each run of equal logits; NaN if one is.
pub(crate) fn runs<T: Copy + Into<f64>>(case: &Case, out: &[T]) -> Vec<[f64; 2]> {
    let mut start = 0;
    let run = |&n: &usize| {
        let run = &out[start..start + n];
        start += n;
        run.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &v| {
            let v = v.into();
            if v.is_nan() || low.is_nan() { [f64::NAN; 2] } else { [low.min(v), high.max(v)] }
        })
    };
    case.counts.iter().map(run).collect()
}

/// softmax-core: for `f32` on an instruction path, for `f64` where none is given.
///
/// # Errors
/// If the processor does not have the path.
pub fn ours(case: &Case, path: Option<SimdPath>) -> Result<Answers, Error> {
    let t = Temperature::new(case.temperature)?;
    match (case.number, path) {
        (Number::Float32, Some(path)) => {
            let x = expanded(case, |x| x as f32);
            path.run(|| answers(case, &x, t))?
        }
        (Number::Float64, None) => answers(case, &expanded(case, |x| x), t),
        _ => Ok(Answers::default()),
    }
}

fn answers<T: Float + Into<f64>>(case: &Case, x: &[T], t: Temperature) -> Result<Answers, Error> {
    Ok(Answers {
        softmax: Some(runs(case, &t.softmax(x)?)),
        log_softmax: Some(runs(case, &t.log_softmax(x)?)),
        logsumexp: Some(t.logsumexp(x)?.into()),
    })
}

/// Softmaxes that are wrong, each in a way that has been seen: what an examination must find.
pub mod broken {
    use super::{Answers, Case, Float, Number, expanded, f16, runs};

    /// The plain formula.
    pub fn naive(case: &Case) -> Answers {
        match case.number {
            Number::Float32 => {
                answer(case, &softmax_core::softmax_naive(&divided(case, |x| x as f32)).unwrap_or_default())
            }
            Number::Float64 => answer(case, &softmax_core::softmax_naive(&divided(case, |x| x)).unwrap_or_default()),
            _ => Answers::default(),
        }
    }

    /// Half precision that adds in half precision.
    pub fn accumulated_in_f16(case: &Case) -> Answers {
        if case.number != Number::Float16 || case.temperature != 1.0 {
            return Answers::default();
        }
        let x = expanded(case, f16::from_f64);
        let shifted = softmax_core::max_normalized(&x).unwrap_or_default();
        let exp: Vec<f16> = shifted.iter().map(|x| f16::from_f64(x.to_f64().exp())).collect();
        let sum = exp.iter().fold(f16::ZERO, |sum, &v| sum + v);
        answer(case, &exp.iter().map(|&v| v / sum).collect::<Vec<f16>>())
    }

    /// The maximum of another row: here, one that is 60 larger.
    pub fn maximum_of_another_row(case: &Case) -> Answers {
        if case.number != Number::Float32 {
            return Answers::default();
        }
        let x = divided(case, |x| x as f32);
        let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max) + 60.0;
        let e: Vec<f32> = x.iter().map(|x| (x - max).exp()).collect();
        let sum: f32 = e.iter().sum();
        answer(case, &e.iter().map(|e| e / sum).collect::<Vec<f32>>())
    }

    fn divided<T: Float>(case: &Case, to: impl Fn(f64) -> T) -> Vec<T> {
        expanded(case, |x| T::from_f64(to(x).to_f64() / case.temperature))
    }

    fn answer<T: Copy + Into<f64>>(case: &Case, out: &[T]) -> Answers {
        Answers { softmax: Some(runs(case, out)), ..Answers::default() }
    }
}

/// An engine's written answers.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The engine's name and version.
    pub engine: String,
    /// Its answers to each case.
    pub answers: Vec<Answers>,
    /// Its answers to each operation; None: it does not have it.
    pub operating: Vec<Option<Answer>>,
}

/// Reads what `sit.py` has written.
///
/// # Errors
/// If the file is not as `sit.py` writes it.
pub fn recorded(file: &Path, cases: &[Case], operations: &[Operation]) -> Result<Recorded, Error> {
    let bytes = fs::read(file)?;
    let (_, header) = SafeTensors::read_metadata(&bytes)?;
    let name = header.metadata().as_ref().and_then(|about| about.get("engine"));
    let name = name.ok_or_else(|| format!("{}: it does not name its engine", file.display()))?.clone();
    let tensors = SafeTensors::deserialize(&bytes)?;
    let pairs = |case: &Case, what: &str, n: usize| -> Result<Option<Vec<[f64; 2]>>, Error> {
        let tensor = format!("{}.{what}", case.id);
        if tensors.tensor(&tensor).is_err() {
            return Ok(None);
        }
        let values = floats(&tensors, &tensor)?;
        if values.len() != 2 * n {
            return Err(format!("{tensor} has {} numbers: {} are expected", values.len(), 2 * n).into());
        }
        Ok(Some((0..n).map(|i| [values[i], values[n + i]]).collect()))
    };
    let answers = cases.iter().map(|case| {
        Ok(Answers {
            softmax: pairs(case, "softmax", case.x.len())?,
            log_softmax: pairs(case, "log_softmax", case.x.len())?,
            logsumexp: pairs(case, "logsumexp", 1)?.map(|pairs| pairs[0][0]),
        })
    });
    let operating = operations.iter().map(|operation| {
        let name = format!("{}.answer", operation.id);
        let Ok(tensor) = tensors.tensor(&name) else { return Ok(None) };
        let runs = operation.right.first().map_or(0, |right| right.exact.len());
        let rows = tensor.shape().first().copied().unwrap_or(0);
        let known = if operation.function() == "sample" { rows == 1 || rows == 3 } else { rows == 2 };
        if !known || tensor.shape() != [rows, runs] {
            return Err(
                format!("{name} has the shape {:?}: {runs} numbers in each row are expected", tensor.shape()).into()
            );
        }
        Ok(Some(floats(&tensors, &name)?.chunks(runs).map(<[f64]>::to_vec).collect()))
    });
    let operating = operating.collect::<Result<_, Error>>()?;
    Ok(Recorded { engine: name, answers: answers.collect::<Result<_, Error>>()?, operating })
}
