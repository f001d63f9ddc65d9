//! `ThrottleService`: what operators see, and forgive.

use crate::{
    PASSWORD, Service, attempt_from,
    throttling::{fail, still},
};
use chrono::TimeDelta;
use database::scratch::Engine;
use latchkey_proto::identity::v1::{
    LiftThrottleRequest, ListEventsRequest, ListThrottlesRequest, Throttle, ThrottleKind,
    ThrottleTarget, throttle_target::Target,
};
use std::collections::BTreeSet;
use tonic::Code;
use tonic_types::StatusExt as _;

database::both_databases!(
    an_operator_sees_and_lifts,
    the_trail_says_whose_attempts_were_forgiven,
    a_long_list_has_pages,
    what_is_no_target_is_named,
);

pub(super) async fn list(service: &Service, target: Option<Target>) -> Vec<Throttle> {
    let target = target.map(|target| ThrottleTarget { target: Some(target) });
    let request = ListThrottlesRequest { target, ..ListThrottlesRequest::default() };
    service.throttles().list_throttles(request).await.unwrap().into_inner().throttles
}

pub(super) async fn lift(service: &Service, target: Target) -> i64 {
    let target = Some(ThrottleTarget { target: Some(target) });
    let request = LiftThrottleRequest { target };
    service.throttles().lift_throttle(request).await.unwrap().into_inner().lifted
}

async fn an_operator_sees_and_lifts(engine: Engine) {
    let (service, _) = still(engine).await;
    let ada = service.sign_in(attempt_from("198.51.100.7", "ada", PASSWORD)).await.subject;
    let targets = [
        Target::Subject(ada.clone()),
        Target::Identifier(" ADA".to_owned()),
        Target::Address("192.0.2.2".to_owned()),
    ];
    for target in targets {
        fail(&service, "ada", "192.0.2", 5).await;
        let counted = list(&service, Some(target.clone())).await;
        let address = matches!(target, Target::Address(_));
        assert_eq!(counted.len(), if address { 2 } else { 6 }, "{counted:?}");
        let kind = if address { ThrottleKind::Source } else { ThrottleKind::Account };
        let first = counted.iter().find(|one| one.kind() == kind).unwrap();
        assert_eq!(first.failures, if address { 1 } else { 5 });
        assert_eq!(first.subject, if address { "" } else { &ada });
        let (last, allowed) = (first.last_attempt_time.unwrap(), first.allowed_time.unwrap());
        assert_eq!(allowed.seconds - last.seconds, i64::from(!address));

        assert_eq!(lift(&service, target.clone()).await, i64::try_from(counted.len()).unwrap());
        assert!(list(&service, Some(target)).await.is_empty());
        if address {
            lift(&service, Target::Subject(ada.clone())).await;
        }
        service.verify("ada", PASSWORD).await.unwrap();
        for host in 0..5 {
            lift(&service, Target::Address(format!("192.0.2.{host}"))).await;
        }
    }
    service.stop().await;
}

async fn the_trail_says_whose_attempts_were_forgiven(engine: Engine) {
    let (service, clock) = still(engine).await;
    let ada = service.sign_in(attempt_from("198.51.100.7", "ada", PASSWORD)).await.subject;
    for (target, subject, ip) in [
        (Target::Subject(ada.clone()), ada.as_str(), ""),
        (Target::Identifier(" ADA@example.com".to_owned()), ada.as_str(), ""),
        (Target::Identifier("nobody".to_owned()), "", ""),
        (Target::Address("192.0.2.2".to_owned()), "", "192.0.2.2"),
    ] {
        clock.advance(TimeDelta::seconds(1));
        lift(&service, target).await;
        let request = ListEventsRequest { page_size: 1, ..ListEventsRequest::default() };
        let told = service.audit().list_events(request).await.unwrap().into_inner().events;
        let told = (told[0].event.as_str(), told[0].subject.as_str(), told[0].ip.as_str());
        assert_eq!(told, ("throttle.lift", subject, ip));
    }
    service.stop().await;
}

async fn what_is_no_target_is_named(engine: Engine) {
    let (service, _) = still(engine).await;
    for (target, field) in [
        (None, "target"),
        (Some(Target::Subject(String::new())), "target.subject"),
        (Some(Target::Identifier(String::new())), "target.identifier"),
        (Some(Target::Address("everywhere".to_owned())), "target.address"),
    ] {
        let target = Some(ThrottleTarget { target });
        let request = LiftThrottleRequest { target };
        let status = service.throttles().lift_throttle(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, field);
    }
    let absent = LiftThrottleRequest::default();
    let status = service.throttles().lift_throttle(absent).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    service.stop().await;
}

async fn a_long_list_has_pages(engine: Engine) {
    let (service, _) = still(engine).await;
    fail(&service, "ada", "192.0.2", 5).await;
    let mut request = ListThrottlesRequest { page_size: 4, ..ListThrottlesRequest::default() };
    let (mut sizes, mut seen) = (Vec::new(), BTreeSet::new());
    loop {
        let page = service.throttles().list_throttles(request.clone()).await.unwrap().into_inner();
        sizes.push(page.throttles.len());
        if page.next_page_token.is_empty() {
            break;
        }
        assert!(seen.insert(page.next_page_token.clone()));
        request.page_token = page.next_page_token;
    }
    assert_eq!(sizes, [4, 4, 3], "one account, five sources, five pairs");
    service.stop().await;
}
