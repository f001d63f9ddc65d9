//! The audit trail: whole, in order, and written before anybody hears an answer.

use crate::{PASSWORD, Service, attempt, attempt_from};
use chassis::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use database::scratch::{Engine, Scratch};
use latchkey_identity::store::MIGRATIONS;
use latchkey_proto::identity::v1::{
    AuditEvent, DeleteUserRequest, DisableUserRequest, EnableUserRequest, ListEventsRequest,
    SetPasswordRequest, UpdateUserRequest, User,
};
use prost_types::{FieldMask, Timestamp};
use std::time::{Duration, Instant, SystemTime};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

database::both_databases!(
    every_outcome_is_kept_with_who_and_from_where,
    every_change_of_a_person_is_kept,
    what_cannot_be_told_does_not_happen,
    pages_follow_each_other_from_the_newest_on,
    filters_are_exact,
    what_others_write_stays_in_its_field,
    what_cannot_be_asked_is_named,
    an_operator_may_let_old_events_go,
);

async fn list(service: &Service, request: ListEventsRequest) -> Result<Vec<AuditEvent>, Status> {
    Ok(service.audit().list_events(request).await?.into_inner().events)
}

fn of(event: &str) -> ListEventsRequest {
    ListEventsRequest { event: event.to_owned(), ..ListEventsRequest::default() }
}

async fn every_outcome_is_kept_with_who_and_from_where(engine: Engine) {
    let service = Service::with(engine, &["--throttle-pair=2"]).await;
    let ada = service.add("ada@example.com", "ada").await.unwrap().subject;
    let bob = service.add("bob@example.com", "bob").await.unwrap().subject;
    service.verify_in("ada", PASSWORD, &[1; 32]).await.unwrap();
    service.verify_in("bob", PASSWORD, &[1; 32]).await.unwrap();
    for _ in 0..2 {
        service.verify("nobody", "wrong").await.unwrap();
    }
    service.verify("nobody", "wrong").await.unwrap_err();
    service.verify("ada", "wrong").await.unwrap();

    let events = list(&service, ListEventsRequest::default()).await.unwrap();
    let mut told: Vec<_> = events
        .iter()
        .map(|it| (it.event.as_str(), it.outcome.as_str(), it.subject.as_str()))
        .collect();
    told.sort_unstable();
    let mut expected = vec![
        ("credentials.verify", "challenge_used", bob.as_str()),
        ("credentials.verify", "throttled", ""),
        ("credentials.verify", "verified", &ada),
        ("credentials.verify", "wrong_credentials", ""),
        ("credentials.verify", "wrong_credentials", ""),
        ("credentials.verify", "wrong_credentials", &ada),
        ("device.add", "done", &ada),
        ("user.create", "done", &ada),
        ("user.create", "done", &bob),
    ];
    expected.sort_unstable();
    assert_eq!(told, expected);
    for event in events.iter().filter(|event| event.event == "credentials.verify") {
        let from = (event.client_id.as_str(), event.ip.as_str(), event.user_agent.as_str());
        assert_eq!(from, ("myclient", "192.0.2.1", "test"));
        let at = SystemTime::try_from(event.time.unwrap()).unwrap();
        assert!(at.elapsed().unwrap().as_secs() < 60, "{event:?}");
    }
    let printed = format!("{events:?}");
    assert!(!printed.contains("nobody") && !printed.contains("wrong\""), "{printed}");
    service.stop().await;
}

async fn every_change_of_a_person_is_kept(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "ada").await.unwrap();
    let (subject, mut users) = (ada.subject.clone(), service.users());
    let (display_name, groups) = ("Countess".to_owned(), vec!["staff".to_owned()]);
    let wish = User { display_name, groups, etag: String::new(), ..ada };
    for paths in [vec!["display_name"], vec!["groups"], vec!["display_name", "groups"]] {
        let paths = paths.into_iter().map(str::to_owned).collect();
        let (user, mask) = (Some(wish.clone()), FieldMask { paths });
        let update = UpdateUserRequest { user, update_mask: Some(mask) };
        users.update_user(update).await.unwrap();
    }
    let password = "another long pass phrase".to_owned();
    let set = SetPasswordRequest { subject: subject.clone(), password, ..Default::default() };
    users.set_password(set).await.unwrap();
    let disable = DisableUserRequest { subject: subject.clone(), ..Default::default() };
    users.disable_user(disable.clone()).await.unwrap();
    users.disable_user(disable).await.unwrap();
    let enable = EnableUserRequest { subject: subject.clone(), ..Default::default() };
    users.enable_user(enable).await.unwrap();
    let delete = DeleteUserRequest { subject: subject.clone(), ..Default::default() };
    users.delete_user(delete).await.unwrap();

    let request = ListEventsRequest { subject, ..ListEventsRequest::default() };
    let events = list(&service, request).await.unwrap();
    let mut told: Vec<_> = events.iter().map(|event| event.event.as_str()).collect();
    told.sort_unstable();
    let expected = [
        "user.create",
        "user.delete",
        "user.disable",
        "user.enable",
        "user.groups",
        "user.password",
        "user.update",
        "user.update",
    ];
    assert_eq!(told, expected);
    service.stop().await;
}

