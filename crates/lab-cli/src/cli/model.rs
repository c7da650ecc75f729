use std::path::PathBuf;

use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use gpt2_runner::{Backend, Device, Engine};
use lab::{Error, source};

/// Which pair of models, and where they run.
#[derive(Debug, Clone, Args)]
pub(crate) struct ModelArgs {
    /// Which pair.
    #[command(flatten)]
    pub(crate) pair: PairArgs,
    /// Where the models run.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// The requested models.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PairArgs {
    /// Which pair of models.
    #[arg(long, help = "The pair of models [default: auto]")]
    pub(crate) models: Option<Models>,
    /// The small model: a name that `lab models` prints, or a folder in the Hugging Face layout
    #[arg(long, value_name = "MODEL")]
    pub(crate) small: Option<String>,
    /// The large model, named in the same way
    #[arg(long, value_name = "MODEL")]
    pub(crate) large: Option<String>,
    /// The folder of downloaded weights [default: data/weights of the clone]
    #[arg(long, value_name = "DIR")]
    pub(crate) weights: Option<PathBuf>,
    /// Why the pretrained pair is not there, for the first line.
    #[arg(long, value_name = "TEXT", hide = true)]
    pub(crate) fallback_reason: Option<String>,
}

impl From<&PairArgs> for source::PairArgs {
    fn from(args: &PairArgs) -> Self {
        let PairArgs { models, small, large, weights, fallback_reason } = args.clone();
        Self { models: models.map(Into::into), small, large, weights, fallback_reason }
    }
}

/// Which pair of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Models {
    /// GPT-2 small and large if their weights are there, otherwise the demo pair
    Auto,
    /// The demo pair: two small models that are part of the lab
    Demo,
    /// GPT-2 small and large, or an error
    Pretrained,
}

impl From<Models> for source::Models {
    fn from(models: Models) -> Self {
        match models {
            Models::Auto => Self::Auto,
            Models::Demo => Self::Demo,
            Models::Pretrained => Self::Pretrained,
        }
    }
}

/// One model.
#[derive(Debug, Clone, Args)]
pub(crate) struct OneModelArgs {
    /// Which.
    #[arg(
        long,
        value_name = "MODEL",
        help = "The model: small or large (of the pair), a name that `lab models` prints, or a folder in the Hugging \
                Face layout [default: small]"
    )]
    pub(crate) model: Option<String>,
    /// Which pair of models.
    #[arg(long, help = "The pair of models [default: auto]")]
    pub(crate) models: Option<Models>,
    /// The folder of downloaded weights [default: data/weights of the clone]
    #[arg(long, value_name = "DIR")]
    pub(crate) weights: Option<PathBuf>,
    /// Where the model runs.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// `--engine` and `--device`
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DeviceArgs {
    /// The name of an engine.
    #[arg(
        long,
        value_parser = PossibleValuesParser::new(["auto", "torch", "native"]).try_map(|name| name.parse::<Engine>()),
        help = "What computes: torch (libtorch, the numbers of PyTorch), native (faster on a CPU), or auto, which is \
                native on the CPU and torch on a GPU [default: auto]"
    )]
    pub(crate) engine: Option<Engine>,
    /// The name of a device.
    #[arg(long, help = "Where models run: cpu, cuda:0, mps [default: cpu]")]
    pub(crate) device: Option<String>,
}

impl DeviceArgs {
    /// What computes, and where.
    ///
    /// # Errors
    /// gpt2-runner's, for what is not in this build or not on this machine.
    pub(crate) fn backend(&self) -> Result<Backend, Error> {
        let device = self.device.as_deref().map_or(Ok(Device::Cpu), str::parse)?;
        Ok(Backend::new(self.engine.unwrap_or_default(), device).resolve()?)
    }
}
