//! Process-wide settings of the program `lab`, which a library must not make: its exit, and a message for SIGBUS in a
//! mapped file.
#![allow(unsafe_code)]

/// Ends the process without running destructors or atexit handlers: libtorch's destructors alone take 0.07 s.
///
/// Buffered output that is not flushed is lost.
pub(crate) fn exit_at_once(code: u8) -> ! {
    #[cfg(unix)]
    // SAFETY: it does not return, and touches nothing of this process' memory.
    unsafe {
        libc::_exit(code.into())
    }
    #[cfg(not(unix))]
    std::process::exit(code.into())
}

/// From now on, a mapped file that is cut while it is in use (or whose disk fails) ends the process with exit code 1
/// and one line on stderr that names the file, instead of SIGBUS without a message. Any other SIGBUS ends it as if there
/// were no handler.
///
/// Call it first in `main`, while there is one thread and no other handler. Does nothing on systems other than Linux.
pub(crate) fn explain_bus_errors() {
    #[cfg(target_os = "linux")]
    bus_error::install();
}

#[cfg(target_os = "linux")]
mod bus_error {
    use std::{
        io::{self, IsTerminal},
        mem, ptr,
        sync::atomic::{AtomicBool, Ordering},
    };

    use lab::printable;

    pub(super) fn install() {
        // SAFETY: an all-zero `sigaction` is a valid one; its mask and flags are set below. `handle` has the signature
        // that SA_SIGINFO requires.
        unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = handle as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO;
            libc::sigemptyset(&raw mut action.sa_mask);
            libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut());
        }
    }

    /// The kernel runs it on the thread that accessed an unreadable page. That thread is reading a mapped file, so it
    /// is not inside an allocation, and holds no lock that the code below takes.
    extern "C" fn handle(signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
        static FIRST: AtomicBool = AtomicBool::new(true);
        // SAFETY: the system hands a handler with SA_SIGINFO a valid `siginfo_t`. Above 0 the kernel has sent it, and
        // it has an address; otherwise some process' `kill` has.
        let (by_kernel, address) = unsafe { ((*info).si_code > 0, (*info).si_addr().addr()) };
        let mut line = [0; LONGEST];
        if by_kernel && let Some(file) = file_at(address, &mut line) {
            if FIRST.swap(false, Ordering::Relaxed) {
                // Erases a progress line.
                let wipe = if io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
                let file = String::from_utf8_lossy(file);
                for text in [wipe, "error: ", &printable(&file), PROBLEM] {
                    // SAFETY: the pointer and the length are a string's.
                    unsafe { libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len()) };
                }
                super::exit_at_once(1);
            }
            // Another thread is writing the message, and ends the process.
            loop {
                // SAFETY: it has no arguments.
                unsafe { libc::pause() };
            }
        }
        // Not a file's: an instruction that failed is run again and fails again; a signal that was sent is sent again.
        // SAFETY: both calls take numbers only.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            if !by_kernel {
                libc::raise(signal);
            }
        }
    }

    const PROBLEM: &str = ": could not be read any more while it was in use: it was cut, or its disk failed\n";

    /// The longest line of `/proc/self/maps` that is read: Linux has no longer paths than 4,096 bytes.
    const LONGEST: usize = 4096 + 128;

    /// The path of the file that is mapped at an address, as Linux lists it; it is put into `line`.
    fn file_at(address: usize, line: &mut [u8; LONGEST]) -> Option<&[u8]> {
        // SAFETY: the path ends with a NUL.
        let maps = unsafe { libc::open(c"/proc/self/maps".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
        let mut length = 0;
        let mut byte = 0_u8;
        // SAFETY: the buffer has one byte.
        while unsafe { libc::read(maps, (&raw mut byte).cast(), 1) } == 1 {
            if byte != b'\n' {
                if length < LONGEST {
                    line[length] = byte;
                    length += 1;
                }
                continue;
            }
            if holds(&line[..length], address) {
                return line[..length].iter().position(|&b| b == b'/').map(|start| &line[start..length]);
            }
            length = 0;
        }
        None
    }

    /// Whether a line that begins with `7f0000000000-7f0000001000 ` has an address between these two.
    fn holds(line: &[u8], address: usize) -> bool {
        let number = |hexadecimal: &[u8]| {
            std::str::from_utf8(hexadecimal).ok().and_then(|text| usize::from_str_radix(text, 16).ok())
        };
        let mut ends = line.split(|&b| b == b' ').next().unwrap_or_default().split(|&b| b == b'-').map(number);
        match (ends.next().flatten(), ends.next().flatten()) {
            (Some(start), Some(end)) => (start..end).contains(&address),
            _ => false,
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        env,
        fs::{self, File},
        os::{fd::AsRawFd, unix::process::ExitStatusExt},
        path::{Path, PathBuf},
        process::{Command, Output},
        ptr, slice, thread,
    };

    use super::{exit_at_once, explain_bus_errors};

    /// The child's task, and the file that it maps.
    const TASK: &str = "LAB_TEST_PROCESS";

    /// Not a test: the other tests run it in a child process.
    #[test]
    fn child() {
        extern "C" fn at_exit() {
            eprintln!("what runs at a usual end");
        }
        let Ok(task) = env::var(TASK) else { return };
        let (what, path) = task.split_once(' ').unwrap();
        explain_bus_errors();
        match what {
            "exit-at-once" => {
                // SAFETY: the function is one that may be called at the end of a process.
                assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
                exit_at_once(7);
            }
            "exit" => {
                // SAFETY: as above.
                assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
                std::process::exit(7);
            }
            "sent" => {
                // SAFETY: no memory is touched.
                assert_eq!(unsafe { libc::raise(libc::SIGBUS) }, 0);
            }
            _ => {
                let bytes = map(Path::new(path));
                File::options().write(true).open(path).unwrap().set_len(0).unwrap();
                // In two threads at once, as a model's pass does it.
                thread::scope(|scope| {
                    for at in [10_000, 20_000] {
                        scope.spawn(move || assert_eq!(bytes[at], b'x'));
                    }
                });
            }
        }
        unreachable!("the signal ends the process");
    }

    fn map(path: &Path) -> &'static [u8] {
        let file = File::open(path).unwrap();
        let length = 1 << 16;
        // SAFETY: what becomes of this map when the file is cut is what is tested.
        unsafe {
            let map = libc::mmap(ptr::null_mut(), length, libc::PROT_READ, libc::MAP_SHARED, file.as_raw_fd(), 0);
            assert_ne!(map, libc::MAP_FAILED);
            slice::from_raw_parts(map.cast(), length)
        }
    }

    fn run(what: &str) -> (Output, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("model\u{1b}[31m.safetensors");
        fs::write(&path, vec![b'x'; 1 << 16]).unwrap();
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "process::tests::child", "--nocapture"])
            .env(TASK, format!("{what} {}", path.display()))
            .output()
            .unwrap();
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
    fn a_signal_that_was_sent_ends_the_process_as_without_a_handler() {
        let (output, _) = run("sent");
        assert_eq!(output.status.signal(), Some(libc::SIGBUS), "{output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("could not be read"));
    }

    #[test]
    fn nothing_runs_at_the_end_of_a_process_that_ends_at_once() {
        for (how, runs) in [("exit-at-once", false), ("exit", true)] {
            let (output, _) = run(how);
            assert_eq!(output.status.code(), Some(7));
            assert_eq!(String::from_utf8_lossy(&output.stderr).contains("usual end"), runs, "{how}");
        }
    }
}
