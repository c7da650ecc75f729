//! One file, by `download::fetch`: each ends with the verified file or with one clear line, within a bounded time.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use file_sha256::Hashes;
use tempfile::TempDir;
use xtask::download::{Options, Request, fetch, reach};

use crate::server::{File, Plan, Server, noise, sha256};

/// A small file, as `config.json` is, and one of several megabytes.
pub(crate) const SIZES: [usize; 2] = [665, 5 << 20];

pub(crate) fn options() -> Options {
    Options {
        backoff: Duration::from_millis(2),
        idle_timeout: Duration::from_secs(5),
        proxies: false,
        roots: None,
        longest_unannounced: 1 << 30,
        hashes: Hashes::none(),
    }
}

pub(crate) fn request<'a>(url: &'a str, sha256: &'a str) -> Request<'a> {
    Request { url, sha256, bytes: None, token: None, label: "file" }
}

/// A file on a server, and where it is to go.
pub(crate) struct Setting {
    pub(crate) file: Arc<File>,
    pub(crate) server: Server,
    pub(crate) folder: TempDir,
    pub(crate) options: Options,
    pub(crate) bytes: Option<u64>,
}

impl Setting {
    pub(crate) fn new(size: usize, plans: impl IntoIterator<Item = Plan>) -> Self {
        let file = File::new(noise(size, size as u64), plans);
        let served = file.clone();
        let server = Server::start(move |seen, to| served.answer(seen, to));
        Self { file, server, folder: tempfile::tempdir().unwrap(), options: options(), bytes: Some(size as u64) }
    }

