//! A full disk: detected before the first byte, or in the middle.

use std::{fs, process::Command};

use crate::{
    fetching::names,
    hub::Hub,
    process::{error_of, run, xtask},
    server::Plan,
};

/// `then` in a shell that has run `first`.
fn after(first: &str, then: &Command) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!(r#"{first} && exec "$0" "$@""#)]).arg(then.get_program()).args(then.get_args());
    command.env_clear().envs(then.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// A limit on the length of a file stands in for a quota: like a full disk it lets a write fail in the middle.
#[test]
#[cfg(unix)]
fn a_write_beyond_the_file_size_limit_fails_and_keeps_what_was_written() {
    let hub = Hub::new([]);
    let dir = tempfile::tempdir().unwrap();
    let error = error_of(&mut after("ulimit -f 4096", &xtask(&hub, dir.path())));
    assert!(error.contains("has no room for") && error.contains("are kept"), "{error}");
    let model = dir.path().join("tiny");
    // 4096 blocks of 512 bytes (some shells count in 1024), less what a read brings.
    let kept = fs::metadata(model.join("model.safetensors.part")).unwrap().len();
    assert!((3 << 19..=4 << 20).contains(&kept), "{kept}");
    assert!(!model.join("model.safetensors").exists() && !model.join("verified.json").exists());
    // With free space the next run resumes from there.
    let (status, _, stderr) = run(&mut xtask(&hub, dir.path()));
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(hub.blobs.ranges().last().unwrap(), &Some(format!("bytes={kept}-")));
}

/// A real full disk, mounted in a namespace of its own.
#[test]
#[ignore = "mounts a disk: needs a machine where `unshare --map-root-user --mount` is allowed"]
#[cfg(target_os = "linux")]
fn a_full_disk_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mounted = |size: &str, then: &Command| {
        let mount = format!("mount -t tmpfs -o size={size} tmpfs '{}'", dir.path().display());
        let inner = after(&mount, then);
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount"]).arg(inner.get_program()).args(inner.get_args());
        command.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    };
    assert!(mounted("1m", &Command::new("true")).status().unwrap().success(), "unshare or mount is refused here");
    // Too small from the start, by the announced length.
    let hub = Hub::new([]);
    let error = error_of(&mut mounted("3m", &xtask(&hub, dir.path())));
    assert!(error.contains("has no room for"), "{error}");
    // Large enough by what is known, until a body without end fills it.
    let hub = Hub::new([Plan::Endless]);
    hub.write_manifest(|manifest| drop(manifest[0]["files"][3].as_object_mut().unwrap().remove("bytes")));
    let error = error_of(&mut mounted("90m", &xtask(&hub, dir.path())));
    assert!(error.contains("of which 67 MB stay free"), "{error}");
    let kept: u64 = error.rsplit_once(", ").unwrap().1.trim_end_matches(" MB are kept").parse().unwrap();
    // 94 MB, less the reserve and at most what comes between two looks.
    assert!((94 - 67 - 2 * 9..=94 - 67).contains(&kept), "{error}");
    assert_eq!(names(dir.path()), Vec::<String>::new(), "the mount was the namespace's own");
}
