//! Latchkey on one machine: finds Hydra, starts Hydra and the three services, stops them again.
//!
//! The program `latchkey` is a thin shell around this library; the integration tests use
//! [`stack`] to run suites of their own.

mod app;
mod attached;
pub mod certificates;
mod cli;
mod data;
pub mod databases;
mod greeting;
mod keys;
mod manual;
mod operator;
pub mod ports;
pub mod program;
pub mod secrets;
pub mod stack;
mod up;
mod user;

pub use cli::Cli;
