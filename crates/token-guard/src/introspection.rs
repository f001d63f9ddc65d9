//! The authorization server is asked about the token (RFC 7662, section 2).

use crate::{Refusal, server};
use reqwest::Client;
use serde_json::{Map, Value};
use url::Url;

/// The claims of a token that is active and an access token. Ory Hydra says "active" for refresh
/// tokens too, and tells them apart by its extension `token_use`.
pub(crate) async fn claims(
    http: &Client,
    url: &Url,
    token: &str,
) -> Result<Map<String, Value>, Refusal> {
    read(&server::introspect(http, url, token).await?)
}

fn read(answer: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let no_answer = || Refusal::Unavailable("its answer is no introspection".to_owned());
    let claims: Map<String, Value> = serde_json::from_slice(answer).map_err(|_| no_answer())?;
    match (claims.get("active"), claims.get("token_use")) {
        (Some(Value::Bool(true)), Some(Value::String(kind))) if kind == "access_token" => {
            Ok(claims)
        }
        (Some(Value::Bool(true)), _) => Err(Refusal::NotAnAccessToken),
        (Some(Value::Bool(false)), _) => Err(Refusal::Inactive),
        _ => Err(no_answer()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_active_access_token_has_claims() {
        assert!(read(br#"{"active": true, "token_use": "access_token"}"#).is_ok());
        for (answer, refusal) in [
            (r#"{"active": false}"#, Refusal::Inactive),
            (r#"{"active": false, "token_use": "access_token"}"#, Refusal::Inactive),
            (r#"{"active": true, "token_use": "refresh_token"}"#, Refusal::NotAnAccessToken),
            (r#"{"active": true}"#, Refusal::NotAnAccessToken),
        ] {
            assert_eq!(read(answer.as_bytes()), Err(refusal), "{answer}");
        }
        for answer in ["", "{}", "[]", "null", r#"{"active": "true"}"#, "<html>"] {
            let refused = read(answer.as_bytes());
            assert!(matches!(refused, Err(Refusal::Unavailable(_))), "{answer}: {refused:?}");
        }
    }
}
