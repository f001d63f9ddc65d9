//! Work that another transaction came in the way of, or that met a dead connection, is done again, from
//! its beginning.

use crate::Database;
use sqlx::error::DatabaseError;
use std::{borrow::Borrow, future::Future, time::Duration};
use tokio::time::sleep;

/// So often work is done at most.
const TRIES: u32 = 10;
/// The longest wait before the second try; it doubles with each one.
const FIRST: Duration = Duration::from_millis(5);
/// The longest wait at all.
const LONGEST: Duration = Duration::from_millis(250);

/// The server ends, or has cut the connection (PostgreSQL, appendix A).
const GONE: [&str; 2] = ["57P01", "57P02"];

/// Serialization failure and deadlock (PostgreSQL, appendix A). CockroachDB uses the first.
const CONFLICTS: [&str; 2] = ["40001", "40P01"];

/// Does `work` again while the database says that another transaction came in between, which means
/// that nothing was done. The waits are random, so that two who met do not meet again.
///
/// `work` has to read anew whatever it decides by. An error after the last try is the conflict.
pub async fn replay<T, E, F>(work: impl Fn() -> F) -> Result<T, E>
where
    E: Borrow<sqlx::Error>,
    F: Future<Output = Result<T, E>>,
{
    let mut longest = FIRST;
    for _ in 1..TRIES {
        match work().await {
            Err(error) if is_conflict(error.borrow()) => {
                tracing::debug!("another transaction came in between: it is done again");
                sleep(longest.mul_f64(fastrand::f64())).await;
                longest = LONGEST.min(longest * 2);
            }
            done => return done,
        }
    }
    work().await
}

/// Why a statement did not run.
#[derive(Debug)]
pub enum Failed {
    /// There was no connection to run it on.
    Unconnected(sqlx::Error),
    /// On its connection, which may be gone.
    Connected(sqlx::Error),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Connected(error)
    }
}

impl From<Failed> for sqlx::Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Unconnected(error) | Failed::Connected(error) => error,
        }
    }
}

/// Does `work`, which changes nothing, again while its connection turns out to be gone: each that is open
/// is tried once, and then a new one. So no statement has to be preceded by a question to the server. Where
/// no connection is to be had it ends: a server in trouble is asked no more often than another.
pub async fn reconnect<T, F>(database: &Database, work: impl Fn() -> F) -> sqlx::Result<T>
where
    F: Future<Output = Result<T, Failed>>,
{
    for _ in 0..database.open_now() {
        match work().await {
            Err(Failed::Connected(error)) if is_gone(&error) => {}
            done => return Ok(done?),
        }
    }
    Ok(work().await?)
}

fn is_gone(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    matches!(error, sqlx::Error::Io(_)) || code.is_some_and(|code| GONE.contains(&code.as_ref()))
}

fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| CONFLICTS.contains(&code.as_ref()))
}
