//! Who may call which method of a gRPC service.
//!
//! A service has one table of its methods, each with what it asks of its caller, and one gate that
//! every call passes. What is not in the table is not there. A caller is
//!
//! - a service with a client certificate whose name is on the list ([`Options`]),
//! - a service with an access token of its own (RFC 6749, section 4.4),
//! - a person's app with the person's access token, where the method is theirs,
//! - or, where plaintext is spoken on loopback, any process on the machine.
//!
//! A call that brings a token is judged by the token alone: nobody is more for having both.

mod access;
mod gate;
mod options;
mod status;

pub use access::{Access, Table};
pub use gate::{Gate, UnknownScope};
pub use options::{Listed, Options};
