//! No room: found before the first byte, or met in the middle.

use std::fs;
use std::path::Path;
use std::process::Command;

use xtask::download::{Options, Request, fetch};

use crate::fetching::{names, options};
use crate::hub::Hub;
use crate::process::{run, xtask};
use crate::server::{File, Plan, Server, noise};

#[test]
fn too_little_room_is_found_before_the_first_byte() {
    let file = File::new(noise(5 << 20, 1), []);
    let server = Server::start(move |seen, to| file.answer(seen, to));
    let folder = tempfile::tempdir().unwrap();
    let options = Options { disk_reserve: u64::MAX / 2, ..options() };
    let error = fetch(&Request::new(&server.url("/f")), &folder.path().join("file"), &options).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("no room for 5 MB more") && message.contains("make room"), "{message}");
    assert!(names(folder.path()).is_empty());
}

/// A limit on the length of a file stands in for a quota: like a full disk it lets a write fail in the middle.
#[test]
#[cfg(unix)]
fn a_write_that_fails_in_the_middle_keeps_what_was_written() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    let limited = r#"trap "" XFSZ; ulimit -f 4096; exec "$0" "$@""#;
    let mut command = Command::new("sh");
    let xtask = xtask(&hub, dir.path());
    command.args(["-c", limited]).arg(xtask.get_program()).args(xtask.get_args());
    command.envs(xtask.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let (status, _, stderr) = run(&mut command);
    assert_eq!(status, Some(1), "{stderr}");
    let last = stderr.trim().lines().last().unwrap();
    assert!(last.contains("has no room for") && last.contains("are kept"), "{last}");
    let model = dir.path().join("tiny");
    // 4096 blocks of 512 bytes (some shells count in 1024), less what a read brings.
    let kept = fs::metadata(model.join("model.safetensors.part")).unwrap().len();
    assert!((3 << 19..=4 << 20).contains(&kept), "{kept}");
    assert!(!model.join("model.safetensors").exists() && !model.join("verified.json").exists());
    // With room the next run goes on from there.
    let (status, _, stderr) = run(&mut self::xtask(&hub, dir.path()));
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(hub.blobs.seen().last().unwrap().header("range"), Some(format!("bytes={kept}-").as_str()));
}

/// A real full disk, where this user may mount one in a namespace of its own.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mounted = |size: &str, then: &Command| {
        let mut command = Command::new("unshare");
        let script = format!(r#"mount -t tmpfs -o size={size} tmpfs "$0" && exec "$@""#);
        command.args(["--map-root-user", "--mount", "sh", "-c", &script]).arg(dir.path());
        command.arg(then.get_program()).args(then.get_args());
        command.envs(then.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    };
    if !mounted("1m", &Command::new("true")).output().is_ok_and(|tried| tried.status.success()) {
        eprintln!("skipped: this user cannot mount a tmpfs");
        return;
    }
    // Too small from the start, by the announced length.
    let hub = Hub::with_demo("small", []);
    let (status, _, stderr) = run(&mut mounted("3m", &xtask(&hub, dir.path())));
    assert_eq!(status, Some(1), "{stderr}");
    assert!(stderr.trim().lines().last().unwrap().contains("has no room for"), "{stderr}");
    // Large enough by what is known, until a body without end fills it.
    let hub = Hub::with_demo("small", [Plan::Endless]);
    hub.forget_lengths();
    let (status, _, stderr) = run(&mut mounted("90m", &xtask(&hub, dir.path())));
    assert_eq!(status, Some(1), "{stderr}");
    let last = stderr.trim().lines().last().unwrap();
    assert!(last.contains("no space left on device") && last.contains("are kept"), "{last}");
    assert_eq!(names(dir.path()), Vec::<String>::new(), "the mount was the namespace's own");
    assert!(Path::new(dir.path()).is_dir());
}
