//! A figure as plain values.

mod axis;
mod bars;
mod color;
mod colormap;
mod figure;
mod heat;
mod omitted;
mod panel;
mod series;
mod spec;
mod theme;
mod ticks;

pub use bars::Bars;
pub use color::Color;
pub use figure::Figure;
pub use heat::HeatMap;
pub use panel::Panel;
pub use series::{Dash, Marker, Series, Shape};
pub use theme::Theme;

pub(crate) use axis::Axis;
pub(crate) use color::Rgba;
pub(crate) use omitted::Omitted;
pub(crate) use spec::{AxisSpec, OwnTick};
pub(crate) use ticks::{Tick, offset_text, ticks};
