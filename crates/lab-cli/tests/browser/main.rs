//! The page in a real browser: what it shows is read back and compared with softmax-core's.

mod chrome;
mod executable;
mod run;
#[cfg(feature = "serve")]
#[path = "../cli/server.rs"]
#[expect(dead_code, reason = "here a browser asks")]
mod server;
mod speed;

/// The tests. Without a browser they fail; `cargo xtask test` then leaves them out by this module's name.
#[path = "."]
mod in_a_browser {
    mod axe;
    mod charts;
    mod fields;
    mod hands_free;
    #[cfg(feature = "serve")]
    mod kept;
    mod looks;
    mod numbers;
    mod opening;
    mod page;
    mod prompts;
    mod said;
    #[cfg(feature = "serve")]
    mod served;
    mod settings;
    mod steps;
    mod touch;
    #[cfg(feature = "serve")]
    mod typing;
}
