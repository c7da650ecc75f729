use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    sync::{LazyLock, mpsc},
    thread,
    time::Duration,
};

use gpt2_runner::{RecordedLogits, RecordedModel, RecordedPrompt};
use lab::{
    parts::{Formula, NumberType},
    print::choices,
    run::Source,
    source::{Models, PairArgs, Recorded, resolve},
};
use serde::Deserialize;
use serde_json::Value;
use softmax_core::{Order, Sampler, Stage, Temperature};

use crate::{chrome::Chrome, run::Run, speed};

pub(crate) static RUN: LazyLock<Run> = LazyLock::new(Run::demo);

/// Opens the page.
pub(crate) fn open(state: &str) -> Chrome {
    let chrome = Chrome::start();
    chrome.size(1280, 900);
    chrome.open(&RUN.page, state);
    chrome.until("document.documentElement.classList.contains('lives')");
    chrome
}

/// What a panel's drawing gives back, as numbers.
fn drawn(chrome: &Chrome, part: usize) -> Vec<f64> {
    drawn_after(chrome, &[], part)
}

/// The same after some controls have been given values.
pub(crate) fn drawn_after(chrome: &Chrome, values: &[(&str, &str)], part: usize) -> Vec<f64> {
    chrome.after(values, &format!("Array.from(document.getElementById('live{part}').draw())"))
}

#[track_caller]
pub(crate) fn assert_close(found: &[f64], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let expected = f64::from(expected);
        // The page computes in float64: of what is normal in float32 it may differ by softmax-core's error bound.
        let tolerance = 1e-6 * expected.abs() + f64::from(f32::MIN_POSITIVE);
        assert!((found - expected).abs() <= tolerance, "{what}, {index}: {found} is not {expected}");
    }
}

fn temperature(t: f64) -> Temperature {
    Temperature::new(t).expect("a temperature")
}

#[test]
fn the_page_asks_nobody_and_has_nothing_to_complain_of() {
    let chrome = open("");
    let file = format!("request: file://{}", RUN.page.display());
    assert_eq!(chrome.said(), [file]);
    for (scheme, width) in [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)] {
        chrome.media("screen", scheme);
        chrome.size(width, 900);
        // How far each part is too wide, and how many colours each of its canvases has in sight.
        let parts: Vec<(i32, Vec<usize>)> = chrome.get(
            "(async () => {
                const parts = [];
                for (let part = 1; part <= 5; part++) {
                    document.getElementById(`part${part}`).scrollIntoView();
                    await frames();
                    const colours = [...document.querySelectorAll(`#live${part} canvas`)].map(canvas => new Set(new Uint32Array(
                        canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size);
                    parts.push([document.documentElement.scrollWidth - document.documentElement.clientWidth, colours]);
                }
                return parts;
            })()",
        );
        for (part, (overhang, colours)) in (1..).zip(parts) {
            assert!(overhang <= 0, "part {part} at {width} pixels is {overhang} too wide");
            // More than paper.
            assert!(
                !colours.is_empty() && colours.iter().all(|&n| n > 20),
                "part {part}, {scheme}, {width}: {colours:?}"
            );
        }
        assert!(chrome.picture().len() > 10_000);
    }
    let said: Vec<String> = chrome.said().into_iter().filter(|line| !line.contains("willReadFrequently")).collect();
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn without_a_script_and_on_paper_it_is_pictures_and_lines() {
    let chrome = open("");
    let seen = "[...document.querySelectorAll('main img')].filter(img => img.checkVisibility()).length";
    let panels = "[...document.querySelectorAll('.live')].filter(panel => panel.checkVisibility()).length";
    assert_eq!((chrome.get::<usize>(seen), chrome.get::<usize>(panels)), (0, 5));
    chrome.media("print", "light");
    chrome.run("scrollTo(0, 0)");
    assert_eq!((chrome.get::<usize>(seen), chrome.get::<usize>(panels)), (9, 0));
    chrome.media("screen", "light");
    chrome.run("document.getElementById('part3').scrollIntoView()");
    // What has no panels to be printed breaks none of them.
    let said: Vec<String> = chrome.said().into_iter().filter(|line| !line.starts_with("request: file")).collect();
    assert!(said.is_empty(), "{said:?}");
    chrome.click("#live1 button[data-still]");
    assert_eq!(chrome.get::<usize>(seen), 1);
    chrome.scripts(false);
    chrome.open(&RUN.page, "");
    chrome.scripts(true);
    assert_eq!((chrome.get::<usize>(seen), chrome.get::<usize>(panels)), (9, 0));
    for part in 1..=5 {
        let code: usize = chrome.get(&format!("document.querySelectorAll('#part{part} .code').length"));
        assert!(code > 0, "part {part}");
    }
}

