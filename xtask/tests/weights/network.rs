//! Redirects, tokens, TLS and proxies.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use xtask::download::{Error, Fetched, Network, Options, Request, fetch, reach};

use crate::fetching::{names, options};
use crate::server::{File, Plan, Server, head, noise, sha256};

fn file_server(file: &Arc<File>) -> Server {
    let file = file.clone();
    Server::start(move |seen, to| file.answer(seen, to))
}

fn redirect_to(location: String) -> Server {
    Server::start(move |_, to| head(to, 302, &[("location", location.clone())], 0))
}

fn fetch_into_nothing(url: &str, token: Option<&str>, options: &Options) -> Result<Fetched, Error> {
    let folder = tempfile::tempdir().unwrap();
    let dest = folder.path().join("file");
    let result = fetch(&Request::new(url).token(token), &dest, options);
    assert_eq!(dest.exists(), result.is_ok());
    if result.is_err() {
        assert!(names(folder.path()).is_empty());
    }
    result
}

#[test]
fn the_token_stays_with_its_origin() {
    let file = File::new(noise(665, 1), []);
    let elsewhere = file_server(&file);
    let away = elsewhere.url("/blob?signature=1");
    // A hub renames a repository, then sends to another host.
    let hub = Server::start(move |seen, to| {
        let to_where = if seen.path == "/old" { "/new".to_owned() } else { away.clone() };
        head(to, 307, &[("location", to_where)], 0)
    });
    fetch_into_nothing(&hub.url("/old"), Some("hf_secret"), &options()).unwrap();
    let tokens: Vec<_> = hub.seen().iter().map(|seen| seen.header("authorization").map(str::to_owned)).collect();
    assert_eq!(tokens, [Some("Bearer hf_secret".to_owned()), Some("Bearer hf_secret".to_owned())]);
    assert_eq!(elsewhere.seen()[0].path, "/blob?signature=1");
    assert_eq!(elsewhere.seen()[0].header("authorization"), None);
}

#[test]
fn a_redirect_loop_ends() {
    let server = Server::start(|_, to| head(to, 302, &[("location", "/again".to_owned())], 0));
    let message = fetch_into_nothing(&server.url("/file"), None, &options()).unwrap_err().to_string();
    assert!(message.contains("more than 10 times"), "{message}");
    assert_eq!(server.seen().len(), 11);
}

#[test]
fn a_redirect_to_nowhere_is_named() {
    let server = Server::start(|_, to| head(to, 302, &[], 0));
    let message = fetch_into_nothing(&server.url("/file"), None, &options()).unwrap_err().to_string();
    assert!(message.contains("does not say where to"), "{message}");
    let server = redirect_to("file:///etc/passwd".to_owned());
    let message = fetch_into_nothing(&server.url("/file"), None, &options()).unwrap_err().to_string();
    assert!(message.contains("file:///etc/passwd"), "{message}");
}

/// A certificate for localhost, as a server's configuration and as a PEM file for the client.
struct Tls {
    config: Arc<rustls::ServerConfig>,
    pem: tempfile::NamedTempFile,
}

impl Tls {
    fn new() -> Self {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let mut pem = tempfile::NamedTempFile::new().unwrap();
        pem.write_all(cert.pem().as_bytes()).unwrap();
        Self { config: Arc::new(config), pem }
    }

    fn trusted(&self) -> Options {
        let path = self.pem.path().to_str().unwrap().to_owned();
        let network = Network::from_lookup(|name| (name == "SSL_CERT_FILE").then(|| path.clone()));
        Options { network, ..options() }
    }

    fn serve(&self, file: &Arc<File>) -> Server {
        let file = file.clone();
        Server::start_tls(self.config.clone(), move |seen, to| file.answer(seen, to))
    }
}

#[test]
fn https_works_resumes_and_is_redirected_to_https() {
    let tls = Tls::new();
    let file = File::new(noise(3 << 20, 1), [Plan::Cut(1 << 20), Plan::Good]);
    let cdn = tls.serve(&file);
    let away = cdn.url("/blob");
    let hub = Server::start_tls(tls.config.clone(), move |_, to| head(to, 302, &[("location", away.clone())], 0));
    let fetched = fetch_into_nothing(&hub.url("/file"), Some("hf_secret"), &tls.trusted()).unwrap();
    assert_eq!(fetched.sha256, sha256(&file.bytes));
    assert!(hub.seen().iter().all(|seen| seen.header("authorization").is_some()));
    let asked: Vec<_> = cdn.seen().iter().map(|seen| seen.header("range").map(str::to_owned)).collect();
    assert_eq!(asked, [None, Some("bytes=1048576-".to_owned())]);
    assert!(cdn.seen().iter().all(|seen| seen.header("authorization").is_none()));
}

#[test]
fn an_unknown_certificate_is_refused_at_once() {
    let tls = Tls::new();
    let server = tls.serve(&File::new(noise(665, 1), []));
    for options in [options(), Tls::new().trusted()] {
        let error = fetch_into_nothing(&server.url("/file"), Some("hf_secret"), &options).unwrap_err();
        assert!(error.to_string().contains("certificate"), "{error}");
        assert!(!error.is_unreachable());
    }
    assert!(server.seen().is_empty());
}

