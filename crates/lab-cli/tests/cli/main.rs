//! The program `lab` as its users meet it: arguments and stdin in; stdout, stderr, exit code and files out.

mod bad_input;
mod commands;
#[cfg(feature = "torch")]
mod figures;
mod hostile;
mod lab;
#[cfg(feature = "torch")]
mod notebook;
mod options;
#[cfg(feature = "torch")]
mod reading;
#[cfg(feature = "torch")]
mod readme;
mod recorded;
#[cfg(feature = "serve")]
mod serve;
mod shown;
#[cfg(feature = "torch")]
mod verify;
