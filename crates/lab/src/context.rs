use std::fmt::Debug;

use crate::timings::Timings;

/// A run's environment.
#[derive(Debug)]
pub struct Context {
    /// Shows what is being done.
    pub progress: Box<dyn Progress>,
    /// Notes how long it takes.
    pub timings: Timings,
}

/// Shows the current step while the program runs. `()` shows nothing.
pub trait Progress: Debug + Sync {
    /// Shows this step from now on, such as `loading GPT-2 SMALL (0.5 GB)`.
    fn step(&self, what: &str);

    /// Stops showing progress, before something is printed.
    fn finish(&self);
}

impl Progress for () {
    fn step(&self, _: &str) {}

    fn finish(&self) {}
}
