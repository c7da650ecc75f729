//! viz as a backend of plotters: what a chart in plotters' own words looks like.

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};
use plotters_backend::DrawingBackend;
use viz::{Canvas, Error};

use super::{Picture, texts};

const BLUE: RGBColor = RGBColor(0, 0, 255);

fn png(size: (u32, u32), dpi: u32, draw: impl FnOnce(&mut Canvas) -> Result<(), Error>) -> Picture {
    let mut canvas = Canvas::png(size, 96, dpi).unwrap();
    draw(&mut canvas).unwrap();
    Picture::decoded(&canvas.finish().unwrap())
}

fn svg(size: (u32, u32), draw: impl FnOnce(&mut Canvas) -> Result<(), Error>) -> String {
    let mut canvas = Canvas::svg(size, 96).unwrap().name("A & B");
    draw(&mut canvas).unwrap();
    String::from_utf8(canvas.finish().unwrap()).unwrap()
}

/// The columns and the rows that a picture on white has ink in: the first and the last of each.
fn ink(picture: &Picture) -> [usize; 4] {
    let inked: Vec<(usize, usize)> = (0..picture.pixels.len())
        .filter(|at| picture.pixels[*at] != [255; 3])
        .map(|at| (at % picture.width, at / picture.width))
        .collect();
    let (columns, rows): (Vec<usize>, Vec<usize>) = inked.into_iter().unzip();
    let ends = |of: &[usize]| [of.iter().min(), of.iter().max()].map(|end| *end.expect("something is drawn"));
    let ([left, right], [top, bottom]) = (ends(&columns), ends(&rows));
    [left, top, right, bottom]
}

#[test]
fn shapes_cover_the_pixels_that_they_name() {
    let draw = |canvas: &mut Canvas| -> Result<(), Error> {
        let root = canvas.into_drawing_area();
        root.fill(&WHITE)?;
        root.draw(&Rectangle::new([(10, 20), (30, 40)], BLUE.filled()))?;
        root.draw(&Rectangle::new([(50, 20), (70, 40)], BLUE))?;
        root.draw(&Circle::new((100, 30), 10, BLUE.filled()))?;
        root.draw(&Polygon::new([(120, 20), (140, 20), (140, 40), (120, 40)], BLUE))?;
        root.draw(&PathElement::new([(10, 60), (140, 60)], BLUE))?;
        root.draw_pixel((150, 30), &BLUE)?;
        Ok(())
    };
    let picture = png((160, 80), 96, draw);
    assert_eq!((picture.width, picture.pixels.len()), (160, 160 * 80));
    let blue = |x: usize, y: usize| picture.at(x, y) == [0, 0, 255];
    // A filled rectangle, and outside of it on each side.
    assert!(blue(10, 20) && blue(29, 39) && !blue(9, 30) && !blue(30, 30) && !blue(20, 19) && !blue(20, 40));
    // Outlines and lines of one pixel are as crisp as that.
    assert!(blue(50, 30) && !blue(51, 30) && !blue(49, 30) && !blue(60, 30));
    assert!(blue(10, 60) && blue(139, 60) && !blue(20, 59) && !blue(20, 61) && !blue(9, 60) && !blue(140, 60));
    assert!(blue(100, 30) && blue(92, 30) && !blue(88, 30) && !blue(92, 22));
    assert!(blue(120, 20) && blue(139, 39) && !blue(140, 40));
    assert!(blue(150, 30) && !blue(151, 30) && !blue(150, 31));
    // Three pixels a unit.
    let large = png((160, 80), 288, draw);
    assert_eq!(large.width, 480);
    assert!(large.at(30, 60) == [0, 0, 255] && large.at(89, 119) == [0, 0, 255] && large.at(90, 119) == [255; 3]);
}

#[test]
fn a_bitmap_is_blitted_where_it_fits() {
    // Red, green and blue, white; partly outside of the canvas.
    let rgb = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];
    let blit = |mut canvas: &mut Canvas| -> Result<(), Error> {
        for at in [(4, 4), (19, 4), (-1, 18)] {
            canvas.blit_bitmap(at, (2, 2), &rgb).map_err(|error| Error::Draw(error.to_string()))?;
        }
        Ok(())
    };
    let picture = png((20, 20), 192, blit);
    assert_eq!([picture.at(8, 8), picture.at(10, 8), picture.at(9, 11)], [[255, 0, 0], [0, 255, 0], [0, 0, 255]]);
    assert_eq!([picture.at(39, 9), picture.at(1, 37)], [[255, 0, 0], [0, 255, 0]]);
    assert_eq!(svg((20, 20), blit).matches("<image").count(), 3);
}

