use clap::Args;

use super::{ModelArgs, parsers::port};

/// `lab serve`
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
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true, value_parser = port)]
    pub(crate) port: u16,
    /// Which models.
    #[command(flatten)]
    pub(crate) models: ModelArgs,
}
