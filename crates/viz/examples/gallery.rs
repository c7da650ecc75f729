//! Every mark, line, axis and theme on two sheets.
//!
//! `cargo run --release -p viz --example gallery [FOLDER]` writes them as PNG and SVG.

use std::{path::PathBuf, process::ExitCode};

use viz::{Color, Dash, Error, Figure, Marker, Panel, Series, Shape, Theme};

fn main() -> ExitCode {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    let save = |(theme, name): (Theme, &str)| -> Result<(), Error> {
        let figure = gallery().theme(theme);
        figure.save(folder.join(format!("{name}.png")))?;
        figure.save(folder.join(format!("{name}.svg")))
    };
    match [(Theme::Light, "gallery-light"), (Theme::Dark, "gallery-dark")].into_iter().try_for_each(save) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gallery: {error}");
            ExitCode::FAILURE
        }
    }
}

fn gallery() -> Figure {
    Figure::new(12.0, 8.0)
        .dpi(150)
        .grid(2, 3)
        .panel(markers())
        .panel(lines())
        .panel(log_axes())
        .panel(dense())
        .panel(missing())
        .panel(offsets())
        .name("Gallery of viz")
        .footnote("viz, examples/gallery.rs")
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
