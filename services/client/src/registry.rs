//! What is known about the apps that people sign in to, and about the scopes that they ask for.

pub(crate) mod demo;
pub(crate) mod grpc;
pub(crate) mod scopes;