#[test]
fn texts_stand_at_their_anchors() {
    let place = |h: HPos, v: VPos, transform: FontTransform| {
        let style = TextStyle::from(("sans-serif", 20)).pos(Pos::new(h, v)).transform(transform);
        let draw = |canvas: &mut Canvas| -> Result<(), Error> {
            let root = canvas.into_drawing_area();
            root.fill(&WHITE)?;
            Ok(root.draw_text("HHHHH", &style, (100, 100))?)
        };
        let [left, top, right, bottom] = ink(&png((200, 200), 96, draw)).map(|at| at as i32 - 100);
        (left, top, right, bottom)
    };
    // Five letters H of 20 pixels are 75 wide and 15 high.
    let (left, top, right, bottom) = place(HPos::Left, VPos::Top, FontTransform::None);
    assert!((0..4).contains(&left) && (70..78).contains(&right) && (0..6).contains(&top) && (14..22).contains(&bottom));
    let (left, top, right, bottom) = place(HPos::Right, VPos::Bottom, FontTransform::None);
    assert!((-78..-70).contains(&left) && (-4..0).contains(&right) && (-24..-14).contains(&top) && bottom < 0);
    let (left, top, right, bottom) = place(HPos::Center, VPos::Center, FontTransform::None);
    assert!((left + right).abs() <= 2 && (top + bottom).abs() <= 2, "{left} {top} {right} {bottom}");
    // A quarter clockwise reads downwards, three quarters upwards, half from right to left.
    let (left, top, right, bottom) = place(HPos::Left, VPos::Top, FontTransform::Rotate90);
    assert!((0..4).contains(&top) && (70..78).contains(&bottom) && right < 0 && left > -24);
    let (left, top, right, bottom) = place(HPos::Left, VPos::Top, FontTransform::Rotate270);
    assert!((-4..0).contains(&bottom) && (-78..-70).contains(&top) && left >= 0 && right < 24);
    let (left, top, right, bottom) = place(HPos::Left, VPos::Top, FontTransform::Rotate180);
    assert!((-78..-70).contains(&left) && (-4..0).contains(&right) && bottom < 0 && top > -24);
}

#[test]
fn estimates_are_what_is_drawn() {
    let mut canvas = Canvas::png((400, 100), 96, 96).unwrap();
    let root = canvas.into_drawing_area();
    let size = |text: &str, size: i32, style: FontStyle| {
        root.estimate_text_size(text, &TextStyle::from(("serif", size, style))).unwrap()
    };
    let (width, height) = size("HHHHH", 20, FontStyle::Normal);
    assert!((72..79).contains(&width) && (15..24).contains(&height), "{width} x {height}");
    let (twice, _) = size("HHHHH", 40, FontStyle::Normal);
    assert!(twice.abs_diff(2 * width) <= 4, "{twice}");
    assert!(size("HHHHH", 20, FontStyle::Bold).0 > width);
    // The mathematics, not its source.
    assert!(size("$\\sigma$", 20, FontStyle::Normal).0 < 20);
    assert_eq!(size("", 20, FontStyle::Normal).0, 0);
}

/// Everything that a chart of plotters' draws, at any coordinates.
#[test]
fn a_chart_is_drawn_in_both_formats() {
    let draw = |canvas: &mut Canvas| -> Result<(), Error> {
        let root = canvas.into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption("$x^2$", ("sans-serif", 16))
            .set_all_label_area_size(30)
            .build_cartesian_2d(-1.0..1.0, 0.0..1.0)?;
        chart.configure_mesh().x_desc("the x").y_desc("the y").draw()?;
        let squares = (-30..=30).map(|i| f64::from(i) / 20.0).map(|x| (x, x * x));
        chart.draw_series(LineSeries::new(squares, BLUE))?.label("squares");
        chart.configure_series_labels().border_style(BLACK).draw()?;
        for far in [(i32::MAX, i32::MIN), (i32::MIN, i32::MAX)] {
            root.draw_text("far", &TextStyle::from(("sans-serif", 12)), (far.0 / 2, far.1 / 2))?;
        }
        let far = [(i32::MIN, i32::MIN), (i32::MAX, i32::MAX), (0, i32::MAX)];
        root.use_screen_coord().draw(&Polygon::new(far, BLUE.mix(0.5)))?;
        Ok(())
    };
    assert!(png((300, 200), 150, draw).pixels.iter().any(|pixel| pixel[2] == 255 && pixel[0] < 255));
    let svg = svg((300, 200), draw);
    let said = texts(&svg);
    for expected in ["$x^2$", "the x", "the y", "squares", "0.5"] {
        assert!(said.iter().any(|text| text == expected), "{expected} is missing in {said:?}");
    }
    assert!(svg.contains("<title id=\"title\">A &amp; B</title>") && svg.contains("viewBox=\"0 0 225 150\""));
}

#[test]
fn a_canvas_that_cannot_be_is_an_error() {
    for (size, units_per_inch, dpi) in [((0, 10), 96, 96), ((10, 10), 0, 96), ((10, 10), 96, 0)] {
        assert!(matches!(Canvas::png(size, units_per_inch, dpi), Err(Error::Size { .. })), "{size:?}");
    }
    assert!(matches!(Canvas::svg((10, 0), 96), Err(Error::Size { .. })));
    assert!(matches!(Canvas::png((100_000, 100_000), 96, 96), Err(Error::TooLarge { .. })));
    assert!(matches!(Canvas::svg((u32::MAX, u32::MAX), 1), Err(Error::TooLarge { .. })));
}
