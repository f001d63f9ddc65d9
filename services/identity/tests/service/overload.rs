//! More attempts than can be hashed, and callers who do not wait.

use crate::{Answer, PASSWORD, Service, attempt, attempt_from, import::row, logged};
use database::scratch::Engine;
use latchkey_proto::identity::v1::{
    GetUserRequest, ListThrottlesRequest, VerifyCredentialsResponse,
};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

database::both_databases!(
    under_a_flood_some_are_served_and_the_rest_are_refused_at_once,
    who_cannot_be_served_in_time_is_refused_at_once_and_told_when_to_come_again,
    an_expired_deadline_begins_no_hash,
    callers_who_hang_up_begin_no_hash,
    callers_who_hang_up_before_their_hash_have_not_failed,
    every_attempt_leaves_one_event_answered_or_not,
    other_calls_are_answered_while_every_thread_is_busy,
    an_import_is_done_while_people_sign_in,
);

/// The floods here are by one person, who is slowed down by other rules than these; and attempts come
/// sooner than the one thread is done with those before.
const ONE_WORKER: [&str; 4] =
    ["--hash-workers=1", "--argon2-iterations=4", "--throttle-account=100", "--throttle-pair=100"];

/// One thread, and hashes that take it a while.
pub(super) const SLOW: [&str; 3] =
    ["--hash-workers=1", "--argon2-memory-kib=65536", "--argon2-iterations=8"];

type Calls = JoinSet<Result<Response<VerifyCredentialsResponse>, Status>>;

/// The caller's own timer may be faster than the server's answer: tonic calls that cancelled.
fn over(code: Code) -> bool {
    matches!(code, Code::DeadlineExceeded | Code::Cancelled)
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|it| it.reason.clone()).unwrap_or_default()
}

impl Service {
    /// So many attempts at once, each by another person whom nobody knows.
    pub(super) fn flood(&self, count: u32) -> Calls {
        let mut calls = JoinSet::new();
        for number in 0..count {
            let mut client = self.credentials();
            let mut request = attempt(&format!("nobody{number}"), PASSWORD, &[]);
            request.context.as_mut().unwrap().ip.clear();
            calls.spawn(async move { client.verify_credentials(request).await });
        }
        calls
    }

    fn begun(&self) -> u64 {
        self.identity.hashing.begun()
    }

    /// Until attempts count as failed for so many accounts.
    pub(super) async fn until_failed(&self, enough: impl Fn(usize) -> bool) {
        let began = Instant::now();
        loop {
            let throttles = self.throttles().list_throttles(ListThrottlesRequest::default()).await;
            let throttles = throttles.unwrap().into_inner().throttles;
            if enough(throttles.iter().filter(|throttle| throttle.failures > 0).count()) {
                return;
            }
            assert!(began.elapsed() < Duration::from_mins(1), "{throttles:#?}");
        }
    }

    async fn until_begun(&self, count: u64) {
        while self.begun() < count {
            tokio::task::yield_now().await;
        }
    }
}

async fn under_a_flood_some_are_served_and_the_rest_are_refused_at_once(engine: Engine) {
    let service = Service::with(engine, &ONE_WORKER).await;
    service.add("ada@example.com", "").await.unwrap();
    let before = service.begun();
    let mut calls = JoinSet::new();
    let mut call = || {
        let mut client = service.credentials();
        calls.spawn(async move {
            client.verify_credentials(attempt("ada@example.com", PASSWORD, &[])).await
        });
    };
    call();
    // Who is hashed holds no place among those who wait.
    service.until_begun(before + 1).await;
    (1..100).for_each(|_| call());
    let answers = calls.join_all().await;
    let served = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!((25..100).contains(&served), "{served}");
    assert_eq!(service.begun() - before, served as u64);
    for status in answers.into_iter().filter_map(Result::err) {
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        let details = status.get_error_details();
        assert!(details.retry_info().unwrap().retry_delay.is_some_and(|it| !it.is_zero()));
        assert_eq!(details.error_info().unwrap().reason, "HASHING_OVERLOADED");
    }
    service.verify("ada@example.com", PASSWORD).await.unwrap();
    let counted = service.throttles().list_throttles(ListThrottlesRequest::default()).await;
    let counted = counted.unwrap().into_inner().throttles;
    assert!(counted.iter().all(|throttle| throttle.failures == 0), "{counted:?}");
    service.stop().await;
}

async fn who_cannot_be_served_in_time_is_refused_at_once_and_told_when_to_come_again(
    engine: Engine,
) {
    let service = Service::with(engine, &SLOW).await;
    service.verify("nobody", PASSWORD).await.unwrap();
    let mut flood = service.flood(20);
    service.until_begun(2).await;
    // The others are on their way into the queue; until they are there one may have its turn.
    let patience = Duration::from_secs(2);
    let refused = loop {
        let mut request = Request::new(attempt("hurried", PASSWORD, &[]));
        request.set_timeout(patience);
        if let Err(status) = service.credentials().verify_credentials(request).await {
            break status;
        }
    };
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert_eq!(reason(&refused), "HASHING_OVERLOADED");
    let retry = refused.get_error_details().retry_info().unwrap().retry_delay.unwrap();
    assert!(retry > patience / 2, "{retry:?}");
    assert!(service.begun() < 20, "it was refused before the others were done");
    flood.shutdown().await;
    service.stop().await;
}

