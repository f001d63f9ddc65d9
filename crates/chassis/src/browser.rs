//! What faces browsers: the address that they know a service by, and what every answer tells them.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use url::{Host, Url};

/// clap's parser for an address that cookies, codes and passwords travel to: https, or http where
/// nobody can listen, which is on a loopback host.
pub fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !(url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url)) {
        return Err("expected https://HOST, or http:// on localhost, 127.0.0.1 or [::1]".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("a user name, a password or a fragment is not allowed".to_owned());
    }
    Ok(url)
}

/// Whether what is sent there stays on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What [`headers`] tells browsers.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The Content-Security-Policy of an answer that sets none itself.
    pub content: &'static str,
    /// Whether browsers reach us over https, and have to from now on (RFC 6797).
    pub https: bool,
}

/// Middleware that adds the security headers (OWASP ASVS 3.4) to every answer. Nothing is stored by
/// browsers and proxies unless the answer says so itself.
pub async fn headers(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    const ALWAYS: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if policy.https {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, two_years);
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(policy.content));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for allowed in
            ["https://sso.example.com", "http://localhost:1", "http://[::1]", "http://127.9.9.9/"]
        {
            assert!(address(allowed).is_ok(), "{allowed}");
        }
        for refused in [
            "http://sso.example.com",
            "http://localhost.example.com",
            "ftp://localhost",
            "nonsense",
            "https://user@sso.example.com",
            "https://sso.example.com/#here",
        ] {
            assert!(address(refused).is_err(), "{refused}");
        }
    }
}
