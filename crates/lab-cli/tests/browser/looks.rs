//! The page's colours: its theme, its contrasts, and forced colours.

use lab::run::Source;

use super::page::open;
use crate::{chrome::Chrome, run::Run};

/// A colour's contrast with another, by WCAG 2: from 1 to 21.
const CONTRAST: &str = "
    const rgb = text => { const c = document.createElement('canvas').getContext('2d'); c.fillStyle = text;
        return [1, 3, 5].map(i => parseInt(c.fillStyle.slice(i, i + 2), 16) / 255); };
    const light = text => { const [r, g, b] = rgb(text).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const contrast = (a, b) => { const [x, y] = [light(a), light(b)]; return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
    const opaque = text => text.replace(/rgba?\\((\\d+), (\\d+), (\\d+).*/, 'rgb($1, $2, $3)');";

#[test]
fn one_switch_sets_the_theme_of_page_panels_and_pictures() {
    let chrome = open("");
    let paper = "getComputedStyle(document.body).backgroundColor";
    let panel = "[...document.getElementById('chart1').getContext('2d').getImageData(2, 2, 1, 1).data].join()";
    let sheet = "getComputedStyle(document.querySelector('#part1 .sheet')).filter";
    let seen = || (chrome.get::<String>(paper), chrome.get::<String>(panel), chrome.get::<String>(sheet) == "none");
    let light = ("rgb(255, 255, 255)".to_owned(), "255,255,255,255".to_owned(), true);
    let dark = ("rgb(30, 31, 33)".to_owned(), "30,31,33,255".to_owned(), false);
    chrome.run("document.getElementById('part1').scrollIntoView()");
    assert_eq!(seen(), light);
    chrome.set("input[name=theme][value=dark]", "");
    chrome.until("location.hash.includes('theme=dark')");
    assert_eq!(seen(), dark);
    chrome.media("screen", "dark");
    chrome.set("input[name=theme][value=light]", "");
    assert_eq!(seen(), light);
    chrome.set("input[name=theme][value=auto]", "");
    assert_eq!(seen(), dark);
    // Paper is light.
    chrome.media("print", "light");
    assert_eq!(chrome.get::<String>(paper), "rgb(255, 255, 255)");
}

#[test]
fn a_run_with_dark_pictures_has_a_dark_page() {
    let chrome = Chrome::start();
    let run = Run::with([true, false, false, false, false], Source::Nothing, |settings| {
        settings.style.theme = viz::Theme::Dark;
    });
    for scripts in [true, false] {
        chrome.scripts(scripts);
        chrome.open(&run.page, "");
        chrome.scripts(true);
        assert_eq!(chrome.get::<String>("getComputedStyle(document.body).backgroundColor"), "rgb(30, 31, 33)");
        // Its pictures are dark already.
        assert_eq!(chrome.get::<String>("getComputedStyle(document.querySelector('.sheet')).filter"), "none");
    }
}

/// WCAG 2.2, 1.4.11: graphics that are needed to understand the content have a contrast of 3 at least.
#[test]
fn bars_and_curves_differ_from_the_paper() {
    let chrome = open("#k=5");
    for scheme in ["light", "dark"] {
        chrome.media("screen", scheme);
        let faint: Vec<(String, f64)> = chrome.get(&format!(
            "(async () => {{
                {CONTRAST}
                const paper = getComputedStyle(document.body).backgroundColor, faint = [];
                const check = (what, color) => {{ const found = contrast(opaque(color), opaque(paper)); if (found < 3) faint.push([what, found]); }};
                for (const part of [1, 2, 4]) {{
                    document.getElementById(`live${{part}}`).scrollIntoView();
                    await frames();
                    const stroke = CanvasRenderingContext2D.prototype.stroke, drawn = new Set();
                    CanvasRenderingContext2D.prototype.stroke = function (...path) {{ drawn.add(this.strokeStyle); stroke.apply(this, path); }};
                    document.getElementById(`live${{part}}`).draw();
                    CanvasRenderingContext2D.prototype.stroke = stroke;
                    drawn.forEach(color => check(`part ${{part}}'s lines ${{color}}`, color));
                }}
                for (const bar of document.querySelectorAll('#bars4 .bar')) {{
                    const style = getComputedStyle(bar);
                    check(`${{bar.className}} of ${{bar.parentElement.className}}`, style.outlineStyle !== 'none' ? style.outlineColor
                        : style.borderTopStyle !== 'none' ? style.borderTopColor : style.backgroundColor);
                    if (style.opacity !== '1') faint.push(['a translucent bar', Number(style.opacity)]);
                }}
                return faint;
            }})()"
        ));
        assert!(faint.is_empty(), "{scheme}: {faint:?}");
    }
}

