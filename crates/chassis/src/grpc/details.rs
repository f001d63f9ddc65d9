//! Statuses with `google.rpc` details, alike in all our services: `ErrorInfo` with a reason that stays
//! the same, `BadRequest` with the path of each field, `PreconditionFailure` with what has to be otherwise.

use std::collections::HashMap;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation, StatusExt as _};

/// `ErrorInfo.domain`: reasons are unique within it.
pub const DOMAIN: &str = "latchkey";

/// Fields that break a rule, each with its path and what is wrong with it. The value itself is never
/// part of it.
pub fn invalid(violations: impl IntoIterator<Item = (String, String)>) -> Status {
    let fields: Vec<_> = violations
        .into_iter()
        .map(|(field, problem)| FieldViolation::new(field, problem))
        .collect();
    let mut details = error_info("INVALID_FIELD", []);
    details.set_bad_request(fields);
    Status::with_error_details(Code::InvalidArgument, "some fields are invalid", details)
}

/// A refusal that needs no more than its reason.
#[must_use]
pub fn refused(code: Code, reason: &str, message: &str) -> Status {
    Status::with_error_details(code, message, error_info(reason, []))
}

/// A refusal that lasts until what `subject` names, by its path in the contract, is otherwise.
#[must_use]
pub fn precondition(reason: &str, subject: &str, message: &str) -> Status {
    let mut details = error_info(reason, []);
    details.set_precondition_failure([PreconditionViolation::new(reason, subject, message)]);
    Status::with_error_details(Code::FailedPrecondition, message, details)
}

/// Details that say why.
#[must_use]
pub fn error_info<const N: usize>(reason: &str, metadata: [(&str, String); N]) -> ErrorDetails {
    let metadata: HashMap<_, _> =
        metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    ErrorDetails::with_error_info(reason, DOMAIN, metadata)
}
