use std::time::{Duration, SystemTime};

/// The longest pause of our own; a server may ask for more.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// How long to wait before try number `failures + 1`: `first` doubled each time, at most 30 s, times a random factor
/// between a half and one so that many clients do not come back at once.
pub(super) fn backoff(first: Duration, failures: u32) -> Duration {
    let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(MAX_BACKOFF);
    doubled.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// The pause that a `Retry-After` header asks for: seconds, or a date.
pub(super) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    Some(httpdate::parse_http_date(header).ok()?.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{backoff, retry_after};

    #[test]
    fn pauses_double_within_their_jitter_and_stay_bounded() {
        let first = Duration::from_secs(1);
        for failures in 1..100 {
            let full = Duration::from_secs(1 << (failures - 1).min(10)).min(Duration::from_secs(30));
            let pause = backoff(first, failures);
            assert!(pause >= full / 2 && pause <= full, "{failures}: {pause:?}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        // The date of RFC 9110, section 5.6.7, is second 784,111,777.
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
