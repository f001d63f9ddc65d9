//! An app outside of the contract: in files, as JSON and on the screen. Its fields have the contract's
//! names.

use latchkey_proto::client::v1::{App, AppKind, AppPolicy};
use prost_types::{Duration as Span, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::time::Duration;

/// All that can be said of an app. What is empty is not written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Description {
    pub(super) kind: Kind,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) post_logout_redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) scopes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) audiences: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) token_endpoint_auth_method: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) token_endpoint_auth_signing_alg: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jwks: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) jwks_uri: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) backchannel_logout_uri: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) frontchannel_logout_uri: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) home_uri: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) logo_uri: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) policy_uri: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) tos_uri: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) first_party: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) owner: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) purpose: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) environment: String,
    #[serde(skip_serializing_if = "Policy::is_empty")]
    pub(super) policy: Policy,
}

/// What runs an app.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A web server, which keeps a secret
    Web,
    /// Scripts in a browser: no secret, PKCE
    Spa,
    /// A program on a person's device: no secret, PKCE
    Native,
    /// A service without people: client credentials
    Machine,
    /// Registered at Hydra in another way
    #[default]
    #[value(skip)]
    #[serde(skip_deserializing)]
    Other,
}

/// What the login pages ask of an app's people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Policy {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) least_acr: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) allowed_groups: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "span")]
    pub(super) longest_session: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) look: String,
}

/// An app as it is kept, for programs.
#[derive(Debug, Serialize)]
pub(super) struct Kept {
    client_id: String,
    #[serde(flatten)]
    description: Description,
    grant_types: Vec<String>,
    response_types: Vec<String>,
    source: String,
    etag: String,
    create_time: String,
    update_time: String,
    secret_create_time: String,
}

impl Policy {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Kind {
    /// As it is written.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Spa => "spa",
            Self::Native => "native",
            Self::Machine => "machine",
            Self::Other => "other",
        }
    }
}

impl From<AppKind> for Kind {
    fn from(kind: AppKind) -> Self {
        match kind {
            AppKind::Web => Self::Web,
            AppKind::Spa => Self::Spa,
            AppKind::Native => Self::Native,
            AppKind::Machine => Self::Machine,
            AppKind::Unspecified => Self::Other,
        }
    }
}

impl From<Kind> for AppKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Web => Self::Web,
            Kind::Spa => Self::Spa,
            Kind::Native => Self::Native,
            Kind::Machine => Self::Machine,
            Kind::Other => Self::Unspecified,
        }
    }
}

impl From<App> for Description {
    fn from(app: App) -> Self {
        Self {
            kind: app.kind().into(),
            name: app.name,
            redirect_uris: app.redirect_uris,
            post_logout_redirect_uris: app.post_logout_redirect_uris,
            scopes: app.scopes,
            audiences: app.audiences,
            token_endpoint_auth_method: app.token_endpoint_auth_method,
            token_endpoint_auth_signing_alg: app.token_endpoint_auth_signing_alg,
            jwks: serde_json::from_str(&app.jwks).ok(),
            jwks_uri: app.jwks_uri,
            backchannel_logout_uri: app.backchannel_logout_uri,
            frontchannel_logout_uri: app.frontchannel_logout_uri,
            home_uri: app.home_uri,
            logo_uri: app.logo_uri,
            policy_uri: app.policy_uri,
            tos_uri: app.tos_uri,
            first_party: app.first_party,
            owner: app.owner,
            purpose: app.purpose,
            environment: app.environment,
            policy: app.policy.map(Policy::from).unwrap_or_default(),
        }
    }
}

