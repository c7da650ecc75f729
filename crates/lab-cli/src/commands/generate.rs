use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use lab::{
    Error,
    parts::{Continuation, Generation},
    text,
};
use softmax_core::Sampler;

use super::{
    Context,
    inputs::{self, ModelAndPrompt},
};
use crate::{
    cli::GenerateArgs,
    process,
    terminal::{self, TokenPrinter},
};

/// `lab generate`
pub(super) fn run(args: &GenerateArgs, context: &Context) -> Result<(), Error> {
    let prompt = terminal::text_or_stdin(&args.text)?;
    let stages = args.stages.stages();
    let ModelAndPrompt { source, because, tokenizer, prompt } =
        inputs::model_and_prompt(&prompt, &args.model, context)?;
    let model = source.load_with(context)?;
    let (logits, start) = context.timings.time("prompt", || model.start(&prompt.ids))?;
    let interrupted = interrupts();

    let first = args.seed.unwrap_or(0);
    let seeds = (0..args.count.unwrap_or(1) as u64).map(|n| first.wrapping_add(n));
    let mut generations: Vec<Generation> = Vec::new();
    if !args.json {
        let lines = text::generation_lines(&source.facts, because.as_deref(), &stages);
        terminal::print_lines(&lines, context)?;
    }
    let mut printer = TokenPrinter::to_stdout(&*context.progress);
    for seed in seeds {
        let sampler = if args.greedy { Sampler::greedy(stages.clone()) } else { Sampler::new(stages.clone(), seed) }?;
        let mut continuation = Continuation::new(prompt.ids.clone(), sampler, args.n, source.n_positions, args.trace);
        let mut cache = start.clone();
        let mut read = |ids: &[u32]| match &ids[cache.len()..] {
            [] => Ok(logits.clone()),
            unread => Ok(model.next(&mut cache, unread)?),
        };
        let began = Instant::now();
        let streams = !args.json && !args.trace;
        if !args.json && args.count.is_some_and(|count| count > 1) {
            terminal::print_lines(&text::seed_lines(seed, seed == first), context)?;
        }
        if streams {
            printer.begin(&prompt.text)?;
        }
        let mut steps = 0;
        while let Some(token) = continuation.next(&tokenizer, &mut read)? {
            steps += 1;
            if streams && Some(token.id) != tokenizer.end_of_text() {
                printer.token(token.word.bytes(), token.probability)?;
            }
            if !args.json && args.trace {
                terminal::print_lines(&text::trace_lines(steps, token), context)?;
            }
            if interrupted.load(Ordering::Relaxed) {
                break;
            }
        }
        let seed = (!args.greedy).then_some(seed);
        let generation = continuation.report(&prompt, seed, source.facts.clone(), &tokenizer)?;
        if streams {
            printer.end()?;
        }
        if !args.json {
            terminal::print_note(&text::summary_line(&generation, source.n_positions, began.elapsed()));
        }
        generations.push(generation);
        if interrupted.load(Ordering::Relaxed) {
            break;
        }
    }
    if args.json {
        let facts = inputs::facts(&source, true)?;
        generations.iter_mut().for_each(|generation| generation.model = facts.clone());
        match generations.as_slice() {
            [one] if args.count.is_none() => terminal::print_report(one, &[], true, context)?,
            all => terminal::print_report(all, &[], true, context)?,
        }
    }
    Ok(())
}

/// A flag that Ctrl-C sets: the generation then ends after the current token. A second Ctrl-C ends the program at once.
fn interrupts() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    // Without the handler Ctrl-C ends the program, the default.
    let _ = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            process::exit_at_once(130);
        }
    });
    interrupted
}
