//! The pages. Each is one file: what is asked (GET), what is answered (POST), and its refusals.

pub(crate) mod apps;
pub(crate) mod consent;
pub(crate) mod error;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod preview;

use crate::{
    App,
    browser::Browser,
    policy,
    reader::Reader,
    refusal::{Refusal, Refused},
    starts::{Start, Step},
    view::{self, Page},
};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use hydra_admin::{Challenge, Client, GrantedRequest, Reject};
use latchkey_proto::identity::v1::User;
use std::collections::BTreeSet;
use url::Url;

/// Nothing but our own files, and nothing written into the page. Forms lead back to us, to switch the
/// language; a page with a form of its own adds where that may lead.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// The challenge of a page: an absent, doubled or impossible challenge is refused.
fn challenge(step: Step, query: Option<&str>) -> Result<Challenge, Refusal> {
    let name = step.parameter();
    let mut values = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter_map(|(key, value)| (key == name).then_some(value));
    match (values.next(), values.next()) {
        (Some(only), None) => Challenge::parse(&only).ok_or(Refusal::NoChallenge),
        _ => Err(Refusal::NoChallenge),
    }
}

/// A page with a form: with the browser's cookies, and a policy that lets the form through.
fn form<P: Page>(
    app: &App,
    browser: &Browser,
    reader: &Reader<'_>,
    status: StatusCode,
    page: &P,
    asking: Option<(&Client, Option<&Start>)>,
) -> Result<Response, Refusal> {
    let look = asking.and_then(|(client, _)| app.look(client));
    let html = app.view.render_in(look, reader, page)?;
    let action = form_action(app.hydra.public(), asking.map(|(client, _)| client));
    let mut policy = POLICY.replace("form-action 'self'", &action);
    if let Some(logo) = asking.and_then(|(client, _)| view::logo(client, &app.logos)) {
        policy = policy.replace("img-src 'self'", &format!("img-src 'self' {}", source(&logo)));
    }
    let mut response = (status, [(header::CONTENT_SECURITY_POLICY, policy)], html).into_response();
    response.headers_mut().extend(app.forms.cookie(browser));
    let start = asking.and_then(|(_, start)| start);
    response.headers_mut().extend(start.and_then(|start| app.starts.keep(browser, start)));
    Ok(response)
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

/// What a page calls whoever is signed in.
fn named(user: User) -> String {
    if user.email.is_empty() { user.display_name } else { user.email }
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

/// Begins a sign-in anew, with a challenge of its own. What was typed last stays, or what is typed
/// now. Each page comes here once at most without somebody who presses a button.
fn restart(
    app: &App,
    browser: &Browser,
    request_url: &str,
    typed: Option<String>,
) -> Result<Response, Refusal> {
    let begin = start(app, request_url).ok_or(Refusal::UnknownChallenge)?;
    let anew = app.starts.of(browser, request_url).anew(typed);
    let mut response = go_on(&begin);
    response.headers_mut().extend(app.starts.keep(browser, &anew));
    Ok(response)
}

/// Whoever Hydra remembers is nobody any more: the next sign-in asks, whatever Hydra remembers. An
/// app that wants no page is told so instead (OpenID Connect Core, section 3.1.2.1).
async fn ask_anew(
    app: &App,
    browser: &Browser,
    step: Step,
    challenge: &Challenge,
    request_url: &str,
) -> Result<Response, Refusal> {
    if prompts(request_url, "none") {
        let reason = Reject {
            error: "login_required",
            error_description: "Nobody is signed in, and prompt=none forbids to ask.",
        };
        return reject(app, step, challenge, &reason).await;
    }
    let begin = start(app, request_url).ok_or(Refusal::UnknownChallenge)?;
    restart(app, browser, prompting(&begin, "login").as_str(), None)
}

/// Ends a sign-in with an error for the app.
async fn reject(
    app: &App,
    step: Step,
    challenge: &Challenge,
    reason: &Reject,
) -> Result<Response, Refusal> {
    let to = match step {
        Step::Login => app.hydra.reject_login(challenge, reason).await?,
        Step::Consent | Step::Logout => app.hydra.reject_consent(challenge, reason).await?,
    };
    Ok(go_on(&to))
}

/// What was offered. Where that is nothing because something is down, an app that wants no page is told
/// so, where Hydra can tell it.
async fn offered(
    app: &App,
    step: Step,
    challenge: &Challenge,
    request_url: &str,
    client: &Client,
    offer: Result<Response, Refusal>,
) -> Result<Response, Refused> {
    let refusal = match offer {
        Ok(shown) => return Ok(shown),
        Err(refusal) => refusal,
    };
    if matches!(refusal, Refusal::Down { .. }) && prompts(request_url, "none") {
        let reason = Reject {
            error: "temporarily_unavailable",
            error_description: "Nobody can say now whether the person is signed in.",
        };
        if let Ok(told) = reject(app, step, challenge, &reason).await {
            tracing::warn!(?refusal, "told to the app");
            return Ok(told);
        }
    }
    Err(refusal.or_again_at(step.page(challenge)).in_look(policy::look(client)))
}

/// Hydra does not take the challenge of a page. Where only its time is over, the sign-in begins
/// anew by itself.
fn refused(
    app: &App,
    browser: &Browser,
    step: Step,
    challenge: &Challenge,
    error: hydra_admin::Error,
) -> Result<Response, Refused> {
    let late = matches!(error, hydra_admin::Error::Expired);
    match app.starts.latest(browser, step, challenge) {
        Some(start) if late && start.answered.is_some() => {
            Err(Refusal::Answered(start.home).in_look(start.look.as_deref()))
        }
        Some(start) if late => Ok(restart(app, browser, &start.url, None)?),
        start => {
            let look = start.and_then(|start| start.look);
            let refusal = Refusal::from(error).or_again_at(step.page(challenge));
            Err(refusal.in_look(look.as_deref()))
        }
    }
}

/// Whether Hydra has given out the code of this sign-in already: its pages lead nowhere then. It is
/// asked only where this browser has answered for it.
async fn is_over(
    app: &App,
    start: &Start,
    login_session_id: &str,
    is_it: impl Fn(&GrantedRequest) -> bool,
) -> Result<bool, Refusal> {
    let Some(subject) = &start.answered else { return Ok(false) };
    let granted = app.hydra.consents_in(subject, login_session_id).await?;
    Ok(granted.iter().any(|session| is_it(&session.consent_request)))
}

/// The same request, with an `OpenID` Connect `prompt` of ours.
fn prompting(request_url: &Url, prompt: &str) -> Url {
    let mut url = request_url.clone();
    let others = request_url.query_pairs().filter(|(name, _)| name != "prompt");
    url.query_pairs_mut().clear().extend_pairs(others).append_pair("prompt", prompt);
    url
}

/// Whether the app asked for this `prompt` (OpenID Connect Core, section 3.1.2.1).
fn prompts(request_url: &str, prompt: &str) -> bool {
    let url = Url::parse(request_url).ok();
    let asked = url.as_ref().and_then(|url| url.query_pairs().find(|(name, _)| name == "prompt"));
    asked.is_some_and(|(_, asked)| asked.split(' ').any(|asked| asked == prompt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_challenge_is_a_challenge_and_two_are_none() {
        let read = |query| challenge(Step::Login, query).ok();
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
        let address = Step::Login.page(&asked);
        let query = address.split_once('?').map(|(_, query)| query);
        assert_eq!(challenge(Step::Login, query).ok(), Some(asked));
    }

    #[test]
    fn a_prompt_of_ours_takes_the_place_of_the_app_s() {
        let asked = "https://hydra/oauth2/auth?client_id=a&prompt=consent+none&state=b%2Bc";
        assert!(prompts(asked, "none") && prompts(asked, "consent") && !prompts(asked, "login"));
        let url = prompting(&Url::parse(asked).unwrap(), "login");
        assert_eq!(url.as_str(), "https://hydra/oauth2/auth?client_id=a&state=b%2Bc&prompt=login");
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
