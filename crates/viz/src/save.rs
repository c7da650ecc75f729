use std::{
    fs,
    io::Write,
    path::Path,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::error::Error;

/// Writes a file that is either there as a whole or not at all: under another name in the same folder, then renamed.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    // Several threads may write the same figure.
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let Some(name) = path.file_name() else {
        return Err(failed(std::io::ErrorKind::InvalidInput.into()));
    };
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}-{}.tmp", process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let temporary = path.with_file_name(temporary);
    let written = fs::File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&temporary, path));
    written.map_err(|source| {
        // What is left of it is of no use; that it cannot be removed is not what went wrong.
        let _ = fs::remove_file(&temporary);
        failed(source)
    })
}
