//! The service as it runs, on both databases, beside an issuer that does what a test tells it to.
//! The flow with the real Hydra is tested in the integration suite.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails where it stands"
)]

mod apps;
mod browser;
mod callback;
mod catalogue;
mod config;
mod conformance;
mod hostile;
mod issuer;
mod pages;
mod session;
mod sign_in;
mod signed;
mod suite;
