//! A client as Hydra keeps it.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use url::Url;

/// An OAuth 2.0 client (RFC 7591, section 2, and Hydra's own fields).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "the fields are Hydra's")]
pub struct Client {
    /// The client's id.
    pub client_id: String,
    /// The name that people see.
    pub client_name: String,
    /// The client's secret. Hydra keeps a hash and never returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// The scopes that it may ask for, separated by spaces.
    pub scope: String,
    /// The audiences that it may ask for.
    #[serde(deserialize_with = "or_default")]
    pub audience: Vec<String>,
    /// Where codes may be sent.
    #[serde(deserialize_with = "or_default")]
    pub redirect_uris: Vec<String>,
    /// Where browsers may go after a logout.
    #[serde(deserialize_with = "or_default")]
    pub post_logout_redirect_uris: Vec<String>,
    /// How it may get tokens.
    #[serde(deserialize_with = "or_default")]
    pub grant_types: Vec<String>,
    /// What the authorization endpoint may answer.
    #[serde(deserialize_with = "or_default")]
    pub response_types: Vec<String>,
    /// How it proves itself at the token endpoint.
    pub token_endpoint_auth_method: String,
    /// The algorithm of its signed requests. Empty: RS256.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub token_endpoint_auth_signing_alg: String,
    /// Its public keys, by value. Not together with `jwks_uri`.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "unless_empty")]
    pub jwks: Option<Value>,
    /// Where its public keys are.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub jwks_uri: String,
    /// The origins whose scripts may call Hydra's public endpoints for it.
    #[serde(deserialize_with = "or_default")]
    pub allowed_cors_origins: Vec<String>,
    /// Where it is told of a logout by a call (OpenID Connect Back-Channel Logout).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub backchannel_logout_uri: String,
    /// It is told which session (`sid`) there.
    pub backchannel_logout_session_required: bool,
    /// Where it is told of a logout in a frame (OpenID Connect Front-Channel Logout).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub frontchannel_logout_uri: String,
    /// It is told which session (`sid`) there.
    pub frontchannel_logout_session_required: bool,
    /// Its home page. As its owner wrote it: not checked, like the other addresses.
    pub client_uri: String,
    /// Its picture.
    pub logo_uri: String,
    /// Its privacy policy.
    pub policy_uri: String,
    /// Its terms of service.
    pub tos_uri: String,
    /// `public`, or `pairwise`: then its ID tokens call people by other names than ours.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject_type: String,
    /// Whether it may sign people out without asking them. Hydra leaves it to the consent app.
    #[serde(deserialize_with = "or_default")]
    pub skip_logout_consent: bool,
    /// A first-party app: people are not asked. Hydra leaves it to the consent app to act on it.
    pub skip_consent: bool,
    /// Whatever else is to be kept with it.
    #[serde(skip_serializing_if = "Map::is_empty", deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
    /// When it was added (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it was last changed (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// Fields without a name here: a client that was read and is replaced keeps them.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// Without the secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("client_id", &self.client_id)
            .field("client_name", &self.client_name)
            .field("scope", &self.scope)
            .field("redirect_uris", &self.redirect_uris)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Whether the client is registered for this scope.
    #[must_use]
    pub fn may_ask_for(&self, scope: &str) -> bool {
        self.scope.split_ascii_whitespace().any(|registered| registered == scope)
    }

    /// Where people find the app: its home page, or the origin that its codes go to. Only http and
    /// https, which can be linked to safely.
    #[must_use]
    pub fn home(&self) -> Option<Url> {
        let callbacks = self.redirect_uris.iter().filter_map(|uri| web(uri)?.join("/").ok());
        web(&self.client_uri).into_iter().chain(callbacks).next()
    }
}

/// An address that a page may link to: http or https, and nothing that runs.
#[must_use]
pub fn web(address: &str) -> Option<Url> {
    Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// Hydra writes null for lists and objects that were never set.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Hydra writes `{}` where there are no keys, and refuses that beside a `jwks_uri`.
fn unless_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    let keys: Option<Value> = Option::deserialize(deserializer)?;
    Ok(keys.filter(|keys| keys.as_object().is_none_or(|fields| !fields.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_lives_at_its_home_page_or_where_its_codes_go() {
        let client = |client_uri: &str, redirect_uri: &str| Client {
            client_uri: client_uri.to_owned(),
            redirect_uris: vec!["com.example.app:/back".to_owned(), redirect_uri.to_owned()],
            ..Client::default()
        };
        let home = |client: Client| client.home().map(String::from);
        let callback = "https://app.example.com/callbacks?a=b";
        let page = "https://example.com/app";
        assert_eq!(home(client(page, callback)).as_deref(), Some(page));
        for unsafe_page in ["javascript:alert(1)", "data:text/html,x", "nonsense", ""] {
            let home = home(client(unsafe_page, callback));
            assert_eq!(home.as_deref(), Some("https://app.example.com/"), "{unsafe_page}");
        }
        assert_eq!(home(client("", "com.example.app:/other")), None);
    }
}
