//! Who is it? Hydra sends browsers here with a `login_challenge`.

use super::{Answer, address, challenge, form, go_on, restart, start};
use crate::{
    App,
    browser::Browser,
    forms::Returned,
    identity::{Attempt, Verdict},
    refusal::Refusal,
    view::{self, AskingApp, Login, Wait},
};
use axum::{
    extract::{RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use hydra_admin::{AcceptLogin, Challenge, LoginRequest, Reject};
use serde::Deserialize;
use std::time::Duration;

/// A login that nobody asked to remember is kept for a moment only: Hydra logs people out by
/// `id_token_hint` only where a login was kept at all, and asks again once the time is over.
const UNREMEMBERED: u64 = 1;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    action: Answer,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    remember: Option<String>,
}

/// What stands in the form before somebody types.
#[derive(Default)]
struct Filled {
    identifier: String,
    remember: bool,
    problem: Option<Problem>,
}

/// What went wrong at the last try.
#[derive(Clone, Copy)]
enum Problem {
    WrongCredentials,
    Throttled(Duration),
    Busy,
    Down,
}

/// The form, or straight on where Hydra knows the person already.
pub(crate) async fn show(
    State(app): State<App>,
    browser: Browser,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let challenge = challenge("login_challenge", query.as_deref())?;
    let retry = address("login", "login_challenge", &challenge);
    let request =
        app.hydra.login(&challenge).await.map_err(|e| Refusal::from(e).with(None, &retry))?;
    app.follow(&request.request_url);
    if request.skip {
        let begin = start(&app, &request.request_url);
        return skip(&app, &challenge, &request).await.map_err(|e| e.with(begin, &retry));
    }
    let identifier = request.oidc_context.login_hint.chars().take(320).collect();
    ask(&app, &browser, &challenge, &request, Filled { identifier, ..Filled::default() })
}

/// Hydra knows the person. Identity may know better: whoever is gone or was signed out signs in anew.
/// Hydra has forgotten how the person was authenticated (acr and amr), identity has not.
async fn skip(
    app: &App,
    challenge: &Challenge,
    request: &LoginRequest,
) -> Result<Response, Refusal> {
    let resumed = app.identity.resume(&request.session_id, &request.subject).await?;
    let Some(session) = resumed else {
        app.hydra.end_login(&request.session_id).await?;
        return restart(app, &request.request_url);
    };
    let accept = AcceptLogin {
        subject: request.subject.clone(),
        remember: true,
        remember_for: app.remember_for.as_secs(),
        amr: session.amr,
        acr: session.acr,
        identity_provider_session_id: session.session_id,
    };
    Ok(go_on(&app.hydra.accept_login(challenge, &accept).await?))
}

/// Asks identity who it is, and tells Hydra.
pub(crate) async fn submit(
    State(app): State<App>,
    sent: Returned<Credentials>,
) -> Result<Response, Refusal> {
    app.follow(&sent.start);
    let begin = start(&app, &sent.start);
    let retry = address("login", "login_challenge", &sent.challenge);
    decide(&app, sent).await.map_err(|refusal| refusal.with(begin, &retry))
}

async fn decide(app: &App, sent: Returned<Credentials>) -> Result<Response, Refusal> {
    let Returned { challenge, browser, fields, .. } = sent;
    let request = app.hydra.login(&challenge).await?;
    if fields.action == Answer::Reject {
        let reject = Reject {
            error: "access_denied",
            error_description: "The person did not want to sign in.",
        };
        return Ok(go_on(&app.hydra.reject_login(&challenge, &reject).await?));
    }
    let remember = fields.remember.is_some();
    let attempt = Attempt {
        identifier: fields.email.clone(),
        password: fields.password,
        client_id: request.client.client_id.clone(),
        ip: browser.ip.clone(),
        user_agent: browser.user_agent.clone(),
        device_token: browser.device_token.clone(),
        session_id: request.session_id.clone(),
        challenge: &challenge,
    };
    let problem = match app.identity.verify(attempt).await {
        Ok(Verdict::Verified(verified)) => {
            let accept = AcceptLogin {
                subject: verified.subject,
                remember: true,
                remember_for: if remember { app.remember_for.as_secs() } else { UNREMEMBERED },
                amr: verified.amr,
                acr: verified.acr,
                identity_provider_session_id: request.session_id.clone(),
            };
            let mut response = go_on(&app.hydra.accept_login(&challenge, &accept).await?);
            response.headers_mut().extend(app.devices.keep(verified.device_token));
            return Ok(response);
        }
        Ok(Verdict::ChallengeUsed) => return restart(app, &request.request_url),
        Ok(Verdict::WrongCredentials) => Problem::WrongCredentials,
        Ok(Verdict::Throttled(wait)) => Problem::Throttled(wait),
        Ok(Verdict::Busy) => Problem::Busy,
        Err(error) => {
            tracing::warn!(%error, "nobody can sign in");
            Problem::Down
        }
    };
    let filled = Filled { identifier: fields.email, remember, problem: Some(problem) };
    ask(app, &browser, &challenge, &request, filled)
}

fn ask(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &LoginRequest,
    filled: Filled,
) -> Result<Response, Refusal> {
    let (status, problem, wait) = match filled.problem {
        None => (StatusCode::OK, None, None),
        Some(Problem::WrongCredentials) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Some("wrong-credentials"), None)
        }
        Some(Problem::Throttled(wait)) => {
            (StatusCode::TOO_MANY_REQUESTS, Some("throttled"), Some(Wait::of(wait)))
        }
        Some(Problem::Busy) => (StatusCode::SERVICE_UNAVAILABLE, Some("busy"), None),
        Some(Problem::Down) => (StatusCode::SERVICE_UNAVAILABLE, Some("down"), None),
    };
    let retry_after = wait.map(|wait| (header::RETRY_AFTER, HeaderValue::from(wait.seconds())));
    let page = Login {
        hidden: app.forms.hidden(browser, challenge, &request.request_url),
        app: AskingApp::from(&request.client),
        identifier: filled.identifier,
        remember: filled.remember,
        problem,
        wait,
    };
    let language = view::language(&request.oidc_context.ui_locales, &browser.accept_language);
    let mut response = form(app, browser, &language, status, &page, Some(&request.client))?;
    response.headers_mut().extend(retry_after);
    Ok(response)
}
