//! How an app proves itself.

use super::Findings;
use crate::registry::app::{App, Kind};
use serde_json::Value;
use std::collections::HashSet;
use url::Url;

const MOST_KEYS: usize = 8;
const LONGEST: usize = 16 * 1024;

/// What Hydra verifies `private_key_jwt` with. It has to be the very one that is registered.
const ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

/// Members of a JWK that are private (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

pub(super) fn check(app: &App, kind: Kind, findings: &mut Findings) {
    let client = &app.client;
    let method = client.token_endpoint_auth_method.as_str();
    let keys = client.jwks.is_some() || !client.jwks_uri.is_empty();
    let field = "token_endpoint_auth_method";
    match (kind.is_confidential(), method) {
        (false, "none") if !keys => {}
        (false, "none") => {
            findings.add("jwks", format!("{} keeps no private key either", kind.words()));
        }
        (false, _) => findings.add(
            field,
            format!("{} cannot keep a secret: leave it away, PKCE protects it", kind.words()),
        ),
        (true, "client_secret_basic" | "client_secret_post") if keys => {
            findings.add(field, "is a secret, and there are keys: say private_key_jwt");
        }
        (true, "private_key_jwt") if !keys => {
            findings.add("jwks", "is required for private_key_jwt, or jwks_uri is");
        }
        (true, "client_secret_basic" | "client_secret_post" | "private_key_jwt") => {}
        (true, _) => findings
            .add(field, "is none of client_secret_basic, client_secret_post and private_key_jwt"),
    }
    let algorithm = client.token_endpoint_auth_signing_alg.as_str();
    let field = "token_endpoint_auth_signing_alg";
    if method == "private_key_jwt" && !ALGORITHMS.contains(&algorithm) {
        findings.add(field, format!("is none of {}", ALGORITHMS.join(", ")));
    }
    if method != "private_key_jwt" && !algorithm.is_empty() {
        findings.add(field, "has a meaning for private_key_jwt alone: leave it away");
    }
    if client.jwks.is_some() && !client.jwks_uri.is_empty() {
        findings.add("jwks_uri", "is there beside jwks: keep one of them");
    }
    if !client.jwks_uri.is_empty() {
        let https = Url::parse(&client.jwks_uri)
            .is_ok_and(|url| url.scheme() == "https" && url.username().is_empty());
        if !https || client.jwks_uri.len() > 512 {
            findings.add("jwks_uri", "is no https address of at most 512 bytes");
        }
    }
    if let Some(jwks) = &client.jwks {
        findings.check("jwks", key_set(jwks));
    }
}

fn key_set(jwks: &Value) -> Result<(), String> {
    if jwks.to_string().len() > LONGEST {
        return Err(format!("is longer than {LONGEST} bytes"));
    }
    let Some(keys) = jwks.get("keys").and_then(Value::as_array) else {
        return Err("is no JWK Set: write {\"keys\": [...]}".to_owned());
    };
    if !(1..=MOST_KEYS).contains(&keys.len()) {
        return Err(format!("has not 1 to {MOST_KEYS} keys"));
    }
    let mut ids = HashSet::new();
    for key in keys {
        let text = |member: &str| key.get(member).and_then(Value::as_str).unwrap_or_default();
        if PRIVATE.iter().any(|member| key.get(member).is_some()) {
            return Err("holds a private key: keep that at the app, and make a new one, for this \
                        one was sent around"
                .to_owned());
        }
        if !matches!(text("kty"), "RSA" | "EC") {
            return Err(
                "has a key whose `kty` is neither RSA nor EC: Hydra takes no other".to_owned()
            );
        }
        if text("use") != "sig" {
            return Err("has a key whose `use` is not sig: Hydra passes it over".to_owned());
        }
        if text("kid").is_empty() || !ids.insert(text("kid")) {
            return Err("has a key without a `kid` of its own".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn public_keys_with_names_are_accepted_and_nothing_else() {
        let key = |more: Value| {
            let mut key = json!({
                "kty": "EC", "crv": "P-256", "x": "a", "y": "b", "kid": "one", "use": "sig",
            });
            key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            key
        };
        let set = |keys: &[Value]| key_set(&json!({ "keys": keys }));
        let (one, two) = (key(json!({})), key(json!({ "kid": "two" })));
        assert_eq!(set(&[one.clone(), two]), Ok(()));
        for (bad, word) in [
            (set(&[]), "1 to 8"),
            (set(&[one.clone(), one]), "kid"),
            (set(&[key(json!({ "kid": "" }))]), "kid"),
            (set(&[key(json!({ "d": "secret" }))]), "private"),
            (set(&[json!({ "kty": "oct", "k": "secret", "kid": "one" })]), "private"),
            (set(&[key(json!({ "use": "enc" }))]), "use"),
            (set(&[key(json!({ "kty": "OKP", "crv": "Ed25519" }))]), "kty"),
            (set(&[json!("nonsense")]), "kty"),
            (key_set(&json!([])), "JWK Set"),
        ] {
            let problem = bad.unwrap_err();
            assert!(problem.contains(word) && !problem.contains("secret"), "{problem}");
        }
    }
}
