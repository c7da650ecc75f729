//! Unpacking a zip archive (upstream's, or a wheel), with a bar and without leaving its folder.
use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use fs_err::{self as fs, File};
use zip::ZipArchive;

use crate::{
    disk::{self, human},
    steps,
};

/// Unpacks those files of `archive` for which `place` gives a path into `folder` at that path.
///
/// The free disk space is checked first. Names that lead out of the archive's folder (`..`, absolute paths) are refused
/// before anything is written, even where `place` would pass them over.
pub(super) fn unpack(archive: &Path, folder: &Path, place: impl Fn(&Path) -> Option<PathBuf>) -> Result<()> {
    extract(archive, folder, place).with_context(|| format!("{} cannot be unpacked; delete it", archive.display()))
}

fn extract(archive: &Path, folder: &Path, place: impl Fn(&Path) -> Option<PathBuf>) -> Result<()> {
    let mut zip = ZipArchive::new(File::open(archive)?)?;
    let (mut wanted, mut bytes) = (Vec::new(), 0);
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index)?;
        let name = file.enclosed_name().with_context(|| format!("{:?} leads out of its folder", file.name()))?;
        if let Some(target) = place(&name).filter(|_| file.is_file()) {
            bytes += file.size();
            wanted.push((index, folder.join(target)));
        }
    }
    ensure!(!wanted.is_empty(), "nothing in it is what set-up looks for");
    fs::create_dir_all(folder)?;
    check_free_space(folder, bytes)?;

    let bar = steps::bar(bytes, "{bar:12} {decimal_bytes}/{decimal_total_bytes} unpacked");
    for (index, target) in wanted {
        let mut file = zip.by_index(index)?;
        fs::create_dir_all(target.parent().context("a file below a folder has a parent")?)?;
        // The archive's own checksum is compared as the last byte is read.
        io::copy(&mut bar.wrap_read(&mut file), &mut File::create(target)?)?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// An error if the disk has less free space than needed.
pub(super) fn check_free_space(folder: &Path, needed: u64) -> Result<()> {
    let free = disk::free_bytes(folder)?;
    ensure!(
        free >= needed,
        "{} has {} free and set-up needs {}: free some space there, or name a libtorch on another disk",
        folder.display(),
        human(free),
        human(needed)
    );
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    /// An archive with these files.
    pub(in super::super) fn archive(path: &Path, files: &[(&str, &[u8])]) -> PathBuf {
        let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
        for (name, bytes) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        path.to_owned()
    }

    #[test]
    fn a_path_that_leads_out_is_refused_before_anything_is_written() {
        for evil in ["../evil", "a/../../evil"] {
            let dir = tempfile::tempdir().unwrap();
            let zip = archive(&dir.path().join("test.zip"), &[("good", b"good"), (evil, b"evil")]);
            let out = dir.path().join("out");
            let message = format!("{:#}", unpack(&zip, &out, |name| Some(name.to_owned())).unwrap_err());
            assert!(message.contains(evil) && message.contains("leads out of its folder"), "{message}");
            assert!(!out.exists() && !dir.path().join("evil").exists());
        }
    }

    #[test]
    fn a_damaged_archive_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let zip = archive(&dir.path().join("test.zip"), &[("lib", &[7; 100_000])]);
        let bytes = fs::read(&zip).unwrap();
        for cut in [0, 10, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&zip, &bytes[..cut]).unwrap();
            let error = unpack(&zip, &dir.path().join("out"), |name| Some(name.to_owned())).unwrap_err();
            assert!(format!("{error:#}").contains("test.zip cannot be unpacked"), "{error:#}");
        }
    }

    #[test]
    fn too_little_space_is_reported_with_both_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let message = check_free_space(dir.path(), u64::MAX).unwrap_err().to_string();
        assert!(message.contains("free and set-up needs 18446744073.7 GB"), "{message}");
    }
}
