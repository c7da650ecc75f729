//! The header `Retry-After`: when to retry a request.
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time to wait from `now`, of a number of seconds or of a date as HTTP writes it (RFC 9110, sections 10.2.3 and
/// 5.6.7). None for what is neither.
pub(super) fn parse(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = UNIX_EPOCH + Duration::from_secs(date(text.trim())?);
    Some(date.duration_since(now).unwrap_or_default())
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` in seconds since 1970. Of the three forms it is the one that servers may write.
fn date(text: &str) -> Option<u64> {
    let words: Vec<&str> = text.split_once(", ")?.1.split(' ').collect();
    let [day, month, year, time, "GMT"] = words[..] else { return None };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == month)?;
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    let clock = time.split(':').map(|part| part.parse().ok().filter(|&n| n <= 60)).collect::<Option<Vec<u64>>>()?;
    let [hours, minutes, seconds] = clock[..] else { return None };
    if !(1970..10_000).contains(&year) || !(1..=31).contains(&day) {
        return None;
    }
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days_of_years: u64 = (1970..year).map(|year| 365 + u64::from(is_leap(year))).sum();
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days = days_of_years + lengths[..month].iter().sum::<u64>() + day - 1;
    Some(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_nothing_else() {
        // The RFC's own example; its seconds are `date -d '1994-11-06 08:49:37 UTC' +%s`, likewise the leap day's.
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777 - 120);
        for (text, wanted) in [
            ("120", Some(120)),
            ("0", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(120)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Thu, 29 Feb 2024 23:59:59 GMT", Some(1_709_251_199 - 784_111_657)),
            ("soon", None),
            ("-1", None),
            ("Sun, 06 Nov 1994 08:49 GMT", None),
            ("Sun, 99 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 99999999999999 08:49:37 GMT", None),
        ] {
            assert_eq!(parse(text, now), wanted.map(Duration::from_secs), "{text}");
        }
    }
}
