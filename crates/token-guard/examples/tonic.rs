//! A service with tonic: every call of it needs a token with a scope. Here that is
//! `grpc.health.v1`, so that the example needs no proto file; put your own service there.
//!
//! `cargo run -p latchkey-token-guard --features tonic --example tonic`, then
//! `grpcurl -plaintext -H "authorization: Bearer $ACCESS_TOKEN" 127.0.0.1:8081 grpc.health.v1.Health/Check`.

use clap::Parser;
use latchkey_token_guard::{Settings, TokenGuard, grpc};
use std::net::SocketAddr;
use tonic::{service::Routes, transport::Server};
use tower::ServiceBuilder;
use url::Url;

#[derive(Parser)]
struct Options {
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Where Hydra's admin API introspects tokens
    #[arg(long, default_value = "http://127.0.0.1:4445/admin/oauth2/introspect")]
    introspection: Url,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let settings = Settings { realm: "shop".to_owned(), ..Settings::default() };
    let guard = TokenGuard::introspecting(options.introspection, &settings)?;
    Ok(Server::builder().add_routes(services(guard)).serve(options.listen).await?)
}

/// Inside of a call, `grpc::grant(&request)` says who calls.
pub(crate) fn services(guard: TokenGuard) -> Routes {
    let (_, health) = tonic_health::server::health_reporter();
    let guarded = ServiceBuilder::new()
        .layer(grpc::guard(guard))
        .layer(grpc::require_scope("users.read"))
        .service(health);
    Routes::new(guarded)
}
