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

/// A process and its team.
struct ProcessTeam {
    /// Its process id.
    process: u32,
    /// Held during a pass: one pass uses all cores and all memory bandwidth, so two at a time would wait for each other
    /// at every layer.
    team: Mutex<Option<Team>>,
}

/// Null, or a `ProcessTeam` that is never freed.
static CURRENT: AtomicPtr<ProcessTeam> = AtomicPtr::new(ptr::null_mut());

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

/// The team of this process.
///
/// A child of `fork` has none of its parent's threads, and a lock that another thread of the parent held is never
/// released in the child. So the child gets a new team; the inherited one is neither used nor dropped.
fn process_team() -> &'static ProcessTeam {
    let process = process::id();
    let current = CURRENT.load(Ordering::Acquire);
    // SAFETY: `CURRENT` is null or points to a leaked box.
    if let Some(current) = unsafe { current.as_ref() }.filter(|current| current.process == process) {
        return current;
    }
    let new = Box::into_raw(Box::new(ProcessTeam { process, team: Mutex::new(None) }));
    match CURRENT.compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire) {
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
    let mut guard = lock(&process_team().team);
    let team = match guard.take().filter(|team| team.threads() == threads) {
        Some(team) => team,
        None => Team::new(threads).map_err(|e| Error::Threads { threads, problem: e.to_string() })?,
    };
    let team = guard.insert(team);
    let result = pass(team);
    team.buffers.trim();
    Ok(result)
}

/// The threads of a pass: the one that runs it, and its helpers.
#[derive(Debug)]
pub(crate) struct Team {
    shared: Arc<Shared>,
    helpers: Vec<thread::JoinHandle<()>>,
    buffers: Buffers,
}

/// State shared with the helpers.
#[derive(Debug)]
struct Shared {
    /// The number of work items published so far; `usize::MAX` tells helpers to exit.
    published: AtomicUsize,
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

// SAFETY: `task` may be called from any thread (it is `Sync`). It is called only for a task below `tasks`, and `run`,
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
        let shared = Shared { published: AtomicUsize::new(0), work: Mutex::new(None), changed: Condvar::new() };
        let mut team = Self { shared: Arc::new(shared), helpers: Vec::new(), buffers: Buffers::default() };
        for n in 1..threads {
            let shared = Arc::clone(&team.shared);
            team.helpers.push(thread::Builder::new().name(format!("gpt2-{n}")).spawn(move || shared.run_helper())?);
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
    pub(crate) fn for_each_parallel<T: Send>(&self, items: impl IntoIterator<Item = T>, f: impl Fn(usize, T) + Sync) {
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
            self.shared.run(items.len(), &task);
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        let work = lock(&self.shared.work);
        self.shared.published.store(usize::MAX, Ordering::Release);
        self.shared.changed.notify_all();
        drop(work);
        for helper in self.helpers.drain(..) {
            // A helper catches tasks' panics and does not panic itself.
            let _ = helper.join();
        }
    }
}

impl Shared {
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        // SAFETY: only the lifetime changes; sound for the reason given at `Work`.
        let task = unsafe { mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(task) };
        let (next, done, panic) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(None));
        let work = Arc::new(Work { task, tasks, next, done, panic });
        let mut published = lock(&self.work);
        *published = Some(Arc::clone(&work));
        self.published.fetch_add(1, Ordering::Release);
        self.changed.notify_all();
        drop(published);
        work.run_tasks();
        self.wait(|| work.done.load(Ordering::Acquire) == tasks);
        let panic = lock(&work.panic).take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// A helper's main loop.
    fn run_helper(&self) {
        let mut seen = 0;
        loop {
            self.wait(|| self.published.load(Ordering::Acquire) != seen);
            let published = lock(&self.work);
            seen = self.published.load(Ordering::Acquire);
            let work = published.clone();
            drop(published);
            if seen == usize::MAX {
                return;
            }
            if work.is_some_and(|work| work.run_tasks()) {
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
    fn run_tasks(&self) -> bool {
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
    fn each_item_is_processed_once_on_any_number_of_threads() {
        for threads in [1, 2, 3, 8] {
            let team = Team::new(threads).unwrap();
            assert_eq!(team.threads(), threads);
            for items in [0, 1, 2, 7, 100] {
                for round in 0..50 {
                    let mut values = vec![0; items * 3];
                    team.for_each_parallel(values.chunks_mut(3), |n, chunk| chunk.fill(n + round));
                    let expected: Vec<usize> = (0..items).flat_map(|n| [n + round; 3]).collect();
                    assert_eq!(values, expected, "{threads} threads");
                }
                // Long enough for the helpers to fall asleep.
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    #[test]
    fn a_panic_in_a_task_is_raised_on_the_calling_thread() {
        let team = Team::new(3).unwrap();
        for _ in 0..20 {
            let result = catch_unwind(AssertUnwindSafe(|| team.for_each_parallel(0..10, |n, _| assert_ne!(n, 7))));
            assert!(result.is_err());
            let sum = AtomicUsize::new(0);
            team.for_each_parallel(0..10, |_, n| {
                sum.fetch_add(n, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 45);
        }
    }
}
