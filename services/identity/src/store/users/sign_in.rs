//! What a sign-in reads and writes.

use crate::domain::identifier::Identifier;
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use database::{Database, Transaction, sql};
use std::fmt;

/// What a sign-in needs to know of a person.
pub struct Account {
    /// The person's subject.
    pub subject: String,
    /// Whether the person has signed in with this device before.
    pub knows_device: bool,
    password_hash: Option<String>,
    active: bool,
    version: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    subject: Option<String>,
    password_hash: Option<String>,
    active: Option<bool>,
    version: Option<i64>,
    device_of: Option<String>,
}

impl Account {
    /// The hash that a sign-in is compared with. None for who may not sign in by password.
    #[must_use]
    pub fn signs_in_with(&self) -> Option<&str> {
        self.password_hash.as_deref().filter(|_| self.active)
    }
}

/// The account that `identifier` names, and whether it knows the device. One row comes back for an
/// unknown name too, from the same look-ups.
#[tracing::instrument(
    name = "users.find_account",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn find_account(
    database: &Database,
    identifier: &Identifier,
    device_sha256: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Account>, StoreError> {
    let row: Row = sql!(read database, c => sqlx::query_as(
        "SELECT users.subject, password_hash, state = 'active' AS active, version, \
         (SELECT subject FROM devices WHERE sha256 = $2 AND expires_at > $3) AS device_of \
         FROM (SELECT 1) AS one LEFT JOIN identifiers ON key = $1 \
         LEFT JOIN users ON users.subject = identifiers.subject",
    )
    .bind(identifier.as_str())
    .bind(device_sha256)
    .bind(now)
    .fetch_one(c)
    .await)?;
    Ok(row.subject.map(|subject| Account {
        knows_device: row.device_of.as_ref() == Some(&subject),
        subject,
        password_hash: row.password_hash,
        active: row.active == Some(true),
        version: row.version.unwrap_or_default(),
    }))
}

/// Whether the person may still sign in, and with the password that was compared; if so with the
/// `renewed` hash of it, where there is one, from now on. The person is locked: who changes them waits.
///
/// A hash that was renewed meanwhile leaves the version, and another profile leaves the hash. To
/// everybody else a person with a renewed hash is the same.
#[tracing::instrument(
    name = "users.confirm",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn confirm(
    transaction: &mut Transaction,
    account: &Account,
    renewed: Option<&str>,
) -> Result<bool, StoreError> {
    sql!(transaction.on(), c => Ok(sqlx::query(
        "UPDATE users SET password_hash = COALESCE($1, password_hash) \
         WHERE subject = $2 AND state = 'active' AND (password_hash = $3 OR version = $4)",
    )
    .bind(renewed)
    .bind(&account.subject)
    .bind(&account.password_hash)
    .bind(account.version)
    .execute(c)
    .await?
    .rows_affected() == 1))
}

impl fmt::Debug for Account {
    /// A hash is a secret too: it can be guessed against.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("subject", &self.subject).finish_non_exhaustive()
    }
}