#[test]
fn captions_stand_below_the_panels_and_the_ruler_above_part_5s() {
    let chrome = open("");
    let captions: Vec<String> = chrome.get(
        "[...document.querySelectorAll('.still figcaption')].filter(caption => caption.checkVisibility()).map(caption => caption.innerText)",
    );
    assert_eq!(captions.len(), 9);
    // The names of files belong to pictures, which a click shows.
    assert!(captions.iter().all(|caption| !caption.contains(".png")), "{captions:?}");
    assert!(chrome.get::<bool>(
        "document.getElementById('ruler5').getBoundingClientRect().bottom < document.getElementById('live5').getBoundingClientRect().top"
    ));
}

#[test]
fn numbers_and_temperature_are_softmax_cores() {
    let chrome = open("");
    let z = [1.0_f32, 1.1, 2.0, 3.0, 5.0, 6.0, 6.1];
    assert_close(&drawn(&chrome, 1), &softmax_core::softmax(&z).unwrap(), "part 1");
    chrome.set("#steps1 tr:nth-child(3) input[type=number]", "7.5");
    chrome.set("#live1 [data-bind=T][type=number]", "0.7");
    let moved = [1.0_f32, 1.1, 7.5, 3.0, 5.0, 6.0, 6.1];
    let expected = temperature(0.7).softmax(&moved).unwrap();
    assert_close(&drawn(&chrome, 1), &expected, "part 1, a number moved");
    let shares: Vec<String> = chrome
        .get("[...document.querySelectorAll('#steps1 tr td:nth-child(3) span')].map(span => span.textContent.trim())");
    assert_eq!(shares, expected.iter().map(|p| format!("{p:.4}")).collect::<Vec<_>>());
    // What is added to all numbers changes no share, and breaks the formula as it is written.
    chrome.set("#live1 [data-bind=shift][type=range]", "-100");
    assert_close(&drawn(&chrome, 1), &expected, "part 1, all shifted");
    chrome.set("#live1 [data-bind=T][type=number]", "0.05");
    assert!(chrome.get::<String>("document.getElementById('said1').textContent").starts_with("Σ exp is 0 in float64"));
    chrome.click("#add1");
    assert_eq!(drawn(&chrome, 1).len(), 8);
    chrome.click("#steps1 tr:nth-child(1) button");
    assert_eq!(drawn(&chrome, 1).len(), 7);
    chrome.click("#reset1");

    let x = softmax_core::linspace(-5.0_f32, 5.0, 55);
    for t in [0.05, 0.3, 1.0, 1.4, 5.0] {
        let found = drawn_after(&chrome, &[("#live2 [data-bind=T][type=number]", &t.to_string())], 2);
        assert_close(&found, &temperature(t).softmax(&x).unwrap(), &format!("part 2 at {t}"));
    }
    let said: String = chrome.get("document.getElementById('said2').textContent");
    let p = temperature(5.0).softmax(&x).unwrap();
    assert!(said.contains(&format!("{:.4}", p[54])), "{said}");
    assert!(said.contains(&format!("as uncertain as {}", choices(softmax_core::entropy(&p).unwrap().exp()))));
    chrome.click("#live2 input[value=log]");
    assert_eq!(chrome.said().len(), 1, "but for the page itself nothing was asked for, and no error was made");
}

