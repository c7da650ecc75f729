//! Access control: only pages from this server's own address may send requests.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue, StatusCode, Uri,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::answers::refused;

/// Refuses requests with another host name or from another page, and adds headers that keep browsers from giving
/// responses to other pages.
pub(super) async fn guard(port: u16, request: Request, next: Next) -> Response {
    let mut response = if is_own(request.uri(), request.headers(), port) {
        next.run(request).await
    } else {
        let why = format!("the lab answers its own page alone, at http://127.0.0.1:{port}/");
        refused(StatusCode::FORBIDDEN, &why).into_response()
    };
    let headers = [
        (CACHE_CONTROL, "no-store"),
        // In addition to the page's own.
        (CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether Host, Origin (if present) and Sec-Fetch-Site all match this server. This refuses foreign host names that
/// resolve to this machine (DNS rebinding).
///
/// A request may name the server in its first line as well (`GET http://…/`): that name counts, too.
fn is_own(target: &Uri, headers: &HeaderMap, port: u16) -> bool {
    let hosts = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}"));
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(&HOST).is_some_and(|host| hosts.iter().any(|own| own == host));
    let target = match (target.scheme_str(), target.authority()) {
        (None, None) => true,
        (Some("http"), Some(authority)) => hosts.iter().any(|own| own == authority.as_str()),
        _ => false,
    };
    let origin = |origin: &str| origin.strip_prefix("http://").is_some_and(|host| hosts.iter().any(|own| own == host));
    let site =
        text(&HeaderName::from_static("sec-fetch-site")).is_none_or(|site| site == "same-origin" || site == "none");
    target && host && headers.get_all(HOST).iter().count() == 1 && text(&ORIGIN).is_none_or(origin) && site
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn is_own(pairs: &[(&'static str, &'static str)]) -> bool {
        super::is_own(&Uri::from_static("/tokens"), &headers(pairs), 8000)
    }

    #[test]
    fn only_its_own_page_is_answered() {
        for host in ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"] {
            assert!(is_own(&[("host", host)]), "{host}");
        }
        assert!(is_own(&[("host", "localhost:8000"), ("origin", "http://localhost:8000")]));
        for host in ["evil.example:8000", "127.0.0.1", "127.0.0.1:80", "localhost:8000.evil.example", "", "127.1:8000"]
        {
            assert!(!is_own(&[("host", host)]), "{host}");
        }
        for origin in ["http://evil.example", "null", "https://localhost:8000", "http://localhost:8001", "file://"] {
            assert!(!is_own(&[("host", "localhost:8000"), ("origin", origin)]), "{origin}");
        }
        assert!(!is_own(&[("host", "localhost:8000"), ("sec-fetch-site", "cross-site")]));
        assert!(!is_own(&[]));
    }

    /// RFC 9112, 3.2.2: the name in the first line counts, whatever Host says.
    #[test]
    fn a_server_named_in_the_first_line_has_to_be_this_one() {
        let own = headers(&[("host", "127.0.0.1:8000")]);
        for (target, expected) in [
            ("http://127.0.0.1:8000/", true),
            ("http://localhost:8000/tokens", true),
            ("http://evil.example/", false),
            ("http://evil.example:8000/", false),
            ("https://127.0.0.1:8000/", false),
            ("http://user@127.0.0.1:8000/", false),
            ("127.0.0.1:8000", false),
        ] {
            assert_eq!(super::is_own(&target.parse().unwrap(), &own, 8000), expected, "{target}");
        }
        assert!(!super::is_own(
            &"http://127.0.0.1:8000/".parse().unwrap(),
            &headers(&[("host", "evil.example")]),
            8000
        ));
    }
}
