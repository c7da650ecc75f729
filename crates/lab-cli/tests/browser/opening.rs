//! What a reader sees first: one figure, before the note on the models and before any code, which is folded.

use std::{fs, process::Command};

use softmax_core::{Temperature, top_k};

use super::page::{RUN, open};

#[test]
fn the_page_opens_with_a_figure_that_the_temperature_moves() {
    let chrome = open("");
    let order: Vec<String> = chrome.get(
        "[...document.querySelectorAll('#opening, .note, .code')].map(one => one.id || one.className).slice(0, 3)",
    );
    assert_eq!(order, ["opening", "note", "code"]);
    // The word, the logit, the probability, and the width of the bar in its cell.
    let rows = "[...document.querySelectorAll('#opening-rows tr')].map(row => [...[0, 1, 4].map(n => row.cells[n].textContent),
        row.querySelector('.bar').getBoundingClientRect().width / row.cells[5].clientWidth])";
    let logits = &RUN.report.part3.as_ref().unwrap().logits;
    for t in [1.0, 0.8, 3.0] {
        let values = [("#opening [data-bind=T][type=number]", &*t.to_string())];
        let shown: Vec<(String, String, String, f64)> = chrome.after(&values, rows);
        let p = Temperature::new(t).unwrap().softmax(logits).unwrap();
        let top = top_k(&p, 8).unwrap();
        assert_eq!(shown.len(), top.len());
        assert_eq!(shown[0].0, "␣night");
        for ((word, z, share, width), expected) in shown.iter().zip(&top) {
            assert_eq!(z.replace('−', "-"), format!("{:.2}", logits[expected.index]), "{word}");
            assert_eq!(*share, format!("{:.1}%", 100.0 * expected.value), "{word} at T = {t}");
            assert!((width - f64::from(expected.value)).abs() < 0.02, "{word} at T = {t}: {width}");
        }
    }
    chrome.set("#opening select", "1");
    assert_eq!(
        chrome.get::<String>("document.getElementById('opening-prompt').textContent"),
        "A plethora of platypuses."
    );
}

#[test]
fn the_opening_figure_is_there_without_a_script_and_on_paper() {
    let chrome = open("");
    let figure =
        "[...document.querySelectorAll('#opening tr, #opening figcaption')].map(row => row.textContent).join()";
    let alive: String = chrome.get(figure);
    chrome.media("print", "light");
    let seen = "[document.getElementById('opening').checkVisibility(), document.querySelector('#opening .controls').checkVisibility(),
        document.getElementById('theme').checkVisibility()]";
    assert_eq!(chrome.get::<[bool; 3]>(seen), [true, false, false]);
    chrome.media("screen", "light");
    chrome.scripts(false);
    chrome.open(&RUN.page, "");
    chrome.scripts(true);
    assert_eq!(chrome.get::<[bool; 3]>(seen), [true, false, false]);
    assert_eq!(chrome.get::<String>(figure), alive);
}

#[test]
fn code_is_folded_but_on_paper_and_without_a_script() {
    let chrome = open("");
    let seen = "[...document.querySelectorAll('.code pre')].filter(code => code.checkVisibility()).length";
    assert_eq!(chrome.get::<usize>(seen), 0);
    chrome.click("#part2 > .code summary");
    let boxes: Vec<(f64, f64)> = chrome
        .get("[...document.querySelectorAll('#part2 > .code pre')].map(code => code.getBoundingClientRect()).map(({ left, top }) => [left, top])");
    assert!(boxes.len() == 2 && boxes[0].1 == boxes[1].1 && boxes[0].0 < boxes[1].0, "side by side: {boxes:?}");
    assert_eq!(chrome.get::<usize>(seen), 2);
    // What is unfolded in part 5 stays so when another formula brings other code.
    chrome.run("document.getElementById('part5').scrollIntoView(); await pause(200)");
    chrome.click("#code5 summary");
    chrome.click("#live5 input[value=library]");
    assert_eq!(chrome.get::<usize>(seen), 4);
    // Five parts, and five figures of part 5.
    chrome.media("print", "light");
    assert_eq!(chrome.get::<usize>(seen), 20);
    chrome.media("screen", "light");
    chrome.scripts(false);
    chrome.open(&RUN.page, "");
    assert_eq!(chrome.get::<usize>(seen), 20);
    chrome.scripts(true);
}

#[test]
fn a_page_that_has_no_script_has_its_code_unfolded() {
    let folder = tempfile::tempdir().expect("a folder");
    let status = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["part", "1", "--no-page-data", "--out"])
        .arg(folder.path())
        .output()
        .expect("lab runs")
        .status;
    assert!(status.success());
    let page = fs::read_to_string(folder.path().join("index.html")).expect("a page");
    assert!(page.contains(r#"<details class="code" data-of="1" open>"#), "{page:.0}");
}
