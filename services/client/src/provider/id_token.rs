//! The ID token: who signed in, proved (OpenID Connect Core, section 3.1.3.7).

#[cfg(test)]
mod tests;

use aws_lc_rs::{constant_time, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, decode, decode_header,
    errors::ErrorKind,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use serde::Deserialize;

/// Clocks may differ by this many seconds.
const SKEW: i64 = 60;

/// What the token has to say.
pub(crate) struct Expected<'a> {
    /// As the discovery document writes it.
    pub(crate) issuer: &'a str,
    /// This app.
    pub(crate) client_id: &'a str,
    /// As sent in the authorization request; none for a refreshed token (section 12.2).
    pub(crate) nonce: Option<&'a str>,
    /// The access token that came with it.
    pub(crate) access_token: &'a str,
    /// The time.
    pub(crate) now: DateTime<Utc>,
}

/// What the token says, as far as this app uses it.
#[derive(Clone, Deserialize)]
pub(crate) struct Claims {
    /// The person.
    pub(crate) sub: String,
    /// The session at the provider (OpenID Connect Back-Channel Logout, section 2.1).
    pub(crate) sid: Option<String>,
    /// The person's name, with the scope `profile`.
    pub(crate) name: Option<String>,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    at_hash: Option<String>,
}

/// One or several (RFC 7519, section 4.1.3).
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(#[expect(dead_code, reason = "compared by the library")] String),
    Several(Vec<String>),
}

/// What is wrong with a token. The token is never part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Defect {
    #[error("it is no JSON Web Token, or misses a claim")]
    Shape,
    #[error("its algorithm is not RS256 or ES256")]
    Algorithm,
    #[error("its key is not among the provider's")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("it comes from another issuer")]
    Issuer,
    #[error("it is meant for another app")]
    Audience,
    #[error("it was issued to another party")]
    AuthorizedParty,
    #[error("it has expired")]
    Expired,
    #[error("it comes from the future")]
    NotYet,
    #[error("it names nobody, or somebody else")]
    Subject,
    #[error("it answers another request")]
    Nonce,
    #[error("it came with another access token")]
    AccessToken,
}

/// Checks everything, and says who signed in. [`Defect::UnknownKey`] is worth a look at newer keys.
pub(crate) fn check(token: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<Claims, Defect> {
    let header = decode_header(token).map_err(|error| defect(error.kind()))?;
    if header.crit.is_some() {
        return Err(Defect::Shape);
    }
    let key = key(&header, keys)?;
    let claims: Claims = decode(token, &key, &validation(header.alg, expected))
        .map_err(|error| defect(error.kind()))?
        .claims;
    check_claims(&claims, expected)?;
    Ok(claims)
}

/// The times are compared with our own clock.
fn validation(algorithm: Algorithm, expected: &Expected<'_>) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    validation.validate_exp = false;
    validation
}

fn key(header: &Header, keys: &JwkSet) -> Result<DecodingKey, Defect> {
    if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
        return Err(Defect::Algorithm);
    }
    let named = |key: &&Jwk| header.kid.is_none() || header.kid == key.common.key_id;
    let mut fitting = keys.keys.iter().filter(|key| fits(key, header.alg)).filter(named);
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => DecodingKey::from_jwk(key).map_err(|_| Defect::UnknownKey),
        _ => Err(Defect::UnknownKey),
    }
}

/// A key signs with one algorithm: a public key is never taken for a secret.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let kind = match &key.algorithm {
        AlgorithmParameters::RSA(_) => algorithm == Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(parameters) => {
            algorithm == Algorithm::ES256 && parameters.curve == EllipticCurve::P256
        }
        _ => false,
    };
    let purpose =
        key.common.public_key_use.as_ref().is_none_or(|it| *it == PublicKeyUse::Signature);
    let declared =
        key.common.key_algorithm.is_none_or(|it| it.to_string() == format!("{algorithm:?}"));
    kind && purpose && declared
}

fn check_claims(claims: &Claims, expected: &Expected<'_>) -> Result<(), Defect> {
    let now = expected.now.timestamp();
    let several = matches!(&claims.aud, Audience::Several(aud) if aud.len() > 1);
    if claims.azp.as_deref().map_or(several, |azp| azp != expected.client_id) {
        return Err(Defect::AuthorizedParty);
    }
    if claims.exp.saturating_add(SKEW) <= now {
        return Err(Defect::Expired);
    }
    if claims.iat.max(claims.nbf.unwrap_or(i64::MIN)).saturating_sub(SKEW) > now {
        return Err(Defect::NotYet);
    }
    if claims.sub.is_empty() {
        return Err(Defect::Subject);
    }
    if expected.nonce.is_some_and(|nonce| !same(claims.nonce.as_deref(), nonce)) {
        return Err(Defect::Nonce);
    }
    let at_hash = claims.at_hash.as_deref();
    if at_hash.is_some() && !same(at_hash, &half_hash(expected.access_token)) {
        return Err(Defect::AccessToken);
    }
    Ok(())
}

fn same(claimed: Option<&str>, expected: &str) -> bool {
    let claimed = claimed.unwrap_or_default();
    constant_time::verify_slices_are_equal(claimed.as_bytes(), expected.as_bytes()).is_ok()
}

/// The left half of the token's SHA-256 (section 3.1.3.6); both algorithms hash with SHA-256.
fn half_hash(access_token: &str) -> String {
    let hash = digest::digest(&digest::SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().split_at(16).0)
}

fn defect(kind: &ErrorKind) -> Defect {
    match kind {
        ErrorKind::InvalidSignature => Defect::Signature,
        ErrorKind::InvalidIssuer => Defect::Issuer,
        ErrorKind::InvalidAudience => Defect::Audience,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => Defect::Algorithm,
        ErrorKind::MissingRequiredClaim(claim) if claim == "aud" => Defect::Audience,
        ErrorKind::MissingRequiredClaim(claim) if claim == "iss" => Defect::Issuer,
        ErrorKind::MissingRequiredClaim(claim) if claim == "sub" => Defect::Subject,
        _ => Defect::Shape,
    }
}
