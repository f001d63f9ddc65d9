//! The authorization server, as its discovery document describes it.

mod defect;
mod error;
mod grant;
mod id_token;
mod keys;
mod logout_token;
mod metadata;
mod signed;
mod transport;

pub(crate) use error::ProviderError;
pub(crate) use grant::{Grant, Tokens};
pub(crate) use logout_token::{Logout, Whose};
pub(crate) use metadata::Metadata;

use crate::opaque::OpaqueId;
use chrono::{DateTime, TimeDelta, Utc};
use defect::Defect;
use id_token::{Claims, Expected};
use jsonwebtoken::jwk::JwkSet;
use keys::Keys;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, Scope, StandardRevocableToken, StandardTokenResponse,
    TokenResponse as _, TokenUrl,
    basic::{
        BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
        BasicTokenType,
    },
};
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::RwLock;
use url::Url;

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Keys for logout tokens are asked for this often at most.
const FLOOR: Duration = Duration::from_secs(1);
/// An access token without `expires_in` is taken to last this long.
const ASSUMED_LIFE: Duration = Duration::from_mins(5);

/// How this app is registered there.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    /// Sends the secret as `client_secret_basic`, and not as `client_secret_post` (OpenID Connect
    /// Core, section 9).
    pub(crate) basic: bool,
    pub(crate) redirect_url: Url,
    /// Scopes to ask for, separated by spaces.
    pub(crate) scope: String,
    /// How long ago people may have signed in when they come (`max_age`).
    pub(crate) max_age: Option<Duration>,
    pub(crate) issuer: Url,
    /// Scheme, host and port for calls from server to server, where they are not the issuer's.
    pub(crate) backchannel: Option<Url>,
}

/// The authorization server. What it says about itself is asked at first use and kept; a question
/// that failed is asked again.
pub(crate) struct Provider {
    http: reqwest::Client,
    registration: Registration,
    metadata: RwLock<Option<Arc<Metadata>>>,
    keys: Keys,
}

/// A token response with an ID token (OpenID Connect Core, section 3.1.3.3).
type TokenResponse = StandardTokenResponse<IdTokenField, BasicTokenType>;

type OAuthClient = Client<
    BasicErrorResponse,
    TokenResponse,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

