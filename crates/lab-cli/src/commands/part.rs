//! `lab part`: from arguments to a run of the notebook's parts, then to files and lines.

mod output;
mod place;
mod settings;

use super::Context;
use crate::{Error, browse, cli::PartArgs, run, write};

/// Everything is computed and drawn before the first file is written, and written before the first line is printed.
pub(super) fn run(args: &PartArgs, context: &Context) -> Result<(), Error> {
    let settings = settings::read(args)?;
    let out = args.out.clone().unwrap_or_else(|| place::of(&settings));
    write::check_folder(&out)?;
    let run = run::run(&settings, context)?;
    output::write(&run, &out, context)?;
    output::print(&run, &settings, args.json, context)?;
    output::say_where(&out, args.open);
    if args.open {
        browse::open(out.join("index.html"));
    }
    Ok(())
}
