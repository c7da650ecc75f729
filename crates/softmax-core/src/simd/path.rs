use std::{
    cell::Cell,
    fmt,
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::table::Table;
use crate::Error;

/// Which instructions the `f32` functions run on.
///
/// The functions of this crate use the [active](SimdPath::active) path: the fastest that the CPU has, unless
/// [`set_active`](SimdPath::set_active) sets another one for the process, or [`run`](SimdPath::run) for a call. A path is
/// written `avx512`, `avx2`, `neon` or `scalar`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum SimdPath {
    /// AVX-512 F, VL and DQ, and all of [`Avx2`](SimdPath::Avx2): 16 lanes.
    Avx512,
    /// AVX2, FMA and F16C: 8 lanes.
    Avx2,
    /// NEON, on 64-bit ARM: 4 lanes.
    Neon,
    /// Plain Rust, on every processor.
    Scalar,
}

/// The fastest path that may be active, by its place in [`SimdPath::ALL`].
static FASTEST: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The path of [`SimdPath::run`].
    static OF_THREAD: Cell<Option<SimdPath>> = const { Cell::new(None) };
}

impl SimdPath {
    /// All of them, fastest first.
    const ALL: [SimdPath; 4] = [SimdPath::Avx512, SimdPath::Avx2, SimdPath::Neon, SimdPath::Scalar];

    /// The paths that this processor has, fastest first; the last one is [`Scalar`](SimdPath::Scalar).
    pub fn available() -> impl Iterator<Item = SimdPath> {
        Self::ALL.into_iter().filter(|path| path.table().is_some())
    }

    /// The path that this crate uses for `f32`: the fastest one of this CPU, or the one set with
    /// [`set_active`](SimdPath::set_active) or [`run`](SimdPath::run). The CPU has its instructions, so `unsafe` code may
    /// execute them.
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

    /// Calls `f` with this path as the calling thread's active one, to test or measure a path; returns what `f` returns.
    /// Other threads keep theirs.
    ///
    /// ```
    /// use softmax_core::{SimdPath, logsumexp};
    ///
    /// for path in SimdPath::available() {
    ///     let sum = path.run(|| logsumexp(&[1.0_f32, 2.0, 3.0]))??;
    ///     assert!((sum - 3.407_606).abs() < 1e-6, "{path}");
    /// }
    /// # Ok::<(), softmax_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::PathUnavailable`]; `f` is not called then.
    pub fn run<R>(self, f: impl FnOnce() -> R) -> Result<R, Error> {
        /// Puts the path before back, also if `f` panics.
        struct Restore(Option<SimdPath>);
        impl Drop for Restore {
            fn drop(&mut self) {
                OF_THREAD.set(self.0);
            }
        }
        self.require()?;
        let _restore = Restore(OF_THREAD.replace(Some(self)));
        Ok(f())
    }

    fn require(self) -> Result<(), Error> {
        if self.table().is_some() { Ok(()) } else { Err(Error::PathUnavailable { path: self }) }
    }

    /// The functions of the active path.
    pub(super) fn active_table() -> &'static Table {
        Self::allowed().find_map(SimdPath::table).unwrap_or_else(scalar_table)
    }

    /// The paths that may be the active one, first choice first.
    fn allowed() -> impl Iterator<Item = SimdPath> {
        OF_THREAD.get().into_iter().chain(Self::ALL.into_iter().skip(FASTEST.load(Ordering::Relaxed)))
    }

    /// The path's functions, if this processor can run them.
    fn table(self) -> Option<&'static Table> {
        match self {
            #[cfg(target_arch = "x86_64")]
            SimdPath::Avx512 if has_avx512() => Some(table!(super::x86::Avx512, "avx512f")),
            #[cfg(target_arch = "x86_64")]
            SimdPath::Avx2 if has_avx2() => Some(table!(super::x86::Avx2, "avx2,fma")),
            #[cfg(target_arch = "aarch64")]
            SimdPath::Neon if std::arch::is_aarch64_feature_detected!("neon") => {
                Some(table!(super::neon::Neon, "neon"))
            }
            SimdPath::Scalar => Some(scalar_table()),
            _ => None,
        }
    }
}

/// This crate does not need VL, DQ and F16C. The native engine of gpt2-runner does, and uses these paths as well.
/// Only Xeon Phi has AVX-512F without VL and DQ: it runs on AVX2.
#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    has_avx2()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")
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
