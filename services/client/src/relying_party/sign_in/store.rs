//! The table `sign_ins`.

#[cfg(test)]
mod tests;

use crate::{
    opaque::OpaqueId,
    seal::{Purpose, Seal},
    session::store::StoreError,
};
use chrono::{DateTime, TimeDelta, Utc};
use database::{Database, sql};
use std::sync::Arc;
use tracing::instrument;

/// As long as a challenge of Hydra's.
const VALID: TimeDelta = TimeDelta::minutes(10);
/// For so long whoever comes too late is told so, and led to where they wanted to go.
pub(crate) const KEPT: TimeDelta = TimeDelta::hours(1);
/// A browser has this many tabs that sign in at once; the oldest makes room.
const MOST: i64 = 20;
/// A callback has this long: more than a request may take.
const LEASE: TimeDelta = TimeDelta::seconds(20);

/// A sign-in that was begun.
pub(crate) struct SignIn {
    pub(crate) nonce: String,
    pub(crate) pkce_verifier: String,
    /// A path on this app.
    pub(crate) return_to: String,
    pub(crate) trace_reference: Option<String>,
}

/// Sign-ins under way, on every replica.
#[derive(Clone)]
pub(crate) struct SignIns {
    database: Database,
    seal: Arc<Seal>,
}

#[derive(sqlx::FromRow)]
struct Row {
    nonce: String,
    pkce_verifier: Vec<u8>,
    return_to: String,
    trace_reference: Option<String>,
}

impl SignIns {
    pub(crate) fn new(database: Database, seal: Arc<Seal>) -> Self {
        Self { database, seal }
    }

    /// Remembers a sign-in of this browser, and drops its oldest where there are too many.
    #[instrument(
        name = "sign_ins.begin",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "INSERT")
    )]
    pub(crate) async fn begin(
        &self,
        state: &OpaqueId,
        browser: &OpaqueId,
        sign_in: &SignIn,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let verifier = sign_in.pkce_verifier.as_bytes();
        let sealed = &self.seal.seal(Purpose::Verifier, &state.sha256(), verifier)?;
        let kept = self.database.transaction(|mut tx| async move {
            sql!(tx.on(), c => sqlx::query(
                    "INSERT INTO sign_ins (state_sha256, browser_sha256, nonce, pkce_verifier, \
                     return_to, trace_reference, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
                .bind(state.sha256()).bind(browser.sha256()).bind(&sign_in.nonce).bind(sealed)
                .bind(&sign_in.return_to).bind(&sign_in.trace_reference).bind(now)
                .execute(c).await.map(drop))?;
            sql!(tx.on(), c => sqlx::query(
                    "DELETE FROM sign_ins WHERE browser_sha256 = $1 AND state_sha256 NOT IN \
                     (SELECT state_sha256 FROM sign_ins WHERE browser_sha256 = $1 \
                      ORDER BY created_at DESC, state_sha256 LIMIT $2)")
                .bind(browser.sha256()).bind(MOST)
                .execute(c).await.map(drop))?;
            tx.commit().await
        });
        Ok(kept.await?)
    }

    /// Takes a sign-in of this browser, for one callback alone. It stays until it is
    /// [finished](Self::finish), so that a callback that dies can be repeated.
    #[instrument(
        name = "sign_ins.take",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "UPDATE")
    )]
    pub(crate) async fn take(
        &self,
        state: &OpaqueId,
        browser: &OpaqueId,
        now: DateTime<Utc>,
    ) -> sqlx::Result<Option<SignIn>> {
        let row: Option<Row> = sql!(write self.database, c => sqlx::query_as(
                "UPDATE sign_ins SET taken_until = $4 \
                 WHERE state_sha256 = $1 AND browser_sha256 = $2 AND created_at > $3 \
                 AND (taken_until IS NULL OR taken_until < $5) \
                 RETURNING nonce, pkce_verifier, return_to, trace_reference")
            .bind(state.sha256()).bind(browser.sha256()).bind(now - VALID).bind(now + LEASE).bind(now)
            .fetch_optional(c).await)?;
        Ok(row.and_then(|row| self.opened(state, row)))
    }

    /// Where somebody wanted to go who comes back too late.
    #[instrument(
        name = "sign_ins.late",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "SELECT")
    )]
    pub(crate) async fn late(
        &self,
        state: &OpaqueId,
        browser: &OpaqueId,
        now: DateTime<Utc>,
    ) -> sqlx::Result<Option<String>> {
        let row: Option<(String,)> = sql!(read self.database, c => sqlx::query_as(
                "SELECT return_to FROM sign_ins \
                 WHERE state_sha256 = $1 AND browser_sha256 = $2 AND created_at <= $3")
            .bind(state.sha256()).bind(browser.sha256()).bind(now - VALID)
            .fetch_optional(c).await)?;
        Ok(row.map(|(return_to,)| return_to))
    }

    /// Puts a sign-in back: the same callback may come again.
    #[instrument(
        name = "sign_ins.give_back",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "UPDATE")
    )]
    pub(crate) async fn give_back(&self, state: &OpaqueId) -> sqlx::Result<()> {
        sql!(write self.database, c => sqlx::query(
                "UPDATE sign_ins SET taken_until = NULL WHERE state_sha256 = $1")
            .bind(state.sha256()).execute(c).await.map(drop))
    }

    /// Ends a sign-in: its state is worth nothing any more.
    #[instrument(
        name = "sign_ins.finish",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "DELETE")
    )]
    pub(crate) async fn finish(&self, state: &OpaqueId) -> sqlx::Result<()> {
        sql!(write self.database, c => sqlx::query(
                "DELETE FROM sign_ins WHERE state_sha256 = $1")
            .bind(state.sha256()).execute(c).await.map(drop))
    }

    /// Removes what nobody came back for.
    #[instrument(
        name = "sign_ins.prune",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "DELETE")
    )]
    pub(crate) async fn prune(&self, now: DateTime<Utc>) -> sqlx::Result<()> {
        sql!(write self.database, c => sqlx::query(
                "DELETE FROM sign_ins WHERE created_at <= $1")
            .bind(now - KEPT).execute(c).await.map(drop))
    }

    fn opened(&self, state: &OpaqueId, row: Row) -> Option<SignIn> {
        let plain = self.seal.open(Purpose::Verifier, &state.sha256(), &row.pkce_verifier);
        let Some(pkce_verifier) = plain.ok().and_then(|plain| String::from_utf8(plain).ok()) else {
            tracing::warn!("a sign-in was begun under another session key: it counts as unknown");
            return None;
        };
        Some(SignIn {
            nonce: row.nonce,
            pkce_verifier,
            return_to: row.return_to,
            trace_reference: row.trace_reference,
        })
    }
}
