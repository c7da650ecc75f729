use std::{
    fs,
    io::Write,
    path::Path,
    process,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    thread,
};

use crate::{error::Error, figure::Figure};

/// Saves several figures at once, each as [`Figure::save`] does, on all cores.
///
/// At most one figure per core is held in memory as pixels.
///
/// # Errors
/// The first figure's that fails, in the order given. The others are written nevertheless.
pub fn save_all<P: AsRef<Path> + Sync>(figures: &[(P, Figure)]) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(None);
    let work = || {
        while let Some((index, (path, figure))) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            figures.get(index).map(|job| (index, job))
        } {
            if let Err(error) = figure.save(path) {
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                if failed.as_ref().is_none_or(|(first, _)| index < *first) {
                    *failed = Some((index, error));
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(figures.len());
    thread::scope(|scope| {
        // This thread works too.
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.map_or(Ok(()), |(_, error)| Err(error))
}

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
