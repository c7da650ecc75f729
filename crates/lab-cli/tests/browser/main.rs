//! The page in a real browser: what it shows is read back and compared with softmax-core's.

mod chrome;
mod executable;
mod page;
mod run;
mod said;
#[cfg(feature = "serve")]
mod served;
#[cfg(feature = "serve")]
#[path = "../cli/server.rs"]
#[expect(dead_code, reason = "here a browser asks")]
mod server;
mod speed;
