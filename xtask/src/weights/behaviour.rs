//! Whether a model computes what is published for it: the lab's verdict.
use std::{path::Path, process::Command};

use anyhow::{Result, anyhow};
use serde::Deserialize;

use super::{manifest::Model, record::Behaviour};

/// Of what `lab verify --json` prints.
#[derive(Deserialize)]
struct Answer {
    published: Option<String>,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    prompt: String,
    difference: Option<String>,
}

/// Has the lab load the model and compare it.
pub(super) fn compare(lab: &Path, model: &Model, folder: &Path) -> Result<Behaviour> {
    let mut command = Command::new(lab);
    command.arg("verify").arg(folder).arg("--json");
    if let Some(published) = &model.published {
        command.args(["--published", published]);
    }
    let fail = |cause: String| anyhow!("what it computes cannot be checked: {cause}");
    let ran = command.output().map_err(|error| fail(format!("{} cannot be run: {error}", lab.display())))?;
    // A difference is an answer and a failure.
    let Ok(Answer { published, checks }) = serde_json::from_slice(&ran.stdout) else {
        let stderr = String::from_utf8_lossy(&ran.stderr);
        let last = stderr.trim().lines().last().unwrap_or("it says nothing");
        return Err(fail(format!("`{} verify` failed ({}): {last}", lab.display(), ran.status)));
    };
    let differing: Vec<_> = checks
        .iter()
        .filter_map(|check| Some(format!("after `{}`, {}", check.prompt, check.difference.as_ref()?)))
        .collect();
    Ok(match (published, differing.as_slice()) {
        (None, _) => Behaviour::NoPublishedValues,
        (Some(_), []) => Behaviour::Published,
        (Some(_), [first]) => Behaviour::Differs(first.clone()),
        (Some(_), [first, rest @ ..]) => {
            Behaviour::Differs(format!("{first}, and {} more of {} prompts", rest.len(), checks.len()))
        }
    })
}
