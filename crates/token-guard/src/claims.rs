//! The decision: what the claims of a token grant, and to whom.

use crate::{Grant, Holder, Holders, Refusal, grant::Contents, settings::Settings};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Clocks may differ by this many seconds.
const SKEW: u64 = 60;

/// What has to be in a token's claims.
pub(crate) struct Demands {
    realm: Arc<str>,
    audience: Option<String>,
    issuer: Option<String>,
    holders: Holders,
}

/// The claims that decide.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    sub: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    scope: String,
    /// Ory Hydra's own name for the scopes of a JWT.
    #[serde(default)]
    scp: Vec<String>,
    #[serde(default, deserialize_with = "one_or_several")]
    aud: Vec<String>,
    iss: Option<String>,
    exp: Option<u64>,
    nbf: Option<u64>,
}

impl Demands {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            realm: settings.realm.as_str().into(),
            audience: settings.audience.clone(),
            issuer: settings.issuer.clone(),
            holders: settings.holders,
        }
    }

    pub(crate) fn realm(&self) -> &str {
        &self.realm
    }

    /// Reads the claims of an access token. Nothing is granted that they do not say outright.
    pub(crate) fn decide(&self, claims: Map<String, Value>, now: u64) -> Result<Grant, Refusal> {
        let read = Claims::deserialize(&claims).map_err(|_| Refusal::Inactive)?;
        if read.exp.is_some_and(|exp| exp <= now)
            || read.nbf.is_some_and(|nbf| nbf.saturating_sub(SKEW) > now)
        {
            return Err(Refusal::Inactive);
        }
        if self.issuer.is_some() && self.issuer != read.iss {
            return Err(Refusal::WrongIssuer);
        }
        if self.audience.as_ref().is_some_and(|audience| !read.aud.contains(audience)) {
            return Err(Refusal::WrongAudience);
        }
        let holder = self.holder(&read)?;
        let words = read.scope.split_ascii_whitespace().map(str::to_owned);
        Ok(Grant(Arc::new(Contents {
            holder,
            scopes: if read.scope.is_empty() { read.scp } else { words.collect() },
            subject: read.sub,
            client_id: read.client_id,
            expires_at: read.exp,
            claims,
            realm: self.realm.clone(),
        })))
    }

    /// A client's own token carries the client's id as its subject: a client that is named like a
    /// person must not pass for them (RFC 9700, section 4.15).
    fn holder(&self, claims: &Claims) -> Result<Holder, Refusal> {
        if claims.sub.is_empty() || claims.client_id.is_empty() {
            return Err(Refusal::Inactive);
        }
        let holder = if claims.sub == claims.client_id { Holder::Client } else { Holder::Person };
        match (holder, self.holders) {
            (Holder::Client, Holders::People) => Err(Refusal::NotAPerson),
            (Holder::Person, Holders::Clients) => Err(Refusal::NotAClient),
            _ => Ok(holder),
        }
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A string, or an array of them (RFC 7519, section 4.1.3).
fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Audience {
        One(String),
        Several(Vec<String>),
        None,
    }
    Ok(match Audience::deserialize(deserializer)? {
        Audience::One(one) => vec![one],
        Audience::Several(several) => several,
        Audience::None => vec![],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: u64 = 1_800_000_000;

    fn decided(settings: &Settings, mut claims: Value) -> Result<Grant, Refusal> {
        let base = json!({
            "sub": "1", "client_id": "shop", "scope": "openid users.read", "exp": NOW + 1,
            "iss": "https://id.test/", "aud": ["orders", "stock"],
        });
        let mut all = base.as_object().unwrap().clone();
        all.append(claims.as_object_mut().unwrap());
        all.retain(|_, value| !value.is_null());
        Demands::new(settings).decide(all, NOW)
    }

    #[test]
    fn a_persons_token_grants_its_scopes() {
        let grant = decided(&Settings::default(), json!({"ext": {"team": "blue"}})).unwrap();
        assert_eq!((grant.holder(), grant.subject()), (Holder::Person, "1"));
        assert_eq!((grant.client_id(), grant.scopes().len()), ("shop", 2));
        assert_eq!(grant.claims()["ext"]["team"], "blue");
        assert!(!format!("{grant:?}").contains("blue"));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let strict = Settings {
            issuer: Some("https://id.test/".to_owned()),
            audience: Some("orders".to_owned()),
            ..Settings::default()
        };
        assert!(decided(&strict, json!({})).is_ok());
        assert!(decided(&strict, json!({"aud": "orders"})).is_ok());
        for (claims, refusal) in [
            (json!({"exp": NOW}), Refusal::Inactive),
            (json!({"exp": "soon"}), Refusal::Inactive),
            (json!({"nbf": NOW + SKEW + 1}), Refusal::Inactive),
            (json!({"sub": null}), Refusal::Inactive),
            (json!({"client_id": null}), Refusal::Inactive),
            (json!({"sub": "shop"}), Refusal::NotAPerson),
            (json!({"iss": "https://id.test"}), Refusal::WrongIssuer),
            (json!({"iss": null}), Refusal::WrongIssuer),
            (json!({"aud": []}), Refusal::WrongAudience),
            (json!({"aud": null}), Refusal::WrongAudience),
            (json!({"aud": "orders2"}), Refusal::WrongAudience),
        ] {
            assert_eq!(decided(&strict, claims.clone()), Err(refusal), "{claims}");
        }
    }

    #[test]
    fn people_and_clients_are_told_apart() {
        let of = |holders| Settings { holders, ..Settings::default() };
        let (person, client) = (json!({}), json!({"sub": "shop"}));
        let refused = decided(&of(Holders::Clients), person.clone());
        assert_eq!(refused, Err(Refusal::NotAClient));
        for holders in [Holders::Clients, Holders::Both] {
            let grant = decided(&of(holders), client.clone()).unwrap();
            assert_eq!(grant.holder(), Holder::Client);
        }
        assert_eq!(decided(&of(Holders::Both), person).unwrap().holder(), Holder::Person);
    }

    #[test]
    fn a_scope_is_a_whole_word() {
        let of = |claims| decided(&Settings::default(), claims).unwrap();
        for good in [json!({"scope": "openid  users.read "}), json!({"scp": ["users.read"]})] {
            assert_eq!(of(good).requires("users.read"), Ok(()));
        }
        for scope in ["", "users.reader", "users", "USERS.READ", "users.read.all", "x-users.read"] {
            assert!(of(json!({"scope": scope})).requires("users.read").is_err(), "{scope}");
        }
        assert!(of(json!({})).requires("").is_err());
    }
}
