//! Redirects, tokens, TLS and proxies.

use std::{
    io::{self, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use xtask::download::{Options, Request, fetch};

use crate::{
    fetching::{names, options, request},
    hub::Hub,
    process::{error_of, run, xtask},
    server::{File, Plan, Server, head, noise, read_head, sha256},
};

fn file_server(tls: Option<&Tls>, file: &Arc<File>) -> Server {
    let file = file.clone();
    Server::with(tls.map(|tls| tls.config.clone()), move |seen, to| file.answer(seen, to))
}

fn fetch_into_nothing(url: &str, file: &File, options: &Options) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let (dest, sha256) = (folder.path().join("file"), sha256(&file.bytes));
    let result = fetch(&Request { token: Some("hf_secret"), ..request(url, &sha256) }, &dest, options);
    assert_eq!(dest.exists(), result.is_ok());
    assert_eq!(names(folder.path()).len(), usize::from(result.is_ok()));
    result
}

/// Never with what signs an address.
fn error(url: &str, options: &Options) -> String {
    let message = fetch_into_nothing(url, &File::new(noise(665, 1), []), options).unwrap_err().to_string();
    assert!(!message.contains("signature=") && !message.contains("secret"), "{message}");
    message
}

fn has_token(server: &Server) -> Vec<bool> {
    server.seen().iter().map(|seen| seen.header("authorization") == Some("Bearer hf_secret")).collect()
}

#[test]
fn the_token_stays_with_its_scheme_host_and_port() {
    let tls = Tls::new();
    let file = File::new(noise(665, 1), []);
    let (plain, https) = (file_server(None, &file), file_server(Some(&tls), &file));
    // Another name of this machine is another host.
    let other_host = plain.url("/blob?signature=1").replace("localhost", "127.0.0.1");
    for (away, elsewhere) in
        [(other_host, &plain), (plain.url("/port?signature=1"), &plain), (https.url("/scheme?signature=1"), &https)]
    {
        // A hub renames a repository, then sends away.
        let (path, to) = (away.split_once("/").unwrap().1.to_owned(), away.clone());
        let hub = Server::start(move |seen, connection| {
            let to_where = if seen.path == "/old" { "/new".to_owned() } else { to.clone() };
            head(connection, 307, &[("location", to_where)], 0)
        });
        let before = elsewhere.seen().len();
        fetch_into_nothing(&hub.url("/old"), &file, &trusting("localhost.pem")).unwrap();
        // Asked for the file at its old and its new name.
        assert_eq!(has_token(&hub), [true, true]);
        assert!(path.ends_with(&elsewhere.seen()[before].path), "{path}");
        assert_eq!(has_token(elsewhere)[before..], [false], "{away}");
    }
}

#[test]
fn a_token_that_left_its_origin_does_not_come_back() {
    let file = File::new(noise(665, 1), []);
    let hub_port = Arc::new(Mutex::new(0));
    let port = hub_port.clone();
    let between = Server::start(move |_, to| {
        head(to, 302, &[("location", format!("http://localhost:{}/back", port.lock().unwrap()))], 0)
    });
    let (away, served) = (between.url("/away"), file.clone());
    let hub = Server::start(move |seen, to| match &*seen.path {
        "/back" => served.answer(seen, to),
        _ => head(to, 302, &[("location", away.clone())], 0),
    });
    *hub_port.lock().unwrap() = hub.port;
    fetch_into_nothing(&hub.url("/file"), &file, &options()).unwrap();
    assert_eq!((has_token(&hub), has_token(&between)), (vec![true, false], vec![false]));
}

#[test]
fn a_token_cannot_bring_a_header_of_its_own() {
    let server = file_server(None, &File::new(noise(665, 1), []));
    let folder = tempfile::tempdir().unwrap();
    for token in ["hf\r\nX-Evil: 1", "hf\noutput = \"/tmp/evil\"", "hf_ü", "a b"] {
        let url = server.url("/file");
        let request = Request { token: Some(token), ..request(&url, "") };
        let message = fetch(&request, &folder.path().join("file"), &options()).unwrap_err().to_string();
        assert!(message.contains("the token (HF_TOKEN) must be plain ASCII"), "{message}");
    }
    assert!(server.seen().is_empty());
}

#[test]
fn redirects_without_an_end_or_a_use_are_refused() {
    let server = Server::redirect(None, "/again?signature=1".to_owned());
    assert!(error(&server.url("/file"), &options()).contains("more than 10 times"));
    assert_eq!(server.seen().len(), 11);
    let server = Server::start(|_, to| head(to, 302, &[], 0));
    assert!(error(&server.url("/file"), &options()).contains("missing a location header"));
    for away in ["file:///etc/passwd?signature=1", "ftp://me:secret@host/f", "http://"] {
        let message = error(&Server::redirect(None, away.to_owned()).url("/file"), &options());
        assert!(message.contains("/file") && message.contains("check the endpoint"), "{message}");
    }
}

/// A server's configuration with the certificate `localhost.pem`, and the certificates that the client trusts.
///
/// Both certificates of `tests/data` are self-signed and valid until 2126; only `localhost.pem` has its key there. For
/// each: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost
/// -addext subjectAltName=DNS:localhost -keyout localhost.key -out localhost.pem`.
struct Tls {
    config: Arc<rustls::ServerConfig>,
}

impl Tls {
    fn new() -> Self {
        let certificate = CertificateDer::from_pem_file(data("localhost.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(data("localhost.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Self { config: Arc::new(config) }
    }
}

/// The client's options, with one trusted certificate.
fn trusting(certificate: &str) -> Options {
    Options { roots: Some(data(certificate)), ..options() }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

#[test]
fn https_works_resumes_and_is_redirected_to_https() {
    let tls = Tls::new();
    let file = File::new(noise(3 << 20, 1), [Plan::Cut(1 << 20), Plan::Good]);
    let cdn = file_server(Some(&tls), &file);
    let hub = Server::redirect(Some(tls.config.clone()), cdn.url("/blob"));
    fetch_into_nothing(&hub.url("/file"), &file, &trusting("localhost.pem")).unwrap();
    assert_eq!(cdn.ranges(), [None, Some("bytes=1048576-".to_owned())]);
}

#[test]
fn an_unknown_certificate_is_refused_at_once() {
    let tls = Tls::new();
    let server = file_server(Some(&tls), &File::new(noise(665, 1), []));
    for options in [options(), trusting("another.pem")] {
        let start = Instant::now();
        let message = error(&server.url("/file"), &Options { backoff: Duration::from_secs(5), ..options });
        assert!(message.contains("certificate") && message.contains("SSL_CERT_FILE"), "{message}");
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
    assert!(server.seen().is_empty());
}

#[test]
fn a_redirect_from_https_to_plain_http_is_refused() {
    let tls = Tls::new();
    let plain = file_server(None, &File::new(noise(665, 1), []));
    let away = plain.url("/blob?signature=1").replace("//", "//me:secret@");
    let hub = Server::redirect(Some(tls.config.clone()), away);
    let message = error(&hub.url("/file"), &trusting("localhost.pem"));
    assert!(message.contains("not encrypted") && message.contains("/file"), "{message}");
    assert!(plain.seen().is_empty());
}

/// A proxy that tunnels to wherever it is asked with CONNECT, passes plain requests on, and notes the targets.
fn proxy() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let targets = Arc::new(Mutex::new(Vec::new()));
    let log = targets.clone();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let log = log.clone();
            thread::spawn(move || pass(client, &log));
        }
    });
    (port, targets)
}

fn pass(mut client: TcpStream, log: &Mutex<Vec<String>>) -> io::Result<()> {
    let head = read_head(&mut client)?;
    let (method, target) = (head.split(' ').next().unwrap(), head.split(' ').nth(1).unwrap());
    let target = target.trim_start_matches("http://");
    let (host, path) = target.split_at(target.find('/').unwrap_or(target.len()));
    log.lock().unwrap().push(host.to_owned());
    // The name may be one that only the proxy knows.
    let mut server = TcpStream::connect(("127.0.0.1", host.rsplit_once(':').unwrap().1.parse().unwrap()))?;
    if method == "CONNECT" {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    } else {
        server.write_all(head.replacen(&format!("http://{host}{path}"), path, 1).as_bytes())?;
    }
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || io::copy(&mut from, &mut to).and_then(|_| to.shutdown(Shutdown::Write)));
    io::copy(&mut client, &mut &server).map(drop)
}

