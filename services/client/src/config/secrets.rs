//! The secrets, from wherever they were given.

use super::{ClientAuthentication, Config};
use crate::provider::{Credentials, KeyError, SigningKeys};
use chassis::{
    process::Running,
    secret::{SecretError, key, optional_key, required},
    watched::Watched,
};
use secrecy::SecretString;
use std::{io, path::Path};

/// The secrets, read and found usable.
#[derive(Debug)]
pub(crate) struct Secrets {
    pub(crate) credentials: Credentials,
    pub(crate) database_url: SecretString,
    pub(crate) session_key: SecretString,
    pub(crate) second_session_key: Option<SecretString>,
    pub(crate) trace_key: Option<SecretString>,
}

/// Why they cannot be used. No secret is part of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("--client-key-file and a client secret are both given: keep one of them")]
    TwoProofs,
    #[error(
        "--client-authentication says that the secret is sent, and --client-key-file is given: leave \
         the one or the other away"
    )]
    KeyUnused,
    #[error(
        "--client-key-file is required for --client-authentication private_key_jwt: make a key with \
         `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out FILE`"
    )]
    KeyMissing,
    #[error("--client-key-file {0}: {1}")]
    KeyUnreadable(String, io::Error),
    #[error("--client-key-file {0}: {1}")]
    KeyUnusable(String, KeyError),
}

impl Config {
    /// Reads the secrets; each is required but for the second session key and the
    /// trace key. The key file is watched for as long
    /// as `running` runs.
    pub(crate) async fn secrets(&self, running: &Running) -> Result<Secrets, ConfigError> {
        Ok(Secrets {
            credentials: self.credentials(running).await?,
            database_url: required(
                "database-url",
                self.database_url.as_ref(),
                self.database_url_file.as_deref(),
            )?,
            session_key: key(
                "session-key",
                self.session_key.as_ref(),
                self.session_key_file.as_deref(),
            )?,
            second_session_key: optional_key(
                "second-session-key",
                self.second_session_key.as_ref(),
                self.second_session_key_file.as_deref(),
            )?,
            trace_key: optional_key(
                "trace-key",
                self.trace_key.as_ref(),
                self.trace_key_file.as_deref(),
            )?,
        })
    }

    async fn credentials(&self, running: &Running) -> Result<Credentials, ConfigError> {
        use ClientAuthentication::{Basic, Key, Post};
        let secret = || {
            let (value, file) = (self.client_secret.as_ref(), self.client_secret_file.as_deref());
            required("client-secret", value, file)
        };
        let has_secret = self.client_secret.is_some() || self.client_secret_file.is_some();
        match (self.client_authentication, self.client_key_file.as_deref()) {
            (_, Some(_)) if has_secret => Err(ConfigError::TwoProofs),
            (None | Some(Key), Some(file)) => {
                Ok(Credentials::Key(signing_keys(file, running).await?))
            }
            (Some(Post | Basic), Some(_)) => Err(ConfigError::KeyUnused),
            (Some(Key), None) => Err(ConfigError::KeyMissing),
            (None | Some(Post), None) => Ok(Credentials::Post(secret()?)),
            (Some(Basic), None) => Ok(Credentials::Basic(secret()?)),
        }
    }
}

async fn signing_keys(path: &Path, running: &Running) -> Result<Watched<SigningKeys>, ConfigError> {
    let name = path.display().to_string();
    let make = move |contents: &[Vec<u8>]| {
        let keys = SigningKeys::read(contents.first().map(Vec::as_slice).unwrap_or_default());
        keys.map_err(|error| ConfigError::KeyUnusable(name.clone(), error))
    };
    let unreadable =
        |path: &Path, error| ConfigError::KeyUnreadable(path.display().to_string(), error);
    Watched::open("client keys", vec![path.to_owned()], make, unreadable, running).await
}
