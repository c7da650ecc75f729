//! Every mark, line, bar, cell, axis and theme on two sheets.
//!
//! `cargo run --release -p softmax-viz --example gallery [FOLDER]` writes them as PNG and SVG.

use std::{path::PathBuf, process::ExitCode};

use viz::{Bars, Color, Dash, Error, Figure, HeatMap, Marker, Panel, Series, Shape, Theme};

fn main() -> ExitCode {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    let save = |theme: Theme| -> Result<(), Error> {
        for (figure, name) in [(marks(), "marks"), (bars_and_cells(), "bars-and-cells")] {
            let figure = figure.theme(theme);
            let name = format!("gallery-{name}-{theme:?}").to_lowercase();
            figure.save(folder.join(&name).with_extension("png"))?;
            figure.save(folder.join(&name).with_extension("svg"))?;
        }
        Ok(())
    };
    match [Theme::Light, Theme::Dark].into_iter().try_for_each(save) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gallery: {error}");
            ExitCode::FAILURE
        }
    }
}

fn marks() -> Figure {
    Figure::new(12.0, 8.0)
        .dpi(150)
        .grid(2, 3)
        .panel(markers())
        .panel(lines())
        .panel(log_axes())
        .panel(dense())
        .panel(missing())
        .panel(offsets())
        .name("Marks of viz")
        .footnote("viz, examples/gallery.rs")
}

fn bars_and_cells() -> Figure {
    Figure::new(15.0, 9.0)
        .dpi(150)
        .grid(2, 3)
        .panel(standing())
        .panel(lying())
        .panel(floating())
        .panel(cells())
        .panel(grid())
        .panel(words())
        .name("Bars and cells of viz")
        .footnote("viz, examples/gallery.rs")
}

const TOKENS: [&str; 8] = ["It", "␣was", "␣a", "␣dark", "␣and", "␣stormy", "␣night", "$\\sigma$"];

fn standing() -> Panel {
    let outlined = |values: &[f64]| Bars::vertical(values).edge(Color::INK);
    let (first, second) = ([4.2, 1.3, 0.4, 6.1, 1.0, 8.4, 0.2, 3.0], [2.0, 1.0, 0.2, 4.1, 0.8, 5.0, 0.1, -1.5]);
    let places = |shift: f64| -> Vec<f64> { (0..8).map(|i| f64::from(i) + shift).collect() };
    Panel::new()
        .title("A) Standing bars")
        .x_label("Token")
        .y_label("Surprisal (nats)")
        .x_words(TOKENS)
        .bars(outlined(&first).places(&places(-0.2)).thickness(0.4).color(Color::rgb(0.9, 0.7, 0.7)).label("small"))
        .bars(outlined(&second).places(&places(0.2)).thickness(0.4).color(Color::rgb(0.7, 0.9, 0.7)).label("large"))
        .legend()
}

fn lying() -> Panel {
    let values = [0.31, 0.22, 0.12, 0.07, 0.02];
    Panel::new()
        .title("B) Lying bars")
        .x_label("Probability")
        .y_words([" night", " day", " evening", " room", " internationalization and more"])
        .bars(Bars::horizontal(&values))
}

fn floating() -> Panel {
    let (least, largest) = ([5.96e-8, 9.2e-41, 1.4e-45], [65504.0, 3.39e38, 3.403e38]);
    Panel::new()
        .title("C) Floating bars on a log axis")
        .x_label("Positive numbers")
        .y_words(["float16", "bfloat16", "float32"])
        .x_log()
        .x_limits(1e-55, 1e55)
        .bars(Bars::horizontal(&largest).bases(&least).thickness(0.5).alpha(0.7))
}

fn cells() -> Panel {
    let mut noise = Noise(3);
    let values: Vec<f64> = (0..40).map(|i| noise.uniform().powi(3) * (1.0 + f64::from(i / 8)) / 5.0).collect();
    let texts = (0..40).map(|i| TOKENS[(i * 5 + 2) % 8]);
    Panel::new()
        .title("D) Texts in cells")
        .x_label("Token")
        .y_label("Layer")
        .x_words(TOKENS)
        .heat_map(HeatMap::new(5, 8, &values).limits(0.0, 1.0).texts(texts).color_bar("Probability"))
}

fn grid() -> Panel {
    let values: Vec<f64> = (0..144)
        .map(|i| (f64::from(i / 12), f64::from(i % 12)))
        .map(|(row, column)| if column > row { f64::NEG_INFINITY } else { (-(row - column) / 3.0).exp() / (row + 1.0) })
        .collect();
    Panel::new()
        .title("E) Square cells, without a value above the diagonal")
        .x_label("Key")
        .y_label("Query")
        .heat_map(HeatMap::new(12, 12, &values).square().color_bar("Softmax"))
}

