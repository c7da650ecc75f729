//! The page by keyboard and for screen readers.

use super::page::open;

#[test]
fn a_link_of_the_contents_moves_the_focus_to_its_section() {
    let chrome = open("");
    chrome.click("nav.contents a[href='#part4']");
    assert_eq!(chrome.get::<String>("document.activeElement.closest('section')?.id ?? ''"), "part4");
}

#[test]
fn charts_are_tab_stops_since_all_of_them_take_keys() {
    let chrome = open("#part3");
    let charts: Vec<(String, i32, String)> =
        chrome.get("[...document.querySelectorAll('canvas')].map(canvas => [canvas.id, canvas.tabIndex, canvas.getAttribute('role')])");
    assert_eq!(charts.len(), 9);
    for (id, tab_index, role) in charts {
        assert_eq!((tab_index, role.as_str()), (0, "application"), "{id}");
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

#[test]
fn every_column_has_a_heading() {
    let chrome = open("#mark=6891");
    let empty: Vec<String> = chrome
        .get("[...document.querySelectorAll('th')].filter(th => th.textContent.trim() === '').map(th => th.outerHTML)");
    assert!(empty.is_empty(), "{empty:?}");
}

#[test]
fn what_scrolls_takes_the_focus() {
    let chrome = open("");
    chrome.size(390, 844);
    let out_of_reach: Vec<String> = chrome.get(
        "(async () => {
            document.querySelectorAll('details').forEach(details => (details.open = true));
            await frames();
            const scrolls = element => element.checkVisibility() && /auto|scroll/.test(getComputedStyle(element).overflowX)
                && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1);
            return [...document.querySelectorAll('body *')].filter(scrolls)
                .filter(element => element.tabIndex < 0 && !element.querySelector('a, button, input, [tabindex=\"0\"]'))
                .map(element => element.outerHTML.slice(0, 200));
        })()",
    );
    assert!(out_of_reach.is_empty(), "{out_of_reach:?}");
}

#[test]
fn the_contents_mark_the_section_that_is_read() {
    let chrome = open("");
    let current =
        "[...document.querySelectorAll('nav.contents [aria-current]')].map(link => link.getAttribute('href')).join()";
    for part in [2, 4, 3] {
        chrome.run(&format!("document.getElementById('part{part}').scrollIntoView()"));
        chrome.until(&format!("{current} === '#part{part}'"));
    }
}
