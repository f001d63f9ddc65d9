//! What can go wrong on a page, and what a person is told about it. Causes are for the log.

use crate::{provider::ProviderError, seal::SealError, session::store::StoreError};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// A request that ends with an error page. [`super::headers`] draws it.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Problem {
    /// The state is not there, not this browser's, used, or given twice.
    #[error("the callback belongs to no sign-in of this browser")]
    UnknownSignIn,
    /// The state has expired.
    #[error("the sign-in was begun too long ago")]
    TooLate {
        /// Starts the same sign-in again.
        again: String,
    },
    /// Hydra sent the person back with an error (RFC 6749, section 4.1.2.1).
    #[error("Hydra ended the sign-in: {reason:?}")]
    Denied {
        /// What Hydra says.
        reason: Denial,
        /// Starts the same sign-in again.
        again: String,
    },
    /// The code was no good, or the answer proves nobody.
    #[error("the sign-in was not completed: {cause}")]
    NotProved {
        /// What was wrong.
        cause: Arc<ProviderError>,
        /// Starts the same sign-in again.
        again: String,
    },
    /// The answer came from another issuer (RFC 9207).
    #[error("the callback names another issuer")]
    WrongIssuer {
        /// Starts the same sign-in again.
        again: String,
    },
    /// Hydra cannot be reached.
    #[error("{0}")]
    ProviderDown(Arc<ProviderError>),
    /// The database cannot be reached.
    #[error("the database: {0}")]
    DatabaseDown(Arc<StoreError>),
    /// The person was signed in, and the session could not be kept.
    #[error("a session was not kept: {cause}")]
    NotKept {
        /// What the database says.
        cause: Arc<StoreError>,
        /// Starts the same sign-in again.
        again: String,
    },
    /// The form is not this session's.
    #[error("a form came without the token of its session")]
    ForeignForm,
    /// Anything else, by its status.
    #[error("{0}")]
    Status(StatusCode),
}

/// Why Hydra sent the person back without a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denial {
    /// `access_denied`
    AccessDenied,
    /// `request_forbidden`: Hydra's own cookies do not fit the request.
    RequestForbidden,
    /// `login_required`, `consent_required`, `interaction_required`, `account_selection_required`
    InteractionRequired,
    /// `temporarily_unavailable`, `server_error`
    Unavailable,
    /// `invalid_scope`, `unauthorized_client` and whatever else: the app is set up wrongly.
    Misconfigured,
}

/// The words of an error page.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    /// The way on: an address, and what it is called.
    pub(super) way_on: (String, &'static str),
}

impl Problem {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::UnknownSignIn
            | Self::TooLate { .. }
            | Self::NotProved { .. }
            | Self::WrongIssuer { .. } => StatusCode::BAD_REQUEST,
            Self::Denied { reason, .. } => reason.status(),
            Self::ProviderDown(_) | Self::DatabaseDown(_) | Self::NotKept { .. } => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::Status(status) => *status,
        }
    }

    pub(super) fn words(&self) -> Words {
        // An empty reference is this very page, query included (RFC 3986, section 4.4).
        let same_page = || (String::new(), "Try again");
        let home = || ("/".to_owned(), "Go to the start page");
        let (title, text, way_on) = match self {
            Self::UnknownSignIn => (
                "This sign-in cannot be completed",
                "It was completed already, it took longer than an hour, or it was begun in \
                 another browser. Nothing was changed. You can sign in again.",
                ("/sign-in".to_owned(), "Sign in again"),
            ),
            Self::TooLate { again } => (
                "This sign-in took too long",
                "More than ten minutes have passed since it was begun, and so it does not count any \
                 more. Nothing was changed. Sign in again, and you go on where you wanted to go.",
                (again.clone(), "Sign in again"),
            ),
            Self::Denied { reason, again } => {
                let (title, text) = reason.words();
                (title, text, (again.clone(), "Try again"))
            }
            Self::NotProved { again, .. } => (
                "You are not signed in",
                "The sign-in service's answer could not be used: it was too old, used before, or \
                 not meant for this app.",
                (again.clone(), "Try again"),
            ),
            Self::WrongIssuer { again } => (
                "You are not signed in",
                "The answer came from another sign-in service than the one you were sent to.",
                (again.clone(), "Try again"),
            ),
            Self::ProviderDown(_) => (
                "The sign-in service does not answer",
                "Nothing is lost. Wait a moment, then try again.",
                same_page(),
            ),
            Self::DatabaseDown(_) => (
                "This app cannot be used at the moment",
                "Its database does not answer. Nothing is lost. Wait a moment, then try again.",
                same_page(),
            ),
            Self::NotKept { again, .. } => (
                "You are not signed in",
                "This app's database does not answer, and so your sign-in was not kept. Wait a \
                 moment, then sign in again.",
                (again.clone(), "Sign in again"),
            ),
            Self::ForeignForm => (
                "This form has expired",
                "It belongs to a session that has ended, or it was not sent from this app. \
                 Nothing was changed.",
                home(),
            ),
            Self::Status(status) => {
                let (title, text) = plain_words(*status);
                (title, text, home())
            }
        };
        Words { title, text, way_on }
    }
}

impl Denial {
    /// From Hydra's `error` parameter.
    pub(super) fn from_code(code: &str) -> Self {
        match code {
            "access_denied" => Self::AccessDenied,
            "request_forbidden" => Self::RequestForbidden,
            "login_required"
            | "consent_required"
            | "interaction_required"
            | "account_selection_required" => Self::InteractionRequired,
            // The last is what Hydra says of an error that it cannot name, such as of its database.
            "temporarily_unavailable" | "server_error" | "error" => Self::Unavailable,
            _ => Self::Misconfigured,
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::AccessDenied => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::RequestForbidden | Self::InteractionRequired | Self::Misconfigured => {
                StatusCode::BAD_REQUEST
            }
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::AccessDenied => (
                "Access was not granted",
                "You, or your organisation's rules, did not allow this app to sign you in. \
                 Nothing was shared with it. (access_denied)",
            ),
            Self::RequestForbidden => (
                "The sign-in was interrupted",
                "Another sign-in was begun in this browser meanwhile, or it does not keep cookies. \
                 (request_forbidden)",
            ),
            Self::InteractionRequired => (
                "You have to sign in first",
                "The sign-in service wants to ask you something before it lets you through.",
            ),
            Self::Unavailable => (
                "The sign-in service has a problem",
                "It could not complete the sign-in. Wait a moment, then try again.",
            ),
            Self::Misconfigured => (
                "This app is not set up for this sign-in",
                "The sign-in service refuses what the app asks for. The people who run the app can \
                 mend it.",
            ),
        }
    }
}

fn plain_words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => ("There is no such page", "The address may be misspelt or old."),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("This page cannot be used like that", "It answers another kind of request.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("That was too much", "What was sent is longer than this page takes.")
        }
        StatusCode::FORBIDDEN => {
            ("This request was refused", "It came from another site. Nothing was changed.")
        }
        StatusCode::SERVICE_UNAVAILABLE => (
            "This took too long",
            "The app gave up waiting for an answer. Wait a moment, then try again.",
        ),
        status if status.is_client_error() => {
            ("This request cannot be understood", "Nothing was changed.")
        }
        _ => ("Something went wrong", "It is our fault, and nothing that you can mend."),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(_) => Self::DatabaseDown(Arc::new(error)),
            StoreError::Seal(_) | StoreError::Tokens(_) => {
                tracing::error!(%error, "a row could not be sealed");
                Self::Status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        StoreError::from(error).into()
    }
}
