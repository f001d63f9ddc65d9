//! A password, as a person typed it.

use crate::domain::{Violation, blocklist};
use secrecy::{ExposeSecret as _, SecretString};
use unicode_normalization::UnicodeNormalization as _;

/// The longest password, in bytes as sent: hashing reads every one of them.
pub const MAX_BYTES: usize = 1024;

/// A password in Unicode's NFC (NIST SP 800-63B-4, section 3.1.1.2), so that it does not depend on
/// the keyboard. Never shortened; wiped from memory; `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    /// Takes 1 to [`MAX_BYTES`] bytes.
    pub fn parse(field: &'static str, typed: &str) -> Result<Self, Violation> {
        Violation::unless_bytes(field, typed, 1..=MAX_BYTES)?;
        Ok(Self(typed.nfc().collect::<String>().into()))
    }

    /// A password for somebody who is known by `own`: long enough, and hard enough to guess.
    /// Characters are Unicode code points.
    pub async fn parse_new(
        field: &'static str,
        typed: &str,
        characters: u16,
        own: &[&str],
    ) -> Result<Self, Violation> {
        let password = Self::parse(field, typed)?;
        if password.0.expose_secret().chars().count() < usize::from(characters) {
            return Err(Violation::new(field, format!("has fewer than {characters} characters")));
        }
        match blocklist::refusal(&password.0, own).await {
            Some(problem) => Err(Violation::new(field, problem)),
            None => Ok(password),
        }
    }

    /// What is hashed.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyboard_does_not_matter_and_everything_else_does() {
        let bytes = |typed: &str| Password::parse("password", typed).unwrap().bytes().to_vec();
        assert_eq!(bytes("caf\u{e9}"), bytes("cafe\u{301}"));
        assert_ne!(bytes("Password"), bytes("password"));
        assert_ne!(bytes(" password"), bytes("password"));
        assert_ne!(bytes("pass\0word"), bytes("pass"));
        assert_ne!(bytes(&format!("{}a", "x".repeat(72))), bytes(&format!("{}b", "x".repeat(72))));
    }

    #[tokio::test]
    async fn lengths() {
        let parse = |typed: &str| Password::parse("password", typed);
        assert!(parse("").is_err() && parse(&"a".repeat(MAX_BYTES + 1)).is_err());
        assert!(parse(&"a".repeat(MAX_BYTES)).is_ok());
        let accented =
            "\u{ef}\u{e7}\u{f8}\u{fb}\u{e5}".repeat(2) + "\u{f1}\u{e8}\u{fc}\u{f5}\u{ee}";
        for (characters, good) in [(15, true), (16, false)] {
            let new = Password::parse_new("password", &accented, characters, &[]).await;
            assert_eq!(new.is_ok(), good, "{new:?}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert!(!format!("{:?}", Password::parse("password", "hunter2")).contains("hunter2"));
    }
}
