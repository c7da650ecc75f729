use std::path::PathBuf;

use clap::Args;

use super::{
    FigureArgs, ModelArgs, OneModelArgs, PairArgs, RecordedArgs, TEXT, TEXT_OR_RECORDED,
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
pub(crate) struct ScoreArgs {
    /// The text.
    #[arg(help = TEXT_OR_RECORDED, required_unless_present_any = ["file", "logits"], conflicts_with = "file")]
    pub(crate) text: Option<String>,
    /// Read the text from a file, its last newline included
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// How many tokens the model reads at a time [default: as many as it can]
    #[arg(long, value_name = "TOKENS", value_parser = count, conflicts_with = "logits")]
    pub(crate) window: Option<usize>,
    /// In a longer text: by how many tokens the window advances [default: half a window]
    #[arg(long, value_name = "TOKENS", value_parser = count, conflicts_with = "logits")]
    pub(crate) stride: Option<usize>,
    /// Score both models of the pair
    #[arg(long, conflicts_with_all = ["model", "logits"])]
    pub(crate) pair: bool,
    /// Which model.
    #[command(flatten)]
    pub(crate) model: OneModelArgs,
    /// Logits of every position from files.
    #[command(flatten)]
    pub(crate) recorded: RecordedArgs,
    /// A figure.
    #[command(flatten)]
    pub(crate) figure: FigureArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

impl ScoreArgs {
    /// The models for `--pair`.
    pub(crate) fn pair(&self) -> ModelArgs {
        let OneModelArgs { models, weights, device, .. } = self.model.clone();
        let pair = PairArgs { models, weights, ..Default::default() };
        ModelArgs { pair, device }
    }
}

/// `lab lens`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lab lens 'It was a dark and stormy'
  lab lens 'The capital of France is' --model large --figure lens.svg
  lab lens 'Once upon a' -k 5 --json")]
pub(crate) struct LensArgs {
    /// The text.
    #[arg(help = TEXT)]
    pub(crate) text: String,
    /// With --json: list the K most probable tokens of each layer and position
    #[arg(short = 'k', value_name = "K", default_value_t = 3, value_parser = count)]
    pub(crate) k: usize,
    /// Which model.
    #[command(flatten)]
    pub(crate) model: OneModelArgs,
    /// A figure.
    #[command(flatten)]
    pub(crate) figure: FigureArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `lab attention`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lab attention 'It was a dark and stormy'
  lab attention 'The cat sat because it' --layer 1 --head 1 --figure head.png

The figure shows one head: layer 0, head 0, or the one that --layer and --head name.")]
pub(crate) struct AttentionArgs {
    /// The text.
    #[arg(help = TEXT)]
    pub(crate) text: String,
    /// Show only this layer; the first is 0
    #[arg(long, value_name = "L", value_parser = whole::<usize>)]
    pub(crate) layer: Option<usize>,
    /// Show only this head; the first is 0
    #[arg(long, value_name = "H", value_parser = whole::<usize>)]
    pub(crate) head: Option<usize>,
    /// Which model.
    #[command(flatten)]
    pub(crate) model: OneModelArgs,
    /// A figure.
    #[command(flatten)]
    pub(crate) figure: FigureArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
