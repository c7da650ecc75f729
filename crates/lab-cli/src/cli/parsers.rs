//! Value parsers for clap: a word becomes a value, or an error that states what is accepted.

use std::ops::RangeInclusive;

use lab::print::thousands;
use softmax_core::{Order, Temperature};

/// A temperature above 0.
pub(super) fn temperature(text: &str) -> Result<Temperature, String> {
    let value = number(text, |t| t.is_finite() && t > 0.0, "a temperature above 0, such as 0.7")?;
    Temperature::new(value).map_err(|e| e.to_string())
}

/// One of several temperatures with commas between them.
pub(super) fn one_temperature(text: &str) -> Result<Temperature, String> {
    let several = "; a comma separates temperatures, and a decimal point is a point: 0.7,1.3";
    temperature(text).map_err(|problem| format!("{problem}{several}"))
}

/// The temperature of `lab generate`; the error for 0 names `--greedy`.
pub(super) fn sampling_temperature(text: &str) -> Result<Temperature, String> {
    let is_zero = text.trim().parse() == Ok(0.0_f64);
    temperature(text).map_err(|problem| match is_zero {
        true => format!("{problem}; for the most probable token use --greedy"),
        false => problem,
    })
}

/// A whole number, 0 or more.
pub(super) fn whole<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    let text = text.trim();
    text.parse().map_err(|_| match text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        true => "give a smaller number".to_owned(),
        false => "give a whole number, 0 or more".to_owned(),
    })
}

/// A whole number, 1 or more. An upper bound that depends on the model is checked once the model is known.
pub(super) fn count(text: &str) -> Result<usize, String> {
    text.trim().parse().ok().filter(|&n| n > 0).ok_or_else(|| "give a whole number, 1 or more".to_owned())
}

pub(super) fn dpi(text: &str) -> Result<u32, String> {
    within(text, 20..=1200).map(|dpi| dpi as u32)
}

#[cfg(feature = "serve")]
pub(super) fn port(text: &str) -> Result<u16, String> {
    let port = text.trim().parse();
    port.map_err(|_| format!("give a port from 1 to {}, or 0 for a free one", thousands(u16::MAX.into())))
}

pub(super) fn token_id(text: &str) -> Result<u32, String> {
    let id = text.trim().parse();
    id.map_err(|_| "give token ids as whole numbers, 0 or more, with commas between them: 464,3290".to_owned())
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    number(text, |p| p > 0.0 && p <= 1.0, "a number above 0, up to 1")
}

pub(super) fn min_p(text: &str) -> Result<f64, String> {
    number(text, |p| (0.0..=1.0).contains(&p), "a number from 0 to 1")
}

pub(super) fn penalty(text: &str) -> Result<f64, String> {
    number(text, |x| x.is_finite() && x > 0.0, "a number above 0, such as 1.2")
}

pub(super) fn order(text: &str) -> Result<Order, String> {
    text.parse().map_err(|_| "give transformers or llama.cpp".to_owned())
}

fn within(text: &str, range: RangeInclusive<u64>) -> Result<u64, String> {
    let (first, last) = (thousands(*range.start()), thousands(*range.end()));
    let n = text.trim().parse().ok().filter(|n| range.contains(n));
    n.ok_or_else(|| format!("give a whole number from {first} to {last}"))
}

/// A number for which `accepts` is true; `what` describes those numbers in the error.
fn number(text: &str, accepts: impl Fn(f64) -> bool, what: &str) -> Result<f64, String> {
    let text = text.trim();
    if let Some(value) = text.parse().ok().filter(|&x| accepts(x)) {
        return Ok(value);
    }
    let with_point = text.replacen(',', ".", 1);
    Err(match with_point != text && with_point.parse::<f64>().is_ok() {
        true => format!("write {with_point}, with a decimal point; give {what}"),
        false => format!("give {what}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<T: std::fmt::Debug>(result: Result<T, String>) -> String {
        result.unwrap_err()
    }

    #[test]
    fn a_range_reads_as_people_write_it() {
        for given in ["0", "-1", "60000", "ten", "1.5", ""] {
            assert_eq!(refused(dpi(given)), "give a whole number from 20 to 1,200", "{given}");
        }
        for given in ["0", "-1", "ten", "1.5", ""] {
            assert_eq!(refused(count(given)), "give a whole number, 1 or more", "{given}");
        }
        assert_eq!(refused(whole::<u64>("-1")), "give a whole number, 0 or more");
        assert_eq!(refused(whole::<u64>("18446744073709551616")), "give a smaller number");
        for given in ["0", "1.5", "nan", "-inf"] {
            assert_eq!(refused(share(given)), "give a number above 0, up to 1", "{given}");
        }
        assert_eq!(refused(min_p("-0.1")), "give a number from 0 to 1");
        assert_eq!(refused(penalty("inf")), "give a number above 0, such as 1.2");
        assert_eq!((count(" 50257 "), dpi("20")), (Ok(50_257), Ok(20)));
        assert_eq!((share("1"), min_p("0"), whole::<u64>("18446744073709551615")), (Ok(1.0), Ok(0.0), Ok(u64::MAX)));
    }

    #[cfg(feature = "serve")]
    #[test]
    fn a_port_may_be_any_free_one() {
        assert_eq!(refused(port("65536")), "give a port from 1 to 65,535, or 0 for a free one");
        assert_eq!(port("0"), Ok(0));
    }

    #[test]
    fn a_decimal_comma_and_the_temperature_0_get_the_way_out() {
        let below = "give a temperature above 0, such as 0.7";
        assert_eq!(refused(temperature("0")), below);
        assert_eq!(refused(sampling_temperature("0.0")), format!("{below}; for the most probable token use --greedy"));
        assert_eq!(refused(sampling_temperature("-1")), below);
        assert_eq!(refused(temperature("0,5")), format!("write 0.5, with a decimal point; {below}"));
        assert_eq!(refused(share("0,9")), "write 0.9, with a decimal point; give a number above 0, up to 1");
        assert!(
            refused(one_temperature("0"))
                .ends_with("a comma separates temperatures, and a decimal point is a point: 0.7,1.3")
        );
        assert_eq!(temperature(" 0.5"), Ok(Temperature::new(0.5).unwrap()));
        // Smaller than any number but 0.
        assert_eq!(refused(temperature("1e-400")), below);
    }
}
