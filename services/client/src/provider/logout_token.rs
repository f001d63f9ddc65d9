//! The logout token: the provider says that somebody has signed out (OpenID Connect Back-Channel
//! Logout, sections 2.4 and 2.6).

use super::{
    defect::{Defect, SKEW},
    signed,
};
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A logout is told at once, or not at all: this many seconds.
const LONGEST_WAY: i64 = 120;
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Who has signed out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Logout {
    /// The token's own id.
    pub(crate) jti: String,
    /// Whose sessions end.
    pub(crate) whose: Whose,
    /// When the token is too old to be obeyed.
    pub(crate) too_old_at: DateTime<Utc>,
}

/// Which sessions a logout ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// That of one browser, and of this person where one is named.
    Session { sid: String, subject: Option<String> },
    /// All of a person's.
    Person { subject: String },
}

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    exp: Option<i64>,
    jti: String,
    events: Map<String, Value>,
    sub: Option<String>,
    sid: Option<String>,
    nonce: Option<Value>,
}

/// Checks everything, and says who has signed out.
pub(super) fn check(
    token: &str,
    keys: &JwkSet,
    issuer: &str,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<Logout, Defect> {
    let (header, claims): (_, Claims) = signed::read(token, keys, issuer, client_id)?;
    let typ = header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    let is_event = claims.events.get(EVENT).is_some_and(Value::is_object);
    // An ID token has a nonce: it must not be taken for a logout.
    if !matches!(&*typ, "logout+jwt" | "jwt") || !is_event || claims.nonce.is_some() {
        return Err(Defect::NoLogout);
    }
    let too_old = claims.iat.saturating_add(LONGEST_WAY);
    let ends = claims.exp.map_or(too_old, |exp| exp.min(too_old)).saturating_add(SKEW);
    let now = now.timestamp();
    if ends <= now {
        return Err(Defect::Expired);
    }
    if claims.iat.saturating_sub(SKEW) > now {
        return Err(Defect::NotYet);
    }
    let named = |name: Option<String>| name.filter(|name| !name.is_empty());
    let whose = match (named(claims.sid), named(claims.sub)) {
        (Some(sid), subject) => Whose::Session { sid, subject },
        (None, Some(subject)) => Whose::Person { subject },
        (None, None) => return Err(Defect::Subject),
    };
    let too_old_at = DateTime::from_timestamp(ends, 0).ok_or(Defect::Shape)?;
    if claims.jti.is_empty() {
        Err(Defect::Shape)
    } else {
        Ok(Logout { jti: claims.jti, whose, too_old_at })
    }
}
