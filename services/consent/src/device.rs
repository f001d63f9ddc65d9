//! The cookie of a device that has signed in: it keeps what identity knows the device by, so that
//! nobody elsewhere can use up the owner's attempts.

use crate::browser::only_cookie;
use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, SameSite};
use url::Url;

/// Identity knows a device for a year after its last sign-in.
const KEPT_SECONDS: i64 = 365 * 24 * 60 * 60;

/// A token is this long at most; longer text is none.
const LONGEST: usize = 64;

/// Reads and writes the cookie.
#[derive(Debug, Clone)]
pub(crate) struct Devices {
    cookie: &'static str,
    secure: bool,
}

impl Devices {
    pub(crate) fn new(public_url: &Url) -> Self {
        let secure = public_url.scheme() == "https";
        Self { cookie: if secure { "__Host-latchkey_device" } else { "latchkey_device" }, secure }
    }

    /// What the browser keeps, or nothing.
    pub(crate) fn token(&self, headers: &HeaderMap) -> String {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
        only_cookie(headers, self.cookie)
            .filter(|token| token.len() <= LONGEST && token.bytes().all(allowed))
            .unwrap_or_default()
    }

    /// The header that lets the browser keep it; none where identity gave nothing.
    pub(crate) fn keep(&self, token: String) -> Option<(header::HeaderName, HeaderValue)> {
        let cookie = Cookie::build((self.cookie, token))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .path("/")
            .build();
        if cookie.value().is_empty() {
            return None;
        }
        // The crate's own durations are those of `time`, which nothing else here needs.
        let line = format!("{cookie}; Max-Age={KEPT_SECONDS}");
        let mut value = HeaderValue::from_str(&line).ok()?;
        value.set_sensitive(true);
        Some((header::SET_COOKIE, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices(url: &str) -> Devices {
        Devices::new(&Url::parse(url).unwrap())
    }

    #[test]
    fn over_https_the_cookie_belongs_to_this_host_alone_and_lasts_a_year() {
        let (_, line) = devices("https://sso.example.com").keep("abc".to_owned()).unwrap();
        assert_eq!(
            line,
            "__Host-latchkey_device=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000"
        );
        assert!(!format!("{line:?}").contains("abc"));
        assert!(devices("http://localhost").keep(String::new()).is_none());
    }

    #[test]
    fn what_is_no_token_is_not_sent_on() {
        let token = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, line.parse().unwrap());
            devices("http://localhost").token(&headers)
        };
        assert_eq!(token("a=b; latchkey_device=A-z_9"), "A-z_9");
        let long = format!("latchkey_device={}", "a".repeat(65));
        for line in ["a=b", "latchkey_device=%00", "latchkey_device=a; latchkey_device=b", &long] {
            assert_eq!(token(line), "", "{line}");
        }
    }
}
