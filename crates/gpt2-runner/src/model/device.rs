//! Where a model runs.
use std::{fmt, str::FromStr};

use super::torch;
use crate::Error;

/// The CPU or, with the feature `torch`, a libtorch device; written `cpu`, `cuda:0` (`cuda` for short) or `mps`.
///
/// ```
/// use gpt2_runner::Device;
///
/// assert_eq!("cpu".parse::<Device>()?, Device::Cpu);
/// assert!(Device::available().contains(&Device::Cpu));
/// assert_eq!("cuda:1".parse::<Device>()?, Device::Cuda(1)); // on every machine; loading a model checks the device
/// assert!("tpu".parse::<Device>().is_err());
/// # Ok::<(), gpt2_runner::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Device {
    /// The CPU.
    #[default]
    Cpu,
    /// An NVIDIA (or, in a ROCm build, AMD) GPU, counted from 0.
    Cuda(usize),
    /// Apple's GPU.
    Mps,
}

impl Device {
    /// The devices on this machine: the CPU, and with the feature `torch` those of libtorch.
    pub fn available() -> Vec<Self> {
        torch::devices()
    }

    /// An error if the device is not on this machine.
    pub(super) fn check(self) -> Result<(), Error> {
        let is_there = self == Self::Cpu || Self::available().contains(&self);
        if is_there {
            return Ok(());
        }
        let available: Vec<String> = Self::available().iter().map(Self::to_string).collect();
        Err(Error::Device { requested: self, available: available.join(", ") })
    }
}

impl FromStr for Device {
    type Err = Error;

    /// Reads a name. The device need not be on this machine: [`Backend::resolve`](super::Backend::resolve) checks that,
    /// and so do `Gpt2`'s constructors.
    ///
    /// # Errors
    /// [`Error::DeviceName`] for any other text.
    fn from_str(name: &str) -> Result<Self, Error> {
        let device = match name {
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda(0)),
            "mps" => Some(Self::Mps),
            _ => name.strip_prefix("cuda:").and_then(|n| n.parse().ok()).map(Self::Cuda),
        };
        device.ok_or_else(|| Error::DeviceName { requested: name.to_owned() })
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(n) => write!(f, "cuda:{n}"),
            Self::Mps => f.write_str("mps"),
        }
    }
}
