//! The page by keyboard and for screen readers.

use super::page::open;

#[test]
fn a_link_of_the_contents_moves_the_focus_to_its_section() {
    let chrome = open("");
    chrome.click("nav.contents a[href='#part4']");
    assert_eq!(chrome.get::<String>("document.activeElement.closest('section')?.id ?? ''"), "part4");
}

#[test]
fn charts_are_tab_stops_where_they_take_keys_and_pictures_where_they_do_not() {
    let chrome = open("#part3");
    let charts: Vec<(String, i32, String)> =
        chrome.get("[...document.querySelectorAll('canvas')].map(canvas => [canvas.id, canvas.tabIndex, canvas.getAttribute('role')])");
    assert_eq!(charts.len(), 9);
    for (id, tab_index, role) in charts {
        let keyed = id.starts_with("chart3") || id.starts_with("chart5");
        let expected = if keyed { (0, "application") } else { (-1, "img") };
        assert_eq!((tab_index, role.as_str()), expected, "{id}");
    }
}

#[test]
fn a_sentence_is_announced_once_the_pointer_rests() {
    let chrome = open("#part3");
    let announced: Vec<String> = chrome.get(
        "(async () => {
            const heard = [];
            new MutationObserver(changes => changes.forEach(change => {
                const region = change.target.parentElement?.closest('[aria-live=polite], [role=status]') ?? change.target.closest?.('[aria-live=polite], [role=status]');
                if (region) heard.push(region.textContent);
            })).observe(document.body, { childList: true, characterData: true, subtree: true });
            const canvas = document.getElementById('chart3a');
            for (let i = 0; i < 20; i++) {
                canvas.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', cancelable: true }));
                await frames();
            }
            await pause(900);
            return heard;
        })()",
    );
    let said: String = chrome.get("document.getElementById('said3').textContent");
    assert!(said.contains("rank 20 of"), "{said}");
    assert_eq!(announced, [said]);
    chrome.set("#search3", " coffee");
    chrome.run("await pause(700)");
    let announced: String =
        chrome.get("[...document.querySelectorAll('[role=status]')].map(e => e.textContent).join('')");
    let found: usize = chrome.get("document.querySelectorAll('#found3 button').length");
    let expected = if found == 12 { "12 or more tokens fit.".to_owned() } else { format!("{found} tokens fit.") };
    assert!(found > 1 && announced.contains(&expected), "{announced}");
}

#[test]
fn the_focus_stays_when_a_row_is_taken_out() {
    let chrome = open("#part3&mark=6891,1755,11");
    let focus = "document.activeElement.ariaLabel ?? document.activeElement.id";
    chrome.until("document.querySelectorAll('#marks3 tr').length === 3");
    chrome.run("document.querySelector('#marks3 tr:nth-child(2) button').focus(); document.activeElement.click()");
    assert_eq!(chrome.get::<usize>("document.querySelectorAll('#marks3 tr').length"), 2);
    assert_eq!(
        chrome.get::<String>(focus),
        chrome.get::<String>("document.querySelector('#marks3 tr:nth-child(2) button').ariaLabel")
    );
    chrome.run("document.activeElement.click(); await frames(); document.activeElement.click()");
    assert_eq!(chrome.get::<String>(focus), "search3");
    chrome.run("document.getElementById('part1').scrollIntoView()");
    chrome.run("document.querySelector('#steps1 tr:last-child button').focus(); document.activeElement.click()");
    assert_eq!(chrome.get::<String>(focus), "take number 6 out");
}

#[test]
fn part_5_names_the_ringed_token() {
    let chrome = open("#part5");
    chrome.run("document.getElementById('chart5a').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', cancelable: true }))");
    let said: String = chrome.get("document.getElementById('said5')?.textContent ?? ''");
    assert!(said.contains("(id ") && said.contains("DEMO SMALL ") && said.contains("DEMO LARGE "), "{said}");
}
