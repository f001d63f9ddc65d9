//! How a process of the suite lives, whatever it serves: it reads its options and secrets, listens,
//! says when it is ready, drains and stops.

pub mod browser;
pub mod caller;
mod clock;
pub mod duration;
pub mod grpc;
pub mod health;
pub mod http;
pub mod listen;
pub mod process;
pub mod program;
pub mod proxies;
pub mod secret;
pub mod tls;
pub mod upstream;
pub mod watched;

pub use clock::Clock;

/// What `--version` says of every program of the suite, and the commit that it is made of.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("LATCHKEY_COMMIT"), ")");
