//! How a program that has answered ends.
#![allow(unsafe_code)]

/// Ends the process, with none of what a process does at its end: libtorch's destructors alone take 0.07 s, which
/// whoever waits for the program would wait for, too.
///
/// For programs, at the end of `main`: what is not written yet is lost, and destructors of values do not run.
///
/// ```no_run
/// use std::io::Write;
///
/// println!("an answer");
/// std::io::stdout().flush()?;
/// gpt2_runner::exit_at_once(0);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn exit_at_once(code: u8) -> ! {
    #[cfg(unix)]
    // SAFETY: it does not return, and touches nothing of this process' memory.
    unsafe {
        libc::_exit(code.into())
    }
    #[cfg(not(unix))]
    std::process::exit(code.into())
}

#[cfg(all(test, unix))]
mod tests {
    use std::{env, process::Command};

    use super::exit_at_once;

    const CHILD: &str = "GPT2_RUNNER_TEST_EXIT";

    /// Not a test by itself: what the other runs in a process of its own.
    #[test]
    fn child() {
        extern "C" fn at_exit() {
            eprintln!("what runs at a usual end");
        }
        if let Ok(code) = env::var(CHILD) {
            // SAFETY: the function is one that may be called at the end of a process.
            assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
            match code.parse() {
                Ok(code) => exit_at_once(code),
                Err(_) => std::process::exit(0),
            }
        }
    }

    #[test]
    fn nothing_runs_at_the_end() {
        for (how, code, said) in [("7", 7, false), ("0", 0, false), ("as usual", 0, true)] {
            let output = Command::new(env::current_exe().unwrap())
                .args(["--exact", "exit::tests::child", "--nocapture"])
                .env(CHILD, how)
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(code));
            assert_eq!(String::from_utf8_lossy(&output.stderr).contains("usual end"), said, "{how}");
        }
    }
}
