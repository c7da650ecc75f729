//! The engine and the device of a model.
use std::{fmt, str::FromStr};

use super::Device;
use crate::Error;

/// The implementation that computes a model: written `auto`, `torch` or `native`.
///
/// Both engines support every method. They add in a different order, so logits differ: by less than 2e-4 on models
/// whose logits are below 10.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// [`Native`](Self::Native) on the CPU, [`Torch`](Self::Torch) on a GPU.
    #[default]
    Auto,
    /// libtorch through tch, on every device that it has. It calls the operations that Hugging Face transformers calls,
    /// in the same order: on one machine, with the same libtorch and number of threads, the logits have the same bits
    /// (for the activations `gelu_new` and `gelu`; transformers rounds some aliases differently). Only in builds with
    /// the feature `torch`.
    Torch,
    /// This crate's own kernels, on the CPU, in every build.
    Native,
}

/// An engine on a device.
///
/// ```
/// use gpt2_runner::{Backend, Device, Engine};
///
/// assert_eq!(Backend::from(Device::Cpu).resolve()?, Backend::new(Engine::Native, Device::Cpu));
/// assert_eq!(Backend::from(Engine::Torch), Backend::new(Engine::Torch, Device::Cpu));
/// # Ok::<(), gpt2_runner::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Backend {
    /// The engine.
    pub engine: Engine,
    /// The device.
    pub device: Device,
}

impl Engine {
    /// The engines of this build: `native`, and `torch` with the feature of that name.
    pub fn available() -> &'static [Self] {
        if cfg!(feature = "torch") { &[Self::Native, Self::Torch] } else { &[Self::Native] }
    }

    /// The engine's version: libtorch's for [`Torch`](Self::Torch), if its folder states it, this crate's for
    /// [`Native`](Self::Native).
    pub const fn version(self) -> Option<&'static str> {
        match self {
            Self::Torch => option_env!("GPT2_RUNNER_LIBTORCH_VERSION"),
            Self::Native => Some(env!("CARGO_PKG_VERSION")),
            Self::Auto => None,
        }
    }

    /// The error for an unavailable engine.
    pub(super) fn not_here(self, problem: &str) -> Error {
        Error::Engine { requested: self.to_string(), problem: problem.to_owned() }
    }
}

impl Backend {
    /// An engine on a device.
    pub fn new(engine: Engine, device: Device) -> Self {
        Self { engine, device }
    }

    /// Replaces [`Engine::Auto`] with the engine that it selects.
    ///
    /// # Errors
    /// [`Error::Device`] for a device that is not on this machine, [`Error::Engine`] for an engine that is not in this
    /// build or does not run on this device.
    pub fn resolve(self) -> Result<Self, Error> {
        let Self { engine, device } = self;
        if engine == Engine::Torch && !Engine::available().contains(&engine) {
            return Err(engine.not_here("this build is without libtorch and has native alone"));
        }
        device.check()?;
        match engine {
            Engine::Auto if device == Device::Cpu => Ok(Self { engine: Engine::Native, device }),
            Engine::Auto | Engine::Torch => Ok(Self { engine: Engine::Torch, device }),
            Engine::Native if device == Device::Cpu => Ok(self),
            Engine::Native => Err(engine.not_here(&format!("it runs on the CPU, not on {device}; use torch there"))),
        }
    }
}

/// An engine on the CPU.
impl From<Engine> for Backend {
    fn from(engine: Engine) -> Self {
        Self { engine, device: Device::Cpu }
    }
}

/// [`Engine::Auto`] on a device.
impl From<Device> for Backend {
    fn from(device: Device) -> Self {
        Self { engine: Engine::Auto, device }
    }
}

impl FromStr for Engine {
    type Err = Error;

    /// Reads a name.
    ///
    /// # Errors
    /// [`Error::Engine`] for any other name.
    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "auto" => Ok(Self::Auto),
            "torch" => Ok(Self::Torch),
            "native" => Ok(Self::Native),
            _ => Err(Error::Engine { requested: name.to_owned(), problem: "use auto, torch or native".into() }),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Torch => "torch",
            Self::Native => "native",
        })
    }
}
