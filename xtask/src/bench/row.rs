//! One measurement, and the table of many. The crates' benchmarks include this file, so that what they print with
//! `--json` is what `cargo xtask bench` reads.
use serde::{Deserialize, Serialize};

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// What is measured.
    pub(super) name: String,
    /// The unit of `ours`, `peer` and the spreads.
    pub(super) unit: String,
    /// The median of our rounds.
    pub(super) ours: f64,
    /// The median of the peer's rounds, where there is a peer.
    pub(super) peer: Option<f64>,
    /// Ours by the peer's, round by round; the median.
    pub(super) ratio: Option<f64>,
    /// What `ratio` may be at most, or `ours` where there is no peer.
    pub(super) target: Option<f64>,
    /// Whether it is.
    pub(super) met: Option<bool>,
    /// What the machine itself allows, or what the peer is where the name does not tell.
    pub(super) limit: Option<String>,
    /// The fastest and the slowest tenth of our rounds; of fewer than ten, the fastest and the slowest.
    pub(super) ours_spread: [f64; 2],
    /// The same of the peer's.
    pub(super) peer_spread: Option<[f64; 2]>,
}

impl Row {
    /// A row from the rounds of both sides, in the order in which they were run; of a measurement without a peer,
    /// `peer` is empty.
    pub(super) fn new(name: impl Into<String>, unit: &str, ours: &[f64], peer: &[f64], target: Option<f64>) -> Self {
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
    pub(super) fn limit(self, limit: impl Into<String>) -> Self {
        Self { limit: Some(limit.into()), ..self }
    }
}

/// The value below which this share of the values lies; NaN of none.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1) as f64;
    sorted.get((last * share).round() as usize).copied().unwrap_or(f64::NAN)
}

/// The rows as JSON, or as a table.
pub(super) fn print(rows: &[Row], json: bool) -> Result<(), serde_json::Error> {
    if json {
        println!("{}", serde_json::to_string_pretty(rows)?);
    } else {
        print!("{}", table(rows));
    }
    Ok(())
}

/// One line a row, aligned, for a terminal and for Markdown alike.
pub(super) fn table(rows: &[Row]) -> String {
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
