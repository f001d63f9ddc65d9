//! `ClientAppService`: from the contract's messages to the registry and back, and nothing else.

mod apps;
mod events;
mod message;
mod patch;
mod status;

pub(crate) use apps::{ClientApps, server};
