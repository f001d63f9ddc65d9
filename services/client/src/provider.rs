//! The authorization server, as its discovery document describes it.

mod credentials;
mod defect;
mod error;
mod grant;
mod id_token;
mod keys;
mod logout_token;
mod metadata;
mod signed;
mod tokens;
mod transport;

pub(crate) use credentials::{Credentials, KeyError, SigningKeys};
pub(crate) use error::ProviderError;
pub(crate) use grant::{Grant, Tokens};
pub(crate) use logout_token::{Logout, Whose};
pub(crate) use metadata::Metadata;

use crate::opaque::OpaqueId;
use chrono::{DateTime, Utc};
use defect::Defect;
use jsonwebtoken::jwk::JwkSet;
use keys::Keys;
use oauth2::{CsrfToken, PkceCodeChallenge, Scope};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::RwLock;
use url::Url;

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// What the provider says about itself is asked for anew after this long.
const METADATA_LASTS: Duration = Duration::from_mins(5);
/// Keys for logout tokens are asked for this often at most.
const FLOOR: Duration = Duration::from_secs(1);

/// How this app is registered there.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    pub(crate) client_id: String,
    /// What people know this app by.
    pub(crate) client_name: String,
    pub(crate) credentials: Credentials,
    pub(crate) redirect_url: Url,
    /// Scopes to ask for, separated by spaces.
    pub(crate) scope: String,
    /// How long ago people may have signed in when they come (`max_age`).
    pub(crate) max_age: Option<Duration>,
    pub(crate) issuer: Url,
    /// Scheme, host and port for calls from server to server, where they are not the issuer's.
    pub(crate) backchannel: Option<Url>,
}

/// The authorization server. What it says about itself is asked at first use, and kept for a while; a
/// question that failed is asked again.
pub(crate) struct Provider {
    http: reqwest::Client,
    registration: Registration,
    metadata: RwLock<Option<Known>>,
    keys: Keys,
}

#[derive(Clone)]
struct Known {
    metadata: Arc<Metadata>,
    asked_at: Instant,
}

/// What one sign-in sends along.
pub(crate) struct AuthorizationRequest<'a> {
    pub(crate) state: &'a OpaqueId,
    pub(crate) nonce: &'a OpaqueId,
    pub(crate) challenge: PkceCodeChallenge,
    /// For [`telemetry::sign_in::PARAMETER`].
    pub(crate) trace_reference: Option<&'a str>,
}

impl Provider {
    /// Nothing is asked yet. Fails where the system has no certificate store.
    pub(crate) fn new(registration: Registration) -> reqwest::Result<Self> {
        Ok(Self {
            http: telemetry::http_client::unpooled(TIMEOUT)?,
            registration,
            metadata: RwLock::default(),
            keys: Keys::default(),
        })
    }

    /// The keys that the provider has to know this app by, where its requests are signed.
    pub(crate) fn own_keys(&self) -> Option<serde_json::Value> {
        self.registration.credentials.keys().map(|keys| keys.public())
    }

    /// What the provider says about itself (OpenID Connect Discovery, section 4), or has said last where
    /// it cannot be reached.
    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, ProviderError> {
        let known = self.metadata.read().await.clone();
        match known {
            Some(known) if known.asked_at.elapsed() < METADATA_LASTS => Ok(known.metadata),
            Some(known) => Ok(self.ask().await.unwrap_or(known.metadata)),
            None => self.ask().await,
        }
    }

    /// Asks the provider what it says about itself now.
    pub(crate) async fn ask(&self) -> Result<Arc<Metadata>, ProviderError> {
        let Registration { issuer, backchannel, .. } = &self.registration;
        let metadata = Arc::new(Metadata::fetch(&self.http, issuer, backchannel.as_ref()).await?);
        let known = Known { metadata: metadata.clone(), asked_at: Instant::now() };
        *self.metadata.write().await = Some(known);
        Ok(metadata)
    }

    /// Where to send the browser (RFC 6749, section 4.1.1; RFC 7636, section 4.3).
    pub(crate) async fn authorization_url(
        &self,
        request: AuthorizationRequest<'_>,
    ) -> Result<Url, ProviderError> {
        let client = self.client(&*self.metadata().await?);
        let state = CsrfToken::new(request.state.expose().to_owned());
        let scopes = self.registration.scope.split(' ').map(|scope| Scope::new(scope.to_owned()));
        let mut url = client
            .authorize_url(|| state)
            .add_scopes(scopes)
            .set_pkce_challenge(request.challenge)
            .add_extra_param("nonce", request.nonce.expose());
        if let Some(max_age) = self.registration.max_age {
            url = url.add_extra_param("max_age", max_age.as_secs().to_string());
        }
        if let Some(reference) = request.trace_reference {
            url = url.add_extra_param(telemetry::sign_in::PARAMETER, reference);
        }
        Ok(url.url().0)
    }

    /// Who has signed out, as a logout token says. Anybody can send one: what names a key that we do
    /// not know makes the keys be asked for, but not more often than every [`FLOOR`].
    pub(crate) async fn logout(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Logout, ProviderError> {
        let metadata = self.metadata().await?;
        let oldest = Instant::now().checked_sub(FLOOR);
        let client_id = &self.registration.client_id;
        let check =
            |keys: &JwkSet| logout_token::check(token, keys, &metadata.issuer, client_id, now);
        self.checked(&metadata, oldest, check).await
    }

    /// Checks a token; where it names a key that we do not know, once more with keys that were asked
    /// for after `oldest`.
    async fn checked<T>(
        &self,
        metadata: &Metadata,
        oldest: Option<Instant>,
        check: impl Fn(&JwkSet) -> Result<T, Defect>,
    ) -> Result<T, ProviderError> {
        let keys = self.keys.known(&self.http, &metadata.jwks_uri).await?;
        match (check(&keys), oldest) {
            (Err(Defect::UnknownKey), Some(oldest)) => {
                let keys = self.keys.since(oldest, &self.http, &metadata.jwks_uri).await?;
                Ok(check(&keys)?)
            }
            (outcome, _) => Ok(outcome?),
        }
    }
}
