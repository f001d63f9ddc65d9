//! Calls to the token endpoint and the revocation endpoint.

use super::{
    Grant, Metadata, Provider, ProviderError, Registration, Tokens,
    defect::Defect,
    id_token::{self, Claims, Expected},
    transport,
};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::JwkSet;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, EndpointNotSet,
    EndpointSet, ExtraTokenFields, PkceCodeVerifier, RedirectUrl, RefreshToken,
    StandardRevocableToken, StandardTokenResponse, TokenResponse as _, TokenUrl,
    basic::{
        BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
        BasicTokenType,
    },
};
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// An access token without `expires_in` is taken to last this long.
const ASSUMED_LIFE: Duration = Duration::from_mins(5);

/// A token response with an ID token (OpenID Connect Core, section 3.1.3.3).
pub(super) type TokenResponse = StandardTokenResponse<IdTokenField, BasicTokenType>;

pub(super) type OAuthClient = Client<
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
pub(super) struct IdTokenField {
    id_token: Option<String>,
}

impl Provider {
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
        let client = self.client(&metadata);
        let mut request = client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        for (name, value) in self.proof(&metadata, now)? {
            request = request.add_extra_param(name, value);
        }
        let response = request.request_async(&transport::token(&self.http)).await?;
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
        let metadata = self.metadata().await?;
        let (client, refresh_token) = (self.client(&metadata), RefreshToken::new(refresh_token));
        let mut request = client.exchange_refresh_token(&refresh_token);
        for (name, value) in self.proof(&metadata, now)? {
            request = request.add_extra_param(name, value);
        }
        let response = request.request_async(&transport::token(&self.http)).await?;
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
    pub(crate) async fn revoke(
        &self,
        refresh_token: String,
        now: DateTime<Utc>,
    ) -> Result<(), ProviderError> {
        let metadata = self.metadata().await?;
        let Registration { client_id, credentials, .. } = &self.registration;
        let mut form =
            vec![("token", refresh_token), ("token_type_hint", "refresh_token".to_owned())];
        let basic = credentials.basic().map(|secret| (client_id.as_str(), secret.expose_secret()));
        if basic.is_none() {
            form.push(("client_id", client_id.clone()));
        }
        form.extend(self.proof(&metadata, now)?);
        let endpoint = metadata.revocation_endpoint.clone();
        // Not by `oauth2`, which refuses http, and so Hydra on the same machine.
        match transport::post(&self.http, endpoint, &form, basic, transport::REVOKE).await? {
            StatusCode::OK => Ok(()),
            status => Err(ProviderError::Refused(format!("a revocation, with {status}"))),
        }
    }

    pub(super) fn client(&self, metadata: &Metadata) -> OAuthClient {
        let Registration { client_id, credentials, redirect_url, .. } = &self.registration;
        let client = Client::new(ClientId::new(client_id.clone()))
            .set_redirect_uri(RedirectUrl::from_url(redirect_url.clone()))
            .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
            .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()));
        match credentials.basic() {
            Some(secret) => client
                .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
                .set_auth_type(AuthType::BasicAuth),
            None => client.set_auth_type(AuthType::RequestBody),
        }
    }

    /// What proves one request to either endpoint, beside the client id.
    fn proof(
        &self,
        metadata: &Metadata,
        now: DateTime<Utc>,
    ) -> Result<Vec<(&'static str, String)>, ProviderError> {
        let Registration { client_id, credentials, .. } = &self.registration;
        credentials.parameters(client_id, &metadata.audience, now)
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
