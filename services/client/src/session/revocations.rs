//! The table `revocations`: who has signed out leaves no tokens behind, also where Hydra is away then.

use crate::{
    opaque::OpaqueId,
    provider::{Provider, ProviderError, Tokens},
    seal::Seal,
    session::{sealed, store::StoreError},
};
use chassis::{Clock, process::Running};
use chrono::{DateTime, TimeDelta, Utc};
use database::{Database, sql};
use std::{sync::Arc, time::Duration};
use tracing::instrument;

/// Whoever tries has this long: more than its calls to Hydra take together.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(20);
/// Between two looks whether there are any.
const PAUSE: Duration = Duration::from_secs(2);
/// While Hydra or the database is away.
const LONG_PAUSE: Duration = Duration::from_secs(20);
/// As many at each look.
const MOST: i64 = 20;
/// Hydra's refresh tokens end by themselves after as long (`ttl.refresh_token`).
const KEPT: TimeDelta = TimeDelta::days(30);

/// Tokens that are to be revoked, on every replica.
#[derive(Clone)]
pub(crate) struct Revocations {
    pub(crate) database: Database,
    pub(crate) seal: Arc<Seal>,
    pub(crate) provider: Arc<Provider>,
    pub(crate) clock: Clock,
}

impl Revocations {
    /// Revokes the tokens of a session that has [ended](super::store::Sessions::leave). Where this
    /// fails it is done later.
    pub(crate) async fn revoke(
        &self,
        session: &[u8],
        refresh_token: Option<String>,
    ) -> Result<(), ProviderError> {
        if let Some(token) = refresh_token
            && let Err(error) = self.provider.revoke(token, self.clock.now()).await
        {
            tracing::warn!(%error, "the tokens of a session that has ended stay valid for now");
            return Err(error);
        }
        if let Err(error) = self.forget(session).await {
            tracing::warn!(%error, "tokens that are revoked will be revoked once more");
        }
        Ok(())
    }

    /// Keeps the newest tokens of a session that has ended, for somebody to revoke them.
    #[instrument(
        name = "revocations.keep",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "INSERT")
    )]
    pub(super) async fn keep(&self, session: &OpaqueId, tokens: &Tokens) -> Result<(), StoreError> {
        let (id, now) = (session.sha256(), self.clock.now());
        let sealed = sealed::seal(&self.seal, &id, tokens)?;
        Ok(sql!(write self.database, c => sqlx::query(
                "INSERT INTO revocations (id_sha256, tokens, created_at, try_at) \
                 VALUES ($1, $2, $3, $3) \
                 ON CONFLICT (id_sha256) DO UPDATE SET tokens = excluded.tokens, try_at = excluded.try_at")
            .bind(&id).bind(&sealed).bind(now)
            .execute(c).await.map(drop))?)
    }

    /// Revokes in the background what is left.
    pub(crate) fn finish(self, running: &Running) {
        let stop = running.stopping();
        running.spawn(async move {
            loop {
                let all = self.revoke_due().await.unwrap_or_else(|error| {
                    tracing::warn!(%error, "nobody says which tokens are to be revoked");
                    false
                });
                let pause = if all { PAUSE } else { LONG_PAUSE };
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.cancelled() => return,
                }
            }
        });
    }

    /// Whether nothing stood in the way. Where one cannot be revoked the others wait.
    async fn revoke_due(&self) -> sqlx::Result<bool> {
        let due: Vec<(Vec<u8>,)> = sql!(read self.database, c => sqlx::query_as(
                "SELECT id_sha256 FROM revocations WHERE try_at <= $1 ORDER BY try_at LIMIT $2")
            .bind(self.clock.now()).bind(MOST).fetch_all(c).await)?;
        for (session,) in due {
            if let Some(tokens) = self.take(&session).await?
                && self.revoke(&session, tokens.refresh).await.is_err()
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The tokens, for one replica alone.
    #[instrument(
        name = "revocations.take",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "UPDATE")
    )]
    async fn take(&self, session: &[u8]) -> sqlx::Result<Option<Tokens>> {
        let now = self.clock.now();
        let row: Option<(Vec<u8>,)> = sql!(write self.database, c => sqlx::query_as(
                "UPDATE revocations SET try_at = $3 WHERE id_sha256 = $1 AND try_at <= $2 \
                 RETURNING tokens")
            .bind(session).bind(now).bind(now + LEASE)
            .fetch_optional(c).await)?;
        let Some((sealed,)) = row else { return Ok(None) };
        let tokens = sealed::open(&self.seal, session, &sealed);
        if tokens.is_none() {
            tracing::warn!("tokens to revoke were kept under another session key");
        }
        Ok(tokens)
    }

    #[instrument(
        name = "revocations.forget",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "DELETE")
    )]
    async fn forget(&self, session: &[u8]) -> sqlx::Result<()> {
        sql!(write self.database, c => sqlx::query(
                "DELETE FROM revocations WHERE id_sha256 = $1")
            .bind(session).execute(c).await.map(drop))
    }

    /// Removes tokens that have ended by themselves.
    #[instrument(
        name = "revocations.prune",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "DELETE")
    )]
    pub(crate) async fn prune(&self, now: DateTime<Utc>) -> sqlx::Result<()> {
        sql!(write self.database, c => sqlx::query(
                "DELETE FROM revocations WHERE created_at <= $1")
            .bind(now - KEPT).execute(c).await.map(drop))
    }
}
