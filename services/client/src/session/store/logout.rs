//! Sessions that the provider ends.

use super::Sessions;
use crate::provider::{Logout, Whose};
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use database::sql;
use tracing::instrument;

impl Sessions {
    /// Ends the sessions that a logout token names, once: `None` where it was obeyed before.
    #[instrument(
        name = "sessions.log_out",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "INSERT")
    )]
    pub(crate) async fn log_out(&self, logout: &Logout) -> sqlx::Result<Option<u64>> {
        let jti = &digest(&SHA256, logout.jti.as_bytes()).as_ref().to_vec();
        self.database
            .transaction(|mut tx| async move {
                let new = sql!(tx.on(), c => sqlx::query(
                        "INSERT INTO logout_tokens (jti_sha256, too_old_at) VALUES ($1, $2) \
                         ON CONFLICT (jti_sha256) DO NOTHING")
                    .bind(jti).bind(logout.too_old_at)
                    .execute(c).await.map(|done| done.rows_affected()))?;
                if new == 0 {
                    return Ok(None);
                }
                let ended = match &logout.whose {
                    Whose::Person { subject } => sql!(tx.on(), c => sqlx::query(
                            "DELETE FROM sessions WHERE subject = $1")
                        .bind(subject).execute(c).await.map(|done| done.rows_affected()))?,
                    Whose::Session { sid, subject } => sql!(tx.on(), c => sqlx::query(
                            "DELETE FROM sessions WHERE sid = $1 AND ($2 IS NULL OR subject = $2)")
                        .bind(sid).bind(subject)
                        .execute(c).await.map(|done| done.rows_affected()))?,
                };
                tx.commit().await?;
                Ok(Some(ended))
            })
            .await
    }

    /// Ends the session of one browser at the provider.
    #[instrument(
        name = "sessions.log_out_browser",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "DELETE")
    )]
    pub(crate) async fn log_out_browser(&self, sid: &str) -> sqlx::Result<()> {
        sql!(self.database.write().await?.on(), c => sqlx::query(
                "DELETE FROM sessions WHERE sid = $1")
            .bind(sid).execute(c).await.map(drop))
    }

    /// Forgets logout tokens that are too old to be obeyed.
    #[instrument(
        name = "sessions.forget_logouts",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "DELETE")
    )]
    pub(crate) async fn forget_logouts(&self, now: DateTime<Utc>) -> sqlx::Result<()> {
        sql!(self.database.write().await?.on(), c => sqlx::query(
                "DELETE FROM logout_tokens WHERE too_old_at <= $1")
            .bind(now).execute(c).await.map(drop))
    }
}
