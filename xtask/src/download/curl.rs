//! One request by one curl, and its response as it comes.
use std::{
    env,
    io::{ErrorKind, Read, Write},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Error, anyhow};

use super::{address::Address, request::Options};

/// The time to find a name and to connect, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Bytes read from curl at once, and how many such pieces wait to be written.
const PIECE: usize = 1 << 17;
const WAITING: usize = 8;
/// The maximum length of a response head.
const LONGEST_HEAD: usize = 1 << 20;

/// A request that has not been sent.
pub(super) struct Curl {
    /// As in a configuration file of curl's. It goes through stdin: other users can read a command line.
    config: String,
}

/// Why a response is missing or incomplete.
pub(super) enum Ended {
    /// No response, or the connection broke.
    Lost(String),
    /// The response is not HTTP.
    Unusable(String),
    /// The certificate is refused.
    Untrusted(String),
    /// curl is not installed.
    NoCurl(Error),
}

impl Curl {
    pub(super) fn new(options: &Options, address: &Address) -> Self {
        let mut curl = Self { config: String::new() };
        // No compression: the hash and resumption refer to the server's bytes.
        curl.header("Accept-Encoding: identity");
        for flag in ["silent", "show-error", "include", "suppress-connect-headers", "no-buffer", "globoff", "http1.1"] {
            curl.flag(flag);
        }
        curl.set("url", address.whole());
        curl.set("proto", if address.is_https() { "=https" } else { "=http" });
        curl.set("user-agent", concat!("softmax-lab/", env!("CARGO_PKG_VERSION")));
        curl.set("connect-timeout", &CONNECT_TIMEOUT.as_secs().to_string());
        // A curl whose parent was killed ends with the next bytes that come, or after this time without any.
        curl.set("speed-limit", "1");
        curl.set("speed-time", &(2 * options.idle_timeout.as_secs() + 10).to_string());
        if !options.proxies {
            curl.set("noproxy", "*");
        }
        if let Some(path) = &options.roots {
            curl.set("cacert", &path.to_string_lossy());
        }
        curl
    }

    pub(super) fn flag(&mut self, name: &str) {
        self.config += &format!("{name}\n");
    }

    pub(super) fn header(&mut self, line: &str) {
        self.set("header", line);
    }

    fn set(&mut self, name: &str, value: &str) {
        let quoted = value.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n").replace('\r', r"\r");
        self.config += &format!("{name} = \"{quoted}\"\n");
    }

    /// Sends it. `patience` is the time for the head of the response, and the longest silence in its body.
    pub(super) fn start(self, patience: Duration) -> Result<Response, Ended> {
        let mut command = Command::new("curl");
        // Without the user's `.curlrc`: it could print more, or less.
        command.args(["--disable", "--config", "-"]);
        // curl reads this one in lower case only, since CGI programs get HTTP_PROXY from any client.
        if let Some(proxy) = env::var_os("HTTP_PROXY").filter(|_| env::var_os("http_proxy").is_none()) {
            command.env("http_proxy", proxy);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => Ended::NoCurl(anyhow!(
                "curl, which downloads, is not on this machine: install it (`apt-get install curl`, say) and run again"
            )),
            _ => Ended::NoCurl(anyhow!("curl cannot be started: {error}")),
        })?;
        if let Some(mut stdin) = child.stdin.take() {
            // If curl has exited already, its message explains why.
            let _ = stdin.write_all(self.config.as_bytes());
        }
        let (sender, pieces) = sync_channel(WAITING);
        if let Some(mut stdout) = child.stdout.take() {
            thread::spawn(move || {
                loop {
                    let mut piece = vec![0; PIECE];
                    match stdout.read(&mut piece) {
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        Ok(0) | Err(_) => return,
                        Ok(n) => {
                            piece.truncate(n);
                            if sender.send(piece).is_err() {
                                return;
                            }
                        }
                    }
                }
            });
        }
        Body { child, pieces, early: None, patience }.after_head()
    }
}

/// A response whose head is here.
pub(super) struct Response {
    pub(super) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(super) body: Body,
}

impl Response {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The body of a response as it comes. curl ends with it.
pub(super) struct Body {
    child: Child,
    pieces: Receiver<Vec<u8>>,
    /// Body bytes that arrived with the head.
    early: Option<Vec<u8>>,
    patience: Duration,
}

impl Body {
    /// The next bytes, or none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, Ended> {
        if let Some(early) = self.early.take() {
            return Ok(Some(early));
        }
        match self.pieces.recv_timeout(self.patience) {
            Ok(piece) => Ok(Some(piece)),
            Err(RecvTimeoutError::Timeout) => Err(Ended::Lost("the connection stalled".to_owned())),
            Err(RecvTimeoutError::Disconnected) => self.end().map(|()| None),
        }
    }

