//! The whole suite, as people and apps use it. One program, so that Hydra is started a few times
//! and not once for every file.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails where it stands"
)]

mod accessibility;
mod account;
mod app_commands;
mod app_files;
mod apps;
mod branding;
mod by_hand;
mod chromium;
mod claims;
mod enhancements;
mod faults;
mod flow;
mod groups;
mod guard;
mod languages;
mod logout;
mod looks;
mod metrics;
mod policy;
mod protocol;
mod refusals;
mod relying_party;
mod restarts;
mod rolling;
mod sessions;
mod sign_out;
mod signed;
mod throttled;
mod token_hook;
mod tokens;
mod tokens_of_services;
mod traces;
