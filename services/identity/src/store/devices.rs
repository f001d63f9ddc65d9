//! `devices`.

use crate::store::{AT_ONCE, StoreError};
use chrono::{DateTime, Utc};
use database::{Database, Transaction, sql};

/// Keeps a device until `expires_at`.
#[tracing::instrument(
    name = "devices.keep",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "INSERT")
)]
pub async fn keep(
    transaction: &mut Transaction,
    sha256: &[u8; 32],
    subject: &str,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql!(transaction.on(), c => sqlx::query(
        "INSERT INTO devices (sha256, subject, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (sha256) DO UPDATE SET expires_at = excluded.expires_at",
    )
    .bind(sha256.as_slice())
    .bind(subject)
    .bind(expires_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Forgets this person's devices but the last `most`.
#[tracing::instrument(
    name = "devices.keep_last",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "DELETE")
)]
pub async fn keep_last(
    transaction: &mut Transaction,
    subject: &str,
    most: i64,
) -> Result<(), StoreError> {
    sql!(transaction.on(), c => sqlx::query(
        "DELETE FROM devices WHERE subject = $1 AND sha256 NOT IN (SELECT sha256 FROM devices \
         WHERE subject = $1 ORDER BY expires_at DESC, sha256 LIMIT $2)",
    )
    .bind(subject)
    .bind(most)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Forgets some of the devices whose time is over, and returns how many.
pub async fn forget(database: &Database, now: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sql!(write database, c => sqlx::query(
        "DELETE FROM devices WHERE expires_at <= $1 AND sha256 IN \
         (SELECT sha256 FROM devices WHERE expires_at <= $1 LIMIT $2)",
    )
    .bind(now)
    .bind(AT_ONCE)
    .execute(c)
    .await.map(|done| done.rows_affected()))?)
}
