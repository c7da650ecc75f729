//! The program `lab` as its users meet it: arguments and stdin in; stdout, stderr, exit code and files out.

mod bad_input;
mod check;
mod commands;
mod engines;
mod figures;
mod folders;
mod found;
mod hostile;
mod hyphens;
mod installed;
mod lab;
mod notebook;
mod options;
mod reading;
mod readme;
mod record;
mod recorded;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "serve")]
mod server;
mod shown;
mod simd;
#[cfg(feature = "serve")]
mod storm;
mod tips;
#[cfg(all(feature = "serve", target_os = "linux"))]
mod under_fire;
mod verify;
mod written;
