//! A run as one value: the inputs, the models, and all results.

use std::borrow::Cow;

use serde::Serialize;

use crate::{
    Prompt,
    parts::{Part1Report, Part2Report, Part3Report, Part4Report, Part5Report},
    source::ModelFacts,
};

/// libtorch's version, where the lab has one.
pub const LIBTORCH: Option<&str> = gpt2_runner::Engine::Torch.version();

/// The contents of `report.json`. It has no dates, paths or timings: the same input gives the same bytes.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The lab's version.
    pub lab: &'static str,
    /// [`LIBTORCH`], or that of the lab that recorded what is shown.
    pub libtorch: Option<Cow<'static, str>>,
    /// The models that parts 3 to 5 are about.
    pub models: Vec<ModelFacts>,
    /// Softmax by the formula and by a library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part1: Option<Part1Report>,
    /// Temperature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part2: Option<Part2Report>,
    /// Logits to probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part3: Option<Part3Report>,
    /// The most probable tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part4: Option<Part4Report>,
    /// Numerical instability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part5: Option<Part5Report>,
    /// The figures.
    pub figures: Vec<FigureFacts>,
}

/// A figure that was drawn.
#[derive(Debug, Clone, Serialize)]
pub struct FigureFacts {
    /// Its part, 1 to 5.
    pub part: u8,
    /// Its files, one for each format.
    pub files: Vec<String>,
    /// Width and height of the PNG.
    pub pixels: (u32, u32),
    /// The titles of the models whose logits it shows.
    pub models: Vec<String>,
}

impl Report {
    /// A report without parts.
    pub(crate) fn new() -> Self {
        Self {
            lab: env!("CARGO_PKG_VERSION"),
            libtorch: LIBTORCH.map(Cow::Borrowed),
            models: Vec::new(),
            part1: None,
            part2: None,
            part3: None,
            part4: None,
            part5: None,
            figures: Vec::new(),
        }
    }

    /// The prompts of its parts.
    pub(crate) fn prompts(&self) -> impl Iterator<Item = &Prompt> {
        let parts = [
            self.part3.as_ref().map(|part| &part.prompt),
            self.part4.as_ref().map(|part| &part.prompt),
            self.part5.as_ref().map(|part| &part.prompt),
        ];
        parts.into_iter().flatten()
    }

    /// As JSON, indented, with a newline at its end.
    ///
    /// # Errors
    /// If a value cannot be written as JSON, which none of the lab's is.
    pub fn to_json(&self) -> Result<String, crate::Error> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        Ok(json)
    }
}
