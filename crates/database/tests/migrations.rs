//! Many who start at once on one server bring its schema up to date once.

#![expect(clippy::unwrap_used, reason = "a test cannot go on without")]

use latchkey_database::{Database, scratch::postgres_url, sql};
use sqlx::{
    Connection as _, Executor as _, PgConnection, SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};
use std::time::Duration;
use tokio::task::{JoinSet, LocalSet};

/// Each would fail the second time, and takes long enough to be met.
fn schema() -> Migrator {
    let steps = [
        "CREATE TABLE steps (name TEXT NOT NULL PRIMARY KEY)",
        "INSERT INTO steps (name) VALUES ('first'); SELECT pg_sleep(0.2)",
        "INSERT INTO steps (name) VALUES ('second')",
    ];
    let migration = |(version, sql): (i64, &'static str)| {
        Migration::new(version, "step".into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations((1..).zip(steps).map(migration).collect())
}

async fn steps(database: &Database) -> i64 {
    sql!(database.read().await.unwrap().on(), c => {
        sqlx::query_scalar("SELECT count(*) FROM steps").fetch_one(c).await.unwrap()
    })
}

#[tokio::test]
async fn many_at_once_bring_a_schema_up_to_date_once() {
    LocalSet::new().run_until(many_at_once()).await;
}

async fn many_at_once() {
    let url = postgres_url("migrations").await;
    let mut opening = JoinSet::new();
    for _ in 0..8 {
        let url = url.clone();
        opening.spawn_local(async move { Database::open(&url, &schema()).await.unwrap() });
    }
    for database in opening.join_all().await {
        assert_eq!(steps(&database).await, 2);
        database.close().await;
    }
}

#[tokio::test]
async fn who_dies_while_migrating_lets_the_next_one_go_on() {
    LocalSet::new().run_until(one_dies()).await;
}

async fn one_dies() {
    let url = postgres_url("migrations").await;
    Database::open(&url, &schema()).await.unwrap().close().await;
    let mut dying = PgConnection::connect(&url).await.unwrap();
    dying.execute("BEGIN").await.unwrap();
    dying.execute("UPDATE migration_lock SET taken = taken + 1").await.unwrap();
    let mut waiting = JoinSet::new();
    let again = url.clone();
    waiting.spawn_local(async move { Database::open(&again, &schema()).await.unwrap() });
    let mut looking = PgConnection::connect(&url).await.unwrap();
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut looking).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(waiting.try_join_next().is_none());
    dying.close_hard().await.unwrap();
    assert_eq!(steps(&waiting.join_next().await.unwrap().unwrap()).await, 2);
}
