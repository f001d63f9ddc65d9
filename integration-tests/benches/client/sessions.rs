//! Sessions: how fast one is found among few and among many, and what the program takes meanwhile.

use crate::{ROUNDS, median, rate, row};
use chrono::{TimeDelta, Utc};
use database::{
    Database,
    scratch::{Engine, Scratch},
    sql,
};
use latchkey_client::{
    OpaqueId,
    seal::{Purpose, Seal},
    session::store::Sessions,
};
use latchkey_integration_tests::{Addresses, RelyingParty, relying_party::SESSION_KEY};
use serde_json::json;
use sqlx::migrate::Migrator;
use std::{sync::Arc, time::Duration};

static MIGRATIONS: Migrator = sqlx::migrate!("../services/client/migrations");

const FEW: usize = 100;
const MANY: usize = 100_000;
/// Pages that people open before the memory is read.
const PAGES: usize = 5_000;

pub(crate) async fn measure(engine: Engine, at: &Addresses) {
    let (few, of_few) = people(engine, FEW).await;
    let (many, of_many) = people(engine, MANY).await;
    let (mut ratios, mut rates) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        let few = found(&few.database, &of_few).await;
        let many = found(&many.database, &of_many).await;
        ratios.push(many / few);
        rates.push(many);
    }
    row(engine, "sessions found among 100,000 /s", median(rates), None);
    row(engine, "found among 100,000 / among 100", median(ratios), Some(('>', 0.9)));

    let rest = memory(at, &few.url, &of_few, 0).await;
    row(engine, "memory at rest, MiB", rest, Some(('<', 20.0)));
    let busy = memory(at, &many.url, &of_many, PAGES).await;
    row(engine, "memory with 100,000 sessions, MiB", busy, Some(('<', 60.0)));
}

fn seal() -> Arc<Seal> {
    Arc::new(Seal::new(&SESSION_KEY.into(), None).unwrap())
}

/// A database with so many people who are signed in. Their access tokens have ended and cannot be
/// renewed: a page for them asks nobody else.
async fn people(engine: Engine, count: usize) -> (Scratch, Arc<[OpaqueId]>) {
    let scratch = Scratch::new(engine, &MIGRATIONS).await;
    let (seal, now) = (seal(), Utc::now());
    let ids: Arc<[_]> = (0..count).map(|_| OpaqueId::random()).collect();
    // As long as Hydra's.
    let tokens = json!({ "access": "a".repeat(87), "id": "i".repeat(900), "name": "Ada Lovelace" });
    let tokens = tokens.to_string();
    scratch
        .database
        .transaction(|mut tx| {
            let (ids, seal, tokens) = (ids.clone(), seal.clone(), tokens.clone());
            async move {
                for (number, id) in ids.iter().enumerate() {
                    let key = id.sha256();
                    let sealed = seal.seal(Purpose::Tokens, &key, tokens.as_bytes()).unwrap();
                    sql!(tx.on(), c => sqlx::query(
                            "INSERT INTO sessions (id_sha256, subject, sid, scopes, tokens, \
                             access_expires_at, created_at, last_seen_at, version) \
                             VALUES ($1, $2, $3, 'openid users.read', $4, $5, $5, $5, 1)")
                        .bind(key).bind(format!("person-{number}")).bind(format!("sid-{number}"))
                        .bind(sealed).bind(now)
                        .execute(c).await.map(drop))?;
                }
                tx.commit().await
            }
        })
        .await
        .unwrap();
    // As a server leaves its tables by itself, a minute after they were filled.
    let settled = match engine {
        Engine::Sqlite => "ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)",
        Engine::Postgres => "VACUUM ANALYZE",
    };
    sql!(scratch.database.write().await.unwrap().on(), c =>
        sqlx::raw_sql(settled).execute(c).await.map(drop))
    .unwrap();
    (scratch, ids)
}

/// Sessions found a second, all over the table.
async fn found(database: &Database, ids: &Arc<[OpaqueId]>) -> f64 {
    let day = TimeDelta::days(1);
    let sessions = Sessions::new(database.clone(), seal(), day, day);
    let ids = ids.clone();
    rate(move |number| {
        let (sessions, ids) = (sessions.clone(), ids.clone());
        async move {
            let id = &ids[number.wrapping_mul(7919) % ids.len()];
            sessions.find(id, Utc::now()).await.unwrap().unwrap();
        }
    })
    .await
}

/// Resident memory of the real program in MiB, after so many pages.
async fn memory(at: &Addresses, database_url: &str, ids: &[OpaqueId], pages: usize) -> f64 {
    let redirect_url = RelyingParty::redirect_url();
    let options =
        ["--client-id=measured", "--client-secret=a-secret", "--log=warn,latchkey_chassis=info"];
    let app = RelyingParty::container(at, &redirect_url, database_url, &options);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for number in 0..pages {
        let id = ids[number.wrapping_mul(7919) % ids.len()].expose();
        let page =
            http.get(app.at.client.clone()).header("cookie", format!("latchkey_session={id}"));
        let page = page.send().await.unwrap().text().await.unwrap();
        assert!(page.contains("Ada Lovelace"), "{page}");
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    app.memory()
}
