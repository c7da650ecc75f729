//! The nine figures against the notebook's.

mod demo;

#[test]
fn draw_them() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (name, figure) in demo::Logits::read().figures("GPT-2 SMALL", "GPT-2 LARGE") {
        figure.save(folder.join(format!("{name}.png"))).unwrap();
        figure.save(folder.join(format!("{name}.svg"))).unwrap();
    }
}
