//! Tests of the public API: pictures, documents, files, errors.

mod bars_and_cells;
mod canvas;
mod errors;
mod marks;

use std::{collections::BTreeSet, fs, path::PathBuf};

use viz::{Bars, Color, Dash, Error, Figure, HeatMap, Marker, Panel, Series, Shape, Theme};

const SHAPES: [Shape; 6] = [Shape::Square, Shape::Circle, Shape::Triangle, Shape::Hexagon, Shape::Cross, Shape::Point];

/// A panel with every mark in it, few and many.
fn every_mark() -> Panel {
    let x: Vec<f64> = (0..20).map(f64::from).collect();
    let panel = Panel::new().title("Every <mark> & \"line\"").x_label("x").y_label("$\\sigma^2$").legend();
    let panel = SHAPES.iter().enumerate().fold(panel, |panel, (row, shape)| {
        let y: Vec<f64> = x.iter().map(|x| row as f64 + x.sin() / 4.0).collect();
        let dash = [Dash::Solid, Dash::Dashed, Dash::Dotted][row % 3];
        let marker = Marker::new(*shape).size(8.0).edge(Color::INK);
        panel.series(Series::line(&x, &y).dash(dash).marker(marker).label(format!("{shape:?}")))
    });
    let many: Vec<f32> = (0..5000).map(|i| i as f32 / 250.0).collect();
    let dense: Vec<f32> = many.iter().map(|x| (x * 175.0).sin() * 3.0 + 2.0).collect();
    let marker = Marker::new(Shape::Point).face(Color::MAGENTA);
    panel.series(Series::scatter(&many, &dense, marker).alpha(0.2))
}

fn figure() -> Figure {
    Figure::new(4.0, 3.0).dpi(100).panel(every_mark()).footnote("A footnote")
}

struct Picture {
    width: usize,
    pixels: Vec<[u8; 3]>,
    dots_per_metre: Option<(u32, u32)>,
}

impl Picture {
    fn of(figure: &Figure) -> Self {
        Self::decoded(&figure.to_png().expect("the figure can be drawn"))
    }

