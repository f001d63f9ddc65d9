//! What Hydra calls a sign-in in progress by.

use serde::{Serialize, Serializer};
use std::fmt;

/// A login, consent or logout challenge: opaque, and a secret while it is valid, for whoever holds
/// it can act on the sign-in. Login and consent challenges pass 1,000 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// Longest challenge that is passed on, in bytes: request lines are cut by proxies beyond it.
    pub const LONGEST: usize = 16 * 1024;

    /// Text that can be a challenge: not empty, not too long, base64url and what Hydra puts between.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=.~+/".contains(&byte);
        let plausible = (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(allowed);
        plausible.then(|| Self(text.to_owned()))
    }

    /// The challenge as Hydra gave it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge([redacted])")
    }
}

/// For the query of a call to Hydra.
impl Serialize for Challenge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
