//! A database of an earlier release, with people in it.

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
    people_of_the_first_release_are_as_they_were,
    the_release_before_starts_on_the_schema_of_this_one,
    only_the_schema_is_brought_up_to_date,
);

/// The schema as the first release had it.
fn first_release() -> Migrator {
    let known: Vec<_> = MIGRATIONS.iter().filter(|it| it.version <= 2).cloned().collect();
    Migrator { migrations: Cow::Owned(known), ..Migrator::DEFAULT }
}

async fn people_of_the_first_release_are_as_they_were(engine: Engine) {
    let scratch = Scratch::new(engine, &first_release()).await;
    for statement in [
        "INSERT INTO users (subject, email, username, display_name, password_hash, state, \
         created_at, updated_at) VALUES ('old-1', 'Ada@example.com', 'ada', 'Ada', NULL, 'active', \
         '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00')",
        "INSERT INTO identifiers (key, subject) VALUES ('ada@example.com', 'old-1'), ('ada', 'old-1')",
    ] {
        database::sql!(scratch.database.write().await.unwrap().on(), c => {
            sqlx::query(statement).execute(c).await.unwrap();
        });
    }
    Database::open(&scratch.url, &MIGRATIONS).await.unwrap().close().await;

    let service = Service::over(scratch, &[]).await;
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

async fn the_release_before_starts_on_the_schema_of_this_one(engine: Engine) {
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let before = Database::open(&scratch.url, &first_release()).await.unwrap();
    before.ping().await.unwrap();
    before.close().await;
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
