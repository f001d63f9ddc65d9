//! A database of its own for each test, on both engines, gone when the test ends.
//!
//! PostgreSQL is Debian's, started once for the test binary in a folder of its own; where it is not
//! installed the test fails and says what to run. Nothing is skipped.

mod server;

pub use server::{Server, postgres_url};

use crate::Database;
use sqlx::migrate::Migrator;
use tempfile::TempDir;

/// The engines that a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in a temporary folder.
    Sqlite,
    /// A database on the shared test server.
    Postgres,
}

/// A database that belongs to one test.
#[derive(Debug)]
pub struct Scratch {
    /// How to open it once more.
    pub url: String,
    /// The open database, with its schema.
    pub database: Database,
    _folder: Option<TempDir>,
}

impl Scratch {
    /// Makes an empty database with this schema.
    ///
    /// # Panics
    /// Where it cannot be made: a test cannot go on.
    #[expect(clippy::expect_used, reason = "only tests call it")]
    pub async fn new(engine: Engine, migrations: &Migrator) -> Self {
        let (url, folder) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                (format!("sqlite:{}", folder.path().join("scratch.sqlite").display()), Some(folder))
            }
            Engine::Postgres => (postgres_url("scratch").await, None),
        };
        let database = Database::open(&url, migrations).await.expect("a scratch database");
        Self { url, database, _folder: folder }
    }
}

/// Makes `sqlite::name` and `postgres::name` out of one test body: a function that takes an
/// [`Engine`].
#[macro_export]
macro_rules! both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() { super::$name($crate::scratch::Engine::Sqlite).await; })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() { super::$name($crate::scratch::Engine::Postgres).await; })+
        }
    };
}
