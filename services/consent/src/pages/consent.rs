//! What may the app do? Hydra sends browsers here with a `consent_challenge`.

mod granting;
mod turned_away;

use super::{
    ask_anew, challenge, form, go_on, is_over, named, offered, prompting, prompts, refused, reject,
    restart, start,
};
use crate::{
    App,
    account::CLIENT_ID,
    browser::Browser,
    claims::claims,
    forms::Returned,
    policy::{self, Policy},
    refusal::{Refusal, Refused},
    starts::{Standing, Start, Step},
    view::{AskingApp, Consent, Shown},
};
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use granting::{asked_for, grantable, granted_audience, is_first_party};
use hydra_admin::{AcceptConsent, Challenge, ConsentRequest, GrantedRequest, Reject, Session};
use latchkey_proto::identity::v1::User;
use serde::Deserialize;
use serde_json::Map;
use turned_away::turn_away;

/// Which button was pressed.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    /// Allow.
    Accept,
    /// Rather not.
    Reject,
    /// Go on as somebody else.
    Other,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Choice {
    action: Answer,
    #[serde(default)]
    grant_scope: Vec<String>,
    remember: Option<String>,
}

/// The form, or straight on where nothing has to be asked.
pub(crate) async fn show(
    State(app): State<App>,
    browser: Browser,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let challenge = challenge(Step::Consent, query.as_deref())?;
    match app.hydra.consent(&challenge).await {
        Ok(request) => {
            app.follow(&request.request_url);
            let offer = offer(&app, &browser, &challenge, &request).await;
            let ConsentRequest { request_url, client, .. } = &request;
            offered(&app, Step::Consent, &challenge, request_url, client, offer).await
        }
        Err(error) => refused(&app, &browser, Step::Consent, &challenge, error),
    }
}

async fn offer(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &ConsentRequest,
) -> Result<Response, Refusal> {
    let start = match current(app, browser, challenge, request).await? {
        Ok(start) => start,
        Err(anew) => return Ok(anew),
    };
    let Some(user) = app.identity.user(&request.subject).await? else {
        return gone(app, browser, challenge, request).await;
    };
    if !Policy::of(&request.client)?.admits(&user.groups) {
        return turn_away(app, browser, challenge, request, start, user).await;
    }
    let asked: Vec<String> = grantable(request).map(ToOwned::to_owned).collect();
    if request.skip || request.client.client_id == CLIENT_ID {
        return accept(app, browser, challenge, request, &user, asked, true).await;
    }
    let reader = app.view.reader(&browser.preference, &request.oidc_context.ui_locales);
    let described = app.client_service.describe(&asked, &reader.language.tag).await;
    if is_first_party(request, &described) {
        return accept(app, browser, challenge, request, &user, asked, true).await;
    }
    // Hydra leaves first-party apps to us here.
    if prompts(&request.request_url, "none") {
        let reason = Reject {
            error: "consent_required",
            error_description: "The person has to be asked, and prompt=none forbids it.",
        };
        return reject(app, Step::Consent, challenge, &reason).await;
    }
    let last = app.hydra.last_consent(&request.subject, &request.client.client_id).await?;
    let before = last.map(|last| last.grant_scope).unwrap_or_default();
    let (always, scopes): (Vec<_>, Vec<_>) =
        described.into_iter().partition(|scope| scope.always_granted);
    let person = named(user);
    let start = waiting(start, challenge, request, &person);
    let page = Consent {
        hidden: app.forms.hidden(browser, challenge, &request.request_url)?,
        app: AskingApp::of(&request.client, &app.logos),
        person,
        scopes: scopes.into_iter().map(|scope| Shown::beside(&before, scope)).collect(),
        always: always.into_iter().map(|scope| Shown::beside(&before, scope)).collect(),
    };
    let asking = Some((&request.client, Some(&start)));
    form(app, browser, &reader, StatusCode::OK, &page, asking)
}

/// What the browser has in progress while one of these pages waits for this person's answer.
fn waiting(
    mut start: Start,
    challenge: &Challenge,
    request: &ConsentRequest,
    person: &str,
) -> Start {
    start.reach(Step::Consent, challenge, &request.request_url);
    start.home = request.client.home().map(String::from);
    start.look = policy::look(&request.client).map(ToOwned::to_owned);
    person.clone_into(&mut start.identifier);
    start
}

