//! How the authorization server can fail us.

use super::{defect::Defect, transport::TransportError};
use oauth2::{
    RequestTokenError,
    basic::{BasicErrorResponse, BasicErrorResponseType},
};

/// Why the authorization server did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    /// It does not answer, or says that it cannot. Worth another try.
    #[error("Hydra cannot be reached: {0}")]
    Unreachable(String),
    /// The code or the refresh token is spent, expired or not ours (RFC 6749, section 5.2), or the
    /// person may not have tokens any more.
    #[error("Hydra does not accept the grant")]
    InvalidGrant,
    /// It refuses this app: a wrong registration or secret.
    #[error("Hydra refuses this app: {0}")]
    Refused(String),
    /// What came back is no answer of OpenID Connect.
    #[error("not an answer of an OpenID provider: {0}")]
    Unexpected(&'static str),
    /// The key did not sign.
    #[error("a request to Hydra could not be signed")]
    Unsigned,
    /// The ID token or the logout token proves nothing.
    #[error("the token is not valid: {0}")]
    Token(#[from] Defect),
}

impl From<TransportError> for ProviderError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Unreachable(reason) => Self::Unreachable(reason),
            TransportError::TooLong => Self::Unexpected("an answer that is too long"),
        }
    }
}

impl From<RequestTokenError<TransportError, BasicErrorResponse>> for ProviderError {
    fn from(error: RequestTokenError<TransportError, BasicErrorResponse>) -> Self {
        match error {
            RequestTokenError::Request(error) => error.into(),
            RequestTokenError::ServerResponse(answer) => match answer.error() {
                BasicErrorResponseType::InvalidGrant => Self::InvalidGrant,
                // Ory Hydra's answer where its token hook says no: the person may not go on.
                BasicErrorResponseType::Extension(code) if code == "access_denied" => {
                    Self::InvalidGrant
                }
                // The code alone: a description may repeat what was sent.
                code => Self::Refused(code.to_string()),
            },
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                Self::Unexpected("a token response of another shape")
            }
        }
    }
}
