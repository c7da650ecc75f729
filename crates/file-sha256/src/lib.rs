//! The sha256 of files, in lower-case hexadecimal. Reading a model's weights takes seconds, so results are cached in
//! the user's cache folder, which the lab and xtask share.
//!
//! A cached result is valid while the file's path, device, inode, length, modification time and change time stay the
//! same. Programs cannot set the change time. Files beside the weights, such as `verified.json`, are not read.
use std::{
    collections::BTreeMap,
    env,
    fs::{self, File, Metadata},
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The most files in the cache.
const MOST_ENTRIES: usize = 256;
/// Two changes of a file within this time may get the same timestamp: file systems count in steps.
const STEP: Duration = Duration::from_millis(50);

/// A cache of hashes, in one file.
#[derive(Debug, Clone)]
pub struct Hashes {
    cache: Option<PathBuf>,
}

/// A file as it was when it was hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// Device and inode; 0 where the system has none.
    device: u64,
    inode: u64,
    bytes: u64,
    /// Modification time, in nanoseconds since 1970.
    written: u128,
    /// Change time of content or metadata, likewise.
    changed: i128,
    sha256: String,
}

impl Hashes {
    /// The cache in the user's cache folder. Without such a folder nothing is cached.
    pub fn of_user() -> Self {
        Self { cache: cache_folder().map(|folder| folder.join("sha256.json")) }
    }

    /// No cache: every file is read.
    pub fn none() -> Self {
        Self { cache: None }
    }

    /// The cache in this file.
    pub fn in_file(cache: PathBuf) -> Self {
        Self { cache: Some(cache) }
    }

    /// The sha256 of a file, if it is cached and the file is unchanged.
    pub fn cached(&self, path: &Path) -> Option<String> {
        let entry = self.load().remove(&key(path)?)?;
        (entry == Entry::new(&fs::metadata(path).ok()?, entry.sha256.clone())).then_some(entry.sha256)
    }

    /// The sha256 of a file: from the cache, otherwise computed.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn of(&self, path: &Path) -> io::Result<String> {
        self.cached(path).map_or_else(|| self.compute(path), Ok)
    }

    /// Reads the file and computes its sha256, and caches it.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn compute(&self, path: &Path) -> io::Result<String> {
        let mut file = File::open(path)?;
        let (start, before) = (SystemTime::now(), file.metadata()?);
        let mut hasher = Sha256::new();
        feed(&mut file, &mut hasher)?;
        let sha256 = hex(&hasher.finalize());
        let entry = Entry::new(&before, sha256.clone());
        // Not cached: a file that changed meanwhile, or so recently that the next change may get the same timestamp.
        let settled = start.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(STEP);
        let unchanged = file.metadata().is_ok_and(|after| Entry::new(&after, sha256.clone()) == entry);
        let lasts = unchanged && entry.changed.max(0).unsigned_abs() <= settled.as_nanos();
        self.store(path, lasts.then_some(entry));
        Ok(sha256)
    }

    /// Caches the sha256 of a file that the caller has just written, verified and renamed.
    pub fn insert(&self, path: &Path, sha256: &str) {
        if let Ok(metadata) = fs::metadata(path) {
            self.store(path, Some(Entry::new(&metadata, sha256.to_owned())));
        }
    }

    /// An unreadable cache is empty, and is written again.
    fn load(&self) -> BTreeMap<String, Entry> {
        let json = self.cache.as_ref().and_then(|cache| fs::read(cache).ok());
        json.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
    }

    /// Replaces the file's entry. If the cache cannot be written, that is no error.
    fn store(&self, path: &Path, file: Option<Entry>) {
        let (Some(cache), Some(key)) = (&self.cache, key(path)) else { return };
        let mut entries = self.load();
        if entries.remove(&key).is_none() && file.is_none() {
            return;
        }
        entries.retain(|path, _| Path::new(path).exists());
        if entries.len() >= MOST_ENTRIES {
            entries.clear();
        }
        entries.extend(file.map(|file| (key, file)));
        let write = || {
            let folder = cache.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new().prefix(".sha256-").tempfile_in(folder)?;
            file.write_all(&serde_json::to_vec(&entries)?)?;
            file.persist(cache)?;
            io::Result::Ok(())
        };
        let _ = write();
    }
}

impl Entry {
    fn new(file: &Metadata, sha256: String) -> Self {
        let written = file.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let (device, inode, changed) = identity(file);
        let written = written.map_or(0, |since| since.as_nanos());
        Self { device, inode, bytes: file.len(), written, changed, sha256 }
    }
}

