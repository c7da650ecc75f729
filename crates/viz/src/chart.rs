//! What is to be drawn, as plain values.

mod axis;
mod color;
mod figure;
mod omitted;
mod panel;
mod series;
mod theme;
mod ticks;

pub use color::Color;
pub use figure::Figure;
pub use panel::Panel;
pub use series::{Dash, Marker, Series, Shape};
pub use theme::Theme;

pub(crate) use axis::Axis;
pub(crate) use color::Rgba;
pub(crate) use omitted::Omitted;
pub(crate) use ticks::{Tick, offset_text, ticks};
