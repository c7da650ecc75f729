use ureq::http::Uri;
use ureq::http::uri::PathAndQuery;

use super::Error;

const EXPECTED: &str = "it must begin with https:// or http:// and name a host";

/// An absolute http(s) address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(Uri);

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, Error> {
        let bad = || Error::BadUrl { url: url.to_owned(), expected: EXPECTED };
        let uri: Uri = url.parse().map_err(|_| bad())?;
        match uri.scheme_str() {
            Some("http" | "https") if uri.host().is_some_and(|host| !host.is_empty()) => Ok(Self(uri)),
            _ => Err(bad()),
        }
    }

    /// Where a `Location` header leads from here (RFC 3986, section 5.2, without dot segments: servers send none).
    pub(super) fn join(&self, location: &str) -> Result<Self, Error> {
        let location = location.split('#').next().unwrap_or_default();
        let base = &self.0;
        let origin = format!("{}://{}", self.scheme(), base.authority().map_or("", |authority| authority.as_str()));
        let has_scheme = location.split_once(':').is_some_and(|(scheme, _)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        });
        if has_scheme {
            Self::parse(location)
        } else if let Some(rest) = location.strip_prefix("//") {
            Self::parse(&format!("{}://{rest}", self.scheme()))
        } else if location.starts_with('/') {
            Self::parse(&format!("{origin}{location}"))
        } else if location.starts_with('?') {
            Self::parse(&format!("{origin}{}{location}", base.path()))
        } else {
            let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            Self::parse(&format!("{origin}{folder}/{location}"))
        }
    }

    pub(super) fn scheme(&self) -> &str {
        self.0.scheme_str().unwrap_or("https")
    }

    pub(super) fn is_https(&self) -> bool {
        self.scheme() == "https"
    }

    pub(super) fn host(&self) -> &str {
        self.0.host().unwrap_or_default()
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// Scheme, host and port: who a token may be shown to.
    pub(super) fn origin(&self) -> String {
        format!("{}://{}:{}", self.scheme(), self.host().to_ascii_lowercase(), self.port())
    }

    /// For messages: without user, password and query, which may carry a signature.
    pub(super) fn shown(&self) -> String {
        let path = self.0.path_and_query().map_or("/", PathAndQuery::path);
        format!("{}{path}", self.site())
    }

    /// For messages: scheme, host and, where it is given, port.
    pub(super) fn site(&self) -> String {
        let port = self.0.port().map_or(String::new(), |port| format!(":{port}"));
        format!("{}://{}{port}", self.scheme(), self.host())
    }

    pub(super) fn uri(&self) -> Uri {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn locations_resolve_as_in_rfc_3986() {
        let base = Address::parse("https://hub.example:8443/a/b/c?x=1").unwrap();
        for (location, want) in [
            ("http://cdn.example/f?sig=2#part", "http://cdn.example/f?sig=2"),
            ("//cdn.example/f", "https://cdn.example/f"),
            ("/api/f?y=2", "https://hub.example:8443/api/f?y=2"),
            ("d?z=a:b", "https://hub.example:8443/a/b/d?z=a:b"),
            ("?q=3", "https://hub.example:8443/a/b/c?q=3"),
        ] {
            assert_eq!(base.join(location).unwrap().uri().to_string(), want, "{location}");
        }
    }

    #[test]
    fn addresses_of_other_kinds_are_refused() {
        for url in ["ftp://host/f", "file:///etc/passwd", "huggingface.co", "", "https://", "http:// x/"] {
            let message = Address::parse(url).unwrap_err().to_string();
            assert!(message.contains("must begin with https:// or http://"), "{message}");
        }
        let base = Address::parse("https://hub.example/a").unwrap();
        assert!(base.join("file:///etc/passwd").is_err());
    }

    #[test]
    fn messages_hide_what_signs_an_address() {
        let address = Address::parse("https://me:secret@cdn.example:8443/blob?Signature=abc").unwrap();
        assert_eq!(address.shown(), "https://cdn.example:8443/blob");
    }

    #[test]
    fn an_origin_has_its_port_spelled_out() {
        let same = ["https://Hub.example/a", "https://hub.example:443/b?c"];
        for url in same {
            assert_eq!(Address::parse(url).unwrap().origin(), "https://hub.example:443");
        }
        assert_eq!(Address::parse("http://hub.example").unwrap().origin(), "http://hub.example:80");
    }
}
