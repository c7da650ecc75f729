use super::{axis::Scale, panel::Panel};

/// Points that have no place in a panel, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Omitted {
    pub(crate) nan: usize,
    pub(crate) infinite: usize,
    /// Zero or negative on a log axis.
    pub(crate) not_positive: usize,
}

impl Omitted {
    pub(crate) fn count(panel: &Panel) -> Self {
        let mut omitted = Self::default();
        let refused = |axis: Scale, value: f64| axis == Scale::Log && value <= 0.0;
        for (x, y) in panel.points() {
            if x.is_nan() || y.is_nan() {
                omitted.nan += 1;
            } else if x.is_infinite() || y.is_infinite() {
                omitted.infinite += 1;
            } else if refused(panel.x.scale, x) || refused(panel.y.scale, y) {
                omitted.not_positive += 1;
            }
        }
        omitted
    }

    pub(crate) fn total(&self) -> usize {
        self.nan + self.infinite + self.not_positive
    }

    /// Whether some of the panel's points are left out, and not all.
    pub(crate) fn some_of(&self, panel: &Panel) -> bool {
        (1..panel.points().count()).contains(&self.total())
    }

    /// Such as `no finite values (50,257 NaN)` or `left out: 3 NaN`; empty where nothing is left out.
    pub(crate) fn remark(&self, panel: &Panel) -> String {
        let counts = [(self.nan, "NaN"), (self.infinite, "infinite"), (self.not_positive, "not positive")];
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", grouped(count)))
            .collect();
        let counts = counts.join(", ");
        if counts.is_empty() {
            counts
        } else if self.some_of(panel) {
            format!("left out: {counts}")
        } else if self.not_positive > 0 {
            format!("no positive finite values ({counts})")
        } else {
            format!("no finite values ({counts})")
        }
    }
}

/// A number with commas between its thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
