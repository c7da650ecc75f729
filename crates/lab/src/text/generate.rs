use std::time::Duration;

use softmax_core::Stage;

use super::{Kind, Line, Table, model_line};
use crate::{
    parts::{GeneratedToken, Generation, Stopped},
    print::{choices, nats, share, thousands},
    source::ModelFacts,
};

/// The model, and the stages before each choice. `because`: why it was selected in place of GPT-2.
pub fn generation_lines(model: &ModelFacts, because: Option<&str>, stages: &[Stage]) -> Vec<Line> {
    let stages: Vec<String> = stages.iter().map(ToString::to_string).collect();
    let stages = if stages.is_empty() { "none".to_owned() } else { stages.join(", ") };
    vec![
        Line::new(Kind::Note, format!("{}. Stages: {stages}.", model_line(&[model], because))),
        Line::new(Kind::Note, ""),
    ]
}

/// The candidates after each stage of one step, and the choice.
pub fn trace_lines(step: usize, token: &GeneratedToken) -> Vec<Line> {
    let rank = thousands(token.rank as u64);
    let chosen = format!("{step}: {}, {}, rank {rank}", token.word, share(token.probability));
    let rows = token.trace.iter().map(|stage| {
        vec![
            stage.stage.clone(),
            thousands(stage.kept as u64),
            share(stage.mass),
            nats(stage.entropy),
            share(stage.largest),
        ]
    });
    let header = ["stage", "tokens kept", "probability kept", "entropy, nats", "largest"];
    vec![
        Line::new(Kind::Heading, chosen),
        Line::table(Kind::Notebook, Table::new(&header, rows)),
        Line::new(Kind::Notebook, ""),
    ]
}

/// The heading of one of several texts.
pub fn seed_lines(seed: u64, first: bool) -> Vec<Line> {
    let before = (!first).then(|| Line::new(Kind::Note, ""));
    before.into_iter().chain([Line::new(Kind::Heading, format!("Seed {seed}:"))]).collect()
}

/// How it went, in one line.
pub fn summary_line(generation: &Generation, n_positions: usize, took: Duration) -> String {
    let tokens = generation.tokens.len();
    let rate = tokens as f64 / took.as_secs_f64().max(1e-9);
    let (n, s) = (thousands(tokens as u64), if tokens == 1 { "" } else { "s" });
    let mut line = format!("{n} token{s}, {} a second", thousands(rate.round() as u64));
    if let (Some(mean), Some(per_token)) = (generation.mean_probability, generation.nats_per_token) {
        line.push_str(&format!(
            "; mean probability {}, {} nats per token, as uncertain as {}",
            share(mean),
            nats(per_token),
            choices(per_token.exp())
        ));
    }
    line.push_str(&match generation.stopped {
        Stopped::Length => ".".to_owned(),
        Stopped::EndOfText => "; the model ended the text.".to_owned(),
        Stopped::ModelLength => format!("; the model reads no more than {} tokens.", thousands(n_positions as u64)),
        Stopped::Interrupted => "; interrupted.".to_owned(),
    });
    if let Some(seed) = generation.seed {
        line.push_str(&format!(" Seed {seed}."));
    }
    line
}
