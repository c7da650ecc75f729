use crate::{terminal::Progress, timings::Timings};

/// A run's environment.
#[derive(Debug)]
pub struct Context {
    /// Says what is being done.
    pub progress: Progress,
    /// Notes how long it takes.
    pub timings: Timings,
}
