use clap::Args;

use super::ModelArgs;

/// `lab serve`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lab serve --open\n  lab serve --models demo --port 8000 --prompt 'Once upon a time'"
)]
pub struct ServeArgs {
    /// The prompt that the page begins with, instead of the notebook's two; `-` reads it from stdin
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// Open the page in the browser
    #[arg(long)]
    pub open: bool,
    /// The port [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// Which models.
    #[command(flatten)]
    pub models: ModelArgs,
}
