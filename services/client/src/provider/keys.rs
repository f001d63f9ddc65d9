//! The provider's signing keys (RFC 7517), kept and asked for again when they rotate.

use super::{ProviderError, transport};
use jsonwebtoken::jwk::JwkSet;
use std::{sync::Arc, time::Instant};
use tokio::sync::Mutex;
use url::Url;

const JWKS: &str = "/.well-known/jwks.json";

/// The keys as last seen, and when they were asked for.
#[derive(Default)]
pub(super) struct Keys {
    seen: Mutex<Option<(Arc<JwkSet>, Instant)>>,
}

impl Keys {
    /// The keys as last seen, or asked for where none were.
    pub(super) async fn known(
        &self,
        http: &reqwest::Client,
        uri: &Url,
    ) -> Result<Arc<JwkSet>, ProviderError> {
        self.seen_since(None, http, uri).await
    }

    /// The keys as they were at `arrival` or later: a provider may make a key while it answers with
    /// a token of that key. So one token costs one question at most, and tokens that arrive together
    /// share it.
    pub(super) async fn since(
        &self,
        arrival: Instant,
        http: &reqwest::Client,
        uri: &Url,
    ) -> Result<Arc<JwkSet>, ProviderError> {
        self.seen_since(Some(arrival), http, uri).await
    }

    async fn seen_since(
        &self,
        oldest: Option<Instant>,
        http: &reqwest::Client,
        uri: &Url,
    ) -> Result<Arc<JwkSet>, ProviderError> {
        let mut seen = self.seen.lock().await;
        if let Some((keys, at)) = &*seen
            && oldest.is_none_or(|oldest| *at >= oldest)
        {
            return Ok(keys.clone());
        }
        let at = Instant::now();
        let document = transport::get(http, uri.clone(), JWKS).await?;
        let keys: JwkSet = serde_json::from_slice(&document)
            .map_err(|_| ProviderError::Unexpected("a key set of another shape"))?;
        let keys = Arc::new(keys);
        *seen = Some((keys.clone(), at));
        Ok(keys)
    }
}
