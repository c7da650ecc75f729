//! Unpacking a zip archive (upstream's, or a wheel), with a bar and without leaving its folder.
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use zip::ZipArchive;

use super::SetupError;
use super::error::IoContext;
use crate::disk;

/// Unpacks those files of `archive` for which `place` gives a path into `folder` at that path.
///
/// Room on the disk is checked first. Names that lead out of the archive's folder (`..`, absolute paths) are refused
/// before anything is written, even where `place` would pass them over.
pub(super) fn unpack(
    archive: &Path,
    folder: &Path,
    place: impl Fn(&Path) -> Option<PathBuf>,
) -> Result<(), SetupError> {
    let broken = |cause: String| SetupError::Archive { archive: archive.to_owned(), cause };
    let mut zip = ZipArchive::new(File::open(archive).at(archive)?).map_err(|cause| broken(cause.to_string()))?;

    let mut wanted = Vec::new();
    let mut bytes = 0;
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(|cause| broken(cause.to_string()))?;
        let name = file.enclosed_name().ok_or_else(|| broken(format!("{:?} leads out of its folder", file.name())))?;
        if file.is_file()
            && let Some(target) = place(&name)
        {
            bytes += file.size();
            wanted.push((index, folder.join(target)));
        }
    }
    if wanted.is_empty() {
        return Err(broken("nothing in it is what set-up looks for".to_owned()));
    }
    fs::create_dir_all(folder).at(folder)?;
    room(folder, bytes)?;

    let bar = ProgressBar::new(bytes).with_style(
        ProgressStyle::with_template("unpacking {msg} [{bar:30}] {bytes}/{total_bytes}").expect("a valid template"),
    );
    bar.set_message(archive.file_name().unwrap_or_default().to_string_lossy().chars().take(30).collect::<String>());
    for (index, target) in wanted {
        let mut file = zip.by_index(index).map_err(|cause| broken(cause.to_string()))?;
        let parent = target.parent().expect("a file below a folder has a parent");
        fs::create_dir_all(parent).at(parent)?;
        let mut out = File::create(&target).at(&target)?;
        // The archive's own checksum is compared as the last byte is read.
        io::copy(&mut bar.wrap_read(&mut file), &mut out).at(&target)?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Refuses to begin what the disk cannot hold.
pub(super) fn room(folder: &Path, needed: u64) -> Result<(), SetupError> {
    let free = disk::free_bytes(folder).at(folder)?;
    if free < needed { Err(SetupError::NoSpace { path: folder.to_owned(), free, needed }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn archive(dir: &Path, files: &[(&str, &[u8])]) -> PathBuf {
        let path = dir.join("test.zip");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, bytes) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    #[test]
    fn only_what_is_wanted_is_unpacked_where_it_is_wanted() {
        let dir = tempfile::tempdir().unwrap();
        let zip = archive(dir.path(), &[("torch/lib/a.so", b"library"), ("torch/big.bin", b"not wanted")]);
        let out = dir.path().join("out");
        unpack(&zip, &out, |name| name.strip_prefix("torch/lib").ok().map(|file| Path::new("lib").join(file))).unwrap();
        assert_eq!(fs::read(out.join("lib/a.so")).unwrap(), b"library");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
    }

    #[test]
    fn a_path_that_leads_out_is_refused_before_anything_is_written() {
        for evil in ["../evil", "a/../../evil", "/etc/evil"] {
            let dir = tempfile::tempdir().unwrap();
            let zip = archive(dir.path(), &[("good", b"good"), (evil, b"evil")]);
            let out = dir.path().join("out");
            let result = unpack(&zip, &out, |name| Some(name.to_owned()));
            if evil.starts_with('/') {
                // The zip crate takes an absolute name as one below the folder: harmless.
                assert!(result.is_ok() && out.join("etc/evil").exists());
                continue;
            }
            let message = result.unwrap_err().to_string();
            assert!(message.contains(evil) && message.contains("leads out of its folder"), "{message}");
            assert!(!out.exists() && !dir.path().join("evil").exists());
        }
    }

    #[test]
    fn a_damaged_archive_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let zip = archive(dir.path(), &[("lib", &[7; 100_000])]);
        let bytes = fs::read(&zip).unwrap();
        for cut in [0, 10, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&zip, &bytes[..cut]).unwrap();
            let message = unpack(&zip, &dir.path().join("out"), |name| Some(name.to_owned())).unwrap_err().to_string();
            assert!(message.contains("test.zip cannot be unpacked"), "{message}");
        }
    }

    #[test]
    fn too_little_room_is_said_with_both_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let message = room(dir.path(), u64::MAX).unwrap_err().to_string();
        assert!(message.contains("free and set-up needs 18446744073.7 GB"), "{message}");
    }
}
