//! The charts of parts 1, 2 and 4: names at the ends of their lines, and values under the pointer. Part 3's density.

use serde::Deserialize;

use super::page::{RUN, open};
use crate::chrome::Chrome;

/// A text that a chart writes, and where.
#[derive(Deserialize)]
struct Written(String, f64, f64);

/// What a chart writes while some statements run.
fn written(chrome: &Chrome, chart: &str, statements: &str) -> Vec<Written> {
    chrome.get(&format!(
        "(async () => {{
            const canvas = document.getElementById({chart:?}), texts = [], write = CanvasRenderingContext2D.prototype.fillText;
            canvas.scrollIntoView({{ block: 'center' }});
            await pause(200);
            CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {{
                if (this.canvas === canvas) texts.push([text, x, y]);
                write.call(this, text, x, y, ...rest);
            }};
            {statements};
            await frames();
            CanvasRenderingContext2D.prototype.fillText = write;
            return texts;
        }})()"
    ))
}

#[test]
fn lines_are_named_once_at_their_right_ends() {
    let chrome = open("");
    for (part, names) in [
        (1, &["by the formula", "by a library"] as &[&str]),
        (2, &["T = 0.3", "T = 0.6", "T = 1", "T = 1.4"]),
        (4, &["T = 0.5", "T = 1", "T = 1.5"]),
    ] {
        let texts = written(&chrome, &format!("chart{part}"), &format!("document.getElementById('live{part}').draw()"));
        let width: f64 = chrome.get(&format!("document.getElementById('chart{part}').clientWidth"));
        let mut heights: Vec<f64> = Vec::new();
        for name in names {
            let found: Vec<&Written> = texts.iter().filter(|text| text.0 == *name).collect();
            assert_eq!(found.len(), 1, "part {part}: {name}");
            assert!(found[0].1 > 0.6 * width && found[0].1 < width, "part {part}: {name} stands at {}", found[0].1);
            heights.push(found[0].2);
        }
        heights.sort_by(f64::total_cmp);
        assert!(heights.windows(2).all(|pair| pair[1] - pair[0] > 14.0), "part {part}: {heights:?}");
    }
}

#[test]
fn a_points_value_is_written_under_the_pointer_and_by_arrow_keys() {
    let chrome = open("");
    let key = |chart: &str, keys: &[&str]| -> Vec<String> {
        let press = keys.iter().map(|key| {
            format!("canvas.dispatchEvent(new KeyboardEvent('keydown', {{ key: {key:?}, cancelable: true }}));")
        });
        written(&chrome, chart, &press.collect::<String>()).into_iter().map(|text| text.0).collect()
    };
    let p = softmax_core::softmax(&[1.0_f32, 1.1, 2.0, 3.0, 5.0, 6.0, 6.1]).unwrap();
    let last = key("chart1", &["ArrowRight", "ArrowRight"]);
    assert_eq!(last.last().unwrap(), &format!("z = 1.1: {:.6} by a library", p[1]));
    let curve = softmax_core::softmax(&softmax_core::linspace(-5.0_f32, 5.0, 55)).unwrap();
    let smallest = format!("{:.3e}", curve[0]).replace('-', "−");
    assert_eq!(key("chart2", &["ArrowRight"]).last().unwrap(), &format!("−5.00 has {smallest} at T = 1"));
    let top = &RUN.report.part4.as_ref().unwrap().temperatures[2];
    let expected = format!("␣night: {:.1}% at T = {}", 100.0 * top.top[0].probability, top.temperature);
    assert_eq!(key("chart4", &["ArrowRight"]).last().unwrap(), &expected);
    // The mouse, along the top of part 1's chart, comes to its largest number; below that line is nothing.
    let point = |y: u32| -> Vec<String> {
        let pointer = format!(
            "const box = canvas.getBoundingClientRect();
             for (let x = 150; x < box.width; x += 5) canvas.dispatchEvent(new PointerEvent('pointermove', {{
                 pointerType: 'mouse', clientX: box.left + x, clientY: box.top + {y} }}))"
        );
        written(&chrome, "chart1", &pointer).into_iter().map(|text| text.0).collect()
    };
    let (along, below) = (point(55), point(150));
    assert!(along.contains(&format!("z = 6.1: {:.4} by a library", p[6])), "{along:?}");
    assert!(below.is_empty(), "{below:?}");
    // Screen readers hear the value once the keys rest.
    chrome.run("document.getElementById('chart2').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', cancelable: true })); await pause(700)");
    let heard: String =
        chrome.get("[...document.querySelectorAll('p[role=status].unseen')].map(one => one.textContent).join()");
    assert!(heard.contains("at T = 1"), "{heard}");
}

