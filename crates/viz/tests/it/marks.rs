//! Reference lines, histograms, own ticks, texts, and numbers of every type.

use viz::{Bars, Color, Figure, Panel, Series};

use super::{Picture, texts};

const RED: Color = Color::rgb(1.0, 0.0, 0.0);

/// The columns and the rows of a picture that have a red pixel.
fn red(panel: Panel) -> (Vec<usize>, Vec<usize>) {
    let picture = Picture::of(&Figure::new(4.0, 3.0).dpi(100).panel(panel));
    let height = picture.pixels.len() / picture.width;
    let is_red = |x, y| picture.at(x, y) == [255, 0, 0];
    let columns = (0..picture.width).filter(|&x| (0..height).any(|y| is_red(x, y))).collect();
    (columns, (0..height).filter(|&y| (0..picture.width).any(|x| is_red(x, y))).collect())
}

fn labels(panel: Panel) -> Vec<String> {
    texts(&Figure::new(4.0, 3.0).panel(panel).to_svg().unwrap())
}

#[test]
fn reference_lines_cross_the_whole_panel() {
    let panel = || Panel::new().x_limits(0.0, 10.0).y_limits(1e-3, 1.0).y_log();
    let line = |series: Series| series.color(RED).width(2.0);
    let (columns, rows) = red(panel().series(line(Series::horizontal(0.1))));
    assert!(columns.len() > 300 && columns.windows(2).all(|pair| pair[1] == pair[0] + 1), "{columns:?}");
    assert!(rows.len() <= 3 && rows.iter().all(|row| *row < 150), "a third from the top: {rows:?}");
    let (columns, rows) = red(panel().series(line(Series::vertical(5))));
    assert!(columns.len() <= 3 && rows.len() > 200, "{columns:?} {rows:?}");
    // A line across widens its own axis as a point does, and not the other.
    let both = |series| labels(Panel::new().series(Series::line(&[0, 1], &[0, 1])).series(series));
    let seen = both(Series::horizontal(40));
    assert!(seen.contains(&"40".to_owned()) && seen.contains(&"0.4".to_owned()), "{seen:?}");
    // One that has no place is counted.
    let none = panel().series(Series::line(&[0.0, 1.0], &[0.5, 0.5])).series(Series::horizontal(-1.0));
    assert!(labels(none).contains(&"left out: 1 not positive".to_owned()));
    assert!(labels(panel().series(Series::vertical(5).label("five")).legend()).contains(&"five".to_owned()));
}

/// `numpy.histogram([1, 1.5, 2, 2.5, 5], 4)` of NumPy 2.4.6 is `[2, 2, 0, 1]`, and
/// `numpy.histogram([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], 7)` is `[1, 2, 0, 1, 1, 2, 1]`, as
/// the edges between are rounded.
#[test]
fn a_histogram_counts_as_numpy_does() {
    // Of the height that a bar of all values has.
    let heights = |values: &[f64], bins: usize| -> Vec<f64> {
        let counted = Panel::new().y_limits(0.0, 2.0).bars(Bars::histogram(values, bins).color(RED));
        let picture = Picture::of(&Figure::new(4.0, 3.0).dpi(100).panel(counted));
        let height = picture.pixels.len() / picture.width;
        let column = |x: usize| (0..height).filter(|&y| picture.at(x, y) == [255, 0, 0]).count() as f64;
        let (columns, _) = red(Panel::new().y_limits(0.0, 2.0).bars(Bars::histogram(values, bins).color(RED)));
        let (left, right) = (columns[0] as f64, columns[columns.len() - 1] as f64);
        let middle = |bin: usize| left + (right - left) * (bin as f64 + 0.5) / bins as f64;
        let tallest = (0..picture.width).map(column).fold(0.0, f64::max);
        (0..bins).map(|bin| (2.0 * column(middle(bin) as usize) / tallest).round()).collect()
    };
    assert_eq!(heights(&[1.0, 1.5, 2.0, 2.5, 5.0], 4), [2.0, 2.0, 0.0, 1.0]);
    assert_eq!(heights(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], 7), [1.0, 2.0, 0.0, 1.0, 1.0, 2.0, 1.0]);
    let equal = labels(Panel::new().bars(Bars::histogram(&[3; 5], 1)));
    assert!(equal.contains(&"5".to_owned()) && equal.contains(&"3.0".to_owned()), "{equal:?}");
    let missing = labels(Panel::new().bars(Bars::histogram(&[1.0, f64::NAN, 2.0, f64::INFINITY], 2)));
    assert!(missing.contains(&"left out: 1 NaN, 1 infinite".to_owned()), "{missing:?}");
    // The whole range of the type, and nothing at all.
    for values in [&[f64::MIN, 0.0, f64::MAX][..], &[]] {
        Figure::new(4.0, 3.0).panel(Panel::new().bars(Bars::histogram(values, 3))).to_png().unwrap();
    }
}

