//! For tonic: the layers, the [`Grant`] of a request, and errors as gRPC statuses with
//! `google.rpc` details.

use crate::{
    Grant, GuardLayer, InsufficientScope, Refusal, ScopeLayer, TokenGuard, layer::Protocol,
};
use http::Response;
use std::{collections::HashMap, time::Duration};
use tonic::{Code, Request, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// When a caller may come again.
const RETRY: Duration = Duration::from_secs(1);

/// Errors over gRPC: a status with `ErrorInfo`, whose domain is the realm.
#[derive(Debug)]
pub struct Grpc;

/// The layer that every call has to pass, for a server or for one service.
#[must_use]
pub fn guard(guard: TokenGuard) -> GuardLayer<Grpc> {
    GuardLayer::new(guard)
}

/// A layer for services that need a scope. For one call of many, ask [`Grant::requires`].
#[must_use]
pub fn require_scope(scope: &str) -> ScopeLayer<Grpc> {
    ScopeLayer::new(scope)
}

/// The grant of a call that has passed the [`guard`].
pub fn grant<T>(request: &Request<T>) -> Result<&Grant, Status> {
    request.extensions().get().ok_or_else(|| {
        tracing::error!("a call wants a grant where no token was checked before");
        misplaced()
    })
}

impl<Body: Default> Protocol<Body> for Grpc {
    fn refused(refusal: &Refusal, realm: &str) -> Response<Body> {
        status(refusal, realm).into_http()
    }

    fn forbidden(missing: &InsufficientScope) -> Response<Body> {
        Status::from(missing).into_http()
    }

    fn misplaced() -> Response<Body> {
        misplaced().into_http()
    }
}

/// What a refused caller may know.
fn status(refusal: &Refusal, realm: &str) -> Status {
    let (code, reason) = match refusal {
        Refusal::Missing | Refusal::Ambiguous => (Code::Unauthenticated, "TOKEN_MISSING"),
        Refusal::NotAPerson => (Code::PermissionDenied, "NOT_A_PERSON"),
        Refusal::NotAClient => (Code::PermissionDenied, "NOT_A_CLIENT"),
        Refusal::Malformed
        | Refusal::Inactive
        | Refusal::NotAnAccessToken
        | Refusal::WrongIssuer
        | Refusal::WrongAudience => (Code::Unauthenticated, "TOKEN_INVALID"),
        Refusal::Unavailable(_) => {
            let mut details = info("AUTHORIZATION_SERVER_UNAVAILABLE", realm, HashMap::new());
            details.set_retry_info(Some(RETRY));
            let message = "the authorization server cannot be asked about the token; try again";
            return Status::with_error_details(Code::Unavailable, message, details);
        }
    };
    Status::with_error_details(code, refusal.to_string(), info(reason, realm, HashMap::new()))
}

impl From<&InsufficientScope> for Status {
    fn from(missing: &InsufficientScope) -> Self {
        let scope = HashMap::from([("scope".to_owned(), missing.scope.clone())]);
        let details = info("INSUFFICIENT_SCOPE", &missing.realm, scope);
        Self::with_error_details(Code::PermissionDenied, missing.to_string(), details)
    }
}

impl From<InsufficientScope> for Status {
    fn from(missing: InsufficientScope) -> Self {
        Self::from(&missing)
    }
}

fn misplaced() -> Status {
    Status::internal("this service checks no token here")
}

fn info(reason: &str, realm: &str, metadata: HashMap<String, String>) -> ErrorDetails {
    ErrorDetails::with_error_info(reason, realm, metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_carry_reasons() {
        for (refusal, code, reason) in [
            (Refusal::Missing, Code::Unauthenticated, "TOKEN_MISSING"),
            (Refusal::WrongAudience, Code::Unauthenticated, "TOKEN_INVALID"),
            (Refusal::NotAPerson, Code::PermissionDenied, "NOT_A_PERSON"),
            (
                Refusal::Unavailable("10.0.0.1".into()),
                Code::Unavailable,
                "AUTHORIZATION_SERVER_UNAVAILABLE",
            ),
        ] {
            let status = status(&refusal, "orders");
            let info = status.get_details_error_info().unwrap();
            assert_eq!((status.code(), info.reason.as_str()), (code, reason));
            assert_eq!(info.domain, "orders");
            assert!(!status.message().contains("10.0.0.1"), "{status}");
        }
    }

    #[test]
    fn a_missing_scope_is_named() {
        let missing = InsufficientScope { scope: "orders.read".into(), realm: "orders".into() };
        let status = Status::from(missing);
        assert_eq!(status.code(), Code::PermissionDenied);
        assert_eq!(status.get_details_error_info().unwrap().metadata["scope"], "orders.read");
    }
}