#[test]
fn all_probabilities_are_softmax_cores_and_tokens_are_found() {
    let chrome = open("#part3");
    let part3 = RUN.report.part3.as_ref().unwrap();
    let part5 = RUN.report.part5.as_ref().unwrap();
    let sets = [&part3.logits, &part5.models[0].vectors.logits, &part5.models[1].vectors.logits];
    for (index, logits) in sets.into_iter().enumerate() {
        for t in [0.05, 0.5, 1.0, 2.3, 5.0] {
            let (index, t_text) = (index.to_string(), t.to_string());
            let values = [("#live3 select", index.as_str()), ("#live3 [data-bind=T][type=number]", &t_text)];
            let expected = temperature(t).softmax(logits).unwrap();
            assert_close(&drawn_after(&chrome, &values, 3), &expected, &format!("set {index} at {t}"));
        }
    }
    chrome.set("#live3 select", "0");
    chrome.set("#live3 [data-bind=T][type=number]", "1");
    // " coffee" is 6891 and "coffee" 1073, 4079 …: whichever is typed to the letter comes first.
    chrome.set("#search3", " coffee");
    let first: String = chrome.get("document.querySelector('#found3 button').textContent");
    assert_eq!(first, "␣coffee 6891");
    chrome.set("#search3", "6891");
    assert_eq!(chrome.get::<String>("document.querySelector('#found3 button').textContent"), "␣coffee 6891");
    chrome.click("#found3 button");
    let row: Vec<String> =
        chrome.get("[...document.querySelectorAll('#marks3 tr:first-child td')].map(td => td.textContent)");
    let rank = part3.logits.iter().filter(|&&z| z > part3.logits[6891]).count() + 1;
    assert_eq!(row[..2], ["␣coffee", "6891"]);
    assert_eq!(row[2].replace('−', "-"), format!("{:.3}", part3.logits[6891]));
    assert_eq!(row[4].replace(',', ""), rank.to_string());
    // As the page itself writes a token.
    chrome.set("#search3", "␣night");
    assert_eq!(chrome.get::<String>("document.querySelector('#found3 button').textContent"), "␣night 1755");
    chrome.set("#search3", "no such token");
    assert!(chrome.get::<bool>("!document.getElementById('none3').hidden"));

    // The pointer on the most probable token names it; a frame zooms all three panels; the address follows.
    let pointer = |kind: &str, x: &str, y: &str| {
        chrome.run(&format!(
            "const canvas = document.getElementById('chart3c'), box = canvas.getBoundingClientRect();
             canvas.setPointerCapture = () => {{}};
             canvas.dispatchEvent(new PointerEvent({kind:?}, {{ pointerType: 'mouse', bubbles: true,
                 clientX: box.left + box.width * {x}, clientY: box.top + {y} }}))"
        ));
    };
    chrome.run("document.getElementById('chart3a').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown' }))");
    let said: String = chrome.get("document.getElementById('said3').textContent");
    assert!(said.starts_with("␣night (id 1755): logit −109.486, probability 34.7%, rank 1 of 50,257"), "{said}");
    pointer("pointerdown", "0.3", "50");
    pointer("pointermove", "0.8", "150");
    pointer("pointerup", "0.8", "150");
    chrome.until(
        "location.hash.includes('logits=') && location.hash.includes('shares=') && location.hash.includes('mark=6891')",
    );
    assert!(chrome.get::<bool>("!document.getElementById('unzoom3').hidden"));
    chrome.run("history.back()");
    chrome.until("document.getElementById('unzoom3').hidden");
}

/// What the page's stages kept.
#[derive(Deserialize)]
struct Kept {
    ids: Vec<usize>,
    kept: Vec<usize>,
    mass: Vec<f64>,
    after: Vec<f64>,
}

