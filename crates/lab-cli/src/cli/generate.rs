use clap::Args;
use softmax_core::{Order, Stage, Temperature};

use super::{
    OneModelArgs, TEXT,
    parsers::{temperature, whole},
};

/// `lab generate`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lab generate 'It was a dark and stormy' --seed 1 -t 0.8
  lab generate 'Once upon a time' -p 0.9 --count 3
  lab generate 'The capital of France is' -k 5 --trace -n 3
  lab generate 'It was a dark' --greedy --json

Stages are applied in the order of Hugging Face transformers: temperature, -k, -p, --min-p, --typical. With
--order llama.cpp the temperature comes last: -k, --typical, -p, --min-p, temperature. The same numbers then give other texts.")]
pub struct GenerateArgs {
    /// The text.
    #[arg(help = TEXT)]
    pub text: String,
    /// How many tokens to add, at most
    #[arg(short = 'n', long = "tokens", value_name = "N", default_value_t = 40, value_parser = count, allow_negative_numbers = true)]
    pub n: usize,
    /// The stages before the choice.
    #[command(flatten)]
    pub stages: StageArgs,
    /// Always take the most probable token
    #[arg(long, conflicts_with_all = ["seed", "count", "temperature"])]
    pub greedy: bool,
    /// Another number is another text, the same number the same text again
    #[arg(
        long,
        value_name = "N",
        value_parser = whole::<u64>,
        allow_negative_numbers = true,
        help = "Another number is another text, the same number the same [default: 0]"
    )]
    pub seed: Option<u64>,
    /// How many texts, with the seeds N, N + 1, …
    #[arg(long, value_name = "N", help = "How many texts, with one seed after the other [default: 1]", value_parser = count, allow_negative_numbers = true)]
    pub count: Option<usize>,
    /// Show what each stage leaves at each step
    #[arg(long)]
    pub trace: bool,
    /// Which model.
    #[command(flatten)]
    pub model: OneModelArgs,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// What is done to the distribution before a token is chosen.
#[derive(Debug, Clone, Args)]
pub struct StageArgs {
    /// Divide the logits by this number above 0 [default: 1]
    #[arg(short = 't', long, value_name = "T", value_parser = temperature, allow_negative_numbers = true)]
    pub temperature: Option<Temperature>,
    /// Keep the K most probable tokens
    #[arg(short = 'k', long, value_name = "K", value_parser = count, allow_negative_numbers = true)]
    pub top_k: Option<usize>,
    /// Keep the fewest tokens that reach this share of the probability, above 0 and at most 1
    #[arg(short = 'p', long, value_name = "P", value_parser = share, allow_negative_numbers = true)]
    pub top_p: Option<f64>,
    /// Keep tokens at least this share as probable as the most probable, 0 to 1
    #[arg(long, value_name = "P", value_parser = min_p, allow_negative_numbers = true)]
    pub min_p: Option<f64>,
    /// Keep the tokens nearest to the entropy that reach this share of the probability, above 0 and at most 1
    #[arg(long, value_name = "P", value_parser = share, allow_negative_numbers = true)]
    pub typical: Option<f64>,
    /// Divide positive logits of tokens that the text has by this number above 0, multiply negative ones
    #[arg(long, value_name = "X", value_parser = penalty, allow_negative_numbers = true)]
    pub repetition_penalty: Option<f64>,
    /// In which order: as transformers does, or as llama.cpp does
    #[arg(long, value_name = "transformers|llama.cpp", value_parser = order)]
    pub order: Option<Order>,
}

impl StageArgs {
    /// The stages that were asked for, from first to last.
    pub fn stages(&self) -> Vec<Stage> {
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

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("a whole number from 1 on is accepted".to_owned()),
    }
}

fn number(text: &str, accepts: impl Fn(f64) -> bool, accepted: &str) -> Result<f64, String> {
    text.parse().ok().filter(|&x| accepts(x)).ok_or_else(|| format!("{accepted} is accepted"))
}

fn share(text: &str) -> Result<f64, String> {
    number(text, |p| p > 0.0 && p <= 1.0, "a number above 0 and at most 1")
}

fn min_p(text: &str) -> Result<f64, String> {
    number(text, |p| (0.0..=1.0).contains(&p), "a number from 0 to 1")
}

fn penalty(text: &str) -> Result<f64, String> {
    number(text, |x| x.is_finite() && x > 0.0, "a finite number above 0")
}

fn order(text: &str) -> Result<Order, String> {
    text.parse().map_err(|_| "transformers or llama.cpp is accepted".to_owned())
}
