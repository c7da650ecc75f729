//! Figures are drawn on threads of their own, into memory, while models are loaded and run.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, Scope, ScopedJoinHandle},
};

use crate::{Error, cli::Format, drawing::Sheet, report::FigureFacts, timings::Timings};

/// Pixels per inch of the pictures in the page: 960 to 1150 pixels wide, what a column of text on a screen has.
const PAGE_DPI: u32 = 96;

/// A figure as the bytes of its files.
#[derive(Debug)]
pub struct Drawn {
    /// What the report says about it.
    pub facts: FigureFacts,
    /// The bytes of `facts.files`.
    pub files: Vec<Vec<u8>>,
    /// A PNG for the page, and its width and height.
    pub page: (Vec<u8>, (u32, u32)),
}

/// Takes figures in any order and draws them on as many threads as there are cores.
#[derive(Debug)]
pub(super) struct Painter<'scope> {
    sender: mpsc::Sender<Sheet>,
    workers: Vec<ScopedJoinHandle<'scope, Result<Vec<Drawn>, Error>>>,
}

impl<'scope> Painter<'scope> {
    pub(super) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        formats: &'env [Format],
        timings: &'env Timings,
    ) -> Self {
        let (sender, receiver) = mpsc::channel::<Sheet>();
        let receiver = Arc::new(Mutex::new(receiver));
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let worker = |_| {
            let receiver = Arc::clone(&receiver);
            scope.spawn(move || {
                let next = || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let mut drawn = Vec::new();
                while let Ok(sheet) = next() {
                    drawn.push(timings.time(format!("draw {}", sheet.stem), || draw(sheet, formats))?);
                }
                Ok(drawn)
            })
        };
        Self { sender, workers: (0..cores.min(9)).map(worker).collect() }
    }

    pub(super) fn draw(&self, sheet: Sheet) {
        // Without a receiver every worker has failed, and `finish` says why.
        let _ = self.sender.send(sheet);
    }

    /// Waits for the figures, in the order of their names.
    pub(super) fn finish(self) -> Result<Vec<Drawn>, Error> {
        drop(self.sender);
        let mut all = Vec::new();
        for worker in self.workers {
            match worker.join() {
                Ok(drawn) => all.extend(drawn?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all.sort_by(|a, b| a.facts.files.cmp(&b.facts.files));
        Ok(all)
    }
}

fn draw(sheet: Sheet, formats: &[Format]) -> Result<Drawn, Error> {
    let Sheet { part, stem, models, figure } = sheet;
    let mut facts = FigureFacts { part, files: Vec::new(), pixels: figure.pixel_size()?, models };
    let mut files = Vec::new();
    for format in formats {
        let (extension, bytes) = match format {
            Format::Png => ("png", figure.to_png()?),
            Format::Svg => ("svg", figure.to_svg()?.into_bytes()),
        };
        facts.files.push(format!("{stem}.{extension}"));
        files.push(bytes);
    }
    let small = figure.dpi(PAGE_DPI);
    Ok(Drawn { facts, files, page: (small.to_png()?, small.pixel_size()?) })
}
