//! Failed attempts slow down the next ones: for whom, for how long, and for whom not.

use crate::{
    Answer, PASSWORD, Service, WRONG, attempt, attempt_from,
    lifting::{lift, list},
};
use chassis::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use database::scratch::{Engine, Scratch};
use latchkey_identity::store::MIGRATIONS;
use latchkey_proto::identity::v1::{
    Throttle, ThrottleKind, VerifyCredentialsRequest, throttle_target::Target,
};
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

database::both_databases!(
    a_person_who_mistypes_waits_a_little_and_time_heals,
    a_throttled_attempt_is_refused_alike_right_or_wrong_known_or_unknown,
    a_known_device_gets_in_while_strangers_flood_the_account,
    all_names_of_a_person_are_one_account,
    a_device_counts_for_itself_and_for_its_own_account,
    a_device_is_known_for_a_year_and_the_last_twenty_are,
    a_source_is_counted_over_all_accounts_and_its_own_sign_ins_do_not_help,
    without_an_address_the_account_is_counted_alone,
    a_restart_forgets_nothing,
    after_a_hundred_failures_nothing_helps_but_a_day,
);

const SMALL: [&str; 4] =
    ["--throttle-account=5", "--throttle-pair=3", "--throttle-source=8", "--throttle-device=2"];

/// A service at a time that stands still, with Ada in it.
pub(super) async fn still(engine: Engine) -> (Service, Clock) {
    let clock = Clock::manual(DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap());
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let service = Service::at(scratch, &SMALL, clock.clone()).await;
    service.add("ada@example.com", "ada").await.unwrap();
    (service, clock)
}

fn showing(token: &str, mut request: VerifyCredentialsRequest) -> VerifyCredentialsRequest {
    token.clone_into(&mut request.context.as_mut().unwrap().device_token);
    request
}

/// How long the answer says to wait.
#[track_caller]
pub(super) fn throttled(answer: Result<Answer, Status>) -> Duration {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "THROTTLED");
    details.retry_info().unwrap().retry_delay.unwrap()
}

/// So many wrong passwords that all are looked at, each from an address of its own.
pub(super) async fn fail(service: &Service, identifier: &str, network: &str, count: usize) {
    for host in 0..count {
        let request = attempt_from(&format!("{network}.{host}"), identifier, "wrong");
        assert_eq!(service.answer(request).await.unwrap(), WRONG, "{host}");
    }
}

async fn a_person_who_mistypes_waits_a_little_and_time_heals(engine: Engine) {
    let (service, clock) = still(engine).await;
    for _ in 0..2 {
        for _ in 0..3 {
            assert_eq!(service.verify("ada", "wrong").await.unwrap(), WRONG);
        }
        for _ in 0..3 {
            let wait = throttled(service.verify("ada", PASSWORD).await);
            assert_eq!(wait, Duration::from_secs(1), "waiting is not punished");
        }
        clock.advance(TimeDelta::seconds(1));
        assert_eq!(service.verify("ada", "wrong").await.unwrap(), WRONG);
        clock.advance(TimeDelta::seconds(1));
        assert_eq!(throttled(service.verify("ada", PASSWORD).await), Duration::from_secs(1));
        clock.advance(TimeDelta::seconds(1));
        service.verify("ada", PASSWORD).await.unwrap();
        // Signed in: it begins anew. But not for the address.
        lift(&service, Target::Address("192.0.2.1".to_owned())).await;
    }
    service.stop().await;
}

