//! Tokens of an app of our own: the one with the account pages.

use crate::{Error, HydraAdmin};
use serde::Deserialize;
use std::fmt;

const TOKEN: &str = "/oauth2/token";
const REVOKE: &str = "/oauth2/revoke";
const INTROSPECT: &str = "/admin/oauth2/introspect";

/// What a code was exchanged for (RFC 6749, section 5.1).
#[derive(Deserialize)]
pub struct Tokens {
    /// Opens what was granted.
    pub access_token: String,
    /// Says who signed in, and in which session.
    pub id_token: String,
}

/// What Hydra says of a token (RFC 7662, section 2.2).
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
pub struct Introspection {
    /// Whether it is good for anything.
    pub active: bool,
    /// Whose it is.
    #[serde(default)]
    pub sub: String,
    /// Which app's.
    #[serde(default)]
    pub client_id: String,
    /// `access_token` or `refresh_token`.
    #[serde(default)]
    pub token_use: String,
}

/// A code, and what proves that we asked for it (RFC 7636).
pub struct Code<'a> {
    /// A public client's id.
    pub client_id: &'a str,
    /// The code.
    pub code: &'a str,
    /// The verifier of the challenge that the sign-in began with.
    pub verifier: &'a str,
    /// Where the code was sent to.
    pub redirect_uri: &'a str,
}

impl HydraAdmin {
    /// Exchanges a code at the public API.
    pub async fn exchange_code(&self, code: &Code<'_>) -> Result<Tokens, Error> {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", code.client_id),
            ("code", code.code),
            ("code_verifier", code.verifier),
            ("redirect_uri", code.redirect_uri),
        ];
        self.json(self.http.post(self.public_url(TOKEN)).form(&form), TOKEN).await
    }

    /// Whose token it is, if it is good.
    pub async fn introspect(&self, token: &str) -> Result<Introspection, Error> {
        let request = self.http.post(self.url(INTROSPECT)).form(&[("token", token)]);
        self.json(request, INTROSPECT).await
    }

    /// Ends a token of a public client, at the public API (RFC 7009).
    pub async fn revoke_token(&self, client_id: &str, token: &str) -> Result<(), Error> {
        let form = [("client_id", client_id), ("token", token)];
        self.send(self.http.post(self.public_url(REVOKE)).form(&form), REVOKE).await.map(drop)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens([redacted])")
    }
}

impl fmt::Debug for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
