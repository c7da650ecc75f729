//! A model's queue: one request at a time, and generated text one token at a time.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use gpt2_runner::Gpt2;

use super::reader::Reader;

/// How many requests wait for a model at most.
const LONGEST: usize = 32;

/// The maximum number of texts that a model generates at a time.
const TEXTS: usize = 8;

/// Requests of one model, in their order.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    texts: Vec<Weak<Text>>,
}

/// A request: which page's, and what it does with the model.
pub(super) struct Job {
    pub(super) page: String,
    pub(super) work: Box<dyn FnOnce(&mut Reader<'_>) + Send>,
}

/// A text that is being generated for a page. It returns to the queue after each token, so that a long text does not
/// delay other requests.
pub(super) struct Text {
    page: String,
    replaced: AtomicBool,
}

/// Too many wait.
pub(super) struct Full;

impl Queue {
    /// Adds a request. It replaces the same page's waiting request; dropping a job notifies its client.
    pub(super) fn push(&self, job: Job) -> Result<(), Full> {
        let mut waiting = self.lock();
        waiting.replace(&job.page);
        if waiting.jobs.len() >= LONGEST {
            return Err(Full);
        }
        waiting.jobs.push_back(job);
        self.arrived.notify_one();
        Ok(())
    }

    /// Starts a text, likewise; [`push_next`](Self::push_next) requests its tokens.
    pub(super) fn begin(&self, page: String) -> Result<Arc<Text>, Full> {
        let mut waiting = self.lock();
        waiting.replace(&page);
        waiting.texts.retain(|text| text.strong_count() > 0);
        if waiting.texts.len() >= TEXTS {
            return Err(Full);
        }
        let text = Arc::new(Text { page, replaced: AtomicBool::new(false) });
        waiting.texts.push(Arc::downgrade(&text));
        Ok(text)
    }

    /// Queues the next token of a text; `false` if the page has sent another request since the text began.
    pub(super) fn push_next(&self, text: &Text, work: impl FnOnce(&mut Reader<'_>) + Send + 'static) -> bool {
        let mut waiting = self.lock();
        if text.replaced.load(Ordering::Relaxed) {
            return false;
        }
        waiting.jobs.push_back(Job { page: text.page.clone(), work: Box::new(work) });
        self.arrived.notify_one();
        true
    }

    /// Runs requests in their order; never returns.
    pub(super) fn work_off(&self, model: &Gpt2) {
        let mut reader = Reader::new(model);
        loop {
            let mut waiting = self.lock();
            let job = loop {
                match waiting.jobs.pop_front() {
                    Some(job) => break job,
                    None => waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(waiting);
            (job.work)(&mut reader);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Ends what a page has waiting.
    fn replace(&mut self, page: &str) {
        self.jobs.retain(|job| job.page != page);
        for text in self.texts.iter().filter_map(Weak::upgrade).filter(|text| text.page == page) {
            text.replaced.store(true, Ordering::Relaxed);
        }
    }
}
