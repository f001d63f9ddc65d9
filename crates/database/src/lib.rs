//! One SQL text on two engines: SQLite for one machine, PostgreSQL for several.
//!
//! Rows and statements are the same for both ([`sql!`] says how, `docs/decisions/0001-one-sql-text.md`
//! says why), so whatever a test shows on one engine it can show on the other.

mod connection;
#[cfg(feature = "scratch")]
pub mod scratch;

pub use connection::{Connection, On, Transaction};

use sqlx::{
    PgPool, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{str::FromStr as _, time::Duration};

/// How long a request waits for a free connection before it fails as unavailable.
const ACQUIRE: Duration = Duration::from_secs(3);

/// The two engines behind one store.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file. One connection writes, several read (write-ahead log).
    Sqlite {
        /// Connections that only read.
        read: SqlitePool,
        /// The one connection that writes.
        write: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

/// A database that cannot be opened. No password is part of the message.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No engine of ours.
    #[error(
        "the database URL begins with none of these: sqlite:FILE, postgres://USER@HOST/NAME, \
         postgresql://USER@HOST/NAME"
    )]
    UnknownEngine,
    /// The engine refuses.
    #[error("the database cannot be opened: {0}")]
    Refused(#[from] sqlx::Error),
    /// The schema cannot be brought up to date.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migration(#[from] MigrateError),
}

impl Database {
    /// Opens the database that `url` names, and brings its schema up to date. A missing SQLite file
    /// is made; its folder is not.
    pub async fn open(url: &str, migrations: &Migrator) -> Result<Self, OpenError> {
        let database = match url.split_once(':') {
            Some(("sqlite", _)) => Self::open_sqlite(url).await?,
            Some(("postgres" | "postgresql", _)) => Self::Postgres(
                PgPoolOptions::new()
                    .acquire_timeout(ACQUIRE)
                    .max_connections(10)
                    .connect(url)
                    .await?,
            ),
            _ => return Err(OpenError::UnknownEngine),
        };
        match &database {
            Self::Sqlite { write, .. } => migrations.run(write).await?,
            Self::Postgres(pool) => migrations.run(pool).await?,
        }
        Ok(database)
    }

    async fn open_sqlite(url: &str) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .optimize_on_close(true, None);
        let pool = SqlitePoolOptions::new().acquire_timeout(ACQUIRE);
        Ok(Self::Sqlite {
            write: pool.clone().max_connections(1).connect_with(options.clone()).await?,
            read: pool.max_connections(4).connect_with(options).await?,
        })
    }

    /// A connection for statements that only read.
    pub async fn read(&self) -> sqlx::Result<Connection> {
        Ok(match self {
            Self::Sqlite { read, .. } => Connection::Sqlite(read.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        })
    }

    /// A connection for one statement that writes.
    pub async fn write(&self) -> sqlx::Result<Connection> {
        Ok(match self {
            Self::Sqlite { write, .. } => Connection::Sqlite(write.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        })
    }

    /// Several statements that count together or not at all. SQLite takes its write lock at once:
    /// a transaction that asks for it later can fail half-way.
    pub async fn begin(&self) -> sqlx::Result<Transaction> {
        Ok(match self {
            Self::Sqlite { write, .. } => {
                Transaction::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)
            }
            Self::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
        })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> sqlx::Result<()> {
        let mut connection = self.read().await?;
        sql!(connection.on(), c => sqlx::query("SELECT 1").execute(c).await.map(drop))
    }

    /// Closes all connections, after their statements have ended.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
