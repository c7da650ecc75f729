//! One file, by `download::fetch`: each ends with the verified file or with one clear line, within a bounded time.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use xtask::download::{Fetched, Options, Progress, Request, fetch};

use crate::server::{File, Plan, Server, noise, sha256};

/// A small file, as `config.json` is, and one of several megabytes.
pub(crate) const SIZES: [usize; 2] = [665, 5 << 20];

pub(crate) fn options() -> Options {
    Options {
        backoff: Duration::from_millis(2),
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_secs(5),
        progress: Progress::Quiet,
        proxy: Ok(None),
        roots: None,
        ..Options::default()
    }
}

/// A file on a server, and where it is to go.
pub(crate) struct Setting {
    pub(crate) file: Arc<File>,
    pub(crate) server: Server,
    pub(crate) folder: TempDir,
    pub(crate) options: Options,
    pub(crate) bytes: Option<u64>,
    pub(crate) sha256: Option<String>,
}

impl Setting {
    pub(crate) fn new(size: usize, plans: impl IntoIterator<Item = Plan>) -> Self {
        let file = File::new(noise(size, size as u64), plans);
        let served = file.clone();
        let server = Server::start(move |seen, to| served.answer(seen, to));
        let (bytes, sha256) = (Some(size as u64), Some(sha256(&file.bytes)));
        Self { file, server, folder: tempfile::tempdir().unwrap(), options: options(), bytes, sha256 }
    }

    /// As a server that gives no sha256 has it, for someone who has none either.
    pub(crate) fn unpinned(size: usize, plans: impl IntoIterator<Item = Plan>) -> Self {
        Self { bytes: None, sha256: None, ..Self::new(size, plans) }
    }

    pub(crate) fn dest(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    pub(crate) fn part(&self) -> PathBuf {
        self.folder.path().join("file.part")
    }

    pub(crate) fn fetch(&self) -> anyhow::Result<Fetched> {
        let url = self.server.url("/file");
        let request = Request { url: &url, bytes: self.bytes, sha256: self.sha256.as_deref(), ..Request::default() };
        let start = Instant::now();
        let result = fetch(&request, &self.dest(), &self.options);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        result
    }

    /// The file is there, right, and alone.
    pub(crate) fn arrives(&self) {
        let (bytes, by_sha256) = (self.file.bytes.len() as u64, self.sha256.is_some());
        assert_eq!(self.fetch().unwrap(), Fetched { bytes, sha256: sha256(&self.file.bytes), by_sha256 });
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
        // What is there and right is not asked for again.
        setting.fetch().unwrap();
        assert_eq!(setting.server.seen().len(), 1);
    }
    Setting::new(0, []).arrives();
}

#[test]
fn a_length_or_a_hash_has_to_be_known_from_somewhere() {
    let bytes = || noise(SIZES[1], SIZES[1] as u64);
    // Announced, pinned, or told by the hash.
    Setting::unpinned(SIZES[1], []).arrives();
    for plan in [Plan::Chunked(bytes()), Plan::Unannounced(bytes())] {
        Setting { sha256: None, ..Setting::new(SIZES[1], [plan.clone()]) }.arrives();
        Setting { bytes: None, ..Setting::new(SIZES[1], [plan.clone()]) }.arrives();
        let message = Setting::unpinned(SIZES[1], [plan]).refuses();
        assert!(message.contains("neither the length nor the sha256"), "{message}");
    }
    // One that ends early is not whole.
    let short = Plan::Unannounced(noise(SIZES[1] - 1, SIZES[1] as u64));
    assert!(Setting { sha256: None, ..Setting::new(SIZES[1], [short]) }.refuses().contains("gave up"));
}

#[test]
fn without_a_hash_the_file_comes_in_one_answer() {
    let other = Arc::new(noise(SIZES[1], 99));
    let setting = Setting::unpinned(SIZES[1], [Plan::Cut(1 << 20), Plan::Changed(other.clone())]);
    assert_eq!(setting.fetch().unwrap().sha256, sha256(&other));
    assert_eq!(setting.server.ranges(), [None, None]);
    // Nor is what an earlier run left gone on with, be it of the same file.
    let setting = Setting::unpinned(SIZES[1], []);
    fs::write(setting.part(), &setting.file.bytes[..1000]).unwrap();
    setting.arrives();
    assert_eq!(setting.server.ranges(), [None]);
}

#[test]
fn wrong_bytes_and_wrong_lengths_are_thrown_away() {
    for size in SIZES {
        let message = Setting::new(size, [Plan::Changed(noise(size, 99).into())]).refuses();
        assert!(message.contains("has sha256"), "{message}");
        let (short, long) = (noise(size - 1, size as u64), noise(size + 1, size as u64));
        for plan in [Plan::Changed(short.clone().into()), Plan::Changed(long.clone().into()), Plan::Chunked(long)] {
            let message = Setting::new(size, [plan]).refuses();
            assert!(message.contains(&format!("where {size} are expected")), "{message}");
        }
        // Too short without a length beforehand: it might be a cut, so it is tried again.
        assert!(Setting::new(size, [Plan::Chunked(short)]).fails().contains("gave up"));
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
    // A pause is as long as is asked, but not for ever.
    let busy = |seconds: &str| Plan::Status(429, vec![("retry-after", seconds.to_owned())]);
    let start = Instant::now();
    Setting::new(SIZES[0], [busy("1"), Plan::Good]).arrives();
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(Setting::new(SIZES[0], [busy("3600"), Plan::Good]).refuses().contains("asks to wait 3600 s"));
}

#[test]
fn a_stalled_socket_is_left_and_the_rest_resumed() {
    for size in SIZES {
        let mut setting = Setting::new(size, [Plan::Stall(size / 2), Plan::Good]);
        setting.options.idle_timeout = Duration::from_millis(500);
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
        setting.options.idle_timeout = Duration::from_millis(100);
        setting
    };
    // 1.1 kB/s would take a day and more for 100 MB, and half a second for the small file.
    let setting = Setting { bytes: Some(100 << 20), ..pace(100 << 20, 22) };
    let message = setting.fails();
    assert!(message.contains("gave up") && message.contains("stalled"), "{message}");
    pace(SIZES[0], 22).arrives();
}

#[test]
fn a_body_without_an_end_or_encoded_unasked_is_refused() {
    assert!(Setting::new(SIZES[1], [Plan::Endless]).refuses().contains("5242880 are expected"));
    let gzip = vec![("content-encoding", "gzip".to_owned())];
    let setting = Setting::new(0, [Plan::Status(200, gzip)]);
    assert!(setting.refuses().contains("encoded as `gzip`"));
    assert_eq!(setting.server.seen()[0].header("accept-encoding"), Some("identity"));
}

#[test]
fn where_nobody_answers_one_more_try_is_enough() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    for url in [format!("http://127.0.0.1:{port}/file"), "http://no-such-host.invalid/file".to_owned()] {
        let options = Options { backoff: Duration::from_secs(1), ..options() };
        let start = Instant::now();
        let error =
            fetch(&Request { url: &url, ..Request::default() }, &folder.path().join("file"), &options).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        assert!(error.to_string().contains("cannot be reached"), "{error}");
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("taken"), "a file").unwrap();
    let request = Request { url: "http://localhost/", ..Request::default() };
    let message = fetch(&request, &folder.path().join("taken/file"), &options()).unwrap_err().to_string();
    assert!(message.contains("cannot create") && message.contains("taken"), "{message}");
}
