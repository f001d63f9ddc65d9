//! What a browser keeps for us and can neither read nor change: AES-256-GCM, under keys that come
//! from the cookie keys (HKDF, RFC 5869). One key seals. A second one opens too, so that replicas can
//! change keys one after the other, and nobody is signed out.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    error::Unspecified,
    hkdf::{HKDF_SHA256, Salt},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, sync::Arc};

/// Something that cannot be sealed: a defect of ours.
#[derive(Debug, thiserror::Error)]
#[error("a value cannot be sealed")]
pub(crate) struct Error;

/// What a seal is for, so that nothing is taken for something else.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// The hidden field of a form.
    Form,
    /// A sign-in in progress.
    Start,
    /// That a login is remembered.
    Remembered,
    /// A sign-in to the account pages in progress.
    AccountStart,
    /// Who has signed in to the account pages.
    Account,
}

/// Seals and opens, for one browser or login at a time. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Seal {
    key: Arc<RandomizedNonceKey>,
    second: Option<Arc<RandomizedNonceKey>>,
}

impl Seal {
    /// Seals with the first key.
    pub(crate) fn new(first: &SecretString, second: Option<&SecretString>) -> Result<Self, Error> {
        let second = second.map(key).transpose()?;
        Ok(Self { key: Arc::new(key(first)?), second: second.map(Arc::new) })
    }

    /// The value as text for a cookie or a form of this browser.
    pub(crate) fn seal<T: Serialize>(
        &self,
        purpose: Purpose,
        browser: &str,
        value: &T,
    ) -> Result<String, Error> {
        let mut bytes = serde_json::to_vec(value).map_err(|_| Error)?;
        let bound = Aad::from(purpose.bind(browser));
        let nonce = self.key.seal_in_place_append_tag(bound, &mut bytes)?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &bytes].concat()))
    }

    /// The value, if we sealed the text for this purpose and this browser.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        browser: &str,
        text: &str,
    ) -> Option<T> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let mut keys = [Some(&self.key), self.second.as_ref()].into_iter().flatten();
        keys.find_map(|key| {
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut bytes = sealed.to_vec();
            let bound = Aad::from(purpose.bind(browser));
            serde_json::from_slice(key.open_in_place(nonce, bound, &mut bytes).ok()?).ok()
        })
    }
}

fn key(secret: &SecretString) -> Result<RandomizedNonceKey, Error> {
    let mut bytes = [0; 32];
    let root = Salt::new(HKDF_SHA256, b"latchkey consent");
    let root = root.extract(secret.expose_secret().as_bytes());
    root.expand(&[b"browsers"], HKDF_SHA256)?.fill(&mut bytes)?;
    Ok(RandomizedNonceKey::new(&AES_256_GCM, &bytes)?)
}

impl Purpose {
    fn bind(self, browser: &str) -> String {
        format!("{self:?}:{browser}")
    }
}

impl From<Unspecified> for Error {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(key: &str, second: Option<&str>) -> Seal {
        Seal::new(&key.into(), second.map(SecretString::from).as_ref()).unwrap()
    }

    #[test]
    fn what_was_sealed_can_be_opened_and_not_be_read() {
        let text = seal("key", None).seal(Purpose::Form, "browser", &"a challenge").unwrap();
        let opened: Option<String> = seal("key", None).open(Purpose::Form, "browser", &text);
        assert_eq!(opened.as_deref(), Some("a challenge"));
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("challenge"));
    }

    #[test]
    fn another_key_browser_or_purpose_opens_nothing() {
        let text = seal("key", None).seal(Purpose::Form, "browser", &1).unwrap();
        let open = |key, purpose, browser| seal(key, None).open::<u8>(purpose, browser, &text);
        assert_eq!(open("key", Purpose::Form, "browser"), Some(1));
        assert_eq!(open("another", Purpose::Form, "browser"), None);
        assert_eq!(open("key", Purpose::Start, "browser"), None);
        assert_eq!(open("key", Purpose::Form, "brows"), None);
    }

    #[test]
    fn every_bit_counts() {
        let ours = seal("key", None);
        let bytes =
            URL_SAFE_NO_PAD.decode(ours.seal(Purpose::Form, "browser", &1).unwrap()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let text = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(ours.open::<u8>(Purpose::Form, "browser", &text), None, "bit {bit}");
        }
        for length in 0..bytes.len() {
            let text = URL_SAFE_NO_PAD.encode(&bytes[..length]);
            assert_eq!(ours.open::<u8>(Purpose::Form, "browser", &text), None, "{length}");
        }
    }

    #[test]
    fn keys_change_one_replica_after_the_other() {
        let open = |seal: Seal, text: &str| seal.open::<u8>(Purpose::Start, "browser", text);
        let make = |seal: Seal| seal.seal(Purpose::Start, "browser", &1).unwrap();
        let (before, during) = (make(seal("old", Some("new"))), make(seal("new", Some("old"))));
        for text in [&before, &during] {
            assert_eq!(open(seal("old", Some("new")), text), Some(1));
            assert_eq!(open(seal("new", Some("old")), text), Some(1));
        }
        assert_eq!(open(seal("new", None), &during), Some(1));
        assert_eq!(open(seal("new", None), &before), None);
    }
}
