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
    /// Callers could not be told apart there.
    #[error(
        "--{option} {address}: callers are not authenticated yet, so only a loopback address such \
         as 127.0.0.1:{port} is allowed", port = address.port()
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

/// Like [`bind`], for services that trust whoever reaches them: off loopback it refuses.
pub async fn bind_loopback(
    option: &'static str,
    address: SocketAddr,
) -> Result<TcpListener, ListenError> {
    if !address.ip().is_loopback() {
        return Err(ListenError::NotLoopback { option, address });
    }
    bind(option, address).await
}
