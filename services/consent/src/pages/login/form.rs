//! The form, as it is filled and what it says of the last try.

use crate::{
    App,
    browser::Browser,
    pages::form,
    policy,
    refusal::Refusal,
    starts::Start,
    view::{AskingApp, Login, Wait},
};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use hydra_admin::{Challenge, LoginRequest};
use std::time::Duration;

/// What stands in the form before somebody types.
#[derive(Default)]
pub(super) struct Filled {
    pub(super) identifier: String,
    pub(super) remember: bool,
    pub(super) problem: Option<Problem>,
}

/// What went wrong at the last try.
#[derive(Clone, Copy)]
pub(super) enum Problem {
    WrongCredentials,
    Throttled(Duration),
    Busy,
    Down,
    OtherAccount,
}

/// The page with the form.
pub(super) fn ask(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &LoginRequest,
    mut start: Start,
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
        Some(Problem::OtherAccount) => (StatusCode::OK, Some("other-account"), None),
        Some(Problem::Down) => (StatusCode::SERVICE_UNAVAILABLE, Some("down"), None),
    };
    let retry_after = wait.map(|wait| (header::RETRY_AFTER, HeaderValue::from(wait.seconds())));
    let page = Login {
        hidden: app.forms.hidden(browser, challenge, &request.request_url)?,
        app: AskingApp::of(&request.client, &app.logos),
        identifier: filled.identifier,
        remember: filled.remember,
        problem,
        wait,
    };
    let reader = app.view.reader(&browser.preference, &request.oidc_context.ui_locales);
    start.home = request.client.home().map(String::from);
    start.look = policy::look(&request.client).map(ToOwned::to_owned);
    let asking = Some((&request.client, Some(&start)));
    let mut response = form(app, browser, &reader, status, &page, asking)?;
    response.headers_mut().extend(retry_after);
    Ok(response)
}
