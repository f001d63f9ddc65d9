//! Sign out? Hydra sends browsers here with a `logout_challenge`.

use super::{challenge, form, go_on};
use crate::{
    App,
    browser::Browser,
    forms::Returned,
    policy,
    refusal::Refusal,
    starts::Step,
    view::{AskingApp, Logout, Message},
};
use axum::{
    extract::{RawQuery, State},
    http::{HeaderName, StatusCode},
    response::{IntoResponse as _, Response},
};
use hydra_admin::Client;
use serde::Deserialize;

const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// Which button was pressed.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    /// Sign out here.
    Accept,
    /// Sign out of all apps and browsers.
    Everywhere,
    /// Stay signed in.
    Reject,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Choice {
    action: Answer,
}

/// The question. It is not asked where an app began the logout, proved with an ID token whose session
/// it means, and is registered to do so (`skip_logout_consent`); else any page could sign people out
/// with a link.
pub(crate) async fn show(
    State(app): State<App>,
    browser: Browser,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let challenge = challenge(Step::Logout, query.as_deref())?;
    let answer = async {
        let request = app.hydra.logout(&challenge).await?;
        let app_may = |client: &Client| request.rp_initiated && client.skip_logout_consent;
        if request.client.as_ref().is_some_and(app_may) {
            return Ok(go_on(&app.hydra.accept_logout(&challenge).await?));
        }
        let page = Logout {
            hidden: app.forms.hidden(&browser, &challenge, "")?,
            app: request.client.as_ref().map(|client| AskingApp::of(client, &app.logos)),
        };
        let reader = app.view.reader(&browser.preference, &[]);
        let asking = request.client.as_ref().map(|client| (client, None));
        form(&app, &browser, &reader, StatusCode::OK, &page, asking)
    };
    answer.await.map_err(|refusal: Refusal| refusal.or_again_at(Step::Logout.page(&challenge)))
}

/// Signs out, or not.
pub(crate) async fn submit(
    State(app): State<App>,
    sent: Returned<Choice>,
) -> Result<Response, Refusal> {
    let retry = Step::Logout.page(&sent.challenge);
    decide(&app, sent).await.map_err(|refusal| refusal.or_again_at(retry))
}

async fn decide(app: &App, sent: Returned<Choice>) -> Result<Response, Refusal> {
    let reader = app.view.reader(&sent.browser.preference, &[]);
    let request = app.hydra.logout(&sent.challenge).await;
    let client = request.as_ref().ok().and_then(|request| request.client.as_ref());
    let look = client.and_then(policy::look).map(ToOwned::to_owned);
    let show = |page: &Message| app.view.render_in(look.as_deref(), &reader, page);
    match sent.fields.action {
        Answer::Accept => {}
        Answer::Everywhere => app.client_service.sign_out(&request?.subject).await?,
        Answer::Reject => {
            app.hydra.reject_logout(&sent.challenge).await?;
            return Ok(show(&Message::said("still-signed-in"))?.into_response());
        }
    }
    let to = app.hydra.accept_logout(&sent.challenge).await?;
    let page = Message { way_on: Some(("go-on", to.to_string())), ..Message::said("signing-out") };
    // Chrome applies `form-action` to the redirects after a form, and Hydra may send the browser
    // anywhere from here: this page goes on by itself, and has a link besides.
    let refresh = [(REFRESH, format!("0; url={to}"))];
    Ok((refresh, show(&page)?).into_response())
}

/// It is done: for Hydra's `urls.post_logout_redirect`, where no app wants the browser back.
pub(crate) async fn landing(State(app): State<App>, browser: Browser) -> Result<Response, Refusal> {
    let reader = app.view.reader(&browser.preference, &[]);
    Ok(app.view.render(&reader, &Message::said("logged-out"))?.into_response())
}
