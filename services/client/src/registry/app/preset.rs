//! What follows from an app's kind.

use super::{App, Kind};
use serde_json::Value;
use url::Url;

/// Refresh tokens are given for either of them: Hydra's name, and that of OpenID Connect Core,
/// section 11.
const OFFLINE: [&str; 2] = ["offline", "offline_access"];

impl Kind {
    /// Whether people sign in with it.
    pub(crate) fn has_people(self) -> bool {
        self != Self::Machine
    }

    /// Whether it can keep a secret (RFC 6749, section 2.1).
    pub(crate) fn is_confidential(self) -> bool {
        matches!(self, Self::Web | Self::Machine)
    }

    /// In a sentence.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Web => "a web app",
            Self::Spa => "a single page app",
            Self::Native => "a native app",
            Self::Machine => "a machine",
        }
    }
}

impl App {
    /// Fills in what a new app may leave open.
    pub(crate) fn fill(&mut self) {
        if self.client.scope.is_empty() && self.ours.kind.is_some_and(Kind::has_people) {
            "openid".clone_into(&mut self.client.scope);
        }
    }

    /// Fills in what follows from the kind and the scopes, where it is not said.
    pub(crate) fn derive(&mut self) {
        let Some(kind) = self.ours.kind else { return };
        if self.client.grant_types.is_empty() {
            self.client.grant_types = self.fitting_grant_types(kind);
        }
        if self.client.response_types.is_empty() {
            self.client.response_types = fitting_response_types(kind);
        }
        if self.client.token_endpoint_auth_method.is_empty() {
            let keys = self.client.jwks.is_some() || !self.client.jwks_uri.is_empty();
            let method = match (kind.is_confidential(), keys) {
                (false, _) => "none",
                (true, true) => "private_key_jwt",
                (true, false) => "client_secret_basic",
            };
            method.clone_into(&mut self.client.token_endpoint_auth_method);
        }
        if self.client.token_endpoint_auth_method == "private_key_jwt"
            && self.client.token_endpoint_auth_signing_alg.is_empty()
        {
            let algorithm = self.client.jwks.as_ref().and_then(algorithm).unwrap_or("RS256");
            algorithm.clone_into(&mut self.client.token_endpoint_auth_signing_alg);
        }
        if kind == Kind::Spa {
            self.client.allowed_cors_origins = origins(&self.client.redirect_uris);
        }
        self.client.backchannel_logout_session_required =
            !self.client.backchannel_logout_uri.is_empty();
        self.client.frontchannel_logout_session_required =
            !self.client.frontchannel_logout_uri.is_empty();
    }

    /// Forgets what follows from the rest, so that it is derived anew.
    pub(crate) fn forget_derived(&mut self) {
        self.client.grant_types.clear();
        self.client.response_types.clear();
    }

    /// The grants of this kind with these scopes (RFC 9700, section 2.1: no implicit grant, and
    /// section 2.4: no passwords).
    pub(crate) fn fitting_grant_types(&self, kind: Kind) -> Vec<String> {
        let grants: &[&str] = match kind {
            Kind::Machine => &["client_credentials"],
            _ if self.scopes().any(|scope| OFFLINE.contains(&scope)) => {
                &["authorization_code", "refresh_token"]
            }
            _ => &["authorization_code"],
        };
        grants.iter().map(|&grant| grant.to_owned()).collect()
    }
}

/// What the authorization endpoint may answer an app of this kind.
pub(crate) fn fitting_response_types(kind: Kind) -> Vec<String> {
    if kind.has_people() { vec!["code".to_owned()] } else { Vec::new() }
}

/// What the first key of a set signs with: what it says, or else what its kind is used for most.
fn algorithm(jwks: &Value) -> Option<&str> {
    let text = |member: &str| jwks.pointer(&format!("/keys/0/{member}")).and_then(Value::as_str);
    text("alg").or_else(|| match (text("kty")?, text("crv")) {
        ("RSA", _) => Some("RS256"),
        ("EC", Some("P-256")) => Some("ES256"),
        ("EC", Some("P-384")) => Some("ES384"),
        ("EC", Some("P-521")) => Some("ES512"),
        _ => None,
    })
}

/// Each origin once.
fn origins(uris: &[String]) -> Vec<String> {
    let mut origins = Vec::new();
    for origin in uris.iter().filter_map(|uri| Url::parse(uri).ok()).map(|url| url.origin()) {
        let origin = origin.ascii_serialization();
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}
