//! The provider's signing keys (RFC 7517), kept and asked for again when they rotate.

use super::{ProviderError, transport};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::JwkSet;
use std::sync::Arc;
use tokio::sync::Mutex;
use url::Url;

const JWKS: &str = "/.well-known/jwks.json";
/// Tokens with made-up key ids must not become requests: keys are asked for this often at most.
const FLOOR: TimeDelta = TimeDelta::seconds(10);

/// The keys as last seen, and when that was.
#[derive(Default)]
pub(super) struct Keys {
    seen: Mutex<Option<(Arc<JwkSet>, DateTime<Utc>)>>,
}

impl Keys {
    /// The keys as last seen, or asked for where none were.
    pub(super) async fn known(
        &self,
        http: &reqwest::Client,
        uri: &Url,
        now: DateTime<Utc>,
    ) -> Result<Arc<JwkSet>, ProviderError> {
        self.no_older_than(None, http, uri, now).await
    }

    /// The keys as they are now, but for the floor.
    pub(super) async fn newest(
        &self,
        http: &reqwest::Client,
        uri: &Url,
        now: DateTime<Utc>,
    ) -> Result<Arc<JwkSet>, ProviderError> {
        self.no_older_than(Some(now - FLOOR), http, uri, now).await
    }

    async fn no_older_than(
        &self,
        oldest: Option<DateTime<Utc>>,
        http: &reqwest::Client,
        uri: &Url,
        now: DateTime<Utc>,
    ) -> Result<Arc<JwkSet>, ProviderError> {
        let mut seen = self.seen.lock().await;
        if let Some((keys, at)) = &*seen
            && oldest.is_none_or(|oldest| *at > oldest)
        {
            return Ok(keys.clone());
        }
        let document = transport::get(http, uri.clone(), JWKS).await?;
        let keys: JwkSet = serde_json::from_slice(&document)
            .map_err(|_| ProviderError::Unexpected("a key set of another shape"))?;
        let keys = Arc::new(keys);
        *seen = Some((keys.clone(), now));
        Ok(keys)
    }
}
