//! A gRPC server as every service of ours runs it: traced, with limits, health and, where it is
//! asked for, reflection.

mod channel;
pub mod deadline;
pub mod details;
mod incoming;
mod peer;

pub use channel::{Channel, ChannelError, Replicas, channel, connect};
pub use peer::Peer;

use crate::{
    listen::{ListenError, bind},
    process::Running,
    watched::Watched,
};
use axum::{Router, middleware::from_fn};
use rustls::ServerConfig;
use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{service::Routes, transport::Server};
use tonic_health::{
    ServingStatus,
    server::{HealthReporter, health_reporter},
};
use tonic_reflection::server::{Builder, Error};

/// The longest message that is read, in bytes: many times the longest that makes sense.
pub const MAX_MESSAGE: usize = 64 * 1024;

const MAX_HEADER_LIST: u32 = 16 * 1024;
const MAX_STREAMS: u32 = 1024;
/// A connection whose other end is gone is noticed after these two.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// The contracts that a server serves.
#[derive(Debug, Clone, Copy)]
pub struct Contracts {
    /// The full names of its services, for `grpc.health.v1` and for reflection.
    pub services: &'static [&'static str],
    /// The encoded descriptors of their files, where the server tells them (gRPC reflection).
    pub reflected: Option<&'static [u8]>,
}

/// Where a server listens, and in which way.
#[derive(Debug)]
pub struct Entrance {
    listener: TcpListener,
    tls: Option<Watched<ServerConfig>>,
}

impl Entrance {
    /// Listens on `address`, which `option` names in errors; port 0 takes a free one. Without `tls`
    /// plaintext is spoken, on loopback alone, and callers are not told apart.
    pub async fn open(
        option: &'static str,
        address: SocketAddr,
        tls: Option<Watched<ServerConfig>>,
    ) -> Result<Self, ListenError> {
        if tls.is_none() && !address.ip().is_loopback() {
            return Err(ListenError::NotLoopback { option, address });
        }
        let listener = bind(option, address).await?;
        if tls.is_none() {
            tracing::warn!(%address, "no TLS: every process on this machine may call");
        }
        Ok(Self { listener, tls })
    }
}

/// Serves `routes` at `entrance` as a part of `running`. `guard` is put around all of them, health
/// and reflection too: every call passes it first, with the [`Peer`] in its extensions. When the
/// process is about to leave, its health says so; when it stops, calls that have begun are ended.
///
/// Fails where the descriptors cannot be read.
pub async fn serve(
    running: &mut Running,
    entrance: Entrance,
    routes: Routes,
    contracts: Contracts,
    guard: impl FnOnce(Router) -> Router,
) -> anyhow::Result<()> {
    let Entrance { listener, tls } = entrance;
    let (address, stop) = (listener.local_addr()?, running.stopping());
    let (reporter, health) = health_reporter();
    for name in with_whole_server(contracts) {
        reporter.set_service_status(name, ServingStatus::Serving).await;
    }
    let mut routes = routes.add_service(health.max_decoding_message_size(MAX_MESSAGE));
    if let Some(descriptors) = contracts.reflected {
        routes = routes.add_service(reflection(contracts.services, descriptors)?);
    }
    let guarded = guard(routes.into_axum_router());
    let measured = guarded.layer(from_fn(telemetry::grpc::measure));
    let server = Server::builder()
        .layer(telemetry::grpc::server_layer())
        .max_concurrent_streams(MAX_STREAMS)
        .http2_max_header_list_size(MAX_HEADER_LIST)
        .http2_keepalive_interval(Some(KEEP_ALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEP_ALIVE_TIMEOUT))
        .add_routes(measured.into())
        .serve_with_incoming_shutdown(
            incoming::connections(listener, tls),
            stop.clone().cancelled_owned(),
        );
    running.serve("gRPC", address, server);
    running.spawn(stop_serving(reporter, contracts, running.leaving(), stop));
    Ok(())
}

/// Health says no as soon as the process is about to leave. The watchers' streams end when it stops: an
/// open one would hold the drain.
async fn stop_serving(
    mut reporter: HealthReporter,
    contracts: Contracts,
    leave: CancellationToken,
    stop: CancellationToken,
) {
    leave.cancelled().await;
    for name in with_whole_server(contracts) {
        reporter.set_service_status(name, ServingStatus::NotServing).await;
    }
    stop.cancelled().await;
    for name in with_whole_server(contracts) {
        reporter.clear_service_status(name).await;
    }
}

/// In `grpc.health.v1` the empty name is the whole server.
fn with_whole_server(contracts: Contracts) -> impl Iterator<Item = &'static str> {
    std::iter::once("").chain(contracts.services.iter().copied())
}

fn reflection(
    services: &[&str],
    descriptors: &'static [u8],
) -> Result<
    tonic_reflection::server::v1::ServerReflectionServer<
        impl tonic_reflection::server::v1::ServerReflection,
    >,
    Error,
> {
    services
        .iter()
        .fold(Builder::configure(), |builder, name| builder.with_service_name(*name))
        .register_encoded_file_descriptor_set(descriptors)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
}
