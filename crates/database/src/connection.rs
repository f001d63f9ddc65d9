//! What a statement runs on.

use crate::lent::Lent;
use crate::sql;
use sqlx::{Connection as _, Postgres, Sqlite};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The field that tells a span around a statement from others.
const OPERATION: &str = "db.operation.name";

/// A connection on loan from the pool.
#[derive(Debug)]
pub enum Connection {
    /// To SQLite.
    Sqlite(Lent<Sqlite>),
    /// To PostgreSQL.
    Postgres(Lent<Postgres>),
}

/// Statements that count together. Dropped without [`Transaction::commit`], none of them counts.
#[derive(Debug)]
pub struct Transaction(Connection);

/// The engine to run a statement on; [`sql!`](crate::sql) takes it apart.
#[derive(Debug)]
pub enum On<'c> {
    /// SQLite.
    Sqlite(&'c mut Lent<Sqlite>),
    /// PostgreSQL.
    Postgres(&'c mut Lent<Postgres>),
}

impl Connection {
    /// Where to run a statement. The span around it says which engine it is (OpenTelemetry's
    /// conventions for databases); a request's span, where statements have none, does not.
    pub fn on(&mut self) -> On<'_> {
        let (system, on) = match self {
            Self::Sqlite(connection) => ("sqlite", On::Sqlite(connection)),
            Self::Postgres(connection) => ("postgresql", On::Postgres(connection)),
        };
        let span = Span::current();
        if span.metadata().is_some_and(|it| it.fields().field(OPERATION).is_some()) {
            span.set_attribute("db.system.name", system);
        }
        on
    }

    pub(crate) async fn ping(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(lent) => sql!(On::Sqlite(lent), c => c.ping().await),
            Self::Postgres(lent) => sql!(On::Postgres(lent), c => c.ping().await),
        }
    }
}

impl Transaction {
    /// Begins one. SQLite takes its write lock at once: a transaction that asks for it later can
    /// fail half-way.
    pub(crate) async fn begin(mut connection: Connection) -> sqlx::Result<Self> {
        match &mut connection {
            Connection::Sqlite(lent) => lent.begin("BEGIN IMMEDIATE").await?,
            Connection::Postgres(lent) => lent.begin("BEGIN").await?,
        }
        Ok(Self(connection))
    }

    /// Where to run a statement.
    pub fn on(&mut self) -> On<'_> {
        self.0.on()
    }

    /// Undoes all statements.
    pub async fn rollback(mut self) -> sqlx::Result<()> {
        match &mut self.0 {
            Connection::Sqlite(lent) => lent.rollback().await,
            Connection::Postgres(lent) => lent.rollback().await,
        }
    }

    /// Makes all statements count.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        match &mut self.0 {
            Connection::Sqlite(lent) => lent.commit().await,
            Connection::Postgres(lent) => lent.commit().await,
        }
    }
}

/// Runs one statement on whichever engine is open: the compiler checks it against both.
///
/// Within a transaction, on what [`Transaction::on`] returns. A statement alone names the connection
/// that it needs, and is [replayed](crate::replay()) where another transaction came in between. One
/// that reads is done [again](crate::reconnect()) where its connection was gone:
///
/// ```text
/// sql!(read database, c => sqlx::query_as("SELECT .. WHERE subject = $1")
///     .bind(subject).fetch_optional(c).await)?
/// ```
#[macro_export]
macro_rules! sql {
    (read $database:expr, $connection:ident => $statement:expr) => {
        $crate::replay(|| {
            $crate::reconnect(&$database, || async {
                let mut lent = $database.read().await?;
                Ok($crate::sql!(lent.on(), $connection => $statement)?)
            })
        })
        .await
    };
    (write $database:expr, $connection:ident => $statement:expr) => {
        $crate::replay(|| async {
            $crate::sql!($database.write().await?.on(), $connection => $statement)
        })
        .await
    };
    ($on:expr, $connection:ident => $statement:expr) => {
        match $on {
            $crate::On::Sqlite(lent) => {
                let $connection = lent.start();
                let outcome = $statement;
                lent.end();
                outcome
            }
            $crate::On::Postgres(lent) => {
                let $connection = lent.start();
                let outcome = $statement;
                lent.end();
                outcome
            }
        }
    };
}