/// What the browser has in progress, if this challenge is the one to answer; else the way on.
async fn current(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &ConsentRequest,
) -> Result<Result<Start, Response>, Refusal> {
    let start = app.starts.of(browser, &request.request_url);
    if start.standing(Step::Consent, challenge) == Standing::Overtaken {
        return restart(app, browser, &request.request_url, None).map(Err);
    }
    let this = |known: &GrantedRequest| known.login_challenge == request.login_challenge;
    if is_over(app, &start, &request.login_session_id, this).await? {
        return Err(Refusal::Answered(start.home));
    }
    Ok(Ok(start))
}

/// Tells Hydra what the person chose.
pub(crate) async fn submit(
    State(app): State<App>,
    sent: Returned<Choice>,
) -> Result<Response, Refused> {
    let Returned { challenge, start, browser, fields } = sent;
    app.follow(&start);
    let decided = match app.hydra.consent(&challenge).await {
        Ok(request) => decide(&app, &browser, &challenge, &request, fields).await,
        Err(hydra_admin::Error::Expired) => return Ok(restart(&app, &browser, &start, None)?),
        Err(error) => Err(error.into()),
    };
    decided.map_err(|refusal| {
        let look = app.starts.of(&browser, &start).look;
        refusal.or_again_at(Step::Consent.page(&challenge)).in_look(look.as_deref())
    })
}

async fn decide(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &ConsentRequest,
    choice: Choice,
) -> Result<Response, Refusal> {
    let kept = match current(app, browser, challenge, request).await? {
        Ok(start) => start,
        Err(anew) => return Ok(anew),
    };
    match choice.action {
        Answer::Accept => {}
        Answer::Reject => {
            let reason = Reject {
                error: "access_denied",
                error_description: "The person did not grant access.",
            };
            return reject(app, Step::Consent, challenge, &reason).await;
        }
        Answer::Other => {
            let begin = start(app, &request.request_url).ok_or(Refusal::UnknownChallenge)?;
            let begin = prompting(&begin, "login");
            return restart(app, browser, begin.as_str(), Some(String::new()));
        }
    }
    if let Some(extra) = choice.grant_scope.iter().find(|scope| !asked_for(request, scope)) {
        tracing::warn!(
            client.id = request.client.client_id,
            scope.length = extra.len(),
            "a form came back with a scope that was not asked for"
        );
        return Err(Refusal::BadForm(StatusCode::BAD_REQUEST));
    }
    let Some(user) = app.identity.user(&request.subject).await? else {
        return gone(app, browser, challenge, request).await;
    };
    if !Policy::of(&request.client)?.admits(&user.groups) {
        return turn_away(app, browser, challenge, request, kept, user).await;
    }
    let remember = choice.remember.is_some();
    accept(app, browser, challenge, request, &user, choice.grant_scope, remember).await
}

async fn accept(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &ConsentRequest,
    user: &User,
    grant_scope: Vec<String>,
    remember: bool,
) -> Result<Response, Refusal> {
    // Such tokens would be taken for the app's own, which name it as their subject (RFC 9700, 4.15).
    if request.subject == request.client.client_id {
        tracing::error!(client.id = request.subject, "a person's subject is an app's client id");
        let reason = Reject {
            error: "access_denied",
            error_description: "The person has the app's own id for a subject.",
        };
        return reject(app, Step::Consent, challenge, &reason).await;
    }
    // Hydra lists no consent that is older than this, whether it was to be remembered or not; its tokens
    // go on, and the person has to see that.
    let remember_for = if remember {
        app.remembering.consent_seconds(Policy::of(&request.client)?.longest_session)
    } else {
        0
    };
    let accept = AcceptConsent {
        session: Session { id_token: claims(user, &grant_scope), access_token: Map::new() },
        grant_access_token_audience: granted_audience(request),
        grant_scope,
        remember,
        remember_for,
    };
    let mut response = go_on(&app.hydra.accept_consent(challenge, &accept).await?);
    let mut start = app.starts.of(browser, &request.request_url);
    start.reach(Step::Consent, challenge, &request.request_url);
    start.answered = Some(request.subject.clone());
    response.headers_mut().extend(app.starts.keep_known(browser, &start));
    Ok(response)
}

/// The person is no user any more: what Hydra remembers of them ends, and the sign-in starts again.
async fn gone(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &ConsentRequest,
) -> Result<Response, Refusal> {
    app.hydra.forget_logins(&request.subject).await?;
    app.hydra.revoke_consents(&request.subject).await?;
    ask_anew(app, browser, Step::Consent, challenge, &request.request_url).await
}
