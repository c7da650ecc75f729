//! Benchmarks: one measurement, the table of many, a program's run, and the memory of a process. `cargo xtask bench`
//! reads their `--json` output.

mod memory;
mod process;

pub use memory::{growth, own, peak, resident};
pub use process::{Run, run};
use serde::{Deserialize, Serialize};

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The name of the measurement.
    pub name: String,
    /// The unit of `ours`, `peer` and the spreads.
    pub unit: String,
    /// The median of our rounds.
    pub ours: f64,
    /// The median of the peer's rounds, where there is a peer.
    pub peer: Option<f64>,
    /// Ours by the peer's, round by round; the median.
    pub ratio: Option<f64>,
    /// The maximum of `ratio`, or of `ours` without a peer.
    pub target: Option<f64>,
    /// Whether it is.
    pub met: Option<bool>,
    /// The machine's limit, or the peer if the name does not state it.
    pub limit: Option<String>,
    /// The fastest and the slowest tenth of our rounds; of fewer than ten, the fastest and the slowest.
    pub ours_spread: [f64; 2],
    /// The same of the peer's.
    pub peer_spread: Option<[f64; 2]>,
}

impl Row {
    /// A row from the rounds of both sides, in the order in which they were run; of a measurement without a peer,
    /// `peer` is empty.
    pub fn new(name: impl Into<String>, unit: &str, ours: &[f64], peer: &[f64], target: Option<f64>) -> Self {
        // The median of the rounds' ratios: what disturbs a round disturbs both.
        let ratios: Vec<f64> = ours.iter().zip(peer).map(|(ours, peer)| ours / peer).collect();
        let median = quantile(ours, 0.5);
        let ratio = (!peer.is_empty()).then(|| quantile(&ratios, 0.5));
        let spread = |rounds: &[f64]| [quantile(rounds, 0.1), quantile(rounds, 0.9)];
        Self {
            name: name.into(),
            unit: unit.to_owned(),
            ours: median,
            peer: ratio.map(|_| quantile(peer, 0.5)),
            ratio,
            target,
            met: target.map(|target| ratio.unwrap_or(median) <= target),
            limit: None,
            ours_spread: spread(ours),
            peer_spread: ratio.map(|_| spread(peer)),
        }
    }

    /// The row with what the machine allows.
    pub fn limit(self, limit: impl Into<String>) -> Self {
        Self { limit: Some(limit.into()), ..self }
    }
}

/// The value below which this share of the values lies; NaN of none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1) as f64;
    sorted.get((last * share).round() as usize).copied().unwrap_or(f64::NAN)
}

/// Prints the rows as JSON, or as a table.
///
/// # Errors
/// If a row is not JSON; none of ours is.
pub fn print(rows: &[Row], json: bool) -> Result<(), serde_json::Error> {
    if json {
        println!("{}", serde_json::to_string_pretty(rows)?);
    } else {
        print!("{}", table(rows));
    }
    Ok(())
}

/// One line a row, aligned, for a terminal and for Markdown alike.
pub fn table(rows: &[Row]) -> String {
    let mut cells = vec![["what", "ours", "peer", "ratio", "target", "met", "limit"].map(str::to_owned)];
    for row in rows {
        let dash = || "–".to_owned();
        let spread = |value: f64, [least, most]: [f64; 2]| match (digits(value), digits(least), digits(most)) {
            (value, least, most) if least == most => format!("{value} {}", row.unit),
            (value, least, most) => format!("{value} {} ({least} to {most})", row.unit),
        };
        let target = row.target.map(|target| match row.ratio {
            Some(_) => format!("{target:.2}"),
            None => format!("{} {}", digits(target), row.unit),
        });
        cells.push([
            row.name.clone(),
            spread(row.ours, row.ours_spread),
            row.peer.zip(row.peer_spread).map_or_else(dash, |(peer, range)| spread(peer, range)),
            row.ratio.map_or_else(dash, |ratio| format!("{ratio:.2}")),
            target.unwrap_or_else(dash),
            row.met.map_or_else(dash, |met| if met { "yes" } else { "**no**" }.to_owned()),
            row.limit.clone().unwrap_or_else(dash),
        ]);
    }
    let mut widths = [0; 7];
    for line in &cells {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for (index, line) in cells.iter().enumerate() {
        let padded: Vec<String> = line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        out.push_str(&format!("| {} |\n", padded.join(" | ")));
        if index == 0 {
            let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
            out.push_str(&format!("|-{}-|\n", rule.join("-|-")));
        }
    }
    out
}

/// Three significant digits, without an exponent.
fn digits(value: f64) -> String {
    let decimals = if value == 0.0 { 0 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 9) };
    format!("{value:.*}", decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_the_median_of_the_rounds_and_of_their_ratios() {
        let row = Row::new("", "ms", &[1.0, 9.0, 2.0], &[2.0, 10.0, 8.0], Some(0.5));
        assert_eq!((row.ours, row.peer, row.ratio, row.met), (2.0, Some(8.0), Some(0.5), Some(true)));
        assert_eq!((row.ours_spread, row.peer_spread), ([1.0, 9.0], Some([2.0, 10.0])));
        let alone = Row::new("", "ms", &[1.0, 9.0, 2.0], &[], Some(1.5));
        assert_eq!((alone.ours, alone.peer, alone.ratio, alone.met), (2.0, None, None, Some(false)));
    }

    #[test]
    fn the_spread_leaves_out_a_tenth_at_either_end() {
        let rounds: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(Row::new("", "s", &rounds, &[], None).ours_spread, [10.0, 90.0]);
    }

    #[test]
    fn the_table_is_aligned_and_says_what_is_missed() {
        let rows = [
            Row::new("with a peer", "ms", &[12.34], &[49.36], Some(0.5)),
            Row::new("alone", "ms", &[12.0, 12.34, 13.0], &[], Some(0.5)).limit("memory"),
        ];
        let text = table(&rows);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], "| with a peer | 12.3 ms                | 49.4 ms | 0.25  | 0.50     | yes    | –      |");
        assert_eq!(lines[3], "| alone       | 12.3 ms (12.0 to 13.0) | –       | –     | 0.500 ms | **no** | memory |");
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{text}");
    }

    #[test]
    fn three_digits_of_any_size() {
        for (value, told) in
            [(0.0, "0"), (0.012_345, "0.0123"), (1.234_5, "1.23"), (123.45, "123"), (12_345.0, "12345")]
        {
            let text = table(&[Row::new("", "", &[value], &[], None)]);
            assert!(text.lines().any(|line| line.split(' ').any(|word| word == told)), "{told} in {text}");
        }
    }
}
