//! A connection on loan, and what becomes of it when its borrower walks away.

use crate::Failed;
use sqlx::{Database, Pool, SqlStr, pool::PoolConnection};
use sqlx_core::transaction::TransactionManager as _;
use std::{fmt, time::Duration};
use tokio::{runtime::Handle, time::timeout};

/// A statement that nobody waits for any more has this long to end by itself.
const GRACE: Duration = Duration::from_millis(50);

/// A connection on loan from its pool.
///
/// A call that is given up at its deadline drops it in the middle of a statement. A short statement
/// ends soon, and then the pool takes the connection back. Otherwise it is cut, and PostgreSQL ends
/// a statement when it sees that nobody listens.
pub struct Lent<DB: Database> {
    connection: PoolConnection<DB>,
    busy: bool,
    in_transaction: bool,
}

impl<DB: Database> Lent<DB> {
    pub(crate) async fn by(pool: &Pool<DB>) -> Result<Self, Failed> {
        let connection = pool.acquire().await.map_err(Failed::Unconnected)?;
        Ok(Self { connection, busy: false, in_transaction: false })
    }

    /// The connection for one statement, until [`Lent::end`].
    pub fn start(&mut self) -> &mut DB::Connection {
        self.busy = true;
        &mut self.connection
    }

    /// The statement has ended.
    pub fn end(&mut self) {
        self.busy = false;
    }

    pub(crate) async fn begin(&mut self, statement: &'static str) -> sqlx::Result<()> {
        self.in_transaction = true;
        DB::TransactionManager::begin(self.start(), Some(SqlStr::from_static(statement))).await?;
        self.end();
        Ok(())
    }

    pub(crate) async fn commit(&mut self) -> sqlx::Result<()> {
        DB::TransactionManager::commit(self.start()).await?;
        self.in_transaction = false;
        self.end();
        Ok(())
    }

    pub(crate) async fn rollback(&mut self) -> sqlx::Result<()> {
        DB::TransactionManager::rollback(self.start()).await?;
        self.in_transaction = false;
        self.end();
        Ok(())
    }
}

impl<DB: Database> Drop for Lent<DB> {
    fn drop(&mut self) {
        if self.in_transaction {
            DB::TransactionManager::start_rollback(&mut self.connection);
        }
        // The pool waits without an end before it takes a connection back. It has no public word for
        // waiting less than this one, which it hides from its docs.
        if self.busy
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(timeout(GRACE, self.connection.return_to_pool()));
        }
    }
}

impl<DB: Database> fmt::Debug for Lent<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").field("busy", &self.busy).finish_non_exhaustive()
    }
}
