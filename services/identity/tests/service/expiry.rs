//! What has expired is forgotten, however much there is of it, and whatever else fails.

use crate::{PASSWORD, Service, attempt, logged};
use chassis::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use database::scratch::{Engine, Scratch};
use latchkey_identity::store::MIGRATIONS;
use std::time::{Duration, Instant};

database::both_databases!(what_cannot_be_forgotten_is_named_and_keeps_nothing_else);

/// More than one statement forgets.
const REQUESTS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) \
                        INSERT INTO create_requests (request_id, subject, content, expires_at) \
                        SELECT 'r' || i, '1', NULL, '2020-01-01T00:00:00+00:00' FROM n";

const LEFT: &str = "SELECT (SELECT count(*) FROM create_requests) + (SELECT count(*) FROM devices) \
                    + (SELECT count(*) FROM login_sessions) + (SELECT count(*) FROM throttles)";

async fn what_cannot_be_forgotten_is_named_and_keeps_nothing_else(engine: Engine) {
    let clock = Clock::manual(DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap());
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let service = Service::at(scratch, &[], clock.clone()).await;
    service.add("ada@example.com", "ada").await.unwrap();
    let mut request = attempt("ada", PASSWORD, &[]);
    "sid-1".clone_into(&mut request.context.as_mut().unwrap().session_id);
    service.sign_in(request).await;
    service.verify("nobody", "wrong").await.unwrap();
    service.sql(REQUESTS).await;
    assert!(service.count(LEFT).await > 2500 + 3);

    service.sql("ALTER TABLE login_challenges RENAME TO elsewhere").await;
    clock.advance(TimeDelta::days(366));
    let service = Service::at(service.end().await, &[], clock).await;
    let began = Instant::now();
    while service.count(LEFT).await > 0 {
        assert!(began.elapsed() < Duration::from_mins(1), "{}", service.count(LEFT).await);
    }
    assert!(logged().contains("expired login challenges are still kept"));
    service.stop().await;
}
