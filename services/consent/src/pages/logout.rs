//! Sign out? Hydra sends browsers here with a `logout_challenge`.

use super::{Answer, address, challenge, form, go_on};
use crate::{
    App,
    browser::Browser,
    forms::Returned,
    refusal::Refusal,
    view::{self, Logout, Message},
};
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Choice {
    action: Answer,
}

/// The question. It is not asked where an app began the logout and proved with an ID token whose
/// session it means; else any page could sign people out with a link.
pub(crate) async fn show(
    State(app): State<App>,
    browser: Browser,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let challenge = challenge("logout_challenge", query.as_deref())?;
    let retry = address("logout", "logout_challenge", &challenge);
    let answer = async {
        let request = app.hydra.logout(&challenge).await?;
        if request.rp_initiated {
            return Ok(go_on(&app.hydra.accept_logout(&challenge).await?));
        }
        let page = Logout { hidden: app.forms.hidden(&browser, &challenge, "") };
        let language = view::language(&[], &browser.accept_language);
        form(&app, &browser, &language, StatusCode::OK, &page, None)
    };
    answer.await.map_err(|refusal: Refusal| refusal.with(None, &retry))
}

/// Signs out, or not.
pub(crate) async fn submit(
    State(app): State<App>,
    sent: Returned<Choice>,
) -> Result<Response, Refusal> {
    let retry = address("logout", "logout_challenge", &sent.challenge);
    decide(&app, sent).await.map_err(|refusal| refusal.with(None, &retry))
}

async fn decide(app: &App, sent: Returned<Choice>) -> Result<Response, Refusal> {
    if sent.fields.action == Answer::Accept {
        return Ok(go_on(&app.hydra.accept_logout(&sent.challenge).await?));
    }
    app.hydra.reject_logout(&sent.challenge).await?;
    let language = view::language(&[], &sent.browser.accept_language);
    let page = Message { words: "still-signed-in", way_on: None, trace_id: None };
    Ok(app.view.render(&language, &page)?.into_response())
}
