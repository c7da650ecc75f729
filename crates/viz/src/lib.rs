//! Lines, markers, dense scatters, bars and heat maps that look like matplotlib's and are the same on every machine.
//!
//! A [`Figure`] has a size in inches and contains [`Panel`]s, each with two axes. A panel contains [`Series`] (points
//! drawn as a line, with [`Marker`]s, or both; and reference lines), [`Bars`] (histograms too), texts, and behind them a
//! [`HeatMap`]. A figure is plain data; [`Figure::save`] draws it as PNG or SVG.
//!
//! Each panel is a plotters chart: its axes are `Ranged` coordinates; spines, ticks and tick labels are its mesh;
//! lines, bars, markers and cells are series and elements; `draw_text` draws texts. This crate's plotters backend,
//! [`Canvas`], rasterises with tiny-skia or writes SVG; you can draw your own plotters charts on it. The layout follows
//! matplotlib's rules.
//!
//! This crate draws some things without plotters, because they would look worse: the legend (plotters sizes its box
//! with other fonts and spaces all rows equally), titles and axis labels (it centres them on other areas), minor ticks
//! and the ticks of a colour bar (it has one tick length, and aligns labels on the right differently), dashes, dense
//! markers, and texts that are slanted, clipped or literal. `paint/beyond.rs` lists them with the reasons.
//!
//! Text is DejaVu Sans, bundled. A missing character, such as an ideograph, is an empty box. Scripts that join letters
//! or run from right to left are not shaped.
//!
//! ```
//! use viz::{Color, Figure, Marker, Panel, Series, Shape};
//! # fn main() -> Result<(), viz::Error> {
//! let x: Vec<f64> = (0..50).map(|i| f64::from(i) / 10.0).collect();
//! let decay: Vec<f64> = x.iter().map(|x| (-x).exp()).collect();
//! let noise: Vec<f64> = decay.iter().enumerate().map(|(i, y)| y * (1.0 + 0.1 * (i as f64).sin())).collect();
//!
//! let panel = Panel::new()
//!     .title("Decay")
//!     .x_label("Time (s)")
//!     .y_label("Activity")
//!     .series(Series::scatter(&x, &noise, Marker::new(Shape::Point)).color(Color::INK).alpha(0.5).label("measured"))
//!     .series(Series::line(&x, &decay).label("$e^{-t}$"))
//!     .legend();
//! let folder = std::env::temp_dir();
//! Figure::new(5.0, 3.0).dpi(100).panel(panel).save(folder.join("decay.png"))?;
//! # std::fs::remove_file(folder.join("decay.png")).ok();
//! # Ok(())
//! # }
//! ```
//!
//! There are three examples, run with `cargo run --release -p softmax-viz --example NAME`: `histogram` has two
//! logarithmic axes, `gallery` shows marks, bars, cells and themes in two figures, and `plotters` draws a plotters chart
//! on a [`Canvas`].

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod chart;
mod error;
mod layout;
mod paint;
mod render;
mod text;

pub use chart::{Bars, Color, Dash, Figure, HeatMap, Marker, Panel, Series, Shape, Theme};
pub use error::Error;
pub use paint::Canvas;
pub use text::draws;
