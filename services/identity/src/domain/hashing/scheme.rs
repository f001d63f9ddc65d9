//! The hashes that a stored password may have: ours, and those that imported people bring along.
//! Each is read and bounded before any work, and computed as the system it comes from did.

use super::{
    cost::{Cost, MAX_MEMORY_KIB, MAX_PARALLELISM},
    memory::Memory,
    pepper::Peppers,
    recipe,
};
use argon2::{Algorithm, Params, PasswordHash, Version};
use password_hash::phc::Output;
use std::fmt;

/// The longest stored hash, in bytes.
const MAX_BYTES: usize = 512;
/// bcrypt's highest cost: each step doubles the time, and 14 is about a second.
const MAX_BCRYPT_COST: u32 = 14;
/// pbkdf2's most iterations: OWASP asks for 600,000.
const MAX_PBKDF2_ITERATIONS: u32 = 2_000_000;

/// What a stored hash costs: all of it that is before the salt. Hashes of one kind take the same time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Kind(String);

impl Kind {
    pub(super) fn of(stored: &str) -> Self {
        // bcrypt writes salt and output in one: `$2b$12$...`.
        let after = if stored.starts_with("$2") { 1 } else { 2 };
        let kind = stored.rsplitn(after + 1, '$').last().unwrap_or_default();
        Self(kind.to_owned())
    }
}

/// A stored hash, read.
#[derive(Debug, Clone)]
pub(crate) struct Scheme {
    kind: Kind,
    method: Method,
}

#[derive(Clone)]
enum Method {
    /// RFC 9106, in each of its kinds and versions.
    Argon2 { hash: Box<PasswordHash>, algorithm: Algorithm, version: Version, params: Params },
    /// In the modular crypt format.
    Bcrypt(String),
    /// RFC 7914.
    Scrypt { hash: Box<PasswordHash>, params: ::scrypt::Params },
    /// RFC 8018 with HMAC-SHA-256 or HMAC-SHA-512.
    Pbkdf2 { hash: Box<PasswordHash>, algorithm: pbkdf2::Algorithm, params: pbkdf2::Params },
}

impl Scheme {
    /// Reads a hash, and refuses what is none of these or would take more memory or time than is
    /// ever allowed. The error is a sentence that shows nothing of the hash.
    pub(crate) fn parse(stored: &str) -> Result<Self, String> {
        if stored.len() > MAX_BYTES {
            return Err(format!("is longer than {MAX_BYTES} bytes"));
        }
        let method = match stored.split('$').nth(1) {
            Some("argon2id" | "argon2i" | "argon2d") => argon2(stored),
            Some("2a" | "2b" | "2y") => bcrypt(stored),
            Some("scrypt") => scrypt(stored),
            Some("pbkdf2-sha256" | "pbkdf2-sha512") => pbkdf2(stored),
            _ => Err("is no hash of argon2, bcrypt, scrypt or pbkdf2".to_owned()),
        }?;
        Ok(Self { kind: Kind::of(stored), method })
    }

