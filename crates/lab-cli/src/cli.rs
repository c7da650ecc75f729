//! The command line.

use std::{fmt, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use softmax_core::Temperature;

use crate::source::Models;

const EXAMPLES: &str = "\
Examples:
  lab part all                                  the notebook: all five parts, with figures in figures/
  lab part 4 --prompt 'Once upon a time' -k 5   part 4 with a prompt of your own
  lab next 'It was a dark and stormy'           the ten most probable next tokens
  lab compare 'The capital of France is'        where the small and the large model differ
  lab softmax 1 1.1 2 3 5 6 6.1 -t 0.5          softmax of plain numbers
  lab models                                    which models are here, and how to get the others

Exit codes: 0 success, 1 failure, 2 a command line that makes no sense.";

/// Softmax, temperature and numerical instability in GPT-2's 50,257 logits.
#[derive(Debug, Parser)]
#[command(name = "lab", version, about, after_help = EXAMPLES, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print to stderr where the time goes
    #[arg(long, global = true, hide = true)]
    pub timings: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run parts of the notebook: print their lines, draw their figures, write reports
    Part(Box<PartArgs>),
    /// Show a text as the model reads it: token ids and tokens
    Tokens(TokensArgs),
    /// List the most probable next tokens
    Next(NextArgs),
    /// Compare the two models' predictions for a text
    Compare(CompareArgs),
    /// Softmax of plain numbers
    Softmax(SoftmaxArgs),
    /// Save a model's logits to a file, from which parts 3 to 5 can be run without the model
    Logits(LogitsArgs),
    /// Say which models are here, where, and how to get those that are not
    Models(ModelsArgs),
    /// Check that a model computes what is published for it
    Verify(VerifyArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
}

const PART_EXAMPLES: &str = "\
Examples:
  lab part all --models demo
  lab part 2 --log-y --theme dark
  lab part 3 4 --prompt 'Once upon a time' --out once
  lab part 5 --small my/gpt2 --large my/gpt2-large
  lab part 3 --logits data/recorded/gpt2-small.safetensors --prompt 2";

/// `lab part`
#[derive(Debug, Args)]
#[command(after_help = PART_EXAMPLES)]
pub struct PartArgs {
    /// 1 softmax, 2 temperature, 3 logits to probabilities, 4 the most probable tokens, 5 numerical instability
    #[arg(
        required = true,
        value_name = "PART",
        hide_possible_values = true,
        help = "1, 2, 3, 4, 5 or all: \
        softmax, temperature, logits to probabilities, the most probable tokens, numerical instability"
    )]
    pub parts: Vec<PartName>,
    /// The prompt for parts 3 to 5, instead of the notebook's two; `-` reads it from stdin. With --logits: a recorded
    /// prompt, or its number
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// How many of the most probable tokens
    #[command(flatten)]
    pub k: TopK,
    /// Temperatures for parts 2 and 4, instead of the notebook's [repeat it, or separate them by commas]
    #[arg(short = 't', long = "temperature", value_name = "T", value_delimiter = ',', value_parser = temperature, allow_negative_numbers = true)]
    pub temperatures: Vec<Temperature>,
    /// Give part 2 a logarithmic y axis, under a file name of its own
    #[arg(long)]
    pub log_y: bool,
    /// Which models.
    #[command(flatten)]
    pub models: ModelArgs,
    /// Take parts 3 to 5 from recorded logits instead of a model [repeat it for a second model or more prompts]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["models", "small", "large"])]
    pub logits: Vec<PathBuf>,
    /// Where figures and reports go.
    #[arg(long, value_name = "DIR", help = "Where figures and reports go [default: figures/<models>]")]
    pub out: Option<PathBuf>,
    /// What figures are saved as
    #[arg(long, value_delimiter = ',', default_value = "png")]
    pub formats: Vec<Format>,
    /// Pixels per inch
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(20..=1200))]
    pub dpi: u32,
    /// Colours
    #[arg(long, default_value = "light")]
    pub theme: ThemeName,
    /// Print the report as JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// A part's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PartName {
    /// Softmax.
    #[value(name = "1")]
    One,
    /// Temperature.
    #[value(name = "2")]
    Two,
    /// Logits to probabilities.
    #[value(name = "3")]
    Three,
    /// The most probable tokens.
    #[value(name = "4")]
    Four,
    /// Numerical instability.
    #[value(name = "5")]
    Five,
    /// All five.
    All,
}

/// A figure's file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Pixels
    Png,
    /// Vectors, with dense layers as pixels
    Svg,
}

/// A figure's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    /// Black on white
    Light,
    /// The notebook's dark mode
    Dark,
}

/// `-k`
#[derive(Debug, Clone, Copy, Args)]
pub struct TopK {
    /// How many of the most probable tokens, 1 to 50257
    #[arg(short, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=50_257), allow_negative_numbers = true)]
    pub k: u32,
}

