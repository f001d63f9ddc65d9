//! `ImportUsers`, and the first sign-in of who came with a hash of another system.

use crate::users::get;
use crate::{Answer, PASSWORD, Service, WRONG, logged};
use database::scratch::Engine;
use latchkey_proto::identity::v1::{
    ImportUsersRequest, ImportUsersResponse, UserState, import_users_response::Result as Imported,
};
use tonic::{Code, Status};

database::both_databases!(
    each_row_gets_one_result_in_order_and_bad_ones_are_left_out_whole,
    rows_keep_their_subject_state_and_spelling,
    hashes_of_other_systems_sign_in_and_are_renewed,
    an_imported_hash_that_costs_too_much_is_told_and_not_kept,
    an_import_that_comes_again_adds_nobody_twice,
    two_imports_of_the_same_people_add_them_once,
    a_broken_stream_keeps_what_was_answered,
);

impl Service {
    pub(crate) async fn import(
        &self,
        rows: Vec<ImportUsersRequest>,
    ) -> Result<Vec<ImportUsersResponse>, Status> {
        let mut stream = self.users().import_users(tokio_stream::iter(rows)).await?.into_inner();
        let mut results = Vec::new();
        while let Some(result) = stream.message().await? {
            results.push(result);
        }
        Ok(results)
    }

    /// What a statement counts.
    pub(crate) async fn count(&self, statement: &'static str) -> i64 {
        let database = &self.scratch.database;
        database::sql!(database.read().await.unwrap().on(), c => {
            sqlx::query_scalar(statement).fetch_one(c).await.unwrap()
        })
    }
}

/// Somebody to import. Empty `password`: none.
pub(crate) fn row(number: i64, password: &str) -> ImportUsersRequest {
    ImportUsersRequest {
        row: number,
        email: format!("person{number}@example.com"),
        display_name: format!("Person {number}"),
        password: password.to_owned(),
        ..ImportUsersRequest::default()
    }
}

fn with_hash(number: i64, hash: &str) -> ImportUsersRequest {
    ImportUsersRequest { password_hash: hash.to_owned(), ..row(number, "") }
}

/// The fields that a row was left out for; empty where it was added.
fn fields(result: &ImportUsersResponse) -> Vec<&str> {
    match result.result.as_ref().unwrap() {
        Imported::Subject(_) => vec![],
        Imported::Rejected(it) => it.violations.iter().map(|it| it.field.as_str()).collect(),
    }
}

async fn each_row_gets_one_result_in_order_and_bad_ones_are_left_out_whole(engine: Engine) {
    let service = Service::on(engine).await;
    service.add("taken@example.com", "taken").await.unwrap();
    let mut rows: Vec<_> = (1..=500).map(|number| row(number, "")).collect();
    rows[9].email = "none".into();
    rows[9].display_name = String::new();
    rows[19].email = "TAKEN@example.com".into();
    rows[29].username = "Taken".into();
    rows[39].email = rows[0].email.to_uppercase();
    rows[49].subject = "a\0b".into();
    rows[59].password = "short".into();
    rows[69].password = PASSWORD.into();
    rows[69].password_hash = "$2b$04$".into();
    rows[79].password_hash = "hunter2".into();
    let results = service.import(rows).await.unwrap();
    let numbers: Vec<_> = results.iter().map(|result| result.row).collect();
    assert_eq!(numbers, (1..=500).collect::<Vec<_>>());
    let bad: Vec<_> = results.iter().filter(|it| !fields(it).is_empty()).collect();
    let bad: Vec<_> = bad.into_iter().map(|it| (it.row, fields(it))).collect();
    let expected = [
        (10, vec!["email", "display_name"]),
        (20, vec!["email"]),
        (30, vec!["username"]),
        (40, vec!["email"]),
        (50, vec!["subject"]),
        (60, vec!["password"]),
        (70, vec!["password_hash"]),
        (80, vec!["password_hash"]),
    ];
    assert_eq!(bad, expected);
    assert_eq!(service.count("SELECT count(*) FROM users").await, 1 + 500 - 8);
    assert_eq!(service.count("SELECT count(*) FROM subjects").await, 1 + 500 - 8);
    assert_eq!(service.count("SELECT count(*) FROM identifiers").await, 2 + 500 - 8);
    assert!(!logged().contains("hunter2"));
    service.stop().await;
}

async fn rows_keep_their_subject_state_and_spelling(engine: Engine) {
    let service = Service::on(engine).await;
    let mut ada = row(7, PASSWORD);
    ada.subject = "legacy-7".into();
    ada.email = "Ada@Example.com".into();
    ada.username = "Ada".into();
    let mut bob = row(8, PASSWORD);
    bob.state = UserState::Disabled.into();
    let mut again = row(9, "");
    again.subject = "legacy-7".into();
    let results = service.import(vec![ada, bob, again]).await.unwrap();
    assert_eq!(fields(&results[2]), ["subject"]);
    let user = get(&service, "legacy-7").await.unwrap();
    assert_eq!((user.email.as_str(), user.username.as_str()), ("Ada@Example.com", "Ada"));
    let answer = service.verify("ada", PASSWORD).await.unwrap();
    assert_eq!(answer, Answer::Verified("legacy-7".to_owned()));
    assert_eq!(service.verify("person8@example.com", PASSWORD).await.unwrap(), WRONG);
    service.stop().await;
}

