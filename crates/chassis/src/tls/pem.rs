//! Certificates and keys in PEM (RFC 7468).

use super::TlsError;
use crate::{process::Running, watched::Watched};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::path::{Path, PathBuf};

/// A file, and the option that names it.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) option: &'static str,
    pub(super) path: PathBuf,
}

/// What is made of these files, and made again when they change.
pub(super) async fn watch<T: Send + Sync + 'static>(
    files: Vec<File>,
    make: impl Fn(&[Vec<u8>]) -> Result<T, TlsError> + Send + 'static,
    running: &Running,
) -> Result<Watched<T>, TlsError> {
    let paths = files.iter().map(|file| file.path.clone()).collect();
    let unreadable = |path: &Path, error| {
        let option = files.iter().find(|file| file.path == path).map(|file| file.option);
        let path = path.display().to_string();
        TlsError::Unreadable { option: option.unwrap_or_default(), path, error }
    };
    Watched::open("certificates", paths, make, unreadable, running).await
}

impl File {
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
