use std::fmt;

/// A number of bytes as people read it: `665 bytes`, `1.04 MB`, `3.25 GB`; powers of 1000, as the hub shows them.
#[derive(Debug, Clone, Copy)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0;
        let (unit, name) = match bytes {
            0..1_000 => return write!(f, "{bytes} bytes"),
            1_000..1_000_000 => (1e3, "kB"),
            1_000_000..1_000_000_000 => (1e6, "MB"),
            _ => (1e9, "GB"),
        };
        // Three significant digits need no more precision than f64 has.
        #[allow(clippy::cast_precision_loss)]
        let value = bytes as f64 / unit;
        let decimals = if value < 10.0 {
            2
        } else if value < 100.0 {
            1
        } else {
            0
        };
        write!(f, "{value:.decimals$} {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_read_as_the_hub_shows_them() {
        let shown: Vec<String> =
            [0, 665, 1_042_301, 456_318, 548_105_171, 3_247_159_078].map(|bytes| Size(bytes).to_string()).into();
        assert_eq!(shown, ["0 bytes", "665 bytes", "1.04 MB", "456 kB", "548 MB", "3.25 GB"]);
    }
}
