//! What a statement runs on.

use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, pool::PoolConnection};

/// A connection on loan from the pool.
#[derive(Debug)]
pub enum Connection {
    /// To SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// To PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

/// Statements that count together. Dropped without [`Transaction::commit`], none of them counts.
#[derive(Debug)]
pub enum Transaction {
    /// On SQLite.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// The engine to run a statement on; [`sql!`](crate::sql) takes it apart.
#[derive(Debug)]
pub enum On<'c> {
    /// SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// PostgreSQL.
    Postgres(&'c mut PgConnection),
}

impl Connection {
    /// Where to run a statement.
    pub fn on(&mut self) -> On<'_> {
        match self {
            Self::Sqlite(connection) => On::Sqlite(connection),
            Self::Postgres(connection) => On::Postgres(connection),
        }
    }
}

impl Transaction {
    /// Where to run a statement.
    pub fn on(&mut self) -> On<'_> {
        match self {
            Self::Sqlite(transaction) => On::Sqlite(transaction),
            Self::Postgres(transaction) => On::Postgres(transaction),
        }
    }

    /// Undoes all statements.
    pub async fn rollback(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.rollback().await,
            Self::Postgres(transaction) => transaction.rollback().await,
        }
    }

    /// Makes all statements count.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}

/// Runs one statement on whichever engine is open: the compiler checks it against both.
///
/// ```text
/// sql!(db.read().await?.on(), c => sqlx::query_as("SELECT .. WHERE subject = $1")
///     .bind(subject).fetch_optional(c).await)
/// ```
#[macro_export]
macro_rules! sql {
    ($on:expr, $connection:ident => $statement:expr) => {
        match $on {
            $crate::On::Sqlite($connection) => $statement,
            $crate::On::Postgres($connection) => $statement,
        }
    };
}