async fn a_throttled_attempt_is_refused_alike_right_or_wrong_known_or_unknown(engine: Engine) {
    let (service, _) = still(engine).await;
    let mut answers = Vec::new();
    for (network, identifier) in [("192.0.2", "ada@example.com"), ("192.0.3", "nobody@example.com")]
    {
        fail(&service, identifier, network, 5).await;
        let before = service.identity.hashing.begun();
        for password in [PASSWORD, "wrong"] {
            let request = attempt_from("198.51.100.1", identifier, password);
            let status = service.credentials().verify_credentials(request).await.unwrap_err();
            let mut metadata = status.metadata().clone();
            metadata.remove("date");
            let details = status.get_error_details();
            answers.push(format!("{:?} {metadata:?} {details:?}", status.code()));
        }
        assert_eq!(service.identity.hashing.begun(), before, "nothing was hashed");
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    service.stop().await;
}

async fn all_names_of_a_person_are_one_account(engine: Engine) {
    let (service, _) = still(engine).await;
    fail(&service, "ada", "192.0.2", 3).await;
    fail(&service, "ada@example.com", "192.0.3", 2).await;
    for name in ["ada", "ADA@example.com"] {
        throttled(service.answer(attempt_from("198.51.100.1", name, PASSWORD)).await);
        let counted = list(&service, Some(Target::Identifier(name.to_owned()))).await;
        assert_eq!(counted.len(), 6, "one account, five pairs: {counted:?}");
    }
    lift(&service, Target::Identifier("ada@example.com".to_owned())).await;
    service.answer(attempt_from("198.51.100.1", "ada", PASSWORD)).await.unwrap();
    service.stop().await;
}

async fn a_known_device_gets_in_while_strangers_flood_the_account(engine: Engine) {
    let (service, _) = still(engine).await;
    let token = service.sign_in(attempt("ada", PASSWORD, &[])).await.device_token;
    fail(&service, "ada", "203.0.113", 5).await;
    throttled(service.verify("ada", PASSWORD).await);
    for _ in 0..3 {
        let again = service.sign_in(showing(&token, attempt("ada", PASSWORD, &[]))).await;
        assert_eq!(again.device_token, token, "the same device");
        throttled(service.verify("ada", PASSWORD).await);
    }
    service.stop().await;
}

async fn a_device_counts_for_itself_and_for_its_own_account(engine: Engine) {
    let (service, clock) = still(engine).await;
    service.add("bob@example.com", "bob").await.unwrap();
    let token = service.sign_in(attempt("ada", PASSWORD, &[])).await.device_token;
    let known = |password| service.answer(showing(&token, attempt("ada", password, &[])));
    for _ in 0..2 {
        assert_eq!(known("wrong").await.unwrap(), WRONG);
    }
    assert_eq!(throttled(known(PASSWORD).await), Duration::from_secs(1));
    fail(&service, "ada", "192.0.4", 5).await;

    for shown in [token.as_str(), "", "no token", &"A".repeat(43), &"a".repeat(5000)] {
        let request = attempt_from("192.0.2.9", "bob", "wrong");
        if shown == token {
            assert_eq!(service.answer(showing(shown, request)).await.unwrap(), WRONG);
        } else {
            let _counted = service.answer(showing(shown, request)).await;
        }
    }
    let counted = list(&service, Some(Target::Identifier("bob".to_owned()))).await;
    assert!(counted.iter().all(|it| it.kind() != ThrottleKind::Device), "{counted:?}");
    clock.advance(TimeDelta::seconds(1));
    known(PASSWORD).await.unwrap();
    service.stop().await;
}

async fn a_device_is_known_for_a_year_and_the_last_twenty_are(engine: Engine) {
    let (service, clock) = still(engine).await;
    let first = service.sign_in(attempt("ada", PASSWORD, &[])).await.device_token;
    fail(&service, "ada", "203.0.113", 5).await;
    let known = |token: &str| service.answer(showing(token, attempt("ada", PASSWORD, &[])));
    clock.advance(TimeDelta::days(364));
    fail(&service, "ada", "203.0.113", 5).await;
    known(&first).await.unwrap();
    clock.advance(TimeDelta::days(366));
    fail(&service, "ada", "203.0.113", 5).await;
    throttled(known(&first).await);

    lift(&service, Target::Identifier("ada".to_owned())).await;
    let mut tokens = Vec::new();
    for _ in 0..21 {
        clock.advance(TimeDelta::seconds(1));
        tokens.push(service.sign_in(attempt("ada", PASSWORD, &[])).await.device_token);
    }
    fail(&service, "ada", "203.0.113", 5).await;
    throttled(known(&tokens[0]).await);
    known(&tokens[1]).await.unwrap();
    service.stop().await;
}

async fn a_source_is_counted_over_all_accounts_and_its_own_sign_ins_do_not_help(engine: Engine) {
    let (service, clock) = still(engine).await;
    let from = |host: usize| format!("2001:db8:0:1::{host}");
    for host in 0..8 {
        let request = attempt_from(&from(host), &format!("user{host}"), "wrong");
        assert_eq!(service.answer(request).await.unwrap(), WRONG);
        if host < 7 {
            service.sign_in(attempt_from(&from(host), "ada", PASSWORD)).await;
        }
    }
    let refused = |ip: &str| service.answer(attempt_from(ip, "ada", PASSWORD));
    assert_eq!(throttled(refused(&from(99)).await), Duration::from_secs(1));
    refused("2001:db8:0:2::1").await.unwrap();
    refused("192.0.2.1").await.unwrap();
    clock.advance(TimeDelta::seconds(1));
    refused(&from(99)).await.unwrap();
    service.stop().await;
}

async fn without_an_address_the_account_is_counted_alone(engine: Engine) {
    let (service, _) = still(engine).await;
    for _ in 0..5 {
        assert_eq!(service.answer(attempt_from("", "ada", "wrong")).await.unwrap(), WRONG);
    }
    throttled(service.answer(attempt_from("", "ada", PASSWORD)).await);
    let kinds: Vec<_> = list(&service, None).await.iter().map(Throttle::kind).collect();
    assert_eq!(kinds, [ThrottleKind::Account]);
    for host in 0..10 {
        let request = attempt_from("", &format!("user{host}"), "wrong");
        assert_eq!(service.answer(request).await.unwrap(), WRONG);
    }
    service.stop().await;
}

async fn a_restart_forgets_nothing(engine: Engine) {
    let (service, clock) = still(engine).await;
    fail(&service, "ada", "192.0.2", 5).await;
    let Service { identity, scratch, .. } = service;
    identity.running.stop(Duration::from_secs(10)).await;
    let service = Service::at(scratch, &SMALL, clock.clone()).await;
    throttled(service.verify("ada", PASSWORD).await);
    clock.advance(TimeDelta::hours(25));
    service.verify("ada", PASSWORD).await.unwrap();
    service.stop().await;
}

async fn after_a_hundred_failures_nothing_helps_but_a_day(engine: Engine) {
    let (service, clock) = still(engine).await;
    assert_eq!(service.verify("ada", "wrong").await.unwrap(), WRONG);
    service.sql("UPDATE throttles SET failures = 99 WHERE kind = 'account'").await;
    clock.advance(TimeDelta::hours(1));
    assert_eq!(service.verify("ada", "wrong").await.unwrap(), WRONG);
    clock.advance(TimeDelta::hours(23));
    assert_eq!(throttled(service.verify("ada", PASSWORD).await), Duration::from_hours(1));
    clock.advance(TimeDelta::hours(1));
    service.verify("ada", PASSWORD).await.unwrap();
    service.stop().await;
}
