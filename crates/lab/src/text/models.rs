//! Which models these are, which are on this machine, and whether one computes what is published for it.

use super::{Kind, Line};
use crate::{
    parts::{Check, VerifyReport},
    print::thousands,
    printable,
    source::{self, Computes, EngineFacts, Inventory, ModelFacts, Origin},
};

/// The line of two models that were run, now or for a file.
fn pair_line(models: [&ModelFacts; 2], named: bool, because: Option<&str>) -> String {
    let same = models[0] == models[1];
    let demo: Vec<&ModelFacts> = models.into_iter().filter(|model| model.origin == Origin::Demo).collect();
    let both = match same {
        true => format!("{}, as the small and as the large model", described(models[0])),
        false => format!("{} and {}", described(models[0]), described(models[1])),
    };
    let because = because_of(because);
    let mut names: Vec<String> =
        demo.iter().map(|model| format!("\"{}\" below is {}", model.notebook_name(), model.title)).collect();
    names.dedup();
    let names = names.join(", ");
    let models_are = match (demo.len(), named) {
        (2, true) if same => format!("Models: {both}{because}; {names}."),
        (2, false) if same => format!("Models: {both}{because}."),
        (2, true) => format!("Models: the demo pair, not GPT-2{because}: {names}."),
        (2, false) => {
            format!("Models: the demo pair, not GPT-2{because}: {} and {}.", models[0].title, models[1].title)
        }
        (1, true) => format!("Models: {both}{because}; {names}."),
        _ => format!("Models: {both}{because}."),
    };
    match engine(&models) {
        Some(engine) => format!("{models_are} Engine: {engine}."),
        None => models_are,
    }
}

/// The engine that computes, or computed, the models' logits, if known.
pub fn engine(models: &[&ModelFacts]) -> Option<String> {
    let mut engines: Vec<String> = models.iter().flat_map(|model| &model.engine).map(engine_name).collect();
    engines.dedup();
    (!engines.is_empty()).then(|| engines.join(" and "))
}

fn engine_name(EngineFacts { name, version, device }: &EngineFacts) -> String {
    let library = match (name.as_str(), version) {
        ("torch", Some(version)) => format!(" (libtorch {version})"),
        ("torch", None) => " (libtorch)".to_owned(),
        _ => String::new(),
    };
    let device = if device == "cpu" { String::new() } else { format!(" on {device}") };
    printable(&format!("{name}{library}{device}")).into_owned()
}

/// One line that names a run's models, whether they were run or their logits were recorded. `named`: the notebook's
/// names for them occur below. `because`: why the demo pair was selected, if the user did not.
pub fn models_line(models: &[ModelFacts], named: bool, because: Option<&str>) -> String {
    if let [first, second] = models
        && ![first.origin, second.origin].contains(&Origin::Recorded)
    {
        return pair_line([first, second], named, because);
    }
    let described: Vec<String> = models.iter().map(described).collect();
    format!("No model is run: {}.", described.join(" and "))
}

/// A model and where it is from, in a few words.
fn described(model: &ModelFacts) -> String {
    let revision = model.revision.as_deref().map(|r| format!(", revision {}", r.get(..7).unwrap_or(r)));
    let from = match model.origin {
        Origin::Demo => "part of the lab",
        Origin::Pretrained => model.repo.as_deref().unwrap_or("downloaded weights"),
        Origin::Folder => "a folder",
        Origin::Recorded => "recorded logits",
    };
    printable(&format!("{} ({from}{})", model.title, revision.unwrap_or_default())).into_owned()
}

/// The same for a question to one or two models. `because`: why they were selected in place of GPT-2.
pub fn model_line(models: &[&ModelFacts], because: Option<&str>) -> String {
    let described: Vec<String> = models.iter().map(|model| described(model)).collect();
    format!("{}{}", described.join(" and "), because_of(because))
}

fn because_of(reason: Option<&str>) -> String {
    reason.map(|reason| format!(", because {}", printable(reason))).unwrap_or_default()
}

/// The last line if the demo pair was selected by default.
pub fn get_gpt2() -> &'static str {
    match source::is_installed() {
        false => "To get GPT-2 instead of the demo pair: cargo xtask weights gpt2 gpt2-large",
        true => "To get GPT-2 instead of the demo pair: `lab models` lists which files to put where",
    }
}

/// Which models are here.
pub fn inventory_lines(inventory: &Inventory) -> Vec<Line> {
    let mut lines = Vec::new();
    for model in &inventory.models {
        let mut line = format!("{:11} {:>13} parameters  ", model.name, thousands(model.parameters));
        match (model.present, &model.problem) {
            (_, Some(problem)) => line.push_str(&format!("cannot be used: {problem}")),
            (true, None) => line.push_str(&printable(&model.place)),
            (false, None) => line.push_str("not here"),
        }
        if let Some(revision) = model.facts.as_ref().and_then(|facts| facts.revision.as_ref()) {
            line.push_str(&format!(", revision {}", printable(revision)));
        }
        if let Some(get) = &model.get {
            line.push_str(&format!("; to get it: {get}"));
        }
        lines.push(Line::item(Kind::Note, line));
    }
    let present = |name: &str| inventory.models.iter().any(|model| model.name == name && model.present);
    let auto = if present("gpt2") && present("gpt2-large") {
        "gpt2 and gpt2-large"
    } else {
        "the demo pair, until gpt2 and gpt2-large are here"
    };
    let weights = printable(&inventory.weights);
    let engines: Vec<String> = inventory.engines.iter().map(engine_line).collect();
    lines.extend([
        Line::new(Kind::Note, ""),
        Line::new(Kind::Note, format!("--models auto takes {auto}. Downloaded weights are kept in {weights}.")),
        Line::new(
            Kind::Note,
            format!("Engines: {}. --engine auto takes {}.", engines.join("; "), auto_engine(inventory)),
        ),
    ]);
    lines
}

fn engine_line(Computes { name, version, devices }: &Computes) -> String {
    let version = version.map(|version| format!(" {version}")).unwrap_or_default();
    let what = if name == "torch" { format!("libtorch{version}") } else { "the lab's own kernels".to_owned() };
    format!("{name} ({what}, on {})", devices.join(", "))
}

fn auto_engine(inventory: &Inventory) -> &'static str {
    if inventory.engines.len() > 1 { "native on the CPU and torch on a GPU" } else { "native" }
}

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