#[derive(Clone, Serialize, Deserialize)]
struct IdTokenField {
    id_token: Option<String>,
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
            http: telemetry::http_client::client(TIMEOUT)?,
            registration,
            metadata: RwLock::default(),
            keys: Keys::default(),
        })
    }

    /// What the provider says about itself (OpenID Connect Discovery, section 4).
    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, ProviderError> {
        if let Some(known) = &*self.metadata.read().await {
            return Ok(known.clone());
        }
        let Registration { issuer, backchannel, .. } = &self.registration;
        let metadata = Arc::new(Metadata::fetch(&self.http, issuer, backchannel.as_ref()).await?);
        *self.metadata.write().await = Some(metadata.clone());
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

    /// Exchanges a code for tokens, and finds out whose they are (RFC 6749, section 4.1.3).
    pub(crate) async fn exchange(
        &self,
        code: String,
        verifier: String,
        nonce: &str,
        now: DateTime<Utc>,
    ) -> Result<Grant, ProviderError> {
        let metadata = self.metadata().await?;
        // Before the code is spent: keys that cannot be reached must not cost the sign-in.
        self.keys.known(&self.http, &metadata.jwks_uri).await?;
        let response = self
            .client(&metadata)
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&transport::token(&self.http))
            .await?;
        let Some(id_token) = response.extra_fields().id_token.clone() else {
            return Err(ProviderError::Unexpected("a token response without an ID token"));
        };
        let claims = self.claims(&id_token, Some(nonce), &response, now).await?;
        Ok(self.grant(claims, id_token, &response, now))
    }

    /// New tokens for a session (RFC 6749, section 6). The old refresh token is spent.
    pub(crate) async fn refresh(
        &self,
        old: &Grant,
        refresh_token: String,
        now: DateTime<Utc>,
    ) -> Result<Grant, ProviderError> {
        let response = self
            .client(&*self.metadata().await?)
            .exchange_refresh_token(&RefreshToken::new(refresh_token))
            .request_async(&transport::token(&self.http))
            .await?;
        let mut new = old.clone();
        new.tokens.access.clone_from(response.access_token().secret());
        if let Some(next) = response.refresh_token() {
            new.tokens.refresh = Some(next.secret().clone());
        }
        if let Some(scopes) = response.scopes() {
            new.scopes = scopes.iter().map(|scope| scope.to_string()).collect();
        }
        new.access_expires_at = expiry(&response, now);
        let Some(id_token) = response.extra_fields().id_token.clone() else { return Ok(new) };
        match self.claims(&id_token, None, &response, now).await {
            Ok(claims) if claims.sub == old.subject => new.tokens.id = id_token,
            Ok(_) => return Err(Defect::Subject.into()),
            // The old refresh token is spent: the new ones are kept, and the old ID token with them.
            Err(ProviderError::Unreachable(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(new)
    }

    /// Ends a refresh token and what came of it (RFC 7009).
    pub(crate) async fn revoke(&self, refresh_token: String) -> Result<(), ProviderError> {
        let Registration { client_id, client_secret, basic, .. } = &self.registration;
        let credentials = (client_id.as_str(), client_secret.expose_secret());
        let mut form =
            vec![("token", refresh_token.as_str()), ("token_type_hint", "refresh_token")];
        if !basic {
            form.extend([("client_id", credentials.0), ("client_secret", credentials.1)]);
        }
        let basic = basic.then_some(credentials);
        let endpoint = self.metadata().await?.revocation_endpoint.clone();
        // Not by `oauth2`, which refuses http, and so Hydra on the same machine.
        match transport::post(&self.http, endpoint, &form, basic, transport::REVOKE).await? {
            StatusCode::OK => Ok(()),
            status => Err(ProviderError::Refused(format!("a revocation, with {status}"))),
        }
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

    fn client(&self, metadata: &Metadata) -> OAuthClient {
        let Registration { client_id, client_secret, basic, redirect_url, .. } = &self.registration;
        Client::new(ClientId::new(client_id.clone()))
            .set_client_secret(ClientSecret::new(client_secret.expose_secret().to_owned()))
            .set_auth_type(if *basic { AuthType::BasicAuth } else { AuthType::RequestBody })
            .set_redirect_uri(RedirectUrl::from_url(redirect_url.clone()))
            .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
            .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()))
    }

    async fn claims(
        &self,
        id_token: &str,
        nonce: Option<&str>,
        response: &TokenResponse,
        now: DateTime<Utc>,
    ) -> Result<Claims, ProviderError> {
        let arrival = Instant::now();
        let metadata = self.metadata().await?;
        let expected = Expected {
            issuer: &metadata.issuer,
            client_id: &self.registration.client_id,
            nonce,
            access_token: response.access_token().secret(),
            // A refresh tells nothing new of the person.
            max_age: nonce.and(self.registration.max_age),
            now,
        };
        let check = |keys: &JwkSet| id_token::check(id_token, keys, &expected);
        self.checked(&metadata, Some(arrival), check).await
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

    fn grant(
        &self,
        claims: Claims,
        id_token: String,
        response: &TokenResponse,
        now: DateTime<Utc>,
    ) -> Grant {
        let granted = response
            .scopes()
            .map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect::<Vec<_>>());
        // Absent: as asked for (RFC 6749, section 5.1).
        let asked = || self.registration.scope.split(' ').map(str::to_owned).collect();
        Grant {
            subject: claims.sub,
            sid: claims.sid,
            scopes: granted.unwrap_or_else(asked),
            tokens: Tokens {
                access: response.access_token().secret().clone(),
                refresh: response.refresh_token().map(|token| token.secret().clone()),
                id: id_token,
                name: claims.name,
            },
            access_expires_at: expiry(response, now),
        }
    }
}

fn expiry(response: &TokenResponse, now: DateTime<Utc>) -> DateTime<Utc> {
    let life = response.expires_in().unwrap_or(ASSUMED_LIFE);
    now + TimeDelta::from_std(life).unwrap_or(TimeDelta::days(1)).min(TimeDelta::days(365))
}

impl ExtraTokenFields for IdTokenField {}

impl fmt::Debug for IdTokenField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdTokenField([redacted])")
    }
}
