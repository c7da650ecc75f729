use std::{
    fmt,
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::table::Table;
use crate::{Error, Ranked, Temperature, kernel, rank, softmax};

/// Which instructions the `f32` functions run on.
///
/// The functions of this crate use the [active](SimdPath::active) path: the fastest that the processor has, unless
/// [`set_active`](SimdPath::set_active) names a slower one. The other methods run a chosen path, for tests and
/// measurements. A path is written `avx512`, `avx2`, `neon` or `scalar`.
///
/// ```
/// use softmax_core::{SimdPath, Temperature};
///
/// for path in SimdPath::available() {
///     let sum = path.logsumexp(&[1.0, 2.0, 3.0], Temperature::ONE)?;
///     assert!((sum - 3.407_606).abs() < 1e-6, "{path}");
/// }
/// # Ok::<(), softmax_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum SimdPath {
    /// AVX-512F: 16 lanes.
    Avx512,
    /// AVX2 with FMA: 8 lanes.
    Avx2,
    /// NEON, on 64-bit ARM: 4 lanes.
    Neon,
    /// Plain Rust, on every processor.
    Scalar,
}

/// The fastest path that may be active, by its place in [`SimdPath::ALL`].
static FASTEST: AtomicUsize = AtomicUsize::new(0);

impl SimdPath {
    /// All of them, fastest first.
    const ALL: [SimdPath; 4] = [SimdPath::Avx512, SimdPath::Avx2, SimdPath::Neon, SimdPath::Scalar];

    /// The paths that this processor has, fastest first; the last one is [`Scalar`](SimdPath::Scalar).
    pub fn available() -> impl Iterator<Item = SimdPath> {
        Self::ALL.into_iter().filter(|path| path.table().is_some())
    }

    /// The path that this crate uses for `f32`: the fastest one of this CPU, or the one set with
    /// [`set_active`](SimdPath::set_active).
    pub fn active() -> SimdPath {
        Self::allowed().find(|path| path.table().is_some()).unwrap_or(SimdPath::Scalar)
    }

    /// Sets the path for the whole process, to compute the results of a CPU without wider instructions.
    ///
    /// ```
    /// use softmax_core::{SimdPath, softmax};
    ///
    /// SimdPath::set_active("scalar".parse()?)?;
    /// assert_eq!(SimdPath::active(), SimdPath::Scalar);
    /// assert_eq!(softmax(&[1.0_f32, 1.0])?, [0.5, 0.5]);
    /// # Ok::<(), softmax_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::PathUnavailable`].
    pub fn set_active(path: SimdPath) -> Result<(), Error> {
        path.require()?;
        let n = Self::ALL.into_iter().position(|other| other == path).unwrap_or(0);
        FASTEST.store(n, Ordering::Relaxed);
        Ok(())
    }

    /// `avx512`, `avx2`, `neon` or `scalar`: what [`FromStr`] reads.
    pub fn name(self) -> &'static str {
        match self {
            SimdPath::Avx512 => "avx512",
            SimdPath::Avx2 => "avx2",
            SimdPath::Neon => "neon",
            SimdPath::Scalar => "scalar",
        }
    }

    /// As [`Temperature::softmax_into`].
    ///
    /// # Errors
    /// As there, and [`Error::PathUnavailable`].
    pub fn softmax_into(self, x: &[f32], out: &mut [f32], t: Temperature) -> Result<(), Error> {
        softmax::same_length(x, out)?;
        kernel::softmax(self.require()?, Some(x), out, t);
        Ok(())
    }

    /// As [`Temperature::log_softmax_into`].
    ///
    /// # Errors
    /// As there, and [`Error::PathUnavailable`].
    pub fn log_softmax_into(self, x: &[f32], out: &mut [f32], t: Temperature) -> Result<(), Error> {
        softmax::same_length(x, out)?;
        kernel::log_softmax(self.require()?, Some(x), out, t);
        Ok(())
    }

    /// As [`Temperature::logsumexp`].
    ///
    /// # Errors
    /// As there, and [`Error::PathUnavailable`].
    pub fn logsumexp(self, x: &[f32], t: Temperature) -> Result<f32, Error> {
        softmax::not_empty(x)?;
        Ok(kernel::logsumexp(self.require()?, x, t))
    }

    /// As [`Temperature::softmax_online`].
    ///
    /// # Errors
    /// As there, and [`Error::PathUnavailable`].
    pub fn softmax_online(self, x: &[f32], t: Temperature) -> Result<Vec<f32>, Error> {
        softmax::not_empty(x)?;
        let mut out = vec![0.0; x.len()];
        kernel::softmax_online(self.require()?, x, &mut out, t);
        Ok(out)
    }

    /// As [`argmax`](crate::argmax).
    ///
    /// # Errors
    /// As there, and [`Error::PathUnavailable`].
    pub fn argmax(self, x: &[f32]) -> Result<usize, Error> {
        softmax::not_empty(x)?;
        Ok(kernel::argmax(self.require()?, x))
    }

    /// As [`top_k`](crate::top_k).
    ///
    /// # Errors
    /// As there, and [`Error::PathUnavailable`].
    pub fn top_k(self, x: &[f32], k: usize) -> Result<Vec<Ranked<f32>>, Error> {
        rank::top_k_on(self.require()?, x, k)
    }

    fn require(self) -> Result<&'static Table, Error> {
        self.table().ok_or(Error::PathUnavailable { path: self })
    }

    /// The functions of the active path.
    pub(super) fn active_table() -> &'static Table {
        Self::allowed().find_map(SimdPath::table).unwrap_or_else(scalar_table)
    }

    /// The paths that may be the active one, fastest first.
    fn allowed() -> impl Iterator<Item = SimdPath> {
        Self::ALL.into_iter().skip(FASTEST.load(Ordering::Relaxed))
    }

    /// The path's functions, if this processor can run them.
    fn table(self) -> Option<&'static Table> {
        match self {
            #[cfg(target_arch = "x86_64")]
            SimdPath::Avx512 if is_x86_feature_detected!("avx512f") => Some(table!(super::x86::Avx512, "avx512f")),
            #[cfg(target_arch = "x86_64")]
            SimdPath::Avx2 if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") => {
                Some(table!(super::x86::Avx2, "avx2,fma"))
            }
            #[cfg(target_arch = "aarch64")]
            SimdPath::Neon if std::arch::is_aarch64_feature_detected!("neon") => {
                Some(table!(super::neon::Neon, "neon"))
            }
            SimdPath::Scalar => Some(scalar_table()),
            _ => None,
        }
    }
}

fn scalar_table() -> &'static Table {
    table!(super::scalar::Scalar)
}

impl fmt::Display for SimdPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            SimdPath::Avx512 => "AVX-512",
            SimdPath::Avx2 => "AVX2",
            SimdPath::Neon => "NEON",
            SimdPath::Scalar => "scalar",
        })
    }
}

impl FromStr for SimdPath {
    type Err = Error;

    /// Reads `avx512`, `avx2`, `neon` or `scalar`.
    fn from_str(name: &str) -> Result<Self, Error> {
        let unknown = || Error::UnknownPath { name: name.to_owned() };
        Self::ALL.into_iter().find(|path| path.name() == name).ok_or_else(unknown)
    }
}