fn words() -> Panel {
    let values: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 19)).collect();
    let words = (0..40).map(|i| format!("word {i}"));
    Panel::new()
        .title("F) More words than fit; a missing glyph: 漢")
        .y_label("Count")
        .x_words(words)
        .bars(Bars::vertical(&values).thickness(1.0).color(Color::MAGENTA).alpha(0.4))
        .series(Series::line(&[0.0, 39.0], &[4.0, 16.0]).color(Color::INK).dash(Dash::Dashed).label("trend"))
        .legend()
}

fn markers() -> Panel {
    let shapes = [Shape::Square, Shape::Circle, Shape::Triangle, Shape::Hexagon, Shape::Cross, Shape::Point];
    shapes.into_iter().enumerate().fold(
        Panel::new()
            .title("A) Markers")
            .x_label("Size (points)")
            .y_label("Shape")
            .x_limits(0.0, 21.0)
            .y_limits(-1.0, 6.0),
        |panel, (row, shape)| {
            [4.0, 8.0, 12.0, 16.0].into_iter().fold(panel, |panel, size| {
                let marker = Marker::new(shape).size(size).face(Color::cycle(row).with_alpha(0.5)).edge(Color::INK);
                panel.series(Series::scatter(&[size], &[row as f64], marker))
            })
        },
    )
}

fn lines() -> Panel {
    let x: Vec<f64> = (0..=40).map(|i| f64::from(i) / 10.0).collect();
    let wave = |shift: f64| -> Vec<f64> { x.iter().map(|x| (x * 2.0 + shift).sin() + shift).collect() };
    Panel::new()
        .title("B) Lines")
        .x_label("$\\omega t$")
        .y_label("$\\sin(2\\omega t + \\phi)$")
        .y_limits(-1.5, 7.0)
        .series(Series::line(&x, &wave(0.0)).label("solid"))
        .series(Series::line(&x, &wave(1.0)).dash(Dash::Dashed).label("dashed"))
        .series(Series::line(&x, &wave(2.0)).dash(Dash::Dotted).width(3.0).label("dotted, wide"))
        .series(Series::line(&x, &wave(3.0)).marker(Marker::new(Shape::Circle).size(4.0)).label("with markers"))
        .legend()
}

fn log_axes() -> Panel {
    let x: Vec<f64> = (0..30).map(|i| 10f64.powf(f64::from(i) / 7.0)).collect();
    let power = |exponent: f64| -> Vec<f64> { x.iter().map(|x| x.powf(exponent)).collect() };
    Panel::new()
        .title("C) Log axes")
        .x_label("x")
        .y_label("$x^n$")
        .x_log()
        .y_log()
        .series(Series::line(&x, &power(1.0)).label("$n = 1$"))
        .series(Series::line(&x, &power(-1.0)).label("$n = -1$"))
        .series(Series::line(&x, &power(-2.0)).label("$n = -2$"))
        .legend()
}

fn dense() -> Panel {
    let mut noise = Noise(1);
    let (x, y): (Vec<f64>, Vec<f64>) = (0..50_000).map(|_| (noise.bell(), noise.bell())).unzip();
    Panel::new()
        .title("D) 50,000 translucent points")
        .x_label("x")
        .y_label("y")
        .series(Series::scatter(&x, &y, Marker::new(Shape::Point)).color(Color::INK).alpha(0.05))
}

fn missing() -> Panel {
    let y: Vec<f64> = (0..30).map(|i| if i % 10 == 7 { f64::NAN } else { f64::from(i).sqrt() }).collect();
    let x: Vec<f64> = (0..30).map(f64::from).collect();
    Panel::new()
        .title("E) Values that are missing")
        .x_label("x")
        .y_label("$x^{0.5}$")
        .series(Series::line(&x, &y).marker(Marker::new(Shape::Circle)))
}

fn offsets() -> Panel {
    let x: Vec<f64> = (0..30).map(|i| 1e6 + f64::from(i) / 100.0).collect();
    let y: Vec<f64> = (0..30).map(|i| 1e-7 * f64::from(i * i)).collect();
    let marker = Marker::new(Shape::Square).face(Color::rgb(0.9, 0.7, 0.7)).edge(Color::INK);
    Panel::new().title("F) Offsets and powers").x_label("x").y_label("y").series(Series::line(&x, &y).marker(marker))
}

/// Numbers that look random: a linear congruential generator.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Nearly normal: the sum of twelve uniform numbers.
    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}
