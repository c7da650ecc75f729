use lab::{Error, source::inventory, text};

use super::{Context, answer::answer};
use crate::cli::ModelsArgs;

/// `lab models`
pub(super) fn run(args: &ModelsArgs, context: &Context) -> Result<(), Error> {
    let inventory = inventory(args.weights.as_deref());
    answer(&inventory, &text::inventory_lines(&inventory), args.json, context)
}
