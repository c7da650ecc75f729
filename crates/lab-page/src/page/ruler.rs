//! A scale of exponents: the range of each floating-point type, and of each model's exp(z). It shows why the plain
//! formula fails.

use lab::parts::{ModelReport, NumberType, exponent_axis};
use maud::{Markup, html};

/// The height of a type's row, and of a model's, which has its name above the band.
const ROW: usize = 24;
const MODEL_ROW: usize = 40;

/// The ruler over some models' logits.
pub(super) fn ruler(models: &[ModelReport]) -> Markup {
    let types = NumberType::ALL;
    // exp(z) as powers of ten.
    let ranges: Vec<(f64, f64)> = models.iter().map(|model| model.vectors.exp_range()).collect();
    let (first, last) = exponent_axis(&ranges);
    let bands: Vec<_> = models.iter().zip(ranges).map(|(model, (low, high))| (&model.title, low, high)).collect();
    let at = |exponent: f64| 100.0 * (exponent.clamp(first, last) - first) / (last - first);
    let percent = |exponent: f64| format!("{:.2}%", at(exponent));
    let wide = |low: f64, high: f64| format!("{:.2}%", (at(high) - at(low)).max(0.3));
    let bottom = types.len() * ROW + bands.len() * MODEL_ROW + 14;
    let label = "A ruler of powers of ten: the range of each floating-point type, and where each model's exp(z) lies";
    html! {
        ("\n")
        figure.ruler {
            svg id="ruler5" role="img" aria-label=(label) width="100%" height=(bottom + 24) data-first=(first) data-last=(last) {
                @for (row, number_type) in types.into_iter().enumerate() {
                    @let [subnormal, normal, largest] = number_type.powers_of_ten();
                    @let y = row * ROW + 6;
                    ("\n")
                    rect.subnormal x=(percent(subnormal)) width=(wide(subnormal, normal)) y=(y) height=(ROW - 6) {}
                    rect.normal x=(percent(normal)) width=(wide(normal, largest)) y=(y) height=(ROW - 6) {}
                    text.name x=(percent(0.0)) y=(y + 13) text-anchor="middle" { (number_type.name()) }
                }
                @for (row, (title, low, high)) in bands.iter().enumerate() {
                    ("\n")
                    @let y = types.len() * ROW + row * MODEL_ROW + 22;
                    text.model x="0" y=(y) { "exp(z) of " (title) }
                    rect.band x=(percent(*low)) width=(wide(*low, *high)) y=(y + 6) height="14" data-band=(row) {}
                }
                line.axis x1="0" x2="100%" y1=(bottom) y2=(bottom) {}
                @for tick in ticks(first, last) {
                    line.axis x1=(percent(tick)) x2=(percent(tick)) y1=(bottom) y2=(bottom + 5) {}
                    text.tick x=(percent(tick)) y=(bottom + 18) text-anchor="middle" {
                        "10" tspan dy="-5" { (format!("{tick:.0}").replace('-', "−")) }
                    }
                }
            }
            figcaption {
                "What each type can hold: full bars are its normal numbers, pale ends the subnormal ones, whose bits get \
                 fewer; float64 goes on beyond both edges. Below them, where exp of each model's logits lies. Left of a \
                 bar exp(z) is 0, right of it ∞."
            }
        }
    }
}

/// Six or so round powers of ten, inside the ends.
fn ticks(first: f64, last: f64) -> Vec<f64> {
    let step = if last - first <= 120.0 { 20.0 } else { 40.0 };
    let count = ((last - first) / step) as i32;
    let start = (first / step).ceil() * step;
    (0..=count).map(|i| start + f64::from(i) * step).filter(|t| *t > first + 2.0 && *t < last - 2.0).collect()
}
