//! People as they are.

use super::{UserRow, with_user_row};
use crate::domain::{
    identifier::Identifier,
    user::{User, list::Filter},
};
use crate::store::StoreError;
use database::{Connection, Database, sql};

/// How many people one statement reads.
pub(super) const AT_ONCE: usize = 10;

/// The person with this subject.
#[tracing::instrument(
    name = "users.find",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn find(database: &Database, subject: &str) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = sql!(read database, c => sqlx::query_as(with_user_row!(
        "SELECT", "FROM users WHERE subject = $1"
    ))
    .bind(subject)
    .fetch_optional(c)
    .await)?;
    Ok(row.map(User::from))
}

/// The person whom this email address or user name names.
#[tracing::instrument(
    name = "users.find_by_identifier",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn find_by_identifier(
    database: &Database,
    identifier: &Identifier,
) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = sql!(read database, c => sqlx::query_as(with_user_row!(
        "SELECT",
        "FROM identifiers JOIN users ON users.subject = identifiers.subject WHERE key = $1"
    ))
    .bind(identifier.as_str())
    .fetch_optional(c)
    .await)?;
    Ok(row.map(User::from))
}

/// The people with these subjects, in no order.
#[tracing::instrument(
    name = "users.find_all",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn find_all(database: &Database, subjects: &[String]) -> Result<Vec<User>, StoreError> {
    let mut found = Vec::with_capacity(subjects.len());
    for some in subjects.chunks(AT_ONCE) {
        let read = || async { Ok(find_some(&mut database.read().await?, some).await?) };
        let rows = database::replay(|| database::reconnect(database, read)).await?;
        found.extend(rows.into_iter().map(User::from));
    }
    Ok(found)
}

/// Those of at most [`AT_ONCE`] people who are there, in no order.
pub(super) async fn find_some(
    connection: &mut Connection,
    subjects: &[String],
) -> sqlx::Result<Vec<UserRow>> {
    let at = |place: usize| subjects.get(place).map(String::as_str);
    sql!(connection.on(), c => sqlx::query_as(with_user_row!(
        "SELECT", "FROM users WHERE subject IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    ))
    .bind(at(0)).bind(at(1)).bind(at(2)).bind(at(3)).bind(at(4))
    .bind(at(5)).bind(at(6)).bind(at(7)).bind(at(8)).bind(at(9))
    .fetch_all(c)
    .await)
}

/// At most `limit` people that pass the filter, by subject, after the subject `after`.
#[tracing::instrument(
    name = "users.list",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn list(
    database: &Database,
    filter: &Filter,
    after: &str,
    limit: i64,
) -> Result<Vec<User>, StoreError> {
    let state = filter.active.map_or("", super::change::state);
    let prefix = filter.email_prefix.as_ref().map(|key| pattern(key.as_str())).unwrap_or_default();
    let rows: Vec<UserRow> = sql!(read database, c => sqlx::query_as(with_user_row!(
        "SELECT",
        "FROM users \
         WHERE subject > $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR subject IN (\
             SELECT subject FROM identifiers WHERE key LIKE $3 ESCAPE '!' AND key LIKE '%@%')) \
         ORDER BY subject LIMIT $4"
    ))
    .bind(after)
    .bind(state)
    .bind(&prefix)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(User::from).collect())
}

/// The hash that is kept for a person, if there is one.
#[tracing::instrument(
    name = "users.password_hash",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn password_hash(
    database: &Database,
    subject: &str,
) -> Result<Option<String>, StoreError> {
    let hash: Option<Option<String>> = sql!(read database, c => sqlx::query_scalar(
        "SELECT password_hash FROM users WHERE subject = $1",
    )
    .bind(subject)
    .fetch_optional(c)
    .await)?;
    Ok(hash.flatten())
}

/// A pattern for LIKE that matches what begins with `prefix`.
fn pattern(prefix: &str) -> String {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for c in prefix.chars() {
        if matches!(c, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
