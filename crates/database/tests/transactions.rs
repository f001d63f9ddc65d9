//! Transactions that meet each other, and calls that are given up in the middle of one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use latchkey_database::{
    Database,
    scratch::{Engine, Scratch},
    sql,
};
use sqlx::migrate::Migrator;
use std::{
    sync::atomic::{AtomicU32, Ordering::SeqCst},
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::timeout};

static NOTHING: Migrator = Migrator::DEFAULT;

/// A database with a table that holds the number 0. On PostgreSQL every transaction is serializable.
async fn counter(engine: Engine) -> (Scratch, Database) {
    let scratch = Scratch::new(engine, &NOTHING).await;
    let url = match engine {
        Engine::Sqlite => scratch.url.clone(),
        Engine::Postgres => {
            format!("{}&options=-c%20default_transaction_isolation=serializable", scratch.url)
        }
    };
    let database = Database::open(&url, &NOTHING).await.unwrap();
    for statement in
        ["CREATE TABLE counter (number INT8 NOT NULL)", "INSERT INTO counter VALUES (0)"]
    {
        sql!(write database, c => sqlx::query(statement).execute(c).await.map(drop)).unwrap();
    }
    (scratch, database)
}

async fn number(database: &Database) -> i64 {
    sql!(read database, c => sqlx::query_scalar("SELECT number FROM counter").fetch_one(c).await)
        .unwrap()
}

latchkey_database::both_databases!(of_a_hundred_that_read_and_write_at_once_none_is_lost);

async fn of_a_hundred_that_read_and_write_at_once_none_is_lost(engine: Engine) {
    let (_scratch, database) = counter(engine).await;
    let (mut writers, tries) = (JoinSet::new(), std::sync::Arc::new(AtomicU32::new(0)));
    for _ in 0..100 {
        let (database, tries) = (database.clone(), tries.clone());
        writers.spawn(async move {
            let tries = &tries;
            let added = database.transaction(|mut transaction| async move {
                tries.fetch_add(1, SeqCst);
                let number: i64 = sql!(transaction.on(), c => {
                    sqlx::query_scalar("SELECT number FROM counter").fetch_one(c).await
                })?;
                sql!(transaction.on(), c => {
                    sqlx::query("UPDATE counter SET number = $1").bind(number + 1).execute(c).await.map(drop)
                })?;
                transaction.commit().await
            });
            added.await.is_ok()
        });
    }
    let added = writers.join_all().await.into_iter().filter(|added| *added).count();
    assert_eq!(number(&database).await, i64::try_from(added).unwrap());
    let tries = tries.load(SeqCst);
    match engine {
        Engine::Sqlite => assert_eq!((added, tries), (100, 100), "one after the other"),
        Engine::Postgres => assert!(added > 50 && tries > 100, "{added} in {tries} tries"),
    }
}

#[tokio::test]
async fn conflicts_without_an_end_are_told_after_ten_tries() {
    let (_scratch, database) = counter(Engine::Postgres).await;
    for (raise, code, expected) in [
        ("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", "40001", 10),
        ("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$", "40P01", 10),
        ("DO $$ BEGIN RAISE SQLSTATE '23505'; END $$", "23505", 1),
    ] {
        let tries = &AtomicU32::new(0);
        let failed = database.transaction(|mut transaction| async move {
            tries.fetch_add(1, SeqCst);
            sql!(transaction.on(), c => sqlx::raw_sql(raise).execute(c).await.map(drop))?;
            transaction.commit().await
        });
        let error = failed.await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), code);
        assert_eq!(tries.load(SeqCst), expected, "{code}");
    }
}

/// How many statements this database works on, but for the one that asks.
async fn at_work(scratch: &Scratch) -> i64 {
    sql!(read scratch.database, c => sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid() AND state <> 'idle'",
    ).fetch_one(c).await)
    .unwrap()
}

#[tokio::test]
async fn the_statements_of_calls_that_are_given_up_end_soon() {
    let (scratch, database) = counter(Engine::Postgres).await;
    let (mut calls, patience) = (JoinSet::new(), Duration::from_millis(300));
    for _ in 0..10 {
        let database = database.clone();
        calls.spawn(timeout(patience, async move {
            sql!(read database, c => sqlx::query("SELECT pg_sleep(300)").execute(c).await.map(drop))
        }));
    }
    let database = database.clone();
    let locked = database.transaction(|mut transaction| async move {
        sql!(transaction.on(), c => {
            sqlx::query("UPDATE counter SET number = 7").execute(c).await.map(drop)
        })?;
        sql!(transaction.on(), c => {
            sqlx::query("SELECT pg_sleep(300)").execute(c).await.map(drop)
        })?;
        transaction.commit().await
    });
    timeout(patience, locked).await.unwrap_err();
    assert!(calls.join_all().await.into_iter().all(|call| call.is_err()));

    let began = Instant::now();
    while at_work(&scratch).await > 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "statements run on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(number(&database).await, 0);
    sql!(write database, c => {
        sqlx::query("UPDATE counter SET number = 1").execute(c).await.map(drop)
    })
    .unwrap();
}

#[tokio::test]
async fn a_short_statement_that_is_given_up_costs_no_connection() {
    let (_scratch, database) = counter(Engine::Postgres).await;
    let mine = async || -> i64 {
        sql!(read database, c => sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'given up' \
             AND datname = current_database()",
        ).fetch_one(c).await)
        .unwrap()
    };
    sql!(write database, c => {
        sqlx::query("SET application_name = 'given up'").execute(c).await.map(drop)
    })
    .unwrap();
    for _ in 0..5 {
        let nap = async {
            sql!(read database, c => sqlx::query("SELECT pg_sleep(0.01)").execute(c).await.map(drop))
        };
        timeout(Duration::from_millis(3), nap).await.unwrap_err();
    }
    assert_eq!(mine().await, 1);
}
