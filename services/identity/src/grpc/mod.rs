//! The edge: from the contract's messages to the domain and back, and nothing else.

mod credential;
mod deadline;
mod profile;
mod server;
mod status;
mod user;

pub(crate) use credential::Credentials;
pub(crate) use profile::Profiles;
pub(crate) use server::{SERVICES, Services, routes};
pub(crate) use user::Users;
