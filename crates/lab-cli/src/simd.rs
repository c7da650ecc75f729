//! Which instructions the numbers are computed with.

use std::env;

use lab::Error;
use softmax_core::SimdPath;

/// The environment variable that names an instruction set.
const VARIABLE: &str = "SOFTMAX_LAB_SIMD";

/// Has softmax-core and gpt2-runner compute with the instruction set that `SOFTMAX_LAB_SIMD` names: `avx512`, `avx2`,
/// `neon` or `scalar`, as a processor without wider ones would. Where it is not set or empty, they use the widest that
/// there is.
///
/// # Errors
/// [`Error::Simd`] for another name, and for instructions that this processor does not have.
pub(crate) fn choose() -> Result<(), Error> {
    match env::var_os(VARIABLE).filter(|name| !name.is_empty()) {
        None => Ok(()),
        Some(name) => {
            let chosen = name.to_string_lossy().parse().and_then(SimdPath::set_active);
            chosen.map_err(|problem| Error::Simd { variable: VARIABLE, problem })
        }
    }
}
