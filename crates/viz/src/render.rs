//! From a figure to PNG, SVG and files.

use std::{
    ffi::OsString,
    fs,
    io::{ErrorKind, Write},
    path::Path,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    chart::Figure,
    error::Error,
    layout,
    paint::{self, Canvas},
};

impl Figure {
    /// The figure as PNG: 8-bit RGB with its resolution.
    ///
    /// # Errors
    /// Every [`Error`] but those of files.
    pub fn to_png(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        self.painted(Canvas::of_pixels(self)?)
    }

    /// The figure as SVG: axes, texts and sparse series as vectors, dense layers as embedded PNG.
    ///
    /// # Errors
    /// Every [`Error`] but those of files.
    pub fn to_svg(&self) -> Result<String, Error> {
        self.check()?;
        let document = self.painted(Canvas::of_vectors(self)?)?;
        String::from_utf8(document).map_err(|error| Error::Draw(error.to_string()))
    }

    fn painted(&self, mut canvas: Canvas) -> Result<Vec<u8>, Error> {
        paint::paint(self, &layout::lay_out(self)?, &mut canvas)?;
        canvas.finish_figure(self)
    }

    /// Writes the figure as PNG or SVG, as the name of the file says. The file appears under its name only when it is
    /// whole; its folder must exist.
    ///
    /// # Errors
    /// [`Error::Extension`] and [`Error::Write`], and those of [`Figure::to_png`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("png") => write(path, &self.to_png()?),
            Some("svg") => write(path, self.to_svg()?.as_bytes()),
            _ => Err(Error::Extension { path: path.to_owned() }),
        }
    }
}

/// Writes a file that is either there as a whole or not at all: under another name in the same folder, then renamed.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    // Several threads may write the same figure.
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let Some(name) = path.file_name() else {
        return Err(failed(ErrorKind::InvalidInput.into()));
    };
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}-{}.tmp", process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let temporary = path.with_file_name(temporary);
    let written = fs::File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&temporary, path));
    written.map_err(|source| {
        // The partial file is useless. If removing it fails, report the first error.
        let _ = fs::remove_file(&temporary);
        failed(source)
    })
}
