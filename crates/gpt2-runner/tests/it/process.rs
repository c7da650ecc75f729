//! Effects of other processes: writes to a mapped file, and forks.
#![allow(unsafe_code)]
use std::{
    fs, io,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use gpt2_runner::{Device, Engine, Error, Gpt2};

use crate::{files::test_data, temporary::TemporaryFolder};

const HUB: &str = "gpt2-tiny/hub-layout";
const SHARDED: &str = "gpt2-tiny/sharded";

/// A copy of a checkpoint that a test may change, with its files a minute old: some file systems' clocks advance in
/// steps of several milliseconds.
fn copy_of(name: &str, folder: &TemporaryFolder) -> PathBuf {
    for entry in fs::read_dir(test_data(name)).unwrap() {
        let entry = entry.unwrap();
        let copy = folder.path().join(entry.file_name());
        fs::copy(entry.path(), &copy).unwrap();
        let file = fs::File::options().write(true).open(&copy).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - Duration::from_secs(60)).unwrap();
    }
    folder.path().to_owned()
}

/// Writes one byte of a file in place.
fn overwrite(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    *bytes.last_mut().unwrap() ^= 0x55;
    let mut file = fs::File::options().write(true).open(path).unwrap();
    io::Write::write_all(&mut file, &bytes).unwrap();
}

#[test]
fn a_mapped_checkpoint_that_was_written_to_gives_an_error_and_no_logits() {
    let ids = [1, 2, 3];
    for (name, file) in [(HUB, "model.safetensors"), (SHARDED, "model-00002-of-00003.safetensors")] {
        let temporary = TemporaryFolder::new(&format!("written-to-{}", name.len()));
        let folder = copy_of(name, &temporary);
        let path = folder.join(file);
        // SAFETY: none; this is the test of what happens when the condition is broken. Linux and macOS then show the
        // written bytes.
        let load = || unsafe { Gpt2::load_mapped(&folder, Device::Cpu) }.unwrap();
        let refused = |result: Result<(), Error>| match result {
            Err(Error::Changed { path: named }) => assert_eq!(named, path),
            other => panic!("{other:?}"),
        };
        let model = load();
        let (_, mut cache) = model.start(&ids).unwrap();
        model.check_unchanged().unwrap();
        overwrite(&path);
        refused(model.next(&mut cache, &[4]).map(drop));
        refused(model.next_token_logits(&ids).map(drop));
        refused(model.logits(&ids).map(drop));
        refused(model.attention(&ids, |_| Ok(())));
        refused(model.hidden_states(&ids, |_| Ok(())));
        refused(model.check_unchanged());

        // Replaced by renaming another file: the model keeps using its map.
        let model = load();
        let before = model.next_token_logits(&ids).unwrap();
        let other = folder.join("new");
        fs::copy(&path, &other).unwrap();
        overwrite(&other);
        fs::rename(&other, &path).unwrap();
        assert_eq!(model.next_token_logits(&ids).unwrap(), before);
        // A model that is loaded now has the new file.
        assert!(load().next_token_logits(&ids).is_ok());
    }
}

/// Read into memory, it is independent of the file: no error, and the same logits.
#[test]
fn a_checkpoint_that_was_read_may_change_afterwards() {
    let ids = [1, 2, 3];
    for (n, &engine) in Engine::available().iter().enumerate() {
        let temporary = TemporaryFolder::new(&format!("read-{n}"));
        let folder = copy_of(HUB, &temporary);
        let model = Gpt2::load(&folder, engine).unwrap();
        let before = model.next_token_logits(&ids).unwrap();
        let path = folder.join("model.safetensors");
        overwrite(&path);
        assert_eq!(model.next_token_logits(&ids).unwrap(), before);
        fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
        assert_eq!(model.next_token_logits(&ids).unwrap(), before);
        model.check_unchanged().unwrap();
    }
}

/// The exit code of a child of `fork` that does something; `None` if it has not ended after ten seconds.
fn in_a_child(what: impl FnOnce() -> bool) -> Option<i32> {
    // SAFETY: the child computes, which allocates (the C library's allocator is ready for that) and starts threads, and
    // ends without running anything of the parent's.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "{}", io::Error::last_os_error());
    if child == 0 {
        let code = match catch_unwind(AssertUnwindSafe(what)) {
            Ok(true) => 0,
            Ok(false) => 1,
            Err(_) => 101,
        };
        // SAFETY: it does not return.
        unsafe { libc::_exit(code) };
    }
    let start = Instant::now();
    loop {
        let mut status = 0;
        // SAFETY: it writes to `status`.
        match unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } {
            0 if start.elapsed() < Duration::from_secs(10) => thread::sleep(Duration::from_millis(1)),
            0 => {
                // SAFETY: both act only on the child.
                unsafe {
                    libc::kill(child, libc::SIGKILL);
                    libc::waitpid(child, &raw mut status, 0);
                }
                return None;
            }
            _ => return Some(if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -1 }),
        }
    }
}

#[test]
fn a_child_of_fork_runs_models_on_threads_of_its_own() {
    let model = Gpt2::load(test_data(HUB), Device::Cpu).unwrap();
    let ids = [1, 2, 3, 4, 5, 6, 7];
    let expected = model.next_token_logits(&ids).unwrap();
    // Sums of several threads are rounded in another order: parity's bound.
    let agrees = || {
        let logits = model.next_token_logits(&ids).unwrap();
        logits.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 2e-4)
    };
    assert_eq!(in_a_child(agrees), Some(0));
    let on_other_threads = || {
        [3, 1, 2].iter().all(|&threads| {
            gpt2_runner::set_threads(NonZeroUsize::new(threads).unwrap());
            agrees() && thread_count().is_none_or(|count| count == threads)
        })
    };
    assert_eq!(in_a_child(on_other_threads), Some(0));
    // A child's child, and the parent as before.
    let grandchild = || agrees() && in_a_child(agrees) == Some(0);
    assert_eq!(in_a_child(grandchild), Some(0));
    assert!(agrees());

    // While another thread is in the middle of a pass.
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                model.next_token_logits(&[1; 48]).unwrap();
            }
        });
        let codes: Vec<Option<i32>> = (0..20).map(|_| in_a_child(agrees)).take_while(|code| *code == Some(0)).collect();
        over.store(true, Ordering::Relaxed);
        assert_eq!(codes.len(), 20);
    });
}

/// The number of threads of this process, if the system reports it.
fn thread_count() -> Option<usize> {
    Some(fs::read_dir("/proc/self/task").ok()?.count())
}
