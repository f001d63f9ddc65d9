//! `audit_events`: rows are added and read. What is removed is older than the operator wants to keep,
//! and changed is nothing but from where somebody called who is deleted (`users::delete`).

use crate::domain::{audit::Entry, time_ordered};
use crate::store::{AT_ONCE, StoreError, unless_empty};
use chassis::caller::Caller;
use chrono::{DateTime, TimeDelta, Utc};
use database::{Database, Transaction, sql};

/// An event as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "the fields are the contract's, `audit_service.proto`")]
pub struct Kept {
    pub id: String,
    pub at: DateTime<Utc>,
    pub event: String,
    pub outcome: String,
    pub subject: Option<String>,
    pub actor: Option<String>,
    pub client_id: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub trace_id: Option<String>,
}

/// Which events.
#[derive(Debug, Clone)]
pub struct Filter {
    /// About this person. Empty: about anybody.
    pub subject: String,
    /// Of this kind. Empty: of any.
    pub event: String,
    /// Not before this time.
    pub start: DateTime<Utc>,
    /// Before this time.
    pub end: DateTime<Utc>,
}

/// Adds an event to what the transaction changes: both are kept, or neither.
#[tracing::instrument(
    name = "audit.append",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "INSERT")
)]
pub async fn append(transaction: &mut Transaction, entry: &Entry) -> Result<(), StoreError> {
    sql!(transaction.on(), c => sqlx::query(
        "INSERT INTO audit_events \
         (id, at, event, outcome, subject, actor, client_id, ip, user_agent, trace_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&entry.id)
    .bind(entry.at)
    .bind(entry.event.name())
    .bind(entry.outcome)
    .bind(&entry.subject)
    .bind(entry.actor.as_ref().map(Caller::name))
    .bind(unless_empty(&entry.origin.client_id))
    .bind(entry.origin.ip.map(|ip| ip.to_string()))
    .bind(unless_empty(&entry.origin.user_agent))
    .bind(&entry.trace_id)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Adds an event of which nothing else tells.
pub async fn append_alone(database: &Database, entry: &Entry) -> Result<(), StoreError> {
    let appended = database.transaction(|mut transaction| async move {
        append(&mut transaction, entry).await?;
        Ok(transaction.commit().await?)
    });
    appended.await
}

/// Forgets some of the events from before `oldest`, and returns how many.
pub async fn forget(database: &Database, oldest: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sql!(write database, c => sqlx::query(
        "DELETE FROM audit_events WHERE id IN \
         (SELECT id FROM audit_events WHERE id < $1 ORDER BY id LIMIT $2)",
    )
    // Ids are in the order of time.
    .bind(time_ordered::first_id(oldest))
    .bind(AT_ONCE)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}

/// Events with an id below `before`, the newest first. Ids are in the order of time, and so bound what
/// is read; a person's events have an index of their own, which one text for all would not use.
#[tracing::instrument(
    name = "audit.list",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn list(
    database: &Database,
    filter: &Filter,
    before: &str,
    most: i64,
) -> Result<Vec<Kept>, StoreError> {
    macro_rules! listed {
        ($subject:literal) => {
            concat!(
                "SELECT id, at, event, outcome, subject, actor, client_id, ip, user_agent, trace_id \
                 FROM audit_events WHERE ",
                $subject,
                " AND id >= $2 AND id < $3 AND id < $4 AND at >= $5 AND at < $6 \
                 AND ($7 = '' OR event = $7) ORDER BY id DESC LIMIT $8"
            )
        };
    }
    let everybody = filter.subject.is_empty();
    let statement = if everybody { listed!("$1 = ''") } else { listed!("subject = $1") };
    Ok(sql!(read database, c => sqlx::query_as(statement)
        .bind(&filter.subject)
        .bind(time_ordered::first_id(filter.start))
        .bind(time_ordered::first_id(filter.end + TimeDelta::milliseconds(1)))
        .bind(before)
        .bind(filter.start)
        .bind(filter.end)
        .bind(&filter.event)
        .bind(most)
        .fetch_all(c)
        .await)?)
}