#[test]
fn the_stages_keep_what_the_sampler_keeps() {
    let chrome = open("#part4");
    let part3 = RUN.report.part3.as_ref().unwrap();
    let logits = [&part3.logits, &RUN.report.part5.as_ref().unwrap().models[1].vectors.logits];
    for (set, logits) in [(0, logits[0]), (2, logits[1])] {
        chrome.set("#live4 select[data-bind=set]", &set.to_string());
        for (t, k, p, min_p) in [
            (1.0, 10, 1.0, 0.0),
            (0.7, 50, 0.9, 0.0),
            (1.0, 50_257, 0.95, 0.0),
            (1.5, 40_000, 0.999, 0.0),
            (1.0, 50_257, 1.0, 0.05),
            (2.0, 300, 0.8, 0.02),
            (0.05, 50_257, 0.5, 0.5),
            (5.0, 50_257, 0.7, 0.001),
        ] {
            let values: String = [("T", t), ("k", f64::from(k)), ("p", p), ("minP", min_p)]
                .map(|(key, value)| format!("set('#live4 [data-bind={key}][type=number]', '{value}');"))
                .concat();
            let both: Vec<Kept> = chrome.get(&format!(
                "(async () => {{
                    const both = [];
                    {values}
                    for (const order of ['first', 'last']) {{
                        set('#live4 select[data-bind=order]', order);
                        await frames();
                        const {{ steps, ids, kept, after }} = document.getElementById('live4').draw();
                        both.push({{ ids: [...ids.subarray(0, kept)], kept: steps.map(s => s.kept),
                            mass: steps.map(s => s.mass), after: [...after] }});
                    }}
                    return both;
                }})()"
            ));
            for (found, (name, order)) in
                both.into_iter().zip([("first", Order::Transformers), ("last", Order::LlamaCpp)])
            {
                let stages =
                    [Stage::Temperature(temperature(t)), Stage::TopK(k as usize), Stage::TopP(p), Stage::MinP(min_p)];
                let mut sampler = Sampler::new(order.arrange(stages), 0).unwrap();
                let what = format!("set {set}, T {t}, k {k}, p {p}, min-p {min_p}, {name}");
                let trace = sampler.trace(logits, &[]).unwrap();
                assert_eq!(found.kept, trace[1..].iter().map(|row| row.kept).collect::<Vec<_>>(), "{what}");
                for (mass, row) in found.mass.iter().zip(&trace[1..]) {
                    assert!((mass - row.mass).abs() < 1e-6, "{what}: {mass} is not {row:?}");
                }
                let mut pairs: Vec<(usize, f64)> = found.ids.iter().copied().zip(found.after).collect();
                pairs.sort_by_key(|pair| pair.0);
                let expected = sampler.distribution(logits, &[]).unwrap();
                assert_eq!(pairs.len(), expected.len(), "{what}");
                for ((id, share), expected) in pairs.into_iter().zip(expected) {
                    assert_eq!(id, expected.index, "{what}");
                    assert!(
                        (share - expected.value).abs() <= 1e-6 * expected.value,
                        "{what}, {id}: {share} is not {}",
                        expected.value
                    );
                }
            }
        }
    }
    chrome.click("#all4");
    let said: String = chrome.get("document.getElementById('said4').textContent");
    assert!(said.contains("of 50,257 tokens 50,257 may be drawn"), "{said}");
    chrome.click("#reset4");
    let cards: Vec<String> = chrome.get("[...document.querySelectorAll('#stages4 li')].map(card => card.textContent)");
    assert!(cards[1].starts_with("top-k = 10keeps 10"), "{cards:?}");
}

/// The state of a model's probabilities on the page.
#[derive(Deserialize)]
struct Counts {
    nan: usize,
    zero: usize,
    subnormal: usize,
}

