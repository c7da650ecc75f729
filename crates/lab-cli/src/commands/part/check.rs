//! `lab part --check`: this run's files against those of a folder.

use std::{collections::BTreeMap, fs, path::Path};

use lab::{
    Context, Error,
    check::{self, DIFFERENCE, Row},
    printable,
    text::{Kind, Line},
};

use crate::{terminal, write};

/// Refuses, before anything is computed, a folder that is not there, and one that this run would overwrite.
pub(super) fn refuse(folder: &Path, out: &Path, bless: bool) -> Result<(), Error> {
    if !bless && !folder.is_dir() {
        return Err(Error::NothingToCheck { folder: folder.to_owned() });
    }
    let same =
        folder == out || folder.canonicalize().is_ok_and(|folder| out.canonicalize().is_ok_and(|out| folder == out));
    if same { Err(Error::ChecksItself { folder: folder.to_owned() }) } else { Ok(()) }
}

/// Writes this run's files into `out`, with a picture of the difference beside each picture that has changed, and
/// prints each file's result. With `bless`, changed files are copied into the folder.
///
/// # Errors
/// [`Error::Changed`] if anything has changed and is not blessed; errors of reading and writing files.
pub(super) fn run(
    files: &BTreeMap<String, Vec<u8>>,
    folder: &Path,
    out: &Path,
    bless: bool,
    context: &Context,
) -> Result<(), Error> {
    context.progress.step("comparing");
    let rows = context.timings.time("compare", || check::compare(folder, files))?;
    write::files(out, files)?;
    for Row { file, difference, .. } in &rows {
        let path = out.join(file).with_extension(DIFFERENCE);
        match difference {
            Some(picture) => write::file(&path, picture)?,
            // That of an earlier run, if there is one.
            None if file.ends_with(".png") => drop(fs::remove_file(path)),
            None => {}
        }
    }
    let width = rows.iter().map(|row| row.file.chars().count()).max().unwrap_or(0);
    let mut lines: Vec<Line> = rows.iter().map(|row| line(row, width)).collect();
    let changed: Vec<&Row> = rows.iter().filter(|row| !row.passed).collect();
    let shown = printable(&folder.to_string_lossy()).into_owned();
    if changed.is_empty() {
        lines.push(Line::new(Kind::Note, format!("{} files in {shown} are what the program draws", rows.len())));
    } else if bless {
        // All of them: they belong to one run, and the page embeds the pictures.
        write::files(folder, files)?;
        for Row { file, .. } in changed.iter().filter(|row| !files.contains_key(&row.file)) {
            let path = folder.join(file);
            fs::remove_file(&path).map_err(|source| Error::Unwritable { path, source })?;
        }
        let note = format!("{} of {} files had changed; {shown} is what the program draws", changed.len(), rows.len());
        lines.push(Line::new(Kind::Note, note));
    }
    terminal::print_lines(&lines, context)?;
    if changed.is_empty() || bless {
        return Ok(());
    }
    Err(Error::Changed {
        files: changed.iter().map(|row| row.file.clone()).collect(),
        of: rows.len(),
        folder: folder.to_owned(),
        out: out.to_owned(),
    })
}

fn line(Row { file, passed, verdict, .. }: &Row, width: usize) -> Line {
    let mark = if *passed { "ok     " } else { "CHANGED" };
    Line::new(Kind::Note, format!("{mark} {:width$}  {}", printable(file), printable(verdict)))
}
