//! Whoever is in none of the groups that the app is kept to.

use super::{named, waiting};
use crate::{
    App,
    browser::Browser,
    pages::{form, prompts, reject},
    refusal::Refusal,
    starts::{Start, Step},
    view::{AskingApp, TurnedAway},
};
use axum::{http::StatusCode, response::Response};
use hydra_admin::{Challenge, ConsentRequest, Reject};
use latchkey_proto::identity::v1::User;

/// The page that says so, with the ways on; or the app is told, where it wants no page.
pub(super) async fn turn_away(
    app: &App,
    browser: &Browser,
    challenge: &Challenge,
    request: &ConsentRequest,
    start: Start,
    user: User,
) -> Result<Response, Refusal> {
    tracing::info!(client.id = request.client.client_id, "somebody of other groups is turned away");
    if prompts(&request.request_url, "none") {
        let reason = Reject {
            error: "access_denied",
            error_description: "The person is in none of the groups that may use the app.",
        };
        return reject(app, Step::Consent, challenge, &reason).await;
    }
    let person = named(user);
    let start = waiting(start, challenge, request, &person);
    let page = TurnedAway {
        hidden: app.forms.hidden(browser, challenge, &request.request_url)?,
        app: AskingApp::of(&request.client, &app.logos),
        person,
    };
    let reader = app.view.reader(&browser.preference, &request.oidc_context.ui_locales);
    let asking = Some((&request.client, Some(&start)));
    form(app, browser, &reader, StatusCode::FORBIDDEN, &page, asking)
}
