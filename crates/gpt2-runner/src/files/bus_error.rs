//! What happens when a mapped file cannot be read any more: the system sends SIGBUS to whoever touches the page.
//!
//! Only a signal handler can say which file it was. It runs at any moment in any thread, so it may neither lock nor
//! allocate: it walks a list whose nodes are never freed, and writes a message that was composed beforehand.
#![allow(unsafe_code)]
use std::{ops::Range, path::Path};

/// From now on, a mapped checkpoint that is cut while it is in use (or whose disk fails) ends the process with exit
/// code 1 and one line on stderr that names the file, instead of SIGBUS without a word.
///
/// For programs: call it first in `main`. A library must not, for it replaces the process' handler of SIGBUS. Errors of
/// memory that is not a file of this crate go on to the handler that was there before. A second call does nothing, and
/// so does the first where there is no such signal.
///
/// ```
/// gpt2_runner::explain_bus_errors();
/// ```
pub fn explain_bus_errors() {
    #[cfg(unix)]
    unix::install();
}

/// A range of addresses that is known to the handler until this is dropped.
#[derive(Debug)]
pub(super) struct Registered {
    #[cfg(unix)]
    node: &'static unix::Node,
}

impl Registered {
    /// `None` if nobody has asked for messages.
    pub(super) fn new(addresses: Range<usize>, path: &Path) -> Option<Self> {
        #[cfg(unix)]
        {
            unix::register(addresses, path).map(|node| Self { node })
        }
        #[cfg(not(unix))]
        {
            let _ = (addresses, path);
            None
        }
    }
}

#[cfg(unix)]
impl Drop for Registered {
    fn drop(&mut self) {
        unix::unregister(self.node);
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        cell::UnsafeCell,
        collections::BTreeSet,
        io::{self, IsTerminal},
        mem::MaybeUninit,
        ops::Range,
        path::Path,
        ptr,
        sync::{
            Mutex, OnceLock, PoisonError,
            atomic::{AtomicPtr, AtomicUsize, Ordering},
        },
    };

    use crate::printable;

    /// A mapped file, or a free place for the next (`end` is 0).
    #[derive(Debug)]
    pub(super) struct Node {
        start: AtomicUsize,
        end: AtomicUsize,
        /// A leaked `Vec<u8>`.
        message: AtomicPtr<Vec<u8>>,
        next: Option<&'static Self>,
    }

    /// The first node of the list. Nodes are added and filled by whoever holds `MESSAGES`; the handler only reads.
    static FIRST: AtomicPtr<Node> = AtomicPtr::new(ptr::null_mut());

    /// One message for each path that was ever mapped: never freed, since a handler may be reading it.
    static MESSAGES: Mutex<BTreeSet<&'static Vec<u8>>> = Mutex::new(BTreeSet::new());

    /// What handled SIGBUS before; set before the handler is in place.
    static BEFORE: OnceLock<Before> = OnceLock::new();

    struct Before(UnsafeCell<MaybeUninit<libc::sigaction>>);
    // SAFETY: written once, by `sigaction` in `install`, and only read from then on.
    unsafe impl Sync for Before {}
    // SAFETY: plain data.
    unsafe impl Send for Before {}

    pub(super) fn install() {
        let mut first = false;
        let before = BEFORE.get_or_init(|| {
            first = true;
            Before(UnsafeCell::new(MaybeUninit::zeroed()))
        });
        if !first {
            return;
        }
        // SAFETY: an all-zero `sigaction` is a valid one; its mask and flags are set below. `handle` has the signature
        // that SA_SIGINFO asks for and does only what a handler may do.
        unsafe {
            let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
            action.sa_sigaction = handle as *const () as usize;
            // On the alternate stack, if the thread has one: whatever overflowed its own may be what is left to do.
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigemptyset(&raw mut action.sa_mask);
            libc::sigaction(libc::SIGBUS, &raw const action, (*before.0.get()).as_mut_ptr());
        }
    }

