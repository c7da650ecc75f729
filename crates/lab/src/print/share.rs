/// A share with one decimal, four characters wide before the sign, multiplied in float32 as the notebook does.
pub fn percent(probability: f32) -> String {
    format!("{:4.1}%", 100.0 * probability)
}

/// Percent with at least two significant digits: `68.07%`, `0.0012%`, `3e-9%`.
pub fn share(p: f64) -> String {
    let percent = 100.0 * p;
    if percent >= 0.01 || percent == 0.0 {
        format!("{percent:.2}%")
    } else if percent >= 1e-5 {
        let decimals = (1.0 - percent.log10().floor()) as usize;
        format!("{percent:.decimals$}%")
    } else {
        format!("{percent:.0e}%")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_probability_keeps_two_digits() {
        let shown: Vec<String> = [1.0, 0.680_7, 0.000_123, 0.000_012_3, 3.21e-7, 3.2e-9, 0.0].map(share).into();
        assert_eq!(shown, ["100.00%", "68.07%", "0.01%", "0.0012%", "0.000032%", "3e-7%", "0.00%"]);
    }
}
