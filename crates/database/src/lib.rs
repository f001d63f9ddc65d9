//! One SQL text on two engines: SQLite for one machine, PostgreSQL for several.
//!
//! Rows and statements are the same for both ([`sql!`] says how, `docs/decisions/0001-one-sql-text.md`
//! says why), so whatever a test shows on one engine it can show on the other.

mod connection;
mod lent;
mod migrate;
mod replay;
#[cfg(feature = "scratch")]
pub mod scratch;

pub use connection::{Connection, On, Transaction};
pub use lent::Lent;
pub use replay::{Failed, reconnect, replay};

use sqlx::{
    Executor as _, PgPool, Sqlite, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use sqlx_core::transaction::TransactionManager as _;
use std::{borrow::Borrow, future::Future, str::FromStr as _, time::Duration};

/// How long a request waits for a free connection before it fails as unavailable.
const ACQUIRE: Duration = Duration::from_secs(5);

/// Connections to a server where nothing else is asked for. Each statement takes milliseconds, so
/// that few serve many calls; those of all replicas together have to fit into the server.
pub const CONNECTIONS: u32 = 10;

/// More would not read faster from one file.
const SQLITE_READERS: u32 = 4;

/// What each connection keeps of the file in memory, in KiB: all but the leaves of an index of a million
/// rows. It is taken as the file grows.
const SQLITE_CACHE: &str = "-8192";

/// The last resort, longer than any call: a statement runs no longer than this.
const STATEMENT_TIMEOUT: &str = "SET statement_timeout = '60s'";
/// How soon a statement ends after the connection was cut (PostgreSQL 14 or later, on Linux).
/// CockroachDB ends it without being told, and refuses this.
const NOTICE_WHO_LEFT: &str = "SET client_connection_check_interval = '50ms'";

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
    /// Opens the database that `url` names with at most [`CONNECTIONS`], and brings its schema up to
    /// date. A missing SQLite file is made; its folder is not.
    pub async fn open(url: &str, migrations: &Migrator) -> Result<Self, OpenError> {
        Self::open_with(url, CONNECTIONS, migrations).await
    }

    /// Like [`Database::open`] with at most so many connections. On SQLite they read, up to four,
    /// and one more writes.
    pub async fn open_with(
        url: &str,
        connections: u32,
        migrations: &Migrator,
    ) -> Result<Self, OpenError> {
        match url.split_once(':') {
            Some(("sqlite", _)) => Self::open_sqlite(url, connections, migrations).await,
            Some(("postgres" | "postgresql", _)) => {
                Self::open_postgres(url, connections, migrations).await
            }
            _ => Err(OpenError::UnknownEngine),
        }
    }

    /// Whether `url` can be that of a database, before anything is opened.
    pub fn check(url: &str) -> Result<(), OpenError> {
        match url.split_once(':') {
            Some(("sqlite", _)) => SqliteConnectOptions::from_str(url).map(drop)?,
            Some(("postgres" | "postgresql", _)) => PgConnectOptions::from_str(url).map(drop)?,
            _ => return Err(OpenError::UnknownEngine),
        }
        Ok(())
    }

    /// Brings the schema up to date, and closes the database again.
    pub async fn migrate(url: &str, migrations: &Migrator) -> Result<(), OpenError> {
        Self::open_with(url, 1, migrations).await?.close().await;
        Ok(())
    }

    async fn open_postgres(
        url: &str,
        connections: u32,
        migrations: &Migrator,
    ) -> Result<Self, OpenError> {
        let options = PgConnectOptions::from_str(url)?;
        migrate::run(&options, &tolerant(migrations)).await?;
        let pool = PgPoolOptions::new()
            .acquire_timeout(ACQUIRE)
            .max_connections(connections)
            // Who cares finds out with the statement itself: see `reconnect`.
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute(STATEMENT_TIMEOUT).await?;
                    if let Err(error) = connection.execute(NOTICE_WHO_LEFT).await {
                        tracing::debug!(%error, "statements of calls that were given up run on");
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self::Postgres(pool))
    }

    async fn open_sqlite(
        url: &str,
        connections: u32,
        migrations: &Migrator,
    ) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .pragma("cache_size", SQLITE_CACHE)
            .optimize_on_close(true, None);
        // A full disk ends a transaction by itself. To sqlx it then seems to go on for ever: such a
        // connection is replaced.
        let pool = SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .before_acquire(|it, _| {
                let open =
                    <Sqlite as sqlx::Database>::TransactionManager::get_transaction_depth(it);
                Box::pin(async move { Ok(open == 0) })
            });
        let write = pool.clone().max_connections(1).connect_with(options.clone()).await?;
        tolerant(migrations).run(&write).await?;
        let readers = connections.min(SQLITE_READERS);
        Ok(Self::Sqlite { write, read: pool.max_connections(readers).connect_with(options).await? })
    }

    /// A connection for statements that only read.
    pub async fn read(&self) -> Result<Connection, Failed> {
        Ok(match self {
            Self::Sqlite { read, .. } => Connection::Sqlite(Lent::by(read).await?),
            Self::Postgres(pool) => Connection::Postgres(Lent::by(pool).await?),
        })
    }

    /// A connection for one statement that writes, and that is known to be there.
    pub async fn write(&self) -> sqlx::Result<Connection> {
        reconnect(self, || async {
            let mut connection = self.untested().await?;
            connection.ping().await?;
            Ok(connection)
        })
        .await
    }

    async fn untested(&self) -> Result<Connection, Failed> {
        Ok(match self {
            Self::Sqlite { write, .. } => Connection::Sqlite(Lent::by(write).await?),
            Self::Postgres(pool) => Connection::Postgres(Lent::by(pool).await?),
        })
    }

    /// How many connections there are, which may be gone.
    fn open_now(&self) -> u32 {
        match self {
            Self::Sqlite { read, .. } => read.size(),
            Self::Postgres(pool) => pool.size(),
        }
    }

    /// Several statements that count together or not at all: `work` ends with
    /// [`Transaction::commit`], and is [replayed](replay()) where another transaction came in between.
    pub async fn transaction<T, E, F>(&self, work: impl Fn(Transaction) -> F) -> Result<T, E>
    where
        E: Borrow<sqlx::Error> + From<sqlx::Error>,
        F: Future<Output = Result<T, E>>,
    {
        let work = &work;
        let begin = || async { Ok(Transaction::begin(self.untested().await?).await?) };
        replay(|| async { work(reconnect(self, begin).await?).await }).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> sqlx::Result<()> {
        sql!(read self, c => sqlx::query("SELECT 1").execute(c).await.map(drop))
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

/// A schema that a later release has expanded is no reason not to start: while releases change, both
/// run, and who goes back to the one before has to be able to start it.
fn tolerant(migrations: &Migrator) -> Migrator {
    Migrator {
        migrations: migrations.migrations.clone(),
        table_name: migrations.table_name.clone(),
        create_schemas: migrations.create_schemas.clone(),
        ignore_missing: true,
        // `migrate` has a lock of its own, and SQLite has one writer.
        locking: false,
        ..*migrations
    }
}