#[test]
fn each_formula_in_each_type_breaks_where_the_report_says() {
    let chrome = open("#part5");
    let part5 = RUN.report.part5.as_ref().unwrap();
    let formulas =
        [(Formula::Manual, "manual"), (Formula::MaxNormalised, "max_normalised"), (Formula::Library, "library")];
    let types = [NumberType::Float16, NumberType::Bfloat16, NumberType::Float32, NumberType::Float64];
    for (formula, name) in formulas {
        for number_type in types {
            let values = [
                (&format!("#live5 input[value={name}]") as &str, ""),
                (&format!("#live5 input[value={}]", number_type.name()), ""),
            ];
            let (found, shown): (Vec<Counts>, Vec<Vec<String>>) = chrome.after(
                &values,
                "[document.getElementById('live5').draw().map(one => one.found),
                    [...document.querySelectorAll('#counts5 tr')].map(row => [...row.cells].map(cell => cell.textContent))]",
            );
            for ((model, found), shown) in part5.models.iter().zip(&found).zip(&shown) {
                let outcome =
                    model.outcomes.iter().find(|o| o.formula == formula && o.number_type == number_type).unwrap();
                let what = format!("{}, {name}, {}", model.title, number_type.name());
                let counts = [found.nan, found.zero, found.subnormal];
                assert_eq!(counts, [outcome.nan, outcome.zero, outcome.subnormal], "{what}");
                let shown: Vec<usize> = shown[1..4].iter().map(|text| text.replace(',', "").parse().unwrap()).collect();
                assert_eq!(shown, counts, "{what}");
            }
            if number_type == NumberType::Float32 {
                for (n, model) in part5.models.iter().enumerate() {
                    let expected = match formula {
                        Formula::Manual => &model.vectors.manual,
                        Formula::MaxNormalised => &model.vectors.manual_normalised,
                        Formula::Library => &model.vectors.library,
                    };
                    let values: Vec<Value> =
                        chrome.get(&format!("Array.from(document.getElementById('live5').draw()[{n}].values)"));
                    let values: Vec<f64> = values.iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect();
                    if expected[0].is_nan() {
                        assert!(values.iter().all(|v| v.is_nan()));
                    } else {
                        assert_close(&values, expected, &format!("{}, {name}", model.title));
                    }
                }
            }
        }
    }
    chrome.click("#live5 input[value=manual]");
    chrome.click("#live5 input[value=float32]");
    let why: String = chrome.get("document.getElementById('why5').textContent");
    assert!(
        why.starts_with(
            "DEMO SMALL: Σ exp(z) = 0 in float32, since its largest term exp(−111.954) ≈ 2.39e−49 is below"
        ),
        "{why}"
    );
    // With the maximum taken away, both bands of the ruler end at 10⁰.
    let ends = "[...document.querySelectorAll('#ruler5 [data-band]')].map(band => parseFloat(band.getAttribute('x')) + parseFloat(band.getAttribute('width')))";
    let raw: Vec<f64> = chrome.get(ends);
    chrome.click("#live5 input[value=max_normalised]");
    let shifted: Vec<f64> = chrome.get(ends);
    assert!(raw[0] < 15.0 && (shifted[0] - 50.0).abs() < 0.1 && (shifted[1] - 50.0).abs() < 0.1, "{raw:?} {shifted:?}");
}

#[test]
fn every_control_moves_something_and_breaks_nothing() {
    let chrome = open("");
    let moved: Vec<String> = chrome.get(
        "(async () => {
            const frame = () => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)));
            const panels = [...document.querySelectorAll('.live')];
            const state = panel => panel.innerText + [...panel.querySelectorAll('canvas')].map(c => c.toDataURL()).join()
                + [...panel.querySelectorAll('[style]')].map(e => e.getAttribute('style')).join() + panel.parentElement.className
                + [...panel.querySelectorAll('input, select')].map(c => c.value).join();
            const idle = [];
            for (const panel of panels) {
                panel.scrollIntoView();
                await frame();
                for (const control of [...panel.querySelectorAll('input, select, button')]) {
                    if (!control.isConnected || !control.checkVisibility() || control.disabled || control.checked) continue;
                    const before = state(panel);
                    if (control.tagName === 'BUTTON' || control.type === 'radio') control.click();
                    else {
                        if (control.tagName === 'SELECT') control.selectedIndex = (control.selectedIndex + 1) % control.options.length;
                        else if (control.type === 'range') control.value = String(Number(control.value) + (control.value < control.max / 2 ? 7 : -7) * control.step);
                        else if (control.type === 'search') control.value = 'night';
                        else control.value = String(Math.min(Number(control.max || 9), Number(control.value) + 1) === Number(control.value)
                            ? Number(control.value) - 0.25 : Math.min(Number(control.max || 9), Number(control.value) + 1));
                        control.dispatchEvent(new Event('input', { bubbles: true }));
                    }
                    await frame();
                    if (state(panel) === before) idle.push(panel.id + ' ' + control.outerHTML);
                }
            }
            return idle;
        })()",
    );
    assert!(moved.is_empty(), "{moved:#?}");
    assert_eq!(chrome.said().iter().filter(|line| !line.starts_with("request: file")).count(), 0);
}

