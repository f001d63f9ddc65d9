//! An app that signs its requests (RFC 7523). That Hydra takes them is tested in the integration suite.

use crate::{issuer::Tokens, session::signed_in, suite::Suite};
use database::scratch::Engine;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
    RsaKeySize,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::HashSet;
use tempfile::TempDir;

fn file(folder: &TempDir, pem: &str) -> String {
    let file = folder.path().join("client.pem");
    std::fs::write(&file, pem).unwrap();
    file.display().to_string()
}

#[tokio::test]
async fn every_request_is_signed_anew_by_the_published_key_and_no_secret_is_sent() {
    let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let elliptic = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    for (key, algorithm) in [(rsa, Algorithm::RS256), (elliptic, Algorithm::ES256)] {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder, &key.serialize_pem());
        let suite = Suite::start_with(Engine::Sqlite, &["--client-key-file", &file]).await;
        let published = suite.browser().get("/.well-known/jwks.json").await;
        assert_eq!(published.header("content-type"), "application/jwk-set+json");
        let keys: JwkSet = serde_json::from_str(&published.body).unwrap();
        for private in ["\"d\"", "\"p\"", "\"q\""] {
            assert!(!published.body.contains(private), "{}", published.body);
        }

        let mut browser = signed_in(&suite, 10).await;
        suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce: String::new() });
        let form = browser.get("/").await.form_token().to_owned();
        browser.post("/sign-out", &[("form_token", &form)]).await;

        let mut forms = suite.issuer.token_calls().clone();
        let grants: Vec<_> = forms.iter().map(|form| form["grant_type"].clone()).collect();
        assert_eq!(grants, ["authorization_code", "refresh_token"]);
        forms.extend(suite.issuer.revocations().clone());
        assert_eq!(forms.len(), 3);
        let mut ids = HashSet::new();
        for form in forms {
            assert!(!form.contains_key("client_secret") && !form.contains_key("authorization"));
            assert_eq!(form["client_id"], "myclient");
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            assert_eq!(form["client_assertion_type"], kind);
            let assertion = &form["client_assertion"];
            let header = decode_header(assertion).unwrap();
            assert_eq!(header.alg, algorithm);
            let key = keys.find(&header.kid.unwrap()).unwrap();
            let mut expected = Validation::new(algorithm);
            expected.set_audience(&[format!("{}/oauth2/token", suite.issuer.url())]);
            expected.set_issuer(&["myclient"]);
            expected.set_required_spec_claims(&["aud", "exp", "iss", "sub"]);
            let decoding = DecodingKey::from_jwk(key).unwrap();
            let claims = decode::<Value>(assertion, &decoding, &expected).unwrap().claims;
            assert_eq!(claims["sub"], "myclient");
            let left = claims["exp"].as_i64().unwrap() - chassis::Clock::System.now().timestamp();
            assert!(left <= 60, "{left}");
            assert!(ids.insert(claims["jti"].clone()), "{claims}");
        }
        suite.stop().await;
    }
}

/// A thumbprint (RFC 7638): replicas with one key publish one name of it.
#[tokio::test]
async fn a_key_has_the_same_name_everywhere_and_an_app_with_a_secret_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let file = file(&folder, &key.serialize_pem());
    let mut suite = Suite::start_with(Engine::Sqlite, &["--client-key-file", &file]).await;
    suite.add_replica(&["--client-key-file", &file]).await;
    suite.add_replica(&[]).await;
    let mut bodies = vec![];
    for replica in [0, 1] {
        let published = suite.browser_at(replica).get("/.well-known/jwks.json").await;
        let set: Value = serde_json::from_str(&published.body).unwrap();
        assert_eq!(
            (&set["keys"][0]["use"], &set["keys"][0]["alg"]),
            (&json!("sig"), &json!("ES256"))
        );
        bodies.push(published.body);
    }
    assert_eq!(bodies[0], bodies[1]);
    let none = suite.browser_at(2).get("/.well-known/jwks.json").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    suite.stop().await;
}

/// PEM texts that hold no key that can be used.
pub(crate) fn unusable() -> Vec<(String, &'static str)> {
    let pem = |key: KeyPair| key.serialize_pem();
    let good = pem(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap());
    vec![
        (String::new(), "openssl pkcs8"),
        ("canary".to_owned(), "openssl pkcs8"),
        (good.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "openssl pkcs8"),
        (good.replace("PRIVATE KEY", "EC PRIVATE KEY"), "openssl pkcs8"),
        (good.replace("PRIVATE KEY", "CERTIFICATE"), "openssl pkcs8"),
        (pem(KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()), "P-256"),
        (pem(KeyPair::generate_for(&PKCS_ED25519).unwrap()), "Ed25519"),
    ]
}
