//! Certificates and keys in PEM (RFC 7468).

use super::TlsError;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::path::PathBuf;

/// A file, and the option that names it.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) option: &'static str,
    pub(super) path: PathBuf,
}

impl File {
    pub(super) async fn read(&self) -> Result<Vec<u8>, TlsError> {
        tokio::fs::read(&self.path).await.map_err(|error| TlsError::Unreadable {
            option: self.option,
            path: self.path.display().to_string(),
            error,
        })
    }

    /// The certificates in it, one at least.
    pub(super) fn certificates(
        &self,
        text: &[u8],
    ) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
        match found {
            Ok(found) if found.is_empty() => Err(self.unusable(&"no PEM certificate is in it")),
            Ok(found) => Ok(found),
            Err(error) => Err(self.unusable(&error)),
        }
    }

    pub(super) fn key(&self, text: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
        PrivateKeyDer::from_pem_slice(text)
            .map_err(|error| self.unusable(&format!("no PEM private key is in it ({error})")))
    }

    /// The certificates in it as authorities.
    pub(super) fn authorities(&self, text: &[u8]) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates(text)? {
            roots.add(certificate).map_err(|error| self.unusable(&error))?;
        }
        Ok(roots)
    }

    pub(super) fn unusable(&self, problem: &dyn ToString) -> TlsError {
        TlsError::Unusable {
            option: self.option,
            path: self.path.display().to_string(),
            problem: problem.to_string(),
        }
    }
}
