//! Time and memory of the nine figures at 300 dpi, their data given.
//!
//! Without a peer: matplotlib takes 5.5 to 6.3 s for the same nine on such a machine.

#[path = "../tests/figures/demo.rs"]
mod demo;

use std::{
    hint::black_box,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use test_support::bench::Row;
use viz::Figure;

/// Seconds that the nine may take on two cores, and megabytes that the process may hold.
const TARGET_SECONDS: f64 = 1.2;
const TARGET_MEGABYTES: f64 = 300.0;
const ROUNDS: usize = 9;

fn main() {
    let figures = demo::Logits::read().figures("GPT-2 SMALL", "GPT-2 LARGE");
    let folder = std::env::temp_dir().join(format!("figures-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder for temporary files is writable");
    let named = |extension: &str| -> Vec<_> {
        figures.iter().map(|(name, figure)| (folder.join(format!("{name}.{extension}")), figure.clone())).collect()
    };
    let (png, svg) = (named("png"), named("svg"));

    let all_png = seconds(|| save_all(&png));
    let all_svg = seconds(|| save_all(&svg));
    let one_core = seconds(|| {
        for (_, figure) in &png {
            black_box(figure.to_png().expect("the figures can be drawn"));
        }
    });
    let bytes: u64 = png.iter().filter_map(|(path, _)| path.metadata().ok()).map(|m| m.len()).sum();
    std::fs::remove_dir_all(&folder).ok();

    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut rows = vec![
        Row::new("nine figures as PNG at 300 dpi, all cores", "s", &all_png, &[], Some(TARGET_SECONDS))
            .limit(format!("{cores} cores")),
        Row::new("nine figures as PNG at 300 dpi, one core", "s", &one_core, &[], None)
            .limit("compression takes a quarter"),
        Row::new("nine figures as SVG, all cores", "s", &all_svg, &[], None).limit("compression of the dense layers"),
        Row::new("nine PNG files", "MB", &[bytes as f64 / 1e6], &[], None).limit("matplotlib's: 3.2 MB"),
    ];
    if let Some(bytes) = test_support::bench::peak("self") {
        rows.push(
            Row::new("peak memory of the nine figures", "MB", &[bytes / 1e6], &[], Some(TARGET_MEGABYTES))
                .limit("one figure's pixels per core"),
        );
    }
    test_support::bench::print(&rows, std::env::args().any(|argument| argument == "--json")).expect("rows are JSON");
}

/// On all cores, each with the next figure that is left.
fn save_all(figures: &[(PathBuf, Figure)]) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((path, figure)) = figures.get(next.fetch_add(1, Ordering::Relaxed)) {
            figure.save(path).expect("the figures can be drawn");
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        // This thread works too.
        (1..cores).for_each(|_| drop(scope.spawn(work)));
        work();
    });
}

fn seconds(mut work: impl FnMut()) -> Vec<f64> {
    let round = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(round).collect()
}
