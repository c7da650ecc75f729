//! `lab serve`, and a client with raw requests.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    ops::Deref,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A lab that serves the demo pair until this is dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) door: Door,
}

/// Where it listens, and what opens it.
#[derive(Clone, Copy)]
pub(crate) struct Door {
    pub(crate) port: u16,
    /// The token of the printed address; empty if there is none.
    pub(crate) token: &'static str,
}

impl Deref for Server {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_as(Command::new(env!("CARGO_BIN_EXE_lab")).args(["serve", "--models", "demo"]))
    }

    /// A server with a limit on open files and connections.
    #[cfg(unix)]
    pub(crate) fn start_with_descriptors(count: usize) -> Self {
        let script = format!("ulimit -n {count}; exec \"$0\" serve --models demo");
        Self::start_as(Command::new("sh").args(["-c", &script, env!("CARGO_BIN_EXE_lab")]))
    }

    pub(crate) fn start_as(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("lab starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped")).read_line(&mut line).expect("lab speaks");
        let rest = line.trim().strip_prefix("The lab is at http://127.0.0.1:");
        let (port, query) = rest.and_then(|rest| rest.split_once('/')).unwrap_or_else(|| panic!("{line:?}"));
        let token = query.strip_prefix("?token=").unwrap_or_default().to_owned().leak();
        Self { child, door: Door { port: port.parse().expect("a port"), token } }
    }
}

impl Door {
    /// The headers of a browser that has opened the page.
    pub(crate) fn head(self) -> String {
        let Self { port, token } = self;
        format!("Host: 127.0.0.1:{port}\r\nCookie: lab-{port}={token}\r\n")
    }

    pub(crate) fn open(self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(stream)
    }

    pub(crate) fn connect(self) -> TcpStream {
        self.open().expect("it listens")
    }

    /// Begins a request to one of its addresses; all of its body is sent, or only its first half.
    pub(crate) fn begin(self, path: &str, body: &str, half: bool) -> io::Result<TcpStream> {
        let mut stream = self.open()?;
        let (head, length) = (self.head(), body.len());
        let sent = if half { &body[..length / 2] } else { body };
        write!(
            stream,
            "POST {path} HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{sent}"
        )?;
        Ok(stream)
    }

    /// Status and body of the answer to a request with these headers, which come from a browser that has opened the page.
    pub(crate) fn ask(self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
        self.try_ask(method, path, headers, body).unwrap_or_else(|e| panic!("{method} {path}: {e}"))
    }

    /// The same, for a connection that may be closed.
    pub(crate) fn try_ask(
        self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<(u16, Vec<u8>)> {
        let cookie = format!("lab-{}={}", self.port, self.token);
        let (status, _, body) = self.whole(method, path, &[&[("Cookie", &*cookie)], headers].concat(), body)?;
        Ok((status, body))
    }

    /// Status, head and body of the answer to a request with these headers and no others.
    pub(crate) fn whole(
        self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<(u16, String, Vec<u8>)> {
        let mut stream = self.open()?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        // It may refuse before all of it has come.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end =
            answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(|| io::Error::other("no answer"))?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        Ok((head[9..12].parse().expect("a status"), head, answer[end + 4..].to_vec()))
    }

    pub(crate) fn post(self, path: &str, body: &str) -> (u16, Vec<u8>) {
        self.try_post(path, body).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    pub(crate) fn try_post(self, path: &str, body: &str) -> io::Result<(u16, Vec<u8>)> {
        let host = format!("127.0.0.1:{}", self.port);
        self.try_ask("POST", path, &[("Host", &host), ("Content-Type", "application/json")], body.as_bytes())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