    /// What it costs.
    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether the pepper is there that the hash was made with; the error names the one that is not.
    pub(super) fn check(&self, peppers: &Peppers) -> Result<(), String> {
        match &self.method {
            Method::Argon2 { params, .. } if peppers.key(params.keyid()).is_none() => {
                let id = String::from_utf8_lossy(params.keyid());
                Err(format!("needs the pepper key {id:?}, which is not in --pepper-file"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a hash that is made now would be another kind, cost more, or have another pepper.
    pub(super) fn outdated(&self, live: Cost, peppers: &Peppers) -> bool {
        match &self.method {
            Method::Argon2 { algorithm, version, params, .. } => {
                params.keyid() != peppers.newest().as_bytes()
                    || *algorithm != Algorithm::Argon2id
                    || *version != Version::V0x13
                    || Cost::of(params).below(live)
            }
            Method::Bcrypt(_) | Method::Scrypt { .. } | Method::Pbkdf2 { .. } => true,
        }
    }

    /// Whether it may take less time than a hash that is made now. Kinds other than argon2 are not
    /// measured against it, and may.
    pub(super) fn cheaper(&self, live: Cost) -> bool {
        match &self.method {
            Method::Argon2 { params, .. } => Cost::of(params).below(live),
            Method::Bcrypt(_) | Method::Scrypt { .. } | Method::Pbkdf2 { .. } => true,
        }
    }

    /// Memory that it takes where there is a block of `block_kib`, in KiB.
    pub(super) fn extra_kib(&self, block_kib: u32) -> u32 {
        match &self.method {
            Method::Argon2 { params, .. } if params.m_cost() > block_kib => params.m_cost(),
            Method::Scrypt { params, .. } => scrypt_kib(params).try_into().unwrap_or(u32::MAX),
            Method::Argon2 { .. } | Method::Bcrypt(_) | Method::Pbkdf2 { .. } => 0,
        }
    }

    /// Whether `password` belongs to the hash. Takes its time.
    pub(super) fn verify(
        &self,
        password: &[u8],
        peppers: &Peppers,
        memory: &mut Memory,
    ) -> Result<bool, String> {
        match &self.method {
            Method::Argon2 { hash, algorithm, version, params } => {
                let argon2 = recipe::argon2(*algorithm, *version, params, peppers)?;
                belongs(hash, |salt, output| {
                    memory.lend(params.block_count(), |blocks| {
                        argon2.hash_password_into_with_memory(password, salt, output, blocks)
                    })
                })
            }
            // Cut at 72 bytes: the source did so, and other passwords do not belong to its hash.
            Method::Bcrypt(hash) => bcrypt::verify(password, hash).map_err(|it| it.to_string()),
            Method::Scrypt { hash, params } => {
                belongs(hash, |salt, output| ::scrypt::scrypt(password, salt, params, output))
            }
            Method::Pbkdf2 { hash, algorithm, params } => belongs(hash, |salt, output| {
                pbkdf2::pbkdf2_hmac_with_params(password, salt, *algorithm, *params, output);
                Ok::<_, String>(())
            }),
        }
    }
}

/// Whether `compute`, from the salt, comes to the same output.
fn belongs<E: ToString>(
    hash: &PasswordHash,
    compute: impl FnOnce(&[u8], &mut [u8]) -> Result<(), E>,
) -> Result<bool, String> {
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return Err("no salt or no output".to_owned());
    };
    let mut output = vec![0; expected.len()];
    compute(salt.as_ref(), &mut output).map_err(|error| error.to_string())?;
    // Compares in constant time.
    Ok(*expected == Output::new(&output).map_err(unreadable)?)
}

fn argon2(stored: &str) -> Result<Method, String> {
    let hash = phc(stored)?;
    let params = Params::try_from(&hash).map_err(unreadable)?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(unreadable)?;
    let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from).map_err(unreadable)?;
    if !Cost::of(&params).allowed() {
        return Err(expensive());
    }
    Ok(Method::Argon2 { hash: Box::new(hash), algorithm, version, params })
}

fn bcrypt(stored: &str) -> Result<Method, String> {
    let parts: bcrypt::HashParts = stored.parse().map_err(unreadable)?;
    match parts.get_cost() {
        0..4 => Err(unreadable("cost")),
        4..=MAX_BCRYPT_COST => Ok(Method::Bcrypt(stored.to_owned())),
        _ => Err(expensive()),
    }
}

fn scrypt(stored: &str) -> Result<Method, String> {
    let hash = phc(stored)?;
    let params = ::scrypt::Params::try_from(&hash).map_err(unreadable)?;
    if scrypt_kib(&params) > MAX_MEMORY_KIB.into() || params.p() > MAX_PARALLELISM {
        return Err(expensive());
    }
    Ok(Method::Scrypt { hash: Box::new(hash), params })
}

/// Its large vector, one block for each lane, and one to work in, in KiB.
fn scrypt_kib(params: &::scrypt::Params) -> u64 {
    let blocks = params.n().saturating_add(params.p().into()).saturating_add(1);
    blocks.saturating_mul(128).saturating_mul(params.r().into()).div_ceil(1024)
}

fn pbkdf2(stored: &str) -> Result<Method, String> {
    let hash = phc(stored)?;
    let algorithm = pbkdf2::Algorithm::new(hash.algorithm).map_err(unreadable)?;
    let rounds = pbkdf2::Params::try_from(&hash.params).map_err(unreadable)?.rounds();
    // What the hash really has: many writers leave the length out.
    let length = hash.hash.map_or(0, |output| output.len());
    let params = pbkdf2::Params::new_with_output_len(rounds, length).map_err(unreadable)?;
    if rounds > MAX_PBKDF2_ITERATIONS {
        return Err(expensive());
    }
    Ok(Method::Pbkdf2 { hash: Box::new(hash), algorithm, params })
}

fn phc(stored: &str) -> Result<PasswordHash, String> {
    let hash = PasswordHash::new(stored).map_err(unreadable)?;
    if hash.salt.is_none() || hash.hash.is_none() {
        return Err("has no salt or no output".to_owned());
    }
    Ok(hash)
}

/// The cause may quote the hash, and is left out.
fn unreadable<E>(_: E) -> String {
    "cannot be read as the kind of hash that it begins like".to_owned()
}

fn expensive() -> String {
    "costs more than is allowed".to_owned()
}

impl fmt::Debug for Method {
    /// A hash is a secret too: it can be guessed against.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Method").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
