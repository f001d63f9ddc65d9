//! `SessionService`: what a sign-in leaves behind, who may go on, and how that ends.

use crate::{PASSWORD, Service, attempt, users::precondition};
use chassis::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use database::scratch::{Engine, Scratch};
use latchkey_identity::store::{MIGRATIONS, sessions};
use latchkey_proto::identity::v1::{
    AttemptContext, CompleteSignOutRequest, ContinueSessionRequest, DeleteUserRequest,
    DisableUserRequest, EnableUserRequest, EndSessionRequest, GetSessionRequest, ListEventsRequest,
    ListSessionsRequest, ListSignOutsRequest, RejectionReason, RequestSignOutRequest, Session,
    SetPasswordRequest, SignOut, User, Verified, verify_credentials_response::Outcome,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

database::both_databases!(
    a_sign_in_is_recorded_with_how_it_was_proved,
    a_refused_sign_in_records_nothing,
    the_same_sign_in_again_is_the_same_session,
    nobody_goes_on_in_a_session_of_somebody_else,
    who_may_not_sign_in_does_not_go_on,
    a_session_that_has_ended_stays_so,
    a_new_password_ends_what_was_begun_before,
    a_sign_out_stays_requested_until_it_is_complete,
    sessions_come_page_by_page,
    what_cannot_be_is_named,
    a_use_is_noted_at_most_once_a_minute,
    old_sessions_are_forgotten,
    a_deleted_person_s_sessions_tell_nothing_of_them,
);

/// Signs in with a session, and gets what the browser gets.
async fn sign_in(service: &Service, email: &str, id: &str) -> Result<Verified, RejectionReason> {
    let mut request = attempt(email, PASSWORD, &[]);
    id.clone_into(&mut request.context.as_mut().unwrap().session_id);
    let answer = service.credentials().verify_credentials(request).await.unwrap().into_inner();
    match answer.outcome.unwrap() {
        Outcome::Verified(verified) => Ok(verified),
        Outcome::Rejected(rejected) => Err(rejected.reason()),
    }
}

async fn find(service: &Service, id: &str) -> Result<Session, Status> {
    let request = GetSessionRequest { session_id: id.to_owned() };
    Ok(service.sessions().get_session(request).await?.into_inner().session.unwrap())
}

async fn list(service: &Service, subject: &str) -> Vec<String> {
    let request = ListSessionsRequest { subject: subject.to_owned(), ..Default::default() };
    let found = service.sessions().list_sessions(request).await.unwrap().into_inner();
    found.sessions.into_iter().map(|session| session.session_id).collect()
}

async fn go_on(service: &Service, id: &str, subject: &str) -> Result<(Session, User), Status> {
    let request = ContinueSessionRequest { session_id: id.to_owned(), subject: subject.to_owned() };
    let answer = service.sessions().continue_session(request).await?.into_inner();
    Ok((answer.session.unwrap(), answer.user.unwrap()))
}

/// Why somebody may not go on.
async fn refused(service: &Service, id: &str, subject: &str) -> String {
    let status = go_on(service, id, subject).await.unwrap_err();
    status.get_error_details().error_info().unwrap().reason.clone()
}

async fn sign_outs(service: &Service) -> Vec<SignOut> {
    let answer = service.sessions().list_sign_outs(ListSignOutsRequest::default()).await;
    answer.unwrap().into_inner().sign_outs
}

async fn complete(service: &Service, sign_out: SignOut) {
    let request = CompleteSignOutRequest { sign_out: Some(sign_out) };
    service.sessions().complete_sign_out(request).await.unwrap();
}

async fn events(service: &Service, subject: &str, event: &str) -> usize {
    let request = ListEventsRequest {
        subject: subject.to_owned(),
        event: event.to_owned(),
        ..Default::default()
    };
    service.audit().list_events(request).await.unwrap().into_inner().events.len()
}

async fn add(service: &Service, email: &str) -> String {
    service.add(email, "").await.unwrap().subject
}

async fn a_sign_in_is_recorded_with_how_it_was_proved(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = add(&service, "ada@example.com").await;
    let verified = sign_in(&service, "ada@example.com", "sid-1").await.unwrap();
    assert_eq!((verified.acr.as_str(), verified.amr.as_slice()), ("aal1", &["pwd".to_owned()][..]));

    let session = find(&service, "sid-1").await.unwrap();
    assert_eq!((session.session_id.as_str(), &session.subject), ("sid-1", &ada));
    assert_eq!((session.acr, session.amr), (verified.acr, verified.amr));
    assert_eq!((session.client_id.as_str(), session.ip.as_str()), ("myclient", "192.0.2.1"));
    assert_eq!(session.user_agent, "test");
    assert_eq!(session.auth_time, session.create_time);
    assert_eq!(session.end_time, None);
    let (continued, user) = go_on(&service, "sid-1", &ada).await.unwrap();
    assert_eq!((continued.acr.as_str(), user.email.as_str()), ("aal1", "ada@example.com"));

    sign_in(&service, "ada@example.com", "").await.unwrap();
    assert_eq!(list(&service, &ada).await, ["sid-1"], "without an id nothing is recorded");
    service.stop().await;
}

async fn a_refused_sign_in_records_nothing(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = add(&service, "ada@example.com").await;
    let mut request = attempt("ada@example.com", "wrong", &[]);
    "sid-1".clone_into(&mut request.context.as_mut().unwrap().session_id);
    service.credentials().verify_credentials(request).await.unwrap();
    assert_eq!(find(&service, "sid-1").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(refused(&service, "sid-1", &ada).await, "SESSION_NOT_FOUND");
    service.stop().await;
}

async fn the_same_sign_in_again_is_the_same_session(engine: Engine) {
    let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let service = Service::at(scratch, &[], clock.clone()).await;
    let ada = add(&service, "ada@example.com").await;
    add(&service, "bob@example.com").await;
    sign_in(&service, "ada@example.com", "sid-1").await.unwrap();
    let first = find(&service, "sid-1").await.unwrap();
    clock.advance(TimeDelta::seconds(30));
    let mut request = attempt("ada@example.com", PASSWORD, &[]);
    request.context = Some(AttemptContext {
        session_id: "sid-1".to_owned(),
        client_id: "another".to_owned(),
        ip: "198.51.100.7".to_owned(),
        user_agent: "updated".to_owned(),
        ..request.context.unwrap()
    });
    service.credentials().verify_credentials(request).await.unwrap();
    let again = find(&service, "sid-1").await.unwrap();
    assert_eq!(again.create_time, first.create_time);
    assert!(again.auth_time.unwrap().seconds > first.auth_time.unwrap().seconds);
    let from = [again.client_id.as_str(), &again.ip, &again.user_agent];
    assert_eq!(from, ["another", "198.51.100.7", "updated"], "they belong to the time");

    let other = sign_in(&service, "bob@example.com", "sid-1").await.unwrap_err();
    assert_eq!(other, RejectionReason::ChallengeUsed);
    assert_eq!(find(&service, "sid-1").await.unwrap().subject, ada);
    service.stop().await;
}

async fn nobody_goes_on_in_a_session_of_somebody_else(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = add(&service, "ada@example.com").await;
    let bob = add(&service, "bob@example.com").await;
    sign_in(&service, "ada@example.com", "sid-1").await.unwrap();
    go_on(&service, "sid-1", &ada).await.unwrap();
    assert_eq!(refused(&service, "sid-1", &bob).await, "SESSION_NOT_FOUND");
    assert_eq!(list(&service, &bob).await, [""; 0]);
    service.stop().await;
}

async fn who_may_not_sign_in_does_not_go_on(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = add(&service, "ada@example.com").await;
    sign_in(&service, "ada@example.com", "sid-1").await.unwrap();
    let etag = String::new;
    let disable = DisableUserRequest { subject: ada.clone(), etag: etag() };
    service.users().disable_user(disable).await.unwrap();
    assert_eq!(refused(&service, "sid-1", &ada).await, "USER_DISABLED");
    let status = go_on(&service, "sid-1", &ada).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(precondition(&status), ("USER_DISABLED".to_owned(), "user.state".to_owned()));

    let enable = EnableUserRequest { subject: ada.clone(), etag: etag() };
    service.users().enable_user(enable).await.unwrap();
    assert_eq!(refused(&service, "sid-1", &ada).await, "SESSION_NOT_FOUND", "signed out for good");
    sign_in(&service, "ada@example.com", "sid-2").await.unwrap();
    go_on(&service, "sid-2", &ada).await.unwrap();

    let delete = DeleteUserRequest { subject: ada.clone(), etag: etag() };
    service.users().delete_user(delete).await.unwrap();
    assert_eq!(refused(&service, "sid-2", &ada).await, "USER_NOT_FOUND");
    service.stop().await;
}

async fn a_session_that_has_ended_stays_so(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = add(&service, "ada@example.com").await;
    sign_in(&service, "ada@example.com", "sid-1").await.unwrap();
    sign_in(&service, "ada@example.com", "sid-2").await.unwrap();
    for _ in 0..2 {
        let request = EndSessionRequest { session_id: "sid-1".to_owned() };
        service.sessions().end_session(request).await.unwrap();
    }
    assert_eq!(events(&service, &ada, "session.end").await, 1);
    assert!(find(&service, "sid-1").await.unwrap().end_time.is_some());
    assert_eq!(list(&service, &ada).await, ["sid-2"]);
    assert_eq!(refused(&service, "sid-1", &ada).await, "SESSION_NOT_FOUND");
    // Back to the form that it began with, and the right password once more.
    let back = sign_in(&service, "ada@example.com", "sid-1").await.unwrap_err();
    assert_eq!(back, RejectionReason::ChallengeUsed);

    let unknown = EndSessionRequest { session_id: "sid-9".to_owned() };
    let status = service.sessions().end_session(unknown).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    service.stop().await;
}

async fn a_new_password_ends_what_was_begun_before(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = add(&service, "ada@example.com").await;
    sign_in(&service, "ada@example.com", "sid-1").await.unwrap();
    let request = SetPasswordRequest {
        subject: ada.clone(),
        password: "a wholly other sentence".to_owned(),
        etag: String::new(),
    };
    service.users().set_password(request).await.unwrap();
    assert_eq!(refused(&service, "sid-1", &ada).await, "SESSION_NOT_FOUND");
    assert_eq!(sign_outs(&service).await.len(), 1);
    service.stop().await;
}

async fn a_sign_out_stays_requested_until_it_is_complete(engine: Engine) {
    let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let service = Service::at(scratch, &[], clock.clone()).await;
    let ada = add(&service, "ada@example.com").await;
    for id in ["sid-1", "sid-2"] {
        sign_in(&service, "ada@example.com", id).await.unwrap();
    }
    clock.advance(TimeDelta::seconds(1));
    let request = RequestSignOutRequest { subject: ada.clone() };
    let asked = service.sessions().request_sign_out(request.clone()).await.unwrap().into_inner();
    assert_eq!(sign_outs(&service).await, [asked.sign_out.clone().unwrap()]);
    assert_eq!(refused(&service, "sid-1", &ada).await, "SESSION_NOT_FOUND");
    assert_eq!(list(&service, &ada).await.len(), 2, "Hydra has to be told of both");

    clock.advance(TimeDelta::seconds(1));
    sign_in(&service, "ada@example.com", "sid-3").await.unwrap();
    clock.advance(TimeDelta::seconds(1));
    service.sessions().request_sign_out(request).await.unwrap();
    complete(&service, asked.sign_out.unwrap()).await;
    let later = sign_outs(&service).await;
    assert_eq!(later.len(), 1, "the one that was asked for meanwhile");
    assert_eq!(list(&service, &ada).await, ["sid-3"]);
    assert_eq!(refused(&service, "sid-3", &ada).await, "SESSION_NOT_FOUND");

    clock.advance(TimeDelta::seconds(1));
    sign_in(&service, "ada@example.com", "sid-4").await.unwrap();
    for _ in 0..2 {
        complete(&service, later[0].clone()).await;
    }
    assert_eq!(sign_outs(&service).await, []);
    assert_eq!(list(&service, &ada).await, ["sid-4"]);
    go_on(&service, "sid-4", &ada).await.unwrap();
    assert_eq!(events(&service, &ada, "session.sign_out").await, 2);
    assert_eq!(events(&service, &ada, "session.end").await, 3);
    service.stop().await;
}

async fn sessions_come_page_by_page(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = add(&service, "ada@example.com").await;
    for id in ["sid-1", "sid-2", "sid-3"] {
        sign_in(&service, "ada@example.com", id).await.unwrap();
    }
    let mut request =
        ListSessionsRequest { subject: ada.clone(), page_size: 2, ..Default::default() };
    let first = service.sessions().list_sessions(request.clone()).await.unwrap().into_inner();
    assert_eq!(first.sessions.len(), 2);
    request.page_token = first.next_page_token;
    let last = service.sessions().list_sessions(request.clone()).await.unwrap().into_inner();
    assert_eq!(last.sessions[0].session_id, "sid-3");
    assert_eq!(last.next_page_token, "");
    "somebody else".clone_into(&mut request.subject);
    let status = service.sessions().list_sessions(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);

    for subject in ["a", "b", "c"] {
        let request = RequestSignOutRequest { subject: subject.to_owned() };
        service.sessions().request_sign_out(request).await.unwrap();
    }
    let mut request = ListSignOutsRequest { page_size: 2, ..Default::default() };
    let first = service.sessions().list_sign_outs(request.clone()).await.unwrap().into_inner();
    request.page_token = first.next_page_token;
    let last = service.sessions().list_sign_outs(request).await.unwrap().into_inner();
    assert_eq!((first.sign_outs.len(), last.sign_outs[0].subject.as_str()), (2, "c"));
    service.stop().await;
}

async fn what_cannot_be_is_named(engine: Engine) {
    let service = Service::on(engine).await;
    let field = |status: Status| {
        let details = status.get_error_details();
        details.bad_request().unwrap().field_violations[0].field.clone()
    };
    let mut sessions = service.sessions();
    let listed = sessions.list_sessions(ListSessionsRequest::default()).await.unwrap_err();
    assert_eq!(field(listed), "subject");
    let request = RequestSignOutRequest { subject: "\0".to_owned() };
    assert_eq!(field(sessions.request_sign_out(request).await.unwrap_err()), "subject");
    let request = CompleteSignOutRequest::default();
    assert_eq!(field(sessions.complete_sign_out(request).await.unwrap_err()), "sign_out.subject");
    let sign_out = Some(SignOut { subject: "1".to_owned(), request_time: None });
    let request = CompleteSignOutRequest { sign_out };
    let status = sessions.complete_sign_out(request).await.unwrap_err();
    assert_eq!(field(status), "sign_out.request_time");
    let mut long = attempt("ada@example.com", PASSWORD, &[]);
    long.context.as_mut().unwrap().session_id = "a".repeat(65);
    let status = service.credentials().verify_credentials(long).await.unwrap_err();
    assert_eq!(field(status), "context.session_id");
    service.stop().await;
}

async fn a_use_is_noted_at_most_once_a_minute(engine: Engine) {
    let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let service = Service::at(scratch, &[], clock.clone()).await;
    let ada = add(&service, "ada@example.com").await;
    sign_in(&service, "ada@example.com", "sid-1").await.unwrap();
    for (seconds, noted) in [(59, 0), (1, 60), (30, 60), (30, 120)] {
        clock.advance(TimeDelta::seconds(seconds));
        go_on(&service, "sid-1", &ada).await.unwrap();
        let used = find(&service, "sid-1").await.unwrap().last_use_time.unwrap().seconds;
        assert_eq!(used - 1_800_000_000, noted);
    }
    service.stop().await;
}

async fn old_sessions_are_forgotten(engine: Engine) {
    let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let service = Service::at(scratch, &[], clock.clone()).await;
    let ada = add(&service, "ada@example.com").await;
    for id in ["ended", "unused", "used"] {
        sign_in(&service, "ada@example.com", id).await.unwrap();
    }
    let request = EndSessionRequest { session_id: "ended".to_owned() };
    service.sessions().end_session(request).await.unwrap();
    let forgotten = async |after: TimeDelta| -> u64 {
        clock.advance(after);
        let now: DateTime<Utc> = clock.now();
        sessions::forget(&service.scratch.database, now).await.unwrap()
    };
    assert_eq!(forgotten(TimeDelta::hours(23)).await, 0);
    assert_eq!(forgotten(TimeDelta::hours(1)).await, 1);
    go_on(&service, "used", &ada).await.unwrap();
    assert_eq!(forgotten(TimeDelta::days(364)).await, 1);
    assert_eq!(list(&service, &ada).await, ["used"]);
    service.stop().await;
}

async fn a_deleted_person_s_sessions_tell_nothing_of_them(engine: Engine) {
    let service = Service::on(engine).await;
    let ada = add(&service, "ada@example.com").await;
    sign_in(&service, "ada@example.com", "sid-1").await.unwrap();
    let request = DeleteUserRequest { subject: ada.clone(), etag: String::new() };
    service.users().delete_user(request).await.unwrap();
    let left = find(&service, "sid-1").await.unwrap();
    assert_eq!((left.ip.as_str(), left.user_agent.as_str()), ("", ""));
    let asked = sign_outs(&service).await;
    assert_eq!(asked[0].subject, ada, "Hydra has to be told");
    complete(&service, asked[0].clone()).await;
    assert!(find(&service, "sid-1").await.unwrap().end_time.is_some());
    service.stop().await;
}
