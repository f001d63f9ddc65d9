//! The edge: from the contract's messages to the domain and back, and nothing else.

mod access;
mod audit;
mod credential;
mod page;
mod profile;
mod server;
mod session;
mod status;
mod throttle;
mod time;
mod user;

use chassis::grpc::deadline;

pub(crate) use access::ACCESS;
pub(crate) use audit::Audit;
pub(crate) use credential::Credentials;
pub(crate) use profile::Profiles;
pub(crate) use server::{SERVICES, Services, routes};
pub(crate) use session::Sessions;
pub(crate) use throttle::Throttles;
pub(crate) use user::Users;
