use super::{Context, inputs};
use crate::{
    Error, browse,
    cli::ServeArgs,
    drawing::Format,
    figures::Style,
    page,
    run::{self, Settings, Source},
    serve::{Served, serve},
    terminal,
};

/// `lab serve`: all parts once, for the page; then whatever the page asks.
pub(super) fn run(args: &ServeArgs, context: &Context) -> Result<(), Error> {
    let prompt = args.prompt.as_deref().map(terminal::text_or_stdin).transpose()?;
    let pair = inputs::pair(&args.models)?;
    let models = [pair.small.clone(), pair.large.clone()];
    let tokenizer = inputs::tokenizer(&models.each_ref())?;
    let settings = Settings {
        parts: [true; 5],
        source: Source::Models { pair: Box::new(pair), prompt },
        k: crate::parts::NOTEBOOK_K,
        temperatures: Vec::new(),
        beyond: false,
        log_y: false,
        formats: vec![Format::Png],
        // No files are kept; the page contains its pictures.
        style: Style { dpi: 20, theme: viz::Theme::Light },
        page_data: true,
    };
    let run = run::run(&settings, context)?;
    let page = page::served(&run.report, &run.figures, run.data.as_ref(), &models);
    context.progress.step("loading the models");
    serve(Served { page, tokenizer, models: models.into() }, args.port, |address| {
        // stdout may be closed.
        let _ = terminal::print_text(&format!("The lab is at {address}\nCtrl-C ends it.\n"), &context.progress);
        if args.open {
            browse::open(address);
        }
    })
}
