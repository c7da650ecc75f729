//! Every text of a figure is inside the picture and overlaps no other.

use super::*;
use crate::{
    chart::{Bars, Figure, HeatMap, Marker, Panel, Series, Shape},
    text::Glyph,
};

/// Every text with its ink: from the baseline up and down as far as its own glyphs reach.
fn texts(figure: &Figure) -> Vec<(String, Area)> {
    let layout = lay_out(figure).unwrap();
    let legends = layout.panels.iter().filter_map(|panel| panel.legend.as_ref()).flat_map(|legend| &legend.words);
    let words = layout.panels.iter().flat_map(all).chain(legends).chain(&layout.footnote);
    words.filter_map(|words| Some((words.text.source.clone(), ink(words)?))).collect()
}

/// The texts of a panel but those of its legend.
fn all(panel: &Placed) -> impl Iterator<Item = &Words> {
    let ticks = panel.ticks.iter().flatten().filter_map(|major| major.label.as_ref());
    ticks.chain(&panel.words)
}

fn ink(words: &Words) -> Option<Area> {
    let ink = |glyph: &Glyph| {
        let unit = glyph.size / glyph.font.units();
        glyph.font.ink(glyph.id).map(|(high, low)| (glyph.y + high * unit, glyph.y + low * unit))
    };
    let inks = words.text.glyphs.iter().filter_map(ink);
    let (up, down) = inks.reduce(|a, b| (a.0.max(b.0), a.1.min(b.1)))?;
    let ((x, y), width, (sin, cos)) = (words.start(), words.text.drawn.width, words.turn.sin_cos());
    let corner = |(along, down): (f64, f64)| Area::point((x + along * cos + down * sin, y - along * sin + down * cos));
    let corners = [(0.0, -up), (width, -up), (0.0, -down), (width, -down)].map(corner);
    corners.into_iter().reduce(|a, b| a.union(&b))
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

/// matplotlib's `legend.borderaxespad` is half a font size of 10 points; its places are tried in this order.
#[test]
fn a_legend_stands_in_the_first_place_that_covers_nothing() {
    // Where each place is, in shares of the panel: across and down.
    let places =
        [(1.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.5), (0.0, 0.5), (0.5, 1.0), (0.5, 0.0), (0.5, 0.5)];
    for (free, &(across, down)) in places.iter().enumerate() {
        // One series with a label, whose only point is in no place, and a point in each place before the free one.
        let point = |x: f64, y: f64| Series::scatter(&[x], &[y], Marker::new(Shape::Point));
        let panel =
            Panel::new().x_limits(0.0, 1.0).y_limits(0.0, 1.0).series(point(0.25, 0.3).label("Points")).legend();
        let taken = places[..free].iter().map(|(x, y)| point(0.04 + 0.92 * x, 0.96 - 0.92 * y));
        let panel = taken.fold(panel, Panel::series);
        let placed = &lay_out(&Figure::new(10.0, 5.0).panel(panel)).unwrap().panels[0];
        let (area, frame) = (placed.area, placed.legend.as_ref().unwrap().frame);
        let left = area.left + 5.0 + across * (area.width() - frame.width() - 10.0);
        let top = area.top + 5.0 + down * (area.height() - frame.height() - 10.0);
        assert!((frame.left - left).abs() < 1e-9 && (frame.top - top).abs() < 1e-9, "{free}: {frame:?} in {area:?}");
    }
    // A line that crosses a position occupies it, even if none of its points is there.
    let line = Series::line(&[0.9, 1.0], &[1.0, 0.9]).label("Line");
    let panel = Panel::new().x_limits(0.0, 1.0).y_limits(0.0, 1.0).series(line).legend();
    let placed = &lay_out(&Figure::new(10.0, 5.0).panel(panel)).unwrap().panels[0];
    assert!((placed.legend.as_ref().unwrap().frame.left - placed.area.left - 5.0).abs() < 1e-9);
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

fn heat_map(rows: usize, columns: usize) -> HeatMap {
    let values: Vec<f64> = (0..rows * columns).map(|i| i as f64 / 10.0).collect();
    HeatMap::new(rows, columns, &values)
}

/// The panel with the given area, in points from the lower left corner of a figure of 6 x 4 inches.
#[track_caller]
fn stands(area: Area, [left, bottom, right, top]: [f64; 4]) {
    let distances = [area.left - left, area.right - right, 288.0 - area.bottom - bottom, 288.0 - area.top - top];
    assert!(distances.iter().all(|d| d.abs() < 0.1), "{area:?}: off by {distances:?}");
}

/// `ax.get_position()` of matplotlib 3.11.2 after `tight_layout`, with a colour bar and with words of both turns.
#[test]
fn areas_with_words_and_colour_bars_are_matplotlibs() {
    let one = |panel: Panel| lay_out(&Figure::new(6.0, 4.0).panel(panel.title("T").y_label("Row"))).unwrap().panels;
    let placed = &one(Panel::new().x_label("Column").heat_map(heat_map(3, 4).color_bar("Value")))[0];
    stands(placed.area, [56.28, 42.12, 348.22, 262.08]);
    stands(placed.color_bar.unwrap(), [366.46, 42.12, 377.46, 262.08]);
    let said = |end: &str| all(placed).filter(|words| words.text.source == end).count();
    // On the bar and on the x axis; on the y axis; on the x axis; on the bar.
    assert_eq!((said("0.0"), said("2.5"), said("3.5"), said("0.8")), (3, 2, 1, 1));

    // `colorbar(fraction=0.046, pad=0.02)`.
    let near = heat_map(3, 4).color_bar("Value").color_bar_shares(0.046, 0.02);
    let placed = &one(Panel::new().x_label("Column").heat_map(near))[0];
    stands(placed.area, [56.28, 42.12, 366.43, 262.08]);
    stands(placed.color_bar.unwrap(), [373.08, 42.12, 384.08, 262.08]);
    // `width_ratios=[3, 1]`.
    let panel = || Panel::new().title("T").y_label("Row").series(Series::line(&[0.0, 1.0], &[0.0, 1.0]));
    let placed = lay_out(&Figure::new(6.0, 4.0).widths(&[3.0, 1.0]).panel(panel()).panel(panel())).unwrap().panels;
    stands(placed[0].area, [47.64, 27.8, 292.08, 262.08]);
    stands(placed[1].area, [339.72, 27.8, 421.2, 262.08]);

    let bars =
        |count: usize| Panel::new().bars(Bars::vertical(&[1.0, 3.0].repeat(count / 2))).x_words(vec!["alpha"; count]);
    let slanted = &one(bars(20))[0];
    stands(slanted.area, [47.64, 45.46, 421.2, 262.08]);
    let alpha = slanted.words.iter().find(|words| words.text.source == "alpha").unwrap().bounds();
    // `get_window_extent()`; half a pixel of hinting.
    assert!((alpha.left - 51.12).abs() < 0.4 && (alpha.right - 78.78).abs() < 0.4, "{alpha:?}");
    let upright = &one(bars(30))[0];
    stands(upright.area, [47.64, 46.6, 421.2, 262.08]);
}

#[test]
fn words_turn_and_thin_out_where_they_do_not_fit() {
    let turns = |count: usize, word: &str| -> (usize, f64) {
        let values = vec![1.0; count];
        let panel = Panel::new().bars(Bars::vertical(&values)).x_words(vec![word; count]);
        let figure = Figure::new(6.0, 4.0).panel(panel);
        let placed = &lay_out(&figure).unwrap().panels[0];
        let words: Vec<&Words> = placed.words.iter().filter(|words| words.text.source == word).collect();
        if words[0].turn.0 != 45.0 {
            check(&figure);
        }
        (words.len(), words[0].turn.0)
    };
    assert_eq!(turns(4, "word"), (4, 0.0));
    assert_eq!(turns(20, "word"), (20, 45.0));
    assert_eq!(turns(30, "word"), (30, 90.0));
    let (shown, turn) = turns(100, "word");
    assert!((25..=34).contains(&shown) && turn == 90.0, "{shown} at {turn}");
}

#[test]
fn cells_texts_keep_within_their_cells() {
    let long = "a long text that no cell has room for";
    for (rows, columns, word) in [(3, 4, "cell"), (12, 9, "longer"), (2, 30, long), (100, 3, "low")] {
        let map = heat_map(rows, columns).texts(vec![word; rows * columns]).color_bar("Value");
        let words = (0..columns).map(|i| i.to_string());
        let figure = Figure::new(7.0, 5.0).panel(Panel::new().heat_map(map).x_words(words));
        check(&figure);
        let shown = lay_out(&figure).unwrap().panels[0].words.iter().filter(|w| w.text.source == word).count();
        assert_eq!(shown, if rows == 100 { 0 } else { rows * columns });
    }
}
