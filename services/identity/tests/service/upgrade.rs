//! Databases of earlier releases, with a row in each table.

use crate::users::get;
use crate::{Service, WRONG};
use clap::Parser as _;
use database::{
    Database,
    scratch::{Engine, Scratch},
};
use latchkey_identity::{Config, Identity, store::MIGRATIONS};
use latchkey_proto::identity::v1::DeleteUserRequest;
use sqlx::migrate::Migrator;
use std::borrow::Cow;

database::both_databases!(
    people_of_every_schema_are_as_they_were,
    every_release_before_starts_on_the_schema_of_this_one,
    only_the_schema_is_brought_up_to_date,
);

/// Since which migration, the table, how to fill it, and how to count what is in it.
macro_rules! row {
    ($since:literal, $table:literal, $row:literal $(,)?) => {
        (
            $since,
            $table,
            concat!("INSERT INTO ", $table, " ", $row),
            concat!("SELECT count(*) FROM ", $table),
        )
    };
}

/// A row of each table, by the migration that made it. `$1` stands for bytes.
const ROWS: [(i64, &str, &str, &str); 10] = [
    row!(
        1,
        "users",
        "(subject, email, username, display_name, password_hash, state, created_at, updated_at) \
         VALUES ('old-1', 'Ada@example.com', 'ada', 'Ada', NULL, 'active', \
         '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00')",
    ),
    row!(1, "identifiers", "(key, subject) VALUES ('ada@example.com', 'old-1'), ('ada', 'old-1')"),
    row!(
        2,
        "login_challenges",
        "(sha256, subject, expires_at) VALUES ($1, 'old-1', '2999-01-01 00:00:00+00:00')",
    ),
    row!(
        3,
        "throttles",
        "(key, kind, subject, failures, last_at, previous_at, forget_at) \
         VALUES ($1, 'account', 'old-1', 1, '2026-01-02 03:04:05+00:00', \
         '2026-01-02 03:04:05+00:00', '2999-01-01 00:00:00+00:00')",
    ),
    row!(
        3,
        "devices",
        "(sha256, subject, expires_at) VALUES ($1, 'old-1', '2999-01-01 00:00:00+00:00')",
    ),
    row!(
        4,
        "audit_events",
        "(id, at, event, outcome, subject) VALUES ('019b7c5e-0000-7000-8000-000000000001', \
         '2026-01-02 03:04:05+00:00', 'user.create', 'done', 'old-1')",
    ),
    row!(10, "subjects", "(subject) VALUES ('old-1')"),
    row!(
        11,
        "create_requests",
        "(request_id, subject, content, expires_at) \
         VALUES ('old', 'old-1', $1, '2999-01-01 00:00:00+00:00')",
    ),
    row!(
        13,
        "login_sessions",
        "(id, subject, acr, amr, authenticated_at, created_at, used_at) \
         VALUES ('old', 'old-1', 'aal1', 'pwd', '2026-01-02 03:04:05+00:00', \
         '2026-01-02 03:04:05+00:00', '2999-01-01 00:00:00+00:00')",
    ),
    row!(14, "sign_outs", "(subject, requested_at) VALUES ('gone', '2026-01-02 03:04:05+00:00')"),
];

/// The schema up to this migration.
fn schema_of(version: i64) -> Migrator {
    let known: Vec<_> = MIGRATIONS.iter().filter(|it| it.version <= version).cloned().collect();
    Migrator { migrations: Cow::Owned(known), ..Migrator::DEFAULT }
}

/// The schema as the first release had it.
fn first_release() -> Migrator {
    schema_of(2)
}

/// The rows of the tables of this schema.
fn rows_of(version: i64) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let there = ROWS.into_iter().filter(move |(since, ..)| *since <= version);
    there.map(|(_, table, fill, count)| (table, fill, count))
}

async fn people_of_every_schema_are_as_they_were(engine: Engine) {
    for version in MIGRATIONS.iter().map(|it| it.version) {
        let scratch = Scratch::new(engine, &schema_of(version)).await;
        for (_, fill, _) in rows_of(version) {
            database::sql!(scratch.database.write().await.unwrap().on(), c => {
                let query = sqlx::query(fill);
                let query = if fill.contains("$1") { query.bind(&b"old"[..]) } else { query };
                query.execute(c).await.unwrap();
            });
        }
        Database::open(&scratch.url, &MIGRATIONS).await.unwrap().close().await;

        let service = Service::over(scratch, &[]).await;
        for (table, _, count) in rows_of(version) {
            let rows = if table == "identifiers" { 2 } else { 1 };
            assert_eq!(service.count(count).await, rows, "{table}, from schema {version}");
        }
        let ada = get(&service, "old-1").await.unwrap();
        assert_eq!((ada.email.as_str(), ada.etag.as_str()), ("Ada@example.com", "v1"));
        assert_eq!(ada.create_time.unwrap().seconds, 1_767_323_045);
        assert_eq!((ada.phone_number.as_str(), &ada.address), ("", &None));
        assert!(ada.groups.is_empty(), "{:?}", ada.groups);
        assert_eq!(service.count("SELECT count(*) FROM subjects").await, 1);
        assert_eq!(service.verify("ada", "anything").await.unwrap(), WRONG);
        let delete = DeleteUserRequest { subject: "old-1".to_owned(), etag: ada.etag };
        service.users().delete_user(delete).await.unwrap();
        service.stop().await;
    }
}

#[test]
fn every_table_has_a_row_in_the_upgrade() {
    let schema: Vec<_> = MIGRATIONS.iter().map(|it| it.sql.as_str()).collect();
    let schema = schema.concat();
    let mut made: Vec<_> = schema
        .split("CREATE TABLE ")
        .skip(1)
        .map(|rest| rest.split_whitespace().next().unwrap())
        .collect();
    let mut filled: Vec<_> = ROWS.iter().map(|(_, table, ..)| *table).collect();
    made.sort_unstable();
    filled.sort_unstable();
    assert_eq!(filled, made);
}

async fn every_release_before_starts_on_the_schema_of_this_one(engine: Engine) {
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let versions: Vec<_> = MIGRATIONS.iter().map(|it| it.version).collect();
    for version in versions {
        let before = Database::open(&scratch.url, &schema_of(version)).await.unwrap();
        before.ping().await.unwrap();
        before.close().await;
    }
}

async fn only_the_schema_is_brought_up_to_date(engine: Engine) {
    let scratch = Scratch::new(engine, &first_release()).await;
    let options = ["identity", "--migrate-only", "--demo-users", "--database-url", &scratch.url];
    let config = Config::try_parse_from(options).unwrap();
    let running = Identity::start(config).await.unwrap();
    assert!(running.stopping().is_cancelled() && running.address("gRPC").is_none());
    let count = async |statement: &'static str| -> i64 {
        database::sql!(scratch.database.read().await.unwrap().on(), c => {
            sqlx::query_scalar(statement).fetch_one(c).await.unwrap()
        })
    };
    let done = count("SELECT count(*) FROM _sqlx_migrations").await;
    assert_eq!(usize::try_from(done).unwrap(), MIGRATIONS.iter().count());
    assert_eq!(count("SELECT count(*) FROM users").await, 0, "and nobody is created");
}
