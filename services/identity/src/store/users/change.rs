//! Changes of people: each counts one version further, and only from the version that was expected.

use super::{UserRow, add::add_identifiers, group_names, with_user_row};
use crate::domain::{
    Violation,
    audit::{Entry, Event},
    user::{Profile, User, change::Expected},
};
use crate::store::{StoreError, audit, sign_outs};
use chrono::{DateTime, Utc};
use database::{Database, Transaction, sql};

/// What an update did.
#[derive(Debug)]
pub enum Change {
    /// The person as they are now.
    Done(Box<User>),
    /// Nothing: an identifier belongs to somebody else.
    Taken,
    /// Nothing: the profile breaks rules.
    Invalid(Vec<Violation>),
    /// Nothing: there is no such version of the person.
    Nothing,
}

/// `users.state`.
pub(super) fn state(active: bool) -> &'static str {
    if active { "active" } else { "disabled" }
}

/// A version that stands for every version.
const ANY: i64 = -1;

fn number(expected: Expected) -> i64 {
    match expected {
        Expected::Any => ANY,
        Expected::Version(version) => version,
    }
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

/// Writes the profile that `patched` makes of the person, and names them anew. The person is locked
/// first: whoever changes them at the same time waits.
#[tracing::instrument(
    name = "users.update",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn update(
    database: &Database,
    subject: &str,
    expected: Expected,
    patched: impl Fn(&User) -> Result<Profile, Vec<Violation>>,
    now: DateTime<Utc>,
) -> Result<Change, StoreError> {
    let patched = &patched;
    let updated = database.transaction(|mut transaction| async move {
        let row: Option<UserRow> = sql!(transaction.on(), c => sqlx::query_as(with_user_row!(
            "UPDATE users SET updated_at = $1, version = version + 1 \
             WHERE subject = $2 AND ($3 = -1 OR version = $3) RETURNING",
            ""
        ))
        .bind(now)
        .bind(subject)
        .bind(number(expected))
        .fetch_optional(c)
        .await?);
        let Some(user) = row.map(User::from) else { return Ok(Change::Nothing) };
        let profile = match patched(&user) {
            Ok(profile) => profile,
            Err(violations) => return Ok(Change::Invalid(violations)),
        };
        write_profile(&mut transaction, subject, &profile).await?;
        if add_identifiers(&mut transaction, subject, &profile.identifiers).await?.is_some() {
            return Ok(Change::Taken);
        }
        let changed = user.clone().with(profile);
        commit(transaction, user.changes_to(&changed), subject, now).await?;
        Ok(Change::Done(Box::new(changed)))
    });
    updated.await
}

/// Writes a profile, and takes the old names away.
async fn write_profile(
    transaction: &mut Transaction,
    subject: &str,
    profile: &Profile,
) -> Result<(), StoreError> {
    sql!(transaction.on(), c => sqlx::query(
        "UPDATE users SET email = $1, username = $2, display_name = $3, phone_number = $4, \
         formatted_address = $5, street_address = $6, locality = $7, region = $8, \
         postal_code = $9, country = $10, group_names = $11 WHERE subject = $12",
    )
    .bind(&profile.email)
    .bind(&profile.username)
    .bind(&profile.display_name)
    .bind(&profile.phone_number)
    .bind(&profile.address.formatted)
    .bind(&profile.address.street_address)
    .bind(&profile.address.locality)
    .bind(&profile.address.region)
    .bind(&profile.address.postal_code)
    .bind(&profile.address.country)
    .bind(group_names(&profile.groups))
    .bind(subject)
    .execute(c)
    .await
    .map(drop))?;
    sql!(transaction.on(), c => sqlx::query("DELETE FROM identifiers WHERE subject = $1")
        .bind(subject)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Writes a hash. None: there is no such version of the person.
#[tracing::instrument(
    name = "users.set_password",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn set_password(
    database: &Database,
    subject: &str,
    expected: Expected,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<User>, StoreError> {
    let set = database.transaction(|mut transaction| async move {
        let row: Option<UserRow> = sql!(transaction.on(), c => sqlx::query_as(with_user_row!(
            "UPDATE users SET password_hash = $1, updated_at = $2, version = version + 1 \
             WHERE subject = $3 AND ($4 = -1 OR version = $4) RETURNING",
            ""
        ))
        .bind(hash)
        .bind(now)
        .bind(subject)
        .bind(number(expected))
        .fetch_optional(c)
        .await?);
        let Some(row) = row else { return Ok(None) };
        commit(transaction, &[Event::UserPassword], subject, now).await?;
        Ok(Some(row.into()))
    });
    set.await
}

/// Writes the state. None: it is so already, or there is no such version of the person.
#[tracing::instrument(
    name = "users.set_active",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn set_active(
    database: &Database,
    subject: &str,
    expected: Expected,
    active: bool,
    now: DateTime<Utc>,
) -> Result<Option<User>, StoreError> {
    let set = database.transaction(|mut transaction| async move {
        let row: Option<UserRow> = sql!(transaction.on(), c => sqlx::query_as(with_user_row!(
            "UPDATE users SET state = $1, updated_at = $2, version = version + 1 \
             WHERE subject = $3 AND ($4 = -1 OR version = $4) AND state <> $1 RETURNING",
            ""
        ))
        .bind(state(active))
        .bind(now)
        .bind(subject)
        .bind(number(expected))
        .fetch_optional(c)
        .await?);
        let Some(row) = row else { return Ok(None) };
        let event = if active { Event::UserEnable } else { Event::UserDisable };
        commit(transaction, &[event], subject, now).await?;
        Ok(Some(row.into()))
    });
    set.await
}

/// Removes all personal data; the subject stays given. False: no such version of the person.
#[tracing::instrument(
    name = "users.delete",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "DELETE")
)]
pub async fn delete(
    database: &Database,
    subject: &str,
    expected: Expected,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let deleted = database.transaction(|mut transaction| async move {
        // The person first, as every change does: two in another order could wait for each other. The
        // identifiers go with it.
        let deleted = sql!(transaction.on(), c => sqlx::query(
            "DELETE FROM users WHERE subject = $1 AND ($2 = -1 OR version = $2)",
        )
        .bind(subject)
        .bind(number(expected))
        .execute(c)
        .await?
        .rows_affected());
        if deleted == 0 {
            return Ok(false);
        }
        // A release that knows no `subjects` may have added the person.
        for statement in [
            "INSERT INTO subjects (subject) VALUES ($1) ON CONFLICT (subject) DO NOTHING",
            "UPDATE create_requests SET content = NULL WHERE subject = $1",
            "UPDATE login_sessions SET ip = NULL, user_agent = NULL WHERE subject = $1",
        ] {
            sql!(transaction.on(), c => {
                sqlx::query(statement).bind(subject).execute(c).await.map(drop)
            })?;
        }
        audit::forget_origins(&mut transaction, subject).await?;
        commit(transaction, &[Event::UserDelete], subject, now).await?;
        Ok(true)
    });
    deleted.await
}
