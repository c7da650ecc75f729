//! Draws figures on separate threads, into memory, while models are loaded and run.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, Scope, ScopedJoinHandle},
};

use super::{Drawn, Format};
use crate::{Error, figures::Sheet, timings::Timings};

/// Takes figures in any order and draws them on as many threads as there are cores.
#[derive(Debug)]
pub(crate) struct Painter<'scope> {
    sender: mpsc::Sender<Sheet>,
    workers: Vec<ScopedJoinHandle<'scope, Result<Vec<Drawn>, Error>>>,
}

impl<'scope> Painter<'scope> {
    pub(crate) fn start<'env>(
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
                    drawn.push(timings.time(format!("draw {}", sheet.stem), || Drawn::new(sheet, formats))?);
                }
                Ok(drawn)
            })
        };
        Self { sender, workers: (0..cores.min(9)).map(worker).collect() }
    }

    pub(crate) fn draw(&self, sheet: Sheet) {
        // Without a receiver every worker has failed; `finish` returns the error.
        let _ = self.sender.send(sheet);
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
