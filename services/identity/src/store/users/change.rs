//! Changes of people: each counts one version further, and only from the version that was expected.

use super::{UserRow, add::add_identifiers, group_names, with_user_row};
use crate::domain::user::{Profile, User, change::Expected};
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use database::{Transaction, sql};

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

/// Counts the person one version further: to be followed by what is changed. None: there is no such
/// version of them. The person is locked: whoever changes them at the same time waits.
#[tracing::instrument(
    name = "users.count_further",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn count_further(
    transaction: &mut Transaction,
    subject: &str,
    expected: Expected,
    now: DateTime<Utc>,
) -> Result<Option<User>, StoreError> {
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
    Ok(row.map(User::from))
}

/// Writes a profile, and names the person anew. False: a name is somebody else's.
#[tracing::instrument(
    name = "users.write_profile",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn write_profile(
    transaction: &mut Transaction,
    subject: &str,
    profile: &Profile,
) -> Result<bool, StoreError> {
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
    Ok(add_identifiers(transaction, subject, &profile.identifiers).await?.is_none())
}

/// Writes a hash. None: there is no such version of the person.
#[tracing::instrument(
    name = "users.set_password",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn set_password(
    transaction: &mut Transaction,
    subject: &str,
    expected: Expected,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<User>, StoreError> {
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
    Ok(row.map(User::from))
}

/// Writes the state. None: it is so already, or there is no such version of the person.
#[tracing::instrument(
    name = "users.set_active",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn set_active(
    transaction: &mut Transaction,
    subject: &str,
    expected: Expected,
    active: bool,
    now: DateTime<Utc>,
) -> Result<Option<User>, StoreError> {
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
    Ok(row.map(User::from))
}

/// Removes all personal data; the subject stays given. False: no such version of the person.
#[tracing::instrument(
    name = "users.delete",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "DELETE")
)]
pub async fn delete(
    transaction: &mut Transaction,
    subject: &str,
    expected: Expected,
) -> Result<bool, StoreError> {
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
        "UPDATE audit_events SET ip = NULL, user_agent = NULL WHERE subject = $1",
    ] {
        sql!(transaction.on(), c => {
            sqlx::query(statement).bind(subject).execute(c).await.map(drop)
        })?;
    }
    Ok(true)
}
