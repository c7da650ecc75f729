use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lab::parts;
use softmax_core::Temperature;

use super::{
    DeviceArgs, ModelArgs, OneModelArgs, RecordedArgs, TEXT, TEXT_OR_RECORDED,
    parsers::{count, temperature},
};

/// `-k`
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct TopK {
    /// How many.
    #[arg(short, value_name = "K", value_parser = count)]
    #[arg(help = "List the K most probable tokens [default: 10]")]
    pub(crate) k: Option<usize>,
}

/// `lab tokens`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lab tokens 'It was a dark and stormy'\n  lab tokens - < story.txt")]
pub(crate) struct TokensArgs {
    /// The text.
    #[arg(help = TEXT)]
    pub(crate) text: String,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `lab next`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lab next 'It was a dark and stormy' -k 5\n  lab next 'Call me' -t 1.5 --model large\n  lab next 'I like my' --token ' coffee' --token ' tea'\n  lab next --logits llama.npy --tokenizer llama/tokenizer.json"
)]
pub(crate) struct NextArgs {
    /// The text.
    #[arg(help = TEXT_OR_RECORDED, required_unless_present = "logits")]
    pub(crate) text: Option<String>,
    /// How many.
    #[command(flatten)]
    pub(crate) k: TopK,
    /// Divide the logits by T, above 0: below 1 sharpens, above 1 flattens
    #[arg(short = 't', long, value_name = "T", default_value = "1", value_parser = temperature)]
    pub(crate) temperature: Temperature,
    /// Show the probability and rank of this token, such as ' coffee'; repeat it for more
    #[arg(long = "token", value_name = "TOKEN")]
    pub(crate) tokens: Vec<String>,
    /// Which model.
    #[command(flatten)]
    pub(crate) model: OneModelArgs,
    /// Logits from files.
    #[command(flatten)]
    pub(crate) recorded: RecordedArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `lab compare`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lab compare 'The capital of France is' -k 5\n  lab compare --logits llama.npy --logits qwen.npy"
)]
pub(crate) struct CompareArgs {
    /// The text.
    #[arg(help = TEXT_OR_RECORDED, required_unless_present = "logits")]
    pub(crate) text: Option<String>,
    /// How many.
    #[command(flatten)]
    pub(crate) k: TopK,
    /// Which models.
    #[command(flatten)]
    pub(crate) models: ModelArgs,
    /// Logits from files.
    #[command(flatten)]
    pub(crate) recorded: RecordedArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `lab softmax`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lab softmax 1 2 3\n  lab softmax '[1, 2, 3]' -t 0.5\n  lab softmax -1000 0 1000\n  seq 10 | lab softmax -"
)]
pub(crate) struct SoftmaxArgs {
    /// Numbers with spaces or commas between them, or `-` to read them from standard input
    #[arg(value_name = "Z", required = true)]
    pub(crate) z: Vec<String>,
    /// Divide the numbers by T, above 0, before the softmax
    #[arg(short = 't', long, value_name = "T", default_value = "1", value_parser = temperature)]
    pub(crate) temperature: Temperature,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `lab models`
#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    /// The folder of downloaded weights [default: data/weights of the clone]
    #[arg(long, value_name = "DIR")]
    pub(crate) weights: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `lab verify`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  lab verify data/weights/gpt2")]
pub(crate) struct VerifyArgs {
    /// The model's folder, in the Hugging Face layout
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Compare with the published values of this model [default: the one with the same sizes, if there is one]
    #[arg(long, value_name = "NAME")]
    pub(crate) published: Option<Published>,
    /// Where the model runs.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// A model for which others have published values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Published {
    /// openai-community/gpt2
    Gpt2Small,
}

impl From<Published> for parts::Published {
    fn from(name: Published) -> Self {
        match name {
            Published::Gpt2Small => Self::Gpt2Small,
        }
    }
}

/// `lab completions`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  lab completions bash > ~/.local/share/bash-completion/completions/lab")]
pub(crate) struct CompletionsArgs {
    /// The shell to print completions for
    pub(crate) shell: clap_complete::Shell,
}
