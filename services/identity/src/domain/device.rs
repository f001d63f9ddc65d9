//! A browser in which somebody has signed in before, and the secret that it shows to prove it.

use crate::domain::digest;
use aws_lc_rs::{error::Unspecified, rand};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};

/// A device is known for so long after its last sign-in.
pub const MEMORY: TimeDelta = TimeDelta::days(365);

/// So many devices of one person are known: the least recently used one goes first.
pub const MOST: i64 = 20;

const BYTES: usize = 32;

/// 256 random bits. They open nothing: they only move failed attempts to a counter of their own.
#[derive(Debug, Clone)]
pub struct DeviceToken(SecretString);

impl DeviceToken {
    /// A new one.
    pub fn new() -> Result<Self, Unspecified> {
        let mut bytes = [0; BYTES];
        rand::fill(&mut bytes)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes).into()))
    }

    /// One that a browser shows. What cannot be one is none: a broken cookie locks nobody out.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let decoded = URL_SAFE_NO_PAD.decode(text).ok()?;
        (decoded.len() == BYTES).then(|| Self(text.into()))
    }

    /// What is kept of it.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        digest::of(&[b"device token", self.0.expose_secret().as_bytes()])
    }

    /// For the browser, and for nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_it_went_and_is_never_printed() {
        let token = DeviceToken::new().unwrap();
        let back = DeviceToken::parse(token.expose()).unwrap();
        assert_eq!(back.sha256(), token.sha256());
        assert_ne!(DeviceToken::new().unwrap().sha256(), token.sha256());
        assert!(!format!("{token:?}").contains(token.expose()));
    }

    #[test]
    fn what_cannot_be_a_token_is_none() {
        for text in ["", "a", "\u{e9}", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43)] {
            assert!(DeviceToken::parse(text).is_none(), "{text}");
        }
    }
}
