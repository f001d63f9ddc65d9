//! Where an attempt is counted: counters, and the keys that they are kept under.

use super::{Counter, Key, Kind};
use crate::domain::{digest, identifier::Identifier};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use secrecy::{ExposeSecret as _, SecretString};
use std::{fmt, net::IpAddr};

/// Makes keys of names and addresses: HMAC-SHA-256 with a secret, so that whoever reads them cannot
/// test guessed ones against them, or SHA-256 without one. Replicas that count together need the same
/// secret.
#[derive(Clone, Default)]
pub struct Keys(Option<hmac::Key>);

impl Keys {
    /// Keys with this secret, if there is one. With another one every counter begins anew.
    #[must_use]
    pub fn new(secret: Option<&SecretString>) -> Self {
        let secret = secret.map(|it| it.expose_secret().as_bytes());
        Self(secret.map(|secret| hmac::Key::new(HMAC_SHA256, secret)))
    }

    /// Where an attempt for this [account](Keys::account) is counted, in the order in which rows are
    /// locked: the same for all, so that none wait in a ring, and the account last, for which a flood
    /// waits. A device that is known for the account stands for itself: nobody elsewhere can use its
    /// attempts up.
    #[must_use]
    pub fn counters(&self, account: Key, ip: Option<IpAddr>, device: Option<&Key>) -> Vec<Counter> {
        let counter = |kind, key, account, source| Counter { kind, key, account, source };
        if let Some(device) = device {
            let key = self.of(&[b"device", device, &account]);
            return vec![counter(Kind::Device, key, Some(account), None)];
        }
        let mut counters = Vec::new();
        if let Some(source) = ip.map(|ip| self.source(ip)) {
            let pair = self.of(&[b"pair", &account, &source]);
            counters.push(counter(Kind::Pair, pair, Some(account), Some(source)));
            counters.push(counter(Kind::Source, source, None, Some(source)));
        }
        counters.push(counter(Kind::Account, account, Some(account), None));
        counters
    }

    /// The key of an account: the person's, whichever of their names was typed; or that of a name
    /// that nobody has.
    #[must_use]
    pub fn account(&self, identifier: &Identifier, subject: Option<&str>) -> Key {
        match subject {
            Some(subject) => self.person(subject),
            None => self.of(&[b"account", identifier.as_str().as_bytes()]),
        }
    }

    /// The key of a person's account.
    #[must_use]
    pub fn person(&self, subject: &str) -> Key {
        self.of(&[b"person", subject.as_bytes()])
    }

    /// The key of a source: an IPv4 address, or the /64 of an IPv6 one, which one household or
    /// machine has to itself (RFC 6177).
    #[must_use]
    pub fn source(&self, ip: IpAddr) -> Key {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.of(&[b"source", &ip.octets()]),
            IpAddr::V6(ip) => self.of(&[b"source", &(ip.to_bits() >> 64).to_be_bytes()]),
        }
    }

    /// Tells the parts from all others.
    fn of(&self, parts: &[&[u8]]) -> Key {
        let sha256 = digest::of(parts);
        let Some(secret) = &self.0 else { return sha256 };
        let mut key = Key::default();
        key.copy_from_slice(hmac::sign(secret, &sha256).as_ref());
        key
    }
}

impl fmt::Debug for Keys {
    /// The secret stays one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.0.is_some()).finish()
    }
}