#[test]
fn own_ticks_replace_those_of_the_axis() {
    let pi = std::f64::consts::PI;
    let panel = || Panel::new().x_limits(0.0, 2.0 * pi).y_limits(0.0, 1.0);
    let seen = labels(panel().x_ticks([(pi, "$\\pi$"), (0.0, "zero"), (9.0, "beyond")]).y_ticks([(1, "one")]));
    assert_eq!(seen.iter().filter(|text| *text != "x" && *text != "y").count(), 3, "{seen:?}");
    for expected in ["zero", "$\\pi$", "one"] {
        assert!(seen.iter().any(|text| text == expected), "{expected} is missing in {seen:?}");
    }
    // On a log axis too, and a crowd of labels is thinned out, but its ends are apart.
    let log = Panel::new().x_limits(1.0, 1e6).x_log().y_limits(0.0, 1.0).x_ticks([
        (1, "1"),
        (1000, "1 k"),
        (1_000_000, "1 M"),
    ]);
    assert!(labels(log).contains(&"1 k".to_owned()));
    let many = labels(panel().x_ticks((0..200).map(|i| (f64::from(i) / 40.0, format!("tick {i}")))));
    assert!(many.contains(&"tick 0".to_owned()) && (5..40).contains(&many.len()), "{many:?}");
    let uneven = labels(panel().x_ticks([(0.0, "a"), (0.01, "b"), (3.0, "c"), (6.0, "d")]));
    assert_eq!(["a", "b", "c", "d"].map(|tick| uneven.iter().any(|text| text == tick)), [true, false, true, true]);
}

#[test]
fn a_text_starts_at_its_point_or_ends_there() {
    let panel = || Panel::new().x_limits(0.0, 1.0).y_limits(0.0, 1.0);
    let seen = labels(panel().text(0.5, 0.5, "middle $x^2$").text(2, 0, "beyond").text(0.99, 0.5, "at the right end"));
    assert!(seen.contains(&"middle $x^2$".to_owned()) && !seen.contains(&"beyond".to_owned()), "{seen:?}");
    // Where the text has ink that a panel without it has not.
    let ink = |x: f64| {
        let picture = |panel| Picture::of(&Figure::new(4.0, 3.0).dpi(100).panel(panel));
        let (with, without) = (picture(panel().text(x, 0.5, "at the end")), picture(panel()));
        let pixels = with.pixels.iter().zip(&without.pixels).enumerate();
        let columns: Vec<usize> = pixels.filter(|(_, (a, b))| a != b).map(|(at, _)| at % with.width).collect();
        (*columns.iter().min().unwrap(), *columns.iter().max().unwrap())
    };
    let ((left, _), (_, right)) = (ink(0.0), ink(1.0));
    assert!(left < 60 && right > 370 && right < 400, "{left} and {right}");
}

/// Whatever numbers a program has, without a conversion.
#[test]
fn numbers_of_every_primitive_type_are_accepted() {
    let panel = Panel::new()
        .bars(Bars::vertical(&[1_usize, 2]).places(&[0_u8, 1]))
        .bars(Bars::histogram(&[1_i32, 2, 2], 2))
        .series(Series::line(&[0_i64, 1], &[1.0_f32, 2.0]))
        .series(Series::vertical(1_u16))
        .text(0_i8, 1_u64, "text")
        .x_ticks([(0_isize, "a")]);
    Figure::new(4.0, 3.0).panel(panel).to_png().unwrap();
}
