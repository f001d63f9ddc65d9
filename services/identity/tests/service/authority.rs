//! Certificates of a test's own.

use chassis::{
    grpc::{self, Channel},
    process::Running,
    tls::{self, Certificate, Tls},
};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType,
};
use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, SystemTime},
};
use tempfile::TempDir;
use url::Url;

/// Who vouches for certificates, and keeps them in a folder.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), folder }
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate of today for servers and clients, under a DNS name or a URI.
    pub(crate) fn vouch(&self, name: &str) -> Certificate {
        self.vouch_until(name, SystemTime::now() + Duration::from_hours(1))
    }

    pub(crate) fn vouch_until(&self, name: &str, end: SystemTime) -> Certificate {
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let ia5 = name.try_into().unwrap();
        let name_of = if name.contains(':') { SanType::URI } else { SanType::DnsName };
        params.subject_alt_names.push(name_of(ia5));
        params.not_before = (end - Duration::from_hours(2)).into();
        params.not_after = end.into();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let file =
            |kind: &str| self.folder.path().join(format!("{}-{kind}", name.replace('/', "")));
        fs::write(file("cert"), params.signed_by(&key, &self.issuer).unwrap().pem()).unwrap();
        fs::write(file("key"), key.serialize_pem()).unwrap();
        Certificate { tls_cert_file: Some(file("cert")), tls_key_file: Some(file("key")) }
    }

    /// The options of a server that this authority vouches for, and whose callers it vouches for.
    pub(crate) fn options(&self) -> Vec<String> {
        let own = self.vouch("identity");
        vec![
            format!("--tls-cert-file={}", own.tls_cert_file.unwrap().display()),
            format!("--tls-key-file={}", own.tls_key_file.unwrap().display()),
            format!("--tls-client-ca-file={}", self.ca().display()),
        ]
    }

    /// A channel to a server that this authority vouches for, by the holder of a certificate.
    pub(crate) async fn channel(&self, to: SocketAddr, own: &Certificate) -> Channel {
        let url = Url::parse(&format!("https://{to}")).unwrap();
        let tls = self.tls(own).await;
        grpc::channel("url", [&url], Some(&tls), Duration::from_secs(20)).unwrap()
    }

    pub(crate) async fn tls(&self, own: &Certificate) -> Tls {
        tls::client(own, Some(&self.ca()), &Running::new()).await.unwrap().unwrap()
    }
}
