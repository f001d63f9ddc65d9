//! What a service demands of tokens, and how long it remembers what it was told.

use std::time::Duration;

/// What a [`TokenGuard`](crate::TokenGuard) demands, and what it remembers.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What is protected, in a word: `realm` in `WWW-Authenticate` (RFC 9110, section 11.5), and the
    /// domain of `google.rpc.ErrorInfo`.
    pub realm: String,
    /// What has to be in the token's `aud`. `None`: whom the token is meant for is not asked.
    pub audience: Option<String>,
    /// What the token's `iss` has to be, letter by letter. `None`: whoever is asked is trusted; a
    /// guard that checks tokens itself always knows its issuer.
    pub issuer: Option<String>,
    /// Whose tokens are served.
    pub holders: Holders,
    /// How long the authorization server may take to answer.
    pub timeout: Duration,
    /// How long a good token is remembered, and so the longest that a revoked one goes on working.
    /// Never past the token's own end. Zero: the authorization server is asked every time.
    pub granted_for: Duration,
    /// How long a bad token is remembered.
    pub refused_for: Duration,
    /// How many tokens are remembered at most.
    pub remembered: usize,
}

/// Whose tokens a service takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// Tokens that a person has given to a client (RFC 6749, section 1.3.1).
    People,
    /// Tokens that a client was given for itself (RFC 6749, section 4.4).
    Clients,
    /// Both. A client's id may be equal to a person's subject: look at
    /// [`Grant::holder`](crate::Grant::holder) before the subject.
    Both,
}

impl Default for Settings {
    /// Tokens of people, for any audience, remembered for five seconds.
    fn default() -> Self {
        Self {
            realm: "api".to_owned(),
            audience: None,
            issuer: None,
            holders: Holders::People,
            timeout: Duration::from_secs(5),
            granted_for: Duration::from_secs(5),
            refused_for: Duration::from_secs(1),
            remembered: 10_000,
        }
    }
}
