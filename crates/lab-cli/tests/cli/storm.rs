//! `lab serve` among clients that hold connections: each has a time limit, and a reader gets the page meanwhile.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::server::{Door, Server};

const GENERATE: &str =
    r#"{"page":"unread","model":1,"ids":[1],"n":250,"T":1,"k":50257,"p":1,"minP":0,"order":"first","seed":1}"#;

/// How a client of the storm begins.
type Begin = fn(Door, usize) -> Option<TcpStream>;

fn half_a_head(door: Door, _: usize) -> Option<TcpStream> {
    let mut stream = door.open().ok()?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: 127").ok()?;
    Some(stream)
}

fn half_a_body(door: Door, _: usize) -> Option<TcpStream> {
    door.begin("/tokens", r#"{"text":"a"}"#, true).ok()
}

fn unread_text(door: Door, n: usize) -> Option<TcpStream> {
    door.begin("/generate", &GENERATE.replace("unread", &n.to_string()), false).ok()
}

/// Four pages, since the system keeps some megabytes for a client that does not read.
fn unread_page(door: Door, _: usize) -> Option<TcpStream> {
    let mut stream = door.open().ok()?;
    stream.write_all(format!("GET / HTTP/1.1\r\n{}\r\n", door.head()).repeat(4).as_bytes()).ok()?;
    Some(stream)
}

fn logits(door: Door, n: usize) -> Option<TcpStream> {
    let body = format!(r#"{{"page":"{n}","model":{},"ids":[{}]}}"#, n % 2, vec!["7"; 100].join(","));
    door.begin("/logits", &body, false).ok()
}

fn long_text(door: Door, _: usize) -> Option<TcpStream> {
    door.begin("/tokens", &format!(r#"{{"text":"{}"}}"#, "some words ".repeat(5000)), false).ok()
}

/// Whether the other end has closed a connection; what has come is thrown away if it is to be `read`.
fn closed(stream: &mut TcpStream, read: bool) -> bool {
    let mut some = [0; 1 << 14];
    let _ = stream.set_nonblocking(true);
    let closed = loop {
        match if read { stream.read(&mut some) } else { stream.peek(&mut some) } {
            Ok(0) => break true,
            Ok(_) if read => {}
            Ok(_) => break false,
            Err(e) => break e.kind() != ErrorKind::WouldBlock,
        }
    };
    let _ = stream.set_nonblocking(false);
    closed
}

/// The time that a client waits for the page, repeatedly, while this many clients of each kind hold connections and
/// reconnect when closed.
fn page_in_a_storm(server: &Server, clients: &[(Begin, usize, bool)]) -> Vec<Duration> {
    let over = AtomicBool::new(false);
    let connected = Mutex::new(0);
    thread::scope(|scope| {
        for &(begin, count, reads) in clients {
            let (over, door, connected) = (&over, server.door, &connected);
            scope.spawn(move || {
                let mut held: Vec<Option<TcpStream>> = (0..count).map(|n| begin(door, n)).collect();
                *connected.lock().unwrap() += count;
                while !over.load(Ordering::Relaxed) {
                    for (n, slot) in held.iter_mut().enumerate() {
                        if slot.as_mut().is_none_or(|stream| closed(stream, reads)) {
                            *slot = begin(door, n);
                        }
                    }
                    thread::sleep(Duration::from_millis(20));
                }
            });
        }
        let all = clients.iter().map(|(_, count, _)| count).sum::<usize>();
        let start = Instant::now();
        while *connected.lock().unwrap() < all && start.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(10));
        }
        let mut took = Vec::new();
        let host = format!("127.0.0.1:{}", server.door.port);
        for _ in 0..8 {
            let start = Instant::now();
            let answer = server.try_ask("GET", "/", &[("Host", &host)], b"");
            let whole = matches!(&answer, Ok((200, page)) if page.trim_ascii_end().ends_with(b"</html>"));
            // One that fails is tried again, as a browser does.
            took.push(if whole { start.elapsed() } else { Duration::MAX });
            thread::sleep(Duration::from_millis(250));
        }
        over.store(true, Ordering::Relaxed);
        took
    })
}

#[test]
fn a_reader_gets_the_page_within_a_second_in_a_storm_of_200_connections() {
    let server = Server::start();
    let clients: [(Begin, usize, bool); 6] = [
        (half_a_head, 60, false),
        (half_a_body, 40, false),
        (unread_text, 20, false),
        (unread_page, 20, false),
        (logits, 40, true),
        (long_text, 20, true),
    ];
    let took = page_in_a_storm(&server, &clients);
    println!("the page took {took:?}");
    assert!(took.iter().all(|took| *took < Duration::from_secs(1)), "{took:?}");
}

#[cfg(unix)]
#[test]
fn a_reader_gets_the_page_within_a_second_where_256_descriptors_are_allowed() {
    let server = Server::start_with_descriptors(256);
    for clients in [
        [(half_a_head as Begin, 400, false), (half_a_body, 0, false)],
        [(half_a_head, 150, false), (half_a_body, 150, false)],
        [(unread_page, 250, false), (logits, 50, true)],
    ] {
        let took = page_in_a_storm(&server, &clients);
        println!("the page took {took:?}");
        assert!(took.iter().all(|took| *took < Duration::from_secs(1)), "{took:?}");
    }
}

#[test]
fn a_client_that_does_not_go_on_is_closed_after_ten_seconds() {
    let server = Server::start();
    let idle = |door: Door, _: usize| {
        let mut stream = door.open().ok()?;
        stream.write_all(format!("GET /nothing HTTP/1.1\r\n{}\r\n", door.head()).as_bytes()).ok()?;
        Some(stream)
    };
    let silent = |door: Door, _: usize| door.open().ok();
    let clients: [(&str, Begin, bool); 5] = [
        ("half a head", half_a_head, true),
        ("half a body", half_a_body, true),
        ("nothing", silent, true),
        ("nothing after an answer", idle, true),
        ("an unread page", unread_page, false),
    ];
    let start = Instant::now();
    let mut streams: Vec<_> = clients.iter().map(|(_, begin, _)| begin(server.door, 0).unwrap()).collect();
    // A head that comes a byte at a time.
    let mut trickle = server.connect();
    let mut closed_after = [None; 6];
    while closed_after.contains(&None) && start.elapsed() < Duration::from_secs(30) {
        for (n, stream) in streams.iter_mut().enumerate() {
            // What has not been read of a page keeps the end from being seen: it is read after that.
            let read = clients[n].2 || start.elapsed() > Duration::from_secs(16);
            if closed_after[n].is_none() && closed(stream, read) {
                closed_after[n] = Some(start.elapsed());
            }
        }
        if closed_after[5].is_none() && (trickle.write_all(b"G").is_err() || closed(&mut trickle, true)) {
            closed_after[5] = Some(start.elapsed());
        }
        thread::sleep(Duration::from_millis(100));
    }
    for (n, after) in closed_after.into_iter().enumerate() {
        let what = clients.get(n).map_or("a byte at a time", |(what, ..)| what);
        let after = after.unwrap_or_else(|| panic!("{what}: still open after {:?}", start.elapsed()));
        println!("{what}: closed after {after:?}");
        assert!(after > Duration::from_secs(8), "{what}: closed after {after:?}");
    }
    assert_eq!(server.post("/tokens", r#"{"text":"a"}"#).0, 200);
}

#[test]
fn a_server_that_is_named_in_the_first_line_has_to_be_this_one() {
    let server = Server::start();
    let host = format!("127.0.0.1:{}", server.door.port);
    for (target, expected) in [
        (format!("http://{host}/"), 200),
        ("http://evil.example/".to_owned(), 403),
        (format!("https://{host}/"), 403),
        (format!("http://evil.example@{host}/"), 403),
    ] {
        assert_eq!(server.ask("GET", &target, &[("Host", &host)], b"").0, expected, "{target}");
    }
}
