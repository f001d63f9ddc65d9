//! How this app's cookies are named, written and read.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use std::time::Duration;
use url::Url;

/// Cookies of this app's origin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookies {
    secure: bool,
}

impl Cookies {
    /// Over https they are `Secure`, and belong to this host alone (`__Host-`).
    pub(crate) fn new(public_url: &Url) -> Self {
        Self { secure: public_url.scheme() == "https" }
    }

    /// A cookie's value. Two cookies of one name mean that somebody planted one: neither is believed.
    pub(crate) fn read(self, headers: &HeaderMap, name: &str) -> Option<String> {
        let name = self.name(name);
        let sent = CookieJar::from_headers(headers).get(&name)?.value().to_owned();
        let marker = format!("{name}=");
        let copies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter(|pair| pair.trim_start().starts_with(&marker))
            .count();
        (copies == 1).then_some(sent)
    }

    /// The header that sets a cookie: until the browser is closed, or for a time.
    pub(crate) fn set(
        self,
        name: &str,
        value: &str,
        lasts: Option<Duration>,
    ) -> (HeaderName, HeaderValue) {
        let cookie = Cookie::build((self.name(name), value))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .path("/")
            .build();
        // The crate's own durations are those of `time`, which nothing else here needs.
        let age = lasts.map(|lasts| format!("; Max-Age={}", lasts.as_secs())).unwrap_or_default();
        let line = HeaderValue::from_str(&format!("{cookie}{age}"));
        let mut line = line.unwrap_or(HeaderValue::from_static(""));
        line.set_sensitive(true);
        (header::SET_COOKIE, line)
    }

    fn name(self, name: &str) -> String {
        format!("{}latchkey_{name}", if self.secure { "__Host-" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(url: &str) -> Cookies {
        Cookies::new(&Url::parse(url).unwrap())
    }

    #[test]
    fn over_https_a_cookie_belongs_to_this_host_alone() {
        let https = cookies("https://sso.example.com");
        let (_, line) = https.set("consent", "abc", None);
        assert_eq!(line, "__Host-latchkey_consent=abc; HttpOnly; SameSite=Lax; Secure; Path=/",);
        let (_, line) = https.set("device", "abc", Some(Duration::from_hours(1)));
        assert!(line.to_str().unwrap().ends_with("; Path=/; Max-Age=3600"), "{line:?}");
        assert!(!format!("{line:?}").contains("abc"));
        let (_, line) = cookies("http://localhost").set("consent", "abc", None);
        assert_eq!(line, "latchkey_consent=abc; HttpOnly; SameSite=Lax; Path=/");
    }

    #[test]
    fn a_planted_second_cookie_is_not_believed() {
        let ours = cookies("http://localhost");
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=b; latchkey_consent=one".parse().unwrap());
        assert_eq!(ours.read(&headers, "consent").as_deref(), Some("one"));
        assert_eq!(ours.read(&headers, "device"), None);
        headers.append(header::COOKIE, "latchkey_consent=two".parse().unwrap());
        assert_eq!(ours.read(&headers, "consent"), None);
    }
}
