//! What can be wrong with a token of the provider's.

/// Clocks may differ by this many seconds.
pub(super) const SKEW: i64 = 60;

/// What is wrong with a token. The token is never part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Defect {
    #[error("it is no JSON Web Token, or misses a claim")]
    Shape,
    #[error("its algorithm is not RS256 or ES256")]
    Algorithm,
    #[error("its key is not among the provider's")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("it comes from another issuer")]
    Issuer,
    #[error("it is meant for another app")]
    Audience,
    #[error("it was issued to another party")]
    AuthorizedParty,
    #[error("it has expired")]
    Expired,
    #[error("it comes from the future")]
    NotYet,
    #[error("it names nobody, or somebody else")]
    Subject,
    #[error("it answers another request")]
    Nonce,
    #[error("it came with another access token")]
    AccessToken,
    #[error("the person has not signed in lately")]
    AuthTime,
    #[error("it is no logout token")]
    NoLogout,
}
