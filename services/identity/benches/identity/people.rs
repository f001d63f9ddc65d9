//! The people of a run, and what they send.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use database::{Database, sql};
use latchkey_identity::domain::device::DeviceToken;
use latchkey_proto::identity::v1::{AttemptContext, User, UserState, VerifyCredentialsRequest};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A year from here devices are known.
const NOW: i64 = 1_790_000_000;

/// So many people have a browser that has signed in before.
pub(crate) const DEVICES: u64 = 1000;

/// Adds people with numbers from 0 and the hash of [`PASSWORD`].
pub(crate) async fn add(database: &Database, count: i64, hash: &str) {
    let at = DateTime::<Utc>::from_timestamp(NOW, 0).unwrap();
    sql!(database.write().await.unwrap().on(), c => {
        for statement in [
            "INSERT INTO users (subject, email, username, display_name, password_hash, state, \
             created_at, updated_at) WITH RECURSIVE n (i) AS (SELECT CAST($1 AS INT8) - 1 UNION ALL \
             SELECT i - 1 FROM n WHERE i > 0) SELECT 'person-' || i, 'person' || i || \
             '@example.com', NULL, 'Ada Lovelace', $2, 'active', $3, $3 FROM n",
        ] {
            sqlx::query(statement).bind(count).bind(hash).bind(at).execute(&mut *c).await.unwrap();
        }
        for statement in [
            "INSERT INTO identifiers (key, subject) SELECT email, subject FROM users",
            "INSERT INTO subjects (subject) SELECT subject FROM users",
            "ANALYZE",
        ] {
            sqlx::query(statement).execute(&mut *c).await.unwrap();
        }
    });
    let until = at + chrono::TimeDelta::days(3650);
    for number in 0..DEVICES {
        let sha256 = DeviceToken::parse(&device(number)).unwrap().sha256();
        sql!(database.write().await.unwrap().on(), c => sqlx::query(
            "INSERT INTO devices (sha256, subject, expires_at) VALUES ($1, $2, $3)",
        )
        .bind(sha256.as_slice())
        .bind(subject(number))
        .bind(until)
        .execute(c)
        .await
        .map(drop)
        .unwrap());
    }
}

/// Adds people who may not sign in: `disabled` ones, and `passwordless` ones.
pub(crate) async fn add_who_may_not_sign_in(database: &Database, count: u64) {
    let at = DateTime::<Utc>::from_timestamp(NOW, 0).unwrap();
    for number in 0..count {
        for (name, state, with_hash) in
            [("disabled", "disabled", true), ("passwordless", "active", false)]
        {
            let (subject, email) =
                (format!("{name}-{number}"), format!("{name}{number}@example.com"));
            sql!(database.write().await.unwrap().on(), c => {
                let user = sqlx::query(
                    "INSERT INTO users (subject, email, username, display_name, password_hash, \
                     state, created_at, updated_at) VALUES ($1, $2, NULL, 'Ada Lovelace', CASE WHEN \
                     $5 THEN (SELECT password_hash FROM users WHERE subject = 'person-0') END, \
                     $3, $4, $4)",
                );
                let user = user.bind(&subject).bind(&email).bind(state).bind(at).bind(with_hash);
                user.execute(&mut *c).await.unwrap();
                sqlx::query("INSERT INTO identifiers (key, subject) VALUES ($1, $2)")
                    .bind(email)
                    .bind(subject)
                    .execute(&mut *c)
                    .await
                    .unwrap();
            });
        }
    }
}

pub(crate) fn subject(number: u64) -> String {
    format!("person-{number}")
}

fn device(number: u64) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, &number.to_be_bytes()))
}

/// What `GetUser` answers for them.
pub(crate) fn user(subject: String) -> User {
    let at = prost_types::Timestamp { seconds: NOW, nanos: 0 };
    User {
        email: subject.replace('-', "") + "@example.com",
        subject,
        display_name: "Ada Lovelace".to_owned(),
        state: UserState::Active.into(),
        create_time: Some(at),
        update_time: Some(at),
        etag: "v1".to_owned(),
        ..User::default()
    }
}

/// Number `call` of all attempts, by one of `people` with the right password, in a sign-in of its own;
/// where `known` from a browser of theirs.
pub(crate) fn attempt(call: u64, people: u64, known: bool) -> VerifyCredentialsRequest {
    // Far apart, so that a large table is read all over.
    let number = call.wrapping_mul(7919) % people;
    let challenge = digest(&SHA256, &call.to_be_bytes()).as_ref().to_vec();
    VerifyCredentialsRequest {
        identifier: format!("person{number}@example.com"),
        password: PASSWORD.to_owned(),
        context: Some(AttemptContext {
            client_id: "myclient".to_owned(),
            ip: format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101".to_owned(),
            session_id: format!("bench-{call}"),
            device_token: if known { device(number) } else { String::new() },
            login_challenge_sha256: challenge,
        }),
    }
}

/// A wrong password for account `number` of those whose names begin with `name`, from an address of its
/// own.
pub(crate) fn wrong_attempt(name: &str, place: usize, number: u64) -> VerifyCredentialsRequest {
    let mut attempt = attempt(number, number + 1, false);
    attempt.identifier = format!("{name}{number}@example.com");
    "incorrect horse battery staple".clone_into(&mut attempt.password);
    let context = attempt.context.as_mut().unwrap();
    context.ip = format!("172.{}.{}.{}", 16 + place, number >> 8 & 255, number & 255);
    attempt
}
