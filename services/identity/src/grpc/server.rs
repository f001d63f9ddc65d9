//! The gRPC server: which services, which limits, how it stops.

use crate::grpc::{credential::Credentials, profile::Profiles, user::Users};
use latchkey_proto::{
    FILE_DESCRIPTOR_SET,
    identity::v1::{
        credential_service_server::{CredentialServiceServer, SERVICE_NAME as CREDENTIAL},
        profile_service_server::{ProfileServiceServer, SERVICE_NAME as PROFILE},
        user_service_server::{SERVICE_NAME as USER, UserServiceServer},
    },
};
use std::{future::Future, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Server, server::TcpIncoming};
use tonic_health::{
    ServingStatus,
    server::{HealthReporter, health_reporter},
};
use tonic_reflection::server::{
    Error as ReflectionError,
    v1::{ServerReflection, ServerReflectionServer},
};

/// The longest message that is read, in bytes: many times the longest that makes sense.
const MAX_MESSAGE: usize = 64 * 1024;
const MAX_HEADER_LIST: u32 = 16 * 1024;
const MAX_STREAMS: u32 = 1024;

/// A connection whose other end is gone is noticed after these two.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// The services by their names in `grpc.health.v1`; the empty one is the whole server.
const SERVICES: [&str; 4] = ["", CREDENTIAL, PROFILE, USER];

/// What is served.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) credentials: Credentials,
    pub(crate) profiles: Profiles,
    pub(crate) users: Users,
    pub(crate) reflection: bool,
}

/// The server's two futures: it serves on `listener` until `stop`, ends the calls that have begun,
/// and the second tells who watches its health when the first stops.
pub(crate) async fn serve(
    services: Services,
    listener: TcpListener,
    stop: CancellationToken,
) -> anyhow::Result<(
    impl Future<Output = Result<(), tonic::transport::Error>>,
    impl Future<Output = ()>,
)> {
    let (reporter, health) = health_reporter();
    for name in SERVICES {
        reporter.set_service_status(name, ServingStatus::Serving).await;
    }
    let server = Server::builder()
        .layer(telemetry::grpc::server_layer())
        .max_concurrent_streams(MAX_STREAMS)
        .http2_max_header_list_size(MAX_HEADER_LIST)
        .http2_keepalive_interval(Some(KEEP_ALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEP_ALIVE_TIMEOUT))
        .add_service(
            CredentialServiceServer::new(services.credentials)
                .max_decoding_message_size(MAX_MESSAGE),
        )
        .add_service(
            ProfileServiceServer::new(services.profiles).max_decoding_message_size(MAX_MESSAGE),
        )
        .add_service(UserServiceServer::new(services.users).max_decoding_message_size(MAX_MESSAGE))
        .add_service(health.max_decoding_message_size(MAX_MESSAGE))
        .add_optional_service(services.reflection.then(reflection).transpose()?)
        .serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)),
            stop.clone().cancelled_owned(),
        );
    Ok((server, stop_serving(reporter, stop)))
}

/// After the last word on each service its watchers' streams end: an open one would hold the drain.
async fn stop_serving(mut reporter: HealthReporter, stop: CancellationToken) {
    stop.cancelled().await;
    for name in SERVICES {
        reporter.set_service_status(name, ServingStatus::NotServing).await;
        reporter.clear_service_status(name).await;
    }
}

fn reflection() -> Result<ServerReflectionServer<impl ServerReflection>, ReflectionError> {
    SERVICES
        .into_iter()
        .filter(|name| !name.is_empty())
        .fold(tonic_reflection::server::Builder::configure(), |builder, name| {
            builder.with_service_name(name)
        })
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .build_v1()
}
