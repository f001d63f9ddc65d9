//! Certificates of one suite: an authority of its own, and what each part shows to the others.

use crate::{data::make_private, secrets::write_private};
use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// From when the authority is good, by clocks that are a little slow, and for how long.
const SLOW_CLOCKS: Duration = Duration::from_hours(1);
const AUTHORITY_LIFE: Duration = Duration::from_hours(10 * 365 * 24);
/// What `latchkey up` has shown is good for this long. It is made anew with every start, and every
/// [`RENEWAL`].
const LIFE: Duration = Duration::from_hours(7 * 24);
/// How often certificates are made anew while the suite runs.
pub(crate) const RENEWAL: Duration = Duration::from_hours(24);

/// The certificates in `<data>/tls/`, in PEM.
#[derive(Debug, Clone)]
pub struct Certificates {
    folder: PathBuf,
}

/// Who has a certificate. Its name in the certificate is the name of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The identity service.
    Identity,
    /// The consent app.
    Consent,
    /// The client service.
    Client,
    /// Whoever runs the suite: `latchkey user`, grpcurl.
    Operator,
}

impl Holder {
    pub(crate) const ALL: [Self; 4] = [Self::Identity, Self::Consent, Self::Client, Self::Operator];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Consent => "consent",
            Self::Client => "client",
            Self::Operator => "operator",
        }
    }

    /// By which names others call it: loopback's too, where it is called.
    fn names(self) -> Vec<String> {
        let called = match self {
            Self::Identity | Self::Client => &["localhost", "127.0.0.1", "::1"][..],
            Self::Consent | Self::Operator => &[],
        };
        [self.name()].iter().chain(called).map(ToString::to_string).collect()
    }
}

impl Certificates {
    /// Where the certificates of a data folder are, or would be.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join("tls") }
    }

    /// Makes the authority where it is missing, and everybody's certificate anew.
    pub fn renew(&self) -> Result<()> {
        self.renew_for(LIFE, &[])
    }

    /// The same for certificates that are good for so long, with more DNS names for some holders.
    pub(crate) fn renew_for(&self, life: Duration, more: &[(Holder, &str)]) -> Result<()> {
        make_private(&self.folder).with_context(|| self.folder.display().to_string())?;
        let authority = self.authority()?;
        for holder in Holder::ALL {
            let key = KeyPair::generate()?;
            let more = more.iter().filter(|(of, _)| *of == holder).map(|(_, name)| *name);
            let certificate = leaf(holder, life, more)?.signed_by(&key, &authority)?;
            write(&self.key(holder), &key.serialize_pem())?;
            write(&self.certificate(holder), &certificate.pem())?;
        }
        Ok(())
    }

    /// The authority's certificate.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// What a holder shows.
    #[must_use]
    pub fn certificate(&self, holder: Holder) -> PathBuf {
        self.folder.join(format!("{}.pem", holder.name()))
    }

    /// The private key to it.
    #[must_use]
    pub fn key(&self, holder: Holder) -> PathBuf {
        self.folder.join(format!("{}-key.pem", holder.name()))
    }

    /// The key is written last: with it the authority is whole.
    fn authority(&self) -> Result<Issuer<'static, KeyPair>> {
        let file = self.folder.join("ca-key.pem");
        if file.exists() && self.ca().exists() {
            let pem = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let key = KeyPair::from_pem(&pem).with_context(|| file.display().to_string())?;
            return Ok(Issuer::new(authority()?, key));
        }
        let (params, key) = (authority()?, KeyPair::generate()?);
        write(&self.ca(), &params.self_signed(&key)?.pem())?;
        write(&file, &key.serialize_pem())?;
        Ok(Issuer::new(params, key))
    }
}

fn write(file: &Path, pem: &str) -> Result<()> {
    write_private(file, pem).with_context(|| file.display().to_string())
}

fn authority() -> Result<CertificateParams> {
    let mut params = named("Latchkey on this machine", &[], AUTHORITY_LIFE)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(params)
}

fn leaf<'a>(
    holder: Holder,
    life: Duration,
    more: impl Iterator<Item = &'a str>,
) -> Result<CertificateParams> {
    let names: Vec<_> = holder.names().into_iter().chain(more.map(str::to_owned)).collect();
    let mut params = named(holder.name(), &names, life)?;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = match holder {
        Holder::Identity => vec![ExtendedKeyUsagePurpose::ServerAuth],
        Holder::Client => {
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth]
        }
        Holder::Consent | Holder::Operator => vec![ExtendedKeyUsagePurpose::ClientAuth],
    };
    Ok(params)
}

fn named(name: &str, names: &[String], life: Duration) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = SystemTime::now();
    params.not_before = (now - SLOW_CLOCKS).into();
    params.not_after = (now + life).into();
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_authority_stays_and_the_rest_is_made_anew_for_the_owner_alone() {
        let data = tempfile::tempdir().unwrap();
        let certificates = Certificates::of(data.path());
        let read = |file: PathBuf| fs::read_to_string(file).unwrap();
        certificates.renew().unwrap();
        let (ca, consent) = (read(certificates.ca()), read(certificates.key(Holder::Consent)));
        certificates.renew().unwrap();
        assert_eq!(read(certificates.ca()), ca);
        assert_ne!(read(certificates.key(Holder::Consent)), consent);

        assert_eq!(mode(&data.path().join("tls")), 0o700);
        let files: Vec<_> = fs::read_dir(data.path().join("tls")).unwrap().collect();
        assert_eq!(files.len(), 2 + 2 * Holder::ALL.len());
        for file in files {
            assert_eq!(mode(&file.unwrap().path()), 0o600);
        }
    }
}
