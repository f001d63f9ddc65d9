//! Sign-ins on both databases.

use super::*;
use database::scratch::{Engine, Scratch};
use secrecy::SecretString;

database::both_databases!(
    a_sign_in_is_taken_by_its_browser_alone,
    one_callback_gets_a_sign_in,
    a_sign_in_that_was_given_back_can_be_taken,
    a_finished_sign_in_is_gone,
    a_sign_in_expires_after_ten_minutes,
    a_browser_keeps_its_newest_twenty,
    a_verifier_is_not_to_be_seen_in_the_row,
    pruning_removes_what_expired,
);

struct Given {
    scratch: Scratch,
    sign_ins: SignIns,
    state: OpaqueId,
    browser: OpaqueId,
}

async fn one_sign_in(engine: Engine) -> Given {
    let scratch = Scratch::new(engine, &crate::MIGRATIONS).await;
    let seal = Arc::new(Seal::new(&SecretString::from("key"), None).unwrap());
    let sign_ins = SignIns::new(scratch.database.clone(), seal);
    let (state, browser) = (OpaqueId::random(), OpaqueId::random());
    sign_ins.begin(&state, &browser, &sign_in(), now()).await.unwrap();
    Given { scratch, sign_ins, state, browser }
}

fn sign_in() -> SignIn {
    SignIn {
        nonce: "nonce".to_owned(),
        pkce_verifier: "canary-verifier".to_owned(),
        return_to: "/orders".to_owned(),
        trace_reference: None,
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_790_000_000_000_000).unwrap()
}

async fn count(scratch: &Scratch) -> i64 {
    let (count,): (i64,) = sql!(scratch.database.read().await.unwrap().on(), c =>
        sqlx::query_as("SELECT count(*) FROM sign_ins").fetch_one(c).await)
    .unwrap();
    count
}

async fn a_sign_in_is_taken_by_its_browser_alone(engine: Engine) {
    let Given { sign_ins, state, browser, scratch: _scratch } = one_sign_in(engine).await;
    let foreign = OpaqueId::random();
    assert!(sign_ins.take(&state, &foreign, now()).await.unwrap().is_none());
    assert!(sign_ins.take(&foreign, &browser, now()).await.unwrap().is_none());
    let taken = sign_ins.take(&state, &browser, now()).await.unwrap().unwrap();
    assert_eq!((&*taken.nonce, &*taken.return_to), ("nonce", "/orders"));
    assert_eq!(taken.pkce_verifier, "canary-verifier");
}

async fn one_callback_gets_a_sign_in(engine: Engine) {
    let Given { sign_ins, state, browser, scratch: _scratch } = one_sign_in(engine).await;
    let mut callbacks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (sign_ins, state, browser) = (sign_ins.clone(), state.clone(), browser.clone());
        callbacks
            .spawn(async move { sign_ins.take(&state, &browser, now()).await.unwrap().is_some() });
    }
    let got = callbacks.join_all().await.into_iter().filter(|got| *got).count();
    assert_eq!(got, 1);
    let late = now() + TimeDelta::seconds(21);
    let again = sign_ins.take(&state, &browser, late).await.unwrap();
    assert!(again.is_some(), "a callback that died can be repeated");
}

async fn a_sign_in_that_was_given_back_can_be_taken(engine: Engine) {
    let Given { sign_ins, state, browser, scratch: _scratch } = one_sign_in(engine).await;
    assert!(sign_ins.take(&state, &browser, now()).await.unwrap().is_some());
    sign_ins.give_back(&state).await.unwrap();
    assert!(sign_ins.take(&state, &browser, now()).await.unwrap().is_some());
}

async fn a_finished_sign_in_is_gone(engine: Engine) {
    let Given { sign_ins, state, browser, scratch } = one_sign_in(engine).await;
    assert!(sign_ins.take(&state, &browser, now()).await.unwrap().is_some());
    sign_ins.finish(&state).await.unwrap();
    assert_eq!(count(&scratch).await, 0);
    let late = now() + TimeDelta::minutes(1);
    assert!(sign_ins.take(&state, &browser, late).await.unwrap().is_none());
}

async fn a_sign_in_expires_after_ten_minutes(engine: Engine) {
    let Given { sign_ins, state, browser, scratch: _scratch } = one_sign_in(engine).await;
    let late = now() + TimeDelta::minutes(10);
    let in_time = late - TimeDelta::seconds(1);
    assert!(sign_ins.take(&state, &browser, late).await.unwrap().is_none());
    let goes_to = sign_ins.late(&state, &browser, late).await.unwrap();
    assert_eq!(goes_to.as_deref(), Some("/orders"));
    let stranger = OpaqueId::random();
    assert_eq!(sign_ins.late(&state, &stranger, late).await.unwrap(), None);
    assert_eq!(sign_ins.late(&state, &browser, in_time).await.unwrap(), None);
    assert!(sign_ins.take(&state, &browser, in_time).await.unwrap().is_some());
}

async fn a_browser_keeps_its_newest_twenty(engine: Engine) {
    let Given { sign_ins, state: oldest, browser, scratch } = one_sign_in(engine).await;
    let (theirs, other) = (OpaqueId::random(), OpaqueId::random());
    sign_ins.begin(&theirs, &other, &sign_in(), now()).await.unwrap();
    let mut newest = oldest.clone();
    for second in 1..=20 {
        newest = OpaqueId::random();
        let at = now() + TimeDelta::seconds(second);
        sign_ins.begin(&newest, &browser, &sign_in(), at).await.unwrap();
    }
    assert_eq!(count(&scratch).await, 21);
    let later = now() + TimeDelta::minutes(1);
    assert!(sign_ins.take(&oldest, &browser, later).await.unwrap().is_none());
    assert!(sign_ins.take(&newest, &browser, later).await.unwrap().is_some());
    assert!(sign_ins.take(&theirs, &other, later).await.unwrap().is_some());
}

async fn a_verifier_is_not_to_be_seen_in_the_row(engine: Engine) {
    let Given { scratch, .. } = one_sign_in(engine).await;
    let (sealed,): (Vec<u8>,) = sql!(scratch.database.read().await.unwrap().on(), c =>
        sqlx::query_as("SELECT pkce_verifier FROM sign_ins").fetch_one(c).await)
    .unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("canary"));
}

async fn pruning_removes_what_expired(engine: Engine) {
    let Given { sign_ins, browser, scratch, .. } = one_sign_in(engine).await;
    let young = now() + TimeDelta::minutes(30);
    sign_ins.begin(&OpaqueId::random(), &browser, &sign_in(), young).await.unwrap();
    sign_ins.prune(now() + KEPT).await.unwrap();
    assert_eq!(count(&scratch).await, 1);
}
