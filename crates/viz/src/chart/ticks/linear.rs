use super::tick::{Tick, minus};
use crate::chart::axis::Axis;

/// Steps that read well, in units of a power of ten; with a decade's neighbours to either side.
const STEPS: [f64; 10] = [0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0, 20.0];

pub(super) fn ticks(axis: &Axis, max_labels: usize) -> Vec<Tick> {
    let values = values(axis, max_labels);
    let format = Format::new(axis, &values);
    let within = |v: &f64| (axis.low..=axis.high).contains(v);
    values.into_iter().filter(within).map(|value| Tick { value, major: true, label: format.label(value) }).collect()
}

pub(super) fn offset_text(axis: &Axis, max_labels: usize) -> String {
    Format::new(axis, &values(axis, max_labels)).offset_text()
}

/// matplotlib's `MaxNLocator._raw_ticks`: the ticks, with one beyond each limit.
fn values(axis: &Axis, max_labels: usize) -> Vec<f64> {
    let bins = max_labels.clamp(1, 9) as f64;
    let Range { scale, offset } = Range::of(axis.low, axis.high, bins);
    let (low, high) = (axis.low - offset, axis.high - offset);
    let raw_step = (high - low) / bins;
    let largest = STEPS.iter().position(|step| step * scale >= raw_step).unwrap_or(STEPS.len() - 1);
    let mut ticks = Vec::new();
    for step in STEPS[..=largest].iter().rev().map(|step| step * scale) {
        let base = (low / step).floor() * step;
        let first = edge(low - base, step, offset, Side::Below);
        let last = edge(high - base, step, offset, Side::Above);
        // A step lost in the rounding of huge limits would never reach the end.
        let count = (last - first).clamp(0.0, 100.0) as i32;
        ticks = (0..=count).map(|i| (first + f64::from(i)) * step + base).collect();
        if ticks.iter().filter(|t| (low..=high).contains(t)).count() >= 2 {
            break;
        }
    }
    for tick in &mut ticks {
        *tick += offset;
    }
    ticks
}

/// matplotlib's `scale_range`.
struct Range {
    /// The power of ten that steps are multiples of.
    scale: f64,
    /// The offset to subtract first if the values are far larger than their distances.
    offset: f64,
}

impl Range {
    fn of(low: f64, high: f64, bins: f64) -> Self {
        let distance = high - low;
        let mean = low / 2.0 + high / 2.0;
        let offset =
            if mean.abs() / distance < 100.0 { 0.0 } else { 10f64.powf(mean.abs().log10().floor()).copysign(mean) };
        Self { scale: 10f64.powf((distance / bins).log10().floor()), offset }
    }
}

#[derive(Clone, Copy)]
enum Side {
    Below,
    Above,
}

/// The number of the step at or beside `distance`; matplotlib's `_Edge_integer`.
fn edge(distance: f64, step: f64, offset: f64, side: Side) -> f64 {
    let whole = (distance / step).floor();
    let rest = distance / step - whole;
    let tolerance = if offset == 0.0 {
        1e-10
    } else {
        let digits = (offset.abs() / step).log10();
        10f64.powf(digits - 12.0).clamp(1e-10, 0.4999)
    };
    match side {
        Side::Below if (rest - 1.0).abs() < tolerance => whole + 1.0,
        Side::Below => whole,
        Side::Above if rest < tolerance => whole,
        Side::Above => whole + 1.0,
    }
}

/// matplotlib's `ScalarFormatter`: enough decimals to distinguish the ticks, a common power of ten outside `1e-5..1e6`,
/// and a common offset if it saves four digits.
struct Format {
    decimals: usize,
    exponent: i32,
    offset: f64,
}

impl Format {
    fn new(axis: &Axis, values: &[f64]) -> Self {
        let visible: Vec<f64> = values.iter().copied().filter(|v| (axis.low..=axis.high).contains(v)).collect();
        let offset = common_offset(&visible);
        let largest = visible.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
        let magnitude = if offset != 0.0 { axis.high - axis.low } else { largest };
        let exponent = if magnitude > 0.0 { magnitude.log10().floor() as i32 } else { 0 };
        let exponent = if (-4..6).contains(&exponent) { 0 } else { exponent };

        let scaled: Vec<f64> = values.iter().map(|v| (v - offset) / 10f64.powi(exponent)).collect();
        let (low, high) = scaled.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        let range = [high - low, high.abs().max(low.abs()), 1.0].into_iter().find(|r| *r > 0.0).unwrap_or(1.0);
        let magnitude = range.log10().floor() as i32;
        let threshold = 1e-3 * 10f64.powi(magnitude);
        let rounds = |decimals: i32| {
            let unit = 10f64.powi(decimals);
            scaled.iter().all(|v| (v - (v * unit).round() / unit).abs() < threshold)
        };
        let mut decimals = (3 - magnitude).max(0);
        while decimals > 0 && rounds(decimals - 1) {
            decimals -= 1;
        }
        Self { decimals: decimals as usize, exponent, offset }
    }

    fn label(&self, value: f64) -> String {
        let value = (value - self.offset) / 10f64.powi(self.exponent);
        // No negative zero.
        let value = if value.abs() < 1e-8 { 0.0 } else { value };
        minus(&format!("{value:.*}", self.decimals))
    }

    fn offset_text(&self) -> String {
        let factor = if self.exponent == 0 { String::new() } else { format!("1e{}", self.exponent) };
        let offset = if self.offset == 0.0 { String::new() } else { format!("{:+e}", self.offset) };
        minus(&format!("{factor}{offset}"))
    }
}

/// matplotlib's `ScalarFormatter._compute_offset`.
fn common_offset(values: &[f64]) -> f64 {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    if low >= high || (low <= 0.0 && high >= 0.0) {
        return 0.0;
    }
    let (small, large) = (low.abs().min(high.abs()), low.abs().max(high.abs()));
    let quotients = |magnitude: i32| {
        let unit = 10f64.powi(magnitude);
        ((small / unit).floor(), (large / unit).floor())
    };
    let start = large.log10().ceil() as i32;
    let first = |differ: &dyn Fn((f64, f64)) -> bool| {
        (start - 40..=start).rev().find(|m| differ(quotients(*m))).map_or(start, |m| m + 1)
    };
    let mut magnitude = first(&|(a, b)| a != b);
    if (large - small) / 10f64.powi(magnitude) <= 1e-2 {
        magnitude = first(&|(a, b)| b - a > 1.0);
    }
    let unit = 10f64.powi(magnitude);
    let whole = (large / unit).floor();
    if whole >= 1e3 { (whole * unit).copysign(low) } else { 0.0 }
}
