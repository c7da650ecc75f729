//! `cargo xtask figures --check`: do the figures in the repository still come out of the program?
use std::{collections::BTreeSet, path::Path};

use anyhow::Result;
use fs_err as fs;

use super::{
    picture::{Difference, Picture},
    text,
};

/// What became of one file.
pub(super) struct Row {
    pub(super) file: String,
    pub(super) passed: bool,
    pub(super) verdict: String,
}

/// Compares every file of `fresh` with the one of its name in `reference`; a file that only one of them has fails.
///
/// For a picture that fails, `NAME.difference.png` is written to `fresh`, beside the new picture.
pub(super) fn compare(reference: &Path, fresh: &Path) -> Result<Vec<Row>> {
    let (old, new) = (files(reference)?, files(fresh)?);
    let mut rows = Vec::new();
    for file in old.union(&new) {
        let (passed, verdict) = match (old.contains(file), new.contains(file)) {
            (true, true) if file.ends_with(".png") => pictures(&reference.join(file), &fresh.join(file))?,
            (true, true) => texts(&reference.join(file), &fresh.join(file))?,
            (true, false) => (false, "no longer written".to_owned()),
            (false, _) => (false, "not in the repository yet".to_owned()),
        };
        rows.push(Row { file: file.clone(), passed, verdict });
    }
    Ok(rows)
}

/// The names of the files in a folder; none if there is no such folder.
fn files(folder: &Path) -> Result<BTreeSet<String>> {
    if !folder.exists() {
        return Ok(BTreeSet::new());
    }
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".difference.png") {
            names.insert(name);
        }
    }
    Ok(names)
}

fn pictures(reference: &Path, fresh: &Path) -> Result<(bool, String)> {
    let (old, new) = (Picture::read(reference)?, Picture::read(fresh)?);
    let Some(difference) = old.difference(&new) else { return Ok((false, "another size".to_owned())) };
    if difference.changed == 0.0 {
        return Ok((true, "equal".to_owned()));
    }
    let passed = difference.is_within(&Difference::TOLERANCE);
    if !passed {
        old.show_difference(&new).write(&fresh.with_extension("difference.png"))?;
    }
    let Difference { changed, strange, max_channel } = difference;
    let (changed, strange) = (100.0 * changed, 100.0 * strange);
    let verdict = if strange == 0.0 {
        format!("{changed:.4} % of the pixels differ, all within the range of the pixels around them")
    } else {
        format!(
            "{changed:.4} % of the pixels differ, {strange:.4} % beyond those around them by up to {max_channel} of 255"
        )
    };
    Ok((passed, verdict))
}

fn texts(reference: &Path, fresh: &Path) -> Result<(bool, String)> {
    let (old, new) = (fs::read_to_string(reference)?, fs::read_to_string(fresh)?);
    Ok(match text::compare(&old, &new) {
        Ok(_) if old == new => (true, "equal".to_owned()),
        Ok(0) => (true, "equal but for the bytes of pictures".to_owned()),
        Ok(count) => (true, format!("{count} numbers differ in their last digits")),
        Err(what) => (false, what),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_gets_its_verdict() {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (folder, file, text) in [
            (&old, "same.txt", "a"),
            (&new, "same.txt", "a"),
            (&old, "report.json", "0.5 night"),
            (&new, "report.json", "0.5 day"),
            (&old, "gone.txt", ""),
            (&new, "new.txt", ""),
        ] {
            fs::write(folder.path().join(file), text).unwrap();
        }
        let rows = compare(old.path(), new.path()).unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.file.as_str(), row.passed)).collect();
        assert_eq!(told, [("gone.txt", false), ("new.txt", false), ("report.json", false), ("same.txt", true)]);
        assert_eq!(rows[2].verdict, r#"line 1 was "0.5 night" and is "0.5 day""#);
    }
}