/// Which pair of models.
#[derive(Debug, Clone, Args)]
pub struct ModelArgs {
    /// Which pair of models
    #[arg(long, default_value = "auto")]
    pub models: Models,
    /// A folder in the Hugging Face layout for the small model
    #[arg(long, value_name = "DIR")]
    pub small: Option<PathBuf>,
    /// A folder in the Hugging Face layout for the large model
    #[arg(long, value_name = "DIR")]
    pub large: Option<PathBuf>,
    /// Where downloaded weights are [default: the workspace's data/weights]
    #[arg(long, value_name = "DIR")]
    pub weights: Option<PathBuf>,
    /// Why the pretrained pair could not be had: goes into the first and the last line
    #[arg(long, value_name = "TEXT", hide = true)]
    pub fallback_reason: Option<String>,
    /// Where the models run: cpu, cuda:0, mps
    #[arg(long, default_value = "cpu")]
    pub device: String,
}

/// One model.
#[derive(Debug, Clone, Args)]
pub struct OneModelArgs {
    /// small or large of the pair, or a folder in the Hugging Face layout
    #[arg(long, value_name = "MODEL", default_value = "small")]
    pub model: String,
    /// Which pair of models
    #[arg(long, default_value = "auto")]
    pub models: Models,
    /// Where downloaded weights are [default: the workspace's data/weights]
    #[arg(long, value_name = "DIR")]
    pub weights: Option<PathBuf>,
    /// Where the model runs: cpu, cuda:0, mps
    #[arg(long, default_value = "cpu")]
    pub device: String,
}

/// `lab tokens`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lab tokens 'It was a dark and stormy'\n  lab tokens - < story.txt")]
pub struct TokensArgs {
    /// The text; `-` reads it from stdin, without its last newline
    #[arg(allow_hyphen_values = true)]
    pub text: String,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// `lab next`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lab next 'It was a dark and stormy' -k 5\n  lab next 'Call me' -t 1.5 --model large"
)]
pub struct NextArgs {
    /// The text; `-` reads it from stdin, without its last newline
    #[arg(allow_hyphen_values = true)]
    pub text: String,
    /// How many.
    #[command(flatten)]
    pub k: TopK,
    /// The temperature: a number above 0
    #[arg(short = 't', long, value_name = "T", default_value = "1", value_parser = temperature, allow_negative_numbers = true)]
    pub temperature: Temperature,
    /// Which model.
    #[command(flatten)]
    pub model: OneModelArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// `lab compare`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  lab compare 'The capital of France is' -k 5")]
pub struct CompareArgs {
    /// The text; `-` reads it from stdin, without its last newline
    #[arg(allow_hyphen_values = true)]
    pub text: String,
    /// How many.
    #[command(flatten)]
    pub k: TopK,
    /// Which models.
    #[command(flatten)]
    pub models: ModelArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// `lab softmax`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lab softmax 1 2 3\n  lab softmax -1000 0 1000 -t 0.5\n  seq 10 | lab softmax -")]
pub struct SoftmaxArgs {
    /// The numbers; `-` reads them from stdin
    #[arg(value_name = "Z", required = true, allow_negative_numbers = true)]
    pub z: Vec<String>,
    /// The temperature: a number above 0
    #[arg(short = 't', long, value_name = "T", default_value = "1", value_parser = temperature, allow_negative_numbers = true)]
    pub temperature: Temperature,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// `lab logits`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lab logits 'It was a dark and stormy' --out stormy.safetensors
  lab part 3 --logits stormy.safetensors
  lab logits --ids 464,3290 --model my/gpt2 --out dog.safetensors --all")]
pub struct LogitsArgs {
    /// The text; `-` reads it from stdin, without its last newline
    #[arg(required_unless_present = "ids", conflicts_with = "ids", allow_hyphen_values = true)]
    pub text: Option<String>,
    /// Token ids instead of a text
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',')]
    pub ids: Vec<u32>,
    /// Which model.
    #[command(flatten)]
    pub model: OneModelArgs,
    /// The safetensors file to write, with the key `logits`
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The logits at every position instead of the last.
    #[arg(long, help = "The logits at every position, [T, V], instead of the last, [V]")]
    pub all: bool,
}

/// `lab models`
#[derive(Debug, Args)]
pub struct ModelsArgs {
    /// Where downloaded weights are [default: the workspace's data/weights]
    #[arg(long, value_name = "DIR")]
    pub weights: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// `lab verify`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  lab verify data/weights/gpt2")]
pub struct VerifyArgs {
    /// A folder in the Hugging Face layout
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Whose published values to compare with [default: those of a model of the same sizes, if there are any]
    #[arg(long, value_name = "NAME")]
    pub published: Option<Published>,
    /// Where the model runs: cpu, cuda:0, mps
    #[arg(long, default_value = "cpu")]
    pub device: String,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// A model for which others have published values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Published {
    /// openai-community/gpt2
    Gpt2Small,
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gpt2Small => "gpt2-small",
        })
    }
}

/// `lab completions`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  lab completions bash > ~/.local/share/bash-completion/completions/lab")]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

fn temperature(text: &str) -> Result<Temperature, String> {
    let value: f64 = text.parse().map_err(|_| "a temperature is a number greater than 0".to_owned())?;
    Temperature::new(value).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
