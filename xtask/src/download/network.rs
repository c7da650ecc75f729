use std::path::PathBuf;

use ureq::Proxy;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::Error;
use super::address::Address;

/// How to get out: proxies and certificate authorities, as Python's HTTP clients take them from the environment.
///
/// - `HTTPS_PROXY` and `HTTP_PROXY` by the address' scheme, else `ALL_PROXY`; the lower-case name wins; a proxy
///   without a scheme is an http one; `socks5://` and `socks5h://` work too.
/// - `NO_PROXY`: names separated by commas. `hub.example` also means its subdomains, `.hub.example` (or
///   `*.hub.example`) means those alone, `host:port` one port, `*` everything.
/// - `SSL_CERT_FILE`, else `REQUESTS_CA_BUNDLE`, else `CURL_CA_BUNDLE`: a PEM file whose certificates take the place
///   of the bundled Mozilla roots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    http: Option<Setting>,
    https: Option<Setting>,
    all: Option<Setting>,
    no_proxy: Vec<String>,
    roots: Option<(&'static str, PathBuf)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Setting {
    name: &'static str,
    value: String,
}

impl Network {
    /// The settings of this process' environment.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// The settings that `lookup` gives, by variable name.
    #[must_use]
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        // urllib: a lower-case variable wins over the upper-case one, even when it is empty.
        let either = |lower: &'static str, upper: &'static str| {
            let (name, value) = match lookup(lower) {
                Some(value) => (lower, value),
                None => (upper, lookup(upper)?),
            };
            (!value.is_empty()).then_some(Setting { name, value })
        };
        let no_proxy = either("no_proxy", "NO_PROXY").map_or(String::new(), |setting| setting.value);
        Self {
            http: either("http_proxy", "HTTP_PROXY"),
            https: either("https_proxy", "HTTPS_PROXY"),
            all: either("all_proxy", "ALL_PROXY"),
            no_proxy: no_proxy
                .split(',')
                .map(|entry| entry.trim().to_ascii_lowercase())
                .filter(|entry| !entry.is_empty())
                .collect(),
            roots: ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
                .into_iter()
                .find_map(|name| Some((name, PathBuf::from(lookup(name).filter(|value| !value.is_empty())?)))),
        }
    }

    /// The proxy that an address is asked through.
    pub(super) fn proxy(&self, address: &Address) -> Result<Option<Proxy>, Error> {
        let by_scheme = if address.is_https() { &self.https } else { &self.http };
        let Some(Setting { name, value }) = by_scheme.as_ref().or(self.all.as_ref()) else { return Ok(None) };
        if self.bypasses(address) {
            return Ok(None);
        }
        let url = if value.contains("://") { value.clone() } else { format!("http://{value}") };
        Proxy::new(&url).map(Some).map_err(|error| {
            let shown = value.rsplit_once('@').map_or(value.as_str(), |(_, host)| host).to_owned();
            Error::Setting { name, value: shown, cause: error.to_string() }
        })
    }

    fn bypasses(&self, address: &Address) -> bool {
        let host = address.host().trim_matches(['[', ']']).to_ascii_lowercase();
        self.no_proxy.iter().any(|entry| {
            if entry == "*" {
                return true;
            }
            let entry = entry.split_once("://").map_or(entry.as_str(), |(_, rest)| rest);
            // A port is what follows the only colon, or the colon after a bracket; `::1` has none.
            let (name, port) = match entry.rsplit_once(':') {
                Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port.parse::<u16>().ok()),
                _ => (entry, None),
            };
            let name = name.trim_matches(['[', ']']);
            if port.is_some_and(|port| port != address.port()) {
                return false;
            }
            match name.strip_prefix('*').unwrap_or(name) {
                suffix if suffix.starts_with('.') => host.ends_with(suffix),
                name => host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')),
            }
        })
    }

    pub(super) fn tls(&self) -> Result<TlsConfig, Error> {
        let Some((name, path)) = &self.roots else { return Ok(TlsConfig::default()) };
        let bad = |cause: String| Error::Setting { name, value: path.display().to_string(), cause };
        let pem = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
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
}

#[cfg(test)]
mod tests {
    use super::{Address, Network};

    fn network(variables: &[(&str, &str)]) -> Network {
        Network::from_lookup(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn proxy_for(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let proxy = network(variables).proxy(&Address::parse(url).unwrap()).unwrap()?;
        Some(format!("{}:{}", proxy.host(), proxy.port()))
    }

    #[test]
    fn the_proxy_is_chosen_by_scheme_and_case_as_in_python() {
        let variables = [("HTTPS_PROXY", "http://up:1"), ("https_proxy", "low:2"), ("HTTP_PROXY", "http://plain:3")];
        assert_eq!(proxy_for(&variables, "https://hub.example/").as_deref(), Some("low:2"));
        assert_eq!(proxy_for(&variables, "http://hub.example/").as_deref(), Some("plain:3"));
        assert_eq!(proxy_for(&[("ALL_PROXY", "all:4")], "http://hub.example/").as_deref(), Some("all:4"));
        assert_eq!(proxy_for(&[("HTTP_PROXY", "plain:3")], "https://hub.example/"), None);
        assert_eq!(proxy_for(&[("HTTPS_PROXY", "up:1"), ("https_proxy", "")], "https://hub.example/"), None);
    }

    #[test]
    fn no_proxy_means_names_and_their_subdomains() {
        for (no_proxy, url, bypassed) in [
            ("hub.example", "https://hub.example/", true),
            ("hub.example", "https://cdn.HUB.example/", true),
            ("hub.example", "https://nothub.example/", false),
            (".hub.example", "https://hub.example/", false),
            (".hub.example", "https://cdn.hub.example/", true),
            ("*.hub.example", "https://cdn.hub.example/", true),
            ("other, localhost,127.0.0.1", "http://127.0.0.1:8080/", true),
            ("::1", "http://[::1]:8080/", true),
            ("localhost:8080", "http://localhost:8080/", true),
            ("localhost:8080", "http://localhost:9090/", false),
            ("*", "https://hub.example/", true),
            ("", "https://hub.example/", false),
        ] {
            let variables = [("ALL_PROXY", "all:4"), ("NO_PROXY", no_proxy)];
            assert_eq!(proxy_for(&variables, url).is_none(), bypassed, "{no_proxy} {url}");
        }
    }

    #[test]
    fn a_bad_setting_is_named_without_its_password() {
        let network = network(&[("HTTPS_PROXY", "bad://me:secret@host")]);
        let message = network.proxy(&Address::parse("https://hub.example").unwrap()).unwrap_err().to_string();
        assert!(message.contains("HTTPS_PROXY=`host`") && !message.contains("secret"), "{message}");
    }

    #[test]
    fn a_certificate_file_must_hold_certificates() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let message = network(&[("SSL_CERT_FILE", path)]).tls().unwrap_err().to_string();
        assert!(message.contains("SSL_CERT_FILE") && message.contains("no PEM certificate"), "{message}");
        let message = network(&[("REQUESTS_CA_BUNDLE", "/no/such.pem")]).tls().unwrap_err().to_string();
        assert!(message.contains("REQUESTS_CA_BUNDLE=`/no/such.pem`"), "{message}");
    }
}
