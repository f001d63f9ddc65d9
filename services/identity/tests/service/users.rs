//! `UserService`, and the demo users.

use crate::{Answer, PASSWORD, Service, WRONG, config};
use chassis::Clock;
use database::scratch::{Engine, Scratch};
use latchkey_identity::{Identity, store::MIGRATIONS};
use latchkey_proto::identity::v1::{
    CreateUserRequest, DeleteUserRequest, GetUserRequest, UpdateUserRequest, User, UserState,
};
use prost_types::FieldMask;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

database::both_databases!(
    who_was_added_is_found_as_written,
    identifiers_are_unique_across_email_addresses_and_user_names,
    names_that_look_like_others_are_refused_where_they_are_new,
    of_fifty_who_ask_for_one_address_one_gets_it,
    what_is_wrong_with_a_new_user_is_told_at_once,
    nobody_and_the_disabled_are_told_apart,
    demo_users_are_made_once_also_by_two_at_once,
    without_the_flag_there_is_no_demo_user,
);

pub(crate) async fn get(service: &Service, subject: &str) -> Result<User, Status> {
    let request = GetUserRequest { subject: subject.to_owned() };
    Ok(service.users().get_user(request).await?.into_inner().user.unwrap())
}

pub(crate) fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.domain, "latchkey");
    info.reason.clone()
}

/// What has to be otherwise first: which kind of thing, and which.
pub(crate) fn precondition(status: &Status) -> (String, String) {
    let details = status.get_error_details();
    let [violation] = details.precondition_failure().unwrap().violations.as_slice() else {
        panic!("{status:?}");
    };
    (violation.r#type.clone(), violation.subject.clone())
}

async fn who_was_added_is_found_as_written(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add(" Ada@Example.com ", "").await.unwrap();
    let expected = User {
        subject: ada.subject.clone(),
        email: "Ada@Example.com".to_owned(),
        username: String::new(),
        display_name: "Ada Lovelace".to_owned(),
        state: UserState::Active.into(),
        etag: "v1".to_owned(),
        create_time: ada.create_time,
        update_time: ada.create_time,
        ..User::default()
    };
    assert_eq!(ada, expected);
    let created = SystemTime::try_from(ada.create_time.unwrap()).unwrap();
    assert!(created.elapsed().unwrap() < Duration::from_mins(1), "{created:?}");
    assert_eq!(get(&service, &ada.subject).await.unwrap(), ada);
    let bob = service.add("bob@example.com", "Bob").await.unwrap();
    assert_eq!(bob.username, "Bob");
    assert!(ada.subject < bob.subject, "subjects grow with time");
    service.stop().await;
}

async fn identifiers_are_unique_across_email_addresses_and_user_names(engine: Engine) {
    let service = Service::on(engine).await;
    service.add("ada@example.com", "ada").await.unwrap();
    for (email, username) in
        [("ADA@example.com", ""), ("other@example.com", "\u{ff21}da"), ("ada@example.com", "x")]
    {
        let status = service.add(email, username).await.unwrap_err();
        assert_eq!(status.code(), Code::AlreadyExists, "{email} {username}");
        assert_eq!(reason(&status), "USER_EXISTS");
    }
    // Nothing is left of who was refused for the second of two names.
    service.add("other@example.com", "x").await.unwrap();
    service.stop().await;
}

async fn names_that_look_like_others_are_refused_where_they_are_new(engine: Engine) {
    let service = Service::on(engine).await;
    let fields = |status: Status| {
        let details = status.get_error_details();
        let violations = details.bad_request().unwrap().field_violations.iter();
        violations.map(|violation| violation.field.clone()).collect::<Vec<_>>()
    };
    let (email, username) = ("\u{430}da@example.com", "ada\u{200b}");
    let status = service.add(email, username).await.unwrap_err();
    assert_eq!(fields(status), ["email", "username"]);

    // Whoever has such a name from before keeps it.
    let ada = service.add("ada@example.com", "ada").await.unwrap();
    service.sql("UPDATE users SET username = '\u{430}da'").await;
    service.sql("UPDATE identifiers SET key = '\u{430}da' WHERE key = 'ada'").await;
    let update = async |username: &str| {
        let paths = ["username", "display_name"].map(str::to_owned).to_vec();
        let (username, display_name) = (username.to_owned(), "Countess".to_owned());
        let user = User { username, display_name, etag: String::new(), ..ada.clone() };
        let mask = FieldMask { paths };
        let request = UpdateUserRequest { user: Some(user), update_mask: Some(mask) };
        service.users().update_user(request).await
    };
    update("\u{430}da").await.unwrap();
    let verified = Answer::Verified(ada.subject.clone());
    assert_eq!(service.verify("\u{430}da", PASSWORD).await.unwrap(), verified);
    assert_eq!(fields(update("\u{430}dmin").await.unwrap_err()), ["user.username"]);
    service.stop().await;
}

async fn of_fifty_who_ask_for_one_address_one_gets_it(engine: Engine) {
    let service = Service::with(engine, &["--hash-workers=4"]).await;
    let mut calls = JoinSet::new();
    for number in 0..50 {
        let mut users = service.users();
        calls.spawn(async move {
            let email = if number % 2 == 0 { "ada@example.com" } else { "ADA@EXAMPLE.COM" };
            let request = CreateUserRequest {
                email: email.to_owned(),
                display_name: "Ada".to_owned(),
                password: PASSWORD.to_owned(),
                ..Default::default()
            };
            users.create_user(request).await.map_or_else(|status| status.code(), |_| Code::Ok)
        });
    }
    let mut codes = calls.join_all().await;
    codes.sort_by_key(|code| i32::from(*code));
    assert_eq!(codes[0], Code::Ok);
    assert_eq!(codes[1..], [Code::AlreadyExists; 49]);
    service.stop().await;
}

async fn what_is_wrong_with_a_new_user_is_told_at_once(engine: Engine) {
    let service = Service::with(engine, &["--password-min-length=8"]).await;
    let request = CreateUserRequest {
        email: "no address".to_owned(),
        username: "a@b".to_owned(),
        display_name: "a".repeat(129),
        password: "7 chars".to_owned(),
        request_id: "a".repeat(65),
        ..Default::default()
    };
    let status = service.users().create_user(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_error_details();
    let fields: Vec<_> =
        details.bad_request().unwrap().field_violations.iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["email", "username", "display_name", "password", "request_id"]);
    assert!(!format!("{status:?}").contains("7 chars"), "{status:?}");
    assert_eq!(service.identity.hashing.begun(), 0);
    service.stop().await;
}

async fn nobody_and_the_disabled_are_told_apart(engine: Engine) {
    let service = Service::on(engine).await;
    let long = "a".repeat(1000);
    for subject in ["", "nobody", "a\0b", &long] {
        let status = get(&service, subject).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "USER_NOT_FOUND"));
    }
    let ada = service.add("ada@example.com", "").await.unwrap();
    service.sql("UPDATE users SET state = 'disabled'").await;
    assert_eq!(get(&service, &ada.subject).await.unwrap().state(), UserState::Disabled);
    service.stop().await;
}

