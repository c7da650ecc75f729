use std::path::Path;

use gpt2_runner::Gpt2Config;
use serde::Serialize;

use crate::{
    Error,
    cli::ModelsArgs,
    print::thousands,
    source::{ModelFacts, ModelSource, default_weights, pretrained_present},
    text::{Kind, Line},
};

/// The published models that `cargo xtask weights` can get, with the bytes of a download.
const PUBLISHED: [(&str, Gpt2Config, &str); 4] = [
    ("gpt2", Gpt2Config::SMALL, "0.5 GB"),
    ("gpt2-medium", Gpt2Config::MEDIUM, "1.5 GB"),
    ("gpt2-large", Gpt2Config::LARGE, "3.2 GB"),
    ("gpt2-xl", Gpt2Config::XL, "6.4 GB"),
];

/// Which models are here.
#[derive(Debug, Serialize)]
pub(super) struct ModelsAnswer {
    weights: String,
    runs_models: bool,
    models: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    present: bool,
    parameters: u64,
    facts: Option<ModelFacts>,
    /// What is wrong with what is there.
    problem: Option<String>,
    /// How to get it.
    get: Option<String>,
    place: String,
}

pub(super) fn run(args: &ModelsArgs) -> ModelsAnswer {
    let weights = args.weights.clone().unwrap_or_else(default_weights);
    let demo = [ModelSource::demo_small(), ModelSource::demo_large()].into_iter().flatten().map(|source| Entry {
        name: source.facts.title.to_lowercase(),
        present: true,
        parameters: source.facts.parameters.unwrap_or_default(),
        place: "part of the lab".to_owned(),
        facts: Some(source.facts),
        problem: None,
        get: None,
    });
    let published = PUBLISHED.iter().map(|(name, config, size)| published(&weights, name, config, size));
    ModelsAnswer {
        models: demo.chain(published).collect(),
        weights: weights.display().to_string(),
        runs_models: cfg!(feature = "torch"),
    }
}

fn published(weights: &Path, name: &str, config: &Gpt2Config, size: &str) -> Entry {
    let get = format!("cargo xtask weights {name}");
    let mut entry = Entry {
        name: name.to_owned(),
        present: pretrained_present(weights, name),
        parameters: config.num_parameters(),
        facts: None,
        problem: None,
        get: None,
        place: weights.join(name).display().to_string(),
    };
    if !entry.present {
        entry.get = Some(format!("{get} ({size})"));
        return entry;
    }
    match ModelSource::pretrained(weights, name) {
        Ok(source) => entry.facts = Some(source.facts),
        Err(error) => {
            entry.problem = Some(error.to_string());
            entry.get = Some(format!("{get} --force ({size})"));
        }
    }
    entry
}

impl ModelsAnswer {
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for Entry { name, present, parameters, facts, problem, get, place } in &self.models {
            let state = match (present, problem) {
                (_, Some(problem)) => format!("cannot be used: {problem}"),
                (true, None) => place.clone(),
                (false, None) => "not here".to_owned(),
            };
            let mut line = format!("{name:11} {:>13} parameters  {state}", thousands(*parameters));
            if let Some(revision) = facts.as_ref().and_then(|facts| facts.revision.as_ref()) {
                line.push_str(&format!(", revision {revision}"));
            }
            if let Some(get) = get {
                line.push_str(&format!("; to get it: {get}"));
            }
            lines.push(Line::new(Kind::Note, line));
        }
        lines.push(Line::new(Kind::Note, ""));
        let both = ["gpt2", "gpt2-large"].iter().all(|name| self.models.iter().any(|m| m.name == *name && m.present));
        let auto = if both { "gpt2 and gpt2-large" } else { "the demo pair, until gpt2 and gpt2-large are here" };
        lines.push(Line::new(
            Kind::Note,
            format!("--models auto takes {auto}. Downloaded weights are kept in {}.", self.weights),
        ));
        if !self.runs_models {
            lines.push(Line::new(Kind::Note, Error::NoTorch.to_string()));
        }
        lines
    }
}
