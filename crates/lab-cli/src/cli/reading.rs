use std::path::PathBuf;

use clap::Args;

use super::{
    FigureArgs, ModelArgs, OneModelArgs, RecordedArgs, TEXT, TEXT_OR_RECORDED,
    parsers::{count, whole},
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
    /// Read the text from a file, its last newline included
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How many tokens the model reads at a time [default: as many as it can]
    #[arg(long, value_name = "TOKENS", value_parser = count)]
    pub window: Option<usize>,
    /// In a longer text: how many tokens the window moves on each time [default: half a window]
    #[arg(long, value_name = "TOKENS", value_parser = count)]
    pub stride: Option<usize>,
    /// Score both models of the pair
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
    /// With --json: list the K most probable tokens of each layer and position
    #[arg(short = 'k', value_name = "K", default_value_t = 3, value_parser = count)]
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

The figure shows one head: layer 0, head 0, or the one that --layer and --head name.")]
pub struct AttentionArgs {
    /// The text.
    #[arg(help = TEXT)]
    pub text: String,
    /// Show only this layer; the first is 0
    #[arg(long, value_name = "L", value_parser = whole::<usize>)]
    pub layer: Option<usize>,
    /// Show only this head; the first is 0
    #[arg(long, value_name = "H", value_parser = whole::<usize>)]
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