async fn demo_users_are_made_once_also_by_two_at_once(engine: Engine) {
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let start = || Identity::build(config(&scratch.url, &["--demo-users"]), Clock::System);
    let (one, other) = tokio::join!(start(), start());
    for started in [one, other] {
        started.unwrap().running.stop(Duration::from_secs(10)).await;
    }
    let again = Service::over(scratch, &["--demo-users"]).await;
    assert_eq!(again.identity.hashing.begun(), 0, "they are there");
    for (subject, email, name) in
        [("1", "user@example.com", "User One"), ("2", "user2@example.com", "User Two")]
    {
        let answer = again.verify(email, "password").await.unwrap();
        assert_eq!(answer, Answer::Verified(subject.to_owned()));
        let user = get(&again, subject).await.unwrap();
        assert_eq!((user.email.as_str(), user.display_name.as_str()), (email, name));
    }
    let delete = DeleteUserRequest { subject: "2".to_owned(), etag: String::new() };
    again.users().delete_user(delete).await.unwrap();
    let once_more = Identity::build(config(&again.scratch.url, &["--demo-users"]), Clock::System);
    once_more.await.unwrap().running.stop(Duration::from_secs(10)).await;
    assert_eq!(get(&again, "2").await.unwrap_err().code(), Code::NotFound, "deleted for ever");
    again.stop().await;
}

async fn without_the_flag_there_is_no_demo_user(engine: Engine) {
    let service = Service::on(engine).await;
    assert_eq!(service.verify("user@example.com", "password").await.unwrap(), WRONG);
    assert_eq!(get(&service, "1").await.unwrap_err().code(), Code::NotFound);
    service.stop().await;
}
