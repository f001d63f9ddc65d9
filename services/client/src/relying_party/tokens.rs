//! `/tokens`: in a demonstration people may look at their own tokens. Everywhere else there is no such
//! page, and no token ever reaches a browser.

use super::{RelyingParty, problem::Problem};
use crate::view::Page;
use axum::{Form, extract::State, http::HeaderMap};
use serde::Deserialize;
use std::sync::Arc;

/// The form on the home page.
#[derive(Deserialize)]
pub(super) struct Reveal {
    #[serde(default)]
    form_token: String,
}

/// Shown once, as the answer to a form: nothing leads back to it.
pub(super) async fn reveal(
    State(app): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    Form(form): Form<Reveal>,
) -> Result<Page, Problem> {
    let id = app.cookies.session(&headers).ok_or(Problem::ForeignForm)?;
    if !app.seal.is_form_token(&id, &form.form_token) {
        return Err(Problem::ForeignForm);
    }
    let session = app.sessions.find(&id, app.clock.now()).await?.ok_or(Problem::ForeignForm)?;
    Ok(app.view.tokens(&session.grant.tokens))
}
