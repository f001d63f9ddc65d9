//! Who is it? Hydra sends browsers here with a `login_challenge`.

mod form;

use super::{ask_anew, challenge, go_on, is_over, offered, refused, reject, restart, start};
use crate::{
    App, assurance,
    browser::Browser,
    device,
    forms::Returned,
    identity::{Attempt, Verdict},
    policy::Policy,
    refusal::{Refusal, Refused},
    remembering::A_MOMENT,
    starts::{Standing, Start, Step},
};
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse as _, Response},
};
use form::{Filled, Problem, ask};
use hydra_admin::{AcceptLogin, Challenge, GrantedRequest, LoginRequest, Reject};
use serde::Deserialize;

/// The form's field takes no more characters.
const LONGEST_IDENTIFIER: usize = 320;

/// Which button was pressed.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    /// Sign in.
    Accept,
    /// Rather not.
    Reject,
}

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

/// The form, or straight on where Hydra knows the person already.
pub(crate) async fn show(
    State(app): State<App>,
    browser: Browser,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let challenge = challenge(Step::Login, query.as_deref())?;
    match app.hydra.login(&challenge).await {
        Ok(request) => {
            app.follow(&request.request_url);
            let offer = offer(&app, &browser, &challenge, &request).await;
            let LoginRequest { request_url, client, .. } = &request;
            offered(&app, Step::Login, &challenge, request_url, client, offer).await
        }
        Err(error) => refused(&app, &browser, Step::Login, &challenge, error),
    }
}

async fn offer(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &LoginRequest,
) -> Result<Response, Refusal> {
    let mut start = app.starts.of(browser, &request.request_url);
    let standing = start.standing(Step::Login, challenge);
    if standing == Standing::Overtaken {
        return restart(app, browser, &request.request_url, None);
    }
    if request.skip {
        return skip(app, browser, challenge, request, start).await;
    }
    let this_app = |consent: &GrantedRequest| consent.client.client_id == request.client.client_id;
    if standing == Standing::Latest && is_over(app, &start, &request.session_id, this_app).await? {
        return Err(Refusal::Answered(start.home));
    }
    start.reach(Step::Login, challenge, &request.request_url);
    let identifier = match start.identifier.as_str() {
        "" => request.oidc_context.login_hint.chars().take(LONGEST_IDENTIFIER).collect(),
        typed => typed.to_owned(),
    };
    let problem = start.other_account.then_some(Problem::OtherAccount);
    let filled = Filled { identifier, problem, remember: false };
    ask(app, browser, challenge, request, start, filled)
}

/// Hydra knows the person. Identity may know better: whoever is gone or was signed out signs in anew.
/// Hydra has forgotten how the person was authenticated (acr and amr), identity has not.
async fn skip(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &LoginRequest,
    mut start: Start,
) -> Result<Response, Refusal> {
    let resumed = app.identity.resume(&request.session_id, &request.subject).await?;
    let Some((session, _)) = resumed else {
        app.hydra.end_login(&request.session_id).await?;
        return ask_anew(app, browser, Step::Login, challenge, &request.request_url).await;
    };
    let (policy, signed_in) = (Policy::of(&request.client)?, session.auth_time);
    let lasts = policy.lasts(signed_in.map_or(0, |time| time.seconds), app.remembering.now());
    if !lasts || !policy.is_met_by(&session.acr) {
        return ask_anew(app, browser, Step::Login, challenge, &request.request_url).await;
    }
    let remembered = app.remembering.extend(&browser.remembered, &request.session_id);
    let accept = AcceptLogin {
        subject: request.subject.clone(),
        remember: true,
        remember_for: remembered.as_ref().map_or(A_MOMENT, |remembered| remembered.seconds),
        extend_session_lifespan: remembered.is_some(),
        amr: session.amr,
        acr: session.acr,
        identity_provider_session_id: session.session_id,
    };
    let mut response = accept_as(app, challenge, request, &accept).await?;
    start.reach(Step::Login, challenge, &request.request_url);
    response.headers_mut().extend(app.starts.keep_known(browser, &start));
    response.headers_mut().extend(remembered.map(|remembered| remembered.cookie));
    Ok(response)
}

/// Tells Hydra who it is; or the app, that this is not proved as well as it insists on (OpenID Connect
/// Core Unmet Authentication Requirements 1.0). There is no more to ask the person for.
async fn accept_as(
    app: &App,
    challenge: &Challenge,
    request: &LoginRequest,
    accept: &AcceptLogin,
) -> Result<Response, Refusal> {
    if assurance::is_unmet(&request.request_url, &accept.acr) {
        let reason = Reject {
            error: "unmet_authentication_requirements",
            error_description: "The person cannot be authenticated as the acr claim demands.",
        };
        return reject(app, Step::Login, challenge, &reason).await;
    }
    if !Policy::of(&request.client)?.is_met_by(&accept.acr) {
        return Err(Refusal::TooWeak(request.client.home().map(String::from)));
    }
    Ok(go_on(&app.hydra.accept_login(challenge, accept).await?))
}

