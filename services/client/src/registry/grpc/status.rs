//! From what went wrong to a gRPC status with `google.rpc` details. What callers may know stands in
//! the status; what only operators may know is logged here, once.

use crate::registry::{apps::AppError, rules::Violation};
use chassis::grpc::details::{self, precondition, refused};
use tonic::{Code, Status};

/// Fields that break a rule, in a message that `path` leads to.
pub(super) fn invalid(path: &str, violations: Vec<Violation>) -> Status {
    details::invalid(violations.into_iter().map(|it| (format!("{path}{}", it.field), it.problem)))
}

pub(super) fn from_app_error(error: AppError) -> Status {
    let message = error.to_string();
    match error {
        AppError::Invalid(violations) => invalid("app.", violations),
        AppError::NotFound => refused(Code::NotFound, "APP_NOT_FOUND", &message),
        AppError::Exists => refused(Code::AlreadyExists, "APP_EXISTS", &message),
        AppError::Stale => refused(Code::Aborted, "ETAG_MISMATCH", &message),
        AppError::WithoutSecret => {
            precondition("APP_WITHOUT_SECRET", "app.token_endpoint_auth_method", &message)
        }
        AppError::Unreadable(_) => {
            let what = format!("{message}. Mend it with Hydra's admin API, or delete the app");
            precondition("APP_UNREADABLE", "metadata.latchkey", &what)
        }
        AppError::Refused(_) => refused(Code::InvalidArgument, "REFUSED_BY_HYDRA", &message),
        AppError::Hydra(hydra_admin::Error::Unreachable(_)) => {
            tracing::error!(%error, "an app was not read or changed");
            refused(
                Code::Unavailable,
                "AUTHORIZATION_SERVER_UNAVAILABLE",
                "the authorization server cannot be reached",
            )
        }
        AppError::Hydra(_) => {
            tracing::error!(%error, "an app was not read or changed");
            refused(
                Code::Internal,
                "AUTHORIZATION_SERVER_UNEXPECTED",
                "the authorization server does not answer as Hydra v2.3 does",
            )
        }
        AppError::Database(_) => {
            tracing::error!(%error, "the trail of an app's changes was not read or kept");
            refused(
                Code::Unavailable,
                "DATABASE_UNAVAILABLE",
                "the registry's database cannot be reached",
            )
        }
        AppError::Defect(_) => {
            tracing::error!(%error, "an app was not changed");
            refused(Code::Internal, "REGISTRY_FAILED", "the registry failed")
        }
    }
}
