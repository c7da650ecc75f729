//! `lab serve` among all sorts of clients at once, for as long as is asked.

use std::{
    collections::VecDeque,
    io::Read,
    process::{Command, ExitStatus},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use crate::server::{Door, Server};

/// So many ask at once.
const AT_ONCE: usize = 200;

const TEXT: &str =
    r#"{"page":"cut","model":1,"ids":[1],"n":300,"T":1,"k":50257,"p":1,"minP":0,"order":"first","seed":1}"#;

/// What the clients have seen.
#[derive(Default)]
struct Seen {
    /// The server may be gone.
    ending: AtomicBool,
    over: AtomicBool,
    answered: AtomicUsize,
    told_to_come_back: AtomicUsize,
    refused: AtomicUsize,
    cut: AtomicUsize,
    /// What each took.
    keystrokes: Mutex<Vec<Duration>>,
}

impl Seen {
    /// The keystrokes' median and the longest of them.
    fn keystrokes(&self) -> [Duration; 2] {
        let mut took = self.keystrokes.lock().expect("no typist panics").clone();
        took.sort_unstable();
        [took[took.len() / 2], took[took.len() - 1]]
    }
}

#[test]
fn all_sorts_of_clients_at_once_cost_no_memory_and_no_keystroke_and_an_interrupt_ends_it() {
    under_fire(Duration::from_secs(5));
}

/// `cargo xtask test -p lab-cli --test cli ten_minutes -- --ignored --nocapture`
#[test]
#[ignore = "takes ten minutes"]
fn ten_minutes_under_fire() {
    under_fire(Duration::from_secs(600));
}

/// Tells the clients that all is over, come what may.
struct Over<'a>(&'a Seen);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.ending.store(true, Relaxed);
        self.0.over.store(true, Relaxed);
    }
}

fn under_fire(time: Duration) {
    let mut server = Server::start();
    let (door, seen) = (server.door, Seen::default());
    let clients: [fn(Door, &Seen); 6] = [crowds, strangers, half_bodies, readers_who_go, slow_readers, typists];
    let (memory, ended, took) = thread::scope(|scope| {
        for client in clients {
            let seen = &seen;
            scope.spawn(move || client(door, seen));
        }
        let _over = Over(&seen);
        watch(&mut server, time, &seen)
    });
    for (at, [resident, own]) in &memory {
        println!("after {:3.0} s: VmRSS {resident} KB, RssAnon {own} KB", at.as_secs_f64());
    }
    println!("{} of crowds of {AT_ONCE} answered", seen.answered.load(Relaxed));
    println!("{} of them told to come back", seen.told_to_come_back.load(Relaxed));
    println!("{} strangers and too long bodies refused", seen.refused.load(Relaxed));
    println!("{} texts cut off", seen.cut.load(Relaxed));
    let [median, longest] = seen.keystrokes();
    println!("a keystroke took {median:?} at the median, {longest:?} at the longest");
    println!("the interrupt took {} ms", took.as_millis());
    assert!(ended.success() && took < Duration::from_secs(1), "{ended}, {took:?}");
    for count in [&seen.answered, &seen.refused, &seen.cut] {
        assert!(count.load(Relaxed) > 0);
    }
    // Both models read and speak on all cores meanwhile. The second is for a machine that has other things to do.
    assert!(median < Duration::from_millis(50) && longest < Duration::from_millis(500), "{median:?}, {longest:?}");
    let most = memory[0].1[1] + 30_000;
    assert!(memory.iter().all(|(_, [_, own])| *own < most), "{memory:?}");
}

/// The server's memory as time passes, and how it ends when it is interrupted in the midst of it all.
fn watch(server: &mut Server, time: Duration, seen: &Seen) -> (Vec<(Duration, [u64; 2])>, ExitStatus, Duration) {
    let start = Instant::now();
    let id = server.child.id().to_string();
    let mut memory = Vec::new();
    for share in [0.0, 0.2, 0.5, 0.8, 1.0] {
        thread::sleep(time.mul_f64(share).saturating_sub(start.elapsed()));
        let kilobytes = |of: fn(&str) -> Option<f64>| of(&id).expect("it runs") as u64 / 1024;
        memory.push((start.elapsed(), [test_support::bench::resident, test_support::bench::own].map(kilobytes)));
    }
    seen.ending.store(true, Relaxed);
    let start = Instant::now();
    Command::new("kill").args(["-INT", &id]).status().expect("kill runs");
    let ended = server.child.wait().expect("it ends");
    (memory, ended, start.elapsed())
}

