use super::tick::Tick;
use crate::chart::axis::Axis;

/// Decades, with their multiples as minor ticks where every decade has its tick; matplotlib's `LogLocator`.
pub(super) fn ticks(axis: &Axis, max_labels: usize) -> Vec<Tick> {
    let within = |v: &f64| (axis.low..=axis.high).contains(v);
    let (low, high) = (exponent(axis.low), exponent(axis.high));
    let (first, last) = (low.ceil() as i32, high.floor() as i32);
    let (offset, stride) = stride(first, last, max_labels);

    // One more at each end: the logarithm of a limit may have been rounded over it.
    let mut ticks: Vec<Tick> = (first + offset - stride..=last + stride)
        .step_by(stride as usize)
        .map(|decade| power(1, decade))
        .filter(within)
        .map(|value| Tick { value, major: true, label: power_of_ten(value) })
        .collect();
    if stride == 1 {
        let few = ticks.len() <= 1;
        for decade in first - 1..=last {
            for multiple in 2..10 {
                let value = power(multiple, decade);
                // With at most one visible decade the multiples must show the scale: all of them on less than 0.4
                // decades.
                let says = few && (high - low <= 0.4 || matches!(multiple, 2 | 3 | 4 | 6));
                let label = if says { format!("${multiple}\u{d7}10^{{{decade}}}$") } else { String::new() };
                ticks.push(Tick { value, major: false, label });
            }
        }
        ticks.retain(|tick| within(&tick.value));
    }
    ticks
}

/// Which decades get a tick: the number of decades before the first one, and the stride from one to the next. At most
/// `max_labels` get one. If possible, their exponents are multiples of the stride.
fn stride(first: i32, last: i32, max_labels: usize) -> (i32, i32) {
    let decades = (last - first + 1).max(0);
    let max_labels = max_labels.clamp(2, 9) as i32;
    let least = decades / (max_labels + 1) + 1;
    let ticks = max_labels.min((decades + least - 1) / least);
    if ticks < 2 {
        return (0, 1);
    }
    // Of the strides with the same number of ticks, the largest leaves the least space at the ends.
    let largest = (decades - 1) / (ticks - 1);
    let stride = if largest * ticks < decades { decades / ticks } else { largest };
    let offsets = (decades - stride * ticks).max(0)..(decades - stride * (ticks - 1)).min(stride);
    let round = (-first).rem_euclid(stride);
    (if offsets.contains(&round) { round } else { offsets.start }, stride)
}

fn exponent(value: f64) -> f64 {
    value.log10()
}

/// `multiple · 10^decade`, the double nearest to the decimal number.
pub(super) fn power(multiple: u32, decade: i32) -> f64 {
    format!("{multiple}e{decade}").parse().unwrap_or(f64::NAN)
}

fn power_of_ten(value: f64) -> String {
    format!("$10^{{{}}}$", exponent(value).round() as i32)
}
