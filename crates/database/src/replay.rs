//! Work that another transaction came in the way of, or that met a dead connection, is done again, from
//! its beginning.

use sqlx::error::DatabaseError;
use std::{borrow::Borrow, future::Future, time::Duration};
use tokio::time::sleep;

/// So often work is done at most.
const TRIES: u32 = 10;
/// The longest wait before the second try; it doubles with each one.
const FIRST: Duration = Duration::from_millis(5);
/// The longest wait at all.
const LONGEST: Duration = Duration::from_millis(250);

/// More connections than one pool has.
const MOST_GONE: u32 = 200;
/// Before the next one: a server that refuses new connections at once is asked no faster. All
/// pauses together are a second.
const PAUSE: Duration = Duration::from_millis(5);

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

/// Does `work`, which changes nothing, again while its connection turns out to be gone: each is tried
/// once, and then there is a new one. So no statement has to be preceded by a question to the server.
pub async fn reconnect<T, F>(work: impl Fn() -> F) -> sqlx::Result<T>
where
    F: Future<Output = sqlx::Result<T>>,
{
    let mut tries = MOST_GONE;
    loop {
        match work().await {
            Err(error) if is_gone(&error) && tries > 0 => {
                tries -= 1;
                sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

fn is_gone(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    matches!(error, sqlx::Error::Io(_)) || code.is_some_and(|code| GONE.contains(&code.as_ref()))
}

fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| CONFLICTS.contains(&code.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::Cell, future::ready, io::ErrorKind};

    #[tokio::test]
    async fn a_connection_that_is_refused_at_once_is_not_asked_for_again_without_a_pause() {
        let tries = Cell::new(0);
        let refused = || async {
            tries.set(tries.get() + 1);
            Err::<(), _>(sqlx::Error::Io(ErrorKind::ConnectionReset.into()))
        };
        tokio::select! {
            biased;
            done = reconnect(refused) => panic!("no pause in {} tries: {done:?}", tries.get()),
            () = ready(()) => assert_eq!(tries.get(), 1),
        }
    }
}
