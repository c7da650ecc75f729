use crate::{terminal::Progress, timings::Timings};

/// What accompanies a run.
#[derive(Debug)]
pub struct Context {
    /// Says what is being done.
    pub progress: Progress,
    /// Notes how long it takes.
    pub timings: Timings,
}
