//! Questions and their answers: from plain inputs to typed reports.
//!
//! The notebook's five parts, and one function for each other command. A report has every number of its renderings, and
//! the vectors of its figures, which are left out of the JSON.

mod attention;
mod compare;
mod generate;
mod lens;
mod next;
mod notebook;
mod part5;
mod published;
mod score;
mod softmax;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt::Display;

use serde::{Serialize, Serializer};

pub use attention::{AttentionReport, HeadReport, HeadScores, HeadView, Scores, attention};
pub use compare::{Comparison, ModelDistribution, compare};
pub use generate::{Continuation, GeneratedToken, Generation, StageReport, Stopped};
pub use lens::{LensCell, LensReport, LensToken, lens};
pub use next::{NextReport, TokenRank, next};
pub use notebook::{
    Library, NOTEBOOK_K, NOTEBOOK_TEMPERATURES, NOTEBOOK_TOP_TEMPERATURES, NOTEBOOK_Z, Parameters, Part1Report,
    Part2Report, Part3Report, Part4Report, TemperatureCurve, TopAtTemperature, part1, part2, part3, part4,
};
pub use part5::{
    Formula, MODEL_INDEX, ModelReport, ModelVectors, NumberType, Outcome, Part5Report, SumOrders, exponent_axis,
    outcomes, part5, sum_orders,
};
pub use published::Published;
pub use score::{ScoreReport, ScoredToken, Visit, Window, score, windows};
pub use softmax::{SoftmaxReport, softmax};
pub use verify::{Check, VerifyReport, verify};

/// The notebook's prompt for parts 3 and 4.
pub const NOTEBOOK_PROMPT: &str = "It was a dark and stormy";
/// The notebook's prompt for part 5.
pub const NOTEBOOK_PROMPT_5: &str = "A plethora of platypuses.";

/// JSON has no NaN: `"NaN"`, `"inf"`, `"-inf"`.
fn number_or_name<S: Serializer, X: Serialize + Display + Copy + Into<f64>>(
    x: &X,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let wide: f64 = (*x).into();
    if wide.is_finite() { x.serialize(serializer) } else { serializer.collect_str(x) }
}

/// The same for an optional number.
fn some_number_or_name<S: Serializer>(x: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match x {
        Some(x) => number_or_name(x, serializer),
        None => serializer.serialize_none(),
    }
}

/// The same for many.
fn numbers_or_names<S: Serializer>(x: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Value {
        Number(f64),
        Name(String),
    }
    serializer.collect_seq(x.iter().map(|x| if x.is_finite() { Value::Number(*x) } else { Value::Name(x.to_string()) }))
}
