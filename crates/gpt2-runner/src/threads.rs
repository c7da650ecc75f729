//! The threads that a forward pass on the CPU is shared out over.
use std::{
    num::NonZeroUsize,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::Error;

/// What [`set_threads`] has said; 0 if nothing yet.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// The pool of the last pass. Whoever holds it runs a pass: two at a time would only wait for each other at every
/// layer, since one takes all cores and all of the memory's bandwidth.
static POOL: Mutex<Option<ThreadPool>> = Mutex::new(None);

/// Sets on how many threads models run on the CPU, from their next pass on, in the whole process.
pub fn set_threads(threads: NonZeroUsize) {
    THREADS.store(threads.get(), Ordering::Relaxed);
}

/// On how many threads models run on the CPU; by default one per core.
pub fn threads() -> NonZeroUsize {
    match NonZeroUsize::new(THREADS.load(Ordering::Relaxed)) {
        Some(threads) => threads,
        None => thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
    }
}

/// Runs a pass on the pool, when its turn has come. The threads sleep when they have waited for some microseconds.
pub(crate) fn run<R: Send>(pass: impl FnOnce() -> R + Send) -> Result<R, Error> {
    let threads = threads().get();
    let mut turn = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let pool = match turn.take().filter(|pool| pool.current_num_threads() == threads) {
        Some(pool) => pool,
        None => {
            let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("gpt2-{n}")).build();
            pool.map_err(|e| Error::Threads { threads, problem: e.to_string() })?
        }
    };
    Ok(turn.insert(pool).install(pass))
}
