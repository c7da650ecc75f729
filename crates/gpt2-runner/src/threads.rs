//! The worker threads of a forward pass on the CPU.
//!
//! A pass of GPT-2 large has about 200 parallel steps of a quarter of a millisecond each. A thread that sleeps between
//! two steps wakes up too late (50 to 150 µs in a virtual machine; with rayon's pool a pass took 1.7 times as long). A
//! thread that always spins wastes a core. So a waiting thread spins for [`SPIN`] and then sleeps.
#![allow(unsafe_code)]
use std::{
    any::Any,
    fmt, mem,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    process, ptr,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicPtr, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::Error;

mod buffers;

pub(crate) use buffers::Buffer;
use buffers::Buffers;

/// Longer than the gap between two parallel steps, and short compared with a scheduler's time slice.
const SPIN: Duration = Duration::from_micros(100);

/// The number from [`set_threads`]; 0 if it was not called.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// The threads of one process.
struct Own {
    /// Its process id.
    process: u32,
    /// Held during a pass: one pass uses all cores and all memory bandwidth, so two at a time would wait for each other
    /// at every layer.
    team: Mutex<Option<Team>>,
}

/// Null, or an `Own` that is never freed.
static OWN: AtomicPtr<Own> = AtomicPtr::new(ptr::null_mut());

/// Sets the number of CPU threads for all models of the process, on every engine, from the next pass on. libtorch gets
/// at most one per core.
pub fn set_threads(threads: NonZeroUsize) {
    THREADS.store(threads.get(), Ordering::Relaxed);
}

/// The number of CPU threads for models; by default one per core.
pub fn threads() -> NonZeroUsize {
    match NonZeroUsize::new(THREADS.load(Ordering::Relaxed)) {
        Some(threads) => threads,
        None => thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
    }
}

/// The threads of this process.
///
/// A child of `fork` has none of its parent's threads, and a lock that another thread of the parent held is never
/// released in the child. So the child gets a new team; the inherited one is neither used nor dropped.
fn own() -> &'static Own {
    let process = process::id();
    let there = OWN.load(Ordering::Acquire);
    // SAFETY: `OWN` is null or points to a leaked box.
    if let Some(own) = unsafe { there.as_ref() }.filter(|own| own.process == process) {
        return own;
    }
    let new = Box::into_raw(Box::new(Own { process, team: Mutex::new(None) }));
    match OWN.compare_exchange(there, new, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: from now on the box is leaked.
        Ok(_) => unsafe { &*new },
        // SAFETY: the new box was never shared, since another thread stored its box first.
        Err(first) => unsafe {
            drop(Box::from_raw(new));
            &*first
        },
    }
}

/// Runs a pass, after any pass in progress, on this thread and the team's.
pub(crate) fn run<R>(pass: impl FnOnce(&Team) -> R) -> Result<R, Error> {
    let threads = threads().get();
    let mut turn = lock(&own().team);
    let team = match turn.take().filter(|team| team.threads() == threads) {
        Some(team) => team,
        None => Team::new(threads).map_err(|e| Error::Threads { threads, problem: e.to_string() })?,
    };
    let team = turn.insert(team);
    let result = pass(team);
    team.buffers.trim();
    Ok(result)
}

/// The threads of a pass: the one that runs it, and its helpers.
#[derive(Debug)]
pub(crate) struct Team {
    board: Arc<Board>,
    helpers: Vec<thread::JoinHandle<()>>,
    buffers: Buffers,
}

/// State shared with the helpers.
#[derive(Debug)]
struct Board {
    /// The number of work items published so far; `usize::MAX` tells helpers to exit.
    announced: AtomicUsize,
    /// The last published work.
    work: Mutex<Option<Arc<Work>>>,
    /// Signalled when work is published, and when its last task is done.
    changed: Condvar,
}

/// A function to be called with 0 to `tasks - 1`, each once.
struct Work {
    task: *const (dyn Fn(usize) + Sync),
    tasks: usize,
    /// The next task to run.
    next: AtomicUsize,
    done: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `task` may be called from any thread (it is `Sync`). It is called only for a task below `tasks`, and `share`,
// which borrows the function, does not return before all tasks are done.
unsafe impl Send for Work {}
// SAFETY: as above; the other fields are made for it.
unsafe impl Sync for Work {}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("tasks", &self.tasks).finish_non_exhaustive()
    }
}

