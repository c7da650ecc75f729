//! Who may ask: a page of this address, and nobody else's, whatever name leads to it.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::answers::refused;

/// Refuses requests that are made under another name or by another page, and says to browsers what answers are not for.
pub(super) async fn guard(port: u16, request: Request, next: Next) -> Response {
    let mut response = if is_own(request.headers(), port) {
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

/// Whether Host, Origin if there is one, and what a browser says of the sender are all this server's own. A name that
/// somebody else's server points here (DNS rebinding) is not.
fn is_own(headers: &HeaderMap, port: u16) -> bool {
    let hosts = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}"));
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(&HOST).is_some_and(|host| hosts.iter().any(|own| own == host));
    let origin = |origin: &str| origin.strip_prefix("http://").is_some_and(|host| hosts.iter().any(|own| own == host));
    let site =
        text(&HeaderName::from_static("sec-fetch-site")).is_none_or(|site| site == "same-origin" || site == "none");
    host && headers.get_all(HOST).iter().count() == 1 && text(&ORIGIN).is_none_or(origin) && site
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_its_own_page_is_answered() {
        for host in ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"] {
            assert!(is_own(&headers(&[("host", host)]), 8000), "{host}");
        }
        assert!(is_own(&headers(&[("host", "localhost:8000"), ("origin", "http://localhost:8000")]), 8000));
        for host in ["evil.example:8000", "127.0.0.1", "127.0.0.1:80", "localhost:8000.evil.example", "", "127.1:8000"]
        {
            assert!(!is_own(&headers(&[("host", host)]), 8000), "{host}");
        }
        for origin in ["http://evil.example", "null", "https://localhost:8000", "http://localhost:8001", "file://"] {
            assert!(!is_own(&headers(&[("host", "localhost:8000"), ("origin", origin)]), 8000), "{origin}");
        }
        assert!(!is_own(&headers(&[("host", "localhost:8000"), ("sec-fetch-site", "cross-site")]), 8000));
        assert!(!is_own(&HeaderMap::new(), 8000));
    }
}
