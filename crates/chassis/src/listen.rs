//! Listening addresses.

use std::{io, net::SocketAddr};
use tokio::net::TcpListener;

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The system refuses.
    #[error("--{option} {address}: {error}")]
    Refused {
        /// The option's name, without dashes.
        option: &'static str,
        /// The address as configured.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// Everybody there could read what is sent, and call.
    #[error(
        "--{option} {address}: plaintext is for a loopback address such as 127.0.0.1:{port}; give a \
         certificate with --tls-cert-file and --tls-key-file, and the authority of the callers' \
         certificates with --tls-client-ca-file", port = address.port()
    )]
    NotLoopback {
        /// The option's name, without dashes.
        option: &'static str,
        /// The address as configured.
        address: SocketAddr,
    },
}

/// Listens on `address`; port 0 takes a free one. `option` is named in the error.
pub async fn bind(option: &'static str, address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|error| ListenError::Refused {
        option,
        address,
        error,
    })
}
