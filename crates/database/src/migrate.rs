//! A server's schema is brought up to date by one process at a time, however many start at once.

use crate::replay;
use sqlx::{
    Connection as _, Executor as _, PgConnection,
    error::DatabaseError,
    migrate::{MigrateError, Migrator},
    postgres::PgConnectOptions,
};

/// A row that whoever migrates has written to and not committed. Every server of this protocol makes
/// others wait for that, CockroachDB too, which has no advisory locks; and whoever dies lets go.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration_lock \
                     (id INT8 NOT NULL PRIMARY KEY, taken INT8 NOT NULL)";
const ROW: &str =
    "INSERT INTO migration_lock (id, taken) VALUES (1, 0) ON CONFLICT (id) DO NOTHING";
const TAKE: &str = "UPDATE migration_lock SET taken = taken + 1 WHERE id = 1";

/// Two made the table at once (PostgreSQL, appendix A: unique violation, duplicate table, and duplicate
/// object for the type that each table comes with).
const MADE: [&str; 3] = ["23505", "42P07", "42710"];

/// Waits for its turn, and runs what is new; `migrations` take no lock themselves. On connections of its
/// own: it may take longer than any call.
pub(crate) async fn run(
    options: &PgConnectOptions,
    migrations: &Migrator,
) -> Result<(), MigrateError> {
    let lock = replay(|| take(options)).await?;
    let mut connection = PgConnection::connect_with(options).await?;
    migrations.run(&mut connection).await?;
    connection.close().await?;
    release(lock).await?;
    Ok(())
}

/// A connection that holds the lock until it is closed.
async fn take(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    let mut connection = PgConnection::connect_with(options).await?;
    match connection.execute(TABLE).await {
        Err(error) if !was_made(&error) => return Err(error),
        _ => {}
    }
    connection.execute(ROW).await?;
    connection.execute("BEGIN").await?;
    connection.execute(TAKE).await?;
    Ok(connection)
}

async fn release(mut lock: PgConnection) -> sqlx::Result<()> {
    lock.execute("COMMIT").await?;
    lock.close().await
}

fn was_made(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| MADE.contains(&code.as_ref()))
}
