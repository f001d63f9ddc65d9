//! How this app proves itself to the provider (OpenID Connect Core, section 9).

mod signing_key;

pub(crate) use signing_key::{KeyError, SigningKeys};

use super::ProviderError;
use chassis::watched::Watched;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;

/// The assertion is a JSON Web Token (RFC 7523, section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What proves that a request is this app's.
#[derive(Debug, Clone)]
pub(crate) enum Credentials {
    /// The secret, in the form.
    Post(SecretString),
    /// The secret, as HTTP Basic.
    Basic(SecretString),
    /// A signature, by what is in the key file now.
    Key(Watched<SigningKeys>),
}

impl Credentials {
    /// What this is called where apps are registered (RFC 7591, section 2).
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Self::Post(_) => "client_secret_post",
            Self::Basic(_) => "client_secret_basic",
            Self::Key(_) => "private_key_jwt",
        }
    }

    pub(crate) fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::Post(secret) | Self::Basic(secret) => Some(secret),
            Self::Key(_) => None,
        }
    }

    pub(crate) fn keys(&self) -> Option<Arc<SigningKeys>> {
        match self {
            Self::Post(_) | Self::Basic(_) => None,
            Self::Key(keys) => Some(keys.current()),
        }
    }

    /// What HTTP Basic takes.
    pub(super) fn basic(&self) -> Option<&SecretString> {
        match self {
            Self::Basic(secret) => Some(secret),
            Self::Post(_) | Self::Key(_) => None,
        }
    }

    /// What goes into the form of one request beside the client id; `audience` is the token endpoint
    /// as the provider calls it.
    pub(super) fn parameters(
        &self,
        client_id: &str,
        audience: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<(&'static str, String)>, ProviderError> {
        match self {
            Self::Post(secret) => Ok(vec![("client_secret", secret.expose_secret().to_owned())]),
            Self::Basic(_) => Ok(vec![]),
            Self::Key(keys) => {
                let assertion = keys.current().first().assertion(client_id, audience, now)?;
                let kind = ASSERTION_TYPE.to_owned();
                Ok(vec![("client_assertion_type", kind), ("client_assertion", assertion)])
            }
        }
    }
}
