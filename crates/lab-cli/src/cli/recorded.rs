use std::path::PathBuf;

use clap::Args;

use super::{ModelArgs, parsers::token_id};

/// Logits from files instead of a model.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RecordedArgs {
    /// Read logits from this .safetensors or .npy file; no model is run. Repeat it for a second model or more prompts
    #[arg(long, value_name = "FILE", conflicts_with_all = ["models", "weights", "device", "engine"])]
    pub(crate) logits: Vec<PathBuf>,
    /// With --logits: the tokenizer.json with the tokens' names [default: GPT-2's for 50,257 logits, else tokens are
    /// shown as ids]
    #[arg(long, value_name = "FILE")]
    pub(crate) tokenizer: Option<PathBuf>,
    /// With --logits: the prompt's token ids, for a file that does not hold them
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',', value_parser = token_id)]
    pub(crate) ids: Vec<u32>,
}

/// `lab record`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lab record --out book.safetensors
  lab part all --logits book.safetensors --out figures/book
  lab record --prompt 'Call me' --prompt 'Once upon a time' --models demo --out two.safetensors")]
pub(crate) struct RecordArgs {
    /// A prompt, or `-` to read it from standard input; repeat it for more [default: the notebook's two]
    #[arg(long = "prompt", value_name = "TEXT")]
    pub(crate) prompts: Vec<String>,
    /// Which models.
    #[command(flatten)]
    pub(crate) models: ModelArgs,
    /// The .safetensors file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}
