//! An app: a client of Hydra's, and what the registry knows beyond that.

mod preset;

pub(crate) use preset::fitting_response_types;

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hydra_admin::Client;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Our key in the client's `metadata`.
const OURS: &str = "latchkey";

/// What Hydra tells of a client when it is added: a way around the registry.
const ONCE: [&str; 2] = ["registration_access_token", "registration_client_uri"];

/// Bytes of an etag: two versions of one app are told apart by chance for ever.
const ETAG: usize = 16;

/// An app. What Hydra has a field for is in `client`, and only there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) ours: Ours,
    /// Why there is nothing in `ours`, where our entry cannot be read. It stays in the client's metadata.
    pub(crate) unreadable: Option<String>,
}

/// What Hydra has no field for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ours {
    /// None: the app was registered in another way.
    pub(crate) kind: Option<Kind>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) purpose: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) environment: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) source: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) source_digest: String,
    #[serde(skip_serializing_if = "Policy::is_empty")]
    pub(crate) policy: Policy,
    /// Counts the changes: Hydra's times are whole seconds.
    pub(crate) revision: u64,
    /// Since when the secret is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret_created_at: Option<DateTime<Utc>>,
    /// What another release keeps here.
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
}

/// What runs an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Web,
    Spa,
    Native,
    Machine,
}

/// What the login pages ask of the app's people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Policy {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) least_acr: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) allowed_groups: Vec<String>,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) longest_session: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) look: String,
    /// What another release keeps here.
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
}

impl Policy {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl App {
    /// A client as Hydra keeps it, and not what it tells only once.
    pub(crate) fn read(mut client: Client) -> Self {
        client.client_secret = None;
        client.others.retain(|field, _| !ONCE.contains(&field.as_str()));
        let (ours, unreadable) = match client.metadata.get(OURS).map(Ours::deserialize) {
            None => (Ours::default(), None),
            Some(Ok(ours)) => {
                client.metadata.remove(OURS);
                (ours, None)
            }
            Some(Err(error)) => (Ours::default(), Some(error.to_string())),
        };
        Self { client, ours, unreadable }
    }

    /// The client for Hydra to keep.
    pub(crate) fn into_client(self) -> serde_json::Result<Client> {
        let Self { mut client, ours, .. } = self;
        client.metadata.insert(OURS.to_owned(), serde_json::to_value(ours)?);
        Ok(client)
    }

    /// Changes with every field of the app, and with every change that is made here. Hydra's times
    /// differ between its answers, and so do fields that are nobody's here.
    pub(crate) fn etag(&self) -> String {
        let Self { ours, mut client, .. } = self.clone();
        (client.created_at, client.updated_at) = (None, None);
        client.others.clear();
        let ours = serde_json::to_vec(&ours).unwrap_or_default();
        let client = serde_json::to_vec(&client).unwrap_or_default();
        let digest = digest::digest(&digest::SHA256, &[ours, client].concat());
        let bytes: Vec<_> = digest.as_ref().iter().copied().take(ETAG).collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Whether a caller who describes the app so means this one: all is alike but for what the
    /// registry and Hydra add.
    pub(crate) fn is_described_by(&self, other: &Self) -> bool {
        let Client {
            subject_type,
            skip_logout_consent,
            allowed_cors_origins,
            created_at,
            updated_at,
            metadata,
            others,
            ..
        } = self.client.clone();
        let client = Client {
            subject_type,
            skip_logout_consent,
            allowed_cors_origins,
            created_at,
            updated_at,
            metadata,
            others,
            ..other.client.clone()
        };
        let Ours { revision, secret_created_at, others, policy, .. } = self.ours.clone();
        let policy = Policy { others: policy.others, ..other.ours.policy.clone() };
        let ours = Ours { policy, revision, secret_created_at, others, ..other.ours.clone() };
        *self == Self { client, ours, unreadable: None }
    }

    pub(crate) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.client.scope.split_ascii_whitespace()
    }

    /// Whether it proves itself by a secret.
    pub(crate) fn has_secret(&self) -> bool {
        self.client.token_endpoint_auth_method.starts_with("client_secret_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_hydra_has_no_field_for_lies_under_one_key_beside_what_others_keep() {
        let foreign = json!({ "theirs": 1, "latchkey": { "kind": "web", "revision": 4 } });
        let client = Client { metadata: foreign.as_object().unwrap().clone(), ..Client::default() };
        let mut app = App::read(client);
        assert_eq!((app.ours.kind, app.ours.revision), (Some(Kind::Web), 4));
        app.ours.policy.least_acr = "urn:two".to_owned();
        let kept = app.into_client().unwrap().metadata;
        let ours = json!({ "kind": "web", "policy": { "least_acr": "urn:two" }, "revision": 4 });
        assert_eq!(json!(kept), json!({ "theirs": 1, "latchkey": ours }));
    }

    #[test]
    fn nonsense_under_our_key_is_told_and_stays_where_it_is() {
        for nonsense in [json!(null), json!("web"), json!({ "kind": "toaster" })] {
            let metadata: Map<_, _> = [(OURS.to_owned(), nonsense)].into_iter().collect();
            let app = App::read(Client { metadata: metadata.clone(), ..Client::default() });
            assert_eq!((app.ours, app.client.metadata), (Ours::default(), metadata));
            assert!(app.unreadable.is_some());
        }
    }

    #[test]
    fn an_app_is_described_by_what_callers_can_say_of_it() {
        let mut wish = App::default();
        wish.client.client_name = "Shop".to_owned();
        let mut kept = wish.clone();
        kept.client.subject_type = "public".to_owned();
        kept.client.created_at = Some("2026-01-01T00:00:00Z".to_owned());
        kept.client.others.insert("userinfo_signed_response_alg".to_owned(), json!("none"));
        kept.ours.revision = 3;
        assert!(kept.is_described_by(&wish));
        kept.client.client_name = "Another".to_owned();
        assert!(!kept.is_described_by(&wish));
    }

    #[test]
    fn an_etag_changes_with_every_revision_and_every_field() {
        let app = App::default();
        let mut changed = app.clone();
        changed.ours.revision = 1;
        let mut renamed = app.clone();
        renamed.client.client_name = "another".to_owned();
        assert_eq!(app.etag(), app.clone().etag());
        assert!(app.etag() != changed.etag() && app.etag() != renamed.etag());
    }
}
