//! How long the page lets its reader wait, in headless Chromium, and whether its server's memory stays level.
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
#[path = "../tests/cli/server.rs"]
#[expect(dead_code, reason = "the tests do more with it")]
mod server;
#[path = "../tests/browser/speed.rs"]
mod speed;

use test_support::bench::Row;

use chrome::Chrome;
use run::Run;
use server::Server;

/// Milliseconds from the page's start to the first interaction, for a move of a slider at the median, and at the worst.
const FIRST: f64 = 300.0;
const MOVE: f64 = 16.0;
const WORST: f64 = 33.0;
const ROUNDS: usize = 9;

/// A server's own memory after so many requests, by that after the first tenth of them.
const REQUESTS: usize = 2000;
const LEVEL: f64 = 1.1;

fn main() {
    let mut rows = if executable::find().is_some() {
        rows(&Chrome::alone())
    } else {
        eprintln!("page: not measured, no Chromium: {}", executable::HOW);
        Vec::new()
    };
    rows.extend(memory());
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

/// A server's own memory; nothing where the system does not report it.
fn memory() -> Option<Row> {
    let server = Server::start();
    let own = || Some(test_support::bench::own(&server.child.id().to_string())? / 1e6);
    let ask = |n: usize| {
        let (ids, more) =
            (format!("[{},{}]", n % 5000, n % 300), r#""n":20,"T":1,"k":40,"p":1,"minP":0,"order":"first","seed":1"#);
        let read = format!(r#""page":"{}","model":{},"ids":{ids}"#, n % 10, n % 2);
        let (status, answer) = match n % 4 {
            0 => server.post("/tokens", r#"{"text":"Once upon a time"}"#),
            1 => server.post("/logits", &format!("{{{read}}}")),
            2 => server.post("/lens", &format!(r#"{{{read},"k":5}}"#)),
            _ => server.post("/generate", &format!("{{{read},{more}}}")),
        };
        assert!(status == 200, "{}", String::from_utf8_lossy(&answer));
    };
    (0..REQUESTS / 10).for_each(ask);
    let first = own()?;
    (REQUESTS / 10..REQUESTS).for_each(ask);
    Some(
        Row::new("lab serve: its own memory after 2,000 requests", "MB", &[own()?], &[first], Some(LEVEL))
            .limit("after 200"),
    )
}
