//! Random ids that browsers hold; the database knows only their hashes.

use aws_lc_rs::digest;
use oauth2::CsrfToken;
use std::fmt;

/// Bytes of randomness in an id.
const BYTES: u32 = 32;
/// Their length as base64url.
const LENGTH: usize = 43;

/// A 256-bit random id as base64url. Whoever holds it is taken for its owner.
#[derive(Clone, PartialEq, Eq)]
pub struct OpaqueId(String);

impl OpaqueId {
    /// A new id.
    #[must_use]
    pub fn random() -> Self {
        Self(CsrfToken::new_random_len(BYTES).into_secret())
    }

    /// Text that has the form of an id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() == LENGTH && text.bytes().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// The id as the browser holds it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database knows it by.
    #[must_use]
    pub fn sha256(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, self.0.as_bytes()).as_ref().to_vec()
    }
}

impl fmt::Debug for OpaqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueId([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_id_can_be_read_back_and_no_two_are_alike() {
        let id = OpaqueId::random();
        assert_eq!(OpaqueId::parse(id.expose()), Some(id.clone()));
        assert_ne!(OpaqueId::random(), id);
        assert!(!format!("{id:?}").contains(id.expose()));
    }

    #[test]
    fn what_has_another_form_is_no_id() {
        let id = OpaqueId::random();
        let long = format!("{}A", id.expose());
        for bad in ["", "short", &long, &id.expose()[1..], &format!("{}=", &id.expose()[1..])] {
            assert_eq!(OpaqueId::parse(bad), None, "{bad}");
        }
    }
}
