//! What is known about the apps that people sign in to.
//!
//! A call's way: `grpc` (contract to app), `apps` (what is done, in which order), `rules` (what an app
//! has to be like), `journal` (one change at a time, and the trail of all). Apps live at Hydra.

pub(crate) mod app;
pub(crate) mod apps;
pub(crate) mod grpc;
pub(crate) mod journal;
mod rules;
mod secret;
