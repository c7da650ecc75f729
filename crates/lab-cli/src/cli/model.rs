use std::path::PathBuf;

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use gpt2_runner::{Backend, Device, Engine};

use crate::{
    Error,
    source::{Models, PairArgs},
};

/// Which pair of models, and where they run.
#[derive(Debug, Clone, Args)]
pub struct ModelArgs {
    /// Which pair.
    #[command(flatten)]
    pub pair: PairArgs,
    /// Where the models run.
    #[command(flatten)]
    pub device: DeviceArgs,
}

/// One model.
#[derive(Debug, Clone, Args)]
pub struct OneModelArgs {
    /// Which.
    #[arg(
        long,
        value_name = "MODEL",
        help = "The model: small or large (of the pair), a name that `lab models` prints, or a folder in the Hugging \
                Face layout [default: small]"
    )]
    pub model: Option<String>,
    /// Which pair of models.
    #[arg(long, help = "The pair of models [default: auto]")]
    pub models: Option<Models>,
    /// The folder of downloaded weights [default: data/weights of the clone]
    #[arg(long, value_name = "DIR")]
    pub weights: Option<PathBuf>,
    /// Where the model runs.
    #[command(flatten)]
    pub device: DeviceArgs,
}

/// `--engine` and `--device`
#[derive(Debug, Clone, Default, Args)]
pub struct DeviceArgs {
    /// The name of an engine.
    #[arg(
        long,
        value_parser = PossibleValuesParser::new(["auto", "torch", "native"]).try_map(|name| name.parse::<Engine>()),
        help = "What computes: torch (libtorch, the numbers of PyTorch), native (faster on a CPU), or auto, which is \
                native on the CPU and torch on a GPU [default: auto]"
    )]
    pub engine: Option<Engine>,
    /// The name of a device.
    #[arg(long, help = "Where models run: cpu, cuda:0, mps [default: cpu]")]
    pub device: Option<String>,
}

impl DeviceArgs {
    /// What computes, and where.
    ///
    /// # Errors
    /// gpt2-runner's, for what is not in this build or not on this machine.
    pub fn backend(&self) -> Result<Backend, Error> {
        let device = self.device.as_deref().map_or(Ok(Device::Cpu), str::parse)?;
        Ok(Backend::new(self.engine.unwrap_or_default(), device).resolve()?)
    }
}
