//! Transactions that meet each other on PostgreSQL, and calls that are given up while they wait.

use crate::{PASSWORD, Service, attempt_from, import::row, logged, users::get};
use database::{
    Database,
    scratch::{Engine, Scratch},
    sql,
};
use latchkey_identity::store::MIGRATIONS;
use latchkey_proto::identity::v1::{
    CreateUserRequest, GetUserRequest, ListThrottlesRequest, ThrottleKind, UpdateUserRequest, User,
    import_users_response::Result as Imported,
};
use prost_types::FieldMask;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::{Code, Request};

/// A service for which every transaction is serializable, as all are in CockroachDB.
async fn serializable(options: &[&str]) -> Service {
    let mut scratch = Scratch::new(Engine::Postgres, &MIGRATIONS).await;
    scratch.url.push_str("&options=-c%20default_transaction_isolation=serializable");
    Service::over(scratch, options).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_is_written_at_once_nothing_is_lost_or_doubled() {
    let limits = ["--throttle-account=100", "--throttle-pair=100", "--hash-workers=4"];
    let service = serializable(&limits).await;
    let ada = service.add("ada@example.com", "ada").await.unwrap();
    let conflicts = || logged().matches("another transaction came in between").count();
    let before = conflicts();

    let mut calls = JoinSet::new();
    for number in 0..20 {
        let (mut users, mut credentials) = (service.users(), service.credentials());
        let user =
            User { display_name: format!("Ada {number}"), etag: String::new(), ..ada.clone() };
        let mask = FieldMask { paths: vec!["display_name".to_owned()] };
        let update = UpdateUserRequest { user: Some(user), update_mask: Some(mask) };
        calls.spawn(async move { users.update_user(update).await.map(drop) });
        let attempt = attempt_from("192.0.2.1", "ada", "wrong");
        calls.spawn(async move { credentials.verify_credentials(attempt).await.map(drop) });
        let mut users = service.users();
        let create = CreateUserRequest {
            email: format!("user{}@example.com", number / 2),
            display_name: "User".to_owned(),
            password: PASSWORD.to_owned(),
            request_id: format!("request {}", number / 2),
            ..CreateUserRequest::default()
        };
        calls.spawn(async move { users.create_user(create).await.map(drop) });
    }
    for answer in calls.join_all().await {
        answer.unwrap();
    }

    assert!(conflicts() > before, "the writers did not meet");
    assert_eq!(get(&service, &ada.subject).await.unwrap().etag, "v21");
    for (counted, expected) in [
        ("SELECT count(*) FROM users", 11),
        ("SELECT count(*) FROM audit_events WHERE event = 'user.create'", 11),
        ("SELECT count(*) FROM audit_events WHERE event = 'user.update'", 20),
        ("SELECT count(*) FROM audit_events WHERE event = 'credentials.verify'", 20),
    ] {
        assert_eq!(service.count(counted).await, expected, "{counted}");
    }
    let counters = service.throttles().list_throttles(ListThrottlesRequest::default()).await;
    let counters = counters.unwrap().into_inner().throttles;
    let account = counters.iter().find(|it| it.kind() == ThrottleKind::Account).unwrap();
    assert_eq!(account.failures, 20);
    service.stop().await;
}

/// How many statements of the service are under way.
async fn at_work(database: &Database) -> i64 {
    sql!(read database, c => sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid() AND state = 'active'",
    ).fetch_one(c).await)
    .unwrap()
}

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_given_up_leaves_no_statement_behind() {
    let service = Service::on(Engine::Postgres).await;
    let ada = service.add("ada@example.com", "").await.unwrap();
    let (database, subject) = (&service.scratch.database, &ada.subject);
    let work = database.transaction(|mut transaction| {
        let service = &service;
        async move {
            sql!(transaction.on(), c => {
                sqlx::query("LOCK TABLE users").execute(c).await.map(drop)
            })?;
            let mut late = Request::new(GetUserRequest { subject: subject.clone() });
            late.metadata_mut().insert("grpc-timeout", "300m".parse().unwrap());
            let code = service.users().get_user(late).await.unwrap_err().code();
            assert!(matches!(code, Code::DeadlineExceeded | Code::Cancelled), "{code:?}");
            until(async || at_work(database).await == 0).await;

            let mut calls = JoinSet::new();
            for _ in 0..5 {
                let (mut users, subject) = (service.users(), subject.clone());
                calls.spawn(async move { users.get_user(GetUserRequest { subject }).await });
            }
            // Those who come together are looked up together.
            until(async || at_work(database).await > 0).await;
            calls.shutdown().await;
            until(async || at_work(database).await == 0).await;
            transaction.commit().await
        }
    });
    work.await.unwrap();
    get(&service, subject).await.unwrap();
    service.stop().await;
}

/// Both add the same user names, under addresses that sort the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn imports_that_wait_for_each_other_both_end() {
    const NAMES: usize = 50;
    let service = Service::on(Engine::Postgres).await;
    let conflicts = || logged().matches("another transaction came in between").count();
    let (before, mut turn) = (conflicts(), 0);
    while conflicts() == before {
        turn += 1;
        assert!(turn < 100, "the imports did not meet");
        let rows = |import: &str, up: bool| {
            let rows = (0..NAMES).map(|number| {
                let place = if up { number } else { NAMES - number };
                let mut row = row(number.try_into().unwrap(), "");
                row.email = format!("{place:02}{import}{turn}@example.com");
                row.username = format!("{number}-{turn}");
                row
            });
            rows.collect()
        };
        let (one, other) =
            tokio::join!(service.import(rows("a", true)), service.import(rows("b", false)));
        let results = [one.unwrap(), other.unwrap()].concat();
        let added = results.iter().filter(|it| matches!(it.result, Some(Imported::Subject(_))));
        assert_eq!((results.len(), added.count()), (2 * NAMES, NAMES), "{results:?}");
    }
    service.stop().await;
}
