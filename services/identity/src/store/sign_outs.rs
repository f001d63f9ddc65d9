//! `sign_outs`.

use crate::domain::session::SignOut;
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use database::{Database, Transaction, sql};

#[derive(sqlx::FromRow)]
struct Row {
    subject: String,
    requested_at: DateTime<Utc>,
}

impl From<Row> for SignOut {
    fn from(Row { subject, requested_at }: Row) -> Self {
        Self { subject, requested_at }
    }
}

/// Asks for a sign-out, of all sessions that are there: also of those that begin later by the clock,
/// of another replica or before it was set back. The later of two stands for both.
#[tracing::instrument(
    name = "sign_outs.request",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "INSERT")
)]
pub async fn request(
    transaction: &mut Transaction,
    subject: &str,
    now: DateTime<Utc>,
) -> Result<SignOut, StoreError> {
    let row: Row = sql!(transaction.on(), c => sqlx::query_as(
        "INSERT INTO sign_outs (subject, requested_at) \
         SELECT $1, MAX(at) FROM (SELECT $2 AS at UNION ALL SELECT authenticated_at \
         FROM login_sessions WHERE subject = $1 AND ended_at IS NULL) AS times WHERE TRUE \
         ON CONFLICT (subject) DO UPDATE SET requested_at = \
         CASE WHEN sign_outs.requested_at < excluded.requested_at \
         THEN excluded.requested_at ELSE sign_outs.requested_at END \
         RETURNING subject, requested_at",
    )
    .bind(subject)
    .bind(now)
    .fetch_one(c)
    .await)?;
    Ok(row.into())
}

/// What is asked for and not complete, for this person.
#[tracing::instrument(
    name = "sign_outs.find",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn find(database: &Database, subject: &str) -> Result<Option<SignOut>, StoreError> {
    let row: Option<Row> = sql!(read database, c => sqlx::query_as(
        "SELECT subject, requested_at FROM sign_outs WHERE subject = $1",
    )
    .bind(subject)
    .fetch_optional(c)
    .await)?;
    Ok(row.map(SignOut::from))
}

/// At most `most` of what is asked for and not complete, by subject, after the subject `after`.
#[tracing::instrument(
    name = "sign_outs.list",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn list(database: &Database, after: &str, most: i64) -> Result<Vec<SignOut>, StoreError> {
    let rows: Vec<Row> = sql!(read database, c => sqlx::query_as(
        "SELECT subject, requested_at FROM sign_outs WHERE subject > $1 ORDER BY subject LIMIT $2",
    )
    .bind(after)
    .bind(most)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(SignOut::from).collect())
}

/// Forgets a sign-out that is complete, unless it was asked for again.
#[tracing::instrument(
    name = "sign_outs.complete",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "DELETE")
)]
pub async fn complete(transaction: &mut Transaction, sign_out: &SignOut) -> Result<(), StoreError> {
    sql!(transaction.on(), c => sqlx::query(
        "DELETE FROM sign_outs WHERE subject = $1 AND requested_at <= $2",
    )
    .bind(&sign_out.subject)
    .bind(sign_out.requested_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
