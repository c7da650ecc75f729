//! How long the page lets its reader wait, in headless Chromium.
//!
//! Without a peer: no other page shows all 50,257 logits with a slider.

#[path = "../tests/browser/chrome.rs"]
#[expect(dead_code, reason = "the tests do more with it")]
mod chrome;
#[path = "../tests/browser/executable.rs"]
mod executable;
#[path = "../tests/browser/run.rs"]
#[expect(dead_code, reason = "the tests compare with its report")]
mod run;
#[path = "../tests/browser/speed.rs"]
mod speed;

use test_support::bench::Row;

use chrome::Chrome;
use run::Run;

/// Milliseconds from the page's start to the first interaction, for a move of a slider at the median, and at the worst.
const FIRST: f64 = 300.0;
const MOVE: f64 = 16.0;
const WORST: f64 = 33.0;
const ROUNDS: usize = 9;

fn main() {
    let rows = if executable::find().is_some() {
        rows(&Chrome::alone())
    } else {
        eprintln!("page: not measured, no Chromium: {}", executable::HOW);
        Vec::new()
    };
    test_support::bench::print(&rows, std::env::args().any(|arg| arg == "--json")).expect("stdout is open");
}

fn rows(chrome: &Chrome) -> Vec<Row> {
    let run = Run::demo();
    chrome.size(1280, 900);
    let mut firsts = Vec::new();
    let mut rows = Vec::new();
    for part in [3, 4] {
        let mut all = Vec::new();
        for _ in 0..ROUNDS {
            chrome.open(&run.page, &format!("#part{part}"));
            if part == 3 {
                firsts.push(speed::first_interaction(chrome));
            }
            all.push(speed::moves(chrome, part));
        }
        let of = |at: usize| all.iter().map(|moves| moves[at]).collect::<Vec<_>>();
        let (middle, worst) = (of(all[0].len() / 2), of(all[0].len() - 1));
        rows.push(Row::new(format!("page: a slider's move redraws part {part}"), "ms", &middle, &[], Some(MOVE)));
        rows.push(Row::new(format!("page: the worst of 200 moves of part {part}"), "ms", &worst, &[], Some(WORST)));
    }
    rows.insert(0, Row::new("page: to first interaction", "ms", &firsts, &[], Some(FIRST)));
    rows
}
