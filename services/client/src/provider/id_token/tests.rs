//! Tokens that a provider should never send, signed with real keys.

use super::*;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};

const ISSUER: &str = "http://localhost:4444/";
const CLIENT: &str = "myclient";
const ACCESS: &str = "ory_at_token";
const NOW: i64 = 1_790_000_000;

struct Issuer {
    key: EcdsaKeyPair,
    id: &'static str,
}

impl Issuer {
    fn new(id: &'static str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { key, id }
    }

    fn public(&self) -> Value {
        let point = self.key.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        })
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": "ES256", "kid": self.id}), claims)
    }
}

fn key_set(keys: &[Value]) -> JwkSet {
    serde_json::from_value(json!({ "keys": keys })).unwrap()
}

fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        nonce: Some("nonce"),
        access_token: ACCESS,
        max_age: None,
        now: DateTime::from_timestamp(NOW, 0).unwrap(),
    }
}

fn good() -> Value {
    json!({
        "iss": ISSUER, "sub": "1", "aud": [CLIENT], "exp": NOW + 3600, "iat": NOW, "nonce": "nonce",
        "at_hash": half_hash(ACCESS), "sid": "session", "name": "Ada Lovelace",
    })
}

/// The good claims with some changed; `null` takes a claim away.
fn but(changes: &Value) -> Value {
    let mut claims = good();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    claims
}

#[test]
fn a_good_token_says_who_signed_in() {
    let issuer = Issuer::new("one");
    let claims = check(&issuer.token(&good()), &key_set(&[issuer.public()]), &expected()).unwrap();
    assert_eq!(claims.sub, "1");
    assert_eq!(claims.sid.as_deref(), Some("session"));
    assert_eq!(claims.name.as_deref(), Some("Ada Lovelace"));
}

#[test]
fn what_a_provider_may_vary_is_accepted() {
    let issuer = Issuer::new("one");
    let keys = key_set(&[issuer.public()]);
    for claims in [
        but(&json!({"aud": CLIENT})),
        but(&json!({"aud": [CLIENT, "another"], "azp": CLIENT})),
        but(&json!({"at_hash": null, "sid": null, "name": null})),
        but(&json!({"exp": NOW - 30})),
        but(&json!({"iat": NOW + 30, "nbf": NOW + 30})),
    ] {
        assert!(check(&issuer.token(&claims), &keys, &expected()).is_ok(), "{claims}");
    }
    let without_id = issuer.sign(&json!({"alg": "ES256"}), &good());
    assert!(check(&without_id, &keys, &expected()).is_ok(), "one key needs no id");
}

#[test]
fn broken_claims_are_refused_with_their_reason() {
    let issuer = Issuer::new("one");
    let keys = key_set(&[issuer.public()]);
    let broken = [
        (json!({"iss": "http://localhost:4444"}), Defect::Issuer),
        (json!({"iss": "https://evil.test/"}), Defect::Issuer),
        (json!({"iss": null}), Defect::Issuer),
        (json!({"aud": ["another"]}), Defect::Audience),
        (json!({"aud": "another"}), Defect::Audience),
        (json!({"aud": []}), Defect::Audience),
        (json!({"aud": [CLIENT, "another"]}), Defect::AuthorizedParty),
        (json!({"azp": "another"}), Defect::AuthorizedParty),
        (json!({"exp": NOW - 60}), Defect::Expired),
        (json!({"exp": null}), Defect::Shape),
        (json!({"exp": "tomorrow"}), Defect::Shape),
        (json!({"iat": NOW + 61}), Defect::NotYet),
        (json!({"iat": null}), Defect::Shape),
        (json!({"nbf": NOW + 61}), Defect::NotYet),
        (json!({"sub": ""}), Defect::Subject),
        (json!({"nonce": "another"}), Defect::Nonce),
        (json!({"nonce": null}), Defect::Nonce),
        (json!({"at_hash": half_hash("another")}), Defect::AccessToken),
        (json!({"at_hash": ""}), Defect::AccessToken),
    ];
    for (change, reason) in broken {
        let outcome = check(&issuer.token(&but(&change)), &keys, &expected());
        assert_eq!(outcome.err(), Some(reason), "{change}");
    }
    let nobody = issuer.token(&but(&json!({"sub": null})));
    assert!(check(&nobody, &keys, &expected()).is_err());
}

