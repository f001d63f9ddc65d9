//! Sessions on both databases.

use super::*;
use database::scratch::{Engine, Scratch};
use secrecy::SecretString;

database::both_databases!(
    a_session_is_found_by_its_cookie_alone,
    a_row_tells_no_token,
    a_session_ends_when_it_is_not_used,
    a_session_ends_after_its_lifetime,
    one_caller_gets_the_refresh,
    a_spent_token_cannot_be_refreshed_again,
    a_refresh_that_was_given_back_can_be_taken,
    a_deleted_session_is_gone,
    a_session_that_somebody_leaves_leaves_its_tokens_to_be_revoked,
    the_session_of_before_ends_with_the_sign_in,
    another_session_key_opens_no_session,
    pruning_keeps_what_still_lasts,
);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_790_000_000_000_000).unwrap()
}

fn sessions_under(scratch: &Scratch, key: &str) -> Sessions {
    let seal = Seal::new(&SecretString::from(key), None).unwrap();
    let (idle, lifetime) = (TimeDelta::hours(12), TimeDelta::hours(24));
    Sessions::new(scratch.database.clone(), Arc::new(seal), idle, lifetime)
}

async fn scratch(engine: Engine) -> (Scratch, Sessions) {
    let scratch = Scratch::new(engine, &crate::MIGRATIONS).await;
    let sessions = sessions_under(&scratch, "key");
    (scratch, sessions)
}

fn grant(access: &str) -> Grant {
    Grant {
        subject: "1".to_owned(),
        sid: Some("sid".to_owned()),
        scopes: vec!["openid".to_owned(), "users.read".to_owned()],
        tokens: Tokens {
            access: access.to_owned(),
            refresh: Some("refresh".to_owned()),
            id: "id".to_owned(),
            name: Some("Ada".to_owned()),
        },
        access_expires_at: now() + TimeDelta::hours(1),
    }
}

async fn begun(sessions: &Sessions, access: &str) -> OpaqueId {
    sessions.create(&grant(access), &OpaqueId::random(), None, now()).await.unwrap()
}

/// Whose tokens are to be revoked, and from when on.
async fn left(scratch: &Scratch) -> Vec<(Vec<u8>, DateTime<Utc>)> {
    sql!(scratch.database.read().await.unwrap().on(), c => sqlx::query_as(
        "SELECT id_sha256, try_at FROM revocations").fetch_all(c).await)
    .unwrap()
}

async fn a_session_is_found_by_its_cookie_alone(engine: Engine) {
    let (_scratch, sessions) = scratch(engine).await;
    let id = begun(&sessions, "access").await;
    let found = sessions.find(&id, now()).await.unwrap().unwrap();
    assert_eq!(found.grant.subject, "1");
    assert_eq!(found.grant.sid.as_deref(), Some("sid"));
    assert_eq!(found.grant.scopes, ["openid", "users.read"]);
    assert_eq!(found.grant.tokens.access, "access");
    assert_eq!(found.grant.access_expires_at, now() + TimeDelta::hours(1));
    assert!(sessions.find(&OpaqueId::random(), now()).await.unwrap().is_none());
}

async fn a_row_tells_no_token(engine: Engine) {
    let (scratch, sessions) = scratch(engine).await;
    let id = begun(&sessions, "canary-access").await;
    let (hash, tokens): (Vec<u8>, Vec<u8>) =
        sql!(scratch.database.read().await.unwrap().on(), c => sqlx::query_as(
            "SELECT id_sha256, tokens FROM sessions").fetch_one(c).await)
        .unwrap();
    assert_eq!(hash, id.sha256());
    assert!(!String::from_utf8_lossy(&tokens).contains("canary"));
}

async fn a_session_ends_when_it_is_not_used(engine: Engine) {
    let (_scratch, sessions) = scratch(engine).await;
    let id = begun(&sessions, "access").await;
    let used = now() + TimeDelta::hours(11);
    let session = sessions.find(&id, used).await.unwrap().unwrap();
    sessions.touch(&session, used).await.unwrap();
    assert!(sessions.find(&id, now() + TimeDelta::hours(22)).await.unwrap().is_some());
    assert!(sessions.find(&id, now() + TimeDelta::hours(23)).await.unwrap().is_none());
}

async fn a_session_ends_after_its_lifetime(engine: Engine) {
    let (_scratch, sessions) = scratch(engine).await;
    let id = begun(&sessions, "access").await;
    for hour in [8, 16, 23] {
        let used = now() + TimeDelta::hours(hour);
        let session = sessions.find(&id, used).await.unwrap().unwrap();
        sessions.touch(&session, used).await.unwrap();
    }
    assert!(sessions.find(&id, now() + TimeDelta::hours(24)).await.unwrap().is_none());
}

