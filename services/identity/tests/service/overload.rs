//! More attempts than can be hashed, and callers who do not wait.

use crate::{PASSWORD, Service, attempt};
use database::scratch::Engine;
use latchkey_proto::identity::v1::ListThrottlesRequest;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

database::both_databases!(
    under_a_flood_some_are_served_and_the_rest_are_refused_at_once,
    an_expired_deadline_begins_no_hash,
    callers_who_hang_up_begin_no_hash,
);

/// The floods here are by one person, who is slowed down by other rules than these.
const ONE_WORKER: [&str; 3] = ["--hash-workers=1", "--throttle-account=100", "--throttle-pair=100"];

/// The caller's own timer may be faster than the server's answer: tonic calls that cancelled.
fn over(code: Code) -> bool {
    matches!(code, Code::DeadlineExceeded | Code::Cancelled)
}

async fn under_a_flood_some_are_served_and_the_rest_are_refused_at_once(engine: Engine) {
    let service = Service::with(engine, &ONE_WORKER).await;
    service.add("ada@example.com", "").await.unwrap();
    let before = service.identity.hashing.begun();
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let mut client = service.credentials();
        calls.spawn(async move {
            client.verify_credentials(attempt("ada@example.com", PASSWORD, &[])).await
        });
    }
    let answers = calls.join_all().await;
    let served = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!((17..100).contains(&served), "{served}");
    assert_eq!(service.identity.hashing.begun() - before, served as u64);
    for status in answers.into_iter().filter_map(Result::err) {
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        let details = status.get_error_details();
        assert!(details.retry_info().unwrap().retry_delay.is_some());
        assert_eq!(details.error_info().unwrap().reason, "HASHING_OVERLOADED");
    }
    service.verify("ada@example.com", PASSWORD).await.unwrap();
    let counted = service.throttles().list_throttles(ListThrottlesRequest::default()).await;
    let counted = counted.unwrap().into_inner().throttles;
    assert!(counted.iter().all(|throttle| throttle.failures == 0), "{counted:?}");
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
    assert_eq!(service.identity.hashing.begun(), 1);
    service.stop().await;
}

async fn callers_who_hang_up_begin_no_hash(engine: Engine) {
    let service = Service::with(engine, &ONE_WORKER).await;
    let mut calls = JoinSet::new();
    for _ in 0..17 {
        let mut client = service.credentials();
        calls.spawn(async move {
            let mut request = Request::new(attempt("ada@example.com", PASSWORD, &[]));
            request.set_timeout(Duration::from_millis(150));
            client.verify_credentials(request).await.err().map(|status| status.code())
        });
    }
    let codes = calls.join_all().await;
    assert!(
        codes.iter().flatten().count() > 0 && codes.iter().flatten().all(|code| over(*code)),
        "{codes:?}"
    );

    let asked = Instant::now();
    service.verify("ada@example.com", PASSWORD).await.unwrap();
    assert!(asked.elapsed() < Duration::from_secs(5), "nothing was left in the queue");
    let begun = service.identity.hashing.begun();
    assert!(begun < 17, "{begun} hashes for one who waited and 17 who did not");
    service.stop().await;
}
