//! Running a program from a cold start, with its times and its peak memory.
use std::{
    io::{self, Read},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::own;

/// One run of a program.
#[derive(Clone, Debug)]
pub struct Run {
    /// How long it took.
    pub seconds: f64,
    /// When the first byte of its output came.
    pub first: f64,
    /// The largest observed anonymous memory in GB; 0 if the system does not report it.
    pub peak_gb: f64,
    /// Its output.
    pub stdout: String,
}

/// Runs `command` to its end.
///
/// # Errors
/// If it cannot be started, or fails; the error has its output.
pub fn run(command: &mut Command) -> io::Result<Run> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let process = child.id().to_string();
    let (done, watch) = mpsc::channel::<()>();
    let watcher = thread::spawn(move || {
        let mut peak_gb: f64 = 0.0;
        while watch.recv_timeout(Duration::from_millis(5)).is_err() {
            peak_gb = peak_gb.max(own(&process).unwrap_or(0.0) / 1e9);
        }
        peak_gb
    });
    let mut pipe = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut stdout = vec![0];
        let mut first = started.elapsed();
        if let Some(pipe) = &mut pipe {
            let read = pipe.read(&mut stdout)?;
            first = started.elapsed();
            stdout.truncate(read);
            pipe.read_to_end(&mut stdout)?;
        }
        Ok::<_, io::Error>((first.as_secs_f64(), stdout))
    });
    let output = child.wait_with_output()?;
    let seconds = started.elapsed().as_secs_f64();
    let _ = done.send(());
    let peak_gb = watcher.join().unwrap_or(0.0);
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("{command:?} failed ({}): {}", output.status, said.trim())));
    }
    let (first, stdout) = reader.join().map_err(|_| io::Error::other("reading its output failed"))??;
    Ok(Run { seconds, first, peak_gb, stdout: String::from_utf8_lossy(&stdout).into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_its_time_and_its_output() {
        let run = run(Command::new("sh").args(["-c", "echo begun; sleep 0.1; echo done"])).unwrap();
        assert!(run.seconds >= 0.1 && run.seconds < 10.0, "{}", run.seconds);
        assert!(run.first <= run.seconds - 0.09, "{} of {}", run.first, run.seconds);
        assert_eq!(run.stdout, "begun\ndone\n");
        if cfg!(target_os = "linux") {
            assert!(run.peak_gb > 0.0);
        }
    }

    #[test]
    fn a_failure_shows_what_the_program_said() {
        let message = run(Command::new("sh").args(["-c", "echo why >&2; exit 3"])).unwrap_err().to_string();
        assert!(message.contains("why"), "{message}");
    }
}
