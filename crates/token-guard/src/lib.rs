#![doc = include_str!("../README.md")]

mod bearer;
mod claims;
mod grant;
#[cfg(feature = "tonic")]
pub mod grpc;
mod introspection;
#[cfg(feature = "jwt")]
pub mod jwks;
#[cfg(feature = "jwt")]
mod jwt;
mod layer;
mod memory;
mod metrics;
mod refusal;
mod server;
mod settings;
#[cfg(feature = "axum")]
pub mod web;

pub use grant::{Grant, Holder};
pub use layer::{GuardLayer, Guarded, Protocol, ScopeLayer, Scoped};
pub use refusal::{InsufficientScope, Refusal};
pub use settings::{Holders, Settings};

use claims::Demands;
use http::HeaderMap;
use memory::Memory;
use serde_json::{Map, Value};
use std::{fmt, sync::Arc};
use url::Url;

/// Checks bearer tokens. Cheap to clone: clones share connections and what they remember.
#[derive(Clone)]
pub struct TokenGuard(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    source: Source,
    demands: Demands,
    memory: Memory,
}

/// Who says what a token is worth.
enum Source {
    Introspection(Url),
    #[cfg(feature = "jwt")]
    Signature(jwks::Keys),
}

impl TokenGuard {
    /// A guard that asks the authorization server about tokens at `introspection`; for Ory Hydra that
    /// is `/admin/oauth2/introspect` of its admin API. A user and a password in the address are sent.
    ///
    /// Fails where the system has no certificate store.
    pub fn introspecting(introspection: Url, settings: &Settings) -> reqwest::Result<Self> {
        Self::new(Source::Introspection(introspection), settings)
    }

    /// A guard that checks JSON Web Tokens of `issuer` by the keys at `jwks_uri`. No token is sent
    /// anywhere, and a revoked one goes on working until it ends: let it end soon.
    ///
    /// Fails where the system has no certificate store.
    #[cfg(feature = "jwt")]
    pub fn verifying(issuer: &str, jwks_uri: Url, settings: &Settings) -> reqwest::Result<Self> {
        let settings = Settings { issuer: Some(issuer.to_owned()), ..settings.clone() };
        Self::new(Source::Signature(jwks::Keys::new(jwks_uri)), &settings)
    }

    fn new(source: Source, settings: &Settings) -> reqwest::Result<Self> {
        Ok(Self(Arc::new(Inner {
            http: server::client(settings.timeout)?,
            source,
            demands: Demands::new(settings),
            memory: Memory::new(settings),
        })))
    }

    /// What `token` (alone, without its scheme) grants, and to whom. Every other answer than a clear
    /// yes is a refusal.
    pub async fn check(&self, token: &str) -> Result<Grant, Refusal> {
        if !bearer::well_formed(token) {
            return Err(Refusal::Malformed);
        }
        self.0.memory.verdict(token, self.decide(token)).await
    }

    /// What the token of a request's headers grants.
    pub async fn check_headers(&self, headers: &HeaderMap) -> Result<Grant, Refusal> {
        let outcome = match bearer::of(headers) {
            Ok(token) => self.check(token).await,
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = &outcome {
            log(refusal);
        }
        outcome
    }

    /// What can be said of a request's headers without a question to anybody.
    pub(crate) fn at_once(&self, headers: &HeaderMap) -> Option<Result<Grant, Refusal>> {
        let outcome = match bearer::of(headers) {
            Ok(token) => self.recall(token)?,
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = &outcome {
            log(refusal);
        }
        Some(outcome)
    }

    fn recall(&self, token: &str) -> Option<Result<Grant, Refusal>> {
        if bearer::well_formed(token) {
            self.0.memory.recall(token)
        } else {
            Some(Err(Refusal::Malformed))
        }
    }

    /// [`Settings::realm`].
    #[must_use]
    pub fn realm(&self) -> &str {
        self.0.demands.realm()
    }

    async fn decide(&self, token: &str) -> Result<Grant, Refusal> {
        let claims = self.0.claims(token).await?;
        self.0.demands.decide(claims, claims::now())
    }
}

fn log(refusal: &Refusal) {
    match refusal {
        Refusal::Unavailable(reason) => {
            tracing::error!(%reason, "the authorization server cannot be asked about a token");
        }
        refusal => tracing::debug!(%refusal, "a request is refused"),
    }
}

impl Inner {
    async fn claims(&self, token: &str) -> Result<Map<String, Value>, Refusal> {
        match &self.source {
            Source::Introspection(url) => introspection::claims(&self.http, url, token).await,
            #[cfg(feature = "jwt")]
            Source::Signature(keys) => jwt::claims(&self.http, keys, token).await,
        }
    }
}

impl fmt::Debug for TokenGuard {
    /// The address is left out: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenGuard").field("realm", &self.realm()).finish_non_exhaustive()
    }
}
