//! `create_requests`.

use crate::store::{AT_ONCE, StoreError};
use chrono::{DateTime, Utc};
use database::{Database, Transaction, sql};

/// A request that adds a person, about to be kept.
#[derive(Debug)]
pub struct Request {
    /// The caller's id for it.
    pub id: String,
    /// Tells it from others.
    pub content: Vec<u8>,
    /// When it may be forgotten.
    pub expires_at: DateTime<Utc>,
}

/// A request that has added a person.
#[derive(Debug, sqlx::FromRow)]
pub struct Earlier {
    /// Whom.
    pub subject: String,
    /// Tells it from others. None: the person was deleted.
    pub content: Option<Vec<u8>>,
}

/// What this id has added.
#[tracing::instrument(
    name = "requests.find",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn find(database: &Database, id: &str) -> Result<Option<Earlier>, StoreError> {
    Ok(sql!(read database, c => sqlx::query_as(
        "SELECT subject, content FROM create_requests WHERE request_id = $1",
    )
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// Keeps a request; false where the id is taken.
#[tracing::instrument(
    name = "requests.insert",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "INSERT")
)]
pub async fn insert(
    transaction: &mut Transaction,
    request: &Request,
    subject: &str,
) -> Result<bool, StoreError> {
    sql!(transaction.on(), c => Ok(sqlx::query(
        "INSERT INTO create_requests (request_id, subject, content, expires_at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (request_id) DO NOTHING",
    )
    .bind(&request.id)
    .bind(subject)
    .bind(&request.content)
    .bind(request.expires_at)
    .execute(c)
    .await?
    .rows_affected() == 1))
}

/// Forgets some of the requests that nobody repeats any more, and returns how many.
pub async fn forget(database: &Database, now: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sql!(write database, c => sqlx::query(
        "DELETE FROM create_requests WHERE expires_at <= $1 AND request_id IN \
         (SELECT request_id FROM create_requests WHERE expires_at <= $1 LIMIT $2)",
    )
    .bind(now)
    .bind(AT_ONCE)
    .execute(c)
    .await.map(|done| done.rows_affected()))?)
}
