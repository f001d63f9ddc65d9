//! Sign out? Hydra sends browsers here with a `logout_challenge`.

use super::{Answer, challenge, form, go_on};
use crate::{
    App,
    browser::Browser,
    forms::Returned,
    refusal::Refusal,
    starts::Step,
    view::{Logout, Message},
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
    let challenge = challenge(Step::Logout, query.as_deref())?;
    let answer = async {
        let request = app.hydra.logout(&challenge).await?;
        if request.rp_initiated {
            return Ok(go_on(&app.hydra.accept_logout(&challenge).await?));
        }
        let page = Logout { hidden: app.forms.hidden(&browser, &challenge, "")? };
        let reader = app.view.reader(&browser.preference, &[]);
        form(&app, &browser, &reader, StatusCode::OK, &page, None)
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
    if sent.fields.action == Answer::Accept {
        return Ok(go_on(&app.hydra.accept_logout(&sent.challenge).await?));
    }
    app.hydra.reject_logout(&sent.challenge).await?;
    let reader = app.view.reader(&sent.browser.preference, &[]);
    let page = Message { words: "still-signed-in", way_on: None, again: None, trace_id: None };
    Ok(app.view.render(&reader, &page)?.into_response())
}
