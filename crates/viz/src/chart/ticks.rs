//! Where ticks stand and what they say: matplotlib's `AutoLocator`, `LogLocator` and their formatters
//! (<https://github.com/matplotlib/matplotlib/blob/v3.10.0/lib/matplotlib/ticker.py>).

use super::axis::{Axis, Scale};

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

    // One more at each end: the logarithm of a limit may have been rounded over it.
    let mut ticks: Vec<Tick> = (first - 1..=last + 1)
        .filter(|e| e.rem_euclid(stride) == 0)
        .map(|decade| power(1, decade))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, low: f64, high: f64, room: usize) -> Vec<String> {
        let ticks = ticks(&Axis { scale, low, high }, room);
        ticks.into_iter().filter(|t| t.major || !t.label.is_empty()).map(|t| t.label).collect()
    }

    /// Limits and labels of the notebook's axes as matplotlib 3.11.2 gave them.
    #[test]
    fn linear_ticks_are_matplotlibs() {
        let linear = |low, high, room| labels(Scale::Linear, low, high, room);
        assert_eq!(linear(0.745, 6.355, 9), ["1", "2", "3", "4", "5", "6"]);
        assert_eq!(linear(-0.01886, 0.45399, 9), ["0.0", "0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(linear(-5.5, 5.5, 9), ["−4", "−2", "0", "2", "4"]);
        assert_eq!(linear(-136.72177, -108.18919, 7), ["−135", "−130", "−125", "−120", "−115", "−110"]);
        assert_eq!(linear(-10.0, 50266.0, 7), ["0", "10000", "20000", "30000", "40000", "50000"]);
        let expected = ["−130.0", "−127.5", "−125.0", "−122.5", "−120.0", "−117.5", "−115.0", "−112.5"];
        assert_eq!(linear(-132.18215, -110.99097, 9), expected);
        let expected = ["−7.5", "−5.0", "−2.5", "0.0", "2.5", "5.0", "7.5", "10.0"];
        assert_eq!(linear(-9.11679, 10.93288, 9), expected);
        assert_eq!(linear(-0.055, 0.055, 9), ["−0.04", "−0.02", "0.00", "0.02", "0.04"]);
        let expected = ["0.000", "0.025", "0.050", "0.075", "0.100", "0.125", "0.150", "0.175"];
        assert_eq!(linear(-0.00857, 0.17993, 9), expected);
        assert_eq!(linear(-0.01262, 0.26502, 9), ["0.00", "0.05", "0.10", "0.15", "0.20", "0.25"]);
    }

    /// From matplotlib 3.11.2: `ax.set_xlim(low, high); fig.canvas.draw()`, labels and offset text, on an axis with
    /// room for nine ticks.
    #[test]
    fn powers_and_offsets_are_matplotlibs() {
        let both = |low, high| {
            let axis = Axis { scale: Scale::Linear, low, high };
            (labels(Scale::Linear, low, high, 9).join(" "), offset_text(&axis, 9))
        };
        let owned = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(both(0.0, 3e-7), owned("0.0 0.5 1.0 1.5 2.0 2.5 3.0", "1e−7"));
        assert_eq!(both(0.0, 4e9), owned("0.0 0.5 1.0 1.5 2.0 2.5 3.0 3.5 4.0", "1e9"));
        assert_eq!(both(100_000.0, 100_001.0), owned("0.0 0.2 0.4 0.6 0.8 1.0", "+1e5"));
        assert_eq!(both(-100_001.0, -100_000.0), owned("−1.0 −0.8 −0.6 −0.4 −0.2 0.0", "−1e5"));
        assert_eq!(both(1e6, 1e6 + 0.5), owned("0.0 0.1 0.2 0.3 0.4 0.5", "+1e6"));
    }

    #[test]
    fn log_ticks_are_matplotlibs() {
        let decades = ["$10^{-3}$", "$10^{-2}$", "$10^{-1}$", "$10^{0}$"];
        assert_eq!(labels(Scale::Log, 0.000_22, 1.083_54, 9), decades);
        let ticks = ticks(&Axis { scale: Scale::Log, low: 0.000_215_3, high: 1.083_54 }, 9);
        let minor: Vec<f64> = ticks.iter().filter(|t| !t.major).map(|t| t.value).collect();
        assert_eq!(minor.len(), 7 + 3 * 8);
        assert_eq!(minor[..3], [0.0003, 0.0004, 0.0005]);
    }

    /// The lowest decade is where a logarithm that rounds up loses its tick.
    #[test]
    fn every_decade_has_its_tick() {
        for low in -300..300 {
            let axis = Axis { scale: Scale::Log, low: power(1, low), high: power(1, low + 5) };
            let ticks = ticks(&axis, 9);
            let majors: Vec<f64> = ticks.iter().filter(|t| t.major).map(|t| t.value).collect();
            let expected: Vec<f64> = (low..=low + 5).map(|e| power(1, e)).collect();
            assert_eq!(majors, expected, "from 1e{low}");
        }
    }

    #[test]
    fn an_axis_within_a_decade_labels_multiples() {
        assert_eq!(labels(Scale::Log, 2.5, 7.5, 9), ["$3×10^{0}$", "$4×10^{0}$", "$6×10^{0}$"]);
        assert_eq!(labels(Scale::Log, 2.5, 4.5, 9), ["$3×10^{0}$", "$4×10^{0}$"]);
    }

    #[test]
    fn ticks_lie_within_the_limits_in_order_and_apart() {
        let mut seed = 7u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1u64 << 53) as f64
        };
        for _ in 0..20_000 {
            let magnitude = 10f64.powf(random() * 40.0 - 20.0);
            let low = (random() - 0.5) * magnitude;
            let high = low + random() * 10f64.powf(random() * 20.0 - 10.0) * magnitude;
            if high - low <= low.abs() * 1e-13 {
                continue;
            }
            let room = 1 + (random() * 9.0) as usize;
            let ticks = ticks(&Axis { scale: Scale::Linear, low, high }, room);
            assert!((2..=21).contains(&ticks.len()), "{} ticks from {low} to {high} in {room}", ticks.len());
            assert!(ticks.windows(2).all(|pair| pair[0].value < pair[1].value), "from {low} to {high}");
            assert!(ticks.iter().all(|t| (low..=high).contains(&t.value)), "from {low} to {high}");
            let mut said: Vec<&str> = ticks.iter().map(|t| t.label.as_str()).collect();
            said.dedup();
            assert_eq!(said.len(), ticks.len(), "labels repeat from {low} to {high}: {said:?}");
        }
    }
}