impl From<Description> for App {
    fn from(described: Description) -> Self {
        Self {
            kind: AppKind::from(described.kind).into(),
            name: described.name,
            redirect_uris: described.redirect_uris,
            post_logout_redirect_uris: described.post_logout_redirect_uris,
            scopes: described.scopes,
            audiences: described.audiences,
            token_endpoint_auth_method: described.token_endpoint_auth_method,
            token_endpoint_auth_signing_alg: described.token_endpoint_auth_signing_alg,
            jwks: described.jwks.map(|jwks| jwks.to_string()).unwrap_or_default(),
            jwks_uri: described.jwks_uri,
            backchannel_logout_uri: described.backchannel_logout_uri,
            frontchannel_logout_uri: described.frontchannel_logout_uri,
            home_uri: described.home_uri,
            logo_uri: described.logo_uri,
            policy_uri: described.policy_uri,
            tos_uri: described.tos_uri,
            first_party: described.first_party,
            owner: described.owner,
            purpose: described.purpose,
            environment: described.environment,
            policy: (!described.policy.is_empty()).then(|| described.policy.into()),
            ..Self::default()
        }
    }
}

impl From<AppPolicy> for Policy {
    fn from(policy: AppPolicy) -> Self {
        let AppPolicy { least_acr, allowed_groups, longest_session, look } = policy;
        let time = longest_session.and_then(|span| u64::try_from(span.seconds).ok());
        let time = time.map(|seconds| humantime::format_duration(Duration::from_secs(seconds)));
        let longest_session = time.map(|time| time.to_string()).unwrap_or_default();
        Self { least_acr, allowed_groups, longest_session, look }
    }
}

impl From<Policy> for AppPolicy {
    fn from(policy: Policy) -> Self {
        let Policy { least_acr, allowed_groups, longest_session, look } = policy;
        let time = humantime::parse_duration(&longest_session).ok();
        let longest_session = time.map(|time| Span {
            seconds: time.as_secs().try_into().unwrap_or(i64::MAX),
            nanos: time.subsec_nanos().try_into().unwrap_or_default(),
        });
        Self { least_acr, allowed_groups, longest_session, look }
    }
}

impl From<App> for Kept {
    fn from(app: App) -> Self {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        Self {
            client_id: app.client_id.clone(),
            grant_types: app.grant_types.clone(),
            response_types: app.response_types.clone(),
            source: app.source.clone(),
            etag: app.etag.clone(),
            create_time: time(app.create_time),
            update_time: time(app.update_time),
            secret_create_time: time(app.secret_create_time),
            description: app.into(),
        }
    }
}

/// A time as people write it, such as `8h`; in one spelling.
pub(super) fn time(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let time = humantime::parse_duration(text).map_err(|error| error.to_string());
    let time = time.map_err(|error| format!("{error}; expected a time such as 8h or 30days"))?;
    Ok(humantime::format_duration(time).to_string())
}

fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    time(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_an_app_and_back() {
        let described: Description = serde_json::from_value(serde_json::json!({
            "kind": "web", "name": "Shop", "redirect_uris": ["https://a.example/cb"],
            "post_logout_redirect_uris": ["https://a.example/"], "scopes": ["openid"],
            "audiences": ["https://api.example"], "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "ES256",
            "jwks": { "keys": [{ "kid": "one" }] }, "jwks_uri": "https://a.example/jwks",
            "backchannel_logout_uri": "https://a.example/out", "tos_uri": "https://a.example/tos",
            "frontchannel_logout_uri": "https://a.example/frame", "home_uri": "https://a.example/",
            "logo_uri": "https://a.example/logo.png", "policy_uri": "https://a.example/privacy",
            "first_party": true, "owner": "shop", "purpose": "Sells", "environment": "staging",
            "policy": { "least_acr": "two", "allowed_groups": ["staff"], "longest_session": "480m",
                "look": "shop" },
        }))
        .unwrap();
        assert_eq!(described.policy.longest_session, "8h");
        assert_eq!(Description::from(App::from(described.clone())), described);
        let empty = Description::default();
        assert_eq!(Description::from(App::from(empty.clone())), empty);
    }

    #[test]
    fn a_time_that_is_none_says_what_one_is() {
        let broken = serde_json::from_str::<Policy>(r#"{"longest_session": "soon"}"#);
        assert!(broken.unwrap_err().to_string().contains("8h or 30days"));
    }
}
