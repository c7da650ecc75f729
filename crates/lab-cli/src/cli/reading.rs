use std::path::PathBuf;

use clap::Args;

use super::{ModelArgs, OneModelArgs};

/// `lab score`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lab score 'It was a dark and stormy night'
  lab score --file story.txt
  lab score 'The capital of France is Paris' --pair
  lab score - < story.txt")]
pub struct ScoreArgs {
    /// The text; `-` reads it from stdin, without its last newline, and `--` goes before one that starts with a dash
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub text: Option<String>,
    /// Take the text from a file, as it is
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How many tokens are read at a time [default: the model's positions]
    #[arg(long, value_name = "TOKENS")]
    pub window: Option<usize>,
    /// By how many tokens the window advances over a longer text [default: half a window]
    #[arg(long, value_name = "TOKENS")]
    pub stride: Option<usize>,
    /// Both models beside each other
    #[arg(long, conflicts_with = "model")]
    pub pair: bool,
    /// Which model.
    #[command(flatten)]
    pub model: OneModelArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

impl ScoreArgs {
    /// The models for `--pair`.
    pub fn pair(&self) -> ModelArgs {
        let OneModelArgs { models, weights, device, .. } = self.model.clone();
        let pair = crate::source::PairArgs { models, weights, ..Default::default() };
        ModelArgs { pair, device }
    }
}

/// `lab lens`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lab lens 'It was a dark and stormy'
  lab lens 'The capital of France is' --model large
  lab lens 'Once upon a' -k 5 --json")]
pub struct LensArgs {
    /// The text; `-` reads it from stdin, without its last newline, and `--` goes before one that starts with a dash
    pub text: String,
    /// How many tokens of each layer and position the JSON has
    #[arg(short = 'k', value_name = "K", default_value_t = 3, value_parser = super::parsers::k)]
    pub k: usize,
    /// Which model.
    #[command(flatten)]
    pub model: OneModelArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// `lab attention`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lab attention 'It was a dark and stormy'
  lab attention 'The cat sat because it' --layer 1 --head 2")]
pub struct AttentionArgs {
    /// The text; `-` reads it from stdin, without its last newline, and `--` goes before one that starts with a dash
    pub text: String,
    /// Only this layer, counted from 0
    #[arg(long, value_name = "L")]
    pub layer: Option<usize>,
    /// Only this head, counted from 0
    #[arg(long, value_name = "H")]
    pub head: Option<usize>,
    /// Which model.
    #[command(flatten)]
    pub model: OneModelArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}
