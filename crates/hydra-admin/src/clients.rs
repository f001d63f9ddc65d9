//! OAuth 2.0 clients: the apps that Hydra knows.

use crate::{Error, HydraAdmin};
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;

const CLIENTS: &str = "/admin/clients";
const CLIENT: &str = "/admin/clients/{id}";

/// An OAuth 2.0 client (RFC 7591, section 2, and Hydra's own fields).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Client {
    /// The client's id.
    pub client_id: String,
    /// The name that people see.
    pub client_name: String,
    /// The client's secret. Hydra keeps a hash and never returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// The scopes that it may ask for, separated by spaces.
    pub scope: String,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Where browsers may go after a logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where Hydra tells that somebody has signed out (OpenID Connect Back-Channel Logout, section
    /// 2.2).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub backchannel_logout_uri: String,
    /// How it may get tokens.
    pub grant_types: Vec<String>,
    /// What the authorization endpoint may answer.
    pub response_types: Vec<String>,
    /// How it proves itself at the token endpoint.
    pub token_endpoint_auth_method: String,
    /// A first-party app: people are not asked. Hydra leaves it to the consent app to act on it.
    pub skip_consent: bool,
    /// The audiences that it may ask for.
    pub audience: Vec<String>,
    /// Its home page. As its owner wrote it: not checked, like the other addresses.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client_uri: String,
    /// Its picture.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub logo_uri: String,
    /// What it does with people's data.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub policy_uri: String,
    /// Its terms of use.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tos_uri: String,
    /// `public`, or `pairwise`: then its ID tokens call people by other names than ours.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject_type: String,
    /// Whether it may sign people out without asking them. Hydra leaves it to the consent app.
    pub skip_logout_consent: bool,
    /// Opened in the person's browser when they sign out (`OpenID` Connect Front-Channel Logout).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub frontchannel_logout_uri: String,
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

impl HydraAdmin {
    /// Reads a client.
    pub async fn client(&self, id: &str) -> Result<Client, Error> {
        self.json(self.http.get(self.client_url(id)), CLIENT).await
    }

    /// Adds a client, or replaces the one that has its id. Without a secret the old one stays.
    pub async fn put_client(&self, client: &Client) -> Result<(), Error> {
        let request = match self.client(&client.client_id).await {
            Ok(_) => (self.http.put(self.client_url(&client.client_id)), CLIENT),
            Err(Error::Unknown(_)) => (self.http.post(self.url(CLIENTS)), CLIENTS),
            Err(error) => return Err(error),
        };
        self.send(request.0.json(client), request.1).await.map(drop)
    }

    fn client_url(&self, id: &str) -> Url {
        let mut url = self.url(CLIENTS);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(id);
        }
        url
    }
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
