//! Going on after a cut, in the same run or a later one: only with the same file, and only where it ended.

use std::fs;
use std::sync::Arc;

use crate::fetching::{SIZES, Setting, names};
use crate::server::{Plan, noise, sha256};

#[test]
fn a_cut_is_resumed_where_it_happened() {
    for size in SIZES {
        for percent in [1, 50, 99] {
            let at = size * percent / 100;
            let setting = Setting::new(size, [Plan::Cut(at), Plan::Good]);
            setting.arrives();
            assert_eq!(setting.ranges(), [None, Some(format!("bytes={at}-"))]);
        }
    }
}

#[test]
fn a_cut_on_each_of_five_tries_is_survived() {
    for size in SIZES {
        let fifth = size / 6;
        let setting = Setting::new(size, (0..5).map(|_| Plan::Cut(fifth)).chain([Plan::Good]));
        setting.arrives();
        let wanted: Vec<_> = (0..6).map(|n| (n > 0).then(|| format!("bytes={}-", n * fifth))).collect();
        assert_eq!(setting.ranges(), wanted);
    }
}

#[test]
fn a_line_that_is_cut_again_and_again_gets_there_as_long_as_it_brings_something() {
    for size in SIZES {
        let setting = Setting::new(size, (0..20).map(|_| Plan::Cut(size / 21)).chain([Plan::Good]));
        setting.arrives();
        assert_eq!(setting.ranges().len(), 21);
    }
}

#[test]
fn cuts_that_bring_nothing_end_in_a_line_and_what_came_is_kept() {
    let setting = Setting::new(SIZES[1], [Plan::Cut(2 << 20), Plan::Cut(0)]);
    let message = setting.fails();
    assert!(message.contains("gave up") && message.contains("2 MB of 5 MB") && message.contains("resume"), "{message}");
    // One that brought much, then six that brought nothing.
    assert_eq!(setting.ranges().len(), 6);
    assert_eq!(names(setting.folder.path()), ["file.part", "file.part.json"]);
    // The next run goes on from there.
    setting.file.plans.lock().unwrap().clear();
    setting.arrives();
    assert_eq!(setting.ranges().last().unwrap().as_deref(), Some("bytes=2097152-"));
}

#[test]
fn a_server_that_ignores_ranges_sends_all_again() {
    for size in SIZES {
        let setting = Setting::new(size, [Plan::Cut(size / 2), Plan::IgnoreRange(usize::MAX)]);
        setting.arrives();
        assert_eq!(setting.ranges(), [None, Some(format!("bytes={}-", size / 2))]);
    }
}

#[test]
fn a_server_that_ignores_ranges_and_always_cuts_is_given_up() {
    let setting = Setting::new(SIZES[1], [Plan::IgnoreRange(3 << 20)]);
    assert!(setting.fails().contains("gave up"));
    assert_eq!(setting.ranges().len(), 6);
}

#[test]
fn a_wrong_range_is_not_taken() {
    for size in SIZES {
        for wrong in [
            Plan::WrongRange(0),
            Plan::WrongRange(size as u64 / 2 - 1),
            Plan::WrongRange(u64::MAX),
            Plan::NonsenseRange,
        ] {
            let setting = Setting::new(size, [Plan::Cut(size / 2), wrong, Plan::Good]);
            setting.arrives();
            assert_eq!(setting.ranges(), [None, Some(format!("bytes={}-", size / 2)), None]);
        }
        // Nor a part that nobody has asked for.
        Setting::new(size, [Plan::WrongRange(0), Plan::Good]).arrives();
        assert!(Setting::new(size, [Plan::WrongRange(0)]).fails().contains("gave up"));
    }
}

#[test]
fn a_changed_etag_starts_over() {
    for size in SIZES {
        // The server changes to another file, which honours no If-Range; then back.
        let other = Arc::new(noise(size, 99));
        let setting = Setting::new(size, [Plan::Cut(size / 2), Plan::Changed(other.clone(), "\"other\""), Plan::Good]);
        setting.arrives();
        assert_eq!(setting.ranges(), [None, Some(format!("bytes={}-", size / 2)), None]);
        // Where no sha256 tells, the later version is what is wanted, and nothing of the earlier.
        let mut setting = Setting::new(size, [Plan::Cut(size / 2), Plan::Changed(other.clone(), "\"other\"")]);
        setting.sha256 = None;
        assert_eq!(setting.fetch().unwrap().sha256, sha256(&other));
        assert!(fs::read(setting.dest()).unwrap() == *other);
    }
}

#[test]
fn a_weak_etag_is_not_resumed() {
    let size = SIZES[1];
    let bytes = Arc::new(noise(size, size as u64));
    let setting = Setting::new(size, [Plan::Changed(bytes, "W/\"x\"")]);
    setting.arrives();
    let part = setting.folder.path().join("file.part");
    fs::write(&part, &setting.file.bytes[..100]).unwrap();
    let origin =
        format!(r#"{{"url":"{}","etag":"W/\"x\"","linked_etag":null,"bytes":{size}}}"#, setting.server.url("/file"));
    fs::write(setting.folder.path().join("file.part.json"), origin).unwrap();
    fs::remove_file(setting.dest()).unwrap();
    setting.arrives();
    assert_eq!(setting.ranges(), [None, None]);
}

#[test]
fn a_part_of_another_address_or_without_its_origin_is_not_used() {
    for origin in [r#"{"url":"http://other/","etag":"\"x\"","linked_etag":null,"bytes":null}"#, "{\"url\":", ""] {
        let setting = Setting::new(SIZES[0], []);
        fs::write(setting.folder.path().join("file.part"), [7; 300]).unwrap();
        fs::write(setting.folder.path().join("file.part.json"), origin).unwrap();
        setting.arrives();
        assert_eq!(setting.ranges(), [None]);
    }
}

#[test]
fn a_part_that_rotted_on_disk_is_found_out_and_fetched_again() {
    let setting = Setting::new(SIZES[1], [Plan::Cut(1 << 20), Plan::Cut(0)]);
    setting.fails();
    let part = setting.folder.path().join("file.part");
    let mut bytes = fs::read(&part).unwrap();
    bytes[1000] ^= 1;
    fs::write(&part, bytes).unwrap();
    setting.file.plans.lock().unwrap().clear();
    setting.arrives();
    assert_eq!(setting.ranges()[6..], [Some("bytes=1048576-".to_owned()), None]);
}

#[test]
fn a_part_longer_than_the_file_is_fetched_again() {
    let setting = Setting::new(SIZES[0], []);
    fs::write(setting.folder.path().join("file.part"), [7; 1000]).unwrap();
    let origin = format!(
        r#"{{"url":"{}","etag":{:?},"linked_etag":null,"bytes":null}}"#,
        setting.server.url("/file"),
        setting.file.etag()
    );
    fs::write(setting.folder.path().join("file.part.json"), origin).unwrap();
    setting.arrives();
}

#[test]
fn a_range_past_the_end_starts_over() {
    // Nothing is known of the length, so the server has to say that there is no more.
    let mut setting = Setting::new(SIZES[0], []);
    (setting.bytes, setting.sha256) = (None, None);
    fs::write(setting.folder.path().join("file.part"), [7; 1000]).unwrap();
    let origin = format!(
        r#"{{"url":"{}","etag":{:?},"linked_etag":null,"bytes":null}}"#,
        setting.server.url("/file"),
        setting.file.etag()
    );
    fs::write(setting.folder.path().join("file.part.json"), origin).unwrap();
    setting.arrives();
    assert_eq!(setting.ranges(), [Some("bytes=1000-".to_owned()), None]);
}
