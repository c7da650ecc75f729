//! Asks a server: proxies, certificates, redirects, and what a failure means.
use std::{env, fs, path::PathBuf, time::Duration};

use anyhow::{Error, Result, anyhow};
use ureq::{
    Agent, Body, Proxy, RequestBuilder, Timeout,
    config::RedirectAuthHeaders,
    http::{
        Response, Uri,
        header::{AUTHORIZATION, RANGE},
    },
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
    typestate::WithoutBody,
};

use super::Options;

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
    /// The server answered, but the file is not whole; it may ask for a pause.
    Again(String, Option<Duration>),
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
        let proxy = options.proxy.clone().map_err(|cause| anyhow!("{cause}; correct or unset it and run again"))?;
        let agent = Agent::config_builder()
            .tls_config(tls(options)?)
            .proxy(proxy)
            .https_only(uri.scheme_str() == Some("https"))
            .http_status_as_error(false)
            .max_redirects(MAX_REDIRECTS)
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
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
        Ok(Self { agent, uri })
    }

    /// Asks for the file, or for what comes after the first `from` bytes.
    pub(super) fn get(&self, token: Option<&str>, from: u64) -> Result<Response<Body>, Setback> {
        let request = with_token(self.agent.get(&self.uri), token);
        let request = if from > 0 { request.header(RANGE, format!("bytes={from}-")) } else { request };
        request.call().map_err(|error| self.setback(error))
    }

    /// What the server itself says of the file, be it a redirect, within `limit` from now.
    pub(super) fn head(&self, token: Option<&str>, limit: Option<Duration>) -> Result<Response<Body>, Setback> {
        let request = with_token(self.agent.head(&self.uri), token);
        let request = request.config().max_redirects(0).max_redirects_will_error(false).timeout_global(limit).build();
        request.call().map_err(|error| self.setback(error))
    }

    /// What to say if nobody answers: the server itself, or a host that it redirects to.
    pub(super) fn unreachable(&self, cause: &str, redirected: bool) -> Error {
        let whom = if redirected { format!("what {} redirects to", self.shown()) } else { site(&self.uri) };
        anyhow!("{whom} cannot be reached ({cause}); check the network and the proxy settings, then run again")
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

fn with_token(request: RequestBuilder<WithoutBody>, token: Option<&str>) -> RequestBuilder<WithoutBody> {
    token.iter().fold(request, |request, token| request.header(AUTHORIZATION, format!("Bearer {token}")))
}

/// An absolute http(s) address.
fn address(url: &str) -> Result<Uri> {
    let shown = url.split('?').next().unwrap_or_default();
    let shown = shown.rsplit_once('@').map_or(shown, |(_, host)| host);
    let bad = |what| anyhow!("`{shown}` is not an address this can fetch: {what}; correct it and run again");
    let expected = "it must begin with https:// or http:// and name a host";
    let uri: Uri = url.parse().map_err(|_| bad(expected))?;
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some_and(|host| !host.is_empty()) => {}
        _ => return Err(bad(expected)),
    }
    if has_port(&uri) { Ok(uri) } else { Err(bad("a port is a number up to 65535")) }
}

/// Whether the port, if there is one, is one: ureq would ask the scheme's own instead.
fn has_port(uri: &Uri) -> bool {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    host_and_port.len() == uri.host().map_or(0, str::len) || uri.port_u16().is_some()
}

fn site(uri: &Uri) -> String {
    let port = uri.port().map_or(String::new(), |port| format!(":{port}"));
    format!("{}://{}{port}", uri.scheme_str().unwrap_or("https"), uri.host().unwrap_or_default())
}

/// The proxy of `ALL_PROXY`, `HTTPS_PROXY` or `HTTP_PROXY` as ureq reads them, and the hosts of `NO_PROXY` that are
/// asked without it, where a name also stands for its subdomains, as other programs have it.
pub(super) fn proxy_from_env() -> Result<Option<Proxy>, String> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let names = ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];
    let Some(set) = names.into_iter().find(|name| variable(name).is_some()) else { return Ok(None) };
    let unusable = || format!("{set} is not the address of a proxy, such as http://host:port");
    let proxy = Proxy::try_from_env().filter(|proxy| has_port(proxy.uri())).ok_or_else(unusable)?;
    let mut builder = Proxy::builder(proxy.protocol()).host(proxy.host()).port(proxy.port());
    if let Some(user) = proxy.username() {
        builder = builder.username(user).password(proxy.password().unwrap_or_default());
    }
    let no_proxy = variable("NO_PROXY").or_else(|| variable("no_proxy")).unwrap_or_default();
    for host in no_proxy.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        builder = builder.no_proxy(host).no_proxy(&format!(".{}", host.trim_start_matches(['*', '.'])));
    }
    builder.build().map(Some).map_err(|_| unusable())
}

/// The file that takes the place of the bundled Mozilla roots, as Python's HTTP clients find it.
pub(super) fn roots_from_env() -> Option<PathBuf> {
    let names = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
    names.into_iter().find_map(|name| env::var_os(name).filter(|value| !value.is_empty())).map(PathBuf::from)
}

fn tls(options: &Options) -> Result<TlsConfig> {
    let Some(path) = &options.roots else { return Ok(TlsConfig::default()) };
    let bad = |cause: String| {
        anyhow!("the certificates of {} (SSL_CERT_FILE or the like) cannot be used: {cause}", path.display())
    };
    let pem = fs::read(path).map_err(|error| bad(error.to_string()))?;
    let mut roots: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| bad(error.to_string()))? {
            roots.push(certificate);
        }
    }
    if roots.is_empty() {
        return Err(bad("it holds no PEM certificate".to_owned()));
    }
    Ok(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build())
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
        for url in
            ["ftp://me:secret@host/f?secret", "file:///etc/passwd", "huggingface.co", "", "https://", "http:// x/"]
        {
            let message = address(url).unwrap_err().to_string();
            assert!(
                message.contains("must begin with https:// or http://") && !message.contains("secret"),
                "{message}"
            );
        }
        for url in ["http://host:99999/f", "https://me:secret@host:65536", "https://[::1]:70000/"] {
            let message = address(url).unwrap_err().to_string();
            assert!(message.contains("up to 65535") && !message.contains("secret"), "{message}");
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
            let message = tls(&options).unwrap_err().to_string();
            assert!(message.contains("SSL_CERT_FILE") && message.contains(want), "{message}");
        }
    }
}
