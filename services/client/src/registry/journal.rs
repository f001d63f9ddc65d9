//! The tables `app_changes` and `app_events`: one change of an app at a time, and a trail of all of
//! them. The row that says that a change has begun is there before Hydra is asked.

use chassis::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use database::{Database, Transaction, sql};
use std::time::Duration;
use tokio::time::sleep;
use tracing::instrument;
use uuid::{Timestamp, Uuid};

/// How long a change may take: longer than all its calls to Hydra.
const HELD: TimeDelta = TimeDelta::seconds(20);
/// How often one that waits looks again.
const POLL: Duration = Duration::from_millis(50);

/// What is done to an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Create,
    Update,
    Delete,
    RotateSecret,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Begun,
    Done,
    /// Nothing was changed.
    Refused,
    /// Hydra did not say whether it was changed.
    Unknown,
}

/// An event as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) event: String,
    pub(crate) outcome: String,
    pub(crate) client_id: String,
    /// Separated by spaces.
    pub(crate) fields: String,
    pub(crate) actor: Option<String>,
    pub(crate) trace_id: Option<String>,
}

/// A change that has begun and has the app to itself.
#[derive(Debug)]
pub(crate) struct Begun {
    entry: Entry,
    holder: String,
}

/// The trail, in this database.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    pub(crate) database: Database,
}

impl Journal {
    /// Begins a change as soon as no other one is at work on the app.
    #[instrument(
        name = "app_changes.begin",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "INSERT")
    )]
    pub(crate) async fn begin(
        &self,
        event: Event,
        client_id: &str,
        fields: &[&str],
        clock: &Clock,
    ) -> sqlx::Result<Begun> {
        let holder = Uuid::new_v4().to_string();
        let wish = Entry {
            id: String::new(),
            at: clock.now(),
            event: event.name().to_owned(),
            outcome: Outcome::Begun.name().to_owned(),
            client_id: client_id.to_owned(),
            fields: fields.join(" "),
            actor: chassis::caller::current().map(|caller| caller.name().to_owned()),
            trace_id: telemetry::trace_id(),
        };
        let (holder, wish) = (&holder, &wish);
        loop {
            let held = self.database.transaction(|it| hold(it, holder, wish, clock)).await?;
            if let Some(entry) = held {
                tell(&entry);
                return Ok(Begun { entry, holder: holder.clone() });
            }
            sleep(POLL).await;
        }
    }

    /// Ends a change, and lets the next one begin.
    #[instrument(
        name = "app_changes.end",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "UPDATE")
    )]
    pub(crate) async fn end(
        &self,
        begun: Begun,
        outcome: Outcome,
        clock: &Clock,
    ) -> sqlx::Result<()> {
        let at = clock.now();
        let entry =
            Entry { id: id(at), at, outcome: outcome.name().to_owned(), ..begun.entry.clone() };
        self.database.transaction(|it| let_go(it, &begun.holder, &entry)).await?;
        tell(&entry);
        Ok(())
    }

    /// Removes events of before that time.
    #[instrument(
        name = "app_events.forget",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "DELETE")
    )]
    pub(crate) async fn forget(&self, before: DateTime<Utc>) -> sqlx::Result<()> {
        sql!(write self.database, c => sqlx::query("DELETE FROM app_events WHERE id < $1")
            .bind(id(before)).execute(c).await.map(drop))
    }

    /// Events with an id below `before`, the newest first; of one app, or of all where it is empty.
    #[instrument(
        name = "app_events.list",
        skip_all,
        fields(otel.kind = "client", db.operation.name = "SELECT")
    )]
    pub(crate) async fn list(
        &self,
        client_id: &str,
        before: &str,
        most: i64,
    ) -> sqlx::Result<Vec<Entry>> {
        sql!(read self.database, c => sqlx::query_as(
            "SELECT id, at, event, outcome, client_id, fields, actor, trace_id FROM app_events \
             WHERE id < $1 AND ($2 = '' OR client_id = $2) ORDER BY id DESC LIMIT $3",
        )
        .bind(before)
        .bind(client_id)
        .bind(most)
        .fetch_all(c)
        .await)
    }
}

/// Takes the app, unless another change has it. A replica that died in the middle holds it no
/// longer than a change may take.
async fn hold(
    mut transaction: Transaction,
    holder: &str,
    wish: &Entry,
    clock: &Clock,
) -> sqlx::Result<Option<Entry>> {
    let now = clock.now();
    let held = sql!(transaction.on(), c => sqlx::query(
        "INSERT INTO app_changes (client_id, holder, held_until) VALUES ($1, $2, $3) \
         ON CONFLICT (client_id) DO UPDATE \
         SET holder = excluded.holder, held_until = excluded.held_until \
         WHERE app_changes.held_until < $4",
    )
    .bind(&wish.client_id)
    .bind(holder)
    .bind(now + HELD)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if held == 0 {
        transaction.rollback().await?;
        return Ok(None);
    }
    // It may have waited for the change before it, and comes after that one in the trail.
    let at = clock.now();
    let entry = Entry { id: id(at), at, ..wish.clone() };
    append(&mut transaction, &entry).await?;
    transaction.commit().await?;
    Ok(Some(entry))
}

/// Lets the next change of the app begin, unless one has taken it already.
async fn let_go(mut transaction: Transaction, holder: &str, entry: &Entry) -> sqlx::Result<()> {
    append(&mut transaction, entry).await?;
    sql!(transaction.on(), c => sqlx::query(
        "DELETE FROM app_changes WHERE client_id = $1 AND holder = $2",
    )
    .bind(&entry.client_id)
    .bind(holder)
    .execute(c)
    .await
    .map(drop))?;
    transaction.commit().await
}

async fn append(transaction: &mut Transaction, entry: &Entry) -> sqlx::Result<()> {
    sql!(transaction.on(), c => sqlx::query(
        "INSERT INTO app_events (id, at, event, outcome, client_id, fields, actor, trace_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&entry.id)
    .bind(entry.at)
    .bind(&entry.event)
    .bind(&entry.outcome)
    .bind(&entry.client_id)
    .bind(&entry.fields)
    .bind(&entry.actor)
    .bind(&entry.trace_id)
    .execute(c)
    .await
    .map(drop))
}

/// In the log too, once it is kept.
fn tell(entry: &Entry) {
    tracing::info!(
        target: telemetry::AUDIT_TARGET,
        event = entry.event,
        outcome = entry.outcome,
        client.id = entry.client_id,
        fields = entry.fields,
        actor = entry.actor.as_deref(),
        trace.id = entry.trace_id.as_deref(),
        audit.id = entry.id,
        "audit"
    );
}

/// A UUID of version 7 (RFC 9562, section 5.7), in the order of time: after the milliseconds come the
/// microseconds, for a change can be over within one millisecond.
fn id(at: DateTime<Utc>) -> String {
    let (seconds, nanos) =
        (at.timestamp().try_into().unwrap_or_default(), at.timestamp_subsec_nanos());
    let micros = u128::from(nanos / 1000 % 1000);
    Uuid::new_v7(Timestamp::from_unix_time(seconds, nanos, micros, 10)).to_string()
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "app.create",
            Self::Update => "app.update",
            Self::Delete => "app.delete",
            Self::RotateSecret => "app.rotate_secret",
        }
    }
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_of_microseconds() {
        let at = |micros: i64| {
            id(DateTime::from_timestamp_micros(1_700_000_000_000_000 + micros).unwrap())
        };
        let ids: Vec<_> = (0..5000).map(at).collect();
        assert!(ids.is_sorted(), "{:?}", ids.windows(2).find(|pair| pair[0] > pair[1]));
    }
}
