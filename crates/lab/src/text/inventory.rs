use super::{Kind, Line};
use crate::{
    print::thousands,
    printable,
    source::{Computes, Inventory},
};

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
    let engines: Vec<String> = inventory.engines.iter().map(described).collect();
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

fn described(Computes { name, version, devices }: &Computes) -> String {
    let version = version.map(|version| format!(" {version}")).unwrap_or_default();
    let what = if name == "torch" { format!("libtorch{version}") } else { "the lab's own kernels".to_owned() };
    format!("{name} ({what}, on {})", devices.join(", "))
}

fn auto_engine(inventory: &Inventory) -> &'static str {
    if inventory.engines.len() > 1 { "native on the CPU and torch on a GPU" } else { "native" }
}
