//! `ListUsers` and `BatchGetUsers`.

use crate::users::reason;
use crate::{Service, import::row};
use database::scratch::Engine;
use latchkey_proto::identity::v1::{BatchGetUsersRequest, ListUsersRequest, UserFilter, UserState};
use std::collections::HashSet;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

database::both_databases!(
    pages_hold_everybody_once_also_while_people_come_and_go,
    a_filter_leaves_the_others_out,
    an_identifier_finds_one_in_any_spelling,
    what_cannot_be_a_page_is_named,
    a_batch_is_answered_in_its_order_and_names_who_is_missing,
    batches_are_bounded,
);

/// All pages of this size: how many, and the subjects in order.
async fn all(
    service: &Service,
    page_size: i32,
    filter: &UserFilter,
) -> Result<(usize, Vec<String>), Status> {
    let (mut pages, mut subjects, mut page_token) = (0, Vec::new(), String::new());
    loop {
        let request = ListUsersRequest { page_size, page_token, filter: Some(filter.clone()) };
        let page = service.users().list_users(request).await?.into_inner();
        pages += 1;
        subjects.extend(page.users.into_iter().map(|user| user.subject));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok((pages, subjects));
        }
    }
}

/// A service with so many people: every third disabled, every fifth at example.org.
async fn crowd(engine: Engine, count: i64) -> Service {
    let service = Service::on(engine).await;
    let people = (1..=count).map(|number| {
        let mut person = row(number, "");
        let domain = if number % 5 == 0 { "org" } else { "com" };
        person.email = format!("p_{number}%!@example.{domain}");
        person.state = if number % 3 == 0 { UserState::Disabled.into() } else { 0 };
        person
    });
    service.import(people.collect()).await.unwrap();
    service
}

async fn pages_hold_everybody_once_also_while_people_come_and_go(engine: Engine) {
    let service = crowd(engine, 50).await;
    let everybody = UserFilter::default();
    for (size, expected) in [(1, 50), (7, 8), (25, 2), (50, 1), (1000, 1), (0, 1)] {
        let (pages, subjects) = all(&service, size, &everybody).await.unwrap();
        assert_eq!((pages, subjects.len()), (expected, 50), "{size}");
        assert_eq!(subjects.iter().collect::<HashSet<_>>().len(), 50);
    }
    let first = ListUsersRequest { page_size: 10, ..ListUsersRequest::default() };
    let page = service.users().list_users(first).await.unwrap().into_inner();
    service.sql("DELETE FROM users WHERE email LIKE 'p_1%'").await;
    let rest = ListUsersRequest {
        page_size: 1000,
        page_token: page.next_page_token,
        filter: Some(everybody.clone()),
    };
    let rest = service.users().list_users(rest).await.unwrap().into_inner().users;
    let (_, left) = all(&service, 1000, &everybody).await.unwrap();
    let shown: Vec<_> = page.users.into_iter().chain(rest).map(|user| user.subject).collect();
    assert!(left.iter().all(|subject| shown.contains(subject)));
    assert_eq!(shown.iter().collect::<HashSet<_>>().len(), shown.len());
    service.stop().await;
}

async fn a_filter_leaves_the_others_out(engine: Engine) {
    let service = crowd(engine, 30).await;
    for (state, email_prefix, expected) in [
        (UserState::Active, "", 20),
        (UserState::Disabled, "", 10),
        (UserState::Unspecified, "p_", 30),
        (UserState::Unspecified, "P_1", 11),
        (UserState::Unspecified, "p_1%", 1),
        (UserState::Unspecified, "p%", 0),
        (UserState::Unspecified, "p_1%!@", 1),
        (UserState::Unspecified, "_", 0),
        (UserState::Unspecified, "name", 0),
        (UserState::Disabled, "p_1", 3),
    ] {
        let filter = UserFilter {
            state: state.into(),
            email_prefix: email_prefix.to_owned(),
            identifier: String::new(),
        };
        let (_, subjects) = all(&service, 4, &filter).await.unwrap();
        assert_eq!(subjects.len(), expected, "{state:?} {email_prefix}");
    }
    service.stop().await;
}

async fn an_identifier_finds_one_in_any_spelling(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("Jos\u{e9}@example.com", "ada").await.unwrap();
    for (identifier, state, found) in [
        ("JOSE\u{301}@Example.com", UserState::Unspecified, true),
        (" ADA ", UserState::Active, true),
        ("ada", UserState::Disabled, false),
        ("ad", UserState::Unspecified, false),
    ] {
        let filter = UserFilter {
            identifier: identifier.to_owned(),
            state: state.into(),
            ..UserFilter::default()
        };
        let (_, subjects) = all(&service, 10, &filter).await.unwrap();
        let expected = if found { vec![ada.subject.clone()] } else { vec![] };
        assert_eq!(subjects, expected, "{identifier}");
    }
    service.stop().await;
}

async fn what_cannot_be_a_page_is_named(engine: Engine) {
    let service = crowd(engine, 3).await;
    let org = UserFilter { email_prefix: "p".to_owned(), ..UserFilter::default() };
    let request = ListUsersRequest { page_size: 1, filter: Some(org), ..Default::default() };
    let token = service.users().list_users(request).await.unwrap().into_inner().next_page_token;
    let both =
        UserFilter { identifier: "a".into(), email_prefix: "b".into(), ..Default::default() };
    let unknown = UserFilter { state: 7, ..Default::default() };
    let page = |page_size, page_token: &str, filter: &UserFilter| ListUsersRequest {
        page_size,
        page_token: page_token.to_owned(),
        filter: Some(filter.clone()),
    };
    let none = UserFilter::default();
    for (request, field) in [
        (page(-1, "", &none), "page_size"),
        (page(1001, "", &none), "page_size"),
        (page(1, "garbage!", &none), "page_token"),
        (page(1, &token, &none), "page_token"),
        (page(1, &token[1..], &none), "page_token"),
        (page(1, "", &both), "filter.identifier"),
        (page(1, "", &unknown), "filter.state"),
    ] {
        let status = service.users().list_users(request).await.unwrap_err();
        let found = (status.code(), reason(&status));
        assert_eq!(found, (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
        let details = status.get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, field);
    }
    service.stop().await;
}

async fn a_batch_is_answered_in_its_order_and_names_who_is_missing(engine: Engine) {
    let service = crowd(engine, 25).await;
    let (_, mut subjects) = all(&service, 1000, &UserFilter::default()).await.unwrap();
    subjects.reverse();
    let mut asked = subjects.clone();
    for (place, nobody) in [(3, "nobody"), (11, ""), (20, "a\0b")] {
        asked.insert(place, nobody.to_owned());
    }
    asked.push(subjects[0].clone());
    let request = BatchGetUsersRequest { subjects: asked };
    let answer = service.users().batch_get_users(request).await.unwrap().into_inner();
    let found: Vec<_> = answer.users.into_iter().map(|user| user.subject).collect();
    subjects.push(subjects[0].clone());
    assert_eq!(found, subjects);
    assert_eq!(answer.missing_subjects, ["nobody", "", "a\0b"]);
    service.stop().await;
}

async fn batches_are_bounded(engine: Engine) {
    let service = Service::on(engine).await;
    for count in [0, 101] {
        let request = BatchGetUsersRequest { subjects: vec!["a".to_owned(); count] };
        let status = service.users().batch_get_users(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{count}");
    }
    service.stop().await;
}