async fn hashes_of_other_systems_sign_in_and_are_renewed(engine: Engine) {
    let service = Service::on(engine).await;
    let bcrypt = "$2a$04$UuTkLRZZ6QofpDOlMz32MuuxEHA43WOemOYHPz6.SjsVsyO1tDU96";
    let hashes = [
        (bcrypt.to_owned(), "password"),
        (bcrypt.replacen("$2a$", "$2y$", 1), "password"),
        (
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E"
                .to_owned(),
            "password",
        ),
        (
            "$pbkdf2-sha256$i=4096$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0\
             $NIyJ28vTKy8y2BS4EW6EzysXNH68GAAYHE4qH7jdU+HGNVGMfaxH6Q"
                .to_owned(),
            "passwordPASSWORDpassword",
        ),
        (
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"
                .to_owned(),
            "password",
        ),
    ];
    let rows = hashes.iter().zip(1..).map(|((hash, _), number)| with_hash(number, hash));
    let results = service.import(rows.collect()).await.unwrap();
    assert!(results.iter().all(|result| fields(result).is_empty()), "{results:?}");

    let renewed = "SELECT count(*) FROM users WHERE password_hash LIKE '$argon2id$v=19$m=19456,%'";
    for ((hash, password), number) in hashes.iter().zip(1..) {
        let name = format!("person{number}@example.com");
        let before = service.identity.hashing.begun();
        assert_eq!(service.verify(&name, "wrong").await.unwrap(), WRONG, "{hash}");
        assert_eq!(service.identity.hashing.begun() - before, 1);
        assert_eq!(service.count(renewed).await, number - 1, "{hash}");
        for _ in 0..2 {
            let answer = service.verify(&name, password).await.unwrap();
            assert!(matches!(answer, Answer::Verified(_)), "{hash}");
            assert_eq!(service.count(renewed).await, number, "{hash}");
        }
        assert_eq!(service.verify(&name, "wrong").await.unwrap(), WRONG, "{hash}");
        let Some(Imported::Subject(subject)) =
            results[usize::try_from(number - 1).unwrap()].result.clone()
        else {
            panic!("{hash}")
        };
        assert_eq!(get(&service, &subject).await.unwrap().etag, "v1", "no change to others");
    }
    service.stop().await;
}

async fn an_imported_hash_that_costs_too_much_is_told_and_not_kept(engine: Engine) {
    let service = Service::on(engine).await;
    let rest = "$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG";
    let rows = [
        format!("$argon2id$v=19$m=4194304,t=2,p=1{rest}"),
        format!("$scrypt$ln=30,r=8,p=1{rest}"),
        format!("$pbkdf2-sha256$i=4000000000{rest}"),
        "$2b$31$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie".to_owned(),
    ];
    let rows = rows.iter().zip(1..).map(|(hash, number)| with_hash(number, hash)).collect();
    for result in service.import(rows).await.unwrap() {
        assert_eq!(fields(&result), ["password_hash"]);
        assert!(format!("{result:?}").contains("costs more than is allowed"), "{result:?}");
    }
    assert_eq!(service.count("SELECT count(*) FROM users").await, 0);
    assert_eq!(service.identity.hashing.begun(), 0);
    service.stop().await;
}

async fn an_import_that_comes_again_adds_nobody_twice(engine: Engine) {
    let service = Service::on(engine).await;
    let rows: Vec<_> = (1..=300).map(|number| row(number, "")).collect();
    service.import(rows.clone()).await.unwrap();
    let again = service.import(rows).await.unwrap();
    assert!(again.iter().all(|result| fields(result) == ["email"]));
    assert_eq!(service.count("SELECT count(*) FROM users").await, 300);
    service.stop().await;
}

async fn two_imports_of_the_same_people_add_them_once(engine: Engine) {
    let service = Service::on(engine).await;
    let rows: Vec<_> = (1..=400).map(|number| row(number, "")).collect();
    let backwards = rows.iter().rev().cloned().collect();
    let (one, other) = tokio::join!(service.import(rows), service.import(backwards));
    let (one, other) = (one.unwrap(), other.unwrap());
    let added = one.iter().chain(&other).filter(|result| fields(result).is_empty()).count();
    assert_eq!((one.len(), other.len(), added), (400, 400, 400));
    assert_eq!(service.count("SELECT count(*) FROM users").await, 400);
    assert_eq!(service.count("SELECT count(*) FROM identifiers").await, 400);
    service.stop().await;
}

async fn a_broken_stream_keeps_what_was_answered(engine: Engine) {
    let service = Service::on(engine).await;
    let mut rows: Vec<_> = (1..=250).map(|number| row(number, "")).collect();
    rows[200].display_name = "a".repeat(64 * 1024);
    let mut stream =
        service.users().import_users(tokio_stream::iter(rows)).await.unwrap().into_inner();
    let mut answered = 0;
    let status = loop {
        match stream.message().await {
            Ok(Some(_)) => answered += 1,
            Ok(None) => panic!("the stream ended well"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    assert_eq!(answered, 200);
    assert_eq!(service.count("SELECT count(*) FROM users").await, 200);
    service.stop().await;
}
