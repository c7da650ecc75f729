/// `repr` of a Python float: the shortest digits that read back as `x`, `inf`, `-inf` or `nan`.
pub fn float_repr(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if x != 0.0 && !(1e-4..1e16).contains(&x.abs()) {
        return scientific(&format!("{x:e}"));
    }
    format!("{x:?}")
}

/// Python's and C's `%g`: six significant digits, no trailing zeros.
pub fn general(x: f64) -> String {
    if !x.is_finite() {
        return float_repr(x);
    }
    let rounded = format!("{x:.5e}");
    let exponent: i32 = rounded.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    if x == 0.0 || (-4..6).contains(&exponent) {
        let digits = usize::try_from(5 - exponent).unwrap_or(0);
        let fixed = format!("{x:.digits$}");
        if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.').to_owned() } else { fixed }
    } else {
        let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
        let mantissa =
            if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
        scientific(&format!("{mantissa}e{exponent}"))
    }
}

/// An integer with its thousands set apart: `3,332,928`, as Python's `:,`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// An entropy with three decimals. One that is zero but for rounding may be below zero: it is shown without a sign.
pub fn nats(entropy: f64) -> String {
    format!("{:.3}", positive(entropy))
}

/// A perplexity with three digits at least: `4.21`, `40.5`, `50,257`.
pub fn perplexity(x: f64) -> String {
    match x {
        _ if x < 9.995 => format!("{x:.2}"),
        _ if x < 999.95 => format!("{x:.1}"),
        _ if x < 1e9 => thousands(x.round() as u64),
        _ => general(x),
    }
}

/// A perplexity for display.
pub fn choices(x: f64) -> String {
    format!("{} equal choices", perplexity(x))
}

/// Clamps a value that is negative only through rounding.
pub fn positive(x: f64) -> f64 {
    if x > 0.0 { x } else { 0.0 }
}

/// Rust's `1.5e-7` as Python and C write it: `1.5e-07`, sign and two digits at least.
pub(super) fn scientific(rust: &str) -> String {
    let (mantissa, exponent) = rust.split_once('e').unwrap_or((rust, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repr_is_pythons() {
        // Typed into Python 3.12.
        let cases = [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (123456789.0, "123456789.0"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (2.5e-300, "2.5e-300"),
            (-0.0, "-0.0"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (x, expected) in cases {
            assert_eq!(float_repr(x), expected);
        }
    }

    #[test]
    fn general_is_percent_g() {
        // `'%g' % x` in Python 3.12.
        let cases = [
            (1.0, "1"),
            (0.3, "0.3"),
            (1.4, "1.4"),
            (0.0, "0"),
            (100000.0, "100000"),
            (1000000.0, "1e+06"),
            (123456.7, "123457"),
            (999999.5, "1e+06"),
            (0.0001, "0.0001"),
            (0.00001234, "1.234e-05"),
            (1234567.0, "1.23457e+06"),
            (f64::INFINITY, "inf"),
        ];
        for (x, expected) in cases {
            assert_eq!(general(x), expected, "{x}");
        }
    }

    #[test]
    fn an_entropy_of_nothing_has_no_sign() {
        assert_eq!([nats(-0.0), nats(-1e-9), nats(0.0004)], ["0.000", "0.000", "0.000"]);
        assert_eq!(nats(1.0986), "1.099");
    }

    #[test]
    fn a_perplexity_keeps_three_digits() {
        let shown = [1.0, 4.2134, 9.9949, 9.9951, 40.52, 999.9, 999.96, 50_257.0, 3e12, f64::INFINITY].map(perplexity);
        assert_eq!(shown, ["1.00", "4.21", "9.99", "10.0", "40.5", "999.9", "1,000", "50,257", "3e+12", "inf"]);
        assert_eq!(choices(40.5), "40.5 equal choices");
    }

    #[test]
    fn thousands_are_set_apart() {
        for (n, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (3332928, "3,332,928")] {
            assert_eq!(thousands(n), expected);
        }
    }
}
