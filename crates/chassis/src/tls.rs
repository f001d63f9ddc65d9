//! TLS between services: who vouches for whom, from files that may change while the process runs.
//!
//! Version 1.2 or 1.3 with HTTP/2 inside, by rustls with aws-lc-rs.

mod client;
mod pem;
mod server;

pub use client::client;
pub use server::server;

use crate::watched::Watched;
use std::{io, path::PathBuf};

/// What a client shows and whom it believes, as [`client()`] makes it.
pub type Tls = Watched<rustls::ClientConfig>;

/// HTTP/2, which gRPC is spoken over (RFC 7301).
const ALPN: &[u8] = b"h2";

/// The certificate that a process shows. With none it speaks plaintext.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(id = "certificate")]
#[command(next_help_heading = "TLS")]
pub struct Certificate {
    /// PEM file with the certificate to show, and those up to its authority. It is read again when
    /// it changes
    #[arg(
        long,
        env = "LATCHKEY_TLS_CERT_FILE",
        value_name = "FILE",
        requires = "tls_key_file",
        global = true
    )]
    pub tls_cert_file: Option<PathBuf>,

    /// PEM file with the certificate's private key
    #[arg(
        long,
        env = "LATCHKEY_TLS_KEY_FILE",
        value_name = "FILE",
        requires = "tls_cert_file",
        global = true
    )]
    pub tls_key_file: Option<PathBuf>,
}

impl Certificate {
    fn files(&self) -> Option<[pem::File; 2]> {
        let file = |option, path: &Option<PathBuf>| Some(pem::File { option, path: path.clone()? });
        Some([
            file("tls-cert-file", &self.tls_cert_file)?,
            file("tls-key-file", &self.tls_key_file)?,
        ])
    }
}

/// Files that TLS cannot be made of. What is in them is never part of it.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// It cannot be read.
    #[error("--{option} {path}: {error}")]
    Unreadable {
        /// The option's name, without dashes.
        option: &'static str,
        /// The file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// It is not what it should be.
    #[error("--{option} {path}: {problem}")]
    Unusable {
        /// The option's name, without dashes.
        option: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The certificate and the key are of no use together.
    #[error("--tls-cert-file and --tls-key-file: {0}")]
    Refused(#[from] rustls::Error),
}
