//! The decision: what an introspection answer grants, and to whom.

use crate::{Refusal, introspection::Answer};

/// A person's access token, as the authorization server knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The person (`sub`, RFC 7662, section 2.2).
    pub subject: String,
    /// The client that the token was given to.
    pub client_id: String,
    /// What the person allowed that client (RFC 6749, section 3.3).
    pub scopes: Vec<String>,
}

/// A scope that a call needs and the token lacks (`insufficient_scope`, RFC 6750, section 3.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the scope {scope} is needed and was not granted")]
pub struct InsufficientScope {
    /// The scope that is missing.
    pub scope: String,
}

impl Grant {
    /// Whether `scope` was granted, as a whole word: `users.reader` is not `users.read`.
    pub fn requires(&self, scope: &str) -> Result<(), InsufficientScope> {
        if self.scopes.iter().any(|granted| granted == scope) {
            Ok(())
        } else {
            Err(InsufficientScope { scope: scope.to_owned() })
        }
    }
}

/// Reads the answer. Nothing is granted that it does not say outright.
pub(crate) fn decide(answer: Answer) -> Result<Grant, Refusal> {
    if !answer.active {
        return Err(Refusal::Inactive);
    }
    if answer.token_use != "access_token" {
        return Err(Refusal::NotAnAccessToken);
    }
    if answer.sub.is_empty() || answer.client_id.is_empty() || answer.sub == answer.client_id {
        return Err(Refusal::NotAPerson);
    }
    Ok(Grant {
        subject: answer.sub,
        client_id: answer.client_id,
        scopes: answer.scope.split_ascii_whitespace().map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(json: &str) -> Result<Grant, Refusal> {
        decide(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_persons_access_token_grants_its_scopes() {
        let grant = answered(
            r#"{"active": true, "sub": "1", "client_id": "myclient", "token_use": "access_token",
                "scope": "openid users.read", "exp": 1, "aud": [], "unknown": {}}"#,
        );
        let scopes = vec!["openid".to_owned(), "users.read".to_owned()];
        let expected = Grant { subject: "1".to_owned(), client_id: "myclient".to_owned(), scopes };
        assert_eq!(grant, Ok(expected));
    }

    #[test]
    fn everything_else_is_refused() {
        let table = [
            (r#"{"active": false}"#, Refusal::Inactive),
            (
                r#"{"active": false, "sub": "1", "client_id": "a", "token_use": "access_token"}"#,
                Refusal::Inactive,
            ),
            (
                r#"{"active": true, "sub": "1", "client_id": "a", "token_use": "refresh_token"}"#,
                Refusal::NotAnAccessToken,
            ),
            (r#"{"active": true, "sub": "1", "client_id": "a"}"#, Refusal::NotAnAccessToken),
            (
                r#"{"active": true, "sub": "1", "client_id": "1", "token_use": "access_token"}"#,
                Refusal::NotAPerson,
            ),
            (
                r#"{"active": true, "client_id": "a", "token_use": "access_token"}"#,
                Refusal::NotAPerson,
            ),
            (r#"{"active": true, "sub": "1", "token_use": "access_token"}"#, Refusal::NotAPerson),
        ];
        for (json, refusal) in table {
            assert_eq!(answered(json), Err(refusal), "{json}");
        }
    }

    #[test]
    fn a_scope_is_a_whole_word() {
        let of = |scope: &str| {
            answered(&format!(
                r#"{{"active": true, "sub": "1", "client_id": "a", "token_use": "access_token",
                     "scope": "{scope}"}}"#
            ))
            .unwrap()
        };
        assert_eq!(of("openid  users.read ").requires("users.read"), Ok(()));
        for scope in ["", "users.reader", "users", "USERS.READ", "users.read.all", "x-users.read"] {
            assert!(of(scope).requires("users.read").is_err(), "{scope}");
        }
        assert!(of("users.read").requires("").is_err());
    }
}
