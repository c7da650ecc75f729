//! The positions and labels of ticks: matplotlib's `AutoLocator`, `LogLocator` and their formatters
//! (<https://github.com/matplotlib/matplotlib/blob/v3.10.0/lib/matplotlib/ticker.py>).

mod linear;
mod log;
mod tick;

use super::axis::{Axis, Scale};
pub(crate) use tick::Tick;

/// The ticks of an axis with at most `max_labels` labels.
pub(crate) fn ticks(axis: &Axis, max_labels: usize) -> Vec<Tick> {
    match axis.scale {
        Scale::Linear => linear::ticks(axis, max_labels),
        Scale::Log => log::ticks(axis, max_labels),
    }
}

/// The factor or the difference that the labels leave out, such as `1e−6` or `+1e3`; empty for most axes.
pub(crate) fn offset_text(axis: &Axis, max_labels: usize) -> String {
    match axis.scale {
        Scale::Linear => linear::offset_text(axis, max_labels),
        Scale::Log => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{log::power, *};

    fn labels(scale: Scale, low: f64, high: f64, max_labels: usize) -> Vec<String> {
        let ticks = ticks(&Axis { scale, low, high, reversed: false }, max_labels);
        ticks.into_iter().filter(|t| t.major || !t.label.is_empty()).map(|t| t.label).collect()
    }

    /// Limits and labels of the notebook's axes as matplotlib 3.11.2 gave them.
    #[test]
    fn linear_ticks_are_matplotlibs() {
        let linear = |low, high, max_labels| labels(Scale::Linear, low, high, max_labels);
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

    /// From matplotlib 3.11.2: `ax.set_xlim(low, high); fig.canvas.draw()`, labels and offset text, on an axis that
    /// fits nine ticks.
    #[test]
    fn powers_and_offsets_are_matplotlibs() {
        let both = |low, high| {
            let axis = Axis::linear(low, high);
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
        let ticks = ticks(&Axis { scale: Scale::Log, low: 0.000_215_3, high: 1.083_54, reversed: false }, 9);
        let minor: Vec<f64> = ticks.iter().filter(|t| !t.major).map(|t| t.value).collect();
        assert_eq!(minor.len(), 7 + 3 * 8);
        assert_eq!(minor[..3], [0.0003, 0.0004, 0.0005]);
    }

    /// The lowest decade is where a logarithm that rounds up loses its tick.
    #[test]
    fn every_decade_has_its_tick() {
        for low in -300..300 {
            let axis = Axis { scale: Scale::Log, low: power(1, low), high: power(1, low + 5), reversed: false };
            let ticks = ticks(&axis, 9);
            let majors: Vec<f64> = ticks.iter().filter(|t| t.major).map(|t| t.value).collect();
            let expected: Vec<f64> = (low..=low + 5).map(|e| power(1, e)).collect();
            assert_eq!(majors, expected, "from 1e{low}");
        }
    }

    /// From matplotlib 3.11.2: `LogLocator(numticks=max_labels).tick_values(1.01 * 10**low, 0.99 * 10**high)` within.
    #[test]
    fn many_decades_have_few_ticks() {
        let exponents = |low: i32, high: i32, max_labels| -> Vec<i32> {
            let axis =
                Axis { scale: Scale::Log, low: 1.01 * power(1, low), high: 0.99 * power(1, high), reversed: false };
            ticks(&axis, max_labels).iter().filter(|t| t.major).map(|t| t.value.log10().round() as i32).collect()
        };
        assert_eq!(exponents(-55, 55, 7), [-54, -36, -18, 0, 18, 36, 54]);
        assert_eq!(exponents(-55, 55, 9), [-52, -39, -26, -13, 0, 13, 26, 39, 52]);
        assert_eq!(exponents(-3, 8, 9), [-2, 0, 2, 4, 6]);
        assert_eq!(exponents(-3, 9, 5), [-1, 1, 3, 5, 7]);
        assert_eq!(exponents(0, 12, 9), [1, 3, 5, 7, 9, 11]);
        assert_eq!(exponents(-308, 300, 9), [-307, -232, -157, -82, -7, 68, 143, 218, 293]);
        assert_eq!(exponents(2, 17, 4), [4, 8, 12, 16]);
        assert_eq!(exponents(-20, -4, 3), [-19, -12, -5]);
        assert_eq!(exponents(-20, -4, 2), [-19, -5]);
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
            let max_labels = 1 + (random() * 9.0) as usize;
            let ticks = ticks(&Axis::linear(low, high), max_labels);
            assert!((2..=21).contains(&ticks.len()), "{} ticks from {low} to {high} in {max_labels}", ticks.len());
            assert!(ticks.windows(2).all(|pair| pair[0].value < pair[1].value), "from {low} to {high}");
            assert!(ticks.iter().all(|t| (low..=high).contains(&t.value)), "from {low} to {high}");
            let mut said: Vec<&str> = ticks.iter().map(|t| t.label.as_str()).collect();
            said.dedup();
            assert_eq!(said.len(), ticks.len(), "labels repeat from {low} to {high}: {said:?}");
        }
    }
}
