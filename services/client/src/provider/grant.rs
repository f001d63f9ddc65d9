//! What the authorization server grants at a sign-in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What the authorization server granted.
#[derive(Clone)]
pub(crate) struct Grant {
    /// The person, the `sub` claim.
    pub(crate) subject: String,
    /// Hydra's session, the `sid` claim.
    pub(crate) sid: Option<String>,
    /// The granted scopes.
    pub(crate) scopes: Vec<String>,
    /// The tokens.
    pub(crate) tokens: Tokens,
    /// When the access token ends.
    pub(crate) access_expires_at: DateTime<Utc>,
}

/// Kept sealed. No `Debug`: nobody prints them.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Tokens {
    /// For the protected resource.
    pub(crate) access: String,
    /// For new tokens; there is none without the scope `offline`.
    pub(crate) refresh: Option<String>,
    /// Tells Hydra at sign-out whose session ends.
    pub(crate) id: String,
    /// The person's name, where the ID token had one.
    pub(crate) name: Option<String>,
}
