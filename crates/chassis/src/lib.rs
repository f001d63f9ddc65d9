//! How a process of the suite lives, whatever it serves: it reads its options and secrets, listens,
//! says when it is ready, drains and stops.

pub mod browser;
pub mod caller;
mod clock;
pub mod grpc;
pub mod health;
pub mod http;
pub mod listen;
pub mod process;
pub mod proxies;
pub mod secret;
pub mod tls;

pub use clock::Clock;
