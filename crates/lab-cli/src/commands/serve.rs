use lab::{
    Error,
    drawing::Format,
    figures::Style,
    run::{self, Settings, Source},
};
use lab_page::{
    page::{self, PageData},
    serve::{Served, serve},
};

use super::{Context, inputs};
use crate::{browse, cli::ServeArgs, terminal};

/// `lab serve`: computes all parts for the page, then serves the page and its requests.
pub(super) fn run(args: &ServeArgs, context: &Context) -> Result<(), Error> {
    let prompt = args.prompt.as_deref().map(terminal::text_or_stdin).transpose()?;
    let pair = inputs::pair(&args.models)?;
    let models = [pair.small.clone(), pair.large.clone()];
    let tokenizer = inputs::tokenizer(&models.each_ref())?;
    let settings = Settings {
        parts: [true; 5],
        source: Source::Models { pair: Box::new(pair), prompt },
        k: lab::parts::NOTEBOOK_K,
        temperatures: Vec::new(),
        beyond: false,
        log_y: false,
        formats: vec![Format::Png],
        // No files are kept; the page contains its pictures.
        style: Style { dpi: 20, theme: viz::Theme::Light },
    };
    let (run, data) = run::run(&settings, context, |report, logits| {
        context.timings.time("page data", || PageData::new(report, logits))
    })?;
    let page = page::served(&run.report, &run.figures, Some(&data), &models);
    context.progress.step("loading the models");
    let served = Served { page, tokenizer, models: models.into(), token: !args.no_token };
    serve(served, args.port, |addresses| {
        let text = format!("The lab is at {}\nCtrl-C ends it.\n", addresses.page);
        // stdout may be closed.
        let _ = terminal::print_text(&text, context);
        if args.open {
            browse::open(&addresses.once);
        }
    })
}
