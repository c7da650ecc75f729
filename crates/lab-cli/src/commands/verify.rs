//! `lab verify`: whether a model computes what others have published for it.

use lab::{
    Error,
    parts::{self, Check, Published},
    source::load_folder,
    text,
};

use super::Context;
use crate::{cli::VerifyArgs, terminal};

/// `lab verify`; a difference is printed and is a failure.
pub(super) fn run(args: &VerifyArgs, context: &Context) -> Result<(), Error> {
    context.progress.step(&format!("loading {}", args.folder.display()));
    let model = load_folder(&args.folder, args.device.backend()?)?;
    let published = args.published.map(Published::from).or_else(|| Published::of(model.config()));
    let of = (args.folder.display().to_string(), model.num_parameters());
    let report = parts::verify(of, published, |text, ids, first| {
        context.progress.step(&format!("running {text:?}"));
        Ok(model.logits(ids)?.rows().skip(first).map(<[f32]>::to_vec).collect())
    })?;
    terminal::print_report(&report, &text::verify_lines(&report), args.json, context)?;
    match (published, report.differs()) {
        (Some(published), Some(Check { prompt, difference: Some(what) })) => Err(Error::NotAsPublished {
            folder: args.folder.clone(),
            published: published.to_string(),
            prompt: prompt.clone(),
            what: what.clone(),
        }),
        _ => Ok(()),
    }
}