#[test]
fn it_is_quick() {
    for part in [3, 4] {
        let chrome = open(&format!("#part{part}"));
        let (first, moves) = (speed::first_interaction(&chrome), speed::moves(&chrome, part));
        // Not a limit of speed, which a busy machine would fail, but of something being badly wrong.
        assert!(moves.len() == 200 && moves[100] < 200.0 && first < 10_000.0, "part {part}: {first} ms, {moves:?}");
    }
}

/// Over a slow network the block of numbers at the page's end takes ten seconds.
#[test]
fn the_page_is_painted_while_its_numbers_are_on_their_way() {
    let page = fs::read(&RUN.page).expect("the page");
    let numbers = page.windows(9).position(|bytes| bytes == br#"id="data""#).expect("its numbers");
    let hub = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = format!("http://{}/", hub.local_addr().expect("an address"));
    let (painted, go_on) = mpsc::channel();
    let sender = thread::spawn(move || {
        let (mut to, _) = hub.accept().expect("a browser");
        let _ = to.read(&mut [0; 4096]);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", page.len());
        to.write_all(head.as_bytes()).and_then(|()| to.write_all(&page[..numbers + 10_000])).expect("it listens");
        let _ = go_on.recv_timeout(Duration::from_secs(60));
        to.write_all(&page[numbers + 10_000..]).expect("it listens");
    });
    let chrome = Chrome::start();
    chrome.size(390, 844);
    chrome.call("Page.navigate", &serde_json::json!({ "url": address }));
    chrome.until("performance.getEntriesByName('first-contentful-paint').length === 1");
    assert!(chrome.get::<bool>("document.readyState === 'loading' && document.querySelector('h1').checkVisibility()"));
    painted.send(()).expect("it waits");
    chrome.until("performance.getEntriesByName('alive').length === 1");
    sender.join().expect("all is sent");
}

/// The run's temperatures are computed once, and the chosen one once for bars, stages and curve.
#[test]
fn a_move_of_part_4_computes_one_softmax_of_all_logits() {
    let chrome = open("#part4");
    let exps: Vec<usize> = chrome.get(
        "(async () => {
            const exp = Math.exp, panel = document.getElementById('live4'), counts = [];
            let count = 0;
            // At none of the run's temperatures, which are computed once.
            set('#live4 [data-bind=T][type=number]', '1.1');
            panel.draw();
            Math.exp = x => (count++, exp(x));
            for (const order of ['first', 'last']) {
                set('#live4 select[data-bind=order]', order);
                for (const T of [0.9, 1.2]) {
                    set('#live4 [data-bind=T][type=number]', String(T));
                    count = 0;
                    panel.draw();
                    counts.push(count);
                }
            }
            Math.exp = exp;
            return counts;
        })()",
    );
    // With temperature last the other stages see the probabilities at T = 1.
    for (count, softmaxes) in exps.iter().zip([1, 1, 2, 2]) {
        let expected = 50_257 * softmaxes;
        assert!((expected..expected + 1000).contains(count), "{exps:?}");
    }
}