#[cfg(unix)]
fn identity(file: &Metadata) -> (u64, u64, i128) {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino(), 1_000_000_000 * i128::from(file.ctime()) + i128::from(file.ctime_nsec()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64, i128) {
    (0, 0, 0)
}

fn key(path: &Path) -> Option<String> {
    fs::canonicalize(path).ok()?.into_os_string().into_string().ok()
}

/// The folder of the lab in the user's cache folder.
fn cache_folder() -> Option<PathBuf> {
    let absolute = |path: PathBuf| Some(path).filter(|path| path.is_absolute());
    let caches = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).and_then(absolute);
    let caches = caches.or_else(|| {
        let home = env::home_dir().and_then(absolute)?;
        Some(home.join(if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" }))
    });
    Some(caches?.join("softmax-lab"))
}

/// The sha256 of bytes.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Hashes the rest of a file, and returns its length.
///
/// # Errors
/// If it cannot be read.
pub fn feed(file: &mut impl Read, hasher: &mut Sha256) -> io::Result<u64> {
    let (mut bytes, mut file) = (0, BufReader::with_capacity(1 << 20, file));
    loop {
        let read = match file.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read.is_empty() {
            return Ok(bytes);
        }
        hasher.update(read);
        let n = read.len();
        bytes += n as u64;
        file.consume(n);
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// FIPS 180-2's example.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    struct Setting {
        folder: tempfile::TempDir,
        hashes: Hashes,
    }

    impl Setting {
        /// A file `model` with `abc` in it, whose cached hash is another text, which shows when the cache is used.
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let hashes = Hashes::in_file(folder.path().join("cache/sha256.json"));
            let setting = Self { folder, hashes };
            fs::write(setting.model(), "abc").unwrap();
            thread::sleep(2 * STEP);
            assert_eq!(setting.hashes.of(&setting.model()).unwrap(), ABC);
            let cache = setting.hashes.cache.as_ref().unwrap();
            fs::write(cache, fs::read_to_string(cache).unwrap().replace(ABC, "cached")).unwrap();
            setting
        }

        fn model(&self) -> PathBuf {
            self.folder.path().join("model")
        }
    }

    #[test]
    fn a_hash_is_cached_until_the_file_changes() {
        let Setting { folder, hashes } = &Setting::new();
        let model = folder.path().join("model");
        assert_eq!(hashes.of(&model).unwrap(), "cached");
        assert_eq!(hashes.compute(&model).unwrap(), ABC);
        assert_eq!(hashes.of(&model).unwrap(), ABC);
        fs::write(&model, "abd").unwrap();
        assert_eq!(hashes.of(&model).unwrap(), of_bytes(b"abd"));
        fs::write(hashes.cache.as_ref().unwrap(), "damaged").unwrap();
        assert_eq!(hashes.of(&model).unwrap(), of_bytes(b"abd"));
        hashes.insert(&model, "as verified");
        assert_eq!(hashes.of(&model).unwrap(), "as verified");
    }

    /// Where a file's length and time of writing were the whole test, both of these passed.
    #[test]
    #[cfg(unix)]
    fn another_file_of_the_same_length_and_time_is_another_file() {
        for replaced in [true, false] {
            let setting = Setting::new();
            let written = fs::metadata(setting.model()).unwrap().modified().unwrap();
            if replaced {
                let other = setting.folder.path().join("other");
                fs::write(&other, "abd").unwrap();
                fs::rename(&other, setting.model()).unwrap();
            } else {
                fs::write(setting.model(), "abd").unwrap();
            }
            File::options().write(true).open(setting.model()).unwrap().set_modified(written).unwrap();
            assert_eq!(setting.hashes.of(&setting.model()).unwrap(), of_bytes(b"abd"), "replaced: {replaced}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_was_just_written_is_not_cached() {
        let folder = tempfile::tempdir().unwrap();
        let hashes = Hashes::in_file(folder.path().join("sha256.json"));
        let model = folder.path().join("model");
        fs::write(&model, "abc").unwrap();
        assert_eq!(hashes.of(&model).unwrap(), ABC);
        assert_eq!(hashes.cached(&model), None);
        // A wrong entry is removed.
        hashes.insert(&model, "wrong");
        assert_eq!(hashes.compute(&model).unwrap(), ABC);
        assert_eq!(hashes.cached(&model), None);
    }

    #[test]
    fn what_cannot_be_cached_is_computed() {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("model");
        fs::write(&model, "abc").unwrap();
        // Its folder is a file.
        for hashes in [Hashes::none(), Hashes::in_file(model.join("sha256.json"))] {
            assert_eq!(hashes.of(&model).unwrap(), ABC);
        }
        assert!(Hashes::none().of(&folder.path().join("none")).is_err());
    }
}
