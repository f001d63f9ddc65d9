//! `users` and `identifiers`.

use crate::domain::{
    audit::{Entry, Event},
    identifier::Identifier,
    user::User,
};
use crate::store::{StoreError, audit};
use chrono::{DateTime, Utc};
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

#[derive(sqlx::FromRow)]
struct UserRow {
    subject: String,
    email: String,
    username: Option<String>,
    display_name: String,
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
    sql!(database.read().await?.on(), c => Ok(sqlx::query_as(
        "SELECT users.subject, password_hash, state = 'active' AS active \
         FROM identifiers JOIN users ON users.subject = identifiers.subject WHERE key = $1",
    )
    .bind(identifier.as_str())
    .fetch_optional(c)
    .await?))
}

/// The person with this subject.
#[tracing::instrument(name = "users.find", skip_all, fields(otel.kind = "client"))]
pub async fn find(database: &Database, subject: &str) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = sql!(database.read().await?.on(), c => sqlx::query_as(
        "SELECT subject, email, username, display_name, state = 'active' AS active \
         FROM users WHERE subject = $1",
    )
    .bind(subject)
    .fetch_optional(c)
    .await?);
    Ok(row.map(User::from))
}

/// Adds a person under all their identifiers, or, where a subject or identifier is taken, not at
/// all: [`StoreError::Duplicate`]. The audit trail tells of it.
#[tracing::instrument(name = "users.insert", skip_all, fields(otel.kind = "client"))]
pub async fn insert(
    database: &Database,
    user: &User,
    identifiers: &[Identifier],
    password_hash: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut transaction = database.begin().await?;
    sql!(transaction.on(), c => sqlx::query(
        "INSERT INTO users (subject, email, username, display_name, password_hash, state, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
    )
    .bind(&user.subject)
    .bind(&user.email)
    .bind(&user.username)
    .bind(&user.display_name)
    .bind(password_hash)
    .bind(if user.active { "active" } else { "disabled" })
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    for identifier in identifiers {
        sql!(transaction.on(), c => sqlx::query(
            "INSERT INTO identifiers (key, subject) VALUES ($1, $2)",
        )
        .bind(identifier.as_str())
        .bind(&user.subject)
        .execute(c)
        .await
        .map(drop))?;
    }
    let entry = Entry::done(Event::UserCreate, Some(&user.subject), now);
    audit::append(&mut transaction, &entry).await?;
    transaction.commit().await?;
    entry.tell();
    Ok(())
}

/// Replaces a hash unless it has changed meanwhile.
#[tracing::instrument(name = "users.replace_hash", skip_all, fields(otel.kind = "client"))]
pub async fn replace_hash(
    database: &Database,
    subject: &str,
    old: &str,
    new: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql!(database.write().await?.on(), c => sqlx::query(
        "UPDATE users SET password_hash = $1, updated_at = $2 \
         WHERE subject = $3 AND password_hash = $4",
    )
    .bind(new)
    .bind(now)
    .bind(subject)
    .bind(old)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        let UserRow { subject, email, username, display_name, active } = row;
        Self { subject, email, username, display_name, active }
    }
}

impl fmt::Debug for Account {
    /// A hash is a secret too: it can be guessed against.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("subject", &self.subject).finish_non_exhaustive()
    }
}
