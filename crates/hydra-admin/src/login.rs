//! Login requests: who is it?

use crate::{Challenge, Client, Error, HydraAdmin, Reject};
use serde::{Deserialize, Serialize};
use url::Url;

const REQUEST: &str = "/admin/oauth2/auth/requests/login";
const ACCEPT: &str = "/admin/oauth2/auth/requests/login/accept";
const REJECT: &str = "/admin/oauth2/auth/requests/login/reject";
const SESSIONS: &str = "/admin/oauth2/auth/sessions/login";

/// A sign-in that waits for Hydra to learn who the person is.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(Serialize, Default))]
pub struct LoginRequest {
    /// The person is signed in at Hydra already: no page is needed, `subject` is who.
    pub skip: bool,
    /// Who is signed in already; empty unless `skip`.
    pub subject: String,
    /// The authorization request as the browser sent it, with unknown parameters too.
    pub request_url: String,
    /// The app that asks.
    pub client: Client,
    /// What OpenID Connect Core 3.1.2.1 lets the app ask for.
    #[serde(default)]
    pub oidc_context: OidcContext,
    /// The browser's login: new, or with `skip` the one that is skipped to. `sid` in ID tokens.
    #[serde(default)]
    pub session_id: String,
}

/// Wishes of the app (OpenID Connect Core, section 3.1.2.1).
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub struct OidcContext {
    /// Languages for the page, best first (BCP 47).
    #[serde(default)]
    pub ui_locales: Vec<String>,
    /// Who the app believes it is: fills the form's first field.
    #[serde(default)]
    pub login_hint: String,
    /// The ID token that the app sent along (`id_token_hint`).
    #[serde(default)]
    pub id_token_hint_claims: HintedClaims,
}

/// What an app's ID token says about who it expects.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub struct HintedClaims {
    /// The person, as this app's ID tokens call them. Empty where no token was sent.
    #[serde(default)]
    pub sub: String,
}

/// Who it is, and for how long Hydra may remember it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AcceptLogin {
    /// The person's stable id.
    pub subject: String,
    /// Whether Hydra keeps the login. Logout by `id_token_hint` works only for kept ones, so this
    /// is always true, and `remember_for` is short where the person did not ask for it.
    pub remember: bool,
    /// Seconds that Hydra keeps the login; 0 keeps it until the browser is closed.
    pub remember_for: u64,
    /// With `skip`: whether `remember_for` counts anew from now. Else the login ends when it would.
    pub extend_session_lifespan: bool,
    /// How the person was authenticated (RFC 8176).
    pub amr: Vec<String>,
    /// How well (OpenID Connect Core, section 2).
    pub acr: String,
    /// What Hydra calls the login by when it ends, at `urls.identity_provider.url`.
    pub identity_provider_session_id: String,
}

impl HydraAdmin {
    /// Reads the login request.
    pub async fn login(&self, challenge: &Challenge) -> Result<LoginRequest, Error> {
        let query = [("login_challenge", challenge)];
        self.json(self.http.get(self.url(REQUEST)).query(&query), REQUEST).await
    }

    /// Says who it is; the browser goes on at the address that comes back.
    pub async fn accept_login(
        &self,
        challenge: &Challenge,
        accept: &AcceptLogin,
    ) -> Result<Url, Error> {
        let query = [("login_challenge", challenge)];
        self.redirect(self.http.put(self.url(ACCEPT)).query(&query).json(accept), ACCEPT).await
    }

    /// Ends the sign-in with an error for the app.
    pub async fn reject_login(&self, challenge: &Challenge, reject: &Reject) -> Result<Url, Error> {
        let query = [("login_challenge", challenge)];
        self.redirect(self.http.put(self.url(REJECT)).query(&query).json(reject), REJECT).await
    }

    /// Ends one login. The apps that have a back-channel logout address are told; tokens stay valid.
    pub async fn end_login(&self, session_id: &str) -> Result<(), Error> {
        let request = self.http.delete(self.url(SESSIONS)).query(&[("sid", session_id)]);
        self.send(request, SESSIONS).await.map(drop)
    }

    /// Makes Hydra forget all logins of a person, in every browser. Tokens stay valid.
    pub async fn forget_logins(&self, subject: &str) -> Result<(), Error> {
        let request = self.http.delete(self.url(SESSIONS)).query(&[("subject", subject)]);
        self.send(request, SESSIONS).await.map(drop)
    }
}
