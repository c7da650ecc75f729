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
fn a_cut_is_resumed_where_it_happened_if_the_server_can_and_started_over_if_not() {
    for size in SIZES {
        let (half, piece) = (size / 2, size / 21);
        let other = Plan::Changed(noise(size, 99).into());
        let mut cases = vec![
            (vec![Plan::Cut(size / 100), Plan::Good], vec![None, from(size / 100)]),
            (vec![Plan::Cut(size * 99 / 100), Plan::Good], vec![None, from(size * 99 / 100)]),
            // Again and again, as long as each brings something.
            ((0..20).map(|_| Plan::Cut(piece)).chain([Plan::Good]).collect(), vec![None]),
            // All is sent again, unasked.
            (vec![Plan::Cut(half), Plan::IgnoreRange(usize::MAX)], vec![None, from(half)]),
            // Two versions do not add up.
            (vec![Plan::Cut(half), other, Plan::Good], vec![None, from(half), None]),
        ];
        cases[2].1.extend((1..21).map(|n| from(n * piece)));
        for wrong in ["bytes 0-5242879/5242880", "bytes 2621439-5242879/5242880", "elephants 1-2", ""] {
            cases.push((vec![Plan::Cut(half), Plan::WrongRange(wrong), Plan::Good], vec![None, from(half), None]));
        }
        for (plans, ranges) in cases {
            let setting = Setting::new(size, plans);
            setting.arrives();
            assert_eq!(setting.server.ranges(), ranges);
        }
    }
}

#[test]
fn what_does_not_get_there_ends_in_a_line_and_what_came_is_kept() {
    let setting = Setting::new(SIZES[1], [Plan::Cut(2 << 20), Plan::Cut(0)]);
    let message = setting.fails();
    assert!(message.contains("gave up") && message.contains("after 6 tries with 2 MB of 5 MB"), "{message}");
    assert!(message.ends_with("run again to resume"), "{message}");
    // One that brought much, then five that brought nothing.
    assert_eq!(setting.server.ranges().len(), 6);
    assert_eq!(names(setting.folder.path()), ["file.part"]);
    // The next run resumes from there.
    setting.file.plans.lock().unwrap().clear();
    setting.arrives();
    assert_eq!(setting.server.ranges().last().unwrap(), &from(2 << 20));

    let setting = Setting::new(SIZES[1], [Plan::IgnoreRange(3 << 20)]);
    assert!(setting.fails().contains("gave up"));
    assert_eq!(setting.server.ranges().len(), 6);
    // A whole answer with wrong bytes is wrong, and once is enough.
    let other = Plan::Changed(noise(SIZES[1], 99).into());
    let setting = Setting::new(SIZES[1], [Plan::Cut(SIZES[1] / 2), other]);
    assert!(setting.fails().contains("has sha256"));
    assert_eq!(setting.server.ranges().len(), 3);
}

#[test]
fn what_an_earlier_run_left_is_judged_by_the_hash() {
    let file = noise(SIZES[0], SIZES[0] as u64);
    let known = Some(SIZES[0] as u64);
    for (left, bytes, asked) in [
        (&file[..300], known, vec![from(300)]),
        // All of it, and the run ended before it got its name.
        (&file, known, vec![]),
        // Another file's, rotted on disk, too long.
        (&[7; 300], known, vec![from(300), None]),
        (&[&[1], &file[1..400]].concat(), known, vec![from(400), None]),
        (&[7; 1000], known, vec![None]),
        // The length is unknown, so the server must mark the end.
        (&[7; 1000], None, vec![from(1000), None]),
    ] {
        let setting = Setting { bytes, ..Setting::new(SIZES[0], []) };
        fs::write(setting.part(), left).unwrap();
        setting.arrives();
        assert_eq!(setting.server.ranges(), asked);
    }
}

#[test]
#[cfg(unix)]
fn a_part_that_is_a_link_is_not_followed() {
    let setting = Setting::new(SIZES[0], []);
    let target = setting.folder.path().join("precious");
    std::os::unix::fs::symlink(&target, setting.part()).unwrap();
    // One that leads nowhere yet makes nothing there either.
    assert!(setting.fails().contains("file.part is a symbolic link where a file is expected"));
    assert_eq!(names(setting.folder.path()), ["file.part"]);
    fs::write(&target, "mine").unwrap();
    assert!(setting.fails().contains("a symbolic link"));
    fs::remove_file(setting.part()).unwrap();
    // Nor is a file written to that has another name too, be it the beginning of the one that is wanted.
    let begun = &setting.file.bytes[..300];
    fs::write(&target, begun).unwrap();
    fs::hard_link(&target, setting.part()).unwrap();
    assert!(setting.fails().contains("file.part is a file that has another name too"));
    assert!(fs::read(&target).unwrap() == begun);
    assert!(setting.server.seen().is_empty());
}
