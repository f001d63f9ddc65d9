//! A service with axum: everybody needs a token, and orders need a scope besides.
//!
//! `cargo run -p latchkey-token-guard --features axum --example axum`, then
//! `curl -i -H "Authorization: Bearer $ACCESS_TOKEN" http://127.0.0.1:8080/orders`.

use axum::{Json, Router, routing::get};
use clap::Parser;
use latchkey_token_guard::{Grant, Settings, TokenGuard, web};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpListener;
use url::Url;

#[derive(Parser)]
struct Options {
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where Hydra's admin API introspects tokens
    #[arg(long, default_value = "http://127.0.0.1:4445/admin/oauth2/introspect")]
    introspection: Url,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let settings = Settings {
        realm: "shop".to_owned(),
        granted_for: Duration::from_secs(2),
        ..Settings::default()
    };
    let guard = TokenGuard::introspecting(options.introspection, &settings)?;
    let listener = TcpListener::bind(options.listen).await?;
    Ok(axum::serve(listener, app(guard)).await?)
}

pub(crate) fn app(guard: TokenGuard) -> Router {
    Router::new()
        .route("/orders", get(orders).layer(web::require_scope("users.read")))
        .route("/me", get(me))
        .layer(web::guard(guard))
}

async fn orders(grant: Grant) -> Json<Value> {
    Json(json!({ "orders": [], "of": grant.subject() }))
}

async fn me(grant: Grant) -> Json<Value> {
    Json(
        json!({ "subject": grant.subject(), "client": grant.client_id(), "scopes": grant.scopes() }),
    )
}
