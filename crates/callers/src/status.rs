//! Refusals, with `google.rpc.ErrorInfo`. What only operators may know is logged here, once.

use chassis::grpc::details::{error_info, refused};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Not a method of this server.
pub(crate) fn no_method() -> Status {
    Status::unimplemented("there is no such method")
}

/// A service's method was called by nobody.
pub(crate) fn caller_missing() -> Status {
    let message = "a client certificate or a bearer token is needed";
    refused(Code::Unauthenticated, "CALLER_MISSING", message)
}

/// The certificate is good, and nobody on the list.
pub(crate) fn caller_unknown(names: &[String]) -> Status {
    tracing::warn!(?names, "a certificate has called that is not on the list of --caller");
    refused(Code::Unauthenticated, "CALLER_UNKNOWN", "no name in the client certificate is known")
}

/// Who calls is known, and may not.
pub(crate) fn insufficient_scope(needed: &[&str]) -> Status {
    let needed = needed.join(" or ");
    let message = format!("the scope {needed} is needed and was not granted");
    let details = error_info("INSUFFICIENT_SCOPE", [("scope", needed)]);
    Status::with_error_details(Code::PermissionDenied, message, details)
}
