//! Where ticks stand and what they say: matplotlib's `AutoLocator`, `LogLocator` and their formatters
//! (<https://github.com/matplotlib/matplotlib/blob/v3.10.0/lib/matplotlib/ticker.py>).

use crate::axis::{Axis, Scale};

/// One tick within the limits of its axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) major: bool,
    /// Empty where the tick says nothing.
    pub(crate) label: String,
}

/// The ticks of an axis that has room for `room` labels, and in scientific notation a text for its end.
pub(crate) fn ticks(axis: &Axis, room: usize) -> Vec<Tick> {
    match axis.scale {
        Scale::Linear => linear(axis, room),
        Scale::Log => log(axis, room),
    }
}

/// The factor or the difference that the labels leave out, such as `1e−6` or `+1e3`; empty for most axes.
pub(crate) fn offset_text(axis: &Axis, room: usize) -> String {
    match axis.scale {
        Scale::Linear => Format::new(axis, &linear_values(axis, room)).offset_text(),
        Scale::Log => String::new(),
    }
}

/// A single value in the axis' own format, without offset.
pub(crate) fn label(axis: &Axis, value: f64) -> String {
    match axis.scale {
        Scale::Linear => minus(&format!("{value}")),
        Scale::Log => power_of_ten(value),
    }
}

/// matplotlib's `fix_minus`: the minus sign is as wide as a digit's neighbours expect.
fn minus(text: &str) -> String {
    text.replace('-', "\u{2212}")
}

// ---- linear

/// Steps that read well, in units of a power of ten; with a decade's neighbours to either side.
const STEPS: [f64; 10] = [0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0, 20.0];

fn linear(axis: &Axis, room: usize) -> Vec<Tick> {
    let values = linear_values(axis, room);
    let format = Format::new(axis, &values);
    let within = |v: &f64| (axis.low..=axis.high).contains(v);
    values.into_iter().filter(within).map(|value| Tick { value, major: true, label: format.label(value) }).collect()
}

/// matplotlib's `MaxNLocator._raw_ticks`: the ticks, with one beyond each limit.
fn linear_values(axis: &Axis, room: usize) -> Vec<f64> {
    let bins = room.clamp(1, 9) as f64;
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
    /// What to take off first where the values are far larger than their distance.
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

/// matplotlib's `ScalarFormatter`: as many decimals as tell the ticks apart, a common power of ten outside
/// `1e-5..1e6`, a common offset where it saves four digits.
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

// ---- log

/// Decades, with their multiples as minor ticks where every decade has its tick; matplotlib's `LogLocator`.
fn log(axis: &Axis, room: usize) -> Vec<Tick> {
    let within = |v: &f64| (axis.low..=axis.high).contains(v);
    let (low, high) = (exponent(axis.low), exponent(axis.high));
    let (first, last) = (low.ceil() as i32, high.floor() as i32);
    let stride = stride(first, last, room);

    let mut ticks: Vec<Tick> = (first..=last)
        .filter(|e| e.rem_euclid(stride) == 0)
        .map(|e| 10f64.powi(e))
        .filter(within)
        .map(|value| Tick { value, major: true, label: power_of_ten(value) })
        .collect();
    if stride == 1 {
        let few = ticks.len() <= 1;
        for decade in first - 1..=last {
            for multiple in 2..10 {
                let value = power(multiple, decade);
                // With at most one decade in sight the multiples must tell the scale: all on less than 0.4 decades.
                let says = few && (high - low <= 0.4 || matches!(multiple, 2 | 3 | 4 | 6));
                let label = if says { format!("${multiple}\u{d7}10^{{{decade}}}$") } else { String::new() };
                ticks.push(Tick { value, major: false, label });
            }
        }
        ticks.retain(|tick| within(&tick.value));
    }
    ticks
}

/// Every how manieth decade has a tick, so that no more than `room` have.
fn stride(first: i32, last: i32, room: usize) -> i32 {
    let decades = (last - first + 1).max(0);
    let room = room.clamp(2, 9) as i32;
    decades / (room + 1) + 1
}

fn exponent(value: f64) -> f64 {
    value.log10()
}

/// `multiple · 10^decade`, the double nearest to the decimal number.
fn power(multiple: u32, decade: i32) -> f64 {
    format!("{multiple}e{decade}").parse().unwrap_or(f64::NAN)
}

fn power_of_ten(value: f64) -> String {
    format!("$10^{{{}}}$", exponent(value).round() as i32)
}
