//! A chart of your own, in plotters' words, drawn by viz: antialiased, with matplotlib's fonts and mathematics.
//! `cargo run --release -p softmax-viz --example plotters [FILE.png|FILE.svg]`
use std::{env, fs, path::PathBuf, process::ExitCode};

use plotters::prelude::*;
use viz::Canvas;

fn main() -> ExitCode {
    let path = env::args_os().nth(1).map_or_else(|| PathBuf::from("plotters.png"), PathBuf::from);
    match save(path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn save(path: PathBuf) -> Result<(), viz::Error> {
    let bytes = match path.extension().and_then(|extension| extension.to_str()) {
        Some("png") => picture(Canvas::png(SIZE, UNITS_PER_INCH, 192)?)?,
        Some("svg") => picture(Canvas::svg(SIZE, UNITS_PER_INCH)?)?,
        _ => return Err(viz::Error::Extension { path }),
    };
    fs::write(&path, bytes).map_err(|source| viz::Error::Write { path, source })
}

/// plotters counts in whole units. With ten of them in a CSS pixel, curves are smooth.
const PX: i32 = 10;

/// 640 x 400 CSS pixels.
const SIZE: (u32, u32) = (640 * PX as u32, 400 * PX as u32);
const UNITS_PER_INCH: u32 = 96 * PX as u32;

/// The bytes of the file.
fn picture(canvas: Canvas) -> Result<Vec<u8>, viz::Error> {
    let mut canvas = canvas.name("Damped oscillations");
    draw(&mut canvas)?;
    canvas.finish()
}

/// Nothing in here is viz's but the canvas.
fn draw(canvas: &mut Canvas) -> Result<(), viz::Error> {
    let root = canvas.into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(16 * PX)
        .caption("Damped oscillations: $e^{-\\lambda t} \\cos(\\omega t)$", ("sans-serif", 18 * PX, FontStyle::Bold))
        .set_left_and_bottom_label_area_size(52 * PX)
        .build_cartesian_2d(0.0..10.0, -1.0..1.0)?;
    chart
        .configure_mesh()
        .axis_style(BLACK.stroke_width(PX as u32))
        .bold_line_style(BLACK.mix(0.12).stroke_width(PX as u32))
        .set_all_tick_mark_size(5 * PX)
        .light_line_style(TRANSPARENT)
        .x_desc("Time $t$ (s)")
        .y_desc("Amplitude")
        .label_style(("sans-serif", 13 * PX))
        .x_labels(6)
        .y_labels(5)
        .draw()?;

    let colors = [RGBColor(0x1f, 0x77, 0xb4), RGBColor(0xff, 0x7f, 0x0e), RGBColor(0x2c, 0xa0, 0x2c)];
    for (lambda, color) in [0.1, 0.3, 0.6].into_iter().zip(colors) {
        let at = move |t: f64| (t, (-lambda * t).exp() * (2.0 * t).cos());
        let curve = LineSeries::new((0..=400).map(|i| at(f64::from(i) / 40.0)), color.stroke_width(2 * PX as u32));
        chart
            .draw_series(curve)?
            .label(format!("$\\lambda = {lambda}$"))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24 * PX, y)], color.stroke_width(2 * PX as u32)));
        chart.draw_series((0..=20).map(|i| Circle::new(at(f64::from(i) / 2.0), 3 * PX, color.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .legend_area_size(32 * PX)
        .margin(10 * PX)
        .label_font(("sans-serif", 14 * PX))
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.2).stroke_width(PX as u32))
        .draw()?;
    Ok(())
}
