//! Forms that only the browser they were made for can send back.

use crate::{
    App,
    browser::{Browser, random_id_length, text},
    cookies::Cookies,
    refusal::Refusal,
    seal::{self, Purpose, Seal},
    view::Hidden,
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts as _, Request},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use hydra_admin::Challenge;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Ties forms to this browser.
const COOKIE: &str = "consent";

/// Makes forms that only the browser they were made for can send back, for one sign-in: the hidden
/// field is sealed for the browser's cookie (OWASP ASVS 3.5.1).
#[derive(Debug, Clone)]
pub(crate) struct Forms {
    cookies: Cookies,
    seal: Seal,
}

/// What the hidden field holds. Hydra does not tell where a sign-in began once its challenge has
/// expired, so the form keeps that too.
#[derive(Serialize, Deserialize)]
struct Made {
    challenge: String,
    start: String,
}

/// A form that came back from the browser that it was made for. No page sees another one.
pub(crate) struct Returned<T> {
    /// Hydra's challenge.
    pub(crate) challenge: Challenge,
    /// Where the sign-in began.
    pub(crate) start: String,
    /// The browser that sent it.
    pub(crate) browser: Browser,
    /// What the person chose and typed.
    pub(crate) fields: T,
}

impl<T: DeserializeOwned> FromRequest<App> for Returned<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        const FORM: &str = "application/x-www-form-urlencoded";
        let kind = text(request.headers(), header::CONTENT_TYPE);
        if kind.split(';').next().is_none_or(|kind| !kind.trim().eq_ignore_ascii_case(FORM)) {
            return Err(Refusal::BadForm(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let (mut parts, body) = request.into_parts();
        let Ok(browser) = Browser::from_request_parts(&mut parts, app).await;
        let body = Bytes::from_request(Request::from_parts(parts, body), app)
            .await
            .map_err(|rejection| Refusal::BadForm(rejection.status()))?;
        let bad = |_| Refusal::BadForm(StatusCode::BAD_REQUEST);
        let hidden: Hidden = serde_html_form::from_bytes(&body).map_err(bad)?;
        let (challenge, start) = app.forms.check(&browser, &hidden)?;
        let fields = serde_html_form::from_bytes(&body).map_err(bad)?;
        Ok(Self { challenge, start, browser, fields })
    }
}

impl Forms {
    pub(crate) fn new(cookies: Cookies, seal: Seal) -> Self {
        Self { cookies, seal }
    }

    /// The cookie to set with a page that has a form; none when the browser has it already.
    pub(crate) fn cookie(&self, browser: &Browser) -> Option<(HeaderName, HeaderValue)> {
        (!browser.known).then(|| self.cookies.set(COOKIE, &browser.id, None))
    }

    /// The hidden field of a form for this browser and this challenge.
    pub(crate) fn hidden(
        &self,
        browser: &Browser,
        challenge: &Challenge,
        start: &str,
    ) -> Result<Hidden, seal::Error> {
        let made = Made { challenge: challenge.expose().to_owned(), start: start.to_owned() };
        let token = self.seal.seal(Purpose::Form, &browser.id, &made)?;
        Ok(Hidden { token, challenge: made.challenge })
    }

    /// The challenge and the start of a form that came back, if we made it for this browser.
    fn check(&self, browser: &Browser, hidden: &Hidden) -> Result<(Challenge, String), Refusal> {
        let made: Option<Made> = self.seal.open(Purpose::Form, &browser.id, &hidden.token);
        let made = made.filter(|_| browser.known).ok_or(Refusal::ForeignForm)?;
        let challenge = Challenge::parse(&made.challenge).ok_or(Refusal::NoChallenge)?;
        Ok((challenge, made.start))
    }

    /// The id that the browser sent.
    pub(crate) fn browser_id(&self, headers: &HeaderMap) -> Option<String> {
        let sent = self.cookies.read(headers, COOKIE);
        sent.filter(|sent| sent.len() == random_id_length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    fn forms() -> Forms {
        let cookies = Cookies::new(&Url::parse("https://sso.example.com").unwrap());
        Forms::new(cookies, Seal::new(&"k".repeat(32).into(), None).unwrap())
    }

    fn browser(id: &str) -> Browser {
        Browser { id: id.to_owned(), known: true, ..Browser::default() }
    }

    #[test]
    fn a_form_comes_back_from_its_own_browser_only() {
        let (forms, challenge) = (forms(), Challenge::parse("abc").unwrap());
        let hidden = forms.hidden(&browser("one"), &challenge, "https://hydra/auth").unwrap();
        let (returned, start) = forms.check(&browser("one"), &hidden).unwrap();
        assert_eq!((returned, start.as_str()), (challenge, "https://hydra/auth"));
        assert!(forms.check(&browser("two"), &hidden).is_err());
        assert!(forms.check(&Browser { known: false, ..browser("one") }, &hidden).is_err());
        assert!(forms.check(&browser("one"), &Hidden::default()).is_err());
    }

    #[test]
    fn the_form_does_not_show_where_the_sign_in_began() {
        let (forms, challenge) = (forms(), Challenge::parse("abc").unwrap());
        let hidden = forms.hidden(&browser("one"), &challenge, "https://hydra/auth").unwrap();
        assert!(!hidden.token.contains("abc") && !hidden.token.contains("hydra"));
    }

    #[test]
    fn a_browser_gets_its_cookie_once() {
        assert!(forms().cookie(&browser("one")).is_none());
        assert!(forms().cookie(&Browser { known: false, ..browser("one") }).is_some());
    }
}
