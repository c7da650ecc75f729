//! A real HTTP server on loopback that misbehaves as it is told.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sha2::{Digest, Sha256};

/// A request as it came, header names in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Plain TCP or TLS.
pub(crate) trait Connection: Read + Write {
    fn finish(&mut self);
}

impl Connection for TcpStream {
    fn finish(&mut self) {
        // A half-close: the client gets every byte that was written, then the end.
        let _ = self.shutdown(Shutdown::Write);
        let _ = self.set_read_timeout(Some(Duration::from_secs(2)));
        let _ = self.read(&mut [0; 64]);
    }
}

impl Connection for rustls::StreamOwned<rustls::ServerConnection, TcpStream> {
    fn finish(&mut self) {
        self.conn.send_close_notify();
        let _ = self.flush();
        self.sock.finish();
    }
}

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
        Self::with(None, Arc::new(handler))
    }

    pub(crate) fn start_tls(
        tls: Arc<rustls::ServerConfig>,
        handler: impl Fn(&Seen, &mut dyn Connection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::with(Some(tls), Arc::new(handler))
    }

    fn with(tls: Option<Arc<rustls::ServerConfig>>, handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let log = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, log, tls) = (handler.clone(), log.clone(), tls.clone());
                std::thread::spawn(move || {
                    // Errors: the client has gone away, which is its right.
                    let _ = match tls {
                        None => serve(stream, &*handler, &log),
                        Some(tls) => serve(
                            rustls::StreamOwned::new(rustls::ServerConnection::new(tls).unwrap(), stream),
                            &*handler,
                            &log,
                        ),
                    };
                });
            }
        });
        Self { port, scheme, seen }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://localhost:{}{path}", self.scheme, self.port)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut connection: impl Connection, handler: &Handler, log: &Mutex<Vec<Seen>>) -> io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if connection.read(&mut byte)? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
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
    connection.finish();
    Ok(())
}

/// How a file is served once.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// As it should be: Range and If-Range honoured.
    Good,
    /// Good, but the connection ends after so many bytes of this answer.
    Cut(usize),
    /// Good, but after so many bytes nothing more comes, on an open connection.
    Stall(usize),
    /// Good, but one byte every so many milliseconds.
    Drip(u64),
    /// Good, in pieces of 64 KiB with so many milliseconds between.
    Slow(u64),
    /// Nothing at all is answered.
    Silence,
    /// The whole file whatever is asked, cut after so many bytes.
    IgnoreRange(usize),
    /// 206, but from this first byte on, with the right ETag.
    WrongRange(u64),
    /// 206 with a Content-Range that is not one.
    NonsenseRange,
    /// Another version of the file, with its own ETag; If-Range not honoured.
    Changed(Arc<Vec<u8>>, &'static str),
    /// These bytes, with the right ETag and their own length.
    Bytes(Vec<u8>),
    /// These bytes, chunked: no length beforehand.
    Chunked(Vec<u8>),
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

    pub(crate) fn etag(&self) -> String {
        format!("\"{}\"", &sha256(&self.bytes)[..32])
    }

    pub(crate) fn answer(&self, seen: &Seen, to: &mut dyn Connection) -> io::Result<()> {
        let plan = {
            let mut plans = self.plans.lock().unwrap();
            if plans.len() > 1 { plans.pop_front() } else { plans.front().cloned() }.unwrap_or(Plan::Good)
        };
        let (all, etag) = (&self.bytes, self.etag());
        let usable = |etag: &str| seen.header("if-range").is_none_or(|want| want == etag);
        let from = || {
            let range = seen.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?;
            range.parse::<usize>().ok().filter(|_| usable(&etag))
        };
        let rest = |to: &mut dyn Connection| match from() {
            Some(from) if from >= all.len() => {
                head(to, 416, &[("content-range", format!("bytes */{}", all.len()))], 0).map(|()| Vec::new())
            }
            Some(from) => {
                let range = format!("bytes {from}-{}/{}", all.len() - 1, all.len());
                head(to, 206, &[("content-range", range), ("etag", etag.clone())], all.len() - from)?;
                Ok(all[from..].to_vec())
            }
            None => head(to, 200, &[("etag", etag.clone())], all.len()).map(|()| all.to_vec()),
        };
        match plan {
            Plan::Good => {
                let body = rest(to)?;
                to.write_all(&body)
            }
            Plan::Cut(n) => {
                let body = rest(to)?;
                to.write_all(&body[..n.min(body.len())])
            }
            Plan::Stall(n) => {
                let body = rest(to)?;
                to.write_all(&body[..n.min(body.len())])?;
                to.flush()?;
                std::thread::sleep(Duration::from_secs(20));
                Ok(())
            }
            Plan::Drip(pause) => {
                for byte in rest(to)? {
                    to.write_all(&[byte])?;
                    to.flush()?;
                    std::thread::sleep(Duration::from_millis(pause));
                }
                Ok(())
            }
            Plan::Slow(pause) => {
                for piece in rest(to)?.chunks(1 << 16) {
                    to.write_all(piece)?;
                    to.flush()?;
                    std::thread::sleep(Duration::from_millis(pause));
                }
                Ok(())
            }
            Plan::Silence => {
                std::thread::sleep(Duration::from_secs(20));
                Ok(())
            }
            Plan::IgnoreRange(n) => {
                head(to, 200, &[("etag", etag)], all.len())?;
                to.write_all(&all[..n.min(all.len())])
            }
            Plan::WrongRange(from) => {
                let from = from.min(all.len() as u64 - 1);
                let range = format!("bytes {from}-{}/{}", all.len() - 1, all.len());
                let rest = &all[usize::try_from(from).unwrap()..];
                head(to, 206, &[("content-range", range), ("etag", etag)], rest.len())?;
                to.write_all(rest)
            }
            Plan::NonsenseRange => {
                head(to, 206, &[("content-range", "elephants 1-2".to_owned()), ("etag", etag)], all.len())?;
                to.write_all(all)
            }
            Plan::Changed(other, etag) => {
                let range = seen.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
                let from = range.and_then(|from| from.parse::<usize>().ok()).filter(|from| *from < other.len());
                let etag = ("etag", etag.to_owned());
                match from {
                    Some(from) => {
                        let range = format!("bytes {from}-{}/{}", other.len() - 1, other.len());
                        head(to, 206, &[("content-range", range), etag], other.len() - from)?;
                        to.write_all(&other[from..])
                    }
                    None => {
                        head(to, 200, &[etag], other.len())?;
                        to.write_all(&other)
                    }
                }
            }
            Plan::Bytes(other) => {
                head(to, 200, &[("etag", etag)], other.len())?;
                to.write_all(&other)
            }
            Plan::Chunked(other) => {
                write!(to, "HTTP/1.1 200 OK\r\netag: {etag}\r\ntransfer-encoding: chunked\r\n\r\n")?;
                for piece in other.chunks(50_000) {
                    write!(to, "{:x}\r\n", piece.len())?;
                    to.write_all(piece)?;
                    to.write_all(b"\r\n")?;
                }
                to.write_all(b"0\r\n\r\n")
            }
            Plan::Endless => {
                write!(to, "HTTP/1.1 200 OK\r\netag: {etag}\r\nconnection: close\r\n\r\n")?;
                let piece = vec![7; 1 << 16];
                loop {
                    to.write_all(&piece)?;
                }
            }
            Plan::Status(status, headers) => head(to, status, &headers, 0),
        }
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

/// Bytes that no compression and no accident makes equal: an LCG's upper bits.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}
