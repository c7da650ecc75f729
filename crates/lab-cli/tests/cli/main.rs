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
#[cfg(feature = "serve")]
mod server;
mod shown;
#[cfg(all(feature = "serve", target_os = "linux"))]
mod under_fire;
#[cfg(feature = "torch")]
mod verify;
