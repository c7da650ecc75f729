use super::{Kind, Line};
use crate::{
    parts::{Check, VerifyReport},
    print::thousands,
};

/// Whether a model computes what is published for it.
pub fn verify_lines(report: &VerifyReport) -> Vec<Line> {
    let (folder, parameters) = (&report.folder, thousands(report.parameters));
    let mut lines = vec![format!("{folder}: {parameters} parameters, every tensor as its configuration says")];
    lines.extend(report.checks.iter().map(|Check { prompt, difference }| match difference {
        None => format!("  as published  {prompt:?}"),
        Some(what) => format!("  DIFFERS       {prompt:?}: {what}"),
    }));
    lines.push(match (report.published, report.differs()) {
        (None, _) => "No values are published for a model of these sizes.".to_owned(),
        (Some(name), None) => {
            format!("It computes what is published for {name}: logits within {}.", report.tolerance)
        }
        (Some(name), Some(_)) => format!("It does not compute what is published for {name}."),
    });
    lines.into_iter().map(|line| Line::new(Kind::Note, line)).collect()
}