async fn what_cannot_be_told_does_not_happen(engine: Engine) {
    let service = Service::on(engine).await;
    service.add("ada@example.com", "").await.unwrap();
    service.sql("ALTER TABLE audit_events RENAME TO elsewhere").await;
    for password in [PASSWORD, "wrong"] {
        let status = service.verify("ada@example.com", password).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
    }
    let status = service.add("bob@example.com", "").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    service.sql("ALTER TABLE elsewhere RENAME TO audit_events").await;
    service.add("bob@example.com", "").await.unwrap();
    service.verify("ada@example.com", PASSWORD).await.unwrap();
    assert_eq!(list(&service, of("device.add")).await.unwrap().len(), 1);
    service.stop().await;
}

async fn pages_follow_each_other_from_the_newest_on(engine: Engine) {
    let service = Service::on(engine).await;
    for number in 0..7 {
        service.add(&format!("user{number}@example.com"), "").await.unwrap();
    }
    let mut request = ListEventsRequest { page_size: 3, ..of("user.create") };
    let (mut ids, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let page = service.audit().list_events(request.clone()).await.unwrap().into_inner();
        sizes.push(page.events.len());
        ids.extend(page.events.into_iter().map(|event| event.id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert!(ids.is_sorted_by(|newer, older| newer > older), "{ids:?}");

    "device.add".clone_into(&mut request.event);
    let status = list(&service, request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "a token belongs to its filters");
    service.stop().await;
}

async fn filters_are_exact(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = service.add("ada@example.com", "").await.unwrap().subject;
    service.add("bob@example.com", "").await.unwrap();
    let about = |subject: &str| ListEventsRequest {
        subject: subject.to_owned(),
        ..ListEventsRequest::default()
    };
    let events = list(&service, about(&ada)).await.unwrap();
    assert_eq!(events.len(), 1);
    assert!(list(&service, about("' OR '1'='1")).await.unwrap().is_empty());
    assert!(list(&service, of("user")).await.unwrap().is_empty());

    let at = events[0].time.unwrap();
    let later = Timestamp { nanos: at.nanos + 1000, ..at };
    for (start_time, end_time, found) in [
        (Some(at), Some(later), 1),
        (Some(later), None, 0),
        (None, Some(at), 0),
        (None, Some(later), 1),
    ] {
        let request = ListEventsRequest { start_time, end_time, ..about(&ada) };
        assert_eq!(list(&service, request).await.unwrap().len(), found, "{start_time:?}");
    }
    service.stop().await;
}

async fn what_others_write_stays_in_its_field(engine: Engine) {
    let service = Service::on(engine).await;
    let mut request = attempt_from("2001:db8::1", "a\n{\"event\":\"verified\"}", "wrong");
    let context = request.context.as_mut().unwrap();
    context.user_agent = format!("b\n\0\u{202e}{}", "\u{e9}".repeat(1000));
    "c\0d".clone_into(&mut context.client_id);
    service.answer(request).await.unwrap();
    let events = list(&service, of("credentials.verify")).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].client_id, "c\u{fffd}d");
    assert_eq!(events[0].ip, "2001:db8::1");
    assert!(events[0].user_agent.starts_with("b\u{fffd}\u{fffd}"));
    assert_eq!(events[0].user_agent.chars().count(), 256);
    service.stop().await;
}

async fn what_cannot_be_asked_is_named(engine: Engine) {
    let service = Service::on(engine).await;
    service.answer(attempt("a", "b", &[])).await.unwrap();
    let wrong = Timestamp { seconds: i64::MAX, nanos: 0 };
    let base = ListEventsRequest::default;
    for (request, field) in [
        (ListEventsRequest { page_size: 1001, ..base() }, "page_size"),
        (ListEventsRequest { page_size: -1, ..base() }, "page_size"),
        (ListEventsRequest { page_token: "AAAA".to_owned(), ..base() }, "page_token"),
        (ListEventsRequest { subject: "a\0".to_owned(), ..base() }, "subject"),
        (ListEventsRequest { event: "e".repeat(65), ..base() }, "event"),
        (ListEventsRequest { start_time: Some(wrong), ..base() }, "start_time"),
        (ListEventsRequest { end_time: Some(wrong), ..base() }, "end_time"),
    ] {
        let status = list(&service, request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{field}");
        let details = status.get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, field);
    }
    service.stop().await;
}

async fn an_operator_may_let_old_events_go(engine: Engine) {
    let clock = Clock::manual(DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap());
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let service = Service::at(scratch, &[], clock.clone()).await;
    service.add("ada@example.com", "").await.unwrap();
    clock.advance(TimeDelta::days(20));
    service.add("bob@example.com", "").await.unwrap();
    clock.advance(TimeDelta::days(20));
    let Service { identity, scratch, .. } = service;
    identity.running.stop(Duration::from_secs(10)).await;

    let service = Service::at(scratch, &["--audit-retention=30d"], clock).await;
    let began = Instant::now();
    while list(&service, of("user.create")).await.unwrap().len() > 1 {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    service.verify("ada@example.com", PASSWORD).await.unwrap();
    assert_eq!(list(&service, of("user.create")).await.unwrap().len(), 1, "the younger one stays");
    service.stop().await;
}
