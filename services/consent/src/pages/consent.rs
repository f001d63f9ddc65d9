//! What may the app do? Hydra sends browsers here with a `consent_challenge`.

mod turned_away;

use super::{
    Answer, ask_anew, challenge, form, go_on, is_over, named, not_now, prompting, prompts, refused,
    reject, restart, start,
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
use hydra_admin::{AcceptConsent, Challenge, ConsentRequest, GrantedRequest, Reject, Session};
use latchkey_proto::{client::v1::Scope, identity::v1::User};
use serde::Deserialize;
use serde_json::Map;
use turned_away::turn_away;

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
            let ConsentRequest { request_url, client, .. } = &request;
            match offer(&app, &browser, &challenge, &request).await {
                Ok(shown) => Ok(shown),
                Err(refusal) => {
                    not_now(&app, Step::Consent, &challenge, request_url, client, refusal).await
                }
            }
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
    let described = app.catalogue.describe(&asked, &reader.language.tag).await;
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

/// The scopes that may be granted: asked for now, and registered for the app. Hydra would grant any.
fn grantable(request: &ConsentRequest) -> impl Iterator<Item = &str> {
    let asked = request.requested_scope.iter().map(String::as_str);
    asked.filter(|scope| request.client.may_ask_for(scope))
}

/// Whether one of the organisation's own apps asks, and for nothing that a person has to know about. What
/// the catalogue does not tell of is asked about.
fn is_first_party(request: &ConsentRequest, described: &[Scope]) -> bool {
    request.client.skip_consent
        && !prompts(&request.request_url, "consent")
        && described.iter().all(|scope| scope.first_party)
}

fn asked_for(request: &ConsentRequest, scope: &str) -> bool {
    grantable(request).any(|grantable| grantable == scope)
}

fn granted_audience(request: &ConsentRequest) -> Vec<String> {
    let asked = request.requested_access_token_audience.iter();
    asked.filter(|audience| request.client.audience.contains(audience)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hydra_admin::Client;

    #[test]
    fn only_what_was_asked_for_and_registered_can_be_granted() {
        let strings = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        let request = ConsentRequest {
            skip: false,
            subject: "1".to_owned(),
            requested_scope: strings(&["openid", "users.read", "admin"]),
            requested_access_token_audience: strings(&["https://a", "https://b"]),
            request_url: String::new(),
            client: Client {
                scope: "openid users.read users.write".to_owned(),
                audience: strings(&["https://b", "https://c"]),
                ..Client::default()
            },
            oidc_context: hydra_admin::OidcContext::default(),
            login_challenge: String::new(),
            login_session_id: String::new(),
        };
        assert_eq!(grantable(&request).collect::<Vec<_>>(), ["openid", "users.read"]);
        for never in ["admin", "users.write", "users", "", "openid users.read"] {
            assert!(!asked_for(&request, never), "{never}");
        }
        assert_eq!(granted_audience(&request), ["https://b"]);
    }
}
