//! The table `sessions`.

mod logout;
#[cfg(test)]
mod tests;

use super::{revocations::LEASE, sealed};
use crate::{
    opaque::OpaqueId,
    provider::{Grant, Tokens},
    seal::{Seal, SealError},
};
use chrono::{DateTime, TimeDelta, Utc};
use database::{Database, Transaction, sql};
use std::sync::Arc;
use tracing::instrument;

/// The time of the last use is kept to the minute: not every page writes.
const SEEN: TimeDelta = TimeDelta::minutes(1);

/// A person who is signed in.
#[derive(Clone)]
pub struct Session {
    /// The id in the browser's cookie.
    pub(crate) id: OpaqueId,
    /// Who it is, and what was granted.
    pub(crate) grant: Grant,
    version: i64,
    last_seen_at: DateTime<Utc>,
}

/// Why a session could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// Encryption failed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The tokens are no text.
    #[error(transparent)]
    Tokens(#[from] serde_json::Error),
}

/// All sessions, on every replica.
#[derive(Clone)]
pub struct Sessions {
    database: Database,
    seal: Arc<Seal>,
    idle: TimeDelta,
    lifetime: TimeDelta,
}

#[derive(sqlx::FromRow)]
struct Row {
    subject: String,
    sid: Option<String>,
    scopes: String,
    tokens: Vec<u8>,
    access_expires_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    version: i64,
}

impl Sessions {
    /// Sessions end when they were `idle` for this long, and after their `lifetime` in any case.
    #[must_use]
    pub fn new(database: Database, seal: Arc<Seal>, idle: TimeDelta, lifetime: TimeDelta) -> Self {
        Self { database, seal, idle, lifetime }
    }

