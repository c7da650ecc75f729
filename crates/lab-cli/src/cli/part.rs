use std::path::PathBuf;

use clap::{Args, ValueEnum};
use softmax_core::Temperature;

use super::{ModelArgs, RecordedArgs, TopK, parsers::temperature};
use crate::drawing::Format;

const PART_EXAMPLES: &str = "\
Examples:
  lab part all --models demo
  lab part 2 --log-y --theme dark
  lab part 3 4 --prompt 'Once upon a time' --out once
  lab part 5 --small gpt2-medium --large my/gpt2
  lab part 3 --logits data/recorded/gpt2-small.safetensors --prompt 2";

const OUT: &str = "\
Where figures and reports go [default: figures/runs/<models> for all parts as the notebook has them, and for anything \
else a folder beside it that is named by what differs, such as figures/runs/demo-part3-dark]";

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
    #[arg(long, value_name = "TEXT")]
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
    /// Logits from files.
    #[command(flatten)]
    pub recorded: RecordedArgs,
    /// Where figures and reports go.
    #[arg(long, value_name = "DIR", help = OUT)]
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
    /// Draw figures beyond the notebook's as well: part 4 with the words on its axis, part 5's ruler of exponents
    #[arg(long)]
    pub beyond: bool,
    /// Make index.html of pictures and lines only, without the logits, the vocabulary and the script that moves them
    #[arg(long)]
    pub no_page_data: bool,
    /// Open index.html in the browser
    #[arg(long)]
    pub open: bool,
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

/// A figure's colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    /// Black on white
    #[default]
    Light,
    /// The notebook's dark mode
    Dark,
}

impl From<ThemeName> for viz::Theme {
    fn from(name: ThemeName) -> Self {
        match name {
            ThemeName::Light => Self::Light,
            ThemeName::Dark => Self::Dark,
        }
    }
}
