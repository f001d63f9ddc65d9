//! What a token grants, and to whom.

use crate::InsufficientScope;
use serde_json::{Map, Value};
use std::{fmt, sync::Arc};

/// A token that was found good. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant(pub(crate) Arc<Contents>);

#[derive(PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) holder: Holder,
    pub(crate) subject: String,
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    /// Seconds since 1970.
    pub(crate) expires_at: Option<u64>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) realm: Arc<str>,
}

/// Who was given the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A client, by a person who is the subject.
    Person,
    /// A client for itself: subject and client are one.
    Client,
}

impl Grant {
    /// Whether a person stands behind it, or a client alone.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.0.holder
    }

    /// The person or, in a client's own token, the client (`sub`, RFC 7662, section 2.2).
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The client that the token was given to.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// What that client may do (RFC 6749, section 3.3).
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.0.scopes
    }

    /// Everything that the authorization server says about the token, such as `ext` of Ory Hydra.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0.claims
    }

    /// Whether `scope` was granted, as a whole word: `users.reader` is not `users.read`.
    pub fn requires(&self, scope: &str) -> Result<(), InsufficientScope> {
        if self.0.scopes.iter().any(|granted| granted == scope) {
            Ok(())
        } else {
            let realm = self.0.realm.to_string();
            Err(InsufficientScope { scope: scope.to_owned(), realm })
        }
    }
}

impl fmt::Debug for Grant {
    /// Without the other claims: they may tell more about a person than a log should.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("holder", &self.0.holder)
            .field("subject", &self.0.subject)
            .field("client_id", &self.0.client_id)
            .field("scopes", &self.0.scopes)
            .finish_non_exhaustive()
    }
}