    fn decoded(bytes: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
        let mut data = vec![0; reader.output_buffer_size().expect("a size")];
        let frame = reader.next_frame(&mut data).expect("whole");
        assert_eq!((frame.color_type, frame.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
        let dots = reader.info().pixel_dims.map(|d| (d.xppu, d.yppu));
        let pixels = data.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
        Self { width: frame.width as usize, pixels, dots_per_metre: dots }
    }

    fn at(&self, x: usize, y: usize) -> [u8; 3] {
        self.pixels[y * self.width + x]
    }
}

/// A document's texts.
fn texts(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).expect("valid XML");
    document.descendants().filter_map(|node| node.attribute("aria-label").map(str::to_owned)).collect()
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

#[test]
fn a_png_has_its_size_and_its_resolution() {
    let picture = Picture::of(&figure());
    assert_eq!((picture.width, picture.pixels.len()), (400, 400 * 300));
    // 100 dpi.
    assert_eq!(picture.dots_per_metre, Some((3937, 3937)));
}

#[test]
fn two_runs_give_the_same_bytes() {
    assert!(figure().to_png().unwrap() == figure().to_png().unwrap());
    assert!(figure().to_svg().unwrap() == figure().to_svg().unwrap());
}

#[test]
fn an_svg_is_valid_and_says_what_it_shows() {
    let svg = figure().to_svg().unwrap();
    let document = roxmltree::Document::parse(&svg).expect("valid XML");
    let root = document.root_element();
    assert_eq!(root.attribute("viewBox"), Some("0 0 288 216"));
    let text = |tag| document.descendants().find(|n| n.has_tag_name(tag)).and_then(|n| n.text()).unwrap_or_default();
    assert_eq!(text(("http://www.w3.org/2000/svg", "title")), "Every <mark> & \"line\"");
    assert!(text(("http://www.w3.org/2000/svg", "desc")).contains("5120 points"));

    let said = texts(&svg);
    for expected in ["Every <mark> & \"line\"", "x", "$\\sigma^2$", "Square", "Point", "A footnote", "0", "5"] {
        assert!(said.iter().any(|text| text == expected), "{expected} is missing in {said:?}");
    }
    // Every reference has its target, and the one dense layer is a PNG.
    let ids: BTreeSet<&str> = document.descendants().filter_map(|n| n.attribute("id")).collect();
    let links: Vec<&str> =
        document.descendants().filter_map(|n| n.attribute(("http://www.w3.org/1999/xlink", "href"))).collect();
    let (images, uses): (Vec<&str>, Vec<&str>) = links.into_iter().partition(|link| link.starts_with("data:"));
    assert!(uses.iter().all(|link| ids.contains(&link[1..])), "a dangling reference");
    assert_eq!(images.len(), 1);
    assert!(images[0].starts_with("data:image/png;base64,iVBORw0KGgo"));
    // No text that the viewer's fonts would draw.
    assert!(!document.descendants().any(|n| n.tag_name().name() == "text"));
}

#[test]
fn characters_that_xml_forbids_are_replaced() {
    let panel = Panel::new().title("bell \u{7} and null \0").series(Series::line(&[0.0, 1.0], &[0.0, 1.0]));
    let svg = Figure::new(4.0, 3.0).panel(panel).to_svg().unwrap();
    assert!(texts(&svg).contains(&"bell \u{fffd} and null \u{fffd}".to_owned()));
}

/// plotters' own bitmap backend stops at grey here, for it rounds down at every marker.
#[test]
fn a_stack_of_translucent_markers_converges_to_its_colour() {
    let stack = |color: Color| {
        let points = vec![0.5; 20_000];
        let marker = Marker::new(Shape::Square).size(40.0).edge(Color::INK.with_alpha(0.0));
        let series = Series::scatter(&points, &points, marker).color(color).alpha(0.02);
        let panel = Panel::new().x_limits(0.0, 1.0).y_limits(0.0, 1.0).series(series);
        Picture::of(&Figure::new(2.0, 2.0).dpi(100).panel(panel)).at(110, 80)
    };
    assert_eq!(stack(Color::INK), [0, 0, 0]);
    assert_eq!(stack(Color::rgb(0.2, 0.4, 0.6)), [51, 102, 153]);
}

#[test]
fn translucent_markers_mix_in_the_order_of_the_series() {
    let both = |first: Color, second: Color| {
        let at = |color: Color| {
            let marker = Marker::new(Shape::Square).size(60.0).edge(color.with_alpha(0.0)).face(color.with_alpha(0.5));
            Series::scatter(&[0.5], &[0.5], marker)
        };
        let panel = Panel::new().x_limits(0.0, 1.0).y_limits(0.0, 1.0).series(at(first)).series(at(second));
        Picture::of(&Figure::new(2.0, 2.0).dpi(100).panel(panel)).at(110, 80)
    };
    let (red, blue) = (Color::rgb(1.0, 0.0, 0.0), Color::rgb(0.0, 0.0, 1.0));
    // White under half of red under half of blue; 1 of 255 for rounding twice.
    let near = |[r, g, b]: [u8; 3], expected: [i32; 3]| {
        [r, g, b].iter().zip(expected).all(|(have, want)| (i32::from(*have) - want).abs() <= 1)
    };
    assert!(near(both(red, blue), [128, 64, 191]), "{:?}", both(red, blue));
    assert!(near(both(blue, red), [191, 64, 128]), "{:?}", both(blue, red));
}

/// The same markers as a few, drawn one by one, and as many, stamped.
#[test]
fn stamped_markers_look_like_single_ones() {
    let draw = |shape: Shape, far_away: usize| {
        let mut x: Vec<f64> = (0..40).map(|i| f64::from(i) / 40.0).collect();
        let mut y: Vec<f64> = (0..40).map(|i| (f64::from(i) * 0.37).fract()).collect();
        // Points far outside count as many and draw nothing.
        x.extend(vec![50.0; far_away]);
        y.extend(vec![50.0; far_away]);
        let marker = Marker::new(shape).size(12.0).face(Color::cycle(1).with_alpha(0.5)).edge(Color::INK);
        let panel = Panel::new().x_limits(-0.1, 1.1).y_limits(-0.1, 1.1).series(Series::scatter(&x, &y, marker));
        Picture::of(&Figure::new(3.0, 3.0).dpi(150).panel(panel))
    };
    for shape in SHAPES {
        let (few, many) = (draw(shape, 0), draw(shape, 3000));
        let differences = few.pixels.iter().flatten().zip(many.pixels.iter().flatten());
        let sum: f64 = differences.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
        let distance = sum / (few.pixels.len() * 3) as f64;
        // Stamps lie up to an eighth of a pixel beside their places, and single shapes are antialiased in quarters of
        // a pixel: together 0.95 for the squares, whose rims are longest. One whole pixel would make it 7.
        assert!(distance < 1.5, "{shape:?}: {distance} of 255 on average");
    }
}

#[test]
fn what_is_not_finite_is_left_out_and_counted() {
    let remark = |panel: Panel| {
        let svg = Figure::new(6.0, 3.0).panel(panel).to_svg().unwrap();
        texts(&svg).into_iter().find(|text| text.contains("left out") || text.contains("finite"))
    };
    let scatter = |values: &[f32]| Series::indexed(values, Marker::new(Shape::Point));
    let nan = scatter(&vec![f32::NAN; 50_257]);
    assert_eq!(remark(Panel::new().series(nan)).unwrap(), "no finite values (50,257 NaN)");
    let mixed = scatter(&[1.0, f32::NAN, 2.0, f32::INFINITY, f32::NEG_INFINITY, 3.0]);
    assert_eq!(remark(Panel::new().series(mixed)).unwrap(), "left out: 1 NaN, 2 infinite");
    assert_eq!(remark(Panel::new().series(scatter(&[1.0, 2.0]))), None);
    assert_eq!(remark(Panel::new()), None);
    // Zeros have no logarithm.
    let zeros = || scatter(&[0.0, 0.1, -1.0, 0.01]);
    assert_eq!(remark(Panel::new().y_log().series(zeros())).unwrap(), "left out: 2 not positive");
    assert_eq!(remark(Panel::new().series(zeros())), None);
    let none = scatter(&[0.0, 0.0]);
    assert_eq!(remark(Panel::new().y_log().series(none)).unwrap(), "no positive finite values (2 not positive)");
}

#[test]
fn a_line_is_broken_where_a_value_is_missing() {
    let x = [0.0, 1.0, 2.0, 3.0, 4.0];
    let dark = |middle: f64| {
        let series = Series::line(&x, &[1.0, 1.0, middle, 1.0, 1.0]).color(Color::INK).width(4.0);
        let panel = Panel::new().x_limits(0.0, 4.0).y_limits(0.0, 2.0).series(series);
        let picture = Picture::of(&Figure::new(3.0, 2.0).dpi(100).panel(panel));
        // The column in the middle of the gap, above the axis.
        (20..140).filter(|y| picture.at(164, *y)[0] < 128).count()
    };
    assert!(dark(1.0) > 0);
    assert_eq!(dark(f64::NAN), 0);
}

/// plotters' own coordinates would move the far point to the rim, and the line with it.
#[test]
fn what_lies_outside_of_the_limits_stays_there() {
    let draw = |series: Series| {
        let panel = Panel::new().x_limits(0.0, 2.0).y_limits(0.0, 2.0).series(series.color(Color::rgb(1.0, 0.0, 0.0)));
        Picture::of(&Figure::new(3.0, 3.0).dpi(100).panel(panel))
    };
    let red = |picture: &Picture| -> Vec<(usize, usize)> {
        let is_red = |at: &(usize, usize)| picture.at(at.0, at.1)[0] > 200 && picture.at(at.0, at.1)[1] < 60;
        (0..300).flat_map(|y| (0..300).map(move |x| (x, y))).filter(is_red).collect()
    };
    // Along the diagonal, whether it ends within or twenty times as far.
    let ends = |end: f64| {
        let line = draw(Series::line(&[0.0, end], &[0.0, end]).width(2.0));
        let on = red(&line);
        (on.iter().map(|p| p.0).max(), on.iter().map(|p| p.1).min(), on.len())
    };
    assert_eq!(ends(2.0), ends(20.0));
    let steep = |far: f64| red(&draw(Series::line(&[0.0, far], &[0.0, 2.0 * far]).width(2.0)));
    // But for what the end of the nearer one shows at the rim.
    let (near, far) = (steep(1.0), steep(50.0));
    let apart = far.iter().filter(|at| !near.contains(at)).chain(near.iter().filter(|at| !far.contains(at))).count();
    assert!(apart <= 4, "{apart} of {}", near.len());
    // Markers beyond the rim are not seen, be they few or many.
    for count in [1, 5000] {
        let far = vec![50.0; count];
        assert_eq!(red(&draw(Series::scatter(&far, &far, Marker::new(Shape::Square).size(20.0)))), []);
    }
}

#[test]
fn the_dark_theme_has_the_notebooks_colours() {
    let picture = Picture::of(&figure().theme(Theme::Dark));
    assert_eq!(picture.at(0, 0), [0x28, 0x2a, 0x2c]);
    assert!(picture.pixels.contains(&[0xdd, 0xe2, 0xf4]));
    let light = Picture::of(&figure());
    assert_eq!(light.at(0, 0), [255, 255, 255]);
    assert!(light.pixels.contains(&[0, 0, 0]));
    let blue = |theme: Theme, rgb: [u8; 3]| {
        let line = Series::line(&[0.0, 1.0], &[0.0, 1.0]).color(Color::BLUE).width(5.0);
        Picture::of(&Figure::new(2.0, 2.0).dpi(100).theme(theme).panel(Panel::new().series(line))).pixels.contains(&rgb)
    };
    assert!(blue(Theme::Light, [0, 0, 255]) && blue(Theme::Dark, [0x5c, 0x7c, 0xff]));
}

#[test]
fn files_appear_whole_or_not_at_all() {
    let folder = folder("files");
    let path = folder.join("figure.png");
    fs::write(&path, "what was there before").unwrap();
    // A figure that cannot be drawn does not change the old file.
    assert!(Figure::new(4.0, 3.0).save(&path).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "what was there before");
    figure().save(&path).unwrap();
    assert!(fs::read(&path).unwrap() == figure().to_png().unwrap());
    figure().save(folder.join("figure.SVG")).unwrap();
    let names: BTreeSet<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["figure.SVG", "figure.png"].map(Into::into).into(), "nothing temporary stays");

    let missing = folder.join("missing").join("figure.png");
    let error = figure().save(&missing).expect_err("the folder does not exist");
    assert!(matches!(&error, Error::Write { path, .. } if *path == missing));
    assert!(error.to_string().contains("missing"), "{error}");
    // A folder in the file's place.
    fs::create_dir(folder.join("folder.png")).unwrap();
    assert!(matches!(figure().save(folder.join("folder.png")), Err(Error::Write { .. })));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "nothing temporary stays");
    for name in ["figure", "figure.jpg", ""] {
        assert!(matches!(figure().save(folder.join(name)), Err(Error::Extension { .. })), "{name}");
    }
}

