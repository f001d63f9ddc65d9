//! The authorization server's signing keys (RFC 7517), and which of them a token may be checked
//! with.

use crate::{Refusal, server};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use reqwest::Client;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;
use url::Url;

/// A key that the server has dropped is trusted this long.
const FRESH: Duration = Duration::from_mins(10);
/// Made-up key ids make the server be asked this often at most.
const FLOOR: Duration = Duration::from_secs(1);

/// The key that signed a token with this header, if it is one of `keys`. The algorithms are RS256
/// and ES256, and a key serves one of them: a public key is never taken for a secret.
#[must_use]
pub fn signing_key(header: &Header, keys: &JwkSet) -> Option<DecodingKey> {
    let named = |key: &&Jwk| header.kid.is_none() || header.kid == key.common.key_id;
    let mut fitting = keys.keys.iter().filter(|key| fits(key, header.alg)).filter(named);
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => DecodingKey::from_jwk(key).ok(),
        _ => None,
    }
}

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

/// Keys that are asked for at first use, again when they are old, and when a token names another.
pub(crate) struct Keys {
    uri: Url,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    keys: Option<(Arc<JwkSet>, Instant)>,
    /// When the last question was answered, or failed.
    asked: Option<(Instant, Result<(), Refusal>)>,
}

impl Keys {
    pub(crate) fn new(uri: Url) -> Self {
        Self { uri, seen: Mutex::default() }
    }

    /// The key of a token with this header. Keys that are there outlive a server that is not.
    pub(crate) async fn of(&self, header: &Header, http: &Client) -> Result<DecodingKey, Refusal> {
        let mut seen = self.seen.lock().await;
        let fresh = seen.keys.as_ref().is_some_and(|(_, at)| at.elapsed() < FRESH);
        let renewed = if fresh { Ok(()) } else { self.ask(&mut seen, http).await };
        if let Some(key) = seen.key(header) {
            return Ok(key);
        }
        renewed?;
        self.ask(&mut seen, http).await?;
        seen.key(header).ok_or(Refusal::Inactive)
    }

    /// Asks, unless that was done a moment ago.
    async fn ask(&self, seen: &mut Seen, http: &Client) -> Result<(), Refusal> {
        if let Some((at, outcome)) = &seen.asked
            && at.elapsed() < FLOOR
        {
            return outcome.clone();
        }
        let answer = server::document(http, &self.uri).await.and_then(|document| {
            serde_json::from_slice::<JwkSet>(&document)
                .map_err(|_| Refusal::Unavailable("its answer is no key set".to_owned()))
        });
        let at = Instant::now();
        let outcome = answer.map(|keys| seen.keys = Some((Arc::new(keys), at)));
        seen.asked = Some((at, outcome.clone()));
        outcome
    }
}

impl Seen {
    fn key(&self, header: &Header) -> Option<DecodingKey> {
        self.keys.as_ref().and_then(|(keys, _)| signing_key(header, keys))
    }
}
