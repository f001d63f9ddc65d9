//! Latchkey's contracts as Rust: messages, clients and servers generated from `latchkey/**/*.proto`.
//!
//! The proto files are the documentation; other languages generate from the same files.

mod redacted;

use prost::{DecodeError, Message as _};
use prost_types::FileDescriptorSet;

/// The file descriptors of all contracts, for gRPC server reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The paths of all methods of a package, such as `/latchkey.identity.v1.UserService/GetUser`, in
/// the order of the alphabet. A table of who may call what is complete when it has all of them.
pub fn methods(package: &str) -> Result<Vec<String>, DecodeError> {
    let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET)?;
    let files = set.file.iter().filter(|file| file.package() == package);
    let mut methods: Vec<_> = files
        .flat_map(|file| &file.service)
        .flat_map(|service| {
            let path = format!("/{package}.{}/", service.name());
            service.method.iter().map(move |method| format!("{path}{}", method.name()))
        })
        .collect();
    methods.sort_unstable();
    Ok(methods)
}

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
