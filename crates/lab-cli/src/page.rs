//! index.html
use crate::{commands::Drawn, report::Report};

pub fn html(_report: &Report, _figures: &[Drawn]) -> String {
    String::new()
}