async fn one_caller_gets_the_refresh(engine: Engine) {
    let (_scratch, sessions) = scratch(engine).await;
    let id = begun(&sessions, "access").await;
    let session = sessions.find(&id, now()).await.unwrap().unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (sessions, session) = (sessions.clone(), session.clone());
        callers.spawn(async move {
            sessions.lease(&session, now(), now() + TimeDelta::seconds(10)).await.unwrap()
        });
    }
    let got = callers.join_all().await.into_iter().filter(|got| *got).count();
    assert_eq!(got, 1);
    let late = now() + TimeDelta::seconds(11);
    let took_over = sessions.lease(&session, late, late + TimeDelta::seconds(10)).await.unwrap();
    assert!(took_over, "a replica that died does not hold the refresh for ever");
}

async fn a_spent_token_cannot_be_refreshed_again(engine: Engine) {
    let (_scratch, sessions) = scratch(engine).await;
    let id = begun(&sessions, "old").await;
    let read_before = sessions.find(&id, now()).await.unwrap().unwrap();
    let until = now() + TimeDelta::seconds(10);
    assert!(sessions.lease(&read_before, now(), until).await.unwrap());
    assert!(sessions.renew(&read_before, grant("new")).await.unwrap().is_some());
    assert!(sessions.renew(&read_before, grant("newer")).await.unwrap().is_none());
    assert!(!sessions.lease(&read_before, now(), until).await.unwrap());
    let renewed = sessions.find(&id, now()).await.unwrap().unwrap();
    assert_eq!(renewed.grant.tokens.access, "new");
    assert!(sessions.lease(&renewed, now(), until).await.unwrap());
}

async fn a_refresh_that_was_given_back_can_be_taken(engine: Engine) {
    let (_scratch, sessions) = scratch(engine).await;
    let id = begun(&sessions, "access").await;
    let session = sessions.find(&id, now()).await.unwrap().unwrap();
    let until = now() + TimeDelta::seconds(10);
    assert!(sessions.lease(&session, now(), until).await.unwrap());
    sessions.release(&session).await.unwrap();
    assert!(sessions.lease(&session, now(), until).await.unwrap());
}

async fn a_deleted_session_is_gone(engine: Engine) {
    let (_scratch, sessions) = scratch(engine).await;
    let (mine, theirs) = (begun(&sessions, "mine").await, begun(&sessions, "theirs").await);
    sessions.delete(&mine).await.unwrap();
    sessions.delete(&mine).await.unwrap();
    assert!(sessions.find(&mine, now()).await.unwrap().is_none());
    assert!(sessions.find(&theirs, now()).await.unwrap().is_some());
}

async fn a_session_that_somebody_leaves_leaves_its_tokens_to_be_revoked(engine: Engine) {
    let (scratch, sessions) = scratch(engine).await;
    let id = begun(&sessions, "access").await;
    sessions.leave(&id, now()).await.unwrap();
    sessions.leave(&id, now()).await.unwrap();
    assert!(sessions.find(&id, now()).await.unwrap().is_none());
    assert_eq!(left(&scratch).await, [(id.sha256(), now() + LEASE)]);
}

async fn the_session_of_before_ends_with_the_sign_in(engine: Engine) {
    let (scratch, sessions) = scratch(engine).await;
    let (old, state) = (begun(&sessions, "old").await, OpaqueId::random());
    let new = sessions.create(&grant("new"), &state, Some(&old), now()).await.unwrap();
    assert!(sessions.find(&old, now()).await.unwrap().is_none());
    assert!(sessions.find(&new, now()).await.unwrap().is_some());
    assert_eq!(left(&scratch).await, [(old.sha256(), now())]);
}

async fn another_session_key_opens_no_session(engine: Engine) {
    let (scratch, sessions) = scratch(engine).await;
    let id = begun(&sessions, "access").await;
    assert!(sessions_under(&scratch, "another").find(&id, now()).await.unwrap().is_none());
}

async fn pruning_keeps_what_still_lasts(engine: Engine) {
    let (scratch, sessions) = scratch(engine).await;
    begun(&sessions, "old").await;
    let (grant, later) = (grant("kept"), now() + TimeDelta::hours(2));
    let kept = sessions.create(&grant, &OpaqueId::random(), None, later).await.unwrap();
    sessions.prune(now() + TimeDelta::hours(13)).await.unwrap();
    let rows: Vec<(Vec<u8>,)> =
        sql!(scratch.database.read().await.unwrap().on(), c => sqlx::query_as(
            "SELECT id_sha256 FROM sessions").fetch_all(c).await)
        .unwrap();
    assert_eq!(rows, [(kept.sha256(),)]);
}
