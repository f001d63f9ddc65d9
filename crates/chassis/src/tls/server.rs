//! TLS as a server speaks it.

use super::{
    ALPN, Certificate, TlsError,
    pem::{self, File},
};
use crate::{process::Running, watched::Watched};
use rustls::{
    ServerConfig, crypto::aws_lc_rs::default_provider, server::NoServerSessionStorage,
    server::WebPkiClientVerifier,
};
use std::{path::Path, sync::Arc};

/// What a server shows and whom it believes. None: it has no certificate, and speaks plaintext.
///
/// A client may come without a certificate; one that it shows has to be good: from an authority in
/// `client_ca`, for clients, and of today.
pub async fn server(
    certificate: &Certificate,
    client_ca: Option<&Path>,
    running: &Running,
) -> Result<Option<Watched<ServerConfig>>, TlsError> {
    let Some([chain, key]) = certificate.files() else { return Ok(None) };
    let authority = client_ca.map(|path| File { option: "tls-client-ca-file", path: path.into() });
    let files = [chain.clone(), key.clone()].into_iter().chain(authority.clone()).collect();
    let make = move |contents: &[Vec<u8>]| make(&chain, &key, authority.as_ref(), contents);
    pem::watch(files, make, running).await.map(Some)
}

fn make(
    chain: &File,
    key: &File,
    authority: Option<&File>,
    contents: &[Vec<u8>],
) -> Result<ServerConfig, TlsError> {
    let mut contents = contents.iter().map(Vec::as_slice);
    let mut next = || contents.next().unwrap_or_default();
    let (chain, key) = (chain.certificates(next())?, key.key(next())?);
    let provider = Arc::new(default_provider());
    let verifier = match authority {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(file) => {
            let roots = Arc::new(file.authorities(next())?);
            WebPkiClientVerifier::builder_with_provider(roots, provider.clone())
                .allow_unauthenticated()
                .build()
                .map_err(|error| file.unusable(&error))?
        }
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    // Whoever resumes a session shows no certificate: it could have expired meanwhile.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}