/// Asks identity who it is, and tells Hydra.
pub(crate) async fn submit(
    State(app): State<App>,
    sent: Returned<Credentials>,
) -> Result<Response, Refusal> {
    let Returned { challenge, start, browser, fields } = sent;
    app.follow(&start);
    let typed = fields.email.clone();
    let refusal = match app.hydra.login(&challenge).await {
        Ok(request) => match decide(&app, &browser, &challenge, &request, fields).await {
            Ok(response) => return Ok(response),
            Err(refusal) => refusal,
        },
        Err(hydra_admin::Error::Expired) => return restart(&app, &browser, &start, Some(typed)),
        Err(error) => error.into(),
    };
    // The page of another try fills in what was typed.
    let mut kept = app.starts.of(&browser, &start);
    kept.identifier = typed;
    let refusal = refusal.or_again_at(Step::Login.page(&challenge));
    let mut response = refusal.in_look(kept.look.as_deref()).into_response();
    response.headers_mut().extend(app.starts.keep(&browser, &kept));
    Ok(response)
}

async fn decide(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &LoginRequest,
    fields: Credentials,
) -> Result<Response, Refusal> {
    if fields.action == Answer::Reject {
        let reason = Reject {
            error: "access_denied",
            error_description: "The person did not want to sign in.",
        };
        return reject(app, Step::Login, challenge, &reason).await;
    }
    let mut start = app.starts.of(browser, &request.request_url);
    if start.standing(Step::Login, challenge) == Standing::Overtaken {
        return restart(app, browser, &request.request_url, Some(fields.email));
    }
    let this_app = |consent: &GrantedRequest| consent.client.client_id == request.client.client_id;
    if is_over(app, &start, &request.session_id, this_app).await? {
        return Err(Refusal::Answered(start.home));
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
        challenge,
    };
    let problem = match app.identity.verify(attempt).await {
        Ok(Verdict::Verified(verified)) => {
            if !is_expected(request, &verified.subject) {
                return other_account(app, browser, &request.request_url);
            }
            let remembered = remember.then(|| app.remembering.begin(&request.session_id)).flatten();
            let accept = AcceptLogin {
                subject: verified.subject,
                remember: true,
                remember_for: remembered.as_ref().map_or(A_MOMENT, |kept| kept.seconds),
                extend_session_lifespan: false,
                amr: verified.amr,
                acr: verified.acr,
                identity_provider_session_id: request.session_id.clone(),
            };
            let mut response = accept_as(app, challenge, request, &accept).await?;
            response.headers_mut().extend(device::keep(app.cookies, &verified.device_token));
            response.headers_mut().extend(remembered.map(|remembered| remembered.cookie));
            return Ok(response);
        }
        Ok(Verdict::ChallengeUsed) => {
            return restart(app, browser, &request.request_url, Some(fields.email));
        }
        Ok(Verdict::WrongCredentials) => Problem::WrongCredentials,
        Ok(Verdict::Throttled(wait)) => Problem::Throttled(wait),
        Ok(Verdict::Busy) => Problem::Busy,
        Err(error) => {
            tracing::warn!(%error, "nobody can sign in");
            Problem::Down
        }
    };
    start.reach(Step::Login, challenge, &request.request_url);
    start.identifier.clone_from(&fields.email);
    let filled = Filled { identifier: fields.email, remember, problem: Some(problem) };
    ask(app, browser, challenge, request, start, filled)
}

/// Whether this is whom the app's ID token names (`id_token_hint`). Apps that know people by names of
/// their own (`pairwise`) are left to Hydra, which refuses the same.
fn is_expected(request: &LoginRequest, subject: &str) -> bool {
    let hinted = &request.oidc_context.id_token_hint_claims.sub;
    hinted.is_empty() || hinted == subject || request.client.subject_type == "pairwise"
}

/// Another person than the app expects: told so on a login page of its own.
fn other_account(app: &App, browser: &Browser, request_url: &str) -> Result<Response, Refusal> {
    let begin = start(app, request_url).ok_or(Refusal::UnknownChallenge)?;
    let mut anew = app.starts.of(browser, request_url).anew(Some(String::new()));
    anew.other_account = true;
    let mut response = go_on(&begin);
    response.headers_mut().extend(app.starts.keep(browser, &anew));
    Ok(response)
}
