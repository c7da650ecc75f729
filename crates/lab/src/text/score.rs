use super::{Kind, Line, Table};
use crate::{
    parts::{ScoreReport, ScoredToken},
    print::{choices, nats, perplexity, share, thousands},
};

/// The maximum number of tokens to list; of a longer text only the least expected are listed.
const LISTED: usize = 120;

/// How many of the least expected tokens are listed.
const LEAST_EXPECTED: usize = 10;

/// How probable a text is.
pub fn score_lines(report: &ScoreReport) -> Vec<Line> {
    let mut lines = Vec::new();
    if report.tokens.len() <= LISTED {
        let rows = report.tokens.iter().map(|token| row(token, None));
        lines.push(Line::table(Kind::Notebook, Table::new(&["token", "probability", "rank", "nats"], rows)));
    } else {
        lines.push(left_out(report));
    }
    lines.push(Line::new(Kind::Notebook, ""));
    lines.extend(summary(report).into_iter().map(|text| Line::new(Kind::Notebook, text)));
    let least = least_expected(report);
    if least.len() > 1 {
        let rows = least.into_iter().map(|(position, token)| row(token, Some(position)));
        let header = ["least expected", "position", "probability", "rank", "nats"];
        lines.push(Line::new(Kind::Notebook, ""));
        lines.push(Line::table(Kind::Notebook, Table::new(&header, rows)));
    }
    lines
}

/// Two models' scores of one text, side by side.
pub fn score_pair_lines([first, second]: [&ScoreReport; 2]) -> Vec<Line> {
    let mut lines = Vec::new();
    let (one, two) = (first.model.title.as_str(), second.model.title.as_str());
    if first.tokens.len() <= LISTED {
        let rows = first.tokens.iter().zip(&second.tokens).map(|(a, b)| {
            let closer = match (a.log_p, b.log_p) {
                (Some(a), Some(b)) => format!("{:+.2}", b - a),
                _ => String::new(),
            };
            vec![quoted(a), probability(a), rank(a), probability(b), rank(b), closer]
        });
        let header = ["token", one, "rank", two, "rank", "nats gained"];
        lines.push(Line::table(Kind::Notebook, Table::new(&header, rows)));
    } else {
        lines.push(left_out(first));
    }
    lines.push(Line::new(Kind::Notebook, ""));
    let measure = |name: &str, of: &dyn Fn(&ScoreReport) -> Option<String>| {
        vec![name.to_owned(), of(first).unwrap_or_default(), of(second).unwrap_or_default()]
    };
    let percent = |x: Option<f64>| x.map(|x| format!("{:.1}%", 100.0 * x));
    let rows = [
        measure("nats per token", &|r| r.nats_per_token.map(nats)),
        measure("perplexity", &|r| r.perplexity.map(perplexity)),
        measure("bits per byte", &|r| r.bits_per_byte.map(|x| format!("{x:.3}"))),
        measure("first choice right", &|r| percent(r.top_1_accuracy)),
        measure("among the first ten", &|r| percent(r.top_10_accuracy)),
    ];
    lines.push(Line::table(Kind::Notebook, Table::new(&["of the whole text", one, two], rows)));
    lines
}

/// Replaces the table of all tokens for a long text.
fn left_out(report: &ScoreReport) -> Line {
    let tokens = thousands(report.tokens.len() as u64);
    let text = format!("The text has {tokens} tokens. Up to {LISTED} are listed here; --json and --figure show all.");
    Line::new(Kind::Notebook, text)
}

fn summary(report: &ScoreReport) -> Vec<String> {
    let (Some(per_token), Some(uncertainty), Some(bits)) =
        (report.nats_per_token, report.perplexity, report.bits_per_byte)
    else {
        return vec!["The text is one token, and the first has nothing before it: nothing to score.".to_owned()];
    };
    let mut lines = vec![
        format!(
            "{} of {} tokens scored (the first has nothing before it): {} nats each on average.",
            thousands(report.scored as u64),
            thousands(report.ids.len() as u64),
            nats(per_token)
        ),
        format!(
            "Perplexity {}: as uncertain as {}; {bits:.3} bits per byte.",
            perplexity(uncertainty),
            choices(uncertainty)
        ),
        format!(
            "The model's first choice was right for {:.1}% of them, one of its first ten for {:.1}%.",
            100.0 * report.top_1_accuracy.unwrap_or(0.0),
            100.0 * report.top_10_accuracy.unwrap_or(0.0)
        ),
    ];
    if report.ids.len() > report.window {
        lines.push(format!(
            "The text is longer than the {} tokens read at a time: a window slides over it by {}, and each token is \
             scored in the first that reaches it.",
            thousands(report.window as u64),
            thousands(report.stride as u64)
        ));
    }
    lines
}

/// The tokens with the least probability, and their positions from 0.
fn least_expected(report: &ScoreReport) -> Vec<(usize, &ScoredToken)> {
    let mut tokens: Vec<(usize, &ScoredToken)> =
        report.tokens.iter().enumerate().filter(|(_, token)| token.log_p.is_some()).collect();
    tokens.sort_by(|(_, a), (_, b)| a.log_p.partial_cmp(&b.log_p).unwrap_or(std::cmp::Ordering::Equal));
    let listed = if report.tokens.len() <= LISTED { 3 } else { LEAST_EXPECTED };
    tokens.truncate(listed.min(report.scored / 2));
    tokens
}

fn row(token: &ScoredToken, position: Option<usize>) -> Vec<String> {
    let surprisal = token.surprisal().map(nats).unwrap_or_default();
    let mut row = vec![quoted(token)];
    row.extend(position.map(|position| thousands(position as u64)));
    row.extend([probability(token), rank(token), surprisal]);
    row
}

fn quoted(token: &ScoredToken) -> String {
    token.word.to_string()
}

fn rank(token: &ScoredToken) -> String {
    token.rank.map(|rank| thousands(rank as u64)).unwrap_or_default()
}

fn probability(token: &ScoredToken) -> String {
    token.log_p.map(|log_p| share(log_p.exp())).unwrap_or_default()
}
