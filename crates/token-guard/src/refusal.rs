//! Why nobody is let in.

/// Why a request opens nothing. The token is never part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no bearer token.
    #[error("a bearer token is needed")]
    Missing,
    /// The header comes twice: what the one says may not be what another server on the way has read.
    #[error("there is more than one authorization header")]
    Ambiguous,
    /// Text that cannot be a token (RFC 6750, section 2.1).
    #[error("the token is malformed")]
    Malformed,
    /// Unknown, expired, revoked, or not signed by the authorization server.
    #[error("the token is not active")]
    Inactive,
    /// A refresh token, an ID token, or another kind that opens no resource.
    #[error("the token is no access token")]
    NotAnAccessToken,
    /// Another authorization server has issued it.
    #[error("the token comes from another issuer")]
    WrongIssuer,
    /// It is meant for other services (RFC 9700, section 2.3).
    #[error("the token is meant for another audience")]
    WrongAudience,
    /// The token was given to a client for itself, and people are served here.
    #[error("the token belongs to no person")]
    NotAPerson,
    /// The token was given by a person, and clients are served here.
    #[error("the token belongs to no client")]
    NotAClient,
    /// The authorization server gave no answer, or none that makes sense. Worth another try.
    #[error("the authorization server cannot be asked: {0}")]
    Unavailable(String),
}

/// A scope that a call needs and the token lacks (`insufficient_scope`, RFC 6750, section 3.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the scope {scope} is needed and was not granted")]
pub struct InsufficientScope {
    /// The scope that is missing.
    pub scope: String,
    /// [`Settings::realm`](crate::Settings::realm).
    pub realm: String,
}
