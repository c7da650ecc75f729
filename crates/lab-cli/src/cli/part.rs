use std::{ffi::OsStr, path::PathBuf};

use clap::{
    Arg, Args, Command, ValueEnum,
    builder::{EnumValueParser, PossibleValue, TypedValueParser},
};
use softmax_core::Temperature;

use super::{
    FormatName, ModelArgs, RecordedArgs, TopK,
    parsers::{dpi, one_temperature},
};

const PART_EXAMPLES: &str = "\
Examples:
  lab part all --models demo
  lab part 2 --log-y --theme dark
  lab part 3 4 --prompt 'Once upon a time' --out once
  lab part 5 --small gpt2-medium --large my/gpt2
  lab part 3 --logits data/recorded/gpt2-small.safetensors --prompt 2
  lab part all --logits book.safetensors --check figures/book";

const OUT: &str = "\
The folder for figures and reports [default: figures/runs/<models>; a run with other parts or options gets a folder \
named after them, such as figures/runs/demo-part3-dark]";

/// `lab part`
#[derive(Debug, Args)]
#[command(after_help = PART_EXAMPLES)]
pub(crate) struct PartArgs {
    /// 1 softmax, 2 temperature, 3 logits to probabilities, 4 the most probable tokens, 5 numerical instability
    #[arg(
        required = true,
        value_parser = PartsParser,
        value_name = "PART",
        hide_possible_values = true,
        help = "The parts: 1 softmax, 2 temperature, 3 logits to probabilities, 4 the most probable tokens, 5 numerical \
        instability, or all"
    )]
    pub(crate) parts: Vec<Parts>,
    /// The prompt of parts 3 to 5, or `-` to read it from standard input [default: the notebook's two]. With --logits: a
    /// recorded prompt or its number
    #[arg(long, value_name = "TEXT")]
    pub(crate) prompt: Option<String>,
    /// How many of the most probable tokens
    #[command(flatten)]
    pub(crate) k: TopK,
    /// Temperatures of parts 2 and 4, with commas between them [default: the notebook's]
    #[arg(short = 't', long = "temperature", value_name = "T", value_delimiter = ',', value_parser = one_temperature)]
    pub(crate) temperatures: Vec<Temperature>,
    /// Draw part 2 with a logarithmic y axis; its file gets another name
    #[arg(long)]
    pub(crate) log_y: bool,
    /// Which models.
    #[command(flatten)]
    pub(crate) models: ModelArgs,
    /// Logits from files.
    #[command(flatten)]
    pub(crate) recorded: RecordedArgs,
    /// Where figures and reports go.
    #[arg(long, value_name = "DIR", help = OUT)]
    pub(crate) out: Option<PathBuf>,
    /// Compare the new files with those in DIR, within the tolerance between CPUs; exit with 3 if one has changed
    #[arg(long, value_name = "DIR", conflicts_with_all = ["json", "open"])]
    pub(crate) check: Option<PathBuf>,
    /// With --check: if a file has changed, replace the files in DIR with the new ones
    #[arg(long, requires = "check")]
    pub(crate) bless: bool,
    /// The figures' file formats, with a comma between them
    #[arg(long, value_delimiter = ',', default_value = "png")]
    pub(crate) formats: Vec<FormatName>,
    /// Pixels per inch, 20 to 1,200
    #[arg(long, default_value_t = 300, value_parser = dpi)]
    pub(crate) dpi: u32,
    /// The figures' colours
    #[arg(long, default_value = "light")]
    pub(crate) theme: ThemeName,
    /// Draw figures that the notebook does not have: part 4 with the tokens on its axis, part 5's range of exponents
    #[arg(long)]
    pub(crate) beyond: bool,
    /// Make index.html static: pictures and text, no logits, no vocabulary, no script
    #[arg(long)]
    pub(crate) no_page_data: bool,
    /// Open index.html in a browser
    #[arg(long)]
    pub(crate) open: bool,
    /// Print the report as JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `lab serve`
#[cfg(feature = "serve")]
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lab serve --open\n  lab serve --models demo --port 8000 --prompt 'Once upon a time'"
)]
pub(crate) struct ServeArgs {
    /// The page's first prompt, or `-` to read it from standard input [default: the notebook's two]
    #[arg(long, value_name = "TEXT")]
    pub(crate) prompt: Option<String>,
    /// Open the page in a browser
    #[arg(long)]
    pub(crate) open: bool,
    /// The port to listen on, 1 to 65,535 [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true, value_parser = super::parsers::port)]
    pub(crate) port: u16,
    /// Serve the page without a token, to every user of this machine
    #[arg(long)]
    pub(crate) no_token: bool,
    /// Which models.
    #[command(flatten)]
    pub(crate) models: ModelArgs,
}

/// A part's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartName {
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

/// One part or more, with commas between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts(Vec<PartName>);

impl PartArgs {
    /// Whether a part is selected, by its name or by `all`.
    pub(crate) fn has(&self, part: PartName) -> bool {
        let mut names = self.parts.iter().flat_map(|parts| &parts.0);
        names.any(|&name| name == part || name == PartName::All)
    }
}

/// Also takes `1,2`, and `1,` of `1, 2`.
#[derive(Debug, Clone)]
struct PartsParser;

impl TypedValueParser for PartsParser {
    type Value = Parts;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Parts, clap::Error> {
        let text = value.to_string_lossy();
        let names = text
            .trim_end_matches(',')
            .split(',')
            .map(|name| EnumValueParser::<PartName>::new().parse_ref(command, arg, OsStr::new(name.trim())));
        names.collect::<Result<_, _>>().map(Parts)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        EnumValueParser::<PartName>::new()
            .possible_values()
            .map(|values| Box::new(values.collect::<Vec<_>>().into_iter()) as _)
    }
}

/// A figure's colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ThemeName {
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
