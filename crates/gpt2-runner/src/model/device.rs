//! Where the model runs, and on how many threads.
use std::{fmt, str::FromStr};

use crate::Error;

/// The processor or, with the feature `torch`, a device of libtorch; written `cpu`, `cuda:0` (`cuda` for short) or `mps`.
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
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA (or, in a ROCm build, AMD) GPU, counted from 0.
    Cuda(usize),
    /// Apple's GPU.
    Mps,
}

impl Device {
    /// The devices that there are on this machine: without the feature `torch` the processor alone.
    #[cfg(not(feature = "torch"))]
    pub fn available() -> Vec<Self> {
        vec![Self::Cpu]
    }

    /// The devices that this libtorch has on this machine.
    #[cfg(feature = "torch")]
    pub fn available() -> Vec<Self> {
        let gpus = usize::try_from(tch::Cuda::device_count()).unwrap_or(0);
        let mps = tch::utils::has_mps().then_some(Self::Mps);
        std::iter::once(Self::Cpu).chain((0..gpus).map(Self::Cuda)).chain(mps).collect()
    }

    /// The error of one that is not there.
    pub(super) fn not_here(self) -> Error {
        not_here(&self.to_string())
    }

    /// The device for libtorch, if it is there.
    #[cfg(feature = "torch")]
    pub(super) fn checked(self) -> Result<tch::Device, Error> {
        if !Self::available().contains(&self) {
            return Err(self.not_here());
        }
        Ok(match self {
            Self::Cpu => tch::Device::Cpu,
            Self::Cuda(n) => tch::Device::Cuda(n),
            Self::Mps => tch::Device::Mps,
        })
    }
}

impl FromStr for Device {
    type Err = Error;

    /// Reads a name.
    ///
    /// # Errors
    /// [`Error::Device`], which lists what there is, for any other name and for a device that is not there.
    fn from_str(name: &str) -> Result<Self, Error> {
        let device = match name.split_once(':') {
            None if name == "cpu" => Some(Self::Cpu),
            None if name == "cuda" => Some(Self::Cuda(0)),
            None if name == "mps" => Some(Self::Mps),
            Some(("cuda", n)) => n.parse().ok().map(Self::Cuda),
            _ => None,
        };
        device.filter(|device| Self::available().contains(device)).ok_or_else(|| not_here(name))
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
