//! Room on the disk, asked before it is needed.
use std::io;
use std::path::Path;

/// The bytes that this user can still write on the file system of `path`, which must exist.
///
/// # Errors
/// The operating system's, for instance if `path` does not exist.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    fs4::available_space(path)
}

/// `bytes` as a reader says it, in decimal units: `527 MB`, `3.2 GB`.
pub fn human(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!(human(999), "999 bytes");
        assert_eq!(human(456_318), "456 kB");
        assert_eq!(human(526_605_292), "527 MB");
        assert_eq!(human(3_247_159_078), "3.2 GB");
    }

    #[test]
    fn a_folder_has_room_and_a_missing_one_is_an_error() {
        assert!(free_bytes(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap() > 0);
        assert!(free_bytes(Path::new("/no/such/folder")).is_err());
    }
}
