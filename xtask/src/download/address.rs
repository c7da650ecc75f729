//! The address of a file: which origin it belongs to, and what of it may be shown.

/// An absolute http(s) address, of which every character means the same to curl as here.
#[derive(Debug, Clone)]
pub(super) struct Address {
    whole: String,
    https: bool,
    /// With brackets, if it is an IPv6 address.
    host: String,
    port: Option<u16>,
    /// Where the path begins in `whole`.
    path_at: usize,
}

impl Address {
    /// `None` if it is not an http(s) address with a host, or its port is above 65535.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // In others, programs disagree on where the host ends.
        let is_plain = |b: u8| b.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&b);
        let (scheme, rest) = text.split_once("://")?;
        let https = scheme.eq_ignore_ascii_case("https");
        if !text.bytes().all(is_plain) || !https && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let end_of_host = match host_and_port.find(']') {
            Some(bracket) => bracket + 1,
            None => host_and_port.find(':').unwrap_or(host_and_port.len()),
        };
        let (host, port) = host_and_port.split_at(end_of_host);
        let port = match port.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(digits.parse().ok()?),
            Some(_) => return None,
            None if port.is_empty() => None,
            None => return None,
        };
        let is_name = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        let is_v6 = |host: &str| host.bytes().all(|b| b.is_ascii_hexdigit() || b":.".contains(&b));
        let good = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(inside) => !inside.is_empty() && is_v6(inside),
            None => !host.is_empty() && is_name(host),
        };
        let path_at = scheme.len() + "://".len() + authority.len();
        good.then(|| Self { whole: text.to_owned(), https, host: host.to_ascii_lowercase(), port, path_at })
    }

    /// Where a `Location` that came from here leads.
    pub(super) fn join(&self, location: &str) -> Option<Self> {
        let location = location.split('#').next().unwrap_or_default();
        let path = self.whole[self.path_at..].split(['?', '#']).next().unwrap_or_default();
        let before_path = &self.whole[..self.path_at];
        // A scheme comes before any `/`, `?` or `#`.
        let scheme = location.split(['/', '?']).next().is_some_and(|first| first.contains(':'));
        Self::parse(&match location {
            absolute if scheme => absolute.to_owned(),
            other_host if other_host.starts_with("//") => format!("{}:{other_host}", self.scheme()),
            from_root if from_root.starts_with('/') => format!("{before_path}{from_root}"),
            query if query.starts_with('?') => format!("{before_path}{path}{query}"),
            beside => format!("{before_path}{}/{beside}", path.rsplit_once('/').map_or("", |(folder, _)| folder)),
        })
    }

    /// Whether scheme, host and port are the same.
    pub(super) fn same_origin(&self, other: &Self) -> bool {
        let origin = |address: &Self| {
            let port = address.port.unwrap_or(if address.https { 443 } else { 80 });
            (address.https, address.host.clone(), port)
        };
        origin(self) == origin(other)
    }

    pub(super) fn is_https(&self) -> bool {
        self.https
    }

    /// The requested address, with user, password and query.
    pub(super) fn whole(&self) -> &str {
        &self.whole
    }

    /// Scheme, host and port.
    pub(super) fn site(&self) -> String {
        let port = self.port.map_or(String::new(), |port| format!(":{port}"));
        format!("{}://{}{port}", self.scheme(), self.host)
    }

    /// The address without user, password and query, which may carry a signature.
    pub(super) fn shown(&self) -> String {
        self.site() + self.whole[self.path_at..].split(['?', '#']).next().unwrap_or_default()
    }

    fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_http_and_has_a_host_and_a_port() {
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
            "https://[::1]x/",
            "https://host:/",
            "http://host:+80/",
            // Programs read another host out of these.
            "http://good\\@evil/",
            "http://good\n.evil/",
            "http://go\"od/",
            "http://gööd/",
            "http://host%2fevil/",
        ] {
            assert!(Address::parse(url).is_none(), "{url}");
        }
        for (url, site, shown) in [
            ("http://host:65535/f", "http://host:65535", "http://host:65535/f"),
            ("https://[::1]:80/", "https://[::1]:80", "https://[::1]:80/"),
            ("HTTPS://me:secret@Host/f?x=secret", "https://host", "https://host/f"),
            ("http://me:a@b@host?q=/x", "http://host", "http://host"),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!((address.site().as_str(), address.shown().as_str()), (site, shown), "{url}");
        }
    }

    /// The cases of RFC 3986, section 5.4.1, that a `Location` has in practice.
    #[test]
    fn a_location_leads_where_the_rfc_says() {
        let base = Address::parse("http://a/b/c/d?q").unwrap();
        for (location, wanted) in [
            ("g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d?y"),
            ("g?y#s", "http://a/b/c/g?y"),
            ("https://x:1/y?z=http://w", "https://x:1/y?z=http://w"),
            ("g?u=http://h:1", "http://a/b/c/g?u=http://h:1"),
        ] {
            assert_eq!(base.join(location).unwrap().whole(), wanted, "{location}");
        }
        for location in ["ftp://x/", "http:g", "file:///etc/passwd", "mailto:x"] {
            assert!(base.join(location).is_none(), "{location}");
        }
        assert_eq!(Address::parse("https://a").unwrap().join("g").unwrap().whole(), "https://a/g");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let one = Address::parse("https://Host/a").unwrap();
        for (other, same) in [
            ("https://host:443/b", true),
            ("https://me:you@host/", true),
            ("https://host:444/a", false),
            ("http://host/a", false),
            ("http://host:443/a", false),
            ("https://host.evil/a", false),
            ("https://host@evil/a", false),
        ] {
            assert_eq!(one.same_origin(&Address::parse(other).unwrap()), same, "{other}");
        }
    }
}
