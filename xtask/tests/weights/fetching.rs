//! One file, by `download::fetch`: each ends with the verified file or with one clear line, within a bounded time.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use xtask::download::{Error, Fetched, Network, Options, Progress, Request, fetch};

use crate::server::{File, Plan, Server, noise, sha256};

/// A small file, as `config.json` is, and one of several megabytes.
const SIZES: [usize; 2] = [665, 5 << 20];

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
struct Setting {
    file: Arc<File>,
    server: Server,
    folder: TempDir,
    options: Options,
    bytes: Option<u64>,
    sha256: Option<String>,
}

impl Setting {
    fn new(size: usize, plans: impl IntoIterator<Item = Plan>) -> Self {
        let file = File::new(noise(size, size as u64), plans);
        let served = file.clone();
        let server = Server::start(move |seen, to| served.answer(seen, to));
        let (bytes, sha256) = (Some(size as u64), Some(sha256(&file.bytes)));
        Self { file, server, folder: tempfile::tempdir().unwrap(), options: options(), bytes, sha256 }
    }

    fn dest(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    fn fetch(&self) -> Result<Fetched, Error> {
        let url = self.server.url("/file");
        let request = Request::new(&url).bytes(self.bytes).sha256(self.sha256.as_deref());
        let start = Instant::now();
        let result = fetch(&request, &self.dest(), &self.options);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        result
    }

    /// The file is there, right, and alone.
    fn arrives(&self) {
        let fetched = self.fetch().unwrap();
        assert_eq!(
            fetched,
            Fetched { bytes: self.file.bytes.len() as u64, sha256: sha256(&self.file.bytes), downloaded: true }
        );
        assert!(fs::read(self.dest()).unwrap() == *self.file.bytes);
        assert_eq!(names(self.folder.path()), ["file"]);
    }

    /// Nothing is under the name; the message is one line.
    fn fails(&self) -> String {
        let message = self.fetch().unwrap_err().to_string();
        assert!(!self.dest().exists());
        assert!(!message.contains('\n') && !message.is_empty(), "{message}");
        message
    }

    /// The ranges that were asked for, `None` for the whole file.
    fn ranges(&self) -> Vec<Option<String>> {
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
