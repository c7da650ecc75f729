//! Asks a server: proxies, certificates, redirects, and what a failure means.
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, bail};
use fs_err as fs;
use ureq::{
    Agent, Body, Timeout,
    config::RedirectAuthHeaders,
    http::{
        Response, Uri,
        header::{AUTHORIZATION, RANGE},
    },
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
};

use super::request::Options;

/// The time to find a name and the time to connect, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Redirects followed for one request; a hub needs two.
const MAX_REDIRECTS: u32 = 10;

/// Asks for one file.
pub(super) struct Client {
    agent: Agent,
    uri: Uri,
}

/// What a try came to, short of the whole file.
pub(super) enum Setback {
    /// Nobody answered.
    Lost(String),
    /// The server answered, but the file is not whole.
    Again(String),
    /// No other try will help.
    Fatal(Error),
}

impl From<Error> for Setback {
    fn from(error: Error) -> Self {
        Self::Fatal(error)
    }
}

impl Client {
    /// Redirects keep the token on the same host only, and from https lead to https only.
    pub(super) fn new(url: &str, options: &Options) -> Result<Self> {
        let uri = address(url)?;
        let agent = Agent::config_builder()
            .tls_config(tls(options)?)
            .proxy(options.proxy.clone())
            .https_only(uri.scheme_str() == Some("https"))
            .http_status_as_error(false)
            .max_redirects(MAX_REDIRECTS)
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .accept_encoding("identity")
            .user_agent(concat!("softmax-lab/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_send_request(Some(options.idle_timeout))
            .timeout_recv_response(Some(options.idle_timeout))
            .timeout_per_read(Some(options.idle_timeout))
            .max_idle_connections(0)
            .build()
            .new_agent();
        Ok(Self { agent, uri })
    }

    /// Asks for the file, or for what comes after the first `from` bytes.
    pub(super) fn get(&self, token: Option<&str>, from: u64) -> Result<Response<Body>, Setback> {
        let mut request = self.agent.get(&self.uri);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        request.call().map_err(|error| self.setback(error))
    }

    /// What the server itself says of the file, be it a redirect, within `limit` from now.
    pub(super) fn head(&self, limit: Duration) -> Result<Response<Body>, Setback> {
        let request = self.agent.head(&self.uri).config().max_redirects(0).max_redirects_will_error(false);
        request.timeout_global(Some(limit)).build().call().map_err(|error| self.setback(error))
    }

    /// What to say if nobody answers.
    pub(super) fn unreachable(&self, cause: &str) -> Error {
        let site = site(&self.uri);
        anyhow!(
            "{site}, or what it redirects to, cannot be reached ({cause}); check the network and the proxy settings, then run again"
        )
    }

    /// The address without user, password and query, which may carry a signature.
    pub(super) fn shown(&self) -> String {
        format!("{}{}", site(&self.uri), self.uri.path())
    }

    fn setback(&self, error: ureq::Error) -> Setback {
        let url = self.shown();
        let redirect = |what: &str| anyhow!("{url} redirects {what}; check the endpoint");
        Setback::Fatal(match error {
            // The addresses in these errors are whole: they are left out.
            ureq::Error::RequireHttpsOnly(_) => redirect("from https to http, which is not encrypted"),
            ureq::Error::TooManyRedirects => redirect(&format!("more than {MAX_REDIRECTS} times in a row")),
            ureq::Error::BadUri(_) => redirect("to what is no https or http address"),
            ureq::Error::Http(_) => anyhow!("{url} cannot be asked: host, path and token must be plain ASCII"),
            ureq::Error::Protocol(error) => {
                let text = error.to_string();
                let cause = text.split(": ").next().unwrap_or_default();
                anyhow!("{url} sent an answer that cannot be used: {cause}; check the endpoint or try another mirror")
            }
            // It stays untrusted: a person has to look at it.
            error if refused_certificate(&error) => anyhow!(
                "{url} cannot be trusted: {}; if that is as it should be, name the site's authority in SSL_CERT_FILE",
                cause(&error)
            ),
            error => return Setback::Lost(cause(&error)),
        })
    }
}

/// An absolute http(s) address.
fn address(url: &str) -> Result<Uri> {
    if let Ok(uri) = url.parse::<Uri>()
        && matches!(uri.scheme_str(), Some("http" | "https"))
        && let (Some(host), Some(authority)) = (uri.host(), uri.authority())
    {
        // A port that is none is not one: ureq would ask the scheme's own instead.
        let host_and_port = authority.as_str().rsplit('@').next().unwrap_or_default();
        if !host.is_empty() && (host_and_port.len() == host.len() || uri.port().is_some()) {
            return Ok(uri);
        }
    }
    // Neither a signature nor a password is shown.
    let shown = url.split('?').next().unwrap_or_default();
    let shown = shown.rsplit_once('@').map_or(shown, |(_, host)| host);
    bail!(
        "`{shown}` is not an address this can fetch: it must begin with https:// or http:// and name a host, and a \
         port is a number up to 65535; correct it and run again"
    )
}

fn site(uri: &Uri) -> String {
    let port = uri.port().map_or(String::new(), |port| format!(":{port}"));
    format!("{}://{}{port}", uri.scheme_str().unwrap_or("https"), uri.host().unwrap_or_default())
}

fn tls(options: &Options) -> Result<TlsConfig> {
    let Some(path) = &options.roots else { return Ok(TlsConfig::default()) };
    let read = || {
        let mut roots: Vec<Certificate<'static>> = Vec::new();
        for item in parse_pem(&fs::read(path)?) {
            if let PemItem::Certificate(certificate) = item? {
                roots.push(certificate);
            }
        }
        anyhow::ensure!(!roots.is_empty(), "it holds no PEM certificate");
        Ok(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build())
    };
    read().with_context(|| format!("the certificates of {} (SSL_CERT_FILE) cannot be used", path.display()))
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
        ureq::Error::Timeout(Timeout::RecvBody | Timeout::PerRead) => "the connection stalled".to_owned(),
        ureq::Error::Timeout(_) => "no answer within the time allowed".to_owned(),
        ureq::Error::HostNotFound => "no such host".to_owned(),
        ureq::Error::Io(error) => error.to_string().to_lowercase(),
        ureq::Error::ConnectProxyFailed(answer) => format!("the proxy refuses: {}", answer.trim()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn an_address_is_http_and_has_a_port_that_is_one() {
        for url in [
            "ftp://me:secret@host/f?secret",
            "file:///etc/passwd",
            "huggingface.co",
            "",
            "https://",
            "http:// x/",
            "http://host:99999/f",
            "https://me:secret@host:65536",
            "https://[::1]:70000/",
        ] {
            let message = address(url).unwrap_err().to_string();
            assert!(message.contains("begin with https:// or http://") && message.contains("up to 65535"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
        for url in ["http://host:65535/f", "https://[::1]:80/", "https://me:secret@host/f?x=1", "http://host"] {
            address(url).unwrap();
        }
    }

    #[test]
    fn a_certificate_file_must_hold_certificates() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (path, want) in [(file.path(), "no PEM certificate"), (Path::new("/no/such.pem"), "/no/such.pem")] {
            let options = Options { roots: Some(path.to_owned()), ..Options::default() };
            let message = format!("{:#}", tls(&options).unwrap_err());
            assert!(message.contains("SSL_CERT_FILE") && message.contains(want), "{message}");
        }
    }
}