#[test]
fn temperature_says_that_it_is_one_for_all_parts() {
    let chrome = open("");
    let names: Vec<String> = chrome.get(
        "[...document.querySelectorAll('.slider')].filter(slider => slider.querySelector('[data-bind=T]')).map(slider => slider.innerText)",
    );
    assert_eq!(names.len(), 5);
    assert!(names.iter().all(|name| name.contains("one for all parts")), "{names:?}");
}

/// All logits as one dense picture: how many lie where must show in it.
#[test]
fn the_density_of_part_3s_logits_shows_in_shades_and_in_a_histogram() {
    let chrome = open("#part3");
    chrome.run("document.getElementById('chart3a').scrollIntoView({ block: 'center' }); await pause(200)");
    // Of the pixels with any ink in the middle of the area, how many are nearly black.
    let black: f64 = chrome.get(
        "(() => {
            const canvas = document.getElementById('chart3a'), { width, height } = canvas;
            const { data } = canvas.getContext('2d').getImageData(Math.round(width * 0.3), Math.round(height * 0.15), Math.round(width * 0.4), Math.round(height * 0.6));
            let [ink, black] = [0, 0];
            for (let i = 0; i < data.length; i += 4) {
                if (data[i] < 250) ink++;
                if (data[i] < 70) black++;
            }
            return black / ink;
        })()",
    );
    assert!(black < 0.05, "{black}");
    let logits = &RUN.report.part3.as_ref().unwrap().logits;
    let (low, high) = logits.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), &z| (l.min(z), h.max(z)));
    let padding = 0.05 * f64::from(high - low);
    let (low, high) = (f64::from(low) - padding, f64::from(high) + padding);
    // From the top: the height of each bar's middle, and its width by that of the widest.
    let bars: Vec<(f64, f64)> = chrome.get(
        "(() => {
            const bars = [], fill = CanvasRenderingContext2D.prototype.fillRect, canvas = document.getElementById('chart3a');
            CanvasRenderingContext2D.prototype.fillRect = function (x, y, width, height) {
                if (this.canvas === canvas && x > 0.6 * canvas.clientWidth) bars.push([y + height / 2, width]);
                fill.call(this, x, y, width, height);
            };
            canvas.style.height = `${canvas.clientHeight + 4}px`;
            document.getElementById('live3').draw();
            CanvasRenderingContext2D.prototype.fillRect = fill;
            const most = Math.max(...bars.map(bar => bar[1]));
            return bars.map(([at, width]) => [at, width / most]);
        })()",
    );
    let area: f64 = chrome.get("document.getElementById('chart3a').clientHeight - 74");
    let bins = (area / 4.0).floor();
    let mut counts = vec![0_u32; bins as usize];
    for &z in logits {
        counts[((f64::from(z) - low) / (high - low) * bins) as usize] += 1;
    }
    let most = f64::from(*counts.iter().max().unwrap());
    let expected: Vec<f64> =
        counts.iter().filter(|count| **count > 0).map(|&count| (f64::from(count) / most).max(0.5 / 54.0)).collect();
    assert_eq!(bars.len(), expected.len());
    assert!(bars.windows(2).all(|pair| pair[0].0 > pair[1].0), "from the bottom up");
    for ((_, width), expected) in bars.iter().zip(expected) {
        assert!((width - expected).abs() < 0.02, "{width} is not {expected}");
    }
}
