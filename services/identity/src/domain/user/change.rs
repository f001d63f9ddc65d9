//! What can be changed about a person who is there, and by whom: the first of two who saw the same.

use crate::domain::{
    Violation,
    audit::{Entry, Event},
    hashing::Hashing,
    password::Password,
    user::{Address, Details, Profile, User, UserError},
};
use crate::store::{StoreError, audit, sign_outs, users};
use chassis::Clock;
use chrono::{DateTime, Utc};
use database::{Database, Transaction};
use tokio::time::Instant;

/// Which version of a person a change is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Whatever is there: the last change wins.
    Any,
    /// The one that the caller has seen.
    Version(i64),
}

/// New values; what is None stays.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// The email address.
    pub email: Option<String>,
    /// The user name. Empty: none any more.
    pub username: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// The phone number. Empty: none any more.
    pub phone_number: Option<String>,
    /// The postal address.
    pub address: Option<Address>,
    /// Names of groups. Empty: in none any more.
    pub groups: Option<Vec<String>>,
}

impl Expected {
    /// An etag as [`etag`] writes it. What was never written is no version that anybody has.
    #[must_use]
    pub fn parse(etag: &str) -> Self {
        match etag.strip_prefix("v").and_then(|digits| digits.parse().ok()) {
            _ if etag.is_empty() => Self::Any,
            Some(version @ 1..) => Self::Version(version),
            _ => Self::Version(0),
        }
    }

    fn allows(self, user: &User) -> bool {
        matches!(self, Self::Any) || self == Self::Version(user.version)
    }
}

/// The etag of a person as they are.
#[must_use]
pub fn etag(user: &User) -> String {
    format!("v{}", user.version)
}

/// Writes what `patch` names.
pub async fn update(
    database: &Database,
    clock: &Clock,
    subject: &str,
    expected: Expected,
    patch: &Patch,
) -> Result<User, UserError> {
    let now = clock.now();
    let changed = database.transaction(|mut transaction| async move {
        let counted = users::count_further(&mut transaction, subject, expected, now).await?;
        let Some(user) = counted else { return Ok(Ok(None)) };
        let profile = match patch.applied_to(&user) {
            Ok(profile) => profile,
            Err(violations) => return Ok(Err(UserError::Invalid(violations))),
        };
        if !users::write_profile(&mut transaction, subject, &profile).await? {
            return Ok(Err(UserError::Taken));
        }
        let changed = user.clone().with(profile);
        commit(transaction, user.changes_to(&changed), subject, now).await?;
        Ok::<_, StoreError>(Ok(Some(changed)))
    });
    match changed.await?? {
        Some(user) => Ok(user),
        None => seen(database, subject, expected).await.and(Err(UserError::Stale)),
    }
}

/// Replaces the password.
pub async fn set_password(
    database: &Database,
    hashing: &Hashing,
    clock: &Clock,
    (subject, expected): (&str, Expected),
    (password, min_length): (&str, u16),
    deadline: Option<Instant>,
) -> Result<User, UserError> {
    let user = seen(database, subject, expected).await?;
    let own = user.known_by();
    let password = Password::parse_new("password", password, min_length, &own).await?;
    let hash = &hashing.hash(&password, deadline).await?;
    let now = clock.now();
    let set = database.transaction(|mut transaction| async move {
        let set = users::set_password(&mut transaction, subject, expected, hash, now).await?;
        if set.is_some() {
            commit(transaction, &[Event::UserPassword], subject, now).await?;
        }
        Ok::<_, StoreError>(set)
    });
    match set.await? {
        Some(user) => Ok(user),
        None => seen(database, subject, expected).await.and(Err(UserError::Stale)),
    }
}

/// Gives or takes the right to sign in.
pub async fn set_active(
    database: &Database,
    clock: &Clock,
    subject: &str,
    expected: Expected,
    active: bool,
) -> Result<User, UserError> {
    let now = clock.now();
    let event = if active { Event::UserEnable } else { Event::UserDisable };
    let set = database.transaction(|mut transaction| async move {
        let set = users::set_active(&mut transaction, subject, expected, active, now).await?;
        if set.is_some() {
            commit(transaction, &[event], subject, now).await?;
        }
        Ok::<_, StoreError>(set)
    });
    match set.await? {
        Some(user) => Ok(user),
        // It is so already, or there is nobody, or not as the caller saw them.
        None => seen(database, subject, expected).await,
    }
}

/// Removes a person. The subject stays given.
pub async fn delete(
    database: &Database,
    clock: &Clock,
    subject: &str,
    expected: Expected,
) -> Result<(), UserError> {
    let now = clock.now();
    let deleted = database.transaction(|mut transaction| async move {
        let deleted = users::delete(&mut transaction, subject, expected).await?;
        if deleted {
            commit(transaction, &[Event::UserDelete], subject, now).await?;
        }
        Ok::<_, StoreError>(deleted)
    });
    if deleted.await? {
        return Ok(());
    }
    seen(database, subject, expected).await.and(Err(UserError::Stale))
}

/// Makes a change count, with its events in the audit trail. Who may not go on is signed out.
async fn commit(
    mut transaction: Transaction,
    events: &[Event],
    subject: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut entries = Vec::with_capacity(events.len());
    for &event in events {
        if let Event::UserPassword | Event::UserDisable | Event::UserDelete = event {
            sign_outs::request(&mut transaction, subject, now).await?;
        }
        let entry = Entry::done(event, Some(subject), now);
        audit::append(&mut transaction, &entry).await?;
        entries.push(entry);
    }
    transaction.commit().await?;
    entries.iter().for_each(Entry::tell);
    Ok(())
}

/// The person, as the caller has seen them.
async fn seen(database: &Database, subject: &str, expected: Expected) -> Result<User, UserError> {
    let user = users::find(database, subject).await?.ok_or(UserError::NotFound)?;
    if expected.allows(&user) { Ok(user) } else { Err(UserError::Stale) }
}

impl Patch {
    fn applied_to(&self, user: &User) -> Result<Profile, Vec<Violation>> {
        let before = user.identifiers();
        let user = user.clone();
        let patch = self.clone();
        let profile = Profile::parse(&Details {
            email: patch.email.unwrap_or(user.email),
            username: patch.username.or(user.username).unwrap_or_default(),
            display_name: patch.display_name.unwrap_or(user.display_name),
            phone_number: patch.phone_number.unwrap_or(user.phone_number),
            address: patch.address.unwrap_or(user.address),
            groups: patch.groups.unwrap_or(user.groups),
        })?;
        profile.renamed_from(&before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_are_what_was_sent_and_nothing_else() {
        assert_eq!(Expected::parse(""), Expected::Any);
        assert_eq!(Expected::parse("v7"), Expected::Version(7));
        for never in ["7", "v", "v-1", "v0", "W/\"v7\"", "v99999999999999999999", "*"] {
            assert_eq!(Expected::parse(never), Expected::Version(0), "{never}");
        }
    }
}
