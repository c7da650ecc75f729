use std::{collections::HashMap, env, path::Path};

use half::{bf16, f16};
use safetensors::{Dtype, tensor::TensorView};
use softmax_core::Element;

use crate::{
    Answer, Answers, Case, Error, Number, Operation,
    engine::{expanded, runs},
    read, read_operations,
};

/// The functions of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Probabilities.
    Softmax,
    /// Their logarithms.
    LogSoftmax,
    /// `ln Σ exp(x)`, one number.
    Logsumexp,
}

impl Function {
    /// As the examination's files call it.
    fn name(self) -> &'static str {
        match self {
            Function::Softmax => "softmax",
            Function::LogSoftmax => "log_softmax",
            Function::Logsumexp => "logsumexp",
        }
    }
}

/// Lets an engine sit the examination, for a program whose first argument is the folder to write the answers to, as
/// `cargo xtask examine --engines` runs it. `answer` gets logits that are numbers of the type; None: it has no such
/// function for that type.
///
/// # Errors
/// If the folder is missing or cannot be written to.
pub fn sit(engine: &str, answer: impl Fn(Number, Function, &[f64]) -> Option<Vec<f64>>) -> Result<(), Error> {
    sit_operating(engine, answer, |_| None)
}

/// The same for an engine that has samplers or other operations.
///
/// # Errors
/// As [`sit`].
pub fn sit_operating(
    engine: &str,
    answer: impl Fn(Number, Function, &[f64]) -> Option<Vec<f64>>,
    operate: impl Fn(&Operation) -> Option<Answer>,
) -> Result<(), Error> {
    let out = env::args().nth(1).ok_or("the folder for the answers is missing")?;
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/examination"));
    let operations = read_operations(folder)?;
    let operating: Vec<_> = operations.iter().map(operate).collect();
    let file = format!("{}.safetensors", engine.replace([' ', ','], "-"));
    write(engine, &read(folder)?, (&operations, &operating), &Path::new(&out).join(file), answer)
}

/// Writes an engine's answers as `sit.py` does: to the cases by a function, to the operations as they are given.
///
/// # Errors
/// If an answer and its input differ in length, or the file cannot be written.
pub fn write(
    engine: &str,
    cases: &[Case],
    (operations, operating): (&[Operation], &[Option<Answer>]),
    file: &Path,
    answer: impl Fn(Number, Function, &[f64]) -> Option<Vec<f64>>,
) -> Result<(), Error> {
    let one = |case: &Case| {
        let x = expanded(case, |x| divided(x, case.temperature, case.number));
        let asked = |function: Function, expected: usize| match answer(case.number, function, &x) {
            Some(y) if y.len() != expected => {
                let name = function.name();
                Err(format!("{engine}, {name} of {}: {} numbers, not {expected}", case.id, y.len()))
            }
            y => Ok(y),
        };
        Ok(Answers {
            softmax: asked(Function::Softmax, x.len())?.map(|y| runs(case, &y)),
            log_softmax: asked(Function::LogSoftmax, x.len())?.map(|y| runs(case, &y)),
            logsumexp: asked(Function::Logsumexp, 1)?.map(|y| y[0]),
        })
    };
    let answers = cases.iter().map(one).collect::<Result<Vec<_>, String>>()?;
    record(engine, (cases, &answers), (operations, operating), file)
}

