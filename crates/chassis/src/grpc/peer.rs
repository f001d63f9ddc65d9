//! Who is at the other end of a connection.

use rustls::pki_types::CertificateDer;
use std::sync::Arc;
use webpki::EndEntityCert;

/// Who is at the other end of a connection, as far as the connection tells. It is an extension of
/// every request that comes over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// Some process on this machine: plaintext is spoken on loopback alone.
    Local,
    /// Somebody who showed no certificate.
    Nameless,
    /// Whom a good client certificate names: its DNS names in small letters, and its URIs
    /// (subjectAltName, RFC 5280, section 4.2.1.6).
    Named(Arc<[String]>),
}

impl Peer {
    /// The holder of the first of these certificates, which have been verified.
    pub(super) fn of(certificates: Option<&[CertificateDer<'_>]>) -> Self {
        let Some(first) = certificates.and_then(<[_]>::first) else { return Self::Nameless };
        let Ok(certificate) = EndEntityCert::try_from(first) else { return Self::Nameless };
        let dns = certificate.valid_dns_names().map(str::to_ascii_lowercase);
        let uris = certificate.valid_uri_names().map(str::to_owned);
        Self::Named(dns.chain(uris).collect())
    }
}