    /// Begins a session under a new id, so that an id that somebody planted is worth nothing. With it
    /// end the sign-in of this `state`, and the session that the browser had.
    #[instrument(
        name = "sessions.create",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "INSERT")
    )]
    pub(crate) async fn create(
        &self,
        grant: &Grant,
        state: &OpaqueId,
        old: Option<&OpaqueId>,
        now: DateTime<Utc>,
    ) -> Result<OpaqueId, StoreError> {
        let id = OpaqueId::random();
        let (new, tokens) = (&id, &self.sealed(&id, &grant.tokens)?);
        let kept = self.database.transaction(|mut tx| async move {
            sql!(tx.on(), c => sqlx::query(
                    "INSERT INTO sessions (id_sha256, subject, sid, scopes, tokens, \
                     access_expires_at, created_at, last_seen_at, version) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)")
                .bind(new.sha256()).bind(&grant.subject).bind(&grant.sid)
                .bind(grant.scopes.join(" ")).bind(tokens).bind(grant.access_expires_at).bind(now)
                .execute(c).await.map(drop))?;
            sql!(tx.on(), c => sqlx::query(
                    "DELETE FROM sign_ins WHERE state_sha256 = $1")
                .bind(state.sha256()).execute(c).await.map(drop))?;
            if let Some(old) = old {
                leave(&mut tx, old, now, now).await?;
            }
            tx.commit().await
        });
        kept.await?;
        Ok(id)
    }

    /// Ends a session whose tokens are to be [revoked](super::revocations::Revocations::revoke): by the
    /// caller, or soon by somebody else.
    #[instrument(
        name = "sessions.leave",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "DELETE")
    )]
    pub(crate) async fn leave(&self, id: &OpaqueId, now: DateTime<Utc>) -> sqlx::Result<()> {
        self.database
            .transaction(|mut tx| async move {
                leave(&mut tx, id, now, now + LEASE).await?;
                tx.commit().await
            })
            .await
    }

    /// The session of a cookie, if it still lasts. One that the session key cannot open is none.
    #[instrument(
        name = "sessions.find",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "SELECT")
    )]
    pub async fn find(&self, id: &OpaqueId, now: DateTime<Utc>) -> sqlx::Result<Option<Session>> {
        let row: Option<Row> = sql!(read self.database, c => sqlx::query_as(
                "SELECT subject, sid, scopes, tokens, access_expires_at, last_seen_at, version \
                 FROM sessions WHERE id_sha256 = $1 AND created_at > $2 AND last_seen_at > $3")
            .bind(id.sha256()).bind(now - self.lifetime).bind(now - self.idle)
            .fetch_optional(c).await)?;
        Ok(row.and_then(|row| self.opened(id, row)))
    }

    /// Notes that the session is used.
    #[instrument(
        name = "sessions.touch",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "UPDATE")
    )]
    pub(crate) async fn touch(&self, session: &Session, now: DateTime<Utc>) -> sqlx::Result<()> {
        if now < session.last_seen_at + SEEN {
            return Ok(());
        }
        sql!(write self.database, c => sqlx::query(
                "UPDATE sessions SET last_seen_at = $2 WHERE id_sha256 = $1 AND last_seen_at < $2")
            .bind(session.id.sha256()).bind(now)
            .execute(c).await.map(drop))
    }

    /// Takes the refresh of this session for oneself until `until`. Only one caller on all replicas
    /// gets `true`, and only while the tokens that it has read are the newest.
    #[instrument(
        name = "sessions.lease",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "UPDATE")
    )]
    pub(crate) async fn lease(
        &self,
        session: &Session,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> sqlx::Result<bool> {
        let taken: Option<(i64,)> = sql!(write self.database, c => sqlx::query_as(
                "UPDATE sessions SET refreshing_until = $4 WHERE id_sha256 = $1 AND version = $2 \
                 AND (refreshing_until IS NULL OR refreshing_until < $3) RETURNING version")
            .bind(session.id.sha256()).bind(session.version).bind(now).bind(until)
            .fetch_optional(c).await)?;
        Ok(taken.is_some())
    }

    /// Gives the refresh back, with nothing changed.
    #[instrument(
        name = "sessions.release",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "UPDATE")
    )]
    pub(crate) async fn release(&self, session: &Session) -> sqlx::Result<()> {
        sql!(write self.database, c => sqlx::query(
                "UPDATE sessions SET refreshing_until = NULL WHERE id_sha256 = $1 AND version = $2")
            .bind(session.id.sha256()).bind(session.version)
            .execute(c).await.map(drop))
    }

    /// Keeps refreshed tokens, and gives the refresh back. `None`: the session ended meanwhile.
    #[instrument(
        name = "sessions.renew",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "UPDATE")
    )]
    pub(crate) async fn renew(
        &self,
        session: &Session,
        grant: Grant,
    ) -> Result<Option<Session>, StoreError> {
        let tokens = self.sealed(&session.id, &grant.tokens)?;
        let kept: Option<(i64,)> = sql!(write self.database, c => sqlx::query_as(
                "UPDATE sessions SET scopes = $3, tokens = $4, access_expires_at = $5, \
                 refreshing_until = NULL, version = version + 1 \
                 WHERE id_sha256 = $1 AND version = $2 RETURNING version")
            .bind(session.id.sha256()).bind(session.version).bind(grant.scopes.join(" "))
            .bind(&tokens).bind(grant.access_expires_at)
            .fetch_optional(c).await)?;
        Ok(kept.map(|(version,)| Session { grant, version, ..session.clone() }))
    }

    /// Ends a session that has no tokens any more.
    #[instrument(
        name = "sessions.delete",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "DELETE")
    )]
    pub(crate) async fn delete(&self, id: &OpaqueId) -> sqlx::Result<()> {
        sql!(write self.database, c => sqlx::query(
                "DELETE FROM sessions WHERE id_sha256 = $1")
            .bind(id.sha256()).execute(c).await.map(drop))
    }

    /// Removes the rows of sessions that have ended.
    #[instrument(
        name = "sessions.prune",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "DELETE")
    )]
    pub(crate) async fn prune(&self, now: DateTime<Utc>) -> sqlx::Result<()> {
        sql!(write self.database, c => sqlx::query(
                "DELETE FROM sessions WHERE created_at <= $1 OR last_seen_at <= $2")
            .bind(now - self.lifetime).bind(now - self.idle)
            .execute(c).await.map(drop))
    }

    fn sealed(&self, id: &OpaqueId, tokens: &Tokens) -> Result<Vec<u8>, StoreError> {
        sealed::seal(&self.seal, &id.sha256(), tokens)
    }

    fn opened(&self, id: &OpaqueId, row: Row) -> Option<Session> {
        let Some(tokens) = sealed::open(&self.seal, &id.sha256(), &row.tokens) else {
            tracing::warn!("a session was kept under another session key: it counts as ended");
            return None;
        };
        Some(Session {
            id: id.clone(),
            grant: Grant {
                subject: row.subject,
                sid: row.sid,
                scopes: row.scopes.split_ascii_whitespace().map(str::to_owned).collect(),
                tokens,
                access_expires_at: row.access_expires_at,
            },
            version: row.version,
            last_seen_at: row.last_seen_at,
        })
    }
}

/// Ends a session, and keeps its tokens for whoever revokes them from `try_at` on.
async fn leave(
    tx: &mut Transaction,
    id: &OpaqueId,
    now: DateTime<Utc>,
    try_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sql!(tx.on(), c => sqlx::query(
            "INSERT INTO revocations (id_sha256, tokens, created_at, try_at) \
             SELECT id_sha256, tokens, $2, $3 FROM sessions WHERE id_sha256 = $1")
        .bind(id.sha256()).bind(now).bind(try_at).execute(c).await.map(drop))?;
    sql!(tx.on(), c => sqlx::query(
            "DELETE FROM sessions WHERE id_sha256 = $1")
        .bind(id.sha256()).execute(c).await.map(drop))
}