/// Writes an engine's answers for [`recorded`](crate::recorded).
///
/// # Errors
/// If the file cannot be written.
pub fn record(
    engine: &str,
    (cases, answers): (&[Case], &[Answers]),
    (operations, operating): (&[Operation], &[Option<Answer>]),
    file: &Path,
) -> Result<(), Error> {
    let mut tensors: Vec<(String, usize, Vec<u8>)> = Vec::new();
    let bytes = |numbers: Vec<f64>| numbers.into_iter().flat_map(f64::to_le_bytes).collect();
    for (case, Answers { softmax, log_softmax, logsumexp }) in cases.iter().zip(answers) {
        let logsumexp = logsumexp.map(|y| vec![[y; 2]]);
        for (function, pairs) in
            [(Function::Softmax, softmax), (Function::LogSoftmax, log_softmax), (Function::Logsumexp, &logsumexp)]
        {
            let Some(pairs) = pairs else { continue };
            // All least answers of equal logits, then all largest.
            let numbers = [0, 1].into_iter().flat_map(|side| pairs.iter().map(move |pair| pair[side]));
            tensors.push((format!("{}.{}", case.id, function.name()), 2, bytes(numbers.collect())));
        }
    }
    for (operation, answer) in operations.iter().zip(operating) {
        let Some(answer) = answer else { continue };
        tensors.push((format!("{}.answer", operation.id), answer.len(), bytes(answer.concat())));
    }
    let views: Vec<_> = tensors
        .iter()
        .map(|(name, rows, bytes)| Ok((name, TensorView::new(Dtype::F64, vec![*rows, bytes.len() / 8 / rows], bytes)?)))
        .collect::<Result<_, safetensors::SafeTensorError>>()?;
    let about = HashMap::from([("engine".to_owned(), engine.to_owned())]);
    Ok(safetensors::serialize_to_file(views, Some(about), file)?)
}

/// `x / t` in the type, for engines without a temperature.
fn divided(x: f64, t: f64, number: Number) -> f64 {
    fn quotient<T: Element>(x: f64, t: f64) -> f64 {
        T::from_f64(x / T::from_f64(t).to_f64()).to_f64()
    }
    match number {
        _ if t == 1.0 => x,
        Number::Float16 => quotient::<f16>(x, t),
        Number::BFloat16 => quotient::<bf16>(x, t),
        Number::Float32 => quotient::<f32>(x, t),
        // No case of eight bits has a temperature.
        Number::Float64 | Number::Float8E4M3 | Number::Float8E5M2 => x / t,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Recorded, judge, recorded};

    /// Written answers are judged like direct ones: an engine with all functions in f64, and one with a single
    /// function.
    #[test]
    fn answers_are_read_as_they_were_written() {
        let cases = read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/examination"))).unwrap();
        let cases: Vec<Case> = cases.into_iter().filter(|case| case.x.len() < 100).collect();
        let file = env::temp_dir().join(format!("examination-adapter-{}.safetensors", std::process::id()));
        let answer = |number, function, x: &[f64]| match (number, function) {
            (Number::Float64, Function::Softmax) => softmax_core::softmax(x).ok(),
            (Number::Float64, Function::LogSoftmax) => softmax_core::log_softmax(x).ok(),
            (Number::Float64, Function::Logsumexp) => softmax_core::logsumexp(x).ok().map(|y| vec![y]),
            _ => None,
        };
        write("ours 1", &cases, (&[], &[]), &file, answer).unwrap();
        let Recorded { engine, answers, .. } = recorded(&file, &cases, &[]).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(engine, "ours 1");
        let report = judge(&cases, answers);
        assert!(report.passed(), "{report:?}");
        assert!(report.rows.keys().all(|(number, _)| *number == Number::Float64));
        assert!(report.rows.len() >= 10, "{}", report.rows.len());
        let wrong = write("short", &cases, (&[], &[]), &file, |_, _, _| Some(vec![0.5; 3])).unwrap_err().to_string();
        assert!(wrong.contains("3 numbers, not 2"), "{wrong}");
    }

    #[test]
    fn a_temperature_divides_in_the_type() {
        assert_eq!(divided(1.0, 3.0, Number::Float32), f64::from(1.0_f32 / 3.0));
        assert_eq!(divided(1.0, 0.1, Number::Float16), 10.0);
        assert_eq!(divided(1.5, 0.1, Number::BFloat16), 15.0);
        assert_eq!(divided(448.0, 1.0, Number::Float8E4M3), 448.0);
    }
}
