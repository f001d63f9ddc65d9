//! What a sign-in reads and writes.

use crate::domain::identifier::Identifier;
use crate::store::StoreError;
use database::{Database, sql};
use std::fmt;

/// What a sign-in needs to know of a person.
#[derive(sqlx::FromRow)]
pub struct Account {
    /// The person's subject.
    pub subject: String,
    password_hash: Option<String>,
    active: bool,
}

impl Account {
    /// The hash that a sign-in is compared with. None for who may not sign in by password.
    #[must_use]
    pub fn signs_in_with(&self) -> Option<&str> {
        self.password_hash.as_deref().filter(|_| self.active)
    }
}

/// The account that `identifier` names.
#[tracing::instrument(name = "users.find_account", skip_all, fields(otel.kind = "client"))]
pub async fn find_account(
    database: &Database,
    identifier: &Identifier,
) -> Result<Option<Account>, StoreError> {
    Ok(sql!(read database, c => sqlx::query_as(
        "SELECT users.subject, password_hash, state = 'active' AS active \
         FROM identifiers JOIN users ON users.subject = identifiers.subject WHERE key = $1",
    )
    .bind(identifier.as_str())
    .fetch_optional(c)
    .await)?)
}

/// Replaces a hash by another of the same password, unless it has changed meanwhile. The person is
/// the same to everybody: version and time of change stay.
#[tracing::instrument(name = "users.replace_hash", skip_all, fields(otel.kind = "client"))]
pub async fn replace_hash(
    database: &Database,
    subject: &str,
    old: &str,
    new: &str,
) -> Result<(), StoreError> {
    sql!(write database, c => sqlx::query(
        "UPDATE users SET password_hash = $1 WHERE subject = $2 AND password_hash = $3",
    )
    .bind(new)
    .bind(subject)
    .bind(old)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

impl fmt::Debug for Account {
    /// A hash is a secret too: it can be guessed against.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("subject", &self.subject).finish_non_exhaustive()
    }
}
