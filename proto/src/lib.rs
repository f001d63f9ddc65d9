//! Latchkey's contracts as Rust: messages, clients and servers generated from `latchkey/**/*.proto`.
//!
//! The proto files are the documentation; other languages generate from the same files.

mod redacted;

/// The file descriptors of all contracts, for gRPC server reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// `latchkey.identity`: who people are.
pub mod identity {
    /// The first version of the contract.
    #[expect(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        clippy::doc_lazy_continuation,
        clippy::pedantic,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("latchkey.identity.v1");
    }
}

/// `latchkey.client`: the apps that people sign in to.
pub mod client {
    /// The first version of the contract.
    #[expect(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        clippy::doc_lazy_continuation,
        clippy::pedantic,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("latchkey.client.v1");
    }
}
