//! `login_challenges`.

use crate::store::{AT_ONCE, StoreError};
use chrono::{DateTime, Utc};
use database::{Database, Transaction, sql};

/// Who a challenge serves: `subject`, unless somebody claimed it before. One statement, so that of
/// two who come at once both learn the same answer; its update changes nothing but returns the row.
#[tracing::instrument(
    name = "challenges.claim",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "INSERT")
)]
pub async fn claim(
    transaction: &mut Transaction,
    sha256: &[u8; 32],
    subject: &str,
    expires_at: DateTime<Utc>,
) -> Result<String, StoreError> {
    Ok(sql!(transaction.on(), c => sqlx::query_scalar(
        "INSERT INTO login_challenges (sha256, subject, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (sha256) DO UPDATE SET subject = login_challenges.subject RETURNING subject",
    )
    .bind(sha256.as_slice())
    .bind(subject)
    .bind(expires_at)
    .fetch_one(c)
    .await)?)
}

/// Forgets some of the challenges that nobody can come with any more, and returns how many.
pub async fn forget(database: &Database, now: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sql!(write database, c => sqlx::query(
        "DELETE FROM login_challenges WHERE expires_at <= $1 AND sha256 IN \
         (SELECT sha256 FROM login_challenges WHERE expires_at <= $1 LIMIT $2)",
    )
    .bind(now)
    .bind(AT_ONCE)
    .execute(c)
    .await.map(|done| done.rows_affected()))?)
}
