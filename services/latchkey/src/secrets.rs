//! Secrets of one suite: made once, kept in files that only their owner can read.

use crate::data::make_private;
use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::rand;
use secrecy::SecretString;
use std::{
    ffi::OsString,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// Bytes of randomness in each secret; a file holds them in hexadecimal.
const BYTES: usize = 32;

/// The folder of secrets.
#[derive(Debug, Clone)]
pub struct Secrets {
    folder: PathBuf,
}

/// What is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// Hydra seals challenges and tokens with it (`secrets.system`).
    HydraSystem,
    /// Hydra seals its cookies with it (`secrets.cookie`).
    HydraCookie,
    /// Consent signs its cookies with it.
    ConsentCookieKey,
    /// The client seals its session cookie with it.
    ClientSessionKey,
    /// Hydra shows it to consent's hooks.
    HookKey,
    /// Identity makes the keys of its counters with it.
    ThrottleKey,
    /// Consent and client sign references to traces with it.
    TraceKey,
}

impl Secret {
    const ALL: [Self; 7] = [
        Self::HydraSystem,
        Self::HydraCookie,
        Self::ConsentCookieKey,
        Self::ClientSessionKey,
        Self::HookKey,
        Self::ThrottleKey,
        Self::TraceKey,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::HydraSystem => "hydra-system",
            Self::HydraCookie => "hydra-cookie",
            Self::ConsentCookieKey => "consent-cookie-key",
            Self::ClientSessionKey => "client-session-key",
            Self::HookKey => "hook-key",
            Self::ThrottleKey => "throttle-key",
            Self::TraceKey => "trace-key",
        }
    }
}

impl Secrets {
    /// The secrets in `<data>/secrets/`; those that are missing are made.
    pub fn open(data: &Path) -> Result<Self> {
        let secrets = Self { folder: data.join("secrets") };
        make_private(&secrets.folder).with_context(|| secrets.folder.display().to_string())?;
        for secret in Secret::ALL {
            let file = secrets.file(secret);
            keep_or_make(&file).with_context(|| file.display().to_string())?;
        }
        Ok(secrets)
    }

    /// The file that holds a secret.
    #[must_use]
    pub fn file(&self, secret: Secret) -> PathBuf {
        self.folder.join(secret.name())
    }

    /// A secret's text, for a program that reads no file.
    pub fn read(&self, secret: Secret) -> Result<SecretString> {
        let file = self.file(secret);
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(SecretString::from(text.trim_end()))
    }
}

/// Makes a secret where there is none.
pub(crate) fn keep_or_make(file: &Path) -> Result<()> {
    if file.exists() { Ok(()) } else { Ok(write_private(file, &random_hex()?)?) }
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(file: &Path, text: &str) -> io::Result<()> {
    write_with(0o600, file, text)
}

/// Writes a file that everybody can read who may look into its folder.
pub(crate) fn write_readable(file: &Path, text: &str) -> io::Result<()> {
    write_with(0o444, file, text)
}

/// Whole under another name first, so that a start that is cut off leaves no half one. With a dot before
/// it that name is nobody's: `shop.new` may be another app's.
fn write_with(mode: u32, file: &Path, text: &str) -> io::Result<()> {
    let mut fresh = OsString::from(".");
    fresh.push(file.file_name().unwrap_or_default());
    fresh.push(".new");
    let fresh = file.with_file_name(fresh);
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&fresh)?
        .write_all(text.as_bytes())?;
    fs::rename(fresh, file)
}

fn random_hex() -> Result<String> {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes).map_err(|_| anyhow!("the system gives no random bytes"))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_can_read_them() {
        let data = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(data.path()).unwrap();
        assert_eq!(mode(&data.path().join("secrets")), 0o700);
        for secret in Secret::ALL {
            assert_eq!(mode(&secrets.file(secret)), 0o600);
        }
    }

    #[test]
    fn each_is_64_hexadecimal_digits_of_its_own() {
        let data = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(data.path()).unwrap();
        let mut seen = Vec::new();
        for secret in Secret::ALL {
            let text = secrets.read(secret).unwrap().expose_secret().to_owned();
            assert!(
                text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit()),
                "{secret:?}"
            );
            assert!(!seen.contains(&text), "{secret:?}");
            seen.push(text);
        }
    }

    #[test]
    fn the_next_start_has_the_same() {
        let data = tempfile::tempdir().unwrap();
        let first = Secrets::open(data.path()).unwrap().read(Secret::HydraSystem).unwrap();
        let next = Secrets::open(data.path()).unwrap().read(Secret::HydraSystem).unwrap();
        assert_eq!(first.expose_secret(), next.expose_secret());
    }

    #[test]
    fn no_file_is_in_the_way_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["shop.new", "shop", "shop.v2", "shop.v2.new"];
        for name in names {
            write_private(&folder.path().join(name), name).unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), names.len());
        for name in names {
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), name);
        }
    }

    #[test]
    fn what_a_cut_off_start_left_is_made_anew() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("secrets");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(".trace-key.new"), "abc").unwrap();
        let secrets = Secrets::open(data.path()).unwrap();
        assert_eq!(secrets.read(Secret::TraceKey).unwrap().expose_secret().len(), 64);
    }
}
