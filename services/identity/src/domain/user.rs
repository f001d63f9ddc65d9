//! A person, and everything that can happen to one.

pub mod change;
mod contact;
pub mod create;
mod groups;
pub mod import;
pub mod list;
mod profile;

pub use contact::Address;
pub use profile::{Details, Profile};

use crate::domain::{
    Violation,
    audit::{Entry, Event},
    hashing::HashingError,
    identifier::Identifier,
};
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use std::fmt;

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
    /// Phone number (E.164). Empty: none.
    pub phone_number: String,
    /// Postal address.
    pub address: Address,
    /// Names of the groups that the person is in, sorted, each once.
    pub groups: Vec<String>,
    /// Whether the person may sign in.
    pub active: bool,
    /// Counts the changes of the person and the password, from 1.
    pub version: i64,
    /// When the person was added.
    pub created_at: DateTime<Utc>,
    /// When the person or the password was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A person who is about to be kept.
pub struct Addition {
    /// The person.
    pub user: User,
    /// What the person signs in with.
    pub identifiers: Vec<Identifier>,
    /// The hash of the password. None: no sign-in by password.
    pub password_hash: Option<String>,
}

/// Why nothing was done to a person.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// What was asked for breaks a rule.
    #[error("some fields are invalid")]
    Invalid(Vec<Violation>),
    /// Nobody has this subject.
    #[error("nobody has this subject")]
    NotFound,
    /// The email address or the user name belongs to somebody.
    #[error("the email address or the user name is taken")]
    Taken,
    /// The person has changed since the caller looked.
    #[error("the user has changed since the etag was read")]
    Stale,
    /// The request id has created somebody from other content, or one who was deleted since.
    #[error("the request id was used for another request")]
    RequestReused,
    /// No hash was made.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database cannot be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl User {
    /// Somebody new.
    pub(crate) fn new(subject: String, profile: Profile, now: DateTime<Utc>) -> Self {
        let Profile { email, username, display_name, phone_number, address, groups, .. } = profile;
        Self {
            subject,
            email,
            username,
            display_name,
            phone_number,
            address,
            groups,
            active: true,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The person with another profile.
    pub(crate) fn with(self, profile: Profile) -> Self {
        let Profile { email, username, display_name, phone_number, address, groups, .. } = profile;
        Self { email, username, display_name, phone_number, address, groups, ..self }
    }

    /// What the trail says where the person becomes `other`. Groups are rights: they are told apart.
    pub(crate) fn changes_to(&self, other: &Self) -> &'static [Event] {
        let beside_groups = Self { groups: other.groups.clone(), ..self.clone() } != *other;
        match (self.groups != other.groups, beside_groups) {
            (true, true) => &[Event::UserUpdate, Event::UserGroups],
            (true, false) => &[Event::UserGroups],
            (false, _) => &[Event::UserUpdate],
        }
    }

    /// What the person signs in with.
    pub(crate) fn identifiers(&self) -> Vec<Identifier> {
        let email = Identifier::parse("email", &self.email);
        let username = self.username.as_ref().map(|name| Identifier::parse("username", name));
        [Some(email), username].into_iter().flatten().flatten().collect()
    }

    /// What the person is known by: no password may be made of it.
    pub(crate) fn known_by(&self) -> [&str; 4] {
        let username = self.username.as_deref().unwrap_or_default();
        [&self.email, username, &self.display_name, &self.phone_number]
    }
}

impl Addition {
    /// What the trail says once they are added.
    pub(crate) fn entry(&self) -> Entry {
        Entry::done(Event::UserCreate, Some(&self.user.subject), self.user.created_at)
    }
}

impl From<Violation> for UserError {
    fn from(violation: Violation) -> Self {
        Self::Invalid(vec![violation])
    }
}

impl fmt::Debug for Addition {
    /// A hash is a secret too: it can be guessed against.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Addition").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Whether `text` can be anybody's subject. What cannot need not be looked up.
#[must_use]
pub fn is_subject(text: &str) -> bool {
    (1..=MAX_SUBJECT_BYTES).contains(&text.len()) && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time_ordered;

    #[test]
    fn subjects() {
        assert!(is_subject("1") && is_subject(&time_ordered::id(DateTime::UNIX_EPOCH)));
        assert!(!is_subject("") && !is_subject("a\0") && !is_subject(&"a".repeat(65)));
    }
}
