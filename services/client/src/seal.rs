//! Encryption of what a row must not tell, and the token of a session's forms, under keys that come
//! from the session keys (HKDF, RFC 5869). One session key seals. A second one opens too, so that
//! replicas can change keys one after the other, and nobody is signed out.

use crate::opaque::OpaqueId;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    constant_time,
    error::Unspecified,
    hkdf::{HKDF_SHA256, Salt},
    hmac,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

/// Sealed bytes that this key did not make, or that were made for another row.
#[derive(Debug, thiserror::Error)]
#[error("sealed bytes cannot be opened with the session key")]
pub struct SealError;

/// What a seal is for, so that one row's secret cannot be read as another's.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// The tokens of a session.
    Tokens,
    /// The PKCE code verifier of a sign-in.
    Verifier,
    /// A place in Hydra's list of clients.
    Page,
}

/// Seals and opens with AES-256-GCM.
pub struct Seal {
    first: Keys,
    second: Option<Keys>,
}

/// What comes from one session key.
struct Keys {
    contents: RandomizedNonceKey,
    forms: hmac::Key,
}

impl Seal {
    /// Seals with the first session key.
    pub fn new(first: &SecretString, second: Option<&SecretString>) -> Result<Self, SealError> {
        Ok(Self { first: Keys::of(first)?, second: second.map(Keys::of).transpose()? })
    }

    /// Nonce and ciphertext of `plain`, which can be opened for the same row only.
    pub fn seal(&self, purpose: Purpose, row: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut bytes = plain.to_vec();
        let bound = Aad::from(purpose.bind(row));
        let nonce = self.first.contents.seal_in_place_append_tag(bound, &mut bytes)?;
        Ok([nonce.as_ref().as_slice(), &bytes].concat())
    }

    /// What was sealed.
    pub fn open(&self, purpose: Purpose, row: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, bytes) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError)?;
        let opened = self.keys().find_map(|keys| {
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut bytes = bytes.to_vec();
            let bound = Aad::from(purpose.bind(row));
            Some(keys.contents.open_in_place(nonce, bound, &mut bytes).ok()?.to_vec())
        });
        opened.ok_or(SealError)
    }

    /// The token that proves that a form came from this session's page.
    pub(crate) fn form_token(&self, session: &OpaqueId) -> String {
        self.first.form_token(session)
    }

    /// Whether a form came from this session's page. Takes the same time for every wrong token.
    pub(crate) fn is_form_token(&self, session: &OpaqueId, token: &str) -> bool {
        self.keys().any(|keys| {
            let expected = keys.form_token(session);
            constant_time::verify_slices_are_equal(expected.as_bytes(), token.as_bytes()).is_ok()
        })
    }

    fn keys(&self) -> impl Iterator<Item = &Keys> {
        std::iter::once(&self.first).chain(&self.second)
    }
}

impl Keys {
    fn of(key: &SecretString) -> Result<Self, SealError> {
        let root =
            Salt::new(HKDF_SHA256, b"latchkey client").extract(key.expose_secret().as_bytes());
        let mut contents = [0; 32];
        root.expand(&[b"contents of rows"], HKDF_SHA256)?.fill(&mut contents)?;
        Ok(Self {
            contents: RandomizedNonceKey::new(&AES_256_GCM, &contents)?,
            forms: root.expand(&[b"tokens of forms"], HKDF_SHA256.hmac_algorithm())?.into(),
        })
    }

    fn form_token(&self, session: &OpaqueId) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.forms, session.expose().as_bytes()))
    }
}

impl Purpose {
    fn bind(self, row: &[u8]) -> Vec<u8> {
        let label: &[u8] = match self {
            Self::Tokens => b"tokens:",
            Self::Verifier => b"verifier:",
            Self::Page => b"page:",
        };
        [label, row].concat()
    }
}

impl From<Unspecified> for SealError {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(key: &str) -> Seal {
        Seal::new(&SecretString::from(key), None).unwrap()
    }

    #[test]
    fn what_was_sealed_can_be_opened_and_is_not_to_be_seen() {
        let sealed = seal("key").seal(Purpose::Tokens, b"row", b"a refresh token").unwrap();
        assert_eq!(seal("key").open(Purpose::Tokens, b"row", &sealed).unwrap(), b"a refresh token");
        assert!(!String::from_utf8_lossy(&sealed).contains("refresh"));
        assert_ne!(seal("key").seal(Purpose::Tokens, b"row", b"a refresh token").unwrap(), sealed);
    }

    #[test]
    fn another_key_row_or_purpose_opens_nothing() {
        let sealed = seal("key").seal(Purpose::Tokens, b"row", b"token").unwrap();
        assert!(seal("another").open(Purpose::Tokens, b"row", &sealed).is_err());
        assert!(seal("key").open(Purpose::Tokens, b"swapped", &sealed).is_err());
        assert!(seal("key").open(Purpose::Verifier, b"row", &sealed).is_err());
    }

    #[test]
    fn every_bit_counts() {
        let ours = seal("key");
        let sealed = ours.seal(Purpose::Tokens, b"row", b"token").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut tampered = sealed.clone();
            tampered[bit / 8] ^= 1 << (bit % 8);
            assert!(ours.open(Purpose::Tokens, b"row", &tampered).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(ours.open(Purpose::Tokens, b"row", &sealed[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_form_token_belongs_to_its_session() {
        let ours = seal("key");
        let (mine, theirs) = (OpaqueId::random(), OpaqueId::random());
        assert!(ours.is_form_token(&mine, &ours.form_token(&mine)));
        for wrong in [ours.form_token(&theirs), seal("another").form_token(&mine), String::new()] {
            assert!(!ours.is_form_token(&mine, &wrong));
        }
    }
}
