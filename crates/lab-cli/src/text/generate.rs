use std::time::Duration;

use softmax_core::Stage;

use super::{Kind, Line, model_line};
use crate::{
    parts::{GeneratedToken, Generation, Stopped},
    print::{choices, nats, share},
    source::ModelFacts,
};

/// Which model speaks, and what is done before each choice; `because` says why it stands in for GPT-2, where it does.
pub fn generation_lines(model: &ModelFacts, because: Option<&str>, stages: &[Stage]) -> Vec<Line> {
    let stages: Vec<String> = stages.iter().map(ToString::to_string).collect();
    let stages = if stages.is_empty() { "none".to_owned() } else { stages.join(", ") };
    vec![
        Line::new(Kind::Note, format!("{}. Stages: {stages}.", model_line(&[model], because))),
        Line::new(Kind::Note, ""),
    ]
}

/// What the stages left at one step, and what was chosen.
pub fn trace_lines(step: usize, token: &GeneratedToken) -> Vec<Line> {
    let mut lines = vec![Line::new(
        Kind::Heading,
        format!("{step}: {}, {}, rank {}", token.word, share(token.probability), token.rank),
    )];
    lines.extend(token.trace.iter().map(|stage| {
        let text = format!(
            "   {}: {} kept with {} of the probability, {} nats, the largest {}",
            stage.stage,
            stage.kept,
            share(stage.mass),
            nats(stage.entropy),
            share(stage.largest)
        );
        Line::new(Kind::Notebook, text)
    }));
    lines
}

/// How it went, in one line.
pub fn summary_line(generation: &Generation, n_positions: usize, took: Duration) -> String {
    let tokens = generation.tokens.len();
    let rate = tokens as f64 / took.as_secs_f64().max(1e-9);
    let mut line = format!("{tokens} token{}, {rate:.0} a second", if tokens == 1 { "" } else { "s" });
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
        Stopped::ModelLength => format!("; the model reads no more than {n_positions} tokens."),
        Stopped::Interrupted => "; interrupted.".to_owned(),
    });
    if let Some(seed) = generation.seed {
        line.push_str(&format!(" Seed {seed}."));
    }
    line
}