#[test]
fn a_redirect_from_https_to_plain_http_is_refused() {
    let tls = Tls::new();
    let plain = file_server(&File::new(noise(665, 1), []));
    let away = plain.url("/blob?signature=1");
    let hub = Server::start_tls(tls.config.clone(), move |_, to| head(to, 302, &[("location", away.clone())], 0));
    let message = fetch_into_nothing(&hub.url("/file"), Some("hf_secret"), &tls.trusted()).unwrap_err().to_string();
    assert!(message.contains("not encrypted") && !message.contains("signature"), "{message}");
    assert!(plain.seen().is_empty());
}

/// A proxy that tunnels to wherever it is asked, HTTP CONNECT or SOCKS 5, and notes the targets.
fn proxy() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let targets = Arc::new(Mutex::new(Vec::new()));
    let log = targets.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let log = log.clone();
            std::thread::spawn(move || tunnel(client, &log));
        }
    });
    (port, targets)
}

fn tunnel(mut client: TcpStream, log: &Mutex<Vec<String>>) {
    let mut first = [0];
    client.read_exact(&mut first).unwrap();
    let target = if first[0] == 5 { socks_target(&mut client) } else { connect_target(&mut client) };
    log.lock().unwrap().push(target.clone());
    // The name may be one that only the proxy knows.
    let port = target.rsplit_once(':').unwrap().1.parse().unwrap();
    let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let answer: &[u8] =
        if first[0] == 5 { &[5, 0, 0, 1, 127, 0, 0, 1, 0, 0] } else { b"HTTP/1.1 200 Connection established\r\n\r\n" };
    client.write_all(answer).unwrap();
    let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
    let _ = std::io::copy(&mut client, &mut &server);
}

fn connect_target(client: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    head.strip_prefix("ONNECT ").unwrap().split(' ').next().unwrap().to_owned()
}

fn socks_target(client: &mut TcpStream) -> String {
    let mut byte = [0];
    let mut read = |n: u8| {
        let mut bytes = vec![0; usize::from(n)];
        client.read_exact(&mut bytes).unwrap();
        bytes
    };
    let methods = read(1)[0];
    read(methods);
    client.write_all(&[5, 0]).unwrap();
    let mut request = [0; 4];
    client.read_exact(&mut request).unwrap();
    assert_eq!(request, [5, 1, 0, 3], "a name for the proxy to resolve");
    client.read_exact(&mut byte).unwrap();
    let mut name = vec![0; usize::from(byte[0]) + 2];
    client.read_exact(&mut name).unwrap();
    let port = u16::from_be_bytes(name.split_off(name.len() - 2).try_into().unwrap());
    format!("{}:{port}", String::from_utf8(name).unwrap())
}

#[test]
fn proxies_are_used_as_the_environment_says() {
    let file = File::new(noise(665, 1), []);
    let tls = Tls::new();
    let (plain, secure) = (file_server(&file), tls.serve(&file));
    for (variable, kind) in [("HTTP_PROXY", "http"), ("ALL_PROXY", "socks5h"), ("HTTPS_PROXY", "http")] {
        let (port, targets) = proxy();
        let pem = tls.pem.path().to_str().unwrap().to_owned();
        let with = |no_proxy: &str| {
            let network = Network::from_lookup(|name| match name {
                "SSL_CERT_FILE" => Some(pem.clone()),
                "NO_PROXY" => Some(no_proxy.to_owned()),
                name => (name == variable).then(|| format!("{kind}://127.0.0.1:{port}")),
            });
            Options { network, ..options() }
        };
        // Only the proxy knows this host; TLS is checked against the certificate, so that needs localhost.
        let (url, target) = match variable {
            "HTTPS_PROXY" => (secure.url("/file"), format!("localhost:{}", secure.port)),
            _ => (format!("http://hub.invalid:{}/file", plain.port), format!("hub.invalid:{}", plain.port)),
        };
        let before = plain.seen().len() + secure.seen().len();
        let fetched = fetch_into_nothing(&url, Some("hf_secret"), &with("")).unwrap();
        assert_eq!(fetched.sha256, sha256(&file.bytes), "{variable}");
        assert_eq!(*targets.lock().unwrap(), [target], "{variable}");
        assert_eq!(plain.seen().len() + secure.seen().len(), before + 1);
        let direct = fetch_into_nothing(&url, None, &with("hub.invalid,localhost"));
        assert_eq!(direct.is_ok(), variable == "HTTPS_PROXY", "{variable}: {direct:?}");
        assert_eq!(targets.lock().unwrap().len(), 1, "{variable}");
    }
}

#[test]
fn a_proxy_that_refuses_is_named() {
    let refuses = Server::start(|_, to| head(to, 407, &[], 0));
    let port = refuses.port;
    let network =
        Network::from_lookup(|name| (name == "HTTPS_PROXY").then(|| format!("http://me:secret@127.0.0.1:{port}")));
    let error = fetch_into_nothing("https://hub.invalid/", None, &Options { network, ..options() }).unwrap_err();
    let message = error.to_string();
    assert!(error.is_unreachable() && message.contains("proxy refuses") && !message.contains("secret"), "{message}");
}

#[test]
fn reach_takes_any_answer_and_waits_no_longer_than_it_may() {
    let file = File::new(Vec::new(), [Plan::Status(404, vec![])]);
    reach(&file_server(&file).url("/"), Duration::from_secs(5), &options()).unwrap();
    let silent = Server::start(|_, _| {
        std::thread::sleep(Duration::from_secs(20));
        Ok(())
    });
    let start = std::time::Instant::now();
    let error = reach(&silent.url("/"), Duration::from_millis(300), &options()).unwrap_err();
    assert!(error.is_unreachable(), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}
