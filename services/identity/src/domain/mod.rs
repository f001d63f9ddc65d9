//! The rules. Nothing here knows the wire, SQL, the machine's clock or the environment.

pub mod admission;
pub mod attempt;
pub mod audit;
pub mod blocklist;
mod counted;
pub mod device;
pub(crate) mod digest;
pub(crate) mod expiry;
pub mod factor;
pub mod hashing;
pub mod identifier;
pub mod lifting;
pub mod password;
pub mod session;
pub mod throttle;
pub(crate) mod time_ordered;
mod unfinished;
pub mod user;
pub mod verify;
mod violation;

pub use violation::Violation;