impl Team {
    pub(crate) fn new(threads: usize) -> std::io::Result<Self> {
        let board = Board { announced: AtomicUsize::new(0), work: Mutex::new(None), changed: Condvar::new() };
        let mut team = Self { board: Arc::new(board), helpers: Vec::new(), buffers: Buffers::default() };
        for n in 1..threads {
            let board = Arc::clone(&team.board);
            team.helpers.push(thread::Builder::new().name(format!("gpt2-{n}")).spawn(move || board.help())?);
        }
        Ok(team)
    }

    /// The number of threads.
    pub(crate) fn threads(&self) -> usize {
        self.helpers.len() + 1
    }

    /// A buffer of `len` values with arbitrary contents.
    pub(crate) fn buffer(&self, len: usize) -> Buffer<'_> {
        self.buffers.buffer(len)
    }

    /// Calls a function with each item and its index, on all threads; a free thread takes the next item.
    pub(crate) fn share<T: Send>(&self, items: impl IntoIterator<Item = T>, f: impl Fn(usize, T) + Sync) {
        let items: Vec<Mutex<Option<T>>> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
        let task = |n: usize| {
            let item = lock(&items[n]).take();
            if let Some(item) = item {
                f(n, item);
            }
        };
        if items.len() <= 1 || self.helpers.is_empty() {
            (0..items.len()).for_each(task);
        } else {
            self.board.share(items.len(), &task);
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        let work = lock(&self.board.work);
        self.board.announced.store(usize::MAX, Ordering::Release);
        self.board.changed.notify_all();
        drop(work);
        for helper in self.helpers.drain(..) {
            // A helper catches tasks' panics and does not panic itself.
            let _ = helper.join();
        }
    }
}

impl Board {
    fn share(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        // SAFETY: only the lifetime changes; sound for the reason given at `Work`.
        let task = unsafe { mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(task) };
        let (next, done, panic) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(None));
        let work = Arc::new(Work { task, tasks, next, done, panic });
        let mut announced = lock(&self.work);
        *announced = Some(Arc::clone(&work));
        self.announced.fetch_add(1, Ordering::Release);
        self.changed.notify_all();
        drop(announced);
        work.take_part();
        self.wait(|| work.done.load(Ordering::Acquire) == tasks);
        let panic = lock(&work.panic).take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// A helper's main loop.
    fn help(&self) {
        let mut seen = 0;
        loop {
            self.wait(|| self.announced.load(Ordering::Acquire) != seen);
            let announced = lock(&self.work);
            seen = self.announced.load(Ordering::Acquire);
            let work = announced.clone();
            drop(announced);
            if seen == usize::MAX {
                return;
            }
            if work.is_some_and(|work| work.take_part()) {
                // Locking prevents a missed wake-up between check and sleep.
                drop(lock(&self.work));
                self.changed.notify_all();
            }
        }
    }

    /// Spins for a while, then sleeps until signalled.
    fn wait(&self, ready: impl Fn() -> bool) {
        let start = Instant::now();
        while start.elapsed() < SPIN {
            for _ in 0..64 {
                if ready() {
                    return;
                }
                std::hint::spin_loop();
            }
        }
        let mut work = lock(&self.work);
        while !ready() {
            work = self.changed.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Work {
    /// Runs tasks until none is left. True if it completed the last one.
    fn take_part(&self) -> bool {
        let mut last = false;
        loop {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            if n >= self.tasks {
                return last;
            }
            // SAFETY: a task below `tasks` is unfinished, so the function is still alive.
            let task = unsafe { &*self.task };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| task(n))) {
                lock(&self.panic).get_or_insert(panic);
            }
            last = self.done.fetch_add(1, Ordering::AcqRel) + 1 == self.tasks;
        }
    }
}

/// These locks protect data that is consistent even after a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_taken_once_by_any_number_of_threads() {
        for threads in [1, 2, 3, 8] {
            let team = Team::new(threads).unwrap();
            assert_eq!(team.threads(), threads);
            for items in [0, 1, 2, 7, 100] {
                for round in 0..50 {
                    let mut values = vec![0; items * 3];
                    team.share(values.chunks_mut(3), |n, chunk| chunk.fill(n + round));
                    let expected: Vec<usize> = (0..items).flat_map(|n| [n + round; 3]).collect();
                    assert_eq!(values, expected, "{threads} threads");
                }
                // Long enough for the helpers to fall asleep.
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    #[test]
    fn a_panic_in_a_task_is_the_panic_of_whoever_shared_it() {
        let team = Team::new(3).unwrap();
        for _ in 0..20 {
            let result = catch_unwind(AssertUnwindSafe(|| team.share(0..10, |n, _| assert_ne!(n, 7))));
            assert!(result.is_err());
            let sum = AtomicUsize::new(0);
            team.share(0..10, |_, n| {
                sum.fetch_add(n, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 45);
        }
    }
}
