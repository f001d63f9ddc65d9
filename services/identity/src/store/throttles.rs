//! `throttles`.

use crate::domain::throttle::{Counter, Key, Kind, Rule, Tally};
use crate::store::{AT_ONCE, StoreError};
use chrono::{DateTime, Utc};
use database::{Database, Transaction, sql};

/// A counter as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Kept {
    /// Its key.
    pub key: Vec<u8>,
    kind: String,
    /// Whose account it is about.
    pub subject: Option<String>,
    /// Failures in a row.
    pub failures: i64,
    /// When the last attempt came.
    pub last_at: DateTime<Utc>,
    /// When it is forgotten.
    pub forget_at: DateTime<Utc>,
}

/// What counters are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The account with this key.
    Account(Key),
    /// The source with this key.
    Source(Key),
}

impl Kept {
    /// What it counts.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.kind.as_str() {
            "source" => Kind::Source,
            "pair" => Kind::Pair,
            "device" => Kind::Device,
            _ => Kind::Account,
        }
    }
}

/// Counts an attempt, and returns how the attempt found it. One statement: whoever comes at the same time
/// waits for its transaction.
#[tracing::instrument(
    name = "throttles.count",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "INSERT")
)]
pub async fn count(
    transaction: &mut Transaction,
    counter: &Counter,
    subject: Option<&str>,
    rule: &Rule,
    now: DateTime<Utc>,
) -> Result<Tally, StoreError> {
    let (failures, last_at, forget_at) = sql!(transaction.on(), c => sqlx::query_as(
        "INSERT INTO throttles \
         (key, kind, subject, account, source, failures, last_at, previous_at, forget_at) \
         VALUES ($1, $2, $3, $4, $5, 1, $6, $6, $7) \
         ON CONFLICT (key) DO UPDATE SET \
         failures = CASE WHEN throttles.forget_at <= $6 THEN 1 ELSE throttles.failures + 1 END, \
         forget_at = CASE WHEN $8 OR throttles.forget_at <= $6 \
         THEN excluded.forget_at ELSE throttles.forget_at END, \
         subject = excluded.subject, previous_at = throttles.last_at, last_at = excluded.last_at \
         RETURNING failures - 1, previous_at, forget_at",
    )
    .bind(counter.key.as_slice())
    .bind(name(counter.kind))
    .bind(subject.filter(|_| counter.kind != Kind::Source))
    .bind(counter.account.as_ref().map(Key::as_slice))
    .bind(counter.source.as_ref().map(Key::as_slice))
    .bind(now)
    .bind(now + rule.memory)
    .bind(rule.sliding)
    .fetch_one(c)
    .await?);
    Ok(Tally { failures, last_at, forget_at })
}

/// How up to three counters stand, those of them that are not forgotten. It locks nothing.
#[tracing::instrument(
    name = "throttles.peek",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn peek(
    database: &Database,
    keys: [&Key; 3],
    now: DateTime<Utc>,
) -> Result<Vec<(Kind, Tally)>, StoreError> {
    let [one, two, three] = keys;
    let rows: Vec<Kept> = sql!(read database, c => sqlx::query_as(
        "SELECT key, kind, subject, failures, last_at, forget_at FROM throttles \
         WHERE key IN ($1, $2, $3) AND forget_at > $4",
    )
    .bind(one.as_slice())
    .bind(two.as_slice())
    .bind(three.as_slice())
    .bind(now)
    .fetch_all(c)
    .await)?;
    let tally = |row: &Kept| Tally {
        failures: row.failures,
        last_at: row.last_at,
        forget_at: row.forget_at,
    };
    Ok(rows.iter().map(|row| (row.kind(), tally(row))).collect())
}

/// Takes one attempt back.
#[tracing::instrument(
    name = "throttles.give_back",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "UPDATE")
)]
pub async fn give_back(transaction: &mut Transaction, key: &Key) -> Result<(), StoreError> {
    sql!(transaction.on(), c => sqlx::query(
        "UPDATE throttles SET failures = failures - 1 WHERE key = $1 AND failures > 0",
    )
    .bind(key.as_slice())
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Forgets a counter.
#[tracing::instrument(
    name = "throttles.reset",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "DELETE")
)]
pub async fn reset(transaction: &mut Transaction, key: &Key) -> Result<(), StoreError> {
    sql!(transaction.on(), c => sqlx::query("DELETE FROM throttles WHERE key = $1")
        .bind(key.as_slice())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Counters that are not forgotten yet, in the order of their keys, after the key `after`. A text for
/// each kind: one for all would use no index.
#[tracing::instrument(
    name = "throttles.list",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "SELECT")
)]
pub async fn list(
    database: &Database,
    about: Option<&About>,
    after: &[u8],
    most: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Kept>, StoreError> {
    macro_rules! listed {
        ($about:literal) => {
            concat!(
                "SELECT key, kind, subject, failures, last_at, forget_at FROM throttles WHERE ",
                $about,
                " AND key > $2 AND forget_at > $3 ORDER BY key LIMIT $4"
            )
        };
    }
    let (statement, key) = match about {
        Some(About::Account(key)) => (listed!("account = $1"), key.as_slice()),
        Some(About::Source(key)) => (listed!("source = $1"), key.as_slice()),
        None => (listed!("length($1) = 0"), [].as_slice()),
    };
    Ok(sql!(read database, c => sqlx::query_as(statement)
        .bind(key)
        .bind(after)
        .bind(now)
        .bind(most)
        .fetch_all(c)
        .await)?)
}

/// Forgets counters, and returns how many.
#[tracing::instrument(
    name = "throttles.lift",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "DELETE")
)]
pub async fn lift(transaction: &mut Transaction, about: &About) -> Result<u64, StoreError> {
    let (statement, key) = match about {
        About::Account(key) => ("DELETE FROM throttles WHERE account = $1", key),
        About::Source(key) => ("DELETE FROM throttles WHERE source = $1", key),
    };
    sql!(transaction.on(), c => Ok(sqlx::query(statement)
        .bind(key.as_slice())
        .execute(c)
        .await?
        .rows_affected()))
}

/// Forgets some of the counters whose time is over, and returns how many.
pub async fn forget(database: &Database, now: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sql!(write database, c => sqlx::query(
        "DELETE FROM throttles WHERE forget_at <= $1 AND key IN \
         (SELECT key FROM throttles WHERE forget_at <= $1 LIMIT $2)",
    )
    .bind(now)
    .bind(AT_ONCE)
    .execute(c)
    .await.map(|done| done.rows_affected()))?)
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Account => "account",
        Kind::Source => "source",
        Kind::Pair => "pair",
        Kind::Device => "device",
    }
}
