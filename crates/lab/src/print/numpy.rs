use super::python::scientific;

/// numpy's default print options.
const PRECISION: usize = 8;
const LINE_WIDTH: usize = 75;
const THRESHOLD: usize = 1000;
const EDGE_ITEMS: usize = 3;

/// `print(x)` of a one-dimensional float64 array, as numpy 2 writes it with its default options: at most eight
/// decimals, columns aligned, lines of 75 characters, the middle left out above 1,000 values.
///
/// Mirrors `FloatingFormat` and `_formatArray` of `numpy/_core/arrayprint.py`.
pub fn numpy_vector(x: &[f64]) -> String {
    let summarised = x.len() > THRESHOLD;
    let shown: Vec<f64> = if summarised {
        x[..EDGE_ITEMS].iter().chain(&x[x.len() - EDGE_ITEMS..]).copied().collect()
    } else {
        x.to_vec()
    };
    let mut words = format_column(&shown);
    if summarised {
        words.insert(EDGE_ITEMS, "...".to_owned());
    }
    // One column is kept for the closing bracket.
    let (mut out, mut line) = (String::new(), String::from(" "));
    for (i, word) in words.iter().enumerate() {
        if line.len() + word.len() > LINE_WIDTH - 1 && line.len() > 1 {
            out.push_str(line.trim_end());
            out.push('\n');
            line = String::from(" ");
        }
        line.push_str(word);
        if i + 1 < words.len() {
            line.push(' ');
        }
    }
    out.push_str(&line);
    format!("[{}]", &out[1..])
}

/// All numbers, padded so that the decimal points are aligned.
fn format_column(x: &[f64]) -> Vec<String> {
    let finite: Vec<f64> = x.iter().copied().filter(|v| v.is_finite()).collect();
    let sizes = finite.iter().map(|v| v.abs()).filter(|&v| v != 0.0);
    let (smallest, largest) = sizes.fold((f64::INFINITY, 0.0_f64), |(lo, hi), v| (lo.min(v), hi.max(v)));
    let exponential = largest > 0.0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000.0);
    let parts: Vec<(String, String, String)> =
        finite.iter().map(|&v| if exponential { exponential_parts(v) } else { positional_parts(v) }).collect();

    let widest =
        |part: fn(&(String, String, String)) -> &String| parts.iter().map(|p| part(p).len()).max().unwrap_or(0);
    let mut left = widest(|p| &p.0);
    let (fraction, exponent_width) = (widest(|p| &p.1), widest(|p| &p.2));
    let right = fraction + exponent_width;
    if finite.len() < x.len() {
        let negative_infinity = usize::from(x.contains(&f64::NEG_INFINITY));
        left = left.max((3 + negative_infinity).saturating_sub(right + 1));
    }

    let mut finite_parts = parts.iter();
    x.iter()
        .map(|v| {
            if !v.is_finite() {
                let name = if v.is_nan() {
                    "nan"
                } else if *v > 0.0 {
                    "inf"
                } else {
                    "-inf"
                };
                return format!("{name:>width$}", width = left + right + 1);
            }
            let Some((integer, decimals, exponent)) = finite_parts.next() else { return String::new() };
            if exponential {
                let (sign, digits) = exponent.split_at(2);
                format!("{integer:>left$}.{decimals:0<fraction$}{sign}{digits:0>width$}", width = exponent_width - 2)
            } else {
                format!("{integer:>left$}.{decimals:<fraction$}")
            }
        })
        .collect()
}

/// The shortest digits that identify `v`, cut to eight decimals: (integer part, decimals, "").
fn positional_parts(v: f64) -> (String, String, String) {
    let shortest = format!("{v}");
    let decimals = shortest.split_once('.').map_or(0, |(_, d)| d.len());
    let text = if decimals > PRECISION { format!("{v:.PRECISION$}") } else { shortest };
    let (integer, decimals) = text.split_once('.').unwrap_or((&text, ""));
    (integer.to_owned(), decimals.trim_end_matches('0').to_owned(), String::new())
}

/// (integer digit, decimals, "e-07").
fn exponential_parts(v: f64) -> (String, String, String) {
    let shortest = format!("{v:e}");
    let decimals = shortest.split_once('e').and_then(|(m, _)| m.split_once('.')).map_or(0, |(_, d)| d.len());
    let text = scientific(&if decimals > PRECISION { format!("{v:.PRECISION$e}") } else { shortest });
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "+00"));
    let (integer, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    (integer.to_owned(), decimals.trim_end_matches('0').to_owned(), format!("e{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_print_as_numpy_prints_them() {
        for case in crate::print::tests::cases().floats {
            assert_eq!(numpy_vector(&case.values()), case.numpy);
        }
    }
}
