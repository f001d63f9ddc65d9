//! Secrets that go into every new hash and are kept apart from the database (argon2's secret value, RFC
//! 9106, section 3.1): who has stolen the table alone can test no guess against it.

use argon2::KeyId;
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;

/// The shortest key, in bytes.
const SHORTEST: usize = 32;

/// Keys by id. New hashes are made with the first, and each hash says which one it was made with.
#[derive(Debug, Clone, Default)]
pub struct Peppers(Arc<[Pepper]>);

#[derive(Debug)]
struct Pepper {
    id: KeyId,
    key: SecretString,
}

/// A file of keys that is not used. Nothing of a key is part of the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--pepper-file, line {line}: {problem}")]
pub struct PepperError {
    line: usize,
    problem: &'static str,
}

impl Peppers {
    /// Reads a key a line, the newest first: an id, white space, and a key of at least 32 bytes. Empty
    /// lines, and lines that begin with `#`, are left out.
    pub fn parse(text: &SecretString) -> Result<Self, PepperError> {
        let mut peppers: Vec<Pepper> = Vec::new();
        let lines = text.expose_secret().lines().map(str::trim).zip(1..);
        for (text, line) in lines.filter(|(text, _)| !text.is_empty() && !text.starts_with('#')) {
            let pepper = Pepper::parse(text).and_then(|pepper| {
                let again = peppers.iter().any(|it| it.id == pepper.id);
                if again { Err("this id stands above already") } else { Ok(pepper) }
            });
            peppers.push(pepper.map_err(|problem| PepperError { line, problem })?);
        }
        if peppers.is_empty() {
            return Err(PepperError { line: 1, problem: "the file has no key" });
        }
        Ok(Self(peppers.into()))
    }

    /// The id of the key for new hashes. Empty: there is none, and they have no pepper.
    pub(super) fn newest(&self) -> KeyId {
        self.0.first().map_or(KeyId::EMPTY, |pepper| pepper.id)
    }

    /// The key with this id; empty for the empty id, which says that a hash has no pepper.
    pub(super) fn key(&self, id: &[u8]) -> Option<&[u8]> {
        if id.is_empty() {
            return Some(&[]);
        }
        let pepper = self.0.iter().find(|pepper| pepper.id.as_bytes() == id)?;
        Some(pepper.key.expose_secret().as_bytes())
    }
}

impl Pepper {
    fn parse(line: &str) -> Result<Self, &'static str> {
        let (id, key) = line
            .split_once(char::is_whitespace)
            .ok_or("an id and a key are needed, in this order")?;
        let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        let id = KeyId::new(id.as_bytes()).ok().filter(|_| plain);
        let id = id.ok_or("an id has at most 8 letters, digits, `-`, `_` or `.`")?;
        let key = key.trim();
        if key.len() < SHORTEST {
            return Err("a key has at least 32 bytes: make one with `openssl rand -hex 32`");
        }
        Ok(Self { id, key: key.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn parse(text: &str) -> Result<Peppers, PepperError> {
        Peppers::parse(&text.into())
    }

    #[test]
    fn the_first_key_is_the_newest_and_each_is_found_by_its_id() {
        let peppers = parse(&format!("# ours\n\n b\t{KEY}b \na {KEY}\n")).unwrap();
        assert_eq!(peppers.newest().as_bytes(), b"b");
        assert_eq!(peppers.key(b"b").unwrap(), format!("{KEY}b").as_bytes());
        assert_eq!(peppers.key(b"a").unwrap(), KEY.as_bytes());
        assert_eq!(peppers.key(b"c"), None);
        assert!(peppers.key(b"").unwrap().is_empty());
        assert!(!format!("{peppers:?}").contains(KEY));
    }

    #[test]
    fn what_is_wrong_names_the_line_and_shows_no_key() {
        for (text, line, problem) in [
            (String::new(), 1, "no key"),
            (format!("a {KEY}\n{KEY}"), 2, "an id and a key"),
            (format!("\ntoo-long-id {KEY}"), 2, "8 letters"),
            (format!("a/b {KEY}"), 1, "8 letters"),
            (format!("a {}", &KEY[1..]), 1, "32 bytes"),
            (format!("a {KEY}\na {KEY}"), 2, "above"),
        ] {
            let error = parse(&text).unwrap_err().to_string();
            assert!(
                error.contains(&format!("line {line}: ")) && error.contains(problem),
                "{error}"
            );
            assert!(!error.contains(&KEY[1..]), "{error}");
        }
    }
}
