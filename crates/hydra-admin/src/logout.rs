//! Logout requests: does the person mean it?

use crate::{Challenge, Client, Error, HydraAdmin};
use serde::Deserialize;
use url::Url;

const REQUEST: &str = "/admin/oauth2/auth/requests/logout";
const ACCEPT: &str = "/admin/oauth2/auth/requests/logout/accept";
const REJECT: &str = "/admin/oauth2/auth/requests/logout/reject";

/// A logout that waits for an answer.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize, Default))]
pub struct LogoutRequest {
    /// Who is to be signed out.
    #[serde(default)]
    pub subject: String,
    /// An app began it and proved with an ID token whose session it means (OpenID Connect
    /// RP-Initiated Logout).
    #[serde(default)]
    pub rp_initiated: bool,
    /// The app that began it.
    pub client: Option<Client>,
}

impl HydraAdmin {
    /// Reads the logout request.
    pub async fn logout(&self, challenge: &Challenge) -> Result<LogoutRequest, Error> {
        let query = [("logout_challenge", challenge)];
        self.json(self.http.get(self.url(REQUEST)).query(&query), REQUEST).await
    }

    /// Logs out; the browser goes on at the address that comes back.
    pub async fn accept_logout(&self, challenge: &Challenge) -> Result<Url, Error> {
        let query = [("logout_challenge", challenge)];
        self.redirect(self.http.put(self.url(ACCEPT)).query(&query), ACCEPT).await
    }

    /// Stays signed in. Hydra names no address to go on to.
    pub async fn reject_logout(&self, challenge: &Challenge) -> Result<(), Error> {
        let query = [("logout_challenge", challenge)];
        self.send(self.http.put(self.url(REJECT)).query(&query), REJECT).await.map(drop)
    }
}
