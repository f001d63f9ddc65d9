//! From what went wrong to a gRPC status with `google.rpc` details. What callers may know stands in
//! the status; what only operators may know is logged here, once.

use crate::domain::{Violation, hashing::HashingError, user::UserError, verify::VerifyError};
use crate::store::StoreError;
use chassis::grpc::{
    deadline::too_late,
    details::{self, error_info, precondition, refused},
};
use chrono::TimeDelta;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Fields that break a rule.
pub(crate) fn invalid(violations: Vec<Violation>) -> Status {
    invalid_in("", violations)
}

/// Fields that break a rule, in a message that `path` leads to.
fn invalid_in(path: &str, violations: Vec<Violation>) -> Status {
    details::invalid(violations.into_iter().map(|it| (format!("{path}{}", it.field), it.problem)))
}

/// Too many attempts have failed.
pub(crate) fn throttled(wait: TimeDelta) -> Status {
    let mut details = error_info("THROTTLED", []);
    details.set_retry_info(Some(wait.to_std().unwrap_or_default()));
    let message = "too many attempts have failed";
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// Nobody has this subject.
pub(crate) fn user_not_found() -> Status {
    refused(Code::NotFound, "USER_NOT_FOUND", "nobody has this subject")
}

/// There is no such session, or none that counts.
pub(crate) fn session_not_found() -> Status {
    refused(Code::NotFound, "SESSION_NOT_FOUND", "there is no such session")
}

/// The person may not sign in.
pub(crate) fn user_disabled() -> Status {
    precondition("USER_DISABLED", "user.state", "the user is disabled")
}

impl From<StoreError> for Status {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the user database failed");
        refused(Code::Unavailable, "DATABASE_UNAVAILABLE", "the user database cannot be reached")
    }
}

impl From<HashingError> for Status {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Overloaded { retry } => {
                let mut details = error_info("HASHING_OVERLOADED", []);
                details.set_retry_info(Some(retry));
                Self::with_error_details(Code::ResourceExhausted, error.to_string(), details)
            }
            HashingError::TooLate => too_late(),
            HashingError::Unusable(_) | HashingError::Failed(_) => {
                tracing::error!(%error, "a password was not hashed");
                refused(Code::Internal, "HASHING_FAILED", "the password cannot be checked")
            }
        }
    }
}

impl From<VerifyError> for Status {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Hashing(error) => error.into(),
            VerifyError::Store(error) => error.into(),
            VerifyError::Random => {
                tracing::error!(%error, "no device token was made");
                refused(Code::Internal, "RANDOM_FAILED", "the sign-in cannot be finished")
            }
        }
    }
}

impl From<UserError> for Status {
    fn from(error: UserError) -> Self {
        from_user_error(error, "")
    }
}

/// Like `Status::from`, where the person is the field that `path` leads to.
pub(crate) fn from_user_error(error: UserError, path: &str) -> Status {
    let message = error.to_string();
    match error {
        UserError::Invalid(violations) => invalid_in(path, violations),
        UserError::NotFound => user_not_found(),
        UserError::Taken => refused(Code::AlreadyExists, "USER_EXISTS", &message),
        UserError::Stale => refused(Code::Aborted, "ETAG_MISMATCH", &message),
        UserError::RequestReused => precondition("REQUEST_ID_REUSED", "request_id", &message),
        UserError::Hashing(error) => error.into(),
        UserError::Store(error) => error.into(),
    }
}
