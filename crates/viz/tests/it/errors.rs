use viz::{Bars, Error, Figure, HeatMap, Marker, Panel, Series, Shape};

#[test]
fn every_error_tells_what_was_given() {
    let panel = || Panel::new().series(Series::line(&[0.0, 1.0], &[0.0, 1.0]));
    let error = |figure: Figure| figure.to_png().expect_err("refused");
    assert!(matches!(error(Figure::new(4.0, 3.0)), Error::Empty));

    let grid = error(Figure::new(4.0, 3.0).panel(panel()).panel(panel()).grid(1, 1));
    assert_eq!(grid.to_string(), "a grid of 1 x 1 cannot hold 2 panel(s)");
    assert!(matches!(error(Figure::new(4.0, 3.0).panel(panel()).grid(0, 7)), Error::Grid { .. }));

    for (width, height, dpi) in [(0.0, 3.0, 100), (4.0, -3.0, 100), (f64::NAN, 3.0, 100), (4.0, 3.0, 0)] {
        assert!(matches!(error(Figure::new(width, height).dpi(dpi).panel(panel())), Error::Size { .. }));
    }
    assert!(matches!(error(Figure::new(f64::INFINITY, 3.0).panel(panel())), Error::Size { .. }));
    let large = error(Figure::new(100.0, 100.0).dpi(1001).panel(panel()));
    assert!(matches!(large, Error::TooLarge { pixels: 10_020_010_000, max: Figure::MAX_PIXELS }), "{large}");
    assert!(matches!(error(Figure::new(0.4, 0.4).panel(panel())), Error::NoRoom { .. }));

    let refused = |panel: Panel| error(Figure::new(4.0, 3.0).panel(panel)).to_string();
    let text = refused(panel().x_limits(f64::NAN, 1.0));
    assert_eq!(text, "the x axis cannot run from NaN to 1: both limits must be finite");
    assert!(refused(panel().y_limits(0.0, f64::INFINITY)).contains("must be finite"));
    assert!(refused(panel().y_limits(-f64::MAX, f64::MAX)).contains("distance"));
    assert!(refused(panel().y_limits(1.0, 1.0)).contains("below the second"));
    assert!(refused(panel().y_limits(0.0, 1.0).y_log()).contains("positive"));

    let lengths = Panel::new().series(Series::line(&[0.0, 1.0], &[0.0]));
    assert_eq!(refused(lengths), "a series has 2 x value(s) and 1 y value(s): they must be as many");
    let second = Panel::new().title("Loss").series(Series::line(&[0.0, 1.0], &[0.0]));
    let expected = "panel 2 (\"Loss\"): a series has 2 x value(s) and 1 y value(s): they must be as many";
    assert_eq!(error(Figure::new(4.0, 3.0).panel(panel()).panel(second)).to_string(), expected);
    // A title names the panel, also the only one; a number, one of several without a title.
    let titled = Panel::new().title("Loss").series(Series::line(&[0.0, 1.0], &[0.0]));
    let expected = "panel 1 (\"Loss\"): a series has 2 x value(s) and 1 y value(s): they must be as many";
    assert_eq!(refused(titled), expected);
    let untitled = Panel::new().series(Series::line(&[0.0, 1.0], &[0.0]));
    let expected = "panel 2: a series has 2 x value(s) and 1 y value(s): they must be as many";
    assert_eq!(error(Figure::new(4.0, 3.0).panel(panel()).panel(untitled)).to_string(), expected);
    let wide = Panel::new().series(Series::line(&[0.0], &[0.0]).width(-1.0));
    assert_eq!(refused(wide), "a line width is -1: 0 to 10000 points are accepted");
    let opaque = Panel::new().series(Series::line(&[0.0], &[0.0]).alpha(1.5));
    assert_eq!(refused(opaque), "an opacity is 1.5: 0 to 1 are accepted");
    let given = Panel::new().bars(Bars::vertical(&[1.0, 2.0]).places(&[1.0]));
    assert_eq!(refused(given), "bars have 2 value(s) and 1 place(s) or base(s): they must be as many");
    let thin = Panel::new().bars(Bars::vertical(&[1.0]).thickness(0.0));
    assert_eq!(refused(thin), "a bar's thickness is 0: a positive number is accepted");
    let none = Panel::new().bars(Bars::histogram(&[1.0, 2.0], 0));
    assert_eq!(refused(none), "the number of bins is 0: 1 or more are accepted");
    let tick = panel().x_ticks([(f64::NAN, "a")]);
    assert_eq!(refused(tick), "a tick's position is NaN: a finite number is accepted");
    let text = panel().text(0.5, f64::INFINITY, "a");
    assert_eq!(refused(text), "a text's position is inf: a finite number is accepted");
    let cells = |map: HeatMap| refused(Panel::new().heat_map(map));
    let expected = "a heat map of 2 x 3 cells has 5 value(s) or text(s): as many as cells are accepted";
    assert_eq!(cells(HeatMap::new(2, 3, &[0.0; 5])), expected);
    assert_eq!(cells(HeatMap::new(2, 3, &[0.0; 6]).texts(["a"; 5])), expected);
    assert!(cells(HeatMap::new::<f32>(0, 3, &[])).contains("0 x 3 cells has 0"));
    let shares = cells(HeatMap::new(1, 1, &[0.0]).color_bar_shares(0.5, 0.5));
    assert_eq!(shares, "a share of the bar of colours is 0: shares above 0 whose sum is below 1 are accepted");
    let widths = |widths: &[f64]| error(Figure::new(4.0, 3.0).panel(panel()).widths(widths)).to_string();
    let expected = "2 width(s) of columns are given and the grid has 1 column(s): they must be as many";
    assert_eq!(widths(&[1.0, 2.0]), expected);
    assert_eq!(widths(&[-1.0]), "a column's width is -1: a positive number is accepted");
    assert!(cells(HeatMap::new(1, 1, &[0.0]).limits(1.0, 1.0)).contains("cannot run from 1 to 1"));
    let sized = Panel::new().series(Series::scatter(&[0.0], &[0.0], Marker::new(Shape::Point).size(f64::NAN)));
    assert!(refused(sized).starts_with("a marker size is NaN"));
}