#[test]
fn a_token_that_the_provider_did_not_sign_is_refused() {
    let (ours, theirs) = (Issuer::new("one"), Issuer::new("one"));
    let keys = key_set(&[ours.public()]);
    let forged = check(&theirs.token(&good()), &keys, &expected());
    assert_eq!(forged.err(), Some(Defect::Signature));

    let token = ours.token(&good());
    let (message, _) = token.rsplit_once('.').unwrap();
    assert!(check(&format!("{message}."), &keys, &expected()).is_err());
    for garbage in ["", "a", "a.b", "a.b.c", &token[1..], &token.replace('.', "")] {
        assert!(check(garbage, &keys, &expected()).is_err(), "{garbage}");
    }
}

#[test]
fn an_unsigned_token_or_one_signed_with_the_public_key_is_refused() {
    let issuer = Issuer::new("one");
    let keys = key_set(&[issuer.public()]);
    for header in [
        json!({"alg": "none", "kid": "one"}),
        json!({"alg": "HS256", "kid": "one"}),
        json!({"alg": "ES384", "kid": "one"}),
        json!({"alg": "RS256", "kid": "one"}),
        json!({"alg": "ES256", "kid": "one", "crit": ["exp"]}),
        json!({"kid": "one"}),
    ] {
        assert!(check(&issuer.sign(&header, &good()), &keys, &expected()).is_err(), "{header}");
    }
}

#[test]
fn a_key_that_is_not_known_is_told_apart() {
    let (old, new) = (Issuer::new("old"), Issuer::new("new"));
    let rotated = check(&new.token(&good()), &key_set(&[old.public()]), &expected());
    assert_eq!(rotated.err(), Some(Defect::UnknownKey));
    let keys = key_set(&[old.public(), new.public()]);
    assert!(check(&new.token(&good()), &keys, &expected()).is_ok());

    let without_id = new.sign(&json!({"alg": "ES256"}), &good());
    let ambiguous = check(&without_id, &keys, &expected());
    assert_eq!(ambiguous.err(), Some(Defect::UnknownKey));
}

#[test]
fn a_key_for_encryption_signs_nothing() {
    let issuer = Issuer::new("one");
    let mut key = issuer.public();
    key["use"] = json!("enc");
    let outcome = check(&issuer.token(&good()), &key_set(&[key]), &expected());
    assert_eq!(outcome.err(), Some(Defect::UnknownKey));
}

#[test]
fn a_refreshed_token_needs_no_nonce() {
    let issuer = Issuer::new("one");
    let token = issuer.token(&but(&json!({"nonce": null})));
    let expected = Expected { nonce: None, ..expected() };
    assert!(check(&token, &key_set(&[issuer.public()]), &expected).is_ok());
}

#[test]
fn people_have_signed_in_lately_where_that_was_asked_for() {
    let issuer = Issuer::new("one");
    let keys = key_set(&[issuer.public()]);
    let expected = Expected { max_age: Some(Duration::from_mins(10)), ..expected() };
    let checked = |auth_time: Value| {
        let token = issuer.token(&but(&json!({ "auth_time": auth_time })));
        check(&token, &keys, &expected).map(drop)
    };
    assert_eq!(checked(json!(NOW - 600)), Ok(()));
    for too_old in [json!(NOW - 661), json!(0), json!(i64::MIN), Value::Null] {
        assert_eq!(checked(too_old.clone()), Err(Defect::AuthTime), "{too_old}");
    }
}
