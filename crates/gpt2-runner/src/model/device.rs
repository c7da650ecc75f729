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
/// let message = "tpu".parse::<Device>().unwrap_err().to_string();
/// assert!(message.starts_with("no device \"tpu\" here; "));
/// # Ok::<(), gpt2_runner::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
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
        if is_there { Ok(()) } else { Err(not_here(&self.to_string())) }
    }
}

impl FromStr for Device {
    type Err = Error;

    /// Reads a name.
    ///
    /// # Errors
    /// [`Error::Device`], which lists the available devices, for any other name and for a device that is not on this
    /// machine.
    fn from_str(name: &str) -> Result<Self, Error> {
        let device = match name.split_once(':') {
            None if name == "cpu" => Some(Self::Cpu),
            None if name == "cuda" => Some(Self::Cuda(0)),
            None if name == "mps" => Some(Self::Mps),
            Some(("cuda", n)) => n.parse().ok().map(Self::Cuda),
            _ => None,
        };
        device.filter(|device| device.check().is_ok()).ok_or_else(|| not_here(name))
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

fn not_here(requested: &str) -> Error {
    let available: Vec<String> = Device::available().iter().map(Device::to_string).collect();
    Error::Device { requested: requested.to_owned(), available: available.join(", ") }
}