/// Does something again and again until all is over.
fn again(seen: &Seen, pause: u64, mut work: impl FnMut(usize)) {
    for n in 0.. {
        if seen.over.load(Relaxed) {
            break;
        }
        work(n);
        thread::sleep(Duration::from_millis(pause));
    }
}

/// Many pages that all want to know something of a model at once.
fn crowds(door: Door, seen: &Seen) {
    again(seen, 200, |wave| {
        thread::scope(|scope| {
            for n in 0..AT_ONCE {
                scope.spawn(move || {
                    let (path, more) = match n % 20 {
                        0 => ("/lens", r#","k":5"#),
                        1 => ("/attention", r#","layer":1,"head":1"#),
                        _ => ("/logits", ""),
                    };
                    let ids = format!("{},{},{n}", wave % 5000 + 5, n + 5);
                    let body = format!(r#"{{"page":"{n}","model":{},"ids":[{ids}]{more}}}"#, n % 2);
                    match door.try_post(path, &body) {
                        Ok((200, _)) => _ = seen.answered.fetch_add(1, Relaxed),
                        Ok((503, _)) => _ = seen.told_to_come_back.fetch_add(1, Relaxed),
                        Ok((status, answer)) => panic!("{path} {body}: {status} {}", String::from_utf8_lossy(&answer)),
                        Err(e) => assert!(seen.ending.load(Relaxed), "{path} {body}: {e}"),
                    }
                });
            }
        });
    });
}

/// Other hosts' pages, and bodies of a megabyte.
fn strangers(door: Door, seen: &Seen) {
    let long = format!(r#"{{"text":"{}"}}"#, "a".repeat(1_000_000));
    again(seen, 100, |n| {
        let host = format!("127.0.0.1:{}", door.port);
        let (host, body) =
            if n % 2 == 0 { ("evil.example", r#"{"text":"a"}"#) } else { (host.as_str(), long.as_str()) };
        let headers = [("Host", host), ("Content-Type", "application/json")];
        if let Ok((status, _)) = door.try_ask("POST", "/tokens", &headers, body.as_bytes()) {
            assert_eq!(status, if n % 2 == 0 { 403 } else { 413 });
            seen.refused.fetch_add(1, Relaxed);
        }
    });
}

/// Bodies of which the second half never comes; the server waits for them for ten seconds.
fn half_bodies(door: Door, seen: &Seen) {
    let mut held = VecDeque::new();
    again(seen, 100, |_| {
        held.extend(door.begin("/tokens", r#"{"text":"a"}"#, true));
        if held.len() > 120 {
            held.pop_front();
        }
    });
}

/// A client that disconnects after the first words of a text.
fn readers_who_go(door: Door, seen: &Seen) {
    again(seen, 50, |_| {
        let Ok(mut stream) = door.begin("/generate", TEXT, false) else { return };
        let mut some = [0; 600];
        if stream.read(&mut some).is_ok_and(|n| n > 0) {
            seen.cut.fetch_add(1, Relaxed);
        }
    });
}

/// A client that reads one byte at a time.
fn slow_readers(door: Door, seen: &Seen) {
    again(seen, 0, |_| {
        let text = TEXT.replace("cut", "slow");
        let Ok(mut stream) = door.begin("/generate", &text, false) else { return };
        for _ in 0..200 {
            if seen.over.load(Relaxed) || stream.read(&mut [0]).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
    });
}

/// Typing does not wait for a model.
fn typists(door: Door, seen: &Seen) {
    again(seen, 20, |_| {
        let start = Instant::now();
        if door.try_post("/tokens", r#"{"text":"Once upon a time"}"#).is_ok() {
            seen.keystrokes.lock().expect("no typist panics").push(start.elapsed());
        }
    });
}
