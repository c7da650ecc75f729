use super::{Context, answer::answer};
use crate::{Error, cli::ModelsArgs, source::inventory, text};

/// `lab models`
pub(super) fn run(args: &ModelsArgs, context: &Context) -> Result<(), Error> {
    let inventory = inventory(args.weights.as_deref());
    answer(&inventory, &text::inventory_lines(&inventory), args.json, context)
}
