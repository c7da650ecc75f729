use std::{
    collections::BTreeMap,
    fs::{self, File, Metadata},
    io::{self, Read},
    path::Path,
    time::UNIX_EPOCH,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Error, place, write};

/// sha256 in hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// sha256 of a file, in hexadecimal. What was computed once is remembered in the user's cache folder until the file's
/// size or one of its times changes: a model's weights take a second.
pub(super) fn sha256_file(path: &Path) -> Result<String, Error> {
    match place::cache() {
        Some(folder) => remembered(path, &folder.join("sha256.json")),
        None => computed(path),
    }
}

/// A file when it was hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    bytes: u64,
    /// When it was written last, in nanoseconds since 1970.
    written: u128,
    /// Likewise, when its content or anything else about it was changed last, which a program cannot set.
    changed: i128,
    sha256: String,
}

/// The newest files that are remembered.
const REMEMBERED: usize = 256;

fn remembered(path: &Path, memory: &Path) -> Result<String, Error> {
    let read = |source| Error::Read { path: path.to_owned(), source };
    let now = fs::metadata(path).map_err(read)?;
    let Some(key) = fs::canonicalize(path).ok().and_then(|path| path.into_os_string().into_string().ok()) else {
        return computed(path);
    };
    // What cannot be read is of no use, and no reason to fail: it is written again.
    let known: Option<BTreeMap<String, Known>> =
        fs::read(memory).ok().and_then(|json| serde_json::from_slice(&json).ok());
    let mut known = known.unwrap_or_default();
    if let Some(known) = known.get(&key).filter(|known| **known == Known::new(&now, known.sha256.clone())) {
        return Ok(known.sha256.clone());
    }
    let sha256 = computed(path)?;
    // A file that is being written has no hash to remember.
    if fs::metadata(path).is_ok_and(|then| Known::new(&then, String::new()) == Known::new(&now, String::new())) {
        known.retain(|path, _| Path::new(path).exists());
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, Known::new(&now, sha256.clone()));
        if let Ok(json) = serde_json::to_vec(&known) {
            // A cache that cannot be written costs time and nothing else.
            let _ = write::file(memory, &json);
        }
    }
    Ok(sha256)
}

impl Known {
    fn new(file: &Metadata, sha256: String) -> Self {
        let written = file.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self { bytes: file.len(), written: written.map_or(0, |since| since.as_nanos()), changed: changed(file), sha256 }
    }
}

#[cfg(unix)]
fn changed(file: &Metadata) -> i128 {
    use std::os::unix::fs::MetadataExt;
    1_000_000_000 * i128::from(file.ctime()) + i128::from(file.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> i128 {
    0
}

fn computed(path: &Path) -> Result<String, Error> {
    let read = |source| Error::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(read)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex(&hasher.finalize())),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(read(e)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_remembered_until_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (file, memory) = (folder.path().join("model"), folder.path().join("cache/sha256.json"));
        fs::write(&file, "abc").unwrap();
        // FIPS 180-2's example.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(remembered(&file, &memory).unwrap(), abc);
        // It is the memory that answers now.
        let forged = fs::read_to_string(&memory).unwrap().replace(abc, "remembered");
        fs::write(&memory, forged).unwrap();
        assert_eq!(remembered(&file, &memory).unwrap(), "remembered");
        fs::write(&file, "abd").unwrap();
        assert_eq!(remembered(&file, &memory).unwrap(), sha256_hex(b"abd"));
        fs::write(&memory, "damaged").unwrap();
        assert_eq!(remembered(&file, &memory).unwrap(), sha256_hex(b"abd"));
        assert!(fs::read_to_string(&memory).unwrap().contains("model"));
    }
}
