use std::time::Duration;

use ureq::http::header::{AUTHORIZATION, IF_RANGE, LOCATION, RANGE};
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body, Timeout};

use super::address::Address;
use super::{Error, Options};

/// Redirects followed for one request; a hub needs two.
const MAX_REDIRECTS: u32 = 10;

/// Asks with GET, follows redirects itself, and decides at each hop which proxy serves and whether the token goes along.
pub(super) struct Client<'a> {
    agent: Agent,
    options: &'a Options,
}

/// An answer that is not a redirect.
pub(super) struct Answer {
    pub(super) response: Response<Body>,
    /// The headers of the first answer: the hub's own, where the file itself comes from elsewhere.
    pub(super) first: Option<HeaderMap>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// A header of the first answer, which is this one where nothing was redirected.
    pub(super) fn first_header(&self, name: &str) -> Option<&str> {
        self.first.as_ref().unwrap_or(self.response.headers()).get(name)?.to_str().ok()
    }
}

/// Why there is no answer.
pub(super) enum NoAnswer {
    /// Nobody answered; another try may help.
    Lost { host: String, cause: String },
    /// No try will help.
    Fatal(Error),
}

/// The rest of a file, if it is still the one that `etag` names.
pub(super) struct Resume<'a> {
    pub(super) offset: u64,
    pub(super) etag: &'a str,
}

impl<'a> Client<'a> {
    pub(super) fn new(options: &'a Options) -> Result<Self, Error> {
        let agent = Agent::config_builder()
            .tls_config(options.network.tls()?)
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .accept_encoding("identity")
            .user_agent(concat!("softmax-lab/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(options.connect_timeout))
            .timeout_connect(Some(options.connect_timeout))
            .timeout_send_request(Some(options.idle_timeout))
            .timeout_recv_response(Some(options.idle_timeout))
            .timeout_per_read(Some(options.idle_timeout))
            .max_idle_connections(0)
            .build()
            .new_agent();
        Ok(Self { agent, options })
    }

    /// Asks for a file, or for the rest of it.
    ///
    /// The token goes only to the origin (scheme, host and port) of `url` itself. A redirect from https to http is
    /// refused; one from http, which someone chose as an endpoint, may lead to either.
    pub(super) fn get(
        &self,
        url: &Address,
        token: Option<&str>,
        resume: Option<&Resume<'_>>,
    ) -> Result<Answer, NoAnswer> {
        let mut at = url.clone();
        let mut first = None;
        for _ in 0..=MAX_REDIRECTS {
            let proxy = self.options.network.proxy(&at).map_err(NoAnswer::Fatal)?;
            let mut request = self.agent.get(at.uri());
            if let Some(token) = token.filter(|_| at.origin() == url.origin()) {
                request = request.header(AUTHORIZATION, format!("Bearer {token}"));
            }
            if let Some(Resume { offset, etag }) = resume {
                request = request.header(RANGE, format!("bytes={offset}-")).header(IF_RANGE, *etag);
            }
            let response = match request.config().proxy(proxy).build().call() {
                Ok(response) => response,
                Err(error) => return Err(no_answer(&at, error)),
            };
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(Answer { response, first });
            }
            let refuse = |cause: String| NoAnswer::Fatal(Error::Redirect { url: at.shown(), cause });
            let Some(location) = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()) else {
                return Err(refuse("does not say where to".to_owned()));
            };
            let next = at.join(location).map_err(|error| refuse(error.to_string()))?;
            if at.is_https() && !next.is_https() {
                return Err(refuse(format!("to {}, which is not encrypted", next.shown())));
            }
            first.get_or_insert_with(|| response.headers().clone());
            at = next;
        }
        let cause = format!("more than {MAX_REDIRECTS} times in a row");
        Err(NoAnswer::Fatal(Error::Redirect { url: url.shown(), cause }))
    }

    /// Whether anybody answers at `url`, whatever the answer, within `limit` from now.
    pub(super) fn reach(&self, url: &Address, limit: Duration) -> Result<(), Error> {
        let proxy = self.options.network.proxy(url)?;
        let request = self.agent.head(url.uri()).config().proxy(proxy).timeout_global(Some(limit)).build();
        match request.call() {
            Ok(_) => Ok(()),
            Err(error) => match no_answer(url, error) {
                NoAnswer::Lost { host, cause } => Err(Error::Unreachable { host, cause }),
                NoAnswer::Fatal(error) => Err(error),
            },
        }
    }
}

fn no_answer(at: &Address, error: ureq::Error) -> NoAnswer {
    let answer = |cause: String| NoAnswer::Fatal(Error::Answer { url: at.shown(), cause });
    match error {
        ureq::Error::Http(_) | ureq::Error::BadUri(_) => {
            NoAnswer::Fatal(Error::BadUrl { url: at.shown(), expected: "host, path and token must be plain ASCII" })
        }
        ureq::Error::LargeResponseHeader(size, limit) => answer(format!("{size} bytes of headers, {limit} allowed")),
        ureq::Error::Protocol(error) => answer(format!("not HTTP: {error}")),
        // It stays untrusted: a person has to look at it.
        error if refused_certificate(&error) => {
            answer(format!("{}; if that is as it should be, name the site's authority in SSL_CERT_FILE", cause(&error)))
        }
        error => NoAnswer::Lost { host: at.site(), cause: cause(&error) },
    }
}

fn refused_certificate(error: &ureq::Error) -> bool {
    let rustls = match error {
        ureq::Error::Rustls(error) => Some(error),
        // A handshake is driven by reads and writes, so its errors come in theirs.
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    };
    matches!(rustls, Some(rustls::Error::InvalidCertificate(_)))
}

/// An error in few words, without the layers' own prefixes.
pub(super) fn cause(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(Timeout::Resolve) => "the name server does not answer".to_owned(),
        ureq::Error::Timeout(Timeout::Connect) => "no connection within the time allowed".to_owned(),
        ureq::Error::Timeout(Timeout::RecvResponse | Timeout::Global) => "no answer within the time allowed".to_owned(),
        ureq::Error::Timeout(_) => "the connection stalled".to_owned(),
        ureq::Error::HostNotFound => "no such host".to_owned(),
        ureq::Error::Io(error) => error.to_string().to_lowercase(),
        ureq::Error::ConnectProxyFailed(answer) => format!("the proxy refuses: {}", answer.trim()),
        other => other.to_string(),
    }
}