#[test]
fn the_page_of_a_single_part_is_alive() {
    let chrome = Chrome::start();
    let pair =
        || resolve(&PairArgs { models: Some(Models::Demo), ..PairArgs::default() }).expect("it is part of the lab");
    for part in 1..=5 {
        let source = Source::Models { pair: Box::new(pair()), prompt: None };
        let run = Run::of(std::array::from_fn(|n| n + 1 == part), source);
        chrome.open(&run.page, "");
        chrome.until("document.documentElement.classList.contains('lives')");
        let shown: Vec<String> = chrome.get(
            "[...document.querySelectorAll('.live')].filter(panel => panel.checkVisibility()).map(panel => panel.id)",
        );
        assert_eq!(shown, [format!("live{part}")]);
        if part == 4 {
            let expected = RUN.report.part4.as_ref().unwrap().top[0].probability;
            let after: Vec<f64> = chrome.after(
                &[("#live4 [data-bind=k][type=number]", "50257")],
                "[...document.getElementById('live4').draw().after.subarray(0, 1)]",
            );
            assert_close(&after, &[expected], "the most probable token");
        }
    }
    let said: Vec<String> = chrome.said().into_iter().filter(|line| !line.starts_with("request: file")).collect();
    assert!(said.is_empty(), "{said:?}");
}

/// Logits of a model with six unnamed tokens.
#[test]
fn a_small_vocabulary_has_no_more_bars_than_tokens() {
    let chrome = Chrome::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("six.safetensors");
    let prompt = RecordedPrompt::last("I like", vec![0.5, 2.0, -1.0, 0.0, 1.0, -3.0]);
    let model = RecordedModel { prompts: vec![prompt], ..RecordedModel::default() };
    fs::write(&file, RecordedLogits { models: vec![model] }.to_bytes().unwrap()).unwrap();
    let recorded = Recorded::read(&[file]).unwrap();
    let run = Run::of_top(
        6,
        [false, false, true, true, false],
        Source::Recorded { recorded: recorded.into(), prompt: None, tokenizer: None },
    );
    chrome.size(1280, 900);
    chrome.open(&run.page, "#part4&k=6");
    chrome.until("document.querySelector('#bars4 li')?.lastChild.textContent.includes('%')");
    let bars: Vec<String> = chrome.get(
        "[...document.querySelectorAll('#bars4 li')].filter(bar => bar.checkVisibility()).map(bar => bar.lastChild.textContent)",
    );
    let p = softmax_core::softmax(&[0.5_f32, 2.0, -1.0, 0.0, 1.0, -3.0]).unwrap();
    let ranked = softmax_core::top_k(&p, 6).unwrap();
    assert_eq!(bars, ranked.iter().map(|token| format!("{:.1}%", 100.0 * token.value)).collect::<Vec<_>>());
}

/// The picture at the top of the README, drawn from GPT-2's recorded logits: `cargo xtask test -p lab-cli --test
/// browser readmes_picture -- --ignored`.
#[test]
#[ignore = "writes docs/page.png"]
fn the_readmes_picture() {
    let chrome = Chrome::start();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let recorded = Recorded::read(&[format!("{root}/data/recorded/gpt2-small.safetensors").into()]).unwrap();
    let run = Run::of([true; 5], Source::Recorded { recorded: recorded.into(), prompt: None, tokenizer: None });
    chrome.size(1060, 640);
    chrome.open(&run.page, "#T=0.8");
    chrome.until("document.documentElement.classList.contains('lives')");
    for token in [" visualize", " explore", " coffee"] {
        chrome.set("#search3", token);
        chrome.click("#found3 button");
    }
    chrome.set("#search3", " coffee");
    chrome.run(
        "document.documentElement.style.scrollPaddingTop = '3.5rem'; document.getElementById('live3').scrollIntoView()",
    );
    chrome.run("document.activeElement.blur()");
    fs::write(format!("{root}/docs/page.png"), chrome.picture()).unwrap();
}
