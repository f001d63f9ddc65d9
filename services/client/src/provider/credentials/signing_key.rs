//! The keys of this app: one signs its requests (RFC 7523, section 2.2), the others wait for their time
//! or have had it.

use crate::{opaque::OpaqueId, provider::ProviderError};
use aws_lc_rs::{
    digest::{SHA256, digest},
    error::Unspecified,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt};

/// A signature is good for this long. Hydra takes it once, and allows its clock to differ by nothing.
const LIFE: TimeDelta = TimeDelta::minutes(1);

/// What is wrong with a key file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error(
        "no private key is in it that is PKCS#8, in PEM and without a password: convert one with \
         `openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW`"
    )]
    Form,
    #[error(
        "its key is neither RSA of 2048 to 8192 bits nor elliptic on P-256, and Hydra takes none of \
         Ed25519: make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`"
    )]
    Kind,
}

/// A private key, and its public half as Hydra has to know it.
pub(super) struct SigningKey {
    pair: Pair,
    /// The RFC 7638 thumbprint.
    id: String,
    /// A JSON Web Key (RFC 7517).
    public: Value,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Elliptic(Box<EcdsaKeyPair>),
}

/// All keys of a file, so that Hydra can learn of one before it signs.
#[derive(Debug)]
pub(crate) struct SigningKeys {
    first: SigningKey,
    others: Vec<SigningKey>,
}

impl SigningKeys {
    /// The keys of a PEM file. The first signs.
    pub(crate) fn read(pem: &[u8]) -> Result<Self, KeyError> {
        let keys: Result<Vec<_>, _> = PrivatePkcs8KeyDer::pem_slice_iter(pem).collect();
        let keys = keys.map_err(|_| KeyError::Form)?;
        let mut keys = keys.iter().map(|der| SigningKey::read(der.secret_pkcs8_der()));
        let first = keys.next().ok_or(KeyError::Form)??;
        Ok(Self { first, others: keys.collect::<Result<_, _>>()? })
    }

    /// The key set to register at Hydra, in the order of the file.
    pub(crate) fn public(&self) -> Value {
        let all = std::iter::once(&self.first).chain(&self.others);
        json!({ "keys": all.map(|key| &key.public).collect::<Vec<_>>() })
    }

    /// The one that signs.
    pub(super) fn first(&self) -> &SigningKey {
        &self.first
    }
}

impl SigningKey {
    fn read(der: &[u8]) -> Result<Self, KeyError> {
        let pair = match EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            Ok(pair) => Pair::Elliptic(Box::new(pair)),
            Err(_) => Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(der).map_err(|_| KeyError::Kind)?)),
        };
        let mut public = pair.public();
        // The required members alone, in the order of their names, without white space.
        let id = encoded(digest(&SHA256, json!(public).to_string().as_bytes()).as_ref());
        let others = [("kid", &*id), ("alg", pair.algorithm()), ("use", "sig")];
        public.extend(others.map(|(member, text)| (member, text.to_owned())));
        Ok(Self { pair, id, public: json!(public) })
    }

    /// Says that one request is this app's. Without `iat`, which may be absent: Hydra refuses one that
    /// lies ahead of its own clock, be it by a second.
    pub(super) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: DateTime<Utc>,
    ) -> Result<String, ProviderError> {
        let header = json!({ "alg": self.pair.algorithm(), "kid": self.id, "typ": "JWT" });
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": audience,
            "jti": OpaqueId::random().expose(), "exp": (now + LIFE).timestamp(),
        });
        let message = [header, claims].map(|part| encoded(part.to_string().as_bytes())).join(".");
        let signature = self.pair.sign(message.as_bytes());
        let signature = signature.map_err(|_| ProviderError::Unsigned)?;
        Ok(format!("{message}.{}", encoded(&signature)))
    }
}

impl Pair {
    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::Elliptic(_) => "ES256",
        }
    }

    /// The members that every key of its kind has (RFC 7518, section 6).
    fn public(&self) -> BTreeMap<&'static str, String> {
        let members = match self {
            Self::Rsa(pair) => {
                let components = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                vec![
                    ("kty", "RSA".to_owned()),
                    ("n", encoded(&components.n)),
                    ("e", encoded(&components.e)),
                ]
            }
            Self::Elliptic(pair) => {
                // A point that is not compressed: a byte that says so, and two coordinates.
                let point = pair.public_key().as_ref();
                let coordinates = point.get(1..).unwrap_or_default();
                let (x, y) = coordinates.split_at(coordinates.len() / 2);
                vec![
                    ("kty", "EC".to_owned()),
                    ("crv", "P-256".to_owned()),
                    ("x", encoded(x)),
                    ("y", encoded(y)),
                ]
            }
        };
        members.into_iter().collect()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
                Ok(signature)
            }
            Self::Elliptic(pair) => Ok(pair.sign(&random, message)?.as_ref().to_vec()),
        }
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};

    #[test]
    fn all_keys_of_a_file_are_published_and_the_first_signs() {
        let pem = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem();
        let (old, new) = (pem(), pem());
        let id = |pem: &str| SigningKeys::read(pem.as_bytes()).unwrap().first.id;
        let both = SigningKeys::read(format!("{old}\n{new}").as_bytes()).unwrap();
        assert_eq!(both.first().id, id(&old));
        let published = both.public();
        let ids = published["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str());
        assert_eq!(ids.collect::<Vec<_>>(), [Some(&*id(&old)), Some(&*id(&new))]);
        assert!(!published.to_string().contains("\"d\""), "{published}");
    }

    #[test]
    fn a_file_with_one_bad_key_is_refused_whole() {
        let good = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem();
        let other = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem();
        let read = |pem: &str| SigningKeys::read(pem.as_bytes()).map(drop);
        assert!(matches!(read(&format!("{good}{other}")), Err(KeyError::Kind)));
        assert!(matches!(read(""), Err(KeyError::Form)));
        let cut = &good[..good.len() / 2];
        assert!(matches!(read(&format!("{good}{cut}")), Err(KeyError::Form)));
    }
}
