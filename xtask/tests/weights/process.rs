//! The program itself: its lines, its exit codes, and what signals leave behind.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::fetching::names;
use crate::hub::Hub;
use crate::server::Plan;

/// `cargo xtask weights tiny` against a hub, with nothing of this environment.
pub(crate) fn xtask(hub: &Hub, dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.env_clear().env("HF_ENDPOINT", hub.endpoint()).env("HOME", dir).env("NO_PROXY", "*");
    command.args(["weights", "tiny", "--backoff", "0.01", "--timeout", "5"]);
    command.arg("--manifest").arg(&hub.manifest).arg("--dir").arg(dir);
    command
}

/// Runs to the end: exit code (none if a signal ended it), stdout, stderr.
pub(crate) fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> (Option<i32>, String, String) {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

#[test]
fn a_download_says_how_far_it_is_and_what_came_of_it() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    let (status, stdout, stderr) = run(&mut xtask(&hub, dir.path()));
    assert_eq!(status, Some(0), "{stderr}");
    let folder = dir.path().join("tiny");
    let line = "3332928 parameters, hash and shapes verified, no published values to compare with";
    assert_eq!(stdout, format!("tiny: {}, {line}\n", folder.display()));
    for percent in (10..=100).step_by(10) {
        assert_eq!(stderr.matches(&format!("tiny/model.safetensors: {percent} % of 7 MB\n")).count(), 1, "{stderr}");
    }
    let (status, again, stderr) = run(xtask(&hub, dir.path()).env("HF_ENDPOINT", "http://127.0.0.1:1"));
    assert_eq!((status, again, stderr.as_str()), (Some(0), stdout, ""));
}

#[test]
fn a_failure_is_one_line_and_exit_code_1() {
    let hub = Hub::with_demo("small", [Plan::Status(401, vec![])]);
    let dir = tempfile::tempdir().unwrap();
    let (status, stdout, stderr) = run(&mut xtask(&hub, dir.path()));
    assert_eq!((status, stdout.as_str()), (Some(1), ""));
    let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{stderr}");
    assert!(errors[0].contains("tiny: ") && errors[0].contains("answered 401"), "{stderr}");
    let (status, _, stderr) = run(xtask(&hub, dir.path()).arg("--offline"));
    assert_eq!(status, Some(1));
    assert!(stderr.contains("--offline forbids"), "{stderr}");
    let (status, _, stderr) = run(xtask(&hub, dir.path()).env("HF_HUB_OFFLINE", "1"));
    assert_eq!(status, Some(1));
    assert!(stderr.contains("HF_HUB_OFFLINE=1 forbids"), "{stderr}");
}

/// The same command with no signal ignored: a job in the background (`nohup`, `&` in a script) hands its ignored SIGINT
/// on to its children, and the program leaves such a signal ignored.
#[cfg(unix)]
fn with_default_signals(command: &Command) -> Command {
    let mut clean = Command::new("/usr/bin/env");
    if cfg!(target_os = "linux") {
        // Only GNU's env can do it; elsewhere the tests have to be run in the foreground.
        clean.arg("--default-signal=INT,HUP,TERM");
    }
    clean.arg(command.get_program()).args(command.get_args());
    clean.env_clear().envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    clean
}

/// Ends a run in the middle of the model with a signal, and runs again.
#[cfg(unix)]
fn interrupted_by(signal: &str) -> (Option<i32>, String) {
    let hub = Hub::with_demo("small", [Plan::Slow(30), Plan::Good]);
    let dir = tempfile::tempdir().unwrap();
    let child = start(&mut with_default_signals(&xtask(&hub, dir.path())));
    let folder = dir.path().join("tiny");
    let part = folder.join("model.safetensors.part");
    wait_until("a megabyte", || length(&part) > 1 << 20);
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let (status, stdout, stderr) = end(child);
    assert_eq!(stdout, "");
    let kept = length(&part);
    assert!(kept > 1 << 20 && kept < 6_000_000, "{kept}");
    assert!(!folder.join("model.safetensors").exists() && !folder.join("verified.json").exists());
    // The second run goes on from what was kept and leaves nothing else.
    let (second, _, said) = run(&mut xtask(&hub, dir.path()));
    assert_eq!(second, Some(0), "{said}");
    assert!(said.contains("tiny/model.safetensors: resuming at"), "{said}");
    assert_eq!(hub.blobs.seen()[1].header("range"), Some(format!("bytes={kept}-").as_str()));
    assert!(fs::read(folder.join("model.safetensors")).unwrap() == *hub.file("model.safetensors").bytes);
    assert_eq!(names(&folder), ["config.json", "merges.txt", "model.safetensors", "verified.json", "vocab.json"]);
    (status, stderr)
}

#[test]
#[cfg(unix)]
fn an_interrupt_keeps_the_part_and_says_so() {
    for signal in ["-INT", "-TERM"] {
        let (status, stderr) = interrupted_by(signal);
        assert_eq!(status, Some(130), "{stderr}");
        let last = stderr.trim().lines().last().unwrap();
        assert!(last.contains("interrupted") && last.contains("are kept in") && last.contains("run again"), "{stderr}");
    }
}

#[test]
#[cfg(unix)]
fn a_kill_keeps_the_part() {
    assert_eq!(interrupted_by("-KILL").0, None);
}

#[test]
fn two_runs_at_once_download_once() {
    for more in [&[][..], &["--force"]] {
        let hub = Hub::with_demo("small", [Plan::Slow(5)]);
        let dir = tempfile::tempdir().unwrap();
        let first = start(xtask(&hub, dir.path()).args(more));
        let part = dir.path().join("tiny/model.safetensors.part");
        wait_until("a first byte", || length(&part) > 0);
        let second = start(xtask(&hub, dir.path()).args(more));
        let (first, second) = (end(first), end(second));
        assert_eq!((first.0, second.0), (Some(0), Some(0)), "{} {}", first.2, second.2);
        assert_eq!(first.1, second.1);
        assert!(second.2.contains("another run is fetching this"), "{}", second.2);
        assert_eq!((hub.pages.seen().len(), hub.blobs.seen().len()), (4, 1));
        assert_eq!(names(&dir.path().join("tiny")).len(), 5);
    }
}
