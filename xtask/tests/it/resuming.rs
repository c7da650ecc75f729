//! Going on after a cut, in the same run or a later one: only where it ended, and the sha256 judges the whole.

use std::fs;

use crate::{
    fetching::{SIZES, Setting, names},
    server::{Plan, noise},
};

fn from(at: usize) -> Option<String> {
    Some(format!("bytes={at}-"))
}

#[test]
fn a_cut_is_resumed_where_it_happened() {
    for size in SIZES {
        for percent in [1, 50, 99] {
            let at = size * percent / 100;
            let setting = Setting::new(size, [Plan::Cut(at), Plan::Good]);
            setting.arrives();
            assert_eq!(setting.server.ranges(), [None, from(at)]);
        }
    }
}

#[test]
fn a_line_that_is_cut_again_and_again_gets_there_as_long_as_it_brings_something() {
    for size in SIZES {
        let setting = Setting::new(size, (0..20).map(|_| Plan::Cut(size / 21)).chain([Plan::Good]));
        setting.arrives();
        let wanted: Vec<_> = (0..21).map(|n| if n == 0 { None } else { from(n * (size / 21)) }).collect();
        assert_eq!(setting.server.ranges(), wanted);
    }
}

#[test]
fn cuts_that_bring_nothing_end_in_a_line_and_what_came_is_kept() {
    let setting = Setting::new(SIZES[1], [Plan::Cut(2 << 20), Plan::Cut(0)]);
    let message = setting.fails();
    assert!(message.contains("gave up") && message.contains("2 MB of 5 MB") && message.contains("resume"), "{message}");
    // One that brought much, then five that brought nothing.
    assert_eq!(setting.server.ranges().len(), 6);
    assert_eq!(names(setting.folder.path()), ["file.part"]);
    // The next run goes on from there.
    setting.file.plans.lock().unwrap().clear();
    setting.arrives();
    assert_eq!(setting.server.ranges().last().unwrap(), &from(2 << 20));
}

#[test]
fn a_server_that_ignores_ranges_sends_all_again() {
    for size in SIZES {
        let setting = Setting::new(size, [Plan::Cut(size / 2), Plan::IgnoreRange(usize::MAX)]);
        setting.arrives();
        assert_eq!(setting.server.ranges(), [None, from(size / 2)]);
    }
    let setting = Setting::new(SIZES[1], [Plan::IgnoreRange(3 << 20)]);
    assert!(setting.fails().contains("gave up"));
    assert_eq!(setting.server.ranges().len(), 6);
}

#[test]
fn a_wrong_range_is_not_taken() {
    for wrong in ["bytes 0-5242879/5242880", "bytes 2621439-5242879/5242880", "elephants 1-2", ""] {
        let setting = Setting::new(SIZES[1], [Plan::Cut(SIZES[1] / 2), Plan::WrongRange(wrong), Plan::Good]);
        setting.arrives();
        assert_eq!(setting.server.ranges(), [None, from(SIZES[1] / 2), None]);
    }
}

#[test]
fn what_is_put_together_from_two_versions_is_found_out_and_fetched_again() {
    for size in SIZES {
        let other = Plan::Changed(noise(size, 99).into());
        let setting = Setting::new(size, [Plan::Cut(size / 2), other.clone(), Plan::Good]);
        setting.arrives();
        assert_eq!(setting.server.ranges(), [None, from(size / 2), None]);
        // Once is enough: a whole answer with wrong bytes is wrong.
        let setting = Setting::new(size, [Plan::Cut(size / 2), other]);
        assert!(setting.fails().contains("has sha256"));
        assert_eq!(setting.server.ranges().len(), 3);
    }
}

#[test]
fn what_an_earlier_run_left_is_judged_by_the_hash() {
    let wrong = |bytes: &[u8], asked: &[Option<String>]| {
        let setting = Setting::new(SIZES[0], []);
        fs::write(setting.part(), bytes).unwrap();
        setting.arrives();
        assert_eq!(setting.server.ranges(), asked);
    };
    let file = noise(SIZES[0], SIZES[0] as u64);
    wrong(&file[..300], &[from(300)]);
    // All of it, and the run ended before it got its name.
    wrong(&file, &[]);
    // Another file's, rotted on disk, too long.
    wrong(&[7; 300], &[from(300), None]);
    wrong(&[&[1], &file[1..400]].concat(), &[from(400), None]);
    wrong(&[7; 1000], &[None]);
    // Nothing is known of the length, so the server has to say that there is no more.
    let setting = Setting { bytes: None, ..Setting::new(SIZES[0], []) };
    fs::write(setting.part(), [7; 1000]).unwrap();
    setting.arrives();
    assert_eq!(setting.server.ranges(), [from(1000), None]);
}

#[test]
#[cfg(unix)]
fn a_part_that_is_no_file_is_left_alone() {
    let setting = Setting::new(SIZES[0], []);
    let target = setting.folder.path().join("precious");
    fs::write(&target, "mine").unwrap();
    std::os::unix::fs::symlink(&target, setting.part()).unwrap();
    assert!(setting.fails().contains("file.part is a symbolic link where a file is expected"));
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    fs::remove_file(setting.part()).unwrap();
    // One that leads nowhere yet makes nothing there either.
    std::os::unix::fs::symlink(setting.folder.path().join("new"), setting.part()).unwrap();
    assert!(setting.fails().contains("a symbolic link"));
    assert_eq!(names(setting.folder.path()), ["file.part", "precious"]);
    fs::remove_file(setting.part()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(setting.part()).status().unwrap().success());
    assert!(setting.fails().contains("a FIFO"));
    assert!(setting.server.seen().is_empty());
}
