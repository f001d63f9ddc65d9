//! A person, and what a new one must look like.

use crate::domain::{
    Violation,
    hashing::{Hashing, HashingError},
    identifier::{self, Identifier},
    password::Password,
};
use crate::store::{StoreError, users};
use chassis::Clock;
use chrono::{DateTime, Utc};
use database::Database;
use tokio::time::Instant;
use uuid::{NoContext, Timestamp, Uuid};

const MAX_USERNAME_BYTES: usize = 64;
const MAX_DISPLAY_NAME_BYTES: usize = 128;
const MAX_SUBJECT_BYTES: usize = 64;

/// A person, without anything secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Stable, unique, never given to another person: the `sub` of every token.
    pub subject: String,
    /// Email address, as the person writes it.
    pub email: String,
    /// User name, as the person writes it.
    pub username: Option<String>,
    /// The name to show.
    pub display_name: String,
    /// Whether the person may sign in.
    pub active: bool,
}

/// What is asked for when a person is added.
#[derive(Debug)]
pub struct NewUser {
    email: String,
    username: Option<String>,
    display_name: String,
    identifiers: Vec<Identifier>,
    password: Password,
}

/// Why a person was not added.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The email address or the user name belongs to somebody.
    #[error("the email address or the user name is taken")]
    Taken,
    /// No hash was made.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database cannot be reached.
    #[error(transparent)]
    Store(StoreError),
}

impl NewUser {
    /// Checks everything and tells everything that is wrong. Empty `username`: none.
    pub fn parse(
        email: &str,
        username: &str,
        display_name: &str,
        password: &str,
        password_min_length: u16,
    ) -> Result<Self, Vec<Violation>> {
        let username = Some(username.trim()).filter(|username| !username.is_empty());
        let display_name = display_name.trim();
        let checked = (
            parse_email(email),
            username.map(parse_username).transpose(),
            parse_display_name(display_name),
            Password::parse("password", password)
                .and_then(|password| password.at_least("password", password_min_length)),
        );
        match checked {
            (Ok(email_key), Ok(username_key), Ok(()), Ok(password)) => Ok(Self {
                email: email.trim().to_owned(),
                username: username.map(str::to_owned),
                display_name: display_name.to_owned(),
                identifiers: [email_key].into_iter().chain(username_key).collect(),
                password,
            }),
            (email, username, display_name, password) => {
                Err([email.err(), username.err(), display_name.err(), password.err()]
                    .into_iter()
                    .flatten()
                    .collect())
            }
        }
    }

    /// Adds the person. Who asks for a taken name at the same time gets [`CreateError::Taken`].
    pub async fn create(
        self,
        database: &Database,
        hashing: &Hashing,
        clock: &Clock,
        deadline: Option<Instant>,
    ) -> Result<User, CreateError> {
        let hash = hashing.hash(&self.password, deadline).await?;
        let now = clock.now();
        let user = User {
            subject: new_subject(now),
            email: self.email,
            username: self.username,
            display_name: self.display_name,
            active: true,
        };
        match users::insert(database, &user, &self.identifiers, &hash, now).await {
            Ok(()) => Ok(user),
            Err(StoreError::Duplicate) => Err(CreateError::Taken),
            Err(error) => Err(CreateError::Store(error)),
        }
    }
}

/// Whether `text` can be anybody's subject. What cannot need not be looked up.
#[must_use]
pub fn is_subject(text: &str) -> bool {
    (1..=MAX_SUBJECT_BYTES).contains(&text.len()) && !text.contains(char::is_control)
}

/// A UUID of version 7 (RFC 9562, section 5.7): new rows lie together in the index.
fn new_subject(now: DateTime<Utc>) -> String {
    let seconds = now.timestamp().try_into().unwrap_or_default();
    let time = Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos());
    Uuid::new_v7(time).to_string()
}

/// One `@` with something on both sides. Whether mail arrives there, only mail can tell.
fn parse_email(email: &str) -> Result<Identifier, Violation> {
    let key = Identifier::parse("email", email)?;
    let shaped = email.trim().split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    if shaped && !has_gaps(email.trim()) && key.as_str().matches('@').count() == 1 {
        Ok(key)
    } else {
        Err(Violation::new("email", "is no email address"))
    }
}

/// Without `@`, so that a user name never reads like somebody's email address.
fn parse_username(username: &str) -> Result<Identifier, Violation> {
    Violation::unless_bytes("username", username, 0..=MAX_USERNAME_BYTES)?;
    let key = Identifier::parse("username", username)?;
    if key.as_str().contains('@') || has_gaps(username) {
        return Err(Violation::new("username", "has an @, white space or a control character"));
    }
    Ok(key)
}

fn parse_display_name(name: &str) -> Result<(), Violation> {
    Violation::unless_bytes("display_name", name, 1..=MAX_DISPLAY_NAME_BYTES)?;
    if name.contains(char::is_control) {
        return Err(Violation::new("display_name", "has a control character"));
    }
    Ok(())
}

fn has_gaps(text: &str) -> bool {
    text.contains(|c: char| c.is_whitespace() || c.is_control() || c == char::REPLACEMENT_CHARACTER)
}

const _: () = assert!(MAX_USERNAME_BYTES <= identifier::MAX_BYTES);

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(email: &str, username: &str, display_name: &str, password: &str) -> Vec<String> {
        NewUser::parse(email, username, display_name, password, 15)
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|violation| violation.field.to_owned())
            .collect()
    }

    const PASSWORD: &str = "correct horse battery staple";

    #[test]
    fn a_person_needs_an_email_address_a_name_and_a_password() {
        assert!(violations("ada@example.com", "", "Ada", PASSWORD).is_empty());
        assert!(violations("ada@example.com", "ada", "\u{5d0}\u{5d3}\u{5d4}", PASSWORD).is_empty());
        assert_eq!(violations("", "", "", ""), ["email", "display_name", "password"]);
        assert_eq!(
            violations("a", "a b", "a\nb", "short"),
            ["email", "username", "display_name", "password"]
        );
    }

    #[test]
    fn email_addresses_and_user_names_never_meet() {
        for email in ["ada", "@example.com", "ada@", "a@b@c", "a b@c", "a\0@c", "a@b\u{ff20}c"] {
            assert_eq!(violations(email, "", "Ada", PASSWORD), ["email"], "{email:?}");
        }
        for username in ["ada@example.com", "a\u{ff20}b", "a\tb", &"a".repeat(65)] {
            assert_eq!(violations("a@b", username, "Ada", PASSWORD), ["username"], "{username:?}");
        }
    }

    #[test]
    fn subjects() {
        assert!(is_subject("1") && is_subject(&new_subject(DateTime::UNIX_EPOCH)));
        assert!(!is_subject("") && !is_subject("a\0") && !is_subject(&"a".repeat(65)));
    }
}
