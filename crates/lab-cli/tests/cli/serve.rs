//! `lab serve` under fire.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(["serve", "--models", "demo"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("lab starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped")).read_line(&mut line).expect("lab speaks");
        let port = line.trim().strip_prefix("The lab is at http://127.0.0.1:").and_then(|rest| rest.strip_suffix('/'));
        Self { child, port: port.and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("{line:?}")) }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        stream
    }

    /// Status and body of what a request with these headers is answered.
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = self.connect();
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).expect("it takes a request");
        // It may refuse before all of it has come.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("{method} {path}: no answer"));
        let status = String::from_utf8_lossy(&answer[9..12]).parse().expect("a status");
        (status, answer[end + 4..].to_vec())
    }

    fn post(&self, path: &str, body: &str) -> (u16, Vec<u8>) {
        let host = format!("127.0.0.1:{}", self.port);
        self.ask("POST", path, &[("Host", &host), ("Content-Type", "application/json")], body.as_bytes())
    }

    fn resident_kb(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it has memory");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn error(body: &[u8]) -> String {
    let body: serde_json::Value =
        serde_json::from_slice(body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(body)));
    body["error"].as_str().expect("it says why").to_owned()
}

#[test]
fn strangers_are_refused() {
    let server = Server::start();
    let own = format!("localhost:{}", server.port);
    let (status, page) = server.ask("GET", "/", &[("Host", &own)], b"");
    assert_eq!(status, 200);
    assert!(String::from_utf8_lossy(&page).contains("connect-src 'self'"));
    let origin = format!("http://{own}");
    for (name, value) in [
        ("Host", "evil.example"),
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        let mut headers =
            vec![("Host", own.as_str()), ("Origin", origin.as_str()), ("Content-Type", "application/json")];
        headers.retain(|(other, _)| *other != name);
        headers.push((name, value));
        let (status, body) = server.ask("POST", "/tokens", &headers, br#"{"text":"a"}"#);
        assert_eq!(status, 403, "{name}: {value}");
        assert!(error(&body).contains("its own page alone"));
    }
    let (status, _) = server.ask("OPTIONS", "/tokens", &[("Host", &own), ("Origin", "http://evil.example")], b"");
    assert_eq!(status, 403);
    let (status, _) =
        server.ask("POST", "/tokens", &[("Host", &own), ("Content-Type", "text/plain")], br#"{"text":"a"}"#);
    assert_eq!(status, 415);
    assert_eq!(server.ask("GET", "/etc/passwd", &[("Host", &own)], b"").0, 404);
    assert_eq!(server.ask("GET", "/../../etc/passwd", &[("Host", &own)], b"").0, 404);
    // Not from another machine: only this one's own addresses listen.
    #[cfg(target_os = "linux")]
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let listening = fs::read_to_string(table).unwrap_or_default();
        let port = format!(":{:04X} ", server.port);
        for line in listening
            .lines()
            .filter(|line| line.split_whitespace().nth(1).is_some_and(|local| format!("{local} ").ends_with(&port)))
        {
            let local = line.split_whitespace().nth(1).expect("an address");
            assert!(local.starts_with("0100007F:") || local.starts_with("00000000000000000000000001000000:"), "{line}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_the_labs_words() {
    let server = Server::start();
    let refused = |path: &str, body: &str, why: &str| {
        let (status, answer) = server.post(path, body);
        let said = error(&answer);
        assert!(status == 400 && said.contains(why), "{path} {body:.80}: {status} {said}");
    };
    refused("/logits", r#"{"page":"a","model":0,"ids":[]}"#, "the prompt is empty");
    refused("/logits", r#"{"page":"a","model":2,"ids":[1]}"#, "there is no model 2");
    refused("/logits", r#"{"page":"a","model":0,"ids":[50257]}"#, "50257");
    let long = format!(r#"{{"page":"a","model":0,"ids":[{}]}}"#, vec!["1"; 2000].join(","));
    refused("/logits", &long, "the prompt has 2000 tokens; DEMO SMALL reads at most");
    refused("/logits", "{", "the body is not what is asked");
    refused("/logits", r#"{"page":"a","model":-1,"ids":[1]}"#, "the body is not what is asked");
    let speech = |changed: &str| {
        let mut body: serde_json::Value = serde_json::from_str(
            r#"{"page":"a","model":0,"ids":[1],"n":2,"T":1,"k":10,"p":1,"minP":0,"order":"first","seed":1}"#,
        )
        .unwrap();
        let (key, value) = changed.split_once('=').unwrap();
        body[key] = serde_json::from_str(value).unwrap();
        body.to_string()
    };
    refused("/generate", &speech("T=0"), "temperature 0");
    refused("/generate", &speech("k=0"), "top-k");
    refused("/generate", &speech("p=1.5"), "1.5");
    refused("/generate", &speech("minP=-1"), "-1");
    let (status, answer) = server.post("/tokens", &format!(r#"{{"text":"{}"}}"#, "a".repeat(1_000_000)));
    assert!(status == 413 && error(&answer).contains("64 KB"), "{status}");
    // Control and bidi characters, markup and what is no Unicode are texts as any.
    for text in ["\\u0000\\u202e<script>", "🏴\u{200d}☠️", "\\ud83d\\ude00"] {
        assert_eq!(server.post("/tokens", &format!(r#"{{"text":"{text}"}}"#)).0, 200, "{text}");
    }
    assert_eq!(server.post("/tokens", r#"{"text":"\ud800"}"#).0, 400);
    let lines = String::from_utf8(server.post("/generate", &speech("n=5")).1).unwrap();
    assert_eq!(lines.matches("\"id\"").count(), 5, "{lines}");
}

#[test]
fn many_at_once_the_slow_and_the_gone_hold_nobody_up() {
    let server = Server::start();
    let start = Instant::now();
    let answers: Vec<(u16, Vec<u8>)> = thread::scope(|scope| {
        let ask = |n: usize| {
            let server = &server;
            scope.spawn(move || {
                server.post("/logits", &format!(r#"{{"page":"{n}","model":{},"ids":[{},{n}]}}"#, n % 2, n + 5))
            })
        };
        let asked: Vec<_> = (0..200).map(ask).collect();
        asked.into_iter().map(|one| one.join().expect("it is answered")).collect()
    });
    let good = answers.iter().filter(|(status, body)| *status == 200 && body.len() == 4 * 50_257).count();
    assert!(answers.iter().all(|(status, _)| [200, 503].contains(status)) && good >= 64, "{good} of 200 answered");
    println!(
        "200 requests at once: {good} answered, {} told to come back, in {:.1} s",
        200 - good,
        start.elapsed().as_secs_f64()
    );
    // Each got its own: the same question again has the same answer.
    let again = server.post("/logits", r#"{"page":"x","model":1,"ids":[8,3]}"#);
    assert!(answers[3].0 == 503 || answers[3].1 == again.1);

    // What is read token by token, with what was read before kept, is what is read at once.
    let floats = |body: &[u8]| -> Vec<f32> {
        body.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    };
    for ids in ["1026,373", "1026,373,257", "1026,11", "1026,373,257"] {
        let alone = floats(&server.post("/logits", &format!(r#"{{"page":"p","model":0,"ids":[{ids}]}}"#)).1);
        let fresh = Server::start();
        let whole = floats(&fresh.post("/logits", &format!(r#"{{"page":"p","model":0,"ids":[{ids}]}}"#)).1);
        assert_eq!((alone.len(), whole.len()), (50_257, 50_257));
        // gpt2-runner's bound between a cache and a whole text.
        assert!(alone.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 2e-4), "{ids}");
    }

    // Half a body, half a head, a reader who does not read, and one who goes away in the middle of a text.
    let mut half = server.connect();
    write!(half, "POST /tokens HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{", server.port).unwrap();
    let mut head = server.connect();
    head.write_all(b"POST /tok").unwrap();
    let long =
        r#"{"page":"slow","model":1,"ids":[1],"n":1000,"T":1,"k":50257,"p":1,"minP":0,"order":"first","seed":1}"#;
    for _ in 0..2 {
        let mut slow = server.connect();
        write!(slow, "POST /generate HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{long}", server.port, long.len()).unwrap();
        thread::sleep(Duration::from_millis(100));
    }
    let asked = Instant::now();
    assert_eq!(server.post("/tokens", r#"{"text":"a"}"#).0, 200);
    assert!(asked.elapsed() < Duration::from_secs(1), "a keystroke waits for nobody");
    assert_eq!(server.post("/logits", r#"{"page":"y","model":1,"ids":[1]}"#).0, 200);

    // A page's newer request takes the place of the one that waits.
    let old: Vec<u16> = thread::scope(|scope| {
        let ask = |_| scope.spawn(|| server.post("/logits", r#"{"page":"z","model":0,"ids":[1,2,3]}"#).0);
        let asked: Vec<_> = (0..20).map(ask).collect();
        asked.into_iter().map(|one| one.join().expect("it is answered")).collect()
    });
    assert!(old.iter().all(|status| [200, 409].contains(status)) && old.contains(&200), "{old:?}");

    let before = server.resident_kb();
    for n in 0..300 {
        assert_eq!(server.post("/logits", &format!(r#"{{"page":"m","model":{},"ids":[{n}]}}"#, n % 2)).0, 200);
    }
    let grown = server.resident_kb().saturating_sub(before);
    println!("memory after 300 more requests: {grown} KB more");
    assert!(grown < 20_000, "{grown} KB more");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_within_a_second() {
    let mut server = Server::start();
    // In the middle of an answer.
    let mut reader = server.connect();
    let long = r#"{"page":"a","model":1,"ids":[1],"n":1000,"T":1,"k":50257,"p":1,"minP":0,"order":"first","seed":1}"#;
    write!(reader, "POST /generate HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{long}", server.port, long.len()).unwrap();
    thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    let killed = Command::new("kill").args(["-INT", &server.child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    let status = server.child.wait().expect("it ends");
    assert!(status.success() && start.elapsed() < Duration::from_secs(1), "{status}, {:?}", start.elapsed());
}
