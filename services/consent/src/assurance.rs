//! How well an app wants people to be authenticated.
//!
//! `acr_values` is a wish: the sign-in goes on, and the ID token tells what was reached (OpenID
//! Connect Core, section 3.1.2.1). Only an essential `acr` claim (section 5.5.1.1) has to be met.

use serde::Deserialize;
use url::Url;

/// The `claims` parameter (OpenID Connect Core, section 5.5), as far as it is about `acr`.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    id_token: IdToken,
}

#[derive(Default, Deserialize)]
struct IdToken {
    #[serde(default)]
    acr: Option<Acr>,
}

#[derive(Deserialize)]
struct Acr {
    #[serde(default)]
    essential: bool,
    value: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

/// Whether the app insists on something else than `reached`. Claims that cannot be read insist on
/// nothing: Hydra does not read them at all.
pub(crate) fn is_unmet(request_url: &str, reached: &str) -> bool {
    let Ok(url) = Url::parse(request_url) else { return false };
    let asked = url.query_pairs().find(|(name, _)| name == "claims");
    let claims = asked.and_then(|(_, json)| serde_json::from_str::<Claims>(&json).ok());
    let Some(acr) = claims.and_then(|claims| claims.id_token.acr) else { return false };
    let mut allowed = acr.value.iter().chain(&acr.values).peekable();
    acr.essential && allowed.peek().is_some() && !allowed.any(|value| value == reached)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_essential_claim_is_insisted_on() {
        let unmet = |claims: &str| {
            let mut url = Url::parse("https://hydra.example.com/oauth2/auth").unwrap();
            url.query_pairs_mut().append_pair("acr_values", "aal2").append_pair("claims", claims);
            is_unmet(url.as_str(), "aal1")
        };
        for met in [
            "",
            "nonsense",
            "{}",
            r#"{"id_token": {"acr": null}}"#,
            r#"{"id_token": {"acr": {"values": ["aal2"]}}}"#,
            r#"{"id_token": {"acr": {"essential": true}}}"#,
            r#"{"id_token": {"acr": {"essential": true, "values": ["aal2", "aal1"]}}}"#,
            r#"{"userinfo": {"acr": {"essential": true, "value": "aal2"}}}"#,
        ] {
            assert!(!unmet(met), "{met}");
        }
        for insisting in [
            r#"{"id_token": {"acr": {"essential": true, "value": "aal2"}}}"#,
            r#"{"id_token": {"acr": {"essential": true, "values": ["aal3", "aal2"]}}}"#,
        ] {
            assert!(unmet(insisting), "{insisting}");
        }
        assert!(!is_unmet("", "aal1"));
    }
}
