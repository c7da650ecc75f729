//! Compares figures and reports with a new run: words and whole numbers exactly, decimal numbers and pixels within a
//! tolerance, since they differ between CPUs.

mod picture;
mod text;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};

use picture::{Difference, Picture};

use crate::Error;

/// The end of the name of a picture that shows a difference.
pub const DIFFERENCE: &str = "difference.png";

/// The result for one file.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub file: String,
    /// Whether it is the same, within the tolerance between CPUs.
    pub passed: bool,
    /// In which way.
    pub verdict: String,
    /// For a picture that has changed: a PNG that shows where.
    pub difference: Option<Vec<u8>>,
}

/// Compares the `fresh` files, by name, with those of a folder. A file that only one side has fails, except hidden
/// files and the pictures of differences.
///
/// # Errors
/// If the folder or a file in it cannot be read.
pub fn compare(folder: &Path, fresh: &BTreeMap<String, Vec<u8>>) -> Result<Vec<Row>, Error> {
    let old = files(folder)?;
    let names: BTreeSet<&String> = old.iter().chain(fresh.keys()).collect();
    let row = |file: &String| {
        let (passed, verdict, difference) = match (old.contains(file), fresh.get(file)) {
            (true, Some(new)) => {
                let path = folder.join(file);
                let old = fs::read(&path).map_err(|source| Error::Read { path, source })?;
                if old == *new {
                    (true, "equal".to_owned(), None)
                } else if file.ends_with(".png") {
                    pictures(&old, new)
                } else {
                    // The pictures of a page are those of the other files; an SVG's layers are nowhere else.
                    let layers = if file.ends_with(".svg") { layers(&old, new) } else { Ok(()) };
                    let (passed, verdict) = layers.map_or_else(|what| (false, what), |()| texts(&old, new));
                    (passed, verdict, None)
                }
            }
            (true, None) => (false, "no longer written".to_owned(), None),
            (false, _) => (false, format!("not in {} yet", folder.display()), None),
        };
        Ok(Row { file: file.clone(), passed, verdict, difference })
    };
    names.into_iter().map(row).collect()
}

/// The names in a folder; empty if it does not exist.
fn files(folder: &Path) -> Result<BTreeSet<String>, Error> {
    if !folder.exists() {
        return Ok(BTreeSet::new());
    }
    let unreadable = |source| Error::Read { path: folder.to_owned(), source };
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !name.ends_with(DIFFERENCE) {
            names.insert(name);
        }
    }
    Ok(names)
}

fn pictures(old: &[u8], new: &[u8]) -> (bool, String, Option<Vec<u8>>) {
    let (old, new) = match (Picture::decode(old), Picture::decode(new)) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(problem), _) | (_, Err(problem)) => return (false, format!("not a picture of the lab: {problem}"), None),
    };
    let Some(difference) = old.difference(&new) else { return (false, "another size".to_owned(), None) };
    if difference.changed == 0.0 {
        return (true, "equal".to_owned(), None);
    }
    let passed = difference.is_within(&Difference::TOLERANCE);
    let shown = if passed { None } else { old.show_difference(&new).encode().ok() };
    let Difference { changed, strange, max_channel } = difference;
    let (changed, strange) = (100.0 * changed, 100.0 * strange);
    let verdict = if strange == 0.0 {
        format!("{changed:.4} % of the pixels differ, all within the range of the pixels around them")
    } else {
        format!(
            "{changed:.4} % of the pixels differ, {strange:.4} % beyond those around them by up to {max_channel} of 255"
        )
    };
    (passed, verdict, shown)
}

/// Compares the pictures embedded in two SVGs; an error describes the difference.
fn layers(old: &[u8], new: &[u8]) -> Result<(), String> {
    let pictures = |svg: &[u8]| -> Vec<_> {
        let svg = String::from_utf8_lossy(svg);
        let encoded = svg.split("data:image/png;base64,").skip(1).filter_map(|rest| rest.split('"').next());
        encoded.map(|encoded| Picture::decode(&BASE64_STANDARD.decode(encoded).unwrap_or_default())).collect()
    };
    let (old, new) = (pictures(old), pictures(new));
    if old.len() != new.len() {
        return Err(format!("layers of pixels were {} and are {}", old.len(), new.len()));
    }
    for (n, (old, new)) in (1..).zip(old.iter().zip(&new)) {
        let difference = match (old, new) {
            (Ok(old), Ok(new)) => old.difference(new).ok_or_else(|| format!("layer {n} has another size"))?,
            _ => return Err(format!("layer {n} is not a picture of the lab")),
        };
        if !difference.is_within(&Difference::TOLERANCE) {
            return Err(format!("{:.4} % of the pixels of layer {n} differ", 100.0 * difference.changed));
        }
    }
    Ok(())
}

fn texts(old: &[u8], new: &[u8]) -> (bool, String) {
    match text::compare(&String::from_utf8_lossy(old), &String::from_utf8_lossy(new)) {
        Ok(0) => (true, "equal but for the bytes of pictures".to_owned()),
        Ok(1) => (true, "1 number differs in its last digits".to_owned()),
        Ok(count) => (true, format!("{count} numbers differ in their last digits")),
        Err(what) => (false, what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_gets_its_verdict() {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("same.txt", "a"),
            ("report.json", "0.5 night"),
            ("gone.txt", ""),
            ("digits.txt", "0.5"),
            ("broken.png", "old"),
            (".gitkeep", ""),
            ("x.difference.png", ""),
        ] {
            fs::write(folder.path().join(file), text).unwrap();
        }
        let fresh = [
            ("same.txt", "a"),
            ("report.json", "0.5 day"),
            ("new.txt", ""),
            ("digits.txt", "0.6"),
            ("broken.png", "new"),
        ];
        let fresh = fresh.map(|(file, text)| (file.to_owned(), text.as_bytes().to_vec())).into();
        let rows = compare(folder.path(), &fresh).unwrap();
        let verdicts: Vec<_> = rows.iter().map(|row| (row.file.as_str(), row.passed)).collect();
        let expected = [
            ("broken.png", false),
            ("digits.txt", true),
            ("gone.txt", false),
            ("new.txt", false),
            ("report.json", false),
            ("same.txt", true),
        ];
        assert_eq!(verdicts, expected);
        assert_eq!(rows[1].verdict, "1 number differs in its last digits");
        assert_eq!(rows[4].verdict, r#"line 1 was "0.5 night" and is "0.5 day""#);
    }

    #[test]
    fn the_pixels_of_an_svg_are_compared() {
        let svg = |color, alpha: u8| {
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, 10, 10);
            encoder.set_color(png::ColorType::Rgba);
            let pixels = [color, 0, 0, alpha].repeat(100);
            encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
            let encoded = BASE64_STANDARD.encode(bytes);
            format!("<image href=\"data:image/png;base64,{encoded}\"/>").into_bytes()
        };
        let one = svg(200, 255);
        assert_eq!(layers(&one, &one), Ok(()));
        assert_eq!(texts(&one, &svg(100, 255)), (true, "equal but for the bytes of pictures".to_owned()));
        for other in [svg(100, 255), svg(200, 128)] {
            assert_eq!(layers(&one, &other), Err("100.0000 % of the pixels of layer 1 differ".to_owned()));
        }
        // A fully transparent pixel has no colour.
        assert_eq!(layers(&svg(200, 0), &svg(100, 0)), Ok(()));
        assert_eq!(layers(&one, b"<svg/>"), Err("layers of pixels were 1 and are 0".to_owned()));
        assert!(layers(&one, b"data:image/png;base64,AAAA\"").is_err());
    }
}
