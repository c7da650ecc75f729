//! Tokens keep other users of this machine out: they reach loopback addresses, too.
//!
//! A browser opens the page at an address with a token; it gets a cookie and the address without the token.

use std::{
    fmt::Write,
    hint::black_box,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::Request,
    http::{
        HeaderMap, Method, StatusCode,
        header::{COOKIE, LOCATION, SET_COOKIE},
    },
    middleware::Next,
    response::{Html, IntoResponse, Response},
};

use super::answers::refused;

/// What a browser without a token is told.
const PAGE: &str = include_str!("token.html");

/// Where a page is opened.
#[derive(Debug)]
pub struct Addresses {
    /// The page's address, with the token if there is one.
    pub page: String,
    /// An address that works once, for a program's command line, which other users can read.
    pub once: String,
}

impl Addresses {
    /// A port's addresses, without tokens if `tokens` is `None`.
    pub(super) fn new(port: u16, tokens: Option<&Tokens>) -> Self {
        let address = format!("http://127.0.0.1:{port}/");
        match tokens {
            None => Self { page: address.clone(), once: address },
            Some(tokens) => Self {
                page: format!("{address}?token={}", tokens.token),
                once: format!("{address}?token={}", tokens.once().as_deref().unwrap_or_default()),
            },
        }
    }
}

/// The tokens of a server.
pub(super) struct Tokens {
    /// The cookie's name. Browsers send cookies to all ports of a host, so the port is part of it.
    name: String,
    /// The cookie's value, and the token of the page's address.
    token: String,
    /// A token that is valid until it is used.
    once: Mutex<Option<String>>,
}

impl Tokens {
    /// New ones.
    ///
    /// # Errors
    /// If the system has no random bytes.
    pub(super) fn new(port: u16) -> io::Result<Self> {
        Ok(Self { name: format!("lab-{port}"), token: random()?, once: Mutex::new(Some(random()?)) })
    }

    /// Whether an address with this token opens the page.
    fn opens(&self, token: &str) -> bool {
        same(token, &self.token) || {
            let mut once = self.once();
            let valid = once.as_deref().is_some_and(|once| same(token, once));
            if valid {
                *once = None;
            }
            valid
        }
    }

    /// Whether a request has this server's cookie.
    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == self.name && same(value, &self.token))
    }

    fn once(&self) -> MutexGuard<'_, Option<String>> {
        self.once.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a request with a valid token by the cookie and a redirect to the address without the token, passes on one
/// with the cookie, and refuses all others.
pub(super) async fn check(tokens: Arc<Tokens>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let token = query.split('&').find_map(|pair| pair.strip_prefix("token="));
    let get = request.method() == Method::GET;
    if get && token.is_some_and(|token| tokens.opens(token)) {
        let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", tokens.name, tokens.token);
        return (StatusCode::SEE_OTHER, [(LOCATION, "/"), (SET_COOKIE, cookie.as_str())]).into_response();
    }
    if tokens.has_cookie(request.headers()) {
        return next.run(request).await;
    }
    if get {
        return (StatusCode::FORBIDDEN, Html(PAGE)).into_response();
    }
    refused(StatusCode::FORBIDDEN, "this lab does not know this browser: open the address that lab serve has printed")
        .into_response()
}

/// 128 random bits of the system, as hexadecimal digits.
fn random() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| io::Error::other(format!("the system has no random bytes: {e}")))?;
    Ok(bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing into a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// Whether two texts are equal, in a time that depends on their lengths only.
fn same(given: &str, own: &str) -> bool {
    let differ = given.bytes().zip(own.bytes()).fold(0, |differ, (a, b)| black_box(differ | (a ^ b)));
    given.len() == own.len() && differ == 0
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn tokens_are_random_and_long() {
        let tokens = Tokens::new(8000).unwrap();
        let other = Tokens::new(8000).unwrap();
        let once = tokens.once().clone().unwrap();
        assert!(tokens.token != other.token && tokens.token != once);
        for token in [&tokens.token, &once] {
            assert!(token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit()), "{token}");
        }
    }

    #[test]
    fn the_token_works_again_and_the_other_once() {
        let tokens = Tokens::new(8000).unwrap();
        let (token, once) = (tokens.token.clone(), tokens.once().clone().unwrap());
        for wrong in ["", "0", &token[1..], &format!("{token}0"), &"0".repeat(32)] {
            assert!(!tokens.opens(wrong), "{wrong}");
        }
        assert!(tokens.opens(&token) && tokens.opens(&token));
        assert!(tokens.opens(&once) && !tokens.opens(&once) && !tokens.opens(""));
    }

    #[test]
    fn only_the_ports_own_cookie_counts() {
        let tokens = Tokens::new(8000).unwrap();
        let token = &tokens.token;
        let has = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(COOKIE, HeaderValue::from_str(value).unwrap());
            }
            tokens.has_cookie(&headers)
        };
        assert!(has(&[&format!("lab-8000={token}")]));
        assert!(has(&[&format!("a=b; lab-8000=old; lab-8000={token};x")]));
        assert!(has(&["a=b", &format!("lab-8000={token}")]));
        for wrong in
            [format!("lab-8001={token}"), format!("lab-8000={}", &token[..31]), format!("x{token}"), String::new()]
        {
            assert!(!has(&[&wrong]), "{wrong}");
        }
        assert!(!has(&[]));
    }
}
