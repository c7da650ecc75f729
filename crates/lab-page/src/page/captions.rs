//! The captions of the figures.

use lab::{
    parts::{Formula, NumberType, Part5Report},
    print::{general, thousands},
    report::Report,
};

use super::number::percent;

/// A part's question.
pub(super) fn question(part: usize) -> &'static str {
    match part {
        1 => {
            "Softmax turns any list of numbers into probabilities: it takes exp of each and divides by the sum. Does a \
             library do anything else?"
        }
        2 => {
            "Dividing the numbers by a temperature T before softmax makes the result sharper (T below 1) or flatter (T \
             above 1). How much?"
        }
        3 => {
            "For every one of the 50,257 tokens GPT-2 gives a logit: how fitting it is as the next one. What do the \
             logits look like before softmax, and after?"
        }
        4 => "Which tokens are the most probable, and how does temperature change their lead?",
        _ => {
            "exp of a large number overflows, exp of a very negative one is zero. What does that do to the formula as \
             it is written, and what cures it?"
        }
    }
}

/// A figure's caption, by the end of its name: `1` to `5e`.
pub(super) fn caption(name: &str, report: &Report) -> String {
    match name {
        "1" => "The two curves lie on each other. The largest numbers take nearly all of the probability, and equal \
                steps in z are equal factors in σ(z)."
            .to_owned(),
        "2" => "The lower the temperature, the steeper the curve: at the lowest, few numbers have any probability \
                worth the name."
            .to_owned(),
        "2_log_y" => "On a logarithmic axis softmax is a straight line, and its slope is 1/T.".to_owned(),
        "3" => report.part3.as_ref().map_or_else(String::new, |part| {
            format!(
                "A) The logits of all tokens form a band. B) After softmax only a few stand out: {} has {} of \
                 the probability. C) One against the other is the exponential function: order is kept, distances \
                 are not.",
                part.argmax.word,
                percent(f64::from(part.argmax.probability))
            )
        }),
        "4" => report.part4.as_ref().map_or_else(String::new, |part| {
            let share = |at: &lab::parts::TopAtTemperature| {
                let share: f32 = at.top.iter().map(|token| token.probability).sum();
                format!("{} at T = {}", percent(f64::from(share)), general(at.temperature))
            };
            let shares: Vec<String> = part.temperatures.iter().map(share).collect();
            format!("The order never changes, the lead does. The top {} together have {}.", part.k, shares.join(", "))
        }),
        "4_words" => "The same, with the tokens by their names.".to_owned(),
        "5_exponents" => "What each type can hold, and where exp of each model's logits lies.".to_owned(),
        "5a" => report.part5.as_ref().map_or_else(String::new, |part| {
            let maxima: Vec<String> =
                part.models.iter().map(|model| format!("{:.1} for {}", model.max_logit, model.title)).collect();
            format!(
                "Raw logits. A model may place them anywhere: the largest is {}. Softmax cannot see such a shift; \
                 floating-point numbers can.",
                maxima.join(" and ")
            )
        }),
        "5b" => report.part5.as_ref().map_or_else(String::new, |part| outcome(part, Formula::Manual)),
        "5c" => "The same logits less their maximum: the largest is 0, all others are negative, and every distance is \
                 as before."
            .to_owned(),
        "5d" => report.part5.as_ref().map_or_else(String::new, |part| outcome(part, Formula::MaxNormalised)),
        "5e" => "The library's softmax gives the same picture as the formula on normalised logits: it takes the \
                 maximum away by itself."
            .to_owned(),
        _ => String::new(),
    }
}

/// The result of a formula in float32.
fn outcome(part: &Part5Report, formula: Formula) -> String {
    let what = match formula {
        Formula::Manual => "The formula on the raw logits, in float32",
        Formula::MaxNormalised => "The formula on the normalised logits, in float32",
        Formula::Library => "softmax-core, in float32",
    };
    let each = part.models.iter().filter_map(|model| {
        let found = model.outcomes.iter().find(|o| o.formula == formula && o.number_type == NumberType::Float32)?;
        Some(match found.nan {
            0 => format!("{} has no NaN", model.title),
            nan => format!("{} has {} NaN, for its exponentials are out of range", model.title, thousands(nan as u64)),
        })
    });
    format!("{what}: {}.", each.collect::<Vec<_>>().join("; "))
}