    pub(crate) fn dest(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    pub(crate) fn part(&self) -> PathBuf {
        self.folder.path().join("file.part")
    }

    pub(crate) fn fetch(&self) -> anyhow::Result<()> {
        let (url, sha256) = (self.server.url("/file"), sha256(&self.file.bytes));
        let request = Request { bytes: self.bytes, ..request(&url, &sha256) };
        let start = Instant::now();
        let result = fetch(&request, &self.dest(), &self.options);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        result
    }

    /// The file is complete, correct, and the only one.
    pub(crate) fn arrives(&self) {
        self.fetch().unwrap();
        assert!(fs::read(self.dest()).unwrap() == *self.file.bytes);
        assert_eq!(names(self.folder.path()), ["file"]);
    }

    /// Nothing is under the name; the message is one line.
    pub(crate) fn fails(&self) -> String {
        let message = self.fetch().unwrap_err().to_string();
        assert!(!self.dest().exists());
        assert!(!message.contains('\n') && !message.is_empty(), "{message}");
        message
    }

    /// And nothing is kept.
    fn refuses(&self) -> String {
        let message = self.fails();
        assert!(names(self.folder.path()).is_empty(), "{message}");
        message
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // Locks stay.
    let mut names: Vec<String> = entries.filter(|name| !name.ends_with(".lock")).collect();
    names.sort();
    names
}

#[test]
fn a_clean_download_arrives_in_one_request() {
    for size in SIZES {
        let setting = Setting::new(size, []);
        setting.arrives();
        // A correct file is not downloaded again.
        setting.fetch().unwrap();
        assert_eq!(setting.server.seen().len(), 1);
        // The hash and resumption refer to the server's bytes.
        assert_eq!(setting.server.seen()[0].header("accept-encoding"), Some("identity"));
        // Nor need its length be known, from anywhere.
        for chunked in [true, false] {
            let plan = Plan::Unannounced(noise(size, size as u64), chunked);
            Setting { bytes: None, ..Setting::new(size, [plan]) }.arrives();
        }
    }
    Setting::new(0, []).arrives();
}

#[test]
fn wrong_bytes_and_wrong_lengths_are_thrown_away() {
    for size in SIZES {
        let (short, long) = (noise(size - 1, size as u64), noise(size + 1, size as u64));
        let wrong_length = format!("where {size} is expected");
        for (plan, bytes, wanted) in [
            (Plan::Changed(noise(size, 99).into()), Some(size as u64), "has sha256"),
            (Plan::Changed(short.clone().into()), Some(size as u64), &wrong_length),
            (Plan::Changed(long.clone().into()), Some(size as u64), &wrong_length),
            (Plan::Unannounced(long, true), Some(size as u64), &wrong_length),
            (Plan::Endless, Some(size as u64), &wrong_length),
            (Plan::Unannounced(short.clone(), false), None, "has sha256"),
        ] {
            let message = Setting { bytes, ..Setting::new(size, [plan]) }.refuses();
            assert!(message.contains(wanted), "{message}");
        }
        // Too short without a length beforehand: it might be a cut, so it is tried again.
        assert!(Setting::new(size, [Plan::Unannounced(short, true)]).fails().contains("gave up"));
    }
}

#[test]
fn a_status_ends_it_or_is_tried_again() {
    for (status, advice) in
        [(401, "HF_TOKEN"), (403, "token (HF_TOKEN) may not read this"), (404, "no such file"), (418, "check")]
    {
        let setting = Setting::new(SIZES[0], [Plan::Status(status, vec![])]);
        let message = setting.refuses();
        assert!(message.contains(&format!("answered {status}")) && message.contains(advice), "{message}");
        assert_eq!(setting.server.seen().len(), 1);
    }
    for status in [500, 502, 503, 504, 408, 429] {
        Setting::new(SIZES[0], [Plan::Status(status, vec![]), Plan::Good]).arrives();
    }
    let setting = Setting::new(SIZES[0], [Plan::Status(500, vec![])]);
    let message = setting.refuses();
    assert!(message.contains("gave up") && message.contains("answered 500"), "{message}");
    assert_eq!(setting.server.seen().len(), 6);
}

#[test]
fn a_file_of_which_nobody_states_the_length_has_a_limit() {
    let mut setting = Setting { bytes: None, ..Setting::new(SIZES[0], [Plan::Endless]) };
    setting.options.longest_unannounced = 3 << 20;
    let message = setting.refuses();
    assert!(message.contains("has no stated length where one, or at most 3 MB, is expected"), "{message}");
    // A stated length has none, be it the server's alone.
    let mut setting = Setting { bytes: None, ..Setting::new(SIZES[1], []) };
    setting.options.longest_unannounced = 3 << 20;
    setting.arrives();
}

#[test]
fn a_server_is_asked_again_when_it_wants_to_be_or_not_at_all_if_that_is_too_late() {
    for (status, wait, at_least) in [(429, "1", 1000), (503, "1", 1000), (429, "0", 0), (429, "soon", 0)] {
        let later = Plan::Status(status, vec![("retry-after", wait.to_owned())]);
        let setting = Setting::new(SIZES[0], [later, Plan::Good]);
        let start = Instant::now();
        setting.arrives();
        let elapsed = start.elapsed();
        assert!((at_least..at_least + 900).contains(&elapsed.as_millis()), "{status}, {wait}: {elapsed:?}");
    }
    for wait in ["301", "4000000000", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let setting = Setting::new(SIZES[0], [Plan::Status(429, vec![("retry-after", wait.to_owned())]), Plan::Good]);
        let message = setting.refuses();
        assert!(message.contains("answered 429, to be asked again in") && message.ends_with("run again after that"));
        assert_eq!(setting.server.seen().len(), 1);
    }
}

#[test]
fn a_stalled_socket_is_left_and_the_rest_resumed() {
    for size in SIZES {
        let mut setting = Setting::new(size, [Plan::Stall(size / 2), Plan::Good]);
        setting.options.idle_timeout = Duration::from_millis(1500);
        setting.arrives();
        assert_eq!(setting.server.ranges(), [None, Some(format!("bytes={}-", size / 2))]);
    }
    for plan in [Plan::Silence, Plan::Stall(0)] {
        let mut setting = Setting::new(SIZES[0], [plan]);
        setting.options.idle_timeout = Duration::from_millis(200);
        let message = setting.fails();
        assert!(message.contains("time allowed") || message.contains("stalled"), "{message}");
    }
}

#[test]
fn a_pace_counts_as_a_stall_by_what_is_left() {
    let pace = |size, pace| {
        let mut setting = Setting::new(size, [Plan::Slow(pace, 20)]);
        setting.options.idle_timeout = Duration::from_millis(600);
        setting
    };
    // 1.1 kB/s would take a day and more for 100 MB, and half a second for the small file.
    let setting = Setting { bytes: Some(100 << 20), ..pace(100 << 20, 22) };
    let message = setting.fails();
    assert!(message.contains("gave up") && message.contains("stalled"), "{message}");
    pace(SIZES[0], 22).arrives();
}

#[test]
fn where_nobody_answers_one_more_try_is_enough() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    for url in [format!("http://127.0.0.1:{port}/file"), "http://no-such-host.invalid/file".to_owned()] {
        let options = Options { backoff: Duration::from_secs(1), ..options() };
        let start = Instant::now();
        let error = fetch(&request(&url, ""), &folder.path().join("file"), &options).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        assert!(error.to_string().contains("cannot be reached"), "{error}");
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn whether_anybody_answers_is_known_within_a_limit() {
    let limit = Duration::from_millis(1500);
    let silent = Setting::new(SIZES[0], [Plan::Silence]);
    for url in [silent.server.url("/file"), "http://127.0.0.1:1".to_owned(), "http://no-such-hub.invalid".to_owned()] {
        let start = Instant::now();
        let error = reach(&url, limit, &options()).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        assert!(error.to_string().contains("cannot be reached"), "{error}");
    }
    reach(&Setting::new(SIZES[0], [Plan::Status(404, vec![])]).server.url("/file"), limit, &options()).unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("taken"), "a file").unwrap();
    let dest = folder.path().join("taken/file");
    let message = fetch(&request("http://localhost/", ""), &dest, &options()).unwrap_err().to_string();
    assert!(message.contains("failed to create directory") && message.contains("taken"), "{message}");
}
