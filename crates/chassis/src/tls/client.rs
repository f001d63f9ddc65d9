//! TLS as a client speaks it.

use super::{
    ALPN, Certificate, TlsError,
    pem::{self, File},
};
use crate::{process::Running, watched::Watched};
use rustls::{ClientConfig, crypto::aws_lc_rs::default_provider};
use std::{path::Path, sync::Arc};

/// Whom a client believes, and what it shows where it has a certificate. None: without `ca` it
/// believes nobody, and speaks plaintext.
pub async fn client(
    certificate: &Certificate,
    ca: Option<&Path>,
    running: &Running,
) -> Result<Option<Watched<ClientConfig>>, TlsError> {
    let Some(ca) = ca else { return Ok(None) };
    let ca = File { option: "tls-ca-file", path: ca.into() };
    let own = certificate.files();
    let files = [ca.clone()].into_iter().chain(own.clone().into_iter().flatten()).collect();
    let make = move |contents: &[Vec<u8>]| make(&ca, own.as_ref(), contents);
    pem::watch(files, make, running).await.map(Some)
}

fn make(
    ca: &File,
    own: Option<&[File; 2]>,
    contents: &[Vec<u8>],
) -> Result<ClientConfig, TlsError> {
    let mut contents = contents.iter().map(Vec::as_slice);
    let mut next = || contents.next().unwrap_or_default();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(ca.authorities(next())?);
    let mut config = match own {
        None => config.with_no_client_auth(),
        Some([chain, key]) => {
            config.with_client_auth_cert(chain.certificates(next())?, key.key(next())?)?
        }
    };
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}
