//! A process's memory, on systems that report it (proc(5)).
use std::fs;

/// The most bytes that a process has held at once; `process` is its number, or `self`.
pub fn peak(process: &str) -> Option<f64> {
    status(process, "VmHWM:")
}

/// The bytes that a process holds now.
pub fn resident(process: &str) -> Option<f64> {
    status(process, "VmRSS:")
}

/// The bytes that a process holds now and that are no file's, which the system could only take by ending it.
pub fn own(process: &str) -> Option<f64> {
    status(process, "RssAnon:")
}

/// Bytes by which this process grows at its peak while `f` runs.
///
/// # Errors
/// Those of `f`.
pub fn growth<E>(f: impl FnOnce() -> Result<(), E>) -> Result<Option<f64>, E> {
    // 5 resets the high-water mark.
    let reset = fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = resident("self");
    f()?;
    Ok(before.zip(peak("self")).filter(|_| reset).map(|(before, peak)| peak - before))
}

/// A line of a process' status, in bytes.
fn status(process: &str, key: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024.0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_for_a_while_is_seen() {
        let grown = growth(|| {
            std::hint::black_box(vec![1_u8; 64 << 20]);
            Ok::<(), ()>(())
        });
        assert!(grown.unwrap().unwrap() > 60e6, "{grown:?}");
        assert!(peak("self").unwrap() > 64e6);
        assert_eq!(peak("no such process"), None);
        assert!(own("self").unwrap() > 0.0 && own("self") <= peak("self"));
    }
}
