//! What signals do to a download.
use std::{
    fs,
    path::{Path, PathBuf},
    process::exit,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use crate::disk::human;

static RUNNING: Mutex<Option<PathBuf>> = Mutex::new(None);
static HANDLER: Once = Once::new();

/// From now on Ctrl-C (or SIGTERM, SIGHUP) says that this part is kept, then ends the process with status 130.
pub(super) fn watch(part: Option<&Path>) {
    HANDLER.call_once(|| {
        // If the program has a handler of its own, that one stays: the part is kept all the same.
        let _ = ctrlc::try_set_handler(|| {
            if let Some(part) = &*running() {
                let kept = human(fs::metadata(part).map_or(0, |metadata| metadata.len()));
                eprintln!("\ninterrupted: {kept} are kept in {}; run again to resume", part.display());
            }
            exit(130);
        });
    });
    *running() = part.map(Path::to_owned);
}

fn running() -> MutexGuard<'static, Option<PathBuf>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has a write beyond the process' file size limit (`ulimit -f`) fail, where its signal would end the process.
pub(crate) fn survive_file_limit() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal::SIGXFSZ};
        // If it cannot be blocked, a limit ends the process without a message, and the part is kept.
        let _ = SigSet::from(SIGXFSZ).thread_block();
    }
}
