//! Which services the server has.

use crate::grpc::{Audit, Credentials, Profiles, Sessions, Throttles, Users};
use chassis::grpc::MAX_MESSAGE;
use latchkey_proto::identity::v1::{
    audit_service_server::{AuditServiceServer, SERVICE_NAME as AUDIT},
    credential_service_server::{CredentialServiceServer, SERVICE_NAME as CREDENTIAL},
    profile_service_server::SERVICE_NAME as PROFILE,
    session_service_server::{SERVICE_NAME as SESSION, SessionServiceServer},
    throttle_service_server::{SERVICE_NAME as THROTTLE, ThrottleServiceServer},
    user_service_server::{SERVICE_NAME as USER, UserServiceServer},
};
use token_guard::TokenGuard;
use tonic::service::Routes;

/// Their full names.
pub(crate) const SERVICES: &[&str] = &[AUDIT, CREDENTIAL, PROFILE, SESSION, THROTTLE, USER];

/// What is served.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) audit: Audit,
    pub(crate) credentials: Credentials,
    pub(crate) profiles: Profiles,
    /// In front of the profiles.
    pub(crate) guard: TokenGuard,
    pub(crate) sessions: Sessions,
    pub(crate) throttles: Throttles,
    pub(crate) users: Users,
}

/// The services, each with the limit on what it reads.
pub(crate) fn routes(services: Services) -> Routes {
    Routes::new(
        CredentialServiceServer::new(services.credentials).max_decoding_message_size(MAX_MESSAGE),
    )
    .add_service(AuditServiceServer::new(services.audit).max_decoding_message_size(MAX_MESSAGE))
    .add_service(services.profiles.behind(services.guard))
    .add_service(
        SessionServiceServer::new(services.sessions).max_decoding_message_size(MAX_MESSAGE),
    )
    .add_service(
        ThrottleServiceServer::new(services.throttles).max_decoding_message_size(MAX_MESSAGE),
    )
    .add_service(UserServiceServer::new(services.users).max_decoding_message_size(MAX_MESSAGE))
}