#[test]
fn numbers_of_every_type_are_drawn_alike() {
    let svg = |panel: Panel| Figure::new(4.0, 3.0).panel(panel).to_svg().unwrap();
    let line = svg(Panel::new().series(Series::line(&[0.0, 1.0, 2.0], &[3.0, 5.0, 4.0])));
    assert!(svg(Panel::new().series(Series::line(&[0_i64, 1, 2], &[3_u8, 5, 4]))) == line);
    let bars = svg(Panel::new().bars(Bars::vertical(&[3.0, 5.0]).places(&[0.0, 2.0])));
    assert!(svg(Panel::new().bars(Bars::vertical(&[3_usize, 5]).places(&[0_i128, 2]))) == bars);
    let cells = svg(Panel::new().heat_map(HeatMap::new(1, 2, &[1.0, 2.0])));
    assert!(svg(Panel::new().heat_map(HeatMap::new(1, 2, &[1_u64, 2]))) == cells);
}

/// Data of every size has finite limits and a picture.
#[test]
fn extreme_data_is_drawn() {
    let extremes: [&[f64]; 8] = [
        &[],
        &[0.0],
        &[-f64::MAX, f64::MAX],
        &[f64::MIN_POSITIVE, 5e-324],
        &[1e300, 1e-300],
        &[1.0, 1.0 + f64::EPSILON],
        &[1e15, 1e15 + 1.0],
        &[-0.0, 0.0],
    ];
    for values in extremes {
        for panel in [Panel::new(), Panel::new().y_log(), Panel::new().x_log().y_log()] {
            let marker = Marker::new(Shape::Circle);
            let panel = panel.series(Series::line(values, values).marker(marker).label("y")).legend();
            let figure = Figure::new(4.0, 3.0).dpi(50).panel(panel);
            figure.to_png().unwrap_or_else(|error| panic!("{values:?}: {error}"));
            let svg = figure.to_svg().unwrap();
            assert!(!svg.contains("\"NaN") && !svg.contains(" NaN\"") && !svg.contains("\"inf"), "{values:?}");
        }
    }
}
