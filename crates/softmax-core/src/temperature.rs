use std::{fmt, str::FromStr};

use crate::Error;

/// The number that logits are divided by before softmax: finite and greater than zero.
///
/// Below 1 the distribution sharpens towards its most probable value, above 1 it flattens towards uniform.
///
/// ```
/// use softmax_core::{Error, Temperature};
///
/// let t = Temperature::new(0.5)?;
/// assert_eq!(t.softmax(&[0.0, 1.0])?, Temperature::ONE.softmax(&[0.0, 2.0])?);
/// assert_eq!(Temperature::new(0.0), Err(Error::Temperature { value: 0.0 }));
/// assert_eq!("0.5".parse(), Ok(t));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "f64", into = "f64"))]
pub struct Temperature(f64);

impl Temperature {
    /// Temperature 1: logits are unchanged.
    pub const ONE: Temperature = Temperature(1.0);

    /// Checks that `value` is finite and greater than zero.
    ///
    /// # Errors
    /// [`Error::Temperature`] with the value if it is zero, negative, infinite or NaN.
    pub fn new(value: f64) -> Result<Self, Error> {
        if value.is_finite() && value > 0.0 { Ok(Temperature(value)) } else { Err(Error::Temperature { value }) }
    }

    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl Default for Temperature {
    fn default() -> Self {
        Temperature::ONE
    }
}

impl TryFrom<f64> for Temperature {
    type Error = Error;

    fn try_from(value: f64) -> Result<Self, Error> {
        Temperature::new(value)
    }
}

impl From<Temperature> for f64 {
    fn from(t: Temperature) -> f64 {
        t.0
    }
}

impl FromStr for Temperature {
    type Err = Error;

    /// Reads a number such as `0.7` or `1e-3`, without spaces around it: what [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    /// [`Error::NotATemperature`] if the text is no number; [`Error::Temperature`] as [`Temperature::new`].
    fn from_str(text: &str) -> Result<Self, Error> {
        let value = text.parse().map_err(|_| Error::NotATemperature { text: text.to_owned() })?;
        Temperature::new(value)
    }
}

impl fmt::Display for Temperature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
