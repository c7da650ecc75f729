//! The threads that a forward pass on the CPU is shared out over.
//!
//! A pass of GPT-2 large is some 200 pieces of shared work of a quarter of a millisecond each. A thread that sleeps
//! between two of them is woken too late to do its share (50 to 150 µs in a virtual machine: with rayon's pool a pass
//! took 1.7 times as long); one that spins for ever takes the processor away from others. So a thread that waits spins
//! for [`SPIN`], and then sleeps.
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

/// Longer than what is done between two pieces of shared work, and short beside a scheduler's time slice.
const SPIN: Duration = Duration::from_micros(100);

/// What [`set_threads`] has said; 0 if nothing yet.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// The threads of one process.
struct Own {
    /// Its process id.
    process: u32,
    /// Held during a pass: two at a time would only wait for each other at every layer, since one takes all cores and
    /// all of the memory's bandwidth.
    team: Mutex<Option<Team>>,
}

/// Null, or an `Own` that is never freed.
static OWN: AtomicPtr<Own> = AtomicPtr::new(ptr::null_mut());

/// Sets on how many threads models run on the CPU, from their next pass on, in the whole process and on every engine.
/// libtorch gets at most one for each core.
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

/// The threads of this process.
///
/// A child of `fork` has none of its parent's threads, and a lock that another thread of the parent held is never
/// released in the child. So the child gets a new team; what it inherited is not used again, and never dropped.
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
        // SAFETY: nobody else has seen the new box. Another thread of this process has stored the other one first.
        Err(first) => unsafe {
            drop(Box::from_raw(new));
            &*first
        },
    }
}

/// Runs a pass when its turn has come, on this thread and on those of the team.
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

/// Where work is announced.
#[derive(Debug)]
struct Board {
    /// How many pieces of work have been announced; `usize::MAX` at the end.
    announced: AtomicUsize,
    /// The one that was announced last.
    work: Mutex<Option<Arc<Work>>>,
    /// Announced work wakes helpers here, and the last task done wakes who waits for it.
    changed: Condvar,
}

/// A function to be called with 0 to `tasks - 1`, each once.
struct Work {
    task: *const (dyn Fn(usize) + Sync),
    tasks: usize,
    /// The first task that nobody has taken.
    next: AtomicUsize,
    done: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `task` may be called from any thread (it is `Sync`). It is called only for a task below `tasks`, and whoever
// has made the work does not return, which would end the function's life, before that many are done.
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

    /// How many they are.
    pub(crate) fn threads(&self) -> usize {
        self.helpers.len() + 1
    }

    /// Room for so many values for a while: whatever was there before.
    pub(crate) fn room(&self, len: usize) -> Buffer<'_> {
        self.buffers.room(len)
    }

    /// Calls a function with each item and its number, on all threads; each takes the next item when it is free.
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
            // A helper passes panics on and has none of its own.
            let _ = helper.join();
        }
    }
}

impl Board {
    fn share(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        // SAFETY: only the lifetime changes; `Work` says why that is sound.
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

    /// What a helper does all its life.
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
                // Whoever waits for it looks while they hold this lock, or sleeps already.
                drop(lock(&self.work));
                self.changed.notify_all();
            }
        }
    }

    /// Spins for a while, and then sleeps until it is told to look again.
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
    /// Does tasks as long as there are any; whether it has done the last of all.
    fn take_part(&self) -> bool {
        let mut last = false;
        loop {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            if n >= self.tasks {
                return last;
            }
            // SAFETY: a task below `tasks` is not done yet, so the function lives.
            let task = unsafe { &*self.task };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| task(n))) {
                lock(&self.panic).get_or_insert(panic);
            }
            last = self.done.fetch_add(1, Ordering::AcqRel) + 1 == self.tasks;
        }
    }
}

/// What these locks protect is whole at every moment.
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
