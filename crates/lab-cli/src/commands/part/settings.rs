use lab::{
    Error,
    drawing::Format,
    figures::Style,
    parts::NOTEBOOK_K,
    run::{Settings, Source},
};

use crate::{
    cli::{PartArgs, PartName},
    commands::inputs,
    terminal,
};

/// Converts parsed arguments to settings; reads stdin for a prompt of `-`.
///
/// # Errors
/// For options that change nothing, models that cannot be found or loaded, files that are no recorded logits, and an
/// empty prompt.
pub(super) fn read(args: &PartArgs) -> Result<Settings, Error> {
    let parts =
        [PartName::One, PartName::Two, PartName::Three, PartName::Four, PartName::Five].map(|part| args.has(part));
    refuse_idle(args, parts)?;
    let prompt = args.prompt.as_deref().map(terminal::text_or_stdin).transpose()?;
    let source = if !parts[2..].contains(&true) {
        Source::Nothing
    } else if let Some(recorded) = inputs::recorded(&args.recorded, prompt.as_deref())? {
        inputs::refuse_models(&args.models)?;
        Source::Recorded { recorded: recorded.into(), prompt, tokenizer: args.recorded.tokenizer.clone() }
    } else {
        Source::Models { pair: Box::new(inputs::pair(&args.models)?), prompt }
    };
    let k = match &source {
        Source::Nothing => NOTEBOOK_K,
        Source::Models { pair, .. } => inputs::k(args.k, pair.small.vocab_size, &pair.small.facts.title)?,
        Source::Recorded { recorded, .. } => {
            let title = recorded.models.first().map_or("", |model| &model.facts.title);
            inputs::k(args.k, recorded.vocab_size, title)?
        }
    };
    let mut formats: Vec<Format> = args.formats.iter().map(|&format| format.into()).collect();
    formats.sort();
    formats.dedup();
    Ok(Settings {
        parts,
        source,
        k,
        temperatures: args.temperatures.clone(),
        beyond: args.beyond,
        log_y: args.log_y,
        formats,
        style: Style { dpi: args.dpi, theme: args.theme.into() },
    })
}

/// Refuses an option without effect on the selected parts.
fn refuse_idle(args: &PartArgs, [_, two, three, four, five]: [bool; 5]) -> Result<(), Error> {
    let logits = three || four || five;
    let pair = &args.models.pair;
    let idle = [
        ("--prompt", args.prompt.is_some(), logits, "part 3, 4 or 5"),
        ("-k", args.k.k.is_some(), logits, "part 3, 4 or 5"),
        ("--logits", !args.recorded.logits.is_empty(), logits, "part 3, 4 or 5"),
        ("--models", pair.models.is_some(), logits, "part 3, 4 or 5"),
        ("--small", pair.small.is_some(), logits, "part 3, 4 or 5"),
        ("--large", pair.large.is_some(), logits, "part 3, 4 or 5"),
        ("--weights", pair.weights.is_some(), logits, "part 3, 4 or 5"),
        ("--engine", args.models.device.engine.is_some(), logits, "part 3, 4 or 5"),
        ("--device", args.models.device.device.is_some(), logits, "part 3, 4 or 5"),
        ("--temperature", !args.temperatures.is_empty(), two || four, "part 2 or 4"),
        ("--beyond", args.beyond, four || five, "part 4 or 5"),
        ("--log-y", args.log_y, two, "part 2"),
    ];
    match idle.into_iter().find(|(_, given, counts, _)| *given && !counts) {
        Some((option, _, _, without)) => Err(Error::no_effect(option, format!("without {without}"))),
        None => Ok(()),
    }
}
