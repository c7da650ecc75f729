//! Lines, markers, dense scatters, bars and heat maps that look like matplotlib's and are the same on every machine.
//!
//! A [`Figure`] is a sheet of so many inches; on it stand [`Panel`]s, each with two axes; in a panel lie [`Series`],
//! which are points drawn as a line, with [`Marker`]s, or both, and [`Bars`], and behind them a [`HeatMap`]. Everything
//! is plain data until [`Figure::save`] draws it, as PNG or as SVG.
//!
//! Each panel is a chart of plotters: its axes are `Ranged` coordinates, spines, ticks and their labels are its mesh,
//! lines, bars, markers and cells are series and elements, and texts are drawn by its `draw_text`. Below lies a
//! backend of this crate, drawn with tiny-skia or written as SVG: a [`Canvas`], on which you can draw charts of plotters'
//! yourself. Where everything stands follows matplotlib's rules.
//!
//! Some things are kept from plotters, because they would look worse: the legend (plotters sizes its box by fonts of its
//! own and spaces all rows alike), titles and labels of axes (it centres them on other areas), minor ticks and the ticks
//! of a bar of colours (it has none of a second length, and aligns labels on the right side otherwise), dashes, dense
//! markers, and texts that are slanted, cut or taken word for word. `paint/beyond.rs` has them all, with the reasons.
//!
//! Text is DejaVu Sans, bundled: an empty box stands for a character that it lacks, such as an ideograph, and scripts
//! that join their letters or run from right to left are not shaped.
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
//! Three examples draw more: `cargo run --release -p viz --example histogram`, one with both axes logarithmic,
//! `gallery`, all there is on two sheets, and `plotters`, a chart in plotters' own words.

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
