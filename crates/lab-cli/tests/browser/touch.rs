//! The page on a phone.

use super::page::open;
use crate::chrome::Chrome;

/// A phone with a touch screen.
fn phone(state: &str) -> Chrome {
    let chrome = open(state);
    chrome.size(390, 844);
    chrome.call("Emulation.setTouchEmulationEnabled", &serde_json::json!({ "enabled": true }));
    chrome
}

/// Where a canvas is in the window: left, top, width, height.
fn place(chrome: &Chrome, id: &str) -> (f64, f64, f64, f64) {
    chrome.run(&format!("document.getElementById({id:?}).scrollIntoView({{ block: 'center' }}); await pause(200)"));
    chrome.get(&format!(
        "(({{ left, top, width, height }}) => [left, top, width, height])(document.getElementById({id:?}).getBoundingClientRect())"
    ))
}

/// What the address says of an axis: low and high.
fn axis(chrome: &Chrome, name: &str) -> Option<(f64, f64)> {
    let text: String = chrome.get(&format!("new URLSearchParams(location.hash.slice(1)).get({name:?}) ?? ''"));
    let (low, high) = text.split_once(',')?;
    Some((low.parse().unwrap(), high.parse().unwrap()))
}

#[test]
fn two_fingers_zoom_a_dense_chart_and_one_moves_it() {
    let chrome = phone("#part3");
    let (left, top, width, height) = place(&chrome, "chart3b");
    let (x, y) = (left + width / 2.0, top + height / 2.0);
    chrome.touch("touchStart", &[(x - 20.0, y), (x + 20.0, y)]);
    for by in [30.0, 45.0, 60.0] {
        chrome.touch("touchMove", &[(x - by, y), (x + by, y)]);
    }
    chrome.touch("touchEnd", &[]);
    // While fingers move the address does not.
    chrome.run("await pause(600)");
    let (low, high) = axis(&chrome, "ids").expect("it is zoomed");
    // From 40 to 120 pixels: three times.
    assert!(((high - low) - 50_276.0 / 3.0).abs() < 2_000.0, "{low} to {high}");
    assert!(!chrome.get::<String>("location.hash").contains("mark="), "a pinch marks nothing");
    // A finger that moves to the left brings what is on the right.
    chrome.touch("touchStart", &[(x + 60.0, y)]);
    for by in [40.0, 20.0, 0.0] {
        chrome.touch("touchMove", &[(x + by, y)]);
    }
    chrome.touch("touchEnd", &[]);
    chrome.run("await pause(600)");
    let (moved, end) = axis(&chrome, "ids").expect("it is zoomed still");
    assert!(moved > low + 500.0 && ((end - moved) - (high - low)).abs() < 1.0, "{moved} to {end}");
    // One step back is the picture before the last gesture.
    chrome.run("history.back(); await pause(200)");
    assert_eq!(axis(&chrome, "ids"), Some((low, high)));
}

#[test]
fn the_hint_says_what_fingers_do() {
    let chrome = phone("#part3");
    let hint = "document.querySelector('#live3 .hint').innerText";
    let said: String = chrome.get(hint);
    assert!(said.contains("two fingers") && !said.contains("drag a frame"), "{said}");
    let chrome = open("#part3");
    let said: String = chrome.get(hint);
    assert!(!said.contains("two fingers") && said.contains("drag a frame"), "{said}");
}

#[test]
fn part_1_keeps_its_bars_on_a_phone() {
    let chrome = phone("#part1");
    let widths: Vec<f64> =
        chrome.get("[...document.querySelectorAll('#steps1 .bar')].map(bar => bar.getBoundingClientRect().width)");
    assert!(widths.len() == 7 && widths[6] > 20.0 && widths[6] > 5.0 * widths[3], "{widths:?}");
}

#[test]
fn control_and_result_are_on_one_screen_of_a_phone() {
    let chrome = phone("");
    let seen = |id: &str| -> bool {
        chrome.get(&format!(
            "(({{ top, bottom }}) => top >= document.querySelector('nav').offsetHeight - 1 && bottom <= innerHeight + 1)(document.querySelector({id:?}).getBoundingClientRect())"
        ))
    };
    for (part, results) in [(3, ["#chart3a", "#chart3c"]), (4, ["#bars4 li:nth-child(8)", "#bars4 li:last-child"])] {
        for result in results {
            // A panel is drawn, and gets its height, once it is near.
            chrome.run(&format!("document.getElementById('part{part}').scrollIntoView(); await pause(200)"));
            chrome.run(&format!(
                "document.querySelector({result:?}).scrollIntoView({{ block: 'end' }}); await pause(200)"
            ));
            let slider = format!("#live{part} [data-bind=T][type=range]");
            let boxes: String = chrome.get(&format!("[{slider:?}, {result:?}].map(one => JSON.stringify(document.querySelector(one).getBoundingClientRect())).join()"));
            assert!(seen(&slider) && seen(result), "part {part}: {result}: {boxes}");
        }
    }
}
