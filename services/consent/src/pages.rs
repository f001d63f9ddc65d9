//! The pages. Each is one file: what is asked (GET), what is answered (POST), and its refusals.

pub(crate) mod consent;
pub(crate) mod error;
pub(crate) mod login;
pub(crate) mod logout;

use crate::{App, browser::Browser, refusal::Refusal, view::Page};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use fluent_templates::LanguageIdentifier;
use hydra_admin::{Challenge, Client};
use std::collections::BTreeSet;
use url::Url;

/// Nothing but our own style sheet. A page with a form adds where the form may lead.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
     base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/// Which button was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answer {
    /// Sign in, allow, sign out.
    Accept,
    /// Rather not.
    Reject,
}

/// The query parameter `name`: an absent, doubled or impossible challenge is refused.
fn challenge(name: &str, query: Option<&str>) -> Result<Challenge, Refusal> {
    let mut values = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter_map(|(key, value)| (key == name).then_some(value));
    match (values.next(), values.next()) {
        (Some(only), None) => Challenge::parse(&only).ok_or(Refusal::NoChallenge),
        _ => Err(Refusal::NoChallenge),
    }
}

/// A page's own address, for another try.
fn address(page: &str, name: &str, challenge: &Challenge) -> String {
    let page = format!("/authentication/{page}?");
    let query = page.len();
    let mut address = url::form_urlencoded::Serializer::for_suffix(page, query);
    address.append_pair(name, challenge.expose()).finish()
}

/// A page with a form: with the browser's cookie, and a policy that lets the form through.
fn form<P: Page>(
    app: &App,
    browser: &Browser,
    language: &LanguageIdentifier,
    status: StatusCode,
    page: &P,
    client: Option<&Client>,
) -> Result<Response, Refusal> {
    let html = app.view.render(language, page)?;
    let policy = POLICY.replace("form-action 'none'", &form_action(app.hydra.public(), client));
    let jar = match app.forms.cookie(browser) {
        Some(cookie) => CookieJar::new().add(cookie),
        None => CookieJar::new(),
    };
    Ok((status, jar, [(header::CONTENT_SECURITY_POLICY, policy)], html).into_response())
}

/// Chrome applies `form-action` to every redirect that follows a form: ours go to Hydra, and from
/// there to the app.
fn form_action(hydra: &Url, client: Option<&Client>) -> String {
    let apps = client
        .into_iter()
        .flat_map(|client| client.redirect_uris.iter().chain(&client.post_logout_redirect_uris));
    let sources: BTreeSet<String> =
        apps.filter_map(|uri| Url::parse(uri).ok()).map(|uri| source(&uri)).collect();
    let sources: Vec<String> = sources.into_iter().collect();
    format!("form-action 'self' {} {}", source(hydra), sources.join(" ")).trim_end().to_owned()
}

/// An address as a source of a Content-Security-Policy: its origin, or the bare scheme of a native
/// app (RFC 8252, section 7.1).
fn source(url: &Url) -> String {
    match url.origin() {
        origin @ url::Origin::Tuple(..) => origin.ascii_serialization(),
        url::Origin::Opaque(_) => format!("{}:", url.scheme()),
    }
}

/// Sends the browser on after a form, with GET (RFC 9700, section 4.12).
fn go_on(to: &Url) -> Response {
    Redirect::to(to.as_str()).into_response()
}

/// Where a sign-in began, if that is at Hydra: the address comes back from a form.
fn start(app: &App, request_url: &str) -> Option<Url> {
    let url = Url::parse(request_url).ok()?;
    (url.origin() == app.hydra.public().origin()).then_some(url)
}

/// Begins a sign-in anew, with a challenge of its own.
fn restart(app: &App, request_url: &str) -> Result<Response, Refusal> {
    start(app, request_url).map(|begin| go_on(&begin)).ok_or(Refusal::UnknownChallenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_challenge_is_a_challenge_and_two_are_none() {
        let read = |query| challenge("login_challenge", query).ok();
        assert_eq!(read(Some("a=b&login_challenge=x-1")), Challenge::parse("x-1"));
        let wrong =
            ["login_challenge=x&login_challenge=x", "login_challenge=", "login_challenge=%00", ""];
        for query in wrong.map(Some).into_iter().chain([None]) {
            assert!(read(query).is_none(), "{query:?}");
        }
    }

    #[test]
    fn another_try_asks_for_the_same_challenge() {
        let asked = Challenge::parse("a+b/c=").unwrap();
        let address = address("login", "login_challenge", &asked);
        let query = address.split_once('?').map(|(_, query)| query);
        assert_eq!(challenge("login_challenge", query).ok(), Some(asked));
    }

    #[test]
    fn a_form_may_lead_to_hydra_and_to_the_app_and_nowhere_else() {
        let hydra = Url::parse("https://hydra.example.com/").unwrap();
        let client = Client {
            redirect_uris: vec![
                "https://app.example.com/callbacks".to_owned(),
                "https://app.example.com/other".to_owned(),
                "com.example.app:/callback".to_owned(),
                "; script-src *".to_owned(),
            ],
            ..Client::default()
        };
        assert_eq!(
            form_action(&hydra, Some(&client)),
            "form-action 'self' https://hydra.example.com com.example.app: https://app.example.com"
        );
        assert_eq!(form_action(&hydra, None), "form-action 'self' https://hydra.example.com");
    }
}
