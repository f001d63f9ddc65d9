//! The guard against an authorization server that does what a test tells it to. How it gets on with
//! the real Ory Hydra is in `integration-tests`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails where it stands"
)]

mod introspection;
mod jwt;
mod server;
