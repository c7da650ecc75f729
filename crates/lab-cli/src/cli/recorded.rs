use std::path::PathBuf;

use clap::Args;

use super::{ModelArgs, OneModelArgs, PairArgs, TEXT, parsers::token_id};

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

/// `lab record`, also called `lab logits`
#[derive(Debug, Args)]
// Usage in two lines, for narrow terminals.
#[command(override_usage = "lab record [OPTIONS] --out <FILE>\n           [TEXT]")]
#[command(after_help = "Examples:
  lab record --out book.safetensors
  lab part all --logits book.safetensors --out figures/book
  lab record --prompt 'Call me' --prompt 'Once upon a time' --models demo --out two.safetensors
  lab record 'It was a dark and stormy' --out stormy.safetensors
  lab record --ids 464,3290 --model my/gpt2 --out dog.safetensors --all

With TEXT, --ids or --model the file has the logits of one model, otherwise those of both models.")]
pub(crate) struct RecordArgs {
    /// The text.
    #[arg(help = TEXT, conflicts_with_all = ["ids", "prompts", "small", "large"])]
    pub(crate) text: Option<String>,
    /// Token ids, in place of a text
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',', value_parser = token_id)]
    #[arg(conflicts_with_all = ["prompts", "small", "large"])]
    pub(crate) ids: Vec<u32>,
    /// A prompt, or `-` to read it from standard input; repeat it for more [default: the notebook's two]
    #[arg(long = "prompt", value_name = "TEXT")]
    pub(crate) prompts: Vec<String>,
    /// The logits at every position instead of the last.
    #[arg(long, help = "Record the logits of every position, [T, V], and not only of the last, [V]")]
    pub(crate) all: bool,
    /// Record one model.
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["small", "large"])]
    #[arg(
        help = "One model: small or large (of the pair), a name that `lab models` prints, or a folder in the Hugging \
                  Face layout [default: small, with TEXT or --ids]"
    )]
    pub(crate) model: Option<String>,
    /// Which models.
    #[command(flatten)]
    pub(crate) models: ModelArgs,
    /// The file to write: .safetensors, with texts, token ids and models; or, for one prompt of one model, .npy with only
    /// the numbers
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

impl RecordArgs {
    /// The one model to record; `None` for a pair.
    pub(crate) fn one_model(&self) -> Option<OneModelArgs> {
        if self.text.is_none() && self.ids.is_empty() && self.model.is_none() {
            return None;
        }
        let ModelArgs { pair: PairArgs { models, weights, .. }, device } = self.models.clone();
        Some(OneModelArgs { model: self.model.clone(), models, weights, device })
    }
}
