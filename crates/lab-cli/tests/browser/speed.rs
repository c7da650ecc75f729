//! How long a reader waits, in milliseconds.

use crate::chrome::Chrome;

/// From the page's start until all of its panels answer.
pub(crate) fn first_interaction(chrome: &Chrome) -> f64 {
    chrome.until("performance.getEntriesByName('alive').length === 1");
    chrome.get("performance.getEntriesByName('alive')[0].startTime")
}

/// Softmax of 50,257 logits and the redraw of a part's panels, for each of 200 moves of its temperature's slider; the
/// quickest first.
pub(crate) fn moves(chrome: &Chrome, part: usize) -> Vec<f64> {
    chrome.get(&format!(
        "(async () => {{
            const slider = document.querySelector('#live{part} [data-bind=T][type=range]'), took = [];
            for (let i = -20; i < 200; i++) {{
                slider.value = String(300 + 3 * Math.abs(i));
                slider.dispatchEvent(new Event('input', {{ bubbles: true }}));
                // After the page's own callback in the same frame.
                await new Promise(r => requestAnimationFrame(start => {{ took.push(performance.now() - start); r() }}));
            }}
            return took.slice(20).sort((a, b) => a - b);
        }})()"
    ))
}
