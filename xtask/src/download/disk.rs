use std::io;
use std::path::Path;

/// The bytes that this user can still write to `folder`'s file system; `u64::MAX` where the system cannot be asked.
#[cfg(unix)]
pub(super) fn free_space(folder: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(folder)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// The bytes that this user can still write to `folder`'s file system; `u64::MAX` where the system cannot be asked.
#[cfg(not(unix))]
pub(super) fn free_space(_folder: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}

/// Whether a write failed for want of room: the disk, the user's quota or the process' file size limit.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}
