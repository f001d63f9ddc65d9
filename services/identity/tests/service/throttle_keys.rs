//! Counters whose keys nobody can guess who reads the table.

use crate::{
    Service, WRONG, attempt_from, config,
    lifting::{lift, list},
    throttling::throttled,
};
use chassis::Clock;
use database::scratch::Engine;
use latchkey_identity::{Identity, domain::throttle::Keys};
use latchkey_proto::identity::v1::throttle_target::Target;
use std::{fs, net::Ipv4Addr, path::Path};
use tempfile::TempDir;

database::both_databases!(
    a_guess_matches_no_key_without_the_secret,
    the_same_secret_counts_on_and_another_begins_anew,
);

const ADDRESS: &str = "192.0.2.1";

fn secret(folder: &TempDir, name: &str) -> String {
    let file = folder.path().join(name);
    fs::write(&file, name.repeat(32)).unwrap();
    option(&file)
}

fn option(file: &Path) -> String {
    format!("--throttle-key-file={}", file.display())
}

async fn guess(service: &Service) {
    assert_eq!(service.answer(attempt_from(ADDRESS, "ada", "wrong")).await.unwrap(), WRONG);
}

/// How many counters are kept under the SHA-256 of the address.
async fn guessed(service: &Service) -> i64 {
    let key = Keys::default().source(ADDRESS.parse::<Ipv4Addr>().unwrap().into());
    let database = &service.scratch.database;
    database::sql!(database.read().await.unwrap().on(), c => {
        sqlx::query_scalar("SELECT count(*) FROM throttles WHERE key = $1")
            .bind(key.as_slice())
            .fetch_one(c)
            .await
            .unwrap()
    })
}

async fn a_guess_matches_no_key_without_the_secret(engine: Engine) {
    let open = Service::on(engine).await;
    guess(&open).await;
    assert_eq!(guessed(&open).await, 1, "without a secret anybody can tell");
    open.stop().await;

    let folder = tempfile::tempdir().unwrap();
    let service = Service::with(engine, &[&secret(&folder, "a")]).await;
    guess(&service).await;
    assert_eq!(guessed(&service).await, 0);
    // Operators name people and addresses as ever.
    for target in [Target::Identifier("ada".to_owned()), Target::Address(ADDRESS.to_owned())] {
        assert_eq!(list(&service, Some(target)).await.len(), 2);
    }
    assert_eq!(lift(&service, Target::Address(ADDRESS.to_owned())).await, 2);
    service.stop().await;
}

async fn the_same_secret_counts_on_and_another_begins_anew(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (secret(&folder, "a"), secret(&folder, "b"));
    let slow = |secret| ["--throttle-pair=2", "--throttle-delay=1h", secret];
    let service = Service::with(engine, &slow(&one)).await;
    guess(&service).await;
    guess(&service).await;
    let service = Service::over(service.end().await, &slow(&one)).await;
    throttled(service.answer(attempt_from(ADDRESS, "ada", "wrong")).await);
    let service = Service::over(service.end().await, &slow(&other)).await;
    guess(&service).await;
    service.stop().await;
}

#[tokio::test]
async fn a_secret_that_is_too_short_ends_the_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "hunter2").unwrap();
    let config = config("sqlite:/nowhere/identity.sqlite", &[&option(file.path())]);
    let error = Identity::build(config, Clock::System).await.unwrap_err();
    let told = format!("{error:#}");
    assert!(told.contains("--throttle-key") && told.contains("32"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}
