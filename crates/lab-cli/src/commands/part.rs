//! `lab part`: from arguments to a run of the notebook's parts, then to files and lines.

mod check;
mod out_dir;
mod output;
mod settings;

use lab::{Error, logits::Logits, report::Report, run};
use lab_page::page::PageData;
use output::Output;

use super::Context;
use crate::{browse, cli::PartArgs, write};

/// Computes and draws everything before it writes the first file, and writes all files before it prints the first line.
pub(super) fn run(args: &PartArgs, context: &Context) -> Result<(), Error> {
    out_dir::check(args)?;
    let settings = settings::read(args)?;
    let out = args.out.clone().unwrap_or_else(|| out_dir::of(&settings));
    if let Some(folder) = &args.check {
        check::refuse(folder, &out, args.bless)?;
    }
    write::check_folder(&out)?;
    let page_data = |report: &Report, logits: Option<&Logits>| {
        let data = || context.timings.time("page data", || PageData::new(report, logits));
        (!args.no_page_data).then(data).transpose()
    };
    let (run, data) = run::run(&settings, context, page_data)?;
    let output = Output::of(&run);
    let files = output.files(data.as_ref())?;
    if let Some(folder) = &args.check {
        return check::run(&files, folder, &out, args.bless, context);
    }
    context.timings.time("write", || write::files(&out, &files))?;
    output.print(&settings, args.json, context)?;
    output::print_paths(&out, args.open);
    if args.open {
        browse::open(out.join("index.html"));
    }
    Ok(())
}
