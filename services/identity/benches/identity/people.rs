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