#[test]
fn proxies_are_used_as_the_environment_says() {
    let (hub, (port, targets)) = (Hub::new([]), proxy());
    // Only the proxy knows this host.
    let endpoint = hub.pages.url("").replace("localhost", "hub.invalid");
    for (no_proxy, tunnels) in [("other.invalid", 5), ("other,hub.invalid", 0), (".invalid", 0), ("*", 0)] {
        let (dir, before) = (tempfile::tempdir().unwrap(), targets.lock().unwrap().len());
        let mut command = xtask(&hub, dir.path());
        command.env("HTTP_PROXY", format!("http://127.0.0.1:{port}")).env("NO_PROXY", no_proxy);
        let (status, _, stderr) = run(command.env("HF_ENDPOINT", &endpoint));
        assert_eq!(status == Some(0), tunnels > 0, "{no_proxy}: {stderr}");
        assert_eq!(targets.lock().unwrap().len() - before, tunnels, "{no_proxy}");
    }
    assert!(endpoint.ends_with(&targets.lock().unwrap()[0]));
}

#[test]
fn https_goes_through_a_proxy_by_a_tunnel() {
    let (hub, tls, (port, targets)) = (Hub::new([]), Tls::new(), proxy());
    let files = hub.files.clone();
    let pages = Server::with(Some(tls.config.clone()), move |seen, to| {
        files.iter().find(|(name, _)| seen.path.ends_with(name)).unwrap().1.answer(seen, to)
    });
    let dir = tempfile::tempdir().unwrap();
    let mut command = xtask(&hub, dir.path());
    command.env("HTTPS_PROXY", format!("http://127.0.0.1:{port}")).env("SSL_CERT_FILE", data("localhost.pem"));
    let (status, _, stderr) = run(command.env("HF_ENDPOINT", pages.url("")));
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(*targets.lock().unwrap(), vec![format!("localhost:{}", pages.port); 4]);
}

#[test]
fn a_proxy_that_refuses_is_named_at_once() {
    let (hub, dir) = (Hub::new([]), tempfile::tempdir().unwrap());
    let refuses = Server::start(|_, to| head(to, 407, &[], 0));
    let start = Instant::now();
    let mut command = xtask(&hub, dir.path());
    command.env("HTTPS_PROXY", format!("http://me:secret@127.0.0.1:{}", refuses.port));
    let error = error_of(command.env("HF_ENDPOINT", "https://hub.invalid"));
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(error.contains("cannot be reached (the proxy refuses") && !error.contains("secret"), "{error}");
}
