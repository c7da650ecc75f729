//! What the page's fields and its address take, and what they refuse.

use super::page::open;
use crate::chrome::Chrome;

/// Types a text into a field and leaves it; what stands in it then, and what is said beside it.
fn typed(chrome: &Chrome, selector: &str, text: &str) -> (String, String) {
    chrome.get(&format!(
        "(async () => {{
            set({selector:?}, {text:?});
            const control = document.querySelector({selector:?});
            control.dispatchEvent(new Event('change', {{ bubbles: true }}));
            await frames();
            return [control.value, control.parentElement.querySelector('[role=status]')?.textContent ?? ''];
        }})()"
    ))
}

#[test]
fn a_refused_number_goes_back_and_the_page_says_what_is_taken() {
    let chrome = open("#part4");
    let kept = "document.getElementById('live4').draw().kept";
    let k = "#live4 [data-bind=k][type=number]";
    for (text, not) in [("2.5", ", not 2.5"), ("0", ", not 0"), ("50258", ", not 50258"), ("", "")] {
        let expected = ("10".to_owned(), format!("Give a whole number from 1 to 50,257{not}."));
        assert_eq!(typed(&chrome, k, text), expected);
        assert_eq!(chrome.get::<usize>(kept), 10, "{text}");
    }
    assert_eq!(typed(&chrome, k, "50257"), ("50257".to_owned(), String::new()));
    assert_eq!(chrome.get::<usize>(kept), 50_257);
    let t = "#live4 [data-bind=T][type=number]";
    assert_eq!(typed(&chrome, t, "9"), ("1".to_owned(), "Give a number from 0.05 to 5, not 9.".to_owned()));
    chrome.run("document.getElementById('part1').scrollIntoView()");
    let z = "#steps1 tr:first-child input[type=number]";
    assert_eq!(typed(&chrome, z, "1e17"), ("1".to_owned(), "Give a number from −1,000 to 1,000, not 1e17.".to_owned()));
    assert_eq!(typed(&chrome, z, "-3.5"), ("-3.5".to_owned(), String::new()));
}

#[test]
fn an_address_that_makes_no_sense_leaves_the_values_at_their_start() {
    for state in [
        "#T=50%&k=2.5&set=0.5&z=1e17&mark=1.5&ids=0,Infinity&shares=0,1e-320&order=junk",
        "#%&%=%&T=9&k=0x10&set=99&z=1,,2&mark=50257&ids=-1e308,1e308&shares=1,0",
    ] {
        let chrome = open(state);
        let values: (String, String, String, usize, usize) = chrome.get(
            "(async () => {
                const values = [];
                for (let part = 1; part <= 5; part++) {
                    document.getElementById(`part${part}`).scrollIntoView();
                    await frames();
                    // A panel is set up when it comes into view, which a busy machine notices late.
                    for (let i = 0; i < 200 && part === 1 && !document.querySelector('#steps1 tr'); i++) await frames();
                }
                const value = key => document.querySelector(`#live4 [data-bind=${key}]:not([type=range])`).value;
                return [value('T'), value('k'), value('order'), document.querySelectorAll('#steps1 tr').length,
                    document.getElementById('live4').draw().kept];
            })()",
        );
        assert_eq!(values, ("1".into(), "10".into(), "first".into(), 7, 10), "{state}");
        assert!(chrome.get::<bool>("document.getElementById('unzoom3').hidden"), "{state}");
        let said: Vec<String> = chrome.said().into_iter().filter(|line| !line.starts_with("request: file")).collect();
        assert!(said.is_empty(), "{state}: {said:?}");
    }
}

#[test]
fn zooming_by_the_keyboard_ends_before_the_axis_has_no_numbers_left() {
    let chrome = open("#part3");
    chrome.run(
        "const canvas = document.getElementById('chart3a');
         const press = key => canvas.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
         press('ArrowDown');
         for (let i = 0; i < 80; i++) { press('+'); await frames() }
         await pause(500)",
    );
    let shown: Vec<f64> =
        chrome.get("decodeURIComponent(location.hash).match(/logits=([^&]*)/)[1].split(',').map(Number)");
    assert!(shown[0] < shown[1], "{shown:?}");
}

#[test]
fn each_press_of_an_arrow_key_moves_a_logarithmic_slider() {
    let chrome = open("#part4");
    let pressed = |key: &str, start: &str, arrow: &str, times: usize| -> Vec<f64> {
        chrome.get(&format!(
            "(async () => {{
                set('#live4 [data-bind={key}][type=number]', {start:?});
                const slider = document.querySelector('#live4 [data-bind={key}][type=range]'), values = [];
                for (let i = 0; i < {times}; i++) {{
                    await frames();
                    slider.dispatchEvent(new KeyboardEvent('keydown', {{ key: {arrow:?}, cancelable: true, bubbles: true }}));
                    await frames();
                    values.push(Number(document.querySelector('#live4 [data-bind={key}][type=number]').value));
                }}
                return values;
            }})()"
        ))
    };
    assert_eq!(pressed("k", "1", "ArrowRight", 4), [2.0, 3.0, 4.0, 5.0]);
    assert_eq!(pressed("k", "10", "ArrowUp", 2), [11.0, 12.0]);
    assert_eq!(pressed("k", "11", "ArrowLeft", 2), [10.0, 9.0]);
    assert_eq!(pressed("T", "0.05", "ArrowRight", 3), [0.06, 0.07, 0.08]);
    assert_eq!(pressed("T", "1.04", "ArrowRight", 2), [1.05, 1.06]);
    assert_eq!(pressed("T", "1.04", "ArrowDown", 2), [1.03, 1.02]);
    assert_eq!(pressed("T", "5", "ArrowRight", 1), [5.0]);
    assert_eq!(pressed("k", "1", "ArrowLeft", 1), [1.0]);
    // A thousandth of the way from 1 to 50,257 is a factor of 1.0109.
    assert_eq!(pressed("k", "10000", "ArrowRight", 1), [10_109.0]);
}

#[test]
fn a_drag_is_no_entry_of_the_history_and_a_mark_is_one() {
    let chrome = open("#part3");
    let before: usize = chrome.get("history.length");
    chrome.run(
        "const slider = document.querySelector('#live3 [data-bind=T][type=range]');
         for (let i = 0; i < 3; i++) {
             set('#live3 [data-bind=T][type=range]', String(500 + 20 * i));
             await pause(500);
         }",
    );
    assert!(chrome.get::<bool>("location.hash.includes('T=')"));
    assert_eq!(chrome.get::<usize>("history.length"), before);
    let t: String = chrome.get("document.querySelector('#live3 [data-bind=T][type=number]').value");
    chrome.set("#search3", " coffee");
    chrome.click("#found3 button");
    assert!(chrome.get::<bool>("location.hash.includes('mark=6891')"));
    assert_eq!(chrome.get::<usize>("history.length"), before + 1);
    chrome.run("history.back()");
    chrome.until("document.getElementById('marked3').hidden");
    assert_eq!(chrome.get::<String>("document.querySelector('#live3 [data-bind=T][type=number]').value"), t);
}
