//! The ID token: who signed in, proved (OpenID Connect Core, section 3.1.3.7).

#[cfg(test)]
mod tests;

use super::{
    defect::{Defect, SKEW},
    signed,
};
use aws_lc_rs::{constant_time, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use std::time::Duration;

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
    /// How long ago the person may have signed in, where that was asked for (section 3.1.2.1).
    pub(crate) max_age: Option<Duration>,
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
    auth_time: Option<i64>,
}

/// One or several (RFC 7519, section 4.1.3).
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(#[expect(dead_code, reason = "compared by the library")] String),
    Several(Vec<String>),
}

/// Checks everything, and says who signed in. [`Defect::UnknownKey`] is worth a look at newer keys.
pub(crate) fn check(token: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<Claims, Defect> {
    let (_, claims): (_, Claims) = signed::read(token, keys, expected.issuer, expected.client_id)?;
    check_claims(&claims, expected)?;
    Ok(claims)
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
    if let Some(max_age) = expected.max_age {
        let max_age = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
        let latest = now.saturating_sub(max_age).saturating_sub(SKEW);
        if claims.auth_time.is_none_or(|at| at < latest) {
            return Err(Defect::AuthTime);
        }
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
