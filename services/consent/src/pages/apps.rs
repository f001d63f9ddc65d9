//! Which apps have access, and where is the person signed in? Each can be ended here.

use super::{error, form, go_on, named};
use crate::{
    App,
    account::{CLIENT_ID, Person},
    browser::Browser,
    forms::Returned,
    refusal::Refusal,
    view::{self, Ago, Apps, Device, Granted, Message, Shown, SignedIn},
};
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::{DateTime, Utc};
use hydra_admin::{Challenge, ConsentSession, Error};
use latchkey_proto::{
    client::v1::Scope,
    identity::v1::{Session, User},
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// This page's address.
pub(crate) const APPS: &str = "/authentication/apps";

/// What the page's forms are sealed for, where those of a sign-in have its challenge.
const FORMS: &str = "apps";

/// What a form sends: exactly one is set.
#[derive(Deserialize)]
pub(crate) struct End {
    app: Option<String>,
    session: Option<String>,
    everywhere: Option<String>,
}

/// The page, for whoever has signed in to it.
pub(crate) async fn show(
    State(app): State<App>,
    browser: Browser,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let shown = async {
        let Some((person, user)) = known(&app, &browser, &headers).await? else {
            return sign_in(&app, &browser);
        };
        let reader = app.view.reader(&browser.preference, &[]);
        let granted = by_app(app.hydra.all_consents(&person.subject).await?);
        let names: BTreeSet<_> = granted.values().flat_map(|app| app.scopes.clone()).collect();
        let names: Vec<_> = names.into_iter().collect();
        let described = app.client_service.describe(&names, &reader.language.tag).await;
        let now = app.account.clock.now();
        let mut sessions = app.identity.sessions(&person.subject).await?;
        sessions.sort_by_key(|it| std::cmp::Reverse(it.last_use_time.map(|time| time.seconds)));
        let page = Apps {
            hidden: app.forms.hidden(&browser, &challenge()?, &person.subject)?,
            person: named(user),
            granted: granted.into_iter().map(|(id, app)| app.shown(id, &described)).collect(),
            sessions: sessions.into_iter().map(|it| signed_in(it, &person, now)).collect(),
        };
        form(&app, &browser, &reader, StatusCode::OK, &page, None)
    };
    shown.await.map_err(|refusal: Refusal| refusal.or_again_at(APPS.to_owned()))
}

/// Who has signed in to the page, if their session goes on.
async fn known(
    app: &App,
    browser: &Browser,
    headers: &HeaderMap,
) -> Result<Option<(Person, User)>, Refusal> {
    let Some(person) = app.account.person(browser, headers) else { return Ok(None) };
    let resumed = app.identity.resume(&person.session_id, &person.subject).await?;
    Ok(resumed.map(|(_, user)| (person, user)))
}

/// Comes back from Hydra. Where the page itself can say what is next, it is opened; where it would only
/// lead here again, the person is told, and goes on by a button.
pub(crate) async fn callback(
    State(app): State<App>,
    browser: Browser,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let told = |code: &str| error::told(&app, &browser, code, Some(("try-again", APPS.to_owned())));
    if let Some(code) = error::code(&query) {
        return told(&code);
    }
    let mut response = Redirect::to(APPS).into_response();
    match app.account.finish(&browser, &headers, &query, &app.hydra).await {
        Ok(Some(person)) => {
            for (name, value) in app.account.keep(&browser, &person)? {
                response.headers_mut().append(name, value);
            }
            Ok(response)
        }
        // Another tab has begun since, or has finished: the page knows.
        Ok(None) => Ok(response),
        // The code was used, or came too late.
        Err(Error::Unknown(_) | Error::Expired | Error::Refused(_)) => told("token_expired"),
        Err(error) => Err(Refusal::from(error).or_again_at(APPS.to_owned())),
    }
}

/// Ends what the person wants to end, and shows what is left.
pub(crate) async fn submit(
    State(app): State<App>,
    headers: HeaderMap,
    sent: Returned<End>,
) -> Result<Response, Refusal> {
    let ended = async {
        let Returned { challenge: made, start: subject, browser, fields } = sent;
        let Some((person, _)) = known(&app, &browser, &headers).await? else {
            return Ok(Redirect::to(APPS).into_response());
        };
        if made != challenge()? || person.subject != subject {
            return Err(Refusal::ForeignForm);
        }
        match (fields.app, fields.session, fields.everywhere) {
            (Some(client_id), None, None) => {
                app.hydra.revoke_consent(&subject, &client_id).await?;
            }
            (None, Some(id), None) => {
                let own = app.identity.sessions(&subject).await?;
                if own.iter().any(|session| session.session_id == id) {
                    app.client_service.end_session(&id).await?;
                }
            }
            (None, None, Some(_)) => {
                app.client_service.sign_out(&subject).await?;
                let reader = app.view.reader(&browser.preference, &[]);
                let html = app.view.render(&reader, &Message::said("logged-out"))?;
                return Ok(([app.account.forget()], html).into_response());
            }
            _ => return Err(Refusal::BadForm(StatusCode::BAD_REQUEST)),
        }
        Ok(Redirect::to(APPS).into_response())
    };
    ended.await.map_err(|refusal: Refusal| refusal.or_again_at(APPS.to_owned()))
}

fn sign_in(app: &App, browser: &Browser) -> Result<Response, Refusal> {
    let (url, cookie) = app.account.begin(browser, app.hydra.public())?;
    let mut response = go_on(&url);
    response.headers_mut().extend(app.forms.cookie(browser));
    response.headers_mut().append(cookie.0, cookie.1);
    Ok(response)
}

fn challenge() -> Result<Challenge, Refusal> {
    Challenge::parse(FORMS).ok_or(Refusal::NoChallenge)
}

/// What an app was granted, at any sign-in.
struct GrantedApp {
    name: String,
    scopes: BTreeSet<String>,
}

impl GrantedApp {
    fn shown(self, id: String, described: &[Scope]) -> Granted {
        let granted = described.iter().filter(|scope| self.scopes.contains(&scope.name));
        let scopes = granted.map(|scope| Shown::beside(&[], scope.clone())).collect();
        Granted { id, name: self.name, scopes }
    }
}

/// By the id of the app; this page's own is left out.
fn by_app(granted: Vec<ConsentSession>) -> BTreeMap<String, GrantedApp> {
    let mut apps: BTreeMap<String, GrantedApp> = BTreeMap::new();
    for ConsentSession { consent_request, grant_scope } in granted {
        let client = consent_request.client;
        if client.client_id == CLIENT_ID {
            continue;
        }
        let name = view::AskingApp::of(&client, &[]).name;
        let app = apps.entry(client.client_id);
        let app = app.or_insert_with(|| GrantedApp { name, scopes: BTreeSet::new() });
        app.scopes.extend(grant_scope);
    }
    apps
}

fn signed_in(session: Session, person: &Person, now: DateTime<Utc>) -> SignedIn {
    let ago = |time: Option<prost_types::Timestamp>| {
        let moment = time.and_then(|time| DateTime::from_timestamp(time.seconds, 0));
        Ago::of(moment.unwrap_or(now), now)
    };
    SignedIn {
        this: session.session_id == person.session_id,
        id: session.session_id,
        device: Device::of(&session.user_agent),
        place: session.ip,
        began: ago(session.create_time),
        used: ago(session.last_use_time),
    }
}