#[test]
fn what_is_chosen_and_both_bars_are_visible_in_forced_colours() {
    let chrome = open("#part4");
    chrome.forced_colours();
    chrome.until("matchMedia('(forced-colors: active)').matches");
    let (chosen, other): (String, String) = chrome.get(
        "['linear', 'log'].map(value => getComputedStyle(document.querySelector(`#live4 input[value=${value}] + span`)).backgroundColor)",
    );
    assert_ne!(chosen, other);
    let bars: Vec<String> = chrome.get(
        "['.bar:not(.after)', '.after'].map(bar => getComputedStyle(document.querySelector(`#bars4 li:first-child ${bar}`)).backgroundColor)",
    );
    let paper: String = chrome.get("getComputedStyle(document.body).backgroundColor");
    assert!(!bars.contains(&paper) && bars[0] != bars[1], "{bars:?} on {paper}");
}

#[test]
fn a_wide_window_has_two_parts_side_by_side_and_wide_charts() {
    let chrome = open("#part3");
    chrome.size(1920, 1080);
    chrome.run("await pause(200)");
    let [one, two]: [(f64, f64); 2] =
        chrome.get("['part1', 'part2'].map(id => document.getElementById(id).getBoundingClientRect()).map(({ left, top }) => [left, top])");
    assert!(one.1 == two.1 && two.0 > one.0 + 600.0, "{one:?}, {two:?}");
    // Nothing in them has to be scrolled sideways.
    chrome.run("document.getElementById('part1').scrollIntoView(); await pause(200)");
    let hidden: Vec<i32> = chrome.get(
        "[...document.querySelectorAll('#live1 .wide, #live2 .wide')].map(box => box.scrollWidth - box.clientWidth)",
    );
    assert!(hidden.iter().all(|&pixels| pixels <= 0), "{hidden:?}");
    chrome.run("document.getElementById('part3').scrollIntoView(); await pause(200)");
    let widths: Vec<f64> =
        chrome.get("[...document.querySelectorAll('#live3 canvas')].map(canvas => canvas.clientWidth)");
    assert!(widths.iter().all(|&width| width > 480.0), "{widths:?}");
    assert!(chrome.get::<i32>("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0);
}

/// All that the page writes of its own; printed output and code are quoted as they are.
#[test]
fn numbers_have_one_minus_sign_and_one_form_of_percent() {
    let chrome = open("#mark=6891&shift=-3");
    let (hyphens, percents): (Vec<String>, Vec<String>) = chrome.get(
        "(async () => {
            const texts = [];
            for (let part = 1; part <= 5; part++) {
                document.getElementById(`part${part}`).scrollIntoView();
                await pause(150);
            }
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const { parentElement, data } = walker.currentNode;
                if (!parentElement.closest('pre, code, script, style, q, button')) texts.push(data);
            }
            return [texts.filter(text => /(^|[^\\w\"./-])-[\\d.]|\\de-\\d| - /.test(text)), texts.flatMap(text => text.match(/[\\d.,e−-]+ ?%/g) ?? [])];
        })()",
    );
    assert!(hyphens.is_empty(), "{hyphens:?}");
    assert!(percents.len() > 40, "{percents:?}");
    for percent in percents {
        let number = percent.trim_end_matches('%').replace('−', "-");
        let value: f64 = number.parse().unwrap_or_else(|e| panic!("{percent}: {e}"));
        let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        assert!(decimals == 1 || (value > 0.0 && value < 0.05), "{percent}");
    }
}