async fn an_expired_deadline_begins_no_hash(engine: Engine) {
    let service = Service::on(engine).await;
    for timeout in ["0n", "1n", "0H", "0S"] {
        let mut request = Request::new(attempt("ada@example.com", PASSWORD, &[]));
        request.metadata_mut().insert("grpc-timeout", timeout.parse().unwrap());
        let code = service.credentials().verify_credentials(request).await.unwrap_err().code();
        assert!(over(code), "{timeout}: {code:?}");
    }
    // An answer to a later call on the same connection: the server has seen the earlier ones.
    service.verify("ada@example.com", PASSWORD).await.unwrap();
    assert_eq!(service.begun(), 1);
    service.stop().await;
}

async fn callers_who_hang_up_begin_no_hash(engine: Engine) {
    let service = Service::with(engine, &SLOW).await;
    let mut calls = service.flood(1000);
    service.until_begun(1).await;
    calls.shutdown().await;
    let begun = service.begun();
    service.verify("nobody", PASSWORD).await.unwrap();
    // Until the server heard of the last who hung up, it may have begun with another.
    let more = service.begun() - begun;
    assert!((1..=3).contains(&more), "{more} hashes for one who waited");
    service.stop().await;
}

async fn callers_who_hang_up_before_their_hash_have_not_failed(engine: Engine) {
    const CALLERS: u32 = 10;
    let service = Service::with(engine, &SLOW).await;
    let mut calls = service.flood(CALLERS);
    service.until_failed(|failed| failed == CALLERS as usize).await;
    calls.shutdown().await;
    // One was hashed, and others may have been until the server heard of them all.
    service.until_failed(|failed| failed as u64 <= service.begun()).await;
    assert!(service.begun() < CALLERS.into(), "nobody has hung up before a hash");
    service.stop().await;
}

async fn other_calls_are_answered_while_every_thread_is_busy(engine: Engine) {
    let service = Service::with(engine, &SLOW).await;
    let ada = service.add("ada@example.com", "").await.unwrap();
    let mut flood = service.flood(20);
    service.until_begun(2).await;
    let mut health = HealthClient::new(service.channel.clone());
    for _ in 0..50 {
        let request = GetUserRequest { subject: ada.subject.clone() };
        service.users().get_user(request).await.unwrap();
        health.check(HealthCheckRequest::default()).await.unwrap();
    }
    assert!(service.begun() < 20, "people still wait: the thread has not rested");
    flood.shutdown().await;
    service.stop().await;
}

async fn an_import_is_done_while_people_sign_in(engine: Engine) {
    let service = Service::with(engine, &ONE_WORKER).await;
    let mut flood = service.flood(20);
    service.until_begun(1).await;
    let rows = (1..=3).map(|number| row(number, PASSWORD)).collect();
    let (imported, ()) = tokio::join!(service.import(rows), async {
        while let Some(answer) = flood.join_next().await {
            answer.unwrap().unwrap();
        }
    });
    assert_eq!(imported.unwrap().len(), 3);
    let answer = service.verify("person3@example.com", PASSWORD).await.unwrap();
    assert!(matches!(answer, Answer::Verified(_)), "{answer:?}");
    service.stop().await;
}

async fn every_attempt_leaves_one_event_answered_or_not(engine: Engine) {
    const ATTEMPTS: usize = 40;
    let service = Service::with(engine, &SLOW).await;
    let ip = if engine == Engine::Sqlite { "198.51.100.77" } else { "198.51.100.78" };
    let mut calls = JoinSet::new();
    for number in 0..ATTEMPTS {
        let mut client = service.credentials();
        let mut request = Request::new(attempt_from(ip, &format!("nobody{number}"), "wrong"));
        if number % 2 == 0 {
            request.set_timeout(Duration::from_millis(700));
        }
        calls.spawn(async move { client.verify_credentials(request).await.is_ok() });
    }
    let answered = calls.join_all().await.into_iter().filter(|answered| *answered).count();
    assert!((1..ATTEMPTS).contains(&answered), "{answered}");

    let (here, began) = (format!("ip=\"{ip}\""), Instant::now());
    let events = || {
        let text = logged();
        let ours = text.lines().filter(|it| it.contains("latchkey_audit") && it.contains(&here));
        ours.map(str::to_owned).collect::<Vec<_>>()
    };
    while events().len() < ATTEMPTS {
        assert!(began.elapsed() < Duration::from_secs(30), "{:#?}", events());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (events, with) = (events(), |events: &[String], outcome: &str| {
        let outcome = format!("outcome=\"{outcome}\"");
        events.iter().filter(|line| line.contains(&outcome)).count()
    });
    assert_eq!(events.len(), ATTEMPTS);
    assert_eq!(with(&events, "wrong_credentials"), answered);
    assert_eq!(with(&events, "overloaded") + with(&events, "cut_off"), ATTEMPTS - answered);
    let kept = "SELECT count(*) FROM audit_events WHERE outcome = 'wrong_credentials'";
    assert_eq!(service.count(kept).await, i64::try_from(answered).unwrap());
    service.stop().await;
}
