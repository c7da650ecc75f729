//! The program itself: its lines, its exit codes, and what signals leave behind.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    fetching::names,
    hub::Hub,
    server::{Plan, Server, head},
};

/// `cargo xtask weights tiny` against a hub, with nothing of this environment.
pub(crate) fn xtask(hub: &Hub, dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HF_ENDPOINT", hub.pages.url("")).env("HOME", dir);
    command.args(["weights", "tiny", "--manifest"]).arg(hub.manifest()).arg("--dir").arg(dir);
    command
}

/// Runs to the end: exit code (none if a signal ended it), stdout, stderr.
pub(crate) fn run(command: &mut Command) -> (Option<i32>, String, String) {
    end(start(command))
}

fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> (Option<i32>, String, String) {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Runs a command that fails: its one error line.
pub(crate) fn error_of(command: &mut Command) -> String {
    let (status, stdout, stderr) = run(command);
    assert_eq!((status, stdout.as_str()), (Some(1), ""), "{stderr}");
    let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{stderr}");
    errors[0].to_owned()
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

#[test]
fn a_download_says_what_comes_and_what_was_checked() {
    let hub = Hub::new([]);
    let dir = tempfile::tempdir().unwrap();
    let (status, stdout, stderr) = run(&mut xtask(&hub, dir.path()));
    assert_eq!(status, Some(0), "{stderr}");
    let line = format!("tiny: {}, 7 MB, sha256 verified\n", dir.path().join("tiny").display());
    assert_eq!(stdout, line);
    assert!(stderr.ends_with("tiny/merges.txt: 1 kB\ntiny/model.safetensors: 7 MB\n"), "{stderr}");
    let (status, again, stderr) = run(xtask(&hub, dir.path()).env("HF_ENDPOINT", "http://127.0.0.1:1"));
    assert_eq!((status, again, stderr.as_str()), (Some(0), line, ""));
}

#[test]
fn a_failure_is_one_line_and_exit_code_1() {
    let hub = Hub::new([Plan::Status(401, vec![])]);
    // One that sends to a host that is not there: nothing that signs an address is shown.
    let pages = Server::start(|_, to| head(to, 302, &[("location", "http://cdn.invalid/f?secret=1".into())], 0));
    for (variable, value, wanted) in [
        ("NONE", "", "model.safetensors answered 401"),
        ("HF_HUB_OFFLINE", "1", "HF_HUB_OFFLINE=1 forbids"),
        // An invalid port is an error, and no request is sent, also not to the scheme's default port.
        ("HF_ENDPOINT", "http://me:secret@localhost:99999", "up to 65535"),
        ("HF_ENDPOINT", &pages.url(""), "or what it redirects to, cannot be reached"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let error = error_of(xtask(&hub, dir.path()).env(variable, value));
        assert!(error.starts_with("error: tiny: ") && error.contains(wanted), "{error}");
        assert!(!error.contains("secret") && !dir.path().join("tiny/verified.json").exists(), "{error}");
    }
}

#[test]
#[cfg(unix)]
fn without_curl_the_message_says_what_to_install() {
    let (hub, dir) = (Hub::new([]), tempfile::tempdir().unwrap());
    let error = error_of(xtask(&hub, dir.path()).env("PATH", dir.path()));
    assert!(error.contains("curl, which downloads, is not on this machine: install it"), "{error}");
    assert_eq!(names(&dir.path().join("tiny")), Vec::<String>::new());
    // What is here needs none.
    assert_eq!(run(&mut xtask(&hub, dir.path())).0, Some(0));
    assert_eq!(run(xtask(&hub, dir.path()).env("PATH", dir.path())).0, Some(0));
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

#[test]
#[cfg(unix)]
fn an_interrupt_or_a_kill_keeps_the_part() {
    for (signal, code) in [("-INT", Some(130)), ("-TERM", Some(130)), ("-KILL", None)] {
        let hub = Hub::new([Plan::Slow(1 << 16, 15), Plan::Good]);
        let dir = tempfile::tempdir().unwrap();
        let child = start(&mut with_default_signals(&xtask(&hub, dir.path())));
        let folder = dir.path().join("tiny");
        let part = folder.join("model.safetensors.part");
        wait_until("a megabyte", || length(&part) > 1 << 20);
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let (status, stdout, stderr) = end(child);
        assert_eq!((status, stdout.as_str()), (code, ""), "{stderr}");
        let last = stderr.trim().lines().last().unwrap();
        assert_eq!(last.contains("is kept") && last.contains("run again"), code.is_some(), "{stderr}");
        let kept = length(&part);
        assert!(kept > 1 << 20 && kept < 6_000_000, "{kept}");
        assert!(!folder.join("model.safetensors").exists() && !folder.join("verified.json").exists());
        // The second run resumes the partial file and leaves no other file.
        let (second, _, said) = run(&mut xtask(&hub, dir.path()));
        assert_eq!(second, Some(0), "{said}");
        assert!(said.contains("tiny/model.safetensors: resuming at"), "{said}");
        assert_eq!(hub.blobs.ranges()[1], Some(format!("bytes={kept}-")));
        assert!(fs::read(folder.join("model.safetensors")).unwrap() == *hub.file("model.safetensors").bytes);
        assert_eq!(names(&folder), ["config.json", "merges.txt", "model.safetensors", "verified.json", "vocab.json"]);
    }
}

#[test]
fn two_runs_at_once_download_once() {
    let hub = Hub::new([Plan::Slow(1 << 16, 5)]);
    let dir = tempfile::tempdir().unwrap();
    let first = start(&mut xtask(&hub, dir.path()));
    let part = dir.path().join("tiny/model.safetensors.part");
    wait_until("a first byte", || length(&part) > 0);
    let second = start(&mut xtask(&hub, dir.path()));
    let (first, second) = (end(first), end(second));
    assert_eq!((first.0, second.0), (Some(0), Some(0)), "{} {}", first.2, second.2);
    assert_eq!(first.1, second.1);
    assert!(second.2.contains("another run is fetching this"), "{}", second.2);
    assert_eq!((hub.pages.seen().len(), hub.blobs.seen().len()), (4, 1));
    assert_eq!(names(&dir.path().join("tiny")).len(), 5);
}

#[test]
#[cfg(unix)]
fn what_is_no_file_is_named_at_once() {
    let hub = Hub::new([]);
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("tiny");
    fs::create_dir(&folder).unwrap();
    for path in [folder.join("verified.json"), dir.path().join(".tiny.lock"), folder.join("config.json.part")] {
        for (make, what) in [("mkfifo", "a FIFO"), ("mkdir", "a folder"), ("ln -s /dev/zero", "a device")] {
            let mut words = make.split(' ');
            let made = Command::new(words.next().unwrap()).args(words).arg(&path).status().unwrap();
            assert!(made.success());
            let start = Instant::now();
            let error = error_of(&mut xtask(&hub, dir.path()));
            assert!(start.elapsed() < Duration::from_secs(5));
            let link = make.starts_with("ln") && !path.ends_with("verified.json");
            let what = if link { "a symbolic link" } else { what };
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(error.contains(&format!("{name} is {what} where a file is expected")), "{error}");
            if make == "mkdir" { fs::remove_dir(&path) } else { fs::remove_file(&path) }.unwrap();
        }
    }
    assert_eq!(run(&mut xtask(&hub, dir.path())).0, Some(0));
}

#[test]
#[cfg(unix)]
fn the_torch_of_a_python_is_the_one_that_it_imports() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    for (script, wanted) in [
        (
            "echo Traceback >&2; echo \"ModuleNotFoundError: No module named 'torch'\" >&2; exit 1",
            "error: LIBTORCH_USE_PYTORCH is set, but `python3 -c 'import torch'` fails; `pip install torch==2.13.0`, or \
             unset it and run `cargo xtask setup`: ModuleNotFoundError: No module named 'torch'",
        ),
        (
            "echo /nowhere/torch",
            "error: /nowhere/torch (LIBTORCH_USE_PYTORCH) is not a libtorch: it has no include/torch",
        ),
    ] {
        for (variable, name) in [("HOME", "python3"), ("VIRTUAL_ENV", "python")] {
            let bin = dir.path().join(name);
            fs::create_dir_all(&bin).unwrap();
            let python = bin.join(name);
            fs::write(&python, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
            command.env_clear().env("PATH", &bin).env(variable, &bin).env("LIBTORCH_USE_PYTORCH", "1").arg("setup");
            let error = error_of(&mut command);
            assert!(error.starts_with(wanted), "{error}");
        }
    }
}
