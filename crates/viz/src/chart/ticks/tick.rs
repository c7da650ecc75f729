/// One tick within the limits of its axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) major: bool,
    /// Empty for a tick without a label.
    pub(crate) label: String,
}

/// matplotlib's `fix_minus`: the minus sign is as wide as a digit's neighbours expect.
pub(super) fn minus(text: &str) -> String {
    text.replace('-', "\u{2212}")
}
