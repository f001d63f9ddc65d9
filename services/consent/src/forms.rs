//! Forms that only the browser they were made for can send back.

use crate::{
    App,
    browser::{Browser, only_cookie, random_id_length, text},
    refusal::Refusal,
    view::Hidden,
};
use aws_lc_rs::{constant_time, hmac};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts as _, Request},
    http::{HeaderMap, StatusCode, header},
};
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hydra_admin::Challenge;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

/// Makes forms that only the browser they were made for can send back, for one sign-in
/// (signed double-submit cookie, OWASP ASVS 3.5.1).
#[derive(Debug, Clone)]
pub(crate) struct Forms {
    key: hmac::Key,
    cookie: &'static str,
    secure: bool,
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
        if !text(request.headers(), header::CONTENT_TYPE).starts_with(FORM) {
            return Err(Refusal::BadForm(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let (mut parts, body) = request.into_parts();
        let Ok(browser) = Browser::from_request_parts(&mut parts, app).await;
        let body = Bytes::from_request(Request::from_parts(parts, body), app)
            .await
            .map_err(|rejection| Refusal::BadForm(rejection.status()))?;
        let bad = |_| Refusal::BadForm(StatusCode::BAD_REQUEST);
        let hidden: Hidden = serde_html_form::from_bytes(&body).map_err(bad)?;
        let challenge = app.forms.check(&browser, &hidden)?;
        let fields = serde_html_form::from_bytes(&body).map_err(bad)?;
        Ok(Self { challenge, start: hidden.start, browser, fields })
    }
}

impl Forms {
    pub(crate) fn new(key: &SecretString, public_url: &Url) -> Self {
        let secure = public_url.scheme() == "https";
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes()),
            cookie: if secure { "__Host-latchkey_consent" } else { "latchkey_consent" },
            secure,
        }
    }

    /// The cookie to set with a page that has a form; none when the browser has it already.
    pub(crate) fn cookie(&self, browser: &Browser) -> Option<Cookie<'static>> {
        (!browser.known).then(|| {
            Cookie::build((self.cookie, browser.id.clone()))
                .http_only(true)
                .same_site(SameSite::Lax)
                .secure(self.secure)
                .path("/")
                .build()
        })
    }

    /// The hidden fields of a form for this browser and this challenge.
    pub(crate) fn hidden(&self, browser: &Browser, challenge: &Challenge, start: &str) -> Hidden {
        Hidden {
            challenge: challenge.expose().to_owned(),
            start: start.to_owned(),
            token: URL_SAFE_NO_PAD.encode(self.tag(&browser.id, challenge.expose(), start)),
        }
    }

    /// The challenge of a form that came back, if we made the form for this browser.
    pub(crate) fn check(&self, browser: &Browser, hidden: &Hidden) -> Result<Challenge, Refusal> {
        let expected = self.tag(&browser.id, &hidden.challenge, &hidden.start);
        let token = URL_SAFE_NO_PAD.decode(&hidden.token).unwrap_or_default();
        if !browser.known
            || constant_time::verify_slices_are_equal(expected.as_ref(), &token).is_err()
        {
            return Err(Refusal::ForeignForm);
        }
        Challenge::parse(&hidden.challenge).ok_or(Refusal::NoChallenge)
    }

    fn tag(&self, browser: &str, challenge: &str, start: &str) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [browser, challenge, start] {
            context.update(&part.len().to_be_bytes());
            context.update(part.as_bytes());
        }
        context.sign()
    }

    /// The id that the browser sent.
    pub(crate) fn browser_id(&self, headers: &HeaderMap) -> Option<String> {
        only_cookie(headers, self.cookie).filter(|sent| sent.len() == random_id_length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::random_id;

    fn forms() -> Forms {
        let url = Url::parse("https://sso.example.com").unwrap();
        Forms::new(&SecretString::from("k".repeat(32)), &url)
    }

    fn browser(id: &str) -> Browser {
        Browser {
            id: id.to_owned(),
            known: true,
            accept_language: String::new(),
            user_agent: String::new(),
            ip: String::new(),
            device_token: String::new(),
        }
    }

    #[test]
    fn a_form_comes_back_from_its_own_browser_only() {
        let (forms, challenge) = (forms(), Challenge::parse("abc").unwrap());
        let hidden = forms.hidden(&browser("one"), &challenge, "https://hydra/auth");
        assert_eq!(forms.check(&browser("one"), &hidden).unwrap(), challenge);
        assert!(forms.check(&browser("two"), &hidden).is_err());
        assert!(forms.check(&Browser { known: false, ..browser("one") }, &hidden).is_err());
    }

    #[test]
    fn no_field_of_a_form_can_be_changed() {
        let (forms, challenge) = (forms(), Challenge::parse("abc").unwrap());
        let made = || forms.hidden(&browser("one"), &challenge, "start");
        let changed = [
            Hidden { challenge: "abd".to_owned(), ..made() },
            Hidden { start: "elsewhere".to_owned(), ..made() },
            Hidden { challenge: "abcs".to_owned(), start: "tart".to_owned(), ..made() },
            Hidden { token: String::new(), ..made() },
            Hidden { token: made().token.to_lowercase(), ..made() },
        ];
        for hidden in changed {
            assert!(forms.check(&browser("one"), &hidden).is_err(), "{}", hidden.challenge);
        }
    }

    #[test]
    fn a_planted_second_cookie_is_not_believed() {
        let (forms, id) = (forms(), random_id());
        let mut headers = HeaderMap::new();
        let cookie = format!("__Host-latchkey_consent={id}");
        headers.append(header::COOKIE, cookie.parse().unwrap());
        assert_eq!(forms.browser_id(&headers).as_deref(), Some(id.as_str()));
        headers.append(header::COOKIE, cookie.parse().unwrap());
        assert_eq!(forms.browser_id(&headers), None);
    }

    #[test]
    fn over_https_the_cookie_belongs_to_this_host_alone() {
        let browser = Browser { known: false, ..browser("one") };
        let cookie = forms().cookie(&browser).unwrap().to_string();
        assert_eq!(cookie, "__Host-latchkey_consent=one; HttpOnly; SameSite=Lax; Secure; Path=/");
    }
}
