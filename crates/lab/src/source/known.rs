use std::path::Path;

use gpt2_runner::Gpt2Config;

use super::ModelSource;
use crate::Error;

/// A model with a name: part of the lab, or published and available through `cargo xtask weights`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownModel {
    /// The small model of the demo pair.
    DemoSmall,
    /// The large model of the demo pair.
    DemoLarge,
    /// GPT-2 small.
    Gpt2,
    /// GPT-2 medium.
    Gpt2Medium,
    /// GPT-2 large.
    Gpt2Large,
    /// GPT-2 XL.
    Gpt2Xl,
}

impl KnownModel {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::DemoSmall, Self::DemoLarge, Self::Gpt2, Self::Gpt2Medium, Self::Gpt2Large, Self::Gpt2Xl];

    /// The model of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::DemoSmall => "demo-small",
            Self::DemoLarge => "demo-large",
            Self::Gpt2 => "gpt2",
            Self::Gpt2Medium => "gpt2-medium",
            Self::Gpt2Large => "gpt2-large",
            Self::Gpt2Xl => "gpt2-xl",
        }
    }

    /// Whether it is part of the lab.
    pub fn is_demo(self) -> bool {
        matches!(self, Self::DemoSmall | Self::DemoLarge)
    }

    /// How many parameters it has.
    pub fn parameters(self) -> u64 {
        match self {
            Self::DemoSmall => 3_332_928,
            Self::DemoLarge => 7_259_008,
            Self::Gpt2 => Gpt2Config::SMALL.num_parameters(),
            Self::Gpt2Medium => Gpt2Config::MEDIUM.num_parameters(),
            Self::Gpt2Large => Gpt2Config::LARGE.num_parameters(),
            Self::Gpt2Xl => Gpt2Config::XL.num_parameters(),
        }
    }

    /// The size of a download.
    pub fn download_size(self) -> &'static str {
        match self {
            Self::DemoSmall | Self::DemoLarge => "none",
            Self::Gpt2 => "0.5 GB",
            Self::Gpt2Medium => "1.5 GB",
            Self::Gpt2Large => "3.2 GB",
            Self::Gpt2Xl => "6.4 GB",
        }
    }
}

impl ModelSource {
    /// Finds a model by name; `weights` is the folder of downloaded models.
    ///
    /// # Errors
    /// [`Error::NotDownloaded`], and errors of loading.
    pub fn named(named: KnownModel, weights: &Path) -> Result<Self, Error> {
        match named {
            KnownModel::DemoSmall => Self::demo_small(),
            KnownModel::DemoLarge => Self::demo_large(),
            published => Self::pretrained(weights, published.name()),
        }
    }
}
