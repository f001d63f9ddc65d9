//! Which services the server has.

use crate::grpc::{credential::Credentials, profile::Profiles, user::Users};
use chassis::grpc::MAX_MESSAGE;
use latchkey_proto::identity::v1::{
    credential_service_server::{CredentialServiceServer, SERVICE_NAME as CREDENTIAL},
    profile_service_server::{ProfileServiceServer, SERVICE_NAME as PROFILE},
    user_service_server::{SERVICE_NAME as USER, UserServiceServer},
};
use tonic::service::Routes;

/// Their full names.
pub(crate) const SERVICES: &[&str] = &[CREDENTIAL, PROFILE, USER];

/// What is served.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) credentials: Credentials,
    pub(crate) profiles: Profiles,
    pub(crate) users: Users,
}

/// The services, each with the limit on what it reads.
pub(crate) fn routes(services: Services) -> Routes {
    Routes::new(
        CredentialServiceServer::new(services.credentials).max_decoding_message_size(MAX_MESSAGE),
    )
    .add_service(
        ProfileServiceServer::new(services.profiles).max_decoding_message_size(MAX_MESSAGE),
    )
    .add_service(UserServiceServer::new(services.users).max_decoding_message_size(MAX_MESSAGE))
}
