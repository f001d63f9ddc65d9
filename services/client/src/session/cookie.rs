//! The two cookies: one names the browser while it signs in, the other the session.

use crate::opaque::OpaqueId;
use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, SameSite};
use chrono::TimeDelta;

/// How cookies are made for this app's origin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookies {
    /// The app is served over https: cookies are `Secure` and carry the `__Host-` prefix.
    secure: bool,
}

#[derive(Debug, Clone, Copy)]
enum Name {
    Browser,
    Session,
}

impl Cookies {
    pub(crate) fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// The session that the browser claims.
    pub(crate) fn session(self, headers: &HeaderMap) -> Option<OpaqueId> {
        self.read(headers, Name::Session)
    }

    /// The browser's id of its sign-ins.
    pub(crate) fn browser(self, headers: &HeaderMap) -> Option<OpaqueId> {
        self.read(headers, Name::Browser)
    }

    /// Names the session until the browser is closed; the row ends it before that.
    pub(crate) fn set_session(self, id: &OpaqueId) -> HeaderValue {
        self.write(Name::Session, id.expose(), None)
    }

    /// Ends the session in the browser.
    pub(crate) fn clear_session(self) -> HeaderValue {
        self.write(Name::Session, "", Some(TimeDelta::zero()))
    }

    /// Names the browser for as long as its sign-ins are known.
    pub(crate) fn set_browser(self, id: &OpaqueId, lasts: TimeDelta) -> HeaderValue {
        self.write(Name::Browser, id.expose(), Some(lasts))
    }

    /// A name that comes twice was planted by somebody else: then none of them counts.
    fn read(self, headers: &HeaderMap, name: Name) -> Option<OpaqueId> {
        let mut found = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(Cookie::split_parse)
            .filter_map(Result::ok)
            .filter(|cookie| cookie.name() == self.name(name));
        match (found.next(), found.next()) {
            (Some(cookie), None) => OpaqueId::parse(cookie.value()),
            _ => None,
        }
    }

    /// `SameSite=Lax`: the callback is a cross-site navigation, and has to carry both.
    fn write(self, name: Name, value: &str, max_age: Option<TimeDelta>) -> HeaderValue {
        let cookie = Cookie::build((self.name(name), value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .build();
        let age = max_age.map(|age| format!("; Max-Age={}", age.num_seconds())).unwrap_or_default();
        HeaderValue::from_str(&format!("{cookie}{age}")).unwrap_or(HeaderValue::from_static(""))
    }

    fn name(self, name: Name) -> &'static str {
        match (self.secure, name) {
            (true, Name::Browser) => "__Host-latchkey_sign_in",
            (false, Name::Browser) => "latchkey_sign_in",
            (true, Name::Session) => "__Host-latchkey_session",
            (false, Name::Session) => "latchkey_session",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())])
    }

    #[test]
    fn over_https_a_cookie_belongs_to_this_host_alone() {
        let id = OpaqueId::random();
        let cookie = Cookies::new(true).set_session(&id);
        let expected = format!(
            "__Host-latchkey_session={}; HttpOnly; SameSite=Lax; Secure; Path=/",
            id.expose()
        );
        assert_eq!(cookie, expected);
    }

    #[test]
    fn without_https_a_cookie_has_no_prefix_and_ends_in_time() {
        let id = OpaqueId::random();
        let cookie = Cookies::new(false).set_browser(&id, TimeDelta::hours(1));
        let expected = format!(
            "latchkey_sign_in={}; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600",
            id.expose()
        );
        assert_eq!(cookie, expected);
    }

    #[test]
    fn a_cookie_is_read_among_others() {
        let id = OpaqueId::random();
        let headers = sent(&format!("theme=dark; latchkey_session={}", id.expose()));
        assert_eq!(Cookies::new(false).session(&headers), Some(id));
        assert_eq!(Cookies::new(true).session(&headers), None);
        assert_eq!(Cookies::new(false).browser(&headers), None);
    }

    #[test]
    fn a_cookie_that_comes_twice_does_not_count() {
        let (one, two) = (OpaqueId::random(), OpaqueId::random());
        let headers =
            sent(&format!("latchkey_session={}; latchkey_session={}", one.expose(), two.expose()));
        assert_eq!(Cookies::new(false).session(&headers), None);
    }
}
