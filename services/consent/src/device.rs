//! The cookie of a device that has signed in: it keeps what identity knows the device by, so that
//! nobody elsewhere can use up the owner's attempts.

use crate::cookies::Cookies;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;

const COOKIE: &str = "device";

/// Identity knows a device for a year after its last sign-in.
const KEPT: Duration = Duration::from_hours(365 * 24);

/// A token is this long at most; longer text is none.
const LONGEST: usize = 64;

/// What the browser keeps, or nothing.
pub(crate) fn token(cookies: Cookies, headers: &HeaderMap) -> String {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    cookies
        .read(headers, COOKIE)
        .filter(|token| token.len() <= LONGEST && token.bytes().all(allowed))
        .unwrap_or_default()
}

/// The header that lets the browser keep it; none where identity gave nothing.
pub(crate) fn keep(cookies: Cookies, token: &str) -> Option<(HeaderName, HeaderValue)> {
    (!token.is_empty()).then(|| cookies.set(COOKIE, token, Some(KEPT)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;
    use url::Url;

    fn cookies() -> Cookies {
        Cookies::new(&Url::parse("http://localhost").unwrap())
    }

    #[test]
    fn it_lasts_a_year() {
        let (_, line) = keep(cookies(), "abc").unwrap();
        assert!(line.to_str().unwrap().ends_with("; Max-Age=31536000"), "{line:?}");
        assert!(keep(cookies(), "").is_none());
    }

    #[test]
    fn what_is_no_token_is_not_sent_on() {
        let token = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, line.parse().unwrap());
            token(cookies(), &headers)
        };
        assert_eq!(token("a=b; latchkey_device=A-z_9"), "A-z_9");
        let long = format!("latchkey_device={}", "a".repeat(65));
        for line in ["a=b", "latchkey_device=%00", "latchkey_device=a; latchkey_device=b", &long] {
            assert_eq!(token(line), "", "{line}");
        }
    }
}
