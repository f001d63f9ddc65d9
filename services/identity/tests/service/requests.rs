//! `CreateUser` that is repeated.

use crate::users::{precondition, reason};
use crate::{PASSWORD, Service};
use database::scratch::Engine;
use latchkey_proto::identity::v1::{CreateUserRequest, DeleteUserRequest, User};
use std::collections::HashSet;
use tokio::task::JoinSet;
use tonic::{Code, Status};

database::both_databases!(
    the_same_request_again_is_answered_with_the_same_person,
    a_request_id_stands_for_one_content,
    of_ten_of_the_same_request_at_once_one_creates,
    who_was_deleted_is_not_created_again,
    no_hash_is_kept_for_a_request,
);

fn request(id: &str) -> CreateUserRequest {
    CreateUserRequest {
        email: "ada@example.com".to_owned(),
        username: "ada".to_owned(),
        display_name: "Ada".to_owned(),
        password: PASSWORD.to_owned(),
        request_id: id.to_owned(),
        ..Default::default()
    }
}

async fn create(service: &Service, request: CreateUserRequest) -> Result<User, Status> {
    Ok(service.users().create_user(request).await?.into_inner().user.unwrap())
}

async fn the_same_request_again_is_answered_with_the_same_person(engine: Engine) {
    let service = Service::on(engine).await;
    let first = create(&service, request("one")).await.unwrap();
    assert_eq!(create(&service, request("one")).await.unwrap(), first);
    for id in ["", "two"] {
        let status = create(&service, request(id)).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::AlreadyExists, "USER_EXISTS"));
    }
    service.stop().await;
}

async fn a_request_id_stands_for_one_content(engine: Engine) {
    let service = Service::on(engine).await;
    create(&service, request("one")).await.unwrap();
    let email = CreateUserRequest { email: "b@example.com".to_owned(), ..request("one") };
    let username = CreateUserRequest { username: String::new(), ..request("one") };
    let name = CreateUserRequest { display_name: "Bob".to_owned(), ..request("one") };
    let password =
        CreateUserRequest { password: "another battery staple".to_owned(), ..request("one") };
    for other in [email, username, name, password] {
        let status = create(&service, other).await.unwrap_err();
        let expected = (Code::FailedPrecondition, "REQUEST_ID_REUSED");
        assert_eq!((status.code(), reason(&status).as_str()), expected);
        assert_eq!(precondition(&status).1, "request_id");
    }
    service.stop().await;
}

async fn of_ten_of_the_same_request_at_once_one_creates(engine: Engine) {
    let service = Service::with(engine, &["--hash-workers=4"]).await;
    let mut calls = JoinSet::new();
    for _ in 0..10 {
        let mut users = service.users();
        calls.spawn(async move {
            users.create_user(request("one")).await.unwrap().into_inner().user.unwrap().subject
        });
    }
    let subjects: HashSet<_> = calls.join_all().await.into_iter().collect();
    assert_eq!(subjects.len(), 1);
    assert_eq!(service.count("SELECT count(*) FROM users").await, 1);
    service.stop().await;
}

async fn who_was_deleted_is_not_created_again(engine: Engine) {
    let service = Service::on(engine).await;
    let subject = create(&service, request("one")).await.unwrap().subject;
    let delete = DeleteUserRequest { subject, etag: String::new() };
    service.users().delete_user(delete).await.unwrap();
    let status = create(&service, request("one")).await.unwrap_err();
    assert_eq!(reason(&status), "REQUEST_ID_REUSED");
    create(&service, request("two")).await.unwrap();
    service.stop().await;
}

async fn no_hash_is_kept_for_a_request(engine: Engine) {
    let service = Service::on(engine).await;
    create(&service, request("one")).await.unwrap();
    let kept = "SELECT count(*) FROM create_requests WHERE length(content) = 32";
    assert_eq!(service.count(kept).await, 1);
    service.stop().await;
}
