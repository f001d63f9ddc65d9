//! How an issuer may differ from a good one.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// What is different. Objects are merged over the good ones, and null takes a member away.
#[derive(Clone)]
pub(crate) struct Ways {
    /// The discovery document.
    pub(crate) discovery: Value,
    /// The answer of the token endpoint.
    pub(crate) tokens: Value,
    /// The status of the revocation endpoint.
    pub(crate) revocation: StatusCode,
    /// The header of signed tokens.
    pub(crate) header: Value,
    /// Their claims.
    pub(crate) claims: Value,
    pub(crate) signature: Signature,
    /// The key set, from the key that signs.
    pub(crate) published: fn(Value) -> Vec<Value>,
}

/// How tokens are signed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signature {
    Good,
    /// One bit is wrong.
    Corrupt,
    /// There is none.
    Absent,
    /// By a key that is not published, under the name of the one that is.
    Foreign,
    /// An HMAC whose secret is the public key (key confusion).
    HmacOfPublicKey,
    /// An HMAC whose secret is the client's.
    HmacOfClientSecret,
}

impl Default for Ways {
    fn default() -> Self {
        Self {
            discovery: json!({}),
            tokens: json!({}),
            revocation: StatusCode::OK,
            header: json!({}),
            claims: json!({}),
            signature: Signature::Good,
            published: |own| vec![own],
        }
    }
}

impl Ways {
    pub(super) fn sign(&self, key: &Key, claims: &Value) -> String {
        let algorithm = match self.signature {
            Signature::Absent => "none",
            Signature::HmacOfPublicKey | Signature::HmacOfClientSecret => "HS256",
            Signature::Good | Signature::Corrupt | Signature::Foreign => "ES256",
        };
        let header = json!({ "alg": algorithm, "kid": key.kid, "typ": "JWT" });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&merged(header, self.header.clone())), part(claims));
        let secret = |secret: &[u8]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
        };
        let signature = match self.signature {
            Signature::Good => key.sign(&message),
            Signature::Corrupt => {
                let mut signature = key.sign(&message);
                signature[10] ^= 1;
                signature
            }
            Signature::Absent => vec![],
            Signature::Foreign => Key::new("one").sign(&message),
            Signature::HmacOfPublicKey => secret(key.pair.public_key().as_ref()),
            Signature::HmacOfClientSecret => secret(b"canary-secret"),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A signing key (ES256).
pub(crate) struct Key {
    kid: &'static str,
    pair: EcdsaKeyPair,
}

impl Key {
    pub(crate) fn new(kid: &'static str) -> Self {
        Self { kid, pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    pub(crate) fn is(&self, kid: &str) -> bool {
        self.kid == kid
    }

    /// Its public half, as a JSON Web Key.
    pub(crate) fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        })
    }

    fn sign(&self, message: &str) -> Vec<u8> {
        self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec()
    }
}

/// One object over another; null takes a member away.
pub(crate) fn merged(mut base: Value, over: Value) -> Value {
    let (Some(members), Value::Object(over)) = (base.as_object_mut(), over) else { return base };
    members.extend(over);
    members.retain(|_, value| !value.is_null());
    base
}
