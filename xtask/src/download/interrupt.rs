//! What signals do to a download.
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use crate::disk::human;

static RUNNING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static HANDLER: Once = Once::new();

/// While this lives, Ctrl-C (or SIGTERM, SIGHUP) says that the part is kept, then ends the process with status 130.
pub(super) struct Watch(PathBuf);

impl Watch {
    pub(super) fn new(part: &Path) -> Self {
        HANDLER.call_once(|| {
            // If the program has a handler of its own, that one stays: the part is kept all the same.
            let _ = ctrlc::try_set_handler(|| {
                for part in running().iter() {
                    let kept = std::fs::metadata(part).map_or(0, |metadata| metadata.len());
                    let part = part.display();
                    eprintln!("\ninterrupted: {} are kept in {part}; run again to resume", human(kept));
                }
                std::process::exit(130);
            });
        });
        running().push(part.into());
        Self(part.into())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut running = running();
        if let Some(at) = running.iter().position(|part| *part == self.0) {
            running.swap_remove(at);
        }
    }
}

fn running() -> MutexGuard<'static, Vec<PathBuf>> {
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
