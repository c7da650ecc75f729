//! The kernel for `f32`: one table of functions per instruction set, chosen at run time.
//!
//! The only module with `unsafe` code: it calls instructions that a CPU may lack, and reads and writes whole registers.
//! The formulas are in [`exp`] and the loops in [`kernels`], both generic over a [`Vector`](vector::Vector); one file
//! per architecture maps that to instructions.
#![allow(unsafe_code)]

#[macro_use]
mod table;

mod exp;
mod kernels;
#[cfg(target_arch = "aarch64")]
mod neon;
mod path;
mod scalar;
mod vector;
mod wide;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use path::SimdPath;
pub(crate) use table::Table;
