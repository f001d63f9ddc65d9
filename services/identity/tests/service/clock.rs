//! A clock that is set back.

use crate::{PASSWORD, WRONG, attempt, attempt_from, throttling::still};
use chrono::TimeDelta;
use database::scratch::Engine;
use latchkey_proto::identity::v1::{
    ContinueSessionRequest, ListEventsRequest, SetPasswordRequest, UpdateUserRequest, User,
};
use prost_types::FieldMask;
use tonic::Code;

database::both_databases!(
    a_clock_that_is_set_back_locks_nobody_out,
    a_clock_that_is_set_back_leaves_nobody_signed_in,
);

async fn a_clock_that_is_set_back_locks_nobody_out(engine: Engine) {
    let (service, clock) = still(engine).await;
    let bob = service.add("bob@example.com", "").await.unwrap();
    for host in 0..6 {
        let _some_too_early =
            service.answer(attempt_from(&format!("192.0.2.{host}"), "ada", "wrong")).await;
    }
    service.verify("ada", PASSWORD).await.unwrap_err();

    clock.advance(TimeDelta::days(-2));
    service.verify("ada", PASSWORD).await.unwrap();
    for _ in 0..2 {
        assert_eq!(service.verify("bob@example.com", "wrong").await.unwrap(), WRONG);
    }
    let mask = FieldMask { paths: vec!["display_name".to_owned()] };
    let user = User { display_name: "Robert".to_owned(), ..bob.clone() };
    let update = UpdateUserRequest { user: Some(user), update_mask: Some(mask) };
    let updated = service.users().update_user(update).await.unwrap().into_inner().user.unwrap();
    assert!(updated.update_time.unwrap().seconds < bob.update_time.unwrap().seconds);
    service.add("eve@example.com", "").await.unwrap();
    let events = service.audit().list_events(ListEventsRequest::default()).await.unwrap();
    assert!(events.into_inner().events.len() > 10);
    service.stop().await;
}

async fn a_clock_that_is_set_back_leaves_nobody_signed_in(engine: Engine) {
    let (service, clock) = still(engine).await;
    let mut request = attempt("ada", PASSWORD, &[]);
    "sid-1".clone_into(&mut request.context.as_mut().unwrap().session_id);
    let ada = service.sign_in(request).await.subject;
    clock.advance(TimeDelta::hours(-1));
    let password = "a wholly other sentence".to_owned();
    let request = SetPasswordRequest { subject: ada.clone(), password, ..Default::default() };
    service.users().set_password(request).await.unwrap();
    let request = ContinueSessionRequest { session_id: "sid-1".to_owned(), subject: ada };
    let refused = service.sessions().continue_session(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    service.stop().await;
}
