//! A real HTTP server on loopback with configurable faults.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    net::{Shutdown, TcpListener},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use sha2::{Digest, Sha256};
use test_support::Random;

/// A request as it came, header names in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn range(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// Plain TCP or TLS.
pub(crate) trait Connection: Read + Write {}

impl<T: Read + Write> Connection for T {}

type Handler = dyn Fn(&Seen, &mut dyn Connection) -> io::Result<()> + Send + Sync;

/// A server that runs until the test process ends.
pub(crate) struct Server {
    pub(crate) port: u16,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) fn start(
        handler: impl Fn(&Seen, &mut dyn Connection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::with(None, handler)
    }

    pub(crate) fn with(
        tls: Option<Arc<rustls::ServerConfig>>,
        handler: impl Fn(&Seen, &mut dyn Connection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (log, handler): (_, Arc<Handler>) = (seen.clone(), Arc::new(handler));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, log, tls) = (handler.clone(), log.clone(), tls.clone());
                let mut end = stream.try_clone().unwrap();
                thread::spawn(move || {
                    // Errors: the client has gone away, which is its right.
                    let _ = match tls.map(|tls| rustls::ServerConnection::new(tls).unwrap()) {
                        None => serve(stream, &*handler, &log),
                        Some(tls) => serve(rustls::StreamOwned::new(tls, stream), &*handler, &log),
                    };
                    // A half-close: the client gets every byte that was written, then the end.
                    let _ = end.shutdown(Shutdown::Write);
                    let _ = end.set_read_timeout(Some(Duration::from_secs(2)));
                    let _ = end.read(&mut [0; 64]);
                });
            }
        });
        Self { port, scheme, seen }
    }

    /// One that only redirects.
    pub(crate) fn redirect(tls: Option<Arc<rustls::ServerConfig>>, location: String) -> Self {
        Self::with(tls, move |_, to| head(to, 302, &[("location", location.clone())], 0))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://localhost:{}{path}", self.scheme, self.port)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The requested ranges, `None` for the whole file.
    pub(crate) fn ranges(&self) -> Vec<Option<String>> {
        let asked = self.seen();
        let gets = asked.iter().filter(|seen| seen.method == "GET");
        gets.map(|seen| seen.header("range").map(str::to_owned)).collect()
    }
}

/// Reads up to the empty line that ends a head.
pub(crate) fn read_head(from: &mut impl Read) -> io::Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        from.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn serve(mut connection: impl Connection, handler: &Handler, log: &Mutex<Vec<Seen>>) -> io::Result<()> {
    let head = read_head(&mut connection)?;
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    let seen = Seen { method, path, headers: lines.filter_map(header).collect() };
    log.lock().unwrap().push(seen.clone());
    handler(&seen, &mut connection)?;
    connection.flush()
}

/// How long a connection stays open on which nothing more comes.
const HANGING: Duration = Duration::from_secs(20);

/// How a file is served once.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// As it should be: Range honoured.
    Good,
    /// Correct, but the connection closes after this many bytes of the response.
    Cut(usize),
    /// Correct, but after this many bytes the connection stalls.
    Stall(usize),
    /// Correct, in pieces of this many bytes with this many milliseconds in between.
    Slow(usize, u64),
    /// Nothing at all is answered.
    Silence,
    /// The whole file regardless of the range, cut after this many bytes.
    IgnoreRange(usize),
    /// 206 with this Content-Range, and the whole file.
    WrongRange(&'static str),
    /// Another version of the file, in the requested range.
    Changed(Arc<Vec<u8>>),
    /// These bytes, with no length beforehand: chunked, or until the connection ends.
    Unannounced(Vec<u8>, bool),
    /// Bytes without end or length.
    Endless,
    /// Only a status and headers.
    Status(u16, Vec<(&'static str, String)>),
}

/// A file with plans for how to serve it, the last of them for ever.
pub(crate) struct File {
    pub(crate) bytes: Arc<Vec<u8>>,
    pub(crate) plans: Mutex<VecDeque<Plan>>,
}

impl File {
    pub(crate) fn new(bytes: Vec<u8>, plans: impl IntoIterator<Item = Plan>) -> Arc<Self> {
        Arc::new(Self { bytes: Arc::new(bytes), plans: Mutex::new(plans.into_iter().collect()) })
    }

    pub(crate) fn answer(&self, seen: &Seen, to: &mut dyn Connection) -> io::Result<()> {
        let plan = {
            let mut plans = self.plans.lock().unwrap();
            if plans.len() > 1 { plans.pop_front() } else { plans.front().cloned() }.unwrap_or(Plan::Good)
        };
        let mut body: &[u8] = &self.bytes;
        let (mut limit, mut size, mut pause, mut from) = (usize::MAX, usize::MAX, 0, seen.range());
        match &plan {
            Plan::Good | Plan::WrongRange(_) => {}
            Plan::Cut(n) | Plan::Stall(n) => limit = *n,
            Plan::Slow(n, milliseconds) => (size, pause) = (*n, *milliseconds),
            Plan::IgnoreRange(n) => (limit, from) = (*n, None),
            Plan::Changed(other) => body = other,
            Plan::Silence => {
                thread::sleep(HANGING);
                return Ok(());
            }
            Plan::Status(status, headers) => return head(to, *status, headers, 0),
            Plan::Unannounced(other, true) => {
                write!(to, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n", other.len())?;
                return to.write_all(other).and_then(|()| to.write_all(b"\r\n0\r\n\r\n"));
            }
            Plan::Unannounced(other, false) => {
                write!(to, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
                return to.write_all(other);
            }
            Plan::Endless => {
                write!(to, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
                loop {
                    to.write_all(&[7; 1 << 16])?;
                }
            }
        }
        let all = body.len();
        match (&plan, from) {
            (Plan::WrongRange(range), _) => head(to, 206, &[("content-range", (*range).to_owned())], all)?,
            (_, Some(from)) if from >= all => return head(to, 416, &[], 0),
            (_, Some(from)) => {
                head(to, 206, &[("content-range", format!("bytes {from}-{}/{all}", all - 1))], all - from)?;
                body = &body[from..];
            }
            (_, None) => head(to, 200, &[], all)?,
        }
        for piece in body[..limit.min(body.len())].chunks(size) {
            to.write_all(piece)?;
            to.flush()?;
            thread::sleep(Duration::from_millis(pause));
        }
        if let Plan::Stall(_) = plan {
            thread::sleep(HANGING);
        }
        Ok(())
    }
}

pub(crate) fn head(to: &mut dyn Connection, status: u16, headers: &[(&str, String)], length: usize) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    to.write_all((head + "\r\n").as_bytes())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that no compression and no accident makes equal.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    std::iter::repeat_with(|| random.bits().to_le_bytes()).flatten().take(len).collect()
}