    pub(super) fn register(addresses: Range<usize>, path: &Path) -> Option<&'static Node> {
        BEFORE.get()?;
        let mut messages = MESSAGES.lock().unwrap_or_else(PoisonError::into_inner);
        // Whatever progress stands in the terminal's line is wiped away.
        let wipe = if io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
        let path = path.to_string_lossy();
        let path = printable(&path);
        let message = format!(
            "{wipe}error: {path}: could not be read any more while it was in use: it was cut, or its disk failed\n"
        );
        let message = match messages.get(&message.as_bytes().to_vec()) {
            Some(&there) => there,
            None => {
                let message: &'static Vec<u8> = Box::leak(Box::new(message.into_bytes()));
                messages.insert(message);
                message
            }
        };
        let message = ptr::from_ref(message).cast_mut();
        let free = nodes().find(|node| node.end.load(Ordering::Relaxed) == 0);
        let node = free.unwrap_or_else(|| {
            let next = nodes().next();
            let node = Node { start: 0.into(), end: 0.into(), message: AtomicPtr::new(message), next };
            let node: &'static Node = Box::leak(Box::new(node));
            FIRST.store(ptr::from_ref(node).cast_mut(), Ordering::Release);
            node
        });
        node.message.store(message, Ordering::Relaxed);
        node.start.store(addresses.start, Ordering::Relaxed);
        // Last: with an end the node is a file's.
        node.end.store(addresses.end, Ordering::Release);
        Some(node)
    }

    pub(super) fn unregister(node: &Node) {
        let _one_at_a_time = MESSAGES.lock().unwrap_or_else(PoisonError::into_inner);
        node.end.store(0, Ordering::Release);
    }

    fn nodes() -> impl Iterator<Item = &'static Node> {
        // SAFETY: FIRST is null or a leaked node, whose fields were written before it was stored.
        let first = unsafe { FIRST.load(Ordering::Acquire).as_ref() };
        std::iter::successors(first, |node| node.next)
    }

    /// Async-signal-safe: loads of atomics, `write`, `_exit`, `sigaction`, `raise`.
    extern "C" fn handle(signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
        // SAFETY: the system hands a handler with SA_SIGINFO a valid `siginfo_t`. Above 0 the kernel has sent it, and it
        // has an address; otherwise somebody's `kill` has.
        let (by_kernel, address) = unsafe { ((*info).si_code > 0, (*info).si_addr().addr()) };
        let holds = |node: &&Node| {
            let end = node.end.load(Ordering::Acquire);
            (node.start.load(Ordering::Relaxed)..end).contains(&address)
        };
        if by_kernel && let Some(node) = nodes().find(holds) {
            // SAFETY: the message of a registered node is a leaked vector. The process ends here, without running
            // anything of its own that might wait for the interrupted thread.
            unsafe {
                let message = &*node.message.load(Ordering::Relaxed);
                libc::write(libc::STDERR_FILENO, message.as_ptr().cast(), message.len());
                libc::_exit(1);
            }
        }
        // Not ours: as it would have been without us. The instruction that failed is run again and fails again; a
        // signal that somebody sent is sent again.
        // SAFETY: `install` has filled it before this handler was in place; an all-zero one is SIG_DFL.
        unsafe {
            let before = BEFORE.get().map_or(ptr::null(), |before| (*before.0.get()).as_ptr());
            libc::sigaction(signal, before, ptr::null_mut());
            if !by_kernel {
                libc::raise(signal);
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{
        env, fs,
        os::unix::process::ExitStatusExt,
        path::PathBuf,
        process::{Command, Output},
    };

    use super::explain_bus_errors;
    use crate::files::MappedFile;

    /// What the child does, and the file that it maps.
    const TASK: &str = "GPT2_RUNNER_TEST_BUS_ERROR";

    /// Not a test by itself: what the others run in a process of its own.
    #[test]
    fn child() {
        let Ok(task) = env::var(TASK) else { return };
        let (what, path) = task.split_once(' ').unwrap();
        if what == "killed" {
            // Without the handler of Rust's own runtime the first signal is the last.
            // SAFETY: the default action is no code of anybody's.
            unsafe { libc::signal(libc::SIGBUS, libc::SIG_DFL) };
        }
        if what != "no-handler" {
            explain_bus_errors();
            explain_bus_errors();
        }
        let path = PathBuf::from(path);
        // One that is gone, whose node is used again, and one that stays.
        drop(MappedFile::open(&path.with_extension("other")).unwrap());
        let _other = MappedFile::open(&path.with_extension("other")).unwrap();
        let cut = |path: &std::path::Path| fs::OpenOptions::new().write(true).open(path).unwrap().set_len(0).unwrap();
        match what {
            "sent" => {
                let _file = MappedFile::open(&path).unwrap();
                // Twice: the handler of Rust's own runtime, which was there before, takes the first for an overflow of
                // the stack that will happen again.
                // SAFETY: no memory is touched.
                (0..2).for_each(|_| assert_eq!(unsafe { libc::raise(libc::SIGBUS) }, 0));
            }
            "killed" => {
                let _file = MappedFile::open(&path).unwrap();
                // SAFETY: no memory is touched.
                assert_eq!(unsafe { libc::kill(libc::getpid(), libc::SIGBUS) }, 0);
                // Any thread may get it, at any time.
                std::thread::sleep(std::time::Duration::from_secs(10));
            }
            "not-ours" => {
                let _file = MappedFile::open(&path).unwrap();
                let foreign = path.with_extension("foreign");
                // SAFETY: what becomes of this map is what is tested.
                let map = unsafe { memmap2::Mmap::map(&fs::File::open(&foreign).unwrap()).unwrap() };
                cut(&foreign);
                assert_eq!(map[10_000], 0);
            }
            _ => {
                let file = MappedFile::open(&path).unwrap();
                assert_eq!(file.bytes()[10_000], b'x');
                cut(&path);
                // In a thread, as the model does it.
                std::thread::scope(|scope| drop(scope.spawn(|| assert_eq!(file.bytes()[20_000], b'x')).join()));
            }
        }
        unreachable!("the signal ends the process");
    }

    fn run(what: &str) -> (Output, PathBuf) {
        let folder = env::temp_dir().join(format!("bus-error-{what}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("model\u{1b}[31m.safetensors");
        for extension in ["safetensors", "other", "foreign"] {
            fs::write(path.with_extension(extension), vec![b'x'; 1 << 16]).unwrap();
        }
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "files::bus_error::tests::child", "--nocapture"])
            .env(TASK, format!("{what} {}", path.display()))
            .output()
            .unwrap();
        fs::remove_dir_all(&folder).unwrap();
        (output, path)
    }

    #[test]
    fn a_file_that_is_cut_while_it_is_mapped_is_named() {
        let (output, path) = run("cut");
        let path = path.display().to_string().replace('\u{1b}', "\\u{1b}");
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            format!("error: {path}: could not be read any more while it was in use: it was cut, or its disk failed\n")
        );
        assert_eq!(output.status.code(), Some(1));
    }

    #[test]
    fn what_is_not_ours_goes_where_it_went_before() {
        for what in ["no-handler", "sent", "killed", "not-ours"] {
            let (output, _) = run(what);
            assert_eq!(output.status.signal(), Some(libc::SIGBUS), "{what}: {output:?}");
            assert!(!String::from_utf8_lossy(&output.stderr).contains("could not be read"), "{what}");
        }
    }
}
