//! `login_sessions`.

use crate::domain::{
    audit::Origin,
    factor::{self, Factor},
    session::{MEMORY, MEMORY_OF_ENDED, Session, SignOut},
};
use crate::store::{AT_ONCE, StoreError, unless_empty};
use chrono::{DateTime, Utc};
use database::{Database, Transaction, sql};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    subject: String,
    acr: String,
    amr: String,
    authenticated_at: DateTime<Utc>,
    client_id: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    created_at: DateTime<Utc>,
    used_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            subject: row.subject,
            acr: row.acr,
            amr: row.amr.split_ascii_whitespace().map(str::to_owned).collect(),
            authenticated_at: row.authenticated_at,
            client_id: row.client_id.unwrap_or_default(),
            ip: row.ip.unwrap_or_default(),
            user_agent: row.user_agent.unwrap_or_default(),
            created_at: row.created_at,
            used_at: row.used_at,
            ended_at: row.ended_at,
        }
    }
}

/// Begins a session; the next sign-in in it begins nothing new, and says how and from where it is now.
/// False: it is somebody else's, or has ended.
#[tracing::instrument(
    name = "sessions.begin",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "INSERT")
)]
pub async fn begin(
    transaction: &mut Transaction,
    id: &str,
    subject: &str,
    proved: &[Factor],
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let amr: Vec<_> = proved.iter().map(|factor| factor.amr()).collect();
    let rows = sql!(transaction.on(), c => sqlx::query(
        "INSERT INTO login_sessions \
         (id, subject, acr, amr, authenticated_at, client_id, ip, user_agent, created_at, used_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $5, $5) \
         ON CONFLICT (id) DO UPDATE SET acr = excluded.acr, amr = excluded.amr, \
         authenticated_at = excluded.authenticated_at, client_id = excluded.client_id, \
         ip = excluded.ip, user_agent = excluded.user_agent, used_at = excluded.used_at \
         WHERE login_sessions.subject = excluded.subject AND login_sessions.ended_at IS NULL",
    )
    .bind(id)
    .bind(subject)
    .bind(factor::acr(proved))
    .bind(amr.join(" "))
    .bind(now)
    .bind(unless_empty(&origin.client_id))
    .bind(origin.ip.map(|ip| ip.to_string()))
    .bind(unless_empty(&origin.user_agent))
    .execute(c)
    .await?
    .rows_affected());
    Ok(rows > 0)
}

/// The session with this id, whether it has ended or not.
#[tracing::instrument(
    name = "sessions.find",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn find(database: &Database, id: &str) -> Result<Option<Session>, StoreError> {
    let row: Option<Row> = sql!(read database, c => sqlx::query_as(
        "SELECT id, subject, acr, amr, authenticated_at, client_id, ip, user_agent, created_at, \
         used_at, ended_at FROM login_sessions WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(c)
    .await)?;
    Ok(row.map(Session::from))
}

/// At most `most` sessions of a person that have not ended, by id, after the id `after`.
#[tracing::instrument(
    name = "sessions.list",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn list(
    database: &Database,
    subject: &str,
    after: &str,
    most: i64,
) -> Result<Vec<Session>, StoreError> {
    let rows: Vec<Row> = sql!(read database, c => sqlx::query_as(
        "SELECT id, subject, acr, amr, authenticated_at, client_id, ip, user_agent, created_at, \
         used_at, ended_at FROM login_sessions \
         WHERE subject = $1 AND id > $2 AND ended_at IS NULL ORDER BY id LIMIT $3",
    )
    .bind(subject)
    .bind(after)
    .bind(most)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(Session::from).collect())
}

/// Notes when a session was used.
#[tracing::instrument(
    name = "sessions.note_use",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn note_use(database: &Database, id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql!(write database, c => sqlx::query(
        "UPDATE login_sessions SET used_at = $1 WHERE id = $2 AND used_at < $1",
    )
    .bind(now)
    .bind(id)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Ends a session. Whose it was; None where it had ended before.
#[tracing::instrument(
    name = "sessions.end",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn end(
    transaction: &mut Transaction,
    id: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    sql!(transaction.on(), c => Ok(sqlx::query_scalar(
        "UPDATE login_sessions SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL \
         RETURNING subject",
    )
    .bind(now)
    .bind(id)
    .fetch_optional(c)
    .await?))
}

/// Ends the sessions that a sign-out is about, and tells how many there were.
#[tracing::instrument(
    name = "sessions.end_all",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn end_all(
    transaction: &mut Transaction,
    sign_out: &SignOut,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    sql!(transaction.on(), c => Ok(sqlx::query(
        "UPDATE login_sessions SET ended_at = $1 \
         WHERE subject = $2 AND authenticated_at <= $3 AND ended_at IS NULL",
    )
    .bind(now)
    .bind(&sign_out.subject)
    .bind(sign_out.requested_at)
    .execute(c)
    .await?
    .rows_affected()))
}

/// Forgets some of the sessions that nobody can come with any more, and returns how many.
pub async fn forget(database: &Database, now: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sql!(write database, c => sqlx::query(
        "DELETE FROM login_sessions WHERE (used_at <= $1 OR ended_at <= $2) AND id IN \
         (SELECT id FROM login_sessions WHERE used_at <= $1 OR ended_at <= $2 LIMIT $3)",
    )
    .bind(now - MEMORY)
    .bind(now - MEMORY_OF_ENDED)
    .bind(AT_ONCE)
    .execute(c)
    .await.map(|done| done.rows_affected()))?)
}
