//! The guided steps, which are links to states of the page, and the button that copies a link.

use super::page::open;

/// The values that an address names, in no order.
fn values(hash: &str) -> Vec<String> {
    let mut values: Vec<String> = hash.trim_start_matches('#').split('&').map(str::to_owned).collect();
    values.sort();
    values
}

#[test]
fn each_part_has_three_steps_that_lead_to_a_state() {
    let chrome = open("#theme=dark");
    for part in 1..=5 {
        let links: Vec<String> =
            chrome.get(&format!("[...document.querySelectorAll('#live{part} .guide a')].map(link => link.hash)"));
        assert_eq!(links.len(), 3, "part {part}");
        chrome.run("location.hash = '#theme=dark'");
        chrome.run(&format!("document.getElementById('part{part}').scrollIntoView(); await pause(200)"));
        let seen = format!(
            "(panel => panel.innerText + [...panel.querySelectorAll('canvas')].map(canvas => canvas.toDataURL()).join())(document.getElementById('live{part}'))"
        );
        for (n, link) in links.iter().enumerate() {
            let before: String = chrome.get(&seen);
            let address: String = chrome.get("location.hash");
            chrome.click(&format!("#live{part} .guide li:nth-child({}) a", n + 1));
            let mut expected = values(link);
            // What the reader has chosen for the page stays.
            expected.push("theme=dark".to_owned());
            expected.sort();
            assert_eq!(values(&chrome.get::<String>("location.hash")), expected);
            assert!(chrome.get::<String>(&seen) != before, "{link} changes nothing");
            let current: Vec<String> = chrome.get(&format!(
                "[...document.querySelectorAll('#live{part} .guide [aria-current]')].map(link => link.hash)"
            ));
            assert_eq!(current, [link.as_str()]);
            chrome.run("history.back(); await pause(100)");
            assert_eq!(chrome.get::<String>("location.hash"), address);
            chrome.run("history.forward(); await pause(100)");
        }
    }
    // The answer to the first question of part 2, from softmax-core.
    chrome.run("document.getElementById('part2').scrollIntoView(); await pause(200)");
    chrome.click("#live2 .guide a");
    let x = softmax_core::linspace(-5.0_f32, 5.0, 55);
    let p = softmax_core::Temperature::new(0.1).unwrap().softmax(&x).unwrap();
    let said: String = chrome.get("document.getElementById('said2').textContent");
    let entropy = softmax_core::entropy(&p).unwrap();
    assert!(said.contains(&format!("entropy {entropy:.3} nats")), "{said}");
}

#[test]
fn a_button_copies_the_link_to_the_present_state() {
    let chrome = open("#part2&T=0.7&y2=log");
    chrome.run("document.getElementById('part2').scrollIntoView(); await pause(200)");
    let said = "document.querySelector('#live2 .foot [role=status]').textContent";
    // A headless browser has no clipboard of its own to be read back.
    chrome.run("navigator.clipboard.writeText = async text => void (window.copied = text)");
    chrome.click("#live2 [data-copy]");
    chrome.until(&format!("{said} === 'The link is copied.'"));
    let copied: String = chrome.get("window.copied");
    assert!(copied.starts_with("file:///") && copied.ends_with("/index.html#part2&T=0.7&y2=log"), "{copied}");
    // Where a page must not copy, the reader can.
    chrome.run("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))");
    chrome.click("#live2 [data-copy]");
    chrome.until(&format!("{said} === 'Copy the link from here:'"));
    let box_: (String, String) = chrome.get("[document.activeElement.value, getSelection().toString()]");
    assert_eq!(box_, (copied.clone(), copied));
}
