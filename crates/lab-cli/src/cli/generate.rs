use clap::Args;
use softmax_core::{Order, Stage, Temperature};

use super::{
    OneModelArgs, TEXT,
    parsers::{count, min_p, order, penalty, sampling_temperature, share, whole},
};

/// `lab generate`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lab generate 'It was a dark and stormy' --seed 1 -t 0.8
  lab generate 'Once upon a time' -p 0.9 --count 3
  lab generate 'The capital of France is' -k 5 --trace -n 3
  lab generate 'It was a dark' --greedy --json

The stages run in the order of Hugging Face transformers: repetition penalty, temperature, -k, -p, --min-p, --typical. \
With --order llama.cpp the temperature comes last: repetition penalty, -k, --typical, -p, --min-p, temperature. The same \
numbers then give other texts.")]
pub(crate) struct GenerateArgs {
    /// The text.
    #[arg(help = TEXT)]
    pub(crate) text: String,
    /// Add at most N tokens
    #[arg(short = 'n', long = "tokens", value_name = "N", default_value_t = 40, value_parser = count)]
    pub(crate) n: usize,
    /// The stages before the choice.
    #[command(flatten)]
    pub(crate) stages: StageArgs,
    /// Take the most probable token at every step
    #[arg(long, conflicts_with_all = ["seed", "count", "temperature"])]
    pub(crate) greedy: bool,
    /// Random seed; the same seed repeats the text [default: 0]
    #[arg(long, value_name = "N", value_parser = whole::<u64>)]
    pub(crate) seed: Option<u64>,
    /// Generate N texts, each with the next seed [default: 1]
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) count: Option<usize>,
    /// Show what each stage keeps at each step
    #[arg(long)]
    pub(crate) trace: bool,
    /// Which model.
    #[command(flatten)]
    pub(crate) model: OneModelArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// The stages between a model's logits and the choice of a token.
#[derive(Debug, Clone, Args)]
pub(crate) struct StageArgs {
    /// Divide the logits by T, above 0: below 1 sharpens, above 1 flattens [default: 1]
    #[arg(short = 't', long, value_name = "T", value_parser = sampling_temperature)]
    pub(crate) temperature: Option<Temperature>,
    /// Choose among the K most probable tokens
    #[arg(short = 'k', long, value_name = "K", value_parser = count)]
    pub(crate) top_k: Option<usize>,
    /// Choose among the most probable tokens that together have probability P, above 0, up to 1
    #[arg(short = 'p', long, value_name = "P", value_parser = share)]
    pub(crate) top_p: Option<f64>,
    /// Choose among tokens at least P times as probable as the most probable, 0 to 1
    #[arg(long, value_name = "P", value_parser = min_p)]
    pub(crate) min_p: Option<f64>,
    /// Locally typical sampling: choose among the tokens of near-average surprisal that together have probability P,
    /// above 0, up to 1
    #[arg(long, value_name = "P", value_parser = share)]
    pub(crate) typical: Option<f64>,
    /// Penalise tokens that already occur in the text: above 1 makes them less probable, 1 is off
    #[arg(long, value_name = "X", value_parser = penalty)]
    pub(crate) repetition_penalty: Option<f64>,
    /// The order of the stages: as in transformers or as in llama.cpp [default: transformers]
    #[arg(long, value_name = "ORDER", value_parser = order)]
    pub(crate) order: Option<Order>,
}

impl StageArgs {
    /// The selected stages, in their order.
    pub(crate) fn stages(&self) -> Vec<Stage> {
        let stages: Vec<Stage> = [
            self.repetition_penalty.map(Stage::RepetitionPenalty),
            self.temperature.map(Stage::Temperature),
            self.top_k.map(Stage::TopK),
            self.top_p.map(Stage::TopP),
            self.min_p.map(Stage::MinP),
            self.typical.map(Stage::Typical),
        ]
        .into_iter()
        .flatten()
        .collect();
        self.order.unwrap_or_default().arrange(stages)
    }
}
