//! `lab serve` under fire.

use std::{
    fs,
    io::Write,
    net::{SocketAddr, TcpStream},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::server::Server;

fn error(body: &[u8]) -> String {
    let body: serde_json::Value =
        serde_json::from_slice(body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(body)));
    body["error"].as_str().expect("it says why").to_owned()
}

#[test]
fn strangers_are_refused() {
    let server = Server::start();
    let own = format!("localhost:{}", server.door.port);
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
        let port = format!(":{:04X} ", server.door.port);
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
fn only_a_browser_with_the_token_is_answered() {
    let server = Server::start();
    let host = format!("127.0.0.1:{}", server.port);
    let token = server.token;
    let get = |path: &str, more: &[(&str, &str)]| {
        server.whole("GET", path, &[&[("Host", &*host)], more].concat(), b"").expect("an answer")
    };
    // Without a token, or with a wrong one, the answer is a page with instructions.
    let wrong = format!("/?token={}", "0".repeat(32));
    for path in ["/", "/?token=", &wrong, &format!("/?token={}", &token[1..]), "/?tok=", "/nothing"] {
        let (status, head, page) = get(path, &[]);
        let page = String::from_utf8(page).expect("a page");
        assert!(status == 403 && !head.contains("set-cookie"), "{path}: {head}");
        assert!(page.contains("that <code>lab serve</code> has printed") && page.contains("--no-token"), "{page}");
    }
    let cookie = format!("lab-{}={token}", server.port);
    let foreign = format!("lab-{}={token}", server.port ^ 1);
    let json = [("Host", &*host), ("Content-Type", "application/json")];
    for (path, body) in [
        ("/tokens", r#"{"text":"a"}"#),
        ("/logits", r#"{"page":"a","model":0,"ids":[1]}"#),
        ("/generate", "{}"),
        ("/lens", "{}"),
        ("/attention", "{}"),
    ] {
        for more in [vec![], vec![("Cookie", &*foreign)]] {
            let (status, _, why) = server.whole("POST", path, &[&json[..], &more].concat(), body.as_bytes()).unwrap();
            assert!(status == 403 && error(&why).contains("open the address that lab serve has printed"), "{path}");
        }
        // A token does not open anything but the page.
        let path = format!("{path}?token={token}");
        assert_eq!(server.whole("POST", &path, &json, body.as_bytes()).unwrap().0, 403, "{path}");
    }
    // The token gives a cookie and an address without a token; it works again.
    for path in [format!("/?token={token}"), format!("/?a=b&token={token}"), format!("//evil.example?token={token}")] {
        let (status, head, _) = get(&path, &[]);
        let head = head.to_lowercase();
        assert_eq!(status, 303, "{path}");
        assert!(head.contains("\r\nlocation: /\r\n"), "{head}");
        assert!(head.contains(&format!("\r\nset-cookie: {cookie}; path=/; httponly; samesite=strict\r\n")), "{head}");
        assert!(
            head.contains("\r\nreferrer-policy: no-referrer") && head.contains("\r\ncache-control: no-store"),
            "{head}"
        );
    }
    assert_eq!(get("/", &[("Cookie", &cookie)]).0, 200);
    assert_eq!(server.post("/tokens", r#"{"text":"a"}"#).0, 200);
    // A request that is refused for another reason gets no cookie, even with the token.
    let (status, head, _) = server.whole("GET", &format!("/?token={token}"), &[("Host", "evil.example")], b"").unwrap();
    assert!(status == 403 && !head.contains("set-cookie"), "{head}");
    // Each start has its own.
    assert_ne!(Server::start().token, token);
}

#[test]
fn without_a_token_every_user_of_the_machine_is_answered() {
    let server =
        Server::start_as(Command::new(env!("CARGO_BIN_EXE_lab")).args(["serve", "--models", "demo", "--no-token"]));
    assert_eq!(server.token, "");
    let host = format!("127.0.0.1:{}", server.port);
    assert_eq!(server.whole("GET", "/", &[("Host", &host)], b"").unwrap().0, 200);
}

/// Other users can read a browser's command line, where the address stays as long as the browser runs.
#[cfg(target_os = "linux")]
#[test]
fn the_address_that_open_gives_a_browser_works_once() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let (opener, opened) = (folder.path().join("xdg-open"), folder.path().join("opened"));
    fs::write(&opener, format!("#!/bin/sh\necho \"$1\" > {0}.part && mv {0}.part {0}\n", opened.display())).unwrap();
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
    let server = Server::start_as(lab.args(["serve", "--models", "demo", "--open"]).env("PATH", path));
    let start = Instant::now();
    while !opened.exists() && start.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(10));
    }
    let address = fs::read_to_string(&opened).expect("xdg-open was started");
    let path = address.trim().strip_prefix(&format!("http://127.0.0.1:{}", server.port)).expect("its address");
    assert!(path.starts_with("/?token=") && !path.contains(server.token), "{address}");
    let host = format!("127.0.0.1:{}", server.port);
    let get = || server.whole("GET", path, &[("Host", &host)], b"").unwrap().0;
    assert_eq!((get(), get()), (303, 403));
}

#[test]
fn a_port_in_use_is_named() {
    let server = Server::start();
    let port = server.port.to_string();
    let mut second = Command::new(env!("CARGO_BIN_EXE_lab"));
    let output = second.args(["serve", "--models", "demo", "--port", &port]).output().expect("lab runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let expected = format!("error: the page cannot be served: port {port}: ");
    assert!(
        stderr.lines().any(|line| line.starts_with(&expected) && line.contains("--port takes another")),
        "{stderr}"
    );
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
    refused("/logits", &long, "the prompt has 2,000 tokens; DEMO SMALL reads at most");
    let example = r#"give JSON like {"page":"a","model":0,"ids":[1026]"#;
    refused("/logits", "{", example);
    refused("/logits", r#"{"page":"a","model":-1,"ids":[1]}"#, example);
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
    refused("/generate", &speech("n=2.5"), example);
    refused("/generate", &speech(r#"order="junk""#), r#"order is "junk": give "first" or "last""#);
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
    let read = |page: &str, ids: &str| {
        floats(&server.post("/logits", &format!(r#"{{"page":"{page}","model":0,"ids":[{ids}]}}"#)).1)
    };
    let texts = ["1026,373", "1026,373,257", "1026,11", "1026,373,257"];
    let kept = texts.map(|ids| read("p", ids));
    for (ids, kept) in texts.iter().zip(kept) {
        // It remembers two texts: after two others nothing of this one is kept.
        for other in ["5,5", "6,6"] {
            read("q", other);
        }
        let whole = read("q", ids);
        assert_eq!((kept.len(), whole.len()), (50_257, 50_257));
        // gpt2-runner's bound between a cache and a whole text.
        assert!(kept.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 2e-4), "{ids}");
    }

    // An incomplete body, an incomplete head, a client that does not read, and one that disconnects in the middle of a
    // text.
    let _half = server.begin("/tokens", r#"{"text":"a"}"#, true).expect("it listens");
    let mut head = server.connect();
    head.write_all(b"POST /tok").unwrap();
    let long =
        r#"{"page":"slow","model":1,"ids":[1],"n":1000,"T":1,"k":50257,"p":1,"minP":0,"order":"first","seed":1}"#;
    for _ in 0..2 {
        let _gone = server.begin("/generate", long, false).expect("it listens");
        thread::sleep(Duration::from_millis(100));
    }
    let _slow = server.begin("/generate", long, false).expect("it listens");
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
}

/// Without a free slot, the system retries after a second.
#[cfg(target_os = "linux")]
#[test]
fn whoever_comes_at_once_finds_room_to_wait() {
    let server = Server::start();
    let id = server.child.id().to_string();
    let signal = |name: &str| Command::new("kill").args([name, &id]).status().expect("kill runs");
    // It accepts no connection meanwhile.
    assert!(signal("-STOP").success());
    let address = SocketAddr::from(([127, 0, 0, 1], server.door.port));
    let waiting: Vec<_> =
        (0..400).map_while(|_| TcpStream::connect_timeout(&address, Duration::from_millis(500)).ok()).collect();
    assert!(signal("-CONT").success());
    assert_eq!(waiting.len(), 400);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_within_a_second() {
    let mut server = Server::start();
    // In the middle of an answer.
    let long = r#"{"page":"a","model":1,"ids":[1],"n":1000,"T":1,"k":50257,"p":1,"minP":0,"order":"first","seed":1}"#;
    let _reader = server.begin("/generate", long, false).expect("it listens");
    thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    let killed = Command::new("kill").args(["-INT", &server.child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    let status = server.child.wait().expect("it ends");
    assert!(status.success() && start.elapsed() < Duration::from_secs(1), "{status}, {:?}", start.elapsed());
}

#[test]
fn what_a_model_says_and_its_inside_are_what_the_commands_print() {
    let server = Server::start();
    let text = "Once upon a";
    let answered = |path: &str, body: &str| -> serde_json::Value {
        let (status, answer) = server.post(path, body);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).expect("it is JSON")
    };
    let printed = |args: &[&str]| -> serde_json::Value {
        let output = Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(args)
            .args(["--models", "demo", "--json"])
            .output()
            .expect("lab runs");
        serde_json::from_slice(&output.stdout).expect("it is JSON")
    };
    let ids = &answered("/tokens", &format!(r#"{{"text":"{text}"}}"#))["ids"];
    let lens = answered("/lens", &format!(r#"{{"page":"a","model":1,"ids":{ids},"k":3}}"#));
    assert_eq!(lens, printed(&["lens", text, "-k", "3", "--model", "large"]));
    let attention = answered("/attention", &format!(r#"{{"page":"a","model":0,"ids":{ids},"layer":1,"head":0}}"#));
    assert_eq!(attention, printed(&["attention", text, "--layer", "1", "--head", "0", "--model", "small"]));

    // A text goes on, also one that begins as the models' training texts do; one that fills the model does not.
    let go_on = |ids: &serde_json::Value, n: usize| -> Vec<serde_json::Value> {
        let chosen = r#""T":0.8,"k":40,"p":0.9,"minP":0,"order":"first","seed":3"#;
        let (status, lines) =
            server.post("/generate", &format!(r#"{{"page":"a","model":0,"ids":{ids},"n":{n},{chosen}}}"#));
        assert_eq!(status, 200);
        // What is no object is the length of a chunk.
        let lines = lines.split(|&b| b == b'\n').filter(|line| line.starts_with(b"{"));
        lines.map(|line| serde_json::from_slice(line).expect("it is JSON")).collect()
    };
    for text in [text, "<|endoftext|>"] {
        let ids = &answered("/tokens", &format!(r#"{{"text":"{text}"}}"#))["ids"];
        let stages = ["-t", "0.8", "-k", "40", "-p", "0.9", "--min-p", "0", "--seed", "3"];
        let printed = printed(&[&["generate", text, "-n", "5", "--model", "small"][..], &stages].concat());
        assert_eq!(go_on(ids, 5), printed["tokens"].as_array().expect("tokens")[..], "{text}");
    }
    assert_eq!(go_on(&vec![1; 255].into(), 5).len(), 1);
    assert_eq!(go_on(&vec![1; 256].into(), 5).len(), 0);

    let refused = |path: &str, body: &str, why: &str| {
        let (status, answer) = server.post(path, body);
        assert!(status == 400 && error(&answer).contains(why), "{path}: {status} {}", error(&answer));
    };
    refused(
        "/attention",
        r#"{"page":"a","model":0,"ids":[1],"layer":2,"head":0}"#,
        "layer 2: give 0 to 1 (DEMO SMALL has 2 layers)",
    );
    refused("/attention", r#"{"page":"a","model":0,"ids":[1],"layer":0,"head":9}"#, "head 9: give 0 to 1");
    refused("/lens", r#"{"page":"a","model":0,"ids":[1],"k":0}"#, "k 0: give 1 to 100");
    // All 50,257 for 256 tokens would be gigabytes.
    refused("/lens", r#"{"page":"a","model":0,"ids":[1],"k":101}"#, "k 101: give 1 to 100");
}
