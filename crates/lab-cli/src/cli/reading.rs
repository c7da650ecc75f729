use std::path::PathBuf;

use clap::Args;

use super::{
    FigureArgs, ModelArgs, OneModelArgs, RecordedArgs, TEXT, TEXT_OR_RECORDED,
    parsers::{k, whole},
};

/// `lab score`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lab score 'It was a dark and stormy night'
  lab score --file story.txt
  lab score 'The capital of France is Paris' --pair --figure paris.png
  lab score - < story.txt
  lab score --logits llama.npy --ids 306,763,26935 --tokenizer llama/tokenizer.json")]
pub struct ScoreArgs {
    /// The text.
    #[arg(help = TEXT_OR_RECORDED, required_unless_present_any = ["file", "logits"], conflicts_with = "file")]
    pub text: Option<String>,
    /// Take the text from a file, as it is
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How many tokens are read at a time [default: the model's positions]
    #[arg(long, value_name = "TOKENS", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub window: Option<usize>,
    /// By how many tokens the window advances over a longer text [default: half a window]
    #[arg(long, value_name = "TOKENS", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub stride: Option<usize>,
    /// Both models beside each other
    #[arg(long, conflicts_with = "model")]
    pub pair: bool,
    /// Which model.
    #[command(flatten)]
    pub model: OneModelArgs,
    /// Logits of every position from files.
    #[command(flatten)]
    pub recorded: RecordedArgs,
    /// A figure.
    #[command(flatten)]
    pub figure: FigureArgs,
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
  lab lens 'The capital of France is' --model large --figure lens.svg
  lab lens 'Once upon a' -k 5 --json")]
pub struct LensArgs {
    /// The text.
    #[arg(help = TEXT)]
    pub text: String,
    /// How many tokens of each layer and position the JSON has
    #[arg(short = 'k', value_name = "K", default_value_t = 3, value_parser = k, allow_negative_numbers = true)]
    pub k: usize,
    /// Which model.
    #[command(flatten)]
    pub model: OneModelArgs,
    /// A figure.
    #[command(flatten)]
    pub figure: FigureArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// `lab attention`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lab attention 'It was a dark and stormy'
  lab attention 'The cat sat because it' --layer 1 --head 1 --figure head.png

The figure shows one head: the first that is listed, 0.0 unless --layer and --head say which.")]
pub struct AttentionArgs {
    /// The text.
    #[arg(help = TEXT)]
    pub text: String,
    /// Only this layer, counted from 0
    #[arg(long, value_name = "L", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub layer: Option<usize>,
    /// Only this head, counted from 0
    #[arg(long, value_name = "H", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub head: Option<usize>,
    /// Which model.
    #[command(flatten)]
    pub model: OneModelArgs,
    /// A figure.
    #[command(flatten)]
    pub figure: FigureArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}
