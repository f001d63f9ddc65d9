//! A database that dies, a disk that is full, and a caller who writes into the log.

use crate::NOTHING;
use database::scratch::{Engine, Scratch, Server};
use latchkey_integration_tests::identity::Identity;
use latchkey_proto::identity::v1::{
    AttemptContext, CreateUserRequest, GetUserRequest, ImportUsersRequest,
    VerifyCredentialsRequest, credential_service_client::CredentialServiceClient,
    import_users_response::Result as Imported, user_service_client::UserServiceClient,
    verify_credentials_response::Outcome,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{task::JoinSet, time::sleep};
use tonic::{
    Code,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;

const PASSWORD: &str = "correct horse battery staple";

fn channel(identity: &Identity) -> Channel {
    Endpoint::from_shared(format!("http://{}", identity.address)).unwrap().connect_lazy()
}

fn person(number: usize) -> CreateUserRequest {
    CreateUserRequest {
        email: format!("user{number}@example.com"),
        display_name: "User".to_owned(),
        password: PASSWORD.to_owned(),
        request_id: format!("request {number}"),
        ..CreateUserRequest::default()
    }
}

fn attempt(email: &str, password: &str, user_agent: &str) -> VerifyCredentialsRequest {
    let user_agent = user_agent.to_owned();
    VerifyCredentialsRequest {
        identifier: email.to_owned(),
        password: password.to_owned(),
        context: Some(AttemptContext { user_agent, ..AttemptContext::default() }),
    }
}

/// Callers who ask again with the same request id until they are answered, while PostgreSQL is
/// killed twice.
#[tokio::test(flavor = "multi_thread")]
async fn of_calls_while_postgresql_dies_and_comes_back_none_is_lost_or_doubled() {
    const PEOPLE: usize = 60;
    let server = tokio::task::spawn_blocking(Server::start).await.unwrap();
    let identity = Identity::start(&server.url(), &["--hash-workers=2"]);
    let (mut calls, created) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    for number in 0..PEOPLE {
        let mut users = UserServiceClient::new(channel(&identity));
        let created = created.clone();
        calls.spawn(async move {
            loop {
                match users.create_user(person(number)).await {
                    Ok(answer) => {
                        created.fetch_add(1, SeqCst);
                        return answer.into_inner().user.unwrap().subject;
                    }
                    Err(status) => {
                        let expected = [Code::Unavailable, Code::ResourceExhausted];
                        assert!(expected.contains(&status.code()), "{status:?}");
                        assert!(!status.message().contains("relation"), "{status:?}");
                        sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        });
    }
    for killed_at in [PEOPLE / 6, PEOPLE / 2] {
        while created.load(SeqCst) < killed_at {
            sleep(Duration::from_millis(5)).await;
        }
        server.kill();
        tokio::task::block_in_place(|| server.launch());
    }
    let mut subjects = calls.join_all().await;
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), PEOPLE);

    let pool = sqlx::PgPool::connect(&server.url()).await.unwrap();
    for statement in [
        "SELECT count(*) FROM users",
        "SELECT count(*) FROM identifiers",
        "SELECT count(*) FROM audit_events WHERE event = 'user.create'",
    ] {
        let counted: i64 = sqlx::query_scalar(statement).fetch_one(&pool).await.unwrap();
        assert_eq!(usize::try_from(counted).unwrap(), PEOPLE, "{statement}");
    }
    let mut client = CredentialServiceClient::new(channel(&identity));
    let answer = client.verify_credentials(attempt("user7@example.com", PASSWORD, "")).await;
    let outcome = answer.unwrap().into_inner().outcome;
    assert!(matches!(outcome, Some(Outcome::Verified(_))), "{outcome:?}");
}

/// The process may write no file longer than 1 MiB, which to SQLite is a disk without room.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_half_written_and_with_room_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("identity.sqlite").display());
    let identity = Identity::start_with_files_of(&url, 1024, &[]);
    let mut users = UserServiceClient::new(channel(&identity));
    let first = users.create_user(person(0)).await.unwrap().into_inner().user.unwrap();

    let unavailable = |status: &tonic::Status| {
        let reason = status.get_error_details().error_info().unwrap().reason.clone();
        assert_eq!((status.code(), reason.as_str()), (Code::Unavailable, "DATABASE_UNAVAILABLE"));
    };
    // Filled with batches, until there is no room for a single sign-in: what cannot be told in the
    // audit trail does not happen.
    let mut client = CredentialServiceClient::new(channel(&identity));
    let right = attempt("user0@example.com", PASSWORD, "");
    let (mut kept, mut refused) = (0, 0);
    for batch in 0.. {
        assert!(batch < 1000, "all {kept} fitted");
        let rows = (0..100).map(move |row| ImportUsersRequest {
            row,
            email: format!("row{batch}.{row}@example.com"),
            display_name: "a".repeat(128),
            ..ImportUsersRequest::default()
        });
        let mut results = users.import_users(tokio_stream::iter(rows)).await.unwrap().into_inner();
        loop {
            match results.message().await {
                Ok(Some(result)) => {
                    assert!(matches!(result.result, Some(Imported::Subject(_))), "{result:?}");
                    kept += 1;
                }
                Ok(None) => break,
                Err(status) => {
                    unavailable(&status);
                    break;
                }
            }
        }
        match client.verify_credentials(right.clone()).await {
            Ok(_) => refused = 0,
            Err(status) => {
                unavailable(&status);
                refused += 1;
            }
        }
        if refused == 3 {
            break;
        }
    }
    let get = GetUserRequest { subject: first.subject };
    users.get_user(get).await.unwrap();

    identity.allow_any_file();
    let outcome = client.verify_credentials(right).await.unwrap().into_inner().outcome;
    assert!(matches!(outcome, Some(Outcome::Verified(_))), "{outcome:?}");
    users.create_user(person(1)).await.unwrap();
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    for statement in [
        "SELECT count(*) FROM users",
        "SELECT count(*) FROM identifiers",
        "SELECT count(*) FROM audit_events WHERE event = 'user.create'",
    ] {
        let counted: i64 = sqlx::query_scalar(statement).fetch_one(&pool).await.unwrap();
        assert_eq!(counted, kept + 2, "{statement}");
    }
}

#[tokio::test]
async fn whatever_a_caller_writes_an_audit_event_is_one_line() {
    let scratch = Scratch::new(Engine::Sqlite, &NOTHING).await;
    let identity = Identity::start(&scratch.url, &[]);
    let mut client = CredentialServiceClient::new(channel(&identity));
    let fake = "a\n{\"target\":\"latchkey_audit\",\"event\":\"credentials.verify\",\"outcome\":\"verified\"}";
    client.verify_credentials(attempt(fake, fake, fake)).await.unwrap();
    let log = identity.logged();
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = lines.iter().filter(|line| line["target"] == "latchkey_audit").collect();
    assert_eq!(told.len(), 1, "{log}");
    assert_eq!(told[0]["event"], "credentials.verify");
    assert_eq!(told[0]["outcome"], "wrong_credentials");
}
