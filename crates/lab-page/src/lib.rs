//! The lab's page: `index.html`, written from a report ([`page`]), and the server that shows it with the models behind
//! it (`serve`, with the feature of that name).

pub mod page;
#[cfg(feature = "serve")]
pub mod serve;
