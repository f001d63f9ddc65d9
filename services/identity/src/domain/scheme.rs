//! The hashes that a stored password may have: ours, and those that imported people bring along.
//! Each is read and bounded before any work, and computed as the system it comes from did.

use crate::domain::cost::{Cost, MAX_MEMORY_KIB, MAX_PARALLELISM};
use argon2::{Algorithm, Argon2, Params, PasswordHash};
use password_hash::{Error, PasswordVerifier as _, phc::Output};

/// The longest stored hash, in bytes.
pub const MAX_BYTES: usize = 512;
/// bcrypt's highest cost: each step doubles the time, and 14 is about a second.
const MAX_BCRYPT_COST: u32 = 14;
/// pbkdf2's most iterations: OWASP asks for 600,000.
const MAX_PBKDF2_ITERATIONS: u32 = 2_000_000;
/// Version 1.0, which argon2's format leaves out.
const ARGON2_FIRST_VERSION: u32 = 0x10;

/// A stored hash, read.
#[derive(Clone)]
pub(crate) enum Scheme {
    /// RFC 9106, in each of its kinds and versions.
    Argon2(Box<PasswordHash>, Cost),
    /// In the modular crypt format.
    Bcrypt(String),
    /// RFC 7914.
    Scrypt(Box<PasswordHash>),
    /// RFC 8018 with HMAC-SHA-256 or HMAC-SHA-512.
    Pbkdf2(Box<PasswordHash>, pbkdf2::Algorithm, pbkdf2::Params),
}

impl Scheme {
    /// Reads a hash, and refuses what is none of these or would take more memory or time than is
    /// ever allowed. The error is a sentence that shows nothing of the hash.
    pub(crate) fn parse(stored: &str) -> Result<Self, String> {
        if stored.len() > MAX_BYTES {
            return Err(format!("is longer than {MAX_BYTES} bytes"));
        }
        match stored.split('$').nth(1) {
            Some("argon2id" | "argon2i" | "argon2d") => argon2(stored),
            Some("2a" | "2b" | "2y") => bcrypt(stored),
            Some("scrypt") => scrypt(stored),
            Some("pbkdf2-sha256" | "pbkdf2-sha512") => pbkdf2(stored),
            _ => Err("is no hash of argon2, bcrypt, scrypt or pbkdf2".to_owned()),
        }
    }

    /// Whether a hash that is made now would be another kind, or cost more.
    pub(crate) fn outdated(&self, live: Cost) -> bool {
        match self {
            Self::Argon2(hash, cost) => {
                hash.algorithm != argon2::ARGON2ID_IDENT
                    || hash.version == Some(ARGON2_FIRST_VERSION)
                    || cost.below(live)
            }
            Self::Bcrypt(_) | Self::Scrypt(_) | Self::Pbkdf2(..) => true,
        }
    }

    /// Whether `password` belongs to the hash. Takes its time.
    pub(crate) fn verify(&self, password: &[u8]) -> Result<bool, String> {
        let verified = match self {
            Self::Argon2(hash, _) => Argon2::default().verify_password(password, &**hash),
            Self::Scrypt(hash) => ::scrypt::Scrypt::default().verify_password(password, &**hash),
            // Cut at 72 bytes: the source did so, and other passwords do not belong to its hash.
            Self::Bcrypt(hash) => {
                return bcrypt::verify(password, hash).map_err(|error| error.to_string());
            }
            Self::Pbkdf2(hash, algorithm, params) => {
                return verify_pbkdf2(password, hash, *algorithm, *params);
            }
        };
        match verified {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn argon2(stored: &str) -> Result<Scheme, String> {
    let mut hash = phc(stored)?;
    hash.version.get_or_insert(ARGON2_FIRST_VERSION);
    let params = Params::try_from(&hash).map_err(unreadable)?;
    Algorithm::try_from(hash.algorithm.as_str()).map_err(unreadable)?;
    let version = hash.version.unwrap_or(ARGON2_FIRST_VERSION);
    argon2::Version::try_from(version).map_err(unreadable)?;
    let cost = Cost {
        memory_kib: params.m_cost(),
        iterations: params.t_cost(),
        parallelism: params.p_cost(),
    };
    if cost.allowed() { Ok(Scheme::Argon2(Box::new(hash), cost)) } else { Err(expensive()) }
}

fn bcrypt(stored: &str) -> Result<Scheme, String> {
    let parts: bcrypt::HashParts = stored.parse().map_err(unreadable)?;
    match parts.get_cost() {
        0..4 => Err(unreadable("cost")),
        4..=MAX_BCRYPT_COST => Ok(Scheme::Bcrypt(stored.to_owned())),
        _ => Err(expensive()),
    }
}

fn scrypt(stored: &str) -> Result<Scheme, String> {
    let hash = phc(stored)?;
    let params = ::scrypt::Params::try_from(&hash).map_err(unreadable)?;
    let memory = params.n().saturating_mul(u64::from(params.r())).saturating_mul(128);
    let most = u64::from(MAX_MEMORY_KIB) * 1024;
    if memory > most || params.p() > MAX_PARALLELISM {
        return Err(expensive());
    }
    Ok(Scheme::Scrypt(Box::new(hash)))
}

fn pbkdf2(stored: &str) -> Result<Scheme, String> {
    let hash = phc(stored)?;
    let algorithm = pbkdf2::Algorithm::new(hash.algorithm).map_err(unreadable)?;
    let rounds = pbkdf2::Params::try_from(&hash.params).map_err(unreadable)?.rounds();
    // What the hash really has: many writers leave the length out.
    let length = hash.hash.map_or(0, |output| output.len());
    let params = pbkdf2::Params::new_with_output_len(rounds, length).map_err(unreadable)?;
    if rounds > MAX_PBKDF2_ITERATIONS {
        return Err(expensive());
    }
    Ok(Scheme::Pbkdf2(Box::new(hash), algorithm, params))
}

fn verify_pbkdf2(
    password: &[u8],
    hash: &PasswordHash,
    algorithm: pbkdf2::Algorithm,
    params: pbkdf2::Params,
) -> Result<bool, String> {
    let salt = hash.salt.as_ref().ok_or_else(|| unreadable("salt"))?;
    let mut output = vec![0; params.output_len()];
    pbkdf2::pbkdf2_hmac_with_params(password, salt.as_ref(), algorithm, params, &mut output);
    // Compares in constant time.
    Ok(hash.hash == Some(Output::new(&output).map_err(unreadable)?))
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

#[cfg(test)]
mod tests;
