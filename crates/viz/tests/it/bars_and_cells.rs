use viz::{Bars, Color, Figure, HeatMap, Panel, Theme};

use super::{Picture, texts};

#[test]
fn cells_have_exactly_their_colours_in_both_themes_and_formats() {
    let values = [0.0, 0.25, 0.5, 1.0, f64::NAN, f64::INFINITY];
    let map = HeatMap::new(2, 3, &values).limits(0.0, 1.0).texts(["$a$", "b", "c", "d", "e", "f"]).color_bar("Share");
    let figure = Figure::new(4.0, 3.0).dpi(100).panel(Panel::new().heat_map(map));
    for (theme, paper) in [(Theme::Light, [255, 255, 255]), (Theme::Dark, [0x28, 0x2a, 0x2c])] {
        let picture = Picture::of(&figure.clone().theme(theme));
        let count = |rgb: [u8; 3]| picture.pixels.iter().filter(|pixel| **pixel == rgb).count();
        // Shares 0, 64, 128 and 255 of viridis; a cell of 80 x 110 pixels, less its text.
        for rgb in [[0x44, 0x01, 0x54], [0x3a, 0x52, 0x8b], [0x20, 0x90, 0x8c], [0xfd, 0xe7, 0x24]] {
            assert!(count(rgb) > 6000, "{rgb:?} {}", count(rgb));
        }
        assert!(count(paper) > 12_000);
    }
    let svg = figure.to_svg().unwrap();
    let said = texts(&svg);
    for expected in ["$a$", "b", "f", "Share", "0.0", "1.0"] {
        assert!(said.iter().any(|text| text == expected), "{expected} is missing in {said:?}");
    }
    assert_eq!(svg.matches("<image").count(), 2);
    assert!(svg.contains("2 x 3 cells"));
    // White on violet and blue, black on yellow.
    let fill = |text: &str| svg.split(&format!("aria-label=\"{text}\" ")).nth(1).map(|rest| rest[..14].to_owned());
    assert_eq!(fill("$a$").as_deref(), Some("fill=\"#ffffff\""));
    assert_eq!(fill("d").as_deref(), Some("fill=\"#000000\""));
}

#[test]
fn cells_keep_to_limits_and_to_linear_axes() {
    let panel = || Panel::new().heat_map(HeatMap::new(1, 2, &[0.0, 1.0])).y_limits(-0.5, 0.5);
    let shares = |panel: Panel| {
        let picture = Picture::of(&Figure::new(4.0, 3.0).dpi(100).panel(panel));
        let count = |rgb: [u8; 3]| picture.pixels.iter().filter(|pixel| **pixel == rgb).count() as f64;
        let (violet, yellow) = (count([0x44, 0x01, 0x54]), count([0xfd, 0xe7, 0x24]));
        (violet, yellow / violet)
    };
    let (both, even) = shares(panel());
    assert!((even - 1.0).abs() < 0.02, "{even}");
    // One panel, and both on half the width; other tick labels give a panel of another width.
    let (first, second) = shares(panel().x_limits(-0.5, 0.5));
    assert!((first / both - 2.0).abs() < 0.1 && second == 0.0, "{first} of {both}, {second}");
    let (narrow, even) = shares(panel().x_limits(-0.5, 3.5));
    assert!((narrow / both - 0.5).abs() < 0.05 && (even - 1.0).abs() < 0.02, "{narrow} of {both}, {even}");
    let refused = Figure::new(4.0, 3.0).panel(panel().x_log()).to_png().unwrap_err();
    assert_eq!(refused.to_string(), "the x axis cannot run from -0.5 to 1.5: a log axis needs positive limits");
}

#[test]
fn bars_reach_from_their_base_to_their_value() {
    let red = Color::rgb(1.0, 0.0, 0.0);
    let filled = |panel: Panel| {
        let picture = Picture::of(&Figure::new(3.0, 3.0).dpi(100).panel(panel));
        picture.pixels.iter().filter(|pixel| **pixel == [255, 0, 0]).count() as f64
    };
    let unit = filled(Panel::new().y_limits(0.0, 8.0).bars(Bars::vertical(&[8.0, 8.0]).color(red)));
    let share = |panel: Panel| filled(panel) / unit;
    let near = |have: f64, want: f64| assert!((have - want).abs() < 0.02, "{have} instead of {want}");
    near(share(Panel::new().y_limits(0.0, 8.0).bars(Bars::vertical(&[4.0, 2.0]).color(red))), 3.0 / 8.0);
    near(share(Panel::new().y_limits(0.0, 8.0).bars(Bars::vertical(&[4.0, 6.0]).bases(&[2.0, 4.0]).color(red))), 0.25);
    // Shapes beyond the limits are clipped.
    near(share(Panel::new().y_limits(0.0, 8.0).bars(Bars::vertical(&[80.0, -80.0]).color(red))), 0.5);
    // On a log axis a bar that begins at 0 begins at the lower limit.
    let log =
        |values: &[f64]| filled(Panel::new().y_log().y_limits(1.0, 100.0).bars(Bars::vertical(values).color(red)));
    near(log(&[10.0, 100.0]) / log(&[100.0, 100.0]), 0.75);
    let missing = Panel::new().y_limits(0.0, 8.0).bars(Bars::vertical(&[8.0, f64::NAN]).color(red).label("bars"));
    let svg = Figure::new(3.0, 3.0).panel(missing.legend()).to_svg().unwrap();
    assert!(svg.contains("2 bars") && texts(&svg).contains(&"left out: 1 NaN".to_owned()));
    assert!(texts(&svg).contains(&"bars".to_owned()));
    let lying = Panel::new().x_limits(0.0, 8.0).bars(Bars::horizontal(&[4.0, 2.0]).color(red));
    assert!(filled(lying) > 1000.0);
}

/// DejaVu has no ideographs: like matplotlib, an empty box stands for each, and words are taken as they are.
#[test]
fn words_of_any_characters_are_drawn() {
    let words = ["漢字", "$x$", "\\alpha", "\u{7}\0", "", " ", "\u{1f1e9}\u{1f1ea}", "e\u{301}", "שלום"];
    let map = HeatMap::new(1, words.len(), &[0.5; 9]).texts(words);
    let figure = Figure::new(9.0, 2.0).panel(Panel::new().heat_map(map).x_words(words).title("漢字"));
    let svg = figure.to_svg().unwrap();
    let said = texts(&svg);
    for expected in ["漢字", "$x$", "\\alpha", "\u{fffd}\u{fffd}"] {
        assert!(said.iter().filter(|text| *text == expected).count() >= 2, "{expected} is missing in {said:?}");
    }
    // The box is glyph 0 of the regular font.
    assert!(svg.contains("href=\"#r0\"") && svg.contains("id=\"r0\" d=\"M"));
    figure.to_png().unwrap();
}
