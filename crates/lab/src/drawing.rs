//! Figures as the bytes of their files.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, Scope, ScopedJoinHandle},
};

use viz::{Figure, Theme};

use crate::{Error, figures::NotebookFigure, report::FigureFacts, timings::Timings};

/// Pixels per inch of the pictures in the page: 960 to 1150 pixels wide, what a column of text on a screen has.
const PAGE_DPI: u32 = 96;

/// A figure's file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Pixels.
    Png,
    /// Vectors, with dense layers as pixels.
    Svg,
}

impl Format {
    /// Both formats.
    pub const ALL: [Self; 2] = [Self::Png, Self::Svg];

    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }

    /// The bytes of a figure's file.
    ///
    /// # Errors
    /// viz's, for a figure that cannot be drawn.
    pub fn draw(self, figure: &Figure) -> Result<Vec<u8>, viz::Error> {
        match self {
            Self::Png => figure.to_png(),
            Self::Svg => figure.to_svg().map(String::into_bytes),
        }
    }
}

/// A figure as the bytes of its files.
#[derive(Debug)]
pub struct Drawn {
    /// Its entry in the report.
    pub facts: FigureFacts,
    /// Whether it is drawn in the dark theme.
    pub dark: bool,
    /// The bytes of `facts.files`.
    pub files: Vec<Vec<u8>>,
    /// A PNG for the page, and its width and height.
    pub page: (Vec<u8>, (u32, u32)),
}

impl Drawn {
    /// Draws a figure in each of some formats, and once for the page.
    ///
    /// # Errors
    /// viz's, for a figure that cannot be drawn.
    pub fn new(figure: NotebookFigure, formats: &[Format]) -> Result<Self, Error> {
        let NotebookFigure { part, stem, models, theme, figure } = figure;
        let mut facts = FigureFacts { part, files: Vec::new(), pixels: figure.pixel_size()?, models };
        let mut files = Vec::new();
        for format in formats {
            facts.files.push(format!("{stem}.{}", format.extension()));
            files.push(format.draw(&figure)?);
        }
        let small = figure.dpi(PAGE_DPI);
        Ok(Self { facts, dark: theme == Theme::Dark, files, page: (small.to_png()?, small.pixel_size()?) })
    }
}

/// Draws figures on separate threads, into memory, while models are loaded and run: in any order, on as many threads as
/// there are cores.
#[derive(Debug)]
pub(crate) struct Painter<'scope> {
    sender: mpsc::Sender<NotebookFigure>,
    workers: Vec<ScopedJoinHandle<'scope, Result<Vec<Drawn>, Error>>>,
}

impl<'scope> Painter<'scope> {
    pub(crate) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        formats: &'env [Format],
        timings: &'env Timings,
    ) -> Self {
        let (sender, receiver) = mpsc::channel::<NotebookFigure>();
        let receiver = Arc::new(Mutex::new(receiver));
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let worker = |_| {
            let receiver = Arc::clone(&receiver);
            scope.spawn(move || {
                let next = || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let mut drawn = Vec::new();
                while let Ok(figure) = next() {
                    drawn.push(timings.time(format!("draw {}", figure.stem), || Drawn::new(figure, formats))?);
                }
                Ok(drawn)
            })
        };
        Self { sender, workers: (0..cores.min(9)).map(worker).collect() }
    }

    pub(crate) fn draw(&self, figure: NotebookFigure) {
        // Without a receiver every worker has failed; `finish` returns the error.
        let _ = self.sender.send(figure);
    }

    /// Waits for the figures, in the order of their names.
    pub(crate) fn finish(self) -> Result<Vec<Drawn>, Error> {
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
