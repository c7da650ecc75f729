//! The five parts: from plain inputs to typed reports.
//!
//! A report holds every number that its rendering prints, and, left out of the JSON, the vectors that its figures
//! draw.

mod comparison;
mod part1;
mod part2;
mod part3;
mod part4;
mod part5;
mod unstable;

pub use comparison::{Comparison, ModelDistribution};
pub use part1::{Library, NOTEBOOK_Z, Part1Report, part1};
pub use part2::{NOTEBOOK_TEMPERATURES, Part2Report, TemperatureCurve, part2};
pub use part3::{Part3Report, part3};
pub use part4::{NOTEBOOK_K, NOTEBOOK_TOP_TEMPERATURES, Part4Report, TopAtTemperature, part4};
pub use part5::{MODEL_INDEX, ModelVectors, Part5Report, part5};
pub use unstable::{Formula, NumberType, Outcome, outcomes};

/// The notebook's prompt for parts 3 and 4.
pub const NOTEBOOK_PROMPT: &str = "It was a dark and stormy";
/// The notebook's prompt for part 5.
pub const NOTEBOOK_PROMPT_5: &str = "A plethora of platypuses.";

/// JSON has no NaN: `"NaN"`, `"inf"`, `"-inf"`.
fn number_or_name<S: serde::Serializer>(x: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    if x.is_finite() { serializer.serialize_f32(*x) } else { serializer.collect_str(x) }
}
