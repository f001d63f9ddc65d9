//! What may the app do? Hydra sends browsers here with a `consent_challenge`.

use super::{Answer, address, challenge, form, go_on, restart, start};
use crate::{
    App,
    browser::Browser,
    forms::Returned,
    refusal::Refusal,
    view::{self, AskingApp, Consent, Shown},
};
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use hydra_admin::{AcceptConsent, Challenge, ConsentRequest, Reject, Session};
use latchkey_proto::identity::v1::User;
use serde::Deserialize;
use serde_json::{Map, Value};

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
) -> Result<Response, Refusal> {
    let challenge = challenge("consent_challenge", query.as_deref())?;
    let retry = address("consent", "consent_challenge", &challenge);
    let request =
        app.hydra.consent(&challenge).await.map_err(|e| Refusal::from(e).with(None, &retry))?;
    app.follow(&request.request_url);
    let begin = start(&app, &request.request_url);
    offer(&app, &browser, &challenge, &request).await.map_err(|e| e.with(begin, &retry))
}

async fn offer(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &ConsentRequest,
) -> Result<Response, Refusal> {
    let Some(user) = app.identity.user(&request.subject).await? else {
        return gone(app, request).await;
    };
    if request.skip || request.client.skip_consent {
        let everything = grantable(request).map(ToOwned::to_owned).collect();
        return accept(app, challenge, request, &user, everything, true).await;
    }
    let language = view::language(&request.oidc_context.ui_locales, &browser.accept_language);
    let asked: Vec<String> = grantable(request).map(ToOwned::to_owned).collect();
    let described = app.catalogue.describe(&asked, &language.to_string()).await;
    let (always, scopes): (Vec<_>, Vec<_>) =
        described.into_iter().partition(|scope| scope.always_granted);
    let page = Consent {
        hidden: app.forms.hidden(browser, challenge, &request.request_url),
        app: AskingApp::from(&request.client),
        person: if user.email.is_empty() { user.display_name } else { user.email },
        scopes: scopes.into_iter().map(Shown::from).collect(),
        always: always.into_iter().map(Shown::from).collect(),
    };
    form(app, browser, &language, StatusCode::OK, &page, Some(&request.client))
}

/// Tells Hydra what the person chose.
pub(crate) async fn submit(
    State(app): State<App>,
    sent: Returned<Choice>,
) -> Result<Response, Refusal> {
    app.follow(&sent.start);
    let begin = start(&app, &sent.start);
    let retry = address("consent", "consent_challenge", &sent.challenge);
    decide(&app, sent).await.map_err(|refusal| refusal.with(begin, &retry))
}

async fn decide(app: &App, sent: Returned<Choice>) -> Result<Response, Refusal> {
    let Returned { challenge, fields: choice, .. } = sent;
    let request = app.hydra.consent(&challenge).await?;
    if choice.action == Answer::Reject {
        let reject = Reject {
            error: "access_denied",
            error_description: "The person did not grant access.",
        };
        return Ok(go_on(&app.hydra.reject_consent(&challenge, &reject).await?));
    }
    if let Some(extra) = choice.grant_scope.iter().find(|scope| !asked_for(&request, scope)) {
        tracing::warn!(
            client.id = request.client.client_id,
            scope.length = extra.len(),
            "a form came back with a scope that was not asked for"
        );
        return Err(Refusal::BadForm(StatusCode::BAD_REQUEST));
    }
    let Some(user) = app.identity.user(&request.subject).await? else {
        return gone(app, &request).await;
    };
    accept(app, &challenge, &request, &user, choice.grant_scope, choice.remember.is_some()).await
}

async fn accept(
    app: &App,
    challenge: &Challenge,
    request: &ConsentRequest,
    user: &User,
    grant_scope: Vec<String>,
    remember: bool,
) -> Result<Response, Refusal> {
    let accept = AcceptConsent {
        session: Session { id_token: claims(user, &grant_scope), access_token: Map::new() },
        grant_access_token_audience: granted_audience(request),
        grant_scope,
        remember,
        remember_for: app.remember_for.as_secs(),
    };
    Ok(go_on(&app.hydra.accept_consent(challenge, &accept).await?))
}

/// The person is no user any more: what Hydra remembers of them ends, and the sign-in starts again.
async fn gone(app: &App, request: &ConsentRequest) -> Result<Response, Refusal> {
    app.hydra.forget_logins(&request.subject).await?;
    app.hydra.revoke_consents(&request.subject).await?;
    restart(app, &request.request_url)
}

/// The scopes that may be granted: asked for now, and registered for the app. Hydra would grant any.
fn grantable(request: &ConsentRequest) -> impl Iterator<Item = &str> {
    let asked = request.requested_scope.iter().map(String::as_str);
    asked.filter(|scope| request.client.may_ask_for(scope))
}

fn asked_for(request: &ConsentRequest, scope: &str) -> bool {
    grantable(request).any(|grantable| grantable == scope)
}

fn granted_audience(request: &ConsentRequest) -> Vec<String> {
    let asked = request.requested_access_token_audience.iter();
    asked.filter(|audience| request.client.audience.contains(audience)).cloned().collect()
}

/// What the ID token says about the person, by granted scope (OpenID Connect Core, section 5.4).
fn claims(user: &User, granted: &[String]) -> Map<String, Value> {
    let by_scope = [
        ("profile", "name", &user.display_name),
        ("profile", "preferred_username", &user.username),
        ("email", "email", &user.email),
    ];
    by_scope
        .into_iter()
        .filter(|(scope, _, value)| granted.iter().any(|g| g == scope) && !value.is_empty())
        .map(|(_, claim, value)| (claim.to_owned(), Value::from(value.as_str())))
        .collect()
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
        };
        assert_eq!(grantable(&request).collect::<Vec<_>>(), ["openid", "users.read"]);
        for never in ["admin", "users.write", "users", "", "openid users.read"] {
            assert!(!asked_for(&request, never), "{never}");
        }
        assert_eq!(granted_audience(&request), ["https://b"]);
    }

    #[test]
    fn claims_follow_the_granted_scopes() {
        let user = User {
            subject: "1".to_owned(),
            email: "ada@example.com".to_owned(),
            display_name: "Ada".to_owned(),
            ..User::default()
        };
        let names = |granted: &[&str]| -> Vec<String> {
            let granted: Vec<_> = granted.iter().map(ToString::to_string).collect();
            let mut names: Vec<_> =
                claims(&user, &granted).into_iter().map(|(name, _)| name).collect();
            names.sort();
            names
        };
        assert!(names(&["openid", "users.read"]).is_empty());
        assert_eq!(names(&["profile"]), ["name"]);
        assert_eq!(names(&["profile", "email"]), ["email", "name"]);
    }
}
