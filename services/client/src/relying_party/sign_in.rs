//! `/sign-in`: sends the browser to Hydra, and remembers what for.

mod store;

pub(crate) use store::SignIns;
pub(super) use store::{KEPT, SignIn};

use super::{RelyingParty, paths, problem::Problem, return_to};
use crate::{
    opaque::OpaqueId,
    provider::{AuthorizationRequest, ProviderError},
};
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Redirect, Response},
};
use oauth2::PkceCodeChallenge;
use std::sync::Arc;
use telemetry::sign_in::References;
use url::form_urlencoded;

/// Begins a sign-in of this browser. Several may be under way at once, one for each tab.
pub(super) async fn begin(
    State(app): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let browser = app.cookies.browser(&headers).unwrap_or_else(OpaqueId::random);
    let (state, nonce) = (OpaqueId::random(), OpaqueId::random());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let trace_reference = app.references.as_ref().and_then(References::make);

    let request = AuthorizationRequest {
        state: &state,
        nonce: &nonce,
        challenge,
        trace_reference: trace_reference.as_deref(),
    };
    let to = app.provider.authorization_url(request).await.map_err(Problem::from)?;
    let wanted = query.as_deref().and_then(wanted);
    let sign_in = SignIn {
        nonce: nonce.expose().to_owned(),
        pkce_verifier: verifier.into_secret(),
        return_to: return_to::local(&app.origin, wanted.as_deref()),
        trace_reference,
    };
    app.sign_ins.begin(&state, &browser, &sign_in, app.clock.now()).await?;

    let cookie = app.cookies.set_browser(&browser, KEPT);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(to.as_str())).into_response())
}

/// The address that begins this sign-in once more.
pub(super) fn again(return_to: &str) -> String {
    let return_to: String = form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
    format!("{}?return_to={return_to}", paths::SIGN_IN)
}

fn wanted(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "return_to").map(|(_, value)| value.into_owned())
}

impl From<ProviderError> for Problem {
    fn from(error: ProviderError) -> Self {
        Self::ProviderDown(Arc::new(error))
    }
}
