use viz::{Bars, Color, Dash, Figure, Marker, Panel, Series, Shape};

use super::{GREEN, PINK, token::label};
use crate::{
    parts::{ScoreReport, ScoredToken},
    print::{self, nats},
};

/// The number of tokens whose slanted words fit side by side in a row of the figure.
const ROW: usize = 48;
/// A text of more rows is shown as a whole, without its words.
const ROWS: usize = 8;
/// The number of tokens over which a long text's line is smoothed.
const SMOOTHED: usize = 100;
const WIDTH: f64 = 12.0;

/// The surprisal along a text, by one model or by two: `−ln p` of each token in nats, a bar over its word. A text of
/// more than a few hundred tokens is a point for each, and a line through the means of a hundred.
#[must_use]
pub fn score(reports: &[&ScoreReport]) -> Figure {
    let tokens = reports.first().map_or(0, |report| report.tokens.len());
    if tokens > ROW * ROWS {
        return reports
            .iter()
            .fold(Figure::new(WIDTH, 3.2 * reports.len() as f64).grid(reports.len(), 1), |f, report| {
                f.panel(whole(report))
            });
    }
    let rows = tokens.div_ceil(ROW).max(1);
    let columns = tokens.div_ceil(rows).max(1);
    let all = reports.iter().flat_map(|report| &report.tokens).filter_map(finite);
    // A text that was certain still has an axis.
    let top = 1.08 * all.fold(0.5, f64::max);
    let figure = Figure::new(width(columns), if rows == 1 { 4.0 } else { 2.5 * rows as f64 }).grid(rows, 1);
    (0..rows).map(|row| panel(reports, row, (rows, columns), top)).fold(figure, Figure::panel)
}

fn width(columns: usize) -> f64 {
    (0.5 * columns as f64).clamp(6.0, WIDTH)
}

/// A row of the text.
fn panel<'a>(reports: &[&'a ScoreReport], row: usize, (rows, columns): (usize, usize), top: f64) -> Panel {
    const LOOKS: [Color; 2] = [PINK, GREEN];
    let start = row * columns;
    let of_row = |report: &'a ScoreReport| &report.tokens[start..report.tokens.len().min(start + columns)];
    let words = reports.first().map(|report| of_row(report)).unwrap_or_default();
    let mut panel = Panel::new()
        .y_label("Surprisal (nats)")
        .x_limits(-0.7, columns as f64 - 0.3)
        .y_limits(0.0, top)
        .x_words(words.iter().map(|token| label(&token.word)));
    if row + 1 == rows {
        panel = panel.x_label("Token");
    }
    if row == 0 {
        let alone = || reports.first().map(|report| title(report)).unwrap_or_default();
        panel = panel.title(if reports.len() > 1 { "Surprisal of each token".to_owned() } else { alone() });
    }
    let thickness = 0.8 / reports.len().max(1) as f64;
    for (n, report) in reports.iter().enumerate() {
        let shift = (n as f64 - (reports.len() as f64 - 1.0) / 2.0) * thickness;
        let scored =
            of_row(report).iter().enumerate().filter_map(|(position, token)| Some((position as f64, finite(token)?)));
        let (positions, values): (Vec<f64>, Vec<f64>) = scored.map(|(position, nats)| (position + shift, nats)).unzip();
        let bars = Bars::vertical(&values).places(&positions).thickness(thickness).color(LOOKS[n % 2]).edge(Color::INK);
        // One legend for the two colours, if all rows have them.
        panel = panel.bars(if row == 0 && reports.len() > 1 { bars.label(title(report)) } else { bars });
    }
    let mean = match reports {
        [report] => mean_line(report, columns),
        _ => None,
    };
    let explained = row == 0 && (reports.len() > 1 || mean.is_some());
    if let Some((mean, name)) = mean {
        panel = panel.series(if row == 0 { mean.label(name) } else { mean });
    }
    if explained { panel.legend() } else { panel }
}

/// The surprisal of a token; none of one that has no probability, which no bar is high enough for.
fn finite(token: &ScoredToken) -> Option<f64> {
    token.surprisal().filter(|nats| nats.is_finite())
}

/// The mean of the whole text, and what the line is called.
fn mean_line(report: &ScoreReport, columns: usize) -> Option<(Series, String)> {
    let mean = report.nats_per_token.filter(|mean| mean.is_finite())?;
    let line = Series::line(&[-0.7, columns as f64 - 0.3], &[mean; 2]);
    Some((line.color(Color::INK).width(1.0).dash(Dash::Dashed), "mean".to_owned()))
}

/// A long text, a point for each token.
fn whole(report: &ScoreReport) -> Panel {
    let scored =
        report.tokens.iter().enumerate().filter_map(|(position, token)| Some((position as f64, finite(token)?)));
    let (positions, values): (Vec<f64>, Vec<f64>) = scored.unzip();
    let point = Marker::new(Shape::Point);
    let (x, y): (Vec<f64>, Vec<f64>) = report.means(SMOOTHED).into_iter().unzip();
    Panel::new()
        .title(title(report))
        .x_label("Token position")
        .y_label("Surprisal (nats)")
        .series(Series::scatter(&positions, &values, point).color(Color::INK).alpha(0.3).label("a token"))
        .series(Series::line(&x, &y).color(Color::MAGENTA).width(2.0).label(format!("mean of {SMOOTHED}")))
        .legend()
}

fn title(report: &ScoreReport) -> String {
    let title = &report.model.title;
    match (report.nats_per_token, report.perplexity) {
        (Some(mean), Some(perplexity)) => {
            format!("{title}: {} nats per token, perplexity {}", nats(mean), print::perplexity(perplexity))
        }
        _ => format!("{title}: nothing to score"),
    }
}
