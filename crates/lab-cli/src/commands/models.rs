use lab::{Error, source::inventory, text};

use super::Context;
use crate::{cli::ModelsArgs, terminal};

/// `lab models`
pub(super) fn run(args: &ModelsArgs, context: &Context) -> Result<(), Error> {
    let inventory = inventory(args.weights.as_deref());
    terminal::print_report(&inventory, &text::inventory_lines(&inventory), args.json, context)
}
