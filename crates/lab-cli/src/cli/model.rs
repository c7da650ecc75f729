use std::path::PathBuf;

use clap::Args;

use crate::source::{Models, PairArgs};

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

/// `--device`
#[derive(Debug, Clone, Default, Args)]
pub struct DeviceArgs {
    /// The name of a device.
    #[arg(long, help = "Where models run: cpu, cuda:0, mps [default: cpu]")]
    pub device: Option<String>,
}

impl DeviceArgs {
    /// The device by its name.
    pub fn name(&self) -> &str {
        self.device.as_deref().unwrap_or("cpu")
    }
}
