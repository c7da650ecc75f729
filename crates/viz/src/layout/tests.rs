//! Every text of a figure lies within the picture and beside every other.

use super::*;
use crate::{
    chart::{Figure, Marker, Panel, Series, Shape},
    text::{Glyph, Turn},
};

/// Every text with its ink: from the baseline up and down as far as its own glyphs reach.
fn texts(figure: &Figure) -> Vec<(String, Area)> {
    let sheet = place(figure).unwrap();
    let legends = sheet.panels.iter().filter_map(|panel| panel.legend.as_ref()).flat_map(|legend| &legend.words);
    let words = sheet.panels.iter().flat_map(|panel| &panel.words).chain(legends).chain(&sheet.footnote);
    words.filter_map(|words| Some((words.text.source.clone(), ink(words)?))).collect()
}

fn ink(words: &Words) -> Option<Area> {
    let ink = |glyph: &Glyph| {
        let unit = glyph.size / glyph.font.units();
        glyph.font.ink(glyph.id).map(|(high, low)| (glyph.y + high * unit, glyph.y + low * unit))
    };
    let inks = words.text.glyphs.iter().filter_map(ink);
    let (up, down) = inks.reduce(|a, b| (a.0.max(b.0), a.1.min(b.1)))?;
    let ((x, y), width) = (words.start(), words.text.drawn.width);
    Some(match words.turn {
        Turn::None => Area { left: x, right: x + width, top: y - up, bottom: y - down },
        Turn::Left => Area { left: x - up, right: x - down, top: y - width, bottom: y },
    })
}

#[track_caller]
fn check(figure: &Figure) {
    let texts = texts(figure);
    let (width, height) = figure.points();
    for (index, (text, area)) in texts.iter().enumerate() {
        let inside = area.left >= 0.0 && area.top >= 0.0 && area.right <= width && area.bottom <= height;
        assert!(inside, "{text:?} leaves the picture of {width} x {height}: {area:?}");
        for (other, second) in &texts[..index] {
            let apart = area.left >= second.right
                || area.right <= second.left
                || area.top >= second.bottom
                || area.bottom <= second.top;
            assert!(apart, "{text:?} {area:?} lies on {other:?} {second:?}");
        }
    }
}

fn panel(low: f64, high: f64) -> Panel {
    let values: Vec<f64> = (0..=20).map(|i| low + (high - low) * f64::from(i) / 20.0).collect();
    let marker = Marker::new(Shape::Circle);
    let series = Series::line(&values, &values).marker(marker).label("A curve");
    Panel::new().title("A title").x_label("The x axis").y_label("The y axis").series(series).legend()
}

#[test]
fn data_of_any_size_has_room_for_its_labels() {
    let ranges = [
        (0.0, 1.0),
        (-1.0, 1.0),
        (-136.7, -108.2),
        (0.0, 50_257.0),
        (1e6, 1e6 + 0.5),
        (-1e-7, 1e-7),
        (123_456.7, 123_456.8),
        (1e15, 1e15 + 4.0),
        (-1e300, 1e300),
        (1e-12, 5e-3),
    ];
    for (low, high) in ranges {
        for (width, height) in [(10.0, 5.0), (4.0, 3.0), (2.5, 2.5)] {
            check(&Figure::new(width, height).panel(panel(low, high)).footnote("A footnote on the source"));
            if low > 0.0 {
                check(&Figure::new(width, height).panel(panel(low, high).x_log().y_log()));
            }
        }
        let three = Figure::new(9.0, 3.0).panel(panel(low, high)).panel(panel(low, high)).panel(panel(low, high));
        check(&three);
        let mut six = Figure::new(10.0, 8.0).grid(2, 3);
        for _ in 0..6 {
            six = six.panel(panel(low, high));
        }
        check(&six);
    }
}

#[test]
fn long_texts_keep_clear_of_each_other() {
    let long = "A title that is far too long for the panel that it stands above, and goes on";
    let panel = || panel(0.0, 1.0).title(long).x_label(long).y_label(long);
    check(&Figure::new(9.0, 3.0).panel(panel()).panel(panel()).panel(panel()).footnote(long.repeat(4)));
    check(&Figure::new(3.0, 6.0).grid(3, 1).panel(panel()).panel(panel()).panel(panel()));
}

#[test]
fn legends_stay_in_their_panels() {
    let many = (0..40).fold(Panel::new().legend(), |panel, index| {
        panel.series(Series::line(&[0.0, 1.0], &[0.0, f64::from(index)]).label(format!("curve number {index}")))
    });
    let figure = Figure::new(4.0, 3.0).panel(many);
    check(&figure);
    assert!(texts(&figure).iter().any(|(text, _)| text.starts_with('…') && text.ends_with("more")));
    let long = Series::line(&[0.0, 1.0], &[0.0, 1.0]).label("a label that is longer than any panel is wide ".repeat(5));
    check(&Figure::new(4.0, 3.0).panel(Panel::new().series(long).legend()));
}

#[test]
fn remarks_keep_clear_of_labels() {
    let some = |panel: Panel| panel.series(Series::line(&[0.5, 0.6], &[f64::NAN, 0.3]));
    check(&Figure::new(3.0, 3.0).panel(some(panel(0.0, 1.0))).footnote("A footnote on the source"));
    check(&Figure::new(3.0, 3.0).panel(some(panel(0.0, 1.0).x_label(""))));
    let nothing = Panel::new().title("T").x_label("x").series(Series::line(&[0.0], &[f64::NAN]));
    check(&Figure::new(3.0, 3.0).panel(nothing));
}

/// The title and the legend of the notebook's first figure where matplotlib 3.11.2 puts them: `get_window_extent()`.
#[test]
fn texts_stand_where_matplotlib_puts_them() {
    let x = [1.0, 1.1, 2.0, 3.0, 5.0, 6.0, 6.1];
    let y = [0.002_636, 0.002_914, 0.007_167, 0.019_483, 0.143_965, 0.391_337, 0.432_495];
    let panel = Panel::new()
        .title("$\\sum\\sigma (z)$ = 1")
        .x_label("Original number (z)")
        .y_label("Softmax probability $\\sigma (z)$")
        .series(Series::line(&x, &y).label("Manual"))
        .series(Series::line(&x, &y).label("PyTorch"))
        .legend();
    let texts = texts(&Figure::new(10.0, 5.0).panel(panel));
    let left = |source: &str| texts.iter().find(|(text, _)| text == source).map(|(_, area)| area.left).unwrap();
    let near = |have: f64, want: f64| assert!((have - want).abs() < 0.7, "{have} instead of {want}");
    near(left("$\\sum\\sigma (z)$ = 1"), 347.62);
    near(left("Original number (z)"), 322.78);
    // The legend's texts, in the upper left corner where the curve is not.
    near(left("Manual"), 84.96);
    near(left("PyTorch"), 84.96);
}