    /// Reads up to the body.
    fn after_head(mut self) -> Result<Response, Ended> {
        let (start, mut read) = (Instant::now(), Vec::new());
        loop {
            let left = self.patience.saturating_sub(start.elapsed());
            match self.pieces.recv_timeout(left) {
                Ok(piece) => read.extend(piece),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Ended::Lost("no response within the time allowed".to_owned()));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    self.end()?;
                    return Err(Ended::Lost("the response has no end".to_owned()));
                }
            }
            while let Some((head, body_at)) = split_head(&read) {
                let (status, headers) = parse_head(head).ok_or_else(|| Ended::Unusable("it is not HTTP".to_owned()))?;
                read.drain(..body_at);
                // The response proper comes after one like `100 Continue`.
                if status >= 200 {
                    self.early = Some(read).filter(|early| !early.is_empty());
                    return Ok(Response { status, headers, body: self });
                }
            }
            if read.len() > LONGEST_HEAD {
                return Err(Ended::Unusable("its head has no end".to_owned()));
            }
        }
    }

    /// curl's message at its end.
    fn end(&mut self) -> Result<(), Ended> {
        let (mut stderr_text, mut code) = (String::new(), None);
        if let Some(stderr) = self.child.stderr.take() {
            let _ = stderr.take(1 << 16).read_to_string(&mut stderr_text);
        }
        if let Ok(status) = self.child.wait() {
            code = status.code();
        }
        let first = stderr_text.lines().find(|line| line.starts_with("curl: ")).unwrap_or_default();
        let cause = first.split_once(") ").map_or(first, |(_, cause)| cause).trim();
        // man curl, EXIT CODES
        match code {
            Some(0) => Ok(()),
            Some(5) => Err(Ended::Lost("no such proxy".to_owned())),
            Some(6) => Err(Ended::Lost("no such host".to_owned())),
            Some(28) => Err(Ended::Lost("no response within the time allowed".to_owned())),
            Some(51 | 60 | 77 | 82 | 83 | 90 | 91) => Err(Ended::Untrusted(untrusted(cause))),
            Some(1 | 3 | 8) => Err(Ended::Unusable(lower(cause))),
            Some(56) if cause.contains("CONNECT") => Err(Ended::Lost(format!("the proxy refuses: {cause}"))),
            _ if cause.is_empty() => Err(Ended::Lost("curl ended without a word".to_owned())),
            _ => Err(Ended::Lost(lower(cause))),
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// curl's certificate errors always contain the word.
fn untrusted(cause: &str) -> String {
    if cause.contains("certificate") { lower(cause) } else { format!("its certificate is refused ({cause})") }
}

/// As a clause of a sentence.
fn lower(cause: &str) -> String {
    let mut letters = cause.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// The head at the beginning of `read`, and the body's offset, if the head is complete.
fn split_head(read: &[u8]) -> Option<(&[u8], usize)> {
    let mut line_at = 0;
    while let Some(length) = read[line_at..].iter().position(|&b| b == b'\n') {
        let line = &read[line_at..line_at + length];
        if line.is_empty() || line == b"\r" {
            return Some((&read[..line_at], line_at + length + 1));
        }
        line_at += length + 1;
    }
    None
}

fn parse_head(head: &[u8]) -> Option<(u16, Vec<(String, String)>)> {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/")?.split(' ').nth(1)?.trim().parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    Some((status, lines.filter_map(header).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_with_its_empty_line() {
        for (read, wanted) in [
            (&b"HTTP/1.1 200 OK\r\na: b\r\n\r\nbody\n\n"[..], Some(("HTTP/1.1 200 OK\r\na: b\r\n", 25))),
            (b"HTTP/1.1 200 OK\na: b\n\nbody", Some(("HTTP/1.1 200 OK\na: b\n", 22))),
            (b"HTTP/1.1 200 OK\r\na: b\r\n", None),
            (b"", None),
        ] {
            let wanted = wanted.map(|(head, at)| (head.as_bytes(), at));
            assert_eq!(split_head(read), wanted, "{}", String::from_utf8_lossy(read));
        }
        let head = parse_head(b"HTTP/2 206 \r\nContent-Range:  bytes 1-2/3 \r\n").unwrap();
        assert_eq!(head, (206, vec![("content-range".to_owned(), "bytes 1-2/3".to_owned())]));
        assert!(parse_head(b"SSH-2.0-OpenSSH\r\n").is_none());
    }

    #[test]
    fn nothing_in_a_value_is_another_option() {
        let mut curl = Curl { config: String::new() };
        curl.header("a: \"\\\noutput = \"/etc/passwd\"");
        assert_eq!(curl.config, "header = \"a: \\\"\\\\\\noutput = \\\"/etc/passwd\\\"\"\n");
    }
}
