//! Requests to a server, through curl: proxies, certificates, redirects, and what a failure means.
use std::{path::Path, time::Duration};

use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use fs_err as fs;

use super::{
    address::Address,
    curl::{Curl, Ended, Response},
    request::Options,
};

/// Redirects followed for one request; a hub needs two.
const MAX_REDIRECTS: usize = 10;

/// Requests one file.
pub(super) struct Client {
    options: Options,
    address: Address,
}

/// The result of an attempt that did not get the whole file.
pub(super) enum Setback {
    /// No response.
    Lost(String),
    /// The server answered, but the file is not whole.
    Again(String),
    /// The server requested a pause of this length.
    Later(String, Duration),
    /// No other try will help.
    Fatal(Error),
}

impl From<Error> for Setback {
    fn from(error: Error) -> Self {
        Self::Fatal(error)
    }
}

impl Client {
    pub(super) fn new(url: &str, options: &Options) -> Result<Self> {
        if let Some(path) = &options.roots {
            check_roots(path)?;
        }
        Ok(Self { options: options.clone(), address: address(url)? })
    }

    /// Requests the file, or the bytes from `from` on. The token goes to the address' own scheme,
    /// host and port, and from https redirects lead to https only. curl's own `--location` is not used: before curl
    /// 7.83 it hands a token to another port or scheme of the same host.
    pub(super) fn get(&self, token: Option<&str>, from: u64) -> Result<Response, Setback> {
        let url = self.address.shown();
        let (mut address, mut token) = (self.address.clone(), token);
        for _ in 0..=MAX_REDIRECTS {
            let mut curl = Curl::new(&self.options, &address);
            if let Some(token) = token {
                if !token.bytes().all(|b| b.is_ascii_graphic()) {
                    return Err(anyhow!("{url}: no request was sent: the token (HF_TOKEN) must be plain ASCII").into());
                }
                curl.header(&format!("Authorization: Bearer {token}"));
            }
            if from > 0 {
                curl.header(&format!("Range: bytes={from}-"));
            }
            let response = curl.start(self.options.idle_timeout).map_err(|ended| self.setback(ended))?;
            if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            let Some(location) = response.header("location") else {
                return Err(unusable(&url, "a redirect is missing a location header").into());
            };
            let redirect = |what: &str| anyhow!("{url} redirects {what}; check the endpoint");
            let next = address.join(location).ok_or_else(|| redirect("to what is no https or http address"))?;
            if address.is_https() && !next.is_https() {
                return Err(redirect("from https to http, which is not encrypted").into());
            }
            token = token.filter(|_| next.same_origin(&address));
            address = next;
        }
        Err(anyhow!("{url} redirects more than {MAX_REDIRECTS} times in a row; check the endpoint").into())
    }

    /// The server's first response for the file, even if it is a redirect, within `limit` from now.
    pub(super) fn head(&self, limit: Duration) -> Result<Response, Setback> {
        let mut curl = Curl::new(&self.options, &self.address);
        curl.flag("head");
        curl.start(limit).map_err(|ended| self.setback(ended))
    }

    /// The message without a response.
    pub(super) fn unreachable(&self, cause: &str) -> Error {
        let site = self.address.site();
        anyhow!(
            "{site}, or what it redirects to, cannot be reached ({cause}); check the network and the proxy settings, then run again"
        )
    }

    /// The address without user, password and query, which may carry a signature.
    pub(super) fn shown(&self) -> String {
        self.address.shown()
    }

    fn setback(&self, ended: Ended) -> Setback {
        let url = self.shown();
        match ended {
            Ended::Lost(cause) => Setback::Lost(cause),
            Ended::Unusable(cause) => Setback::Fatal(unusable(&url, &cause)),
            // It stays untrusted: a person has to look at it.
            Ended::Untrusted(cause) => Setback::Fatal(anyhow!(
                "{url} cannot be trusted: {cause}; if that is as it should be, name the site's authority in SSL_CERT_FILE"
            )),
            Ended::NoCurl(error) => Setback::Fatal(error),
        }
    }
}

fn unusable(url: &str, cause: &str) -> Error {
    anyhow!("{url} sent a response that cannot be used: {cause}; check the endpoint or try another mirror")
}

fn address(url: &str) -> Result<Address> {
    if let Some(address) = Address::parse(url) {
        return Ok(address);
    }
    // Neither a signature nor a password is shown.
    let shown = url.split('?').next().unwrap_or_default();
    let shown = shown.rsplit_once('@').map_or(shown, |(_, host)| host);
    bail!(
        "`{shown}` is not an address this can fetch: it must begin with https:// or http:// and name a host, and a \
         port is a number up to 65535; correct it and run again"
    )
}

fn check_roots(path: &Path) -> Result<()> {
    let check = || {
        let pem = fs::read(path)?;
        let begin = b"-----BEGIN CERTIFICATE-----";
        ensure!(pem.windows(begin.len()).any(|window| window == begin), "it holds no PEM certificate");
        Ok(())
    };
    check().with_context(|| format!("the certificates of {} (SSL_CERT_FILE) cannot be used", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_shown_without_its_secrets() {
        for url in ["ftp://me:secret@host/f?secret", "", "http://host:99999/f?secret", "https://me:secret@host:65536"] {
            let message = address(url).unwrap_err().to_string();
            assert!(message.contains("begin with https:// or http://") && message.contains("up to 65535"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_certificate_file_must_hold_certificates() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (path, want) in [(file.path(), "no PEM certificate"), (Path::new("/no/such.pem"), "/no/such.pem")] {
            let message = format!("{:#}", check_roots(path).unwrap_err());
            assert!(message.contains("SSL_CERT_FILE") && message.contains(want), "{message}");
        }
    }
}
