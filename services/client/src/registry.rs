//! What is known about the apps that people sign in to, and about the scopes that they ask for.
//!
//! A call's way: `grpc` (contract to app), `apps` (what is done, in which order), `rules` (what an app
//! has to be like), `journal` (one change at a time, and the trail of all). Apps live at Hydra.

mod app;
pub(crate) mod apps;
pub(crate) mod demo;
pub(crate) mod grpc;
pub(crate) mod journal;
mod rules;
pub(crate) mod scopes;
mod secret;
