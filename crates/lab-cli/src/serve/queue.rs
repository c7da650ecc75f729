//! What waits for a model: one request at a time, a step at a time.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, PoisonError},
};

use gpt2_runner::Gpt2;

use super::reader::Reader;

/// More than so many wait for no model.
const LONGEST: usize = 64;

/// Requests of one model, in their order.
#[derive(Default)]
pub(super) struct Queue {
    jobs: Mutex<VecDeque<Job>>,
    arrived: Condvar,
}

/// A request: which page's, and what it does next with the model. It goes to the end of the queue as long as there is
/// more to do, so that a long text holds up nobody.
pub(super) struct Job {
    pub(super) page: String,
    pub(super) work: Box<dyn FnMut(&mut Reader<'_>) -> Next + Send>,
}

/// What comes after a step.
#[derive(PartialEq, Eq)]
pub(super) enum Next {
    More,
    Done,
}

impl Queue {
    /// Adds a request, in the place of one of the same page that waits: dropping that tells who waits for it. Gives the
    /// request back where too many wait.
    pub(super) fn push(&self, job: Job) -> Result<(), Job> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.retain(|waiting| waiting.page != job.page);
        if jobs.len() >= LONGEST {
            return Err(job);
        }
        jobs.push_back(job);
        self.arrived.notify_one();
        Ok(())
    }

    /// Does what is asked, for ever.
    pub(super) fn work_off(&self, model: &Gpt2) {
        let mut reader = Reader::new(model);
        loop {
            let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            let mut job = loop {
                match jobs.pop_front() {
                    Some(job) => break job,
                    None => jobs = self.arrived.wait(jobs).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(jobs);
            if (job.work)(&mut reader) == Next::More {
                let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
                // Its page has asked for something else in the meantime.
                if jobs.iter().all(|waiting| waiting.page != job.page) {
                    jobs.push_back(job);
                }
            }
        }
    }
}
