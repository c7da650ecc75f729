//! One file, by `download::fetch`: each ends with the verified file or with one clear line, within a bounded time.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use xtask::download::{Error, Fetched, Network, Options, Progress, Request, fetch};

use crate::server::{File, Plan, Server, noise, sha256};

/// A small file, as `config.json` is, and one of several megabytes.
pub(crate) const SIZES: [usize; 2] = [665, 5 << 20];

pub(crate) fn options() -> Options {
    Options {
        backoff: Duration::from_millis(2),
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_secs(5),
        progress: Progress::Quiet,
        network: Network::default(),
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

    pub(crate) fn dest(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    pub(crate) fn fetch(&self) -> Result<Fetched, Error> {
        let url = self.server.url("/file");
        let request = Request::new(&url).bytes(self.bytes).sha256(self.sha256.as_deref());
        let start = Instant::now();
        let result = fetch(&request, &self.dest(), &self.options);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        result
    }

    /// The file is there, right, and alone.
    pub(crate) fn arrives(&self) {
        let fetched = self.fetch().unwrap();
        assert_eq!(
            fetched,
            Fetched { bytes: self.file.bytes.len() as u64, sha256: sha256(&self.file.bytes), downloaded: true }
        );
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

    /// The ranges that were asked for, `None` for the whole file.
    pub(crate) fn ranges(&self) -> Vec<Option<String>> {
        self.server.seen().iter().map(|seen| seen.header("range").map(str::to_owned)).collect()
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_clean_download_arrives_in_one_request() {
    for size in SIZES {
        let setting = Setting::new(size, []);
        setting.arrives();
        assert_eq!(setting.ranges(), [None]);
        // What is there and right is not asked for again.
        assert!(!setting.fetch().unwrap().downloaded);
        assert_eq!(setting.ranges().len(), 1);
    }
}

#[test]
fn an_empty_file_arrives() {
    Setting::new(0, []).arrives();
}

#[test]
fn a_file_of_which_nothing_is_known_arrives() {
    for plan in [Plan::Good, Plan::Chunked(noise(SIZES[1], SIZES[1] as u64))] {
        let mut setting = Setting::new(SIZES[1], [plan]);
        (setting.bytes, setting.sha256) = (None, None);
        setting.arrives();
    }
}

#[test]
fn wrong_bytes_of_the_right_length_are_thrown_away() {
    for size in SIZES {
        let setting = Setting::new(size, [Plan::Bytes(noise(size, 99))]);
        let message = setting.fails();
        assert!(message.contains("has sha256") && message.contains(&sha256(&setting.file.bytes)), "{message}");
        assert!(names(setting.folder.path()).is_empty());
    }
}

#[test]
fn a_file_of_the_wrong_length_is_refused() {
    for size in SIZES {
        for (len, chunked) in [(size - 1, false), (size + 1, false), (size + 1, true)] {
            let bytes = noise(len, size as u64);
            let plan = if chunked { Plan::Chunked(bytes) } else { Plan::Bytes(bytes) };
            let setting = Setting::new(size, [plan]);
            let message = setting.fails();
            assert!(message.contains(&format!("where {size} are expected")), "{message}");
            assert!(names(setting.folder.path()).is_empty());
        }
        // Too short without a length beforehand: it might be a cut, so it is tried again.
        let setting = Setting::new(size, [Plan::Chunked(noise(size - 1, size as u64))]);
        assert!(setting.fails().contains("gave up"));
    }
}

#[test]
fn statuses_that_another_try_will_not_change_end_at_once() {
    for (status, advice) in
        [(401, "HF_TOKEN"), (403, "token (HF_TOKEN) may not read this"), (404, "no such file"), (418, "check")]
    {
        let setting = Setting::new(SIZES[0], [Plan::Status(status, vec![])]);
        let message = setting.fails();
        assert!(message.contains(&format!("answered {status}")) && message.contains(advice), "{message}");
        assert_eq!(setting.ranges().len(), 1);
        assert!(names(setting.folder.path()).is_empty());
    }
}

#[test]
fn too_many_requests_waits_as_long_as_is_asked() {
    let setting = Setting::new(SIZES[0], [Plan::Status(429, vec![("retry-after", "1".into())]), Plan::Good]);
    let start = Instant::now();
    setting.arrives();
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    // But not for ever.
    let setting = Setting::new(SIZES[0], [Plan::Status(429, vec![("retry-after", "3600".into())]), Plan::Good]);
    let message = setting.fails();
    assert!(message.contains("asks to wait 3600 s"), "{message}");
}

#[test]
fn server_errors_are_tried_again_then_given_up() {
    for status in [500, 502, 503, 504, 408, 429] {
        Setting::new(SIZES[0], [Plan::Status(status, vec![]), Plan::Good]).arrives();
    }
    let setting = Setting::new(SIZES[0], [Plan::Status(500, vec![])]);
    let message = setting.fails();
    assert!(message.contains("gave up") && message.contains("answered 500"), "{message}");
    assert_eq!(setting.ranges().len(), 6);
}

#[test]
fn a_stalled_socket_is_left_and_the_rest_resumed() {
    for size in SIZES {
        let mut setting = Setting::new(size, [Plan::Stall(size / 2), Plan::Good]);
        setting.options.idle_timeout = Duration::from_millis(500);
        setting.arrives();
        assert_eq!(setting.ranges(), [None, Some(format!("bytes={}-", size / 2))]);
    }
    for plan in [Plan::Silence, Plan::Stall(0)] {
        let mut setting = Setting::new(SIZES[0], [plan]);
        setting.options.idle_timeout = Duration::from_millis(200);
        let error = setting.fetch().unwrap_err();
        let message = error.to_string();
        assert!(message.contains("time allowed") || message.contains("stalled"), "{message}");
    }
}

#[test]
fn a_dripping_connection_counts_as_stalled() {
    let mut setting = Setting::new(SIZES[1], [Plan::Drip(20)]);
    setting.options.idle_timeout = Duration::from_millis(200);
    let message = setting.fails();
    assert!(message.contains("gave up") && message.contains("stalled"), "{message}");
}

#[test]
fn an_endless_body_is_cut_off() {
    let setting = Setting::new(SIZES[1], [Plan::Endless]);
    let message = setting.fails();
    assert!(message.contains("5242880 are expected"), "{message}");
    let mut setting = Setting::new(SIZES[1], [Plan::Endless]);
    (setting.bytes, setting.sha256) = (None, None);
    setting.options.max_bytes = 8 << 20;
    assert!(setting.fails().contains("8388608 are expected"));
    assert!(names(setting.folder.path()).is_empty());
}

#[test]
fn a_body_encoded_unasked_is_refused() {
    let gzip = vec![("content-encoding", "gzip".to_owned())];
    let setting = Setting::new(SIZES[0], [Plan::Status(200, gzip)]);
    assert!(setting.fails().contains("encoded as `gzip`"));
    assert_eq!(setting.server.seen()[0].header("accept-encoding"), Some("identity"));
}

#[test]
fn nobody_there_is_told_from_a_file_that_fails() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    for url in [format!("http://127.0.0.1:{port}/file"), "http://no-such-host.invalid/file".to_owned()] {
        let error = fetch(&Request::new(&url), &folder.path().join("file"), &options()).unwrap_err();
        assert!(error.is_unreachable(), "{error}");
        assert!(error.to_string().contains("cannot be reached"), "{error}");
    }
    assert!(names(folder.path()).is_empty());
    assert!(!Setting::new(SIZES[0], [Plan::Status(500, vec![])]).fetch().unwrap_err().is_unreachable());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("taken"), "a file").unwrap();
    let error = fetch(&Request::new("http://localhost/"), &folder.path().join("taken/file"), &options()).unwrap_err();
    assert!(error.to_string().contains("cannot create") && error.to_string().contains("taken"), "{error}");
}
