//! The database goes away and comes back.

use crate::{PASSWORD, Service, WRONG};
use database::{Database, scratch::Engine};
use tonic::Code;
use tonic_types::StatusExt as _;

database::both_databases!(
    without_its_tables_the_service_is_unavailable_and_recovers,
    a_closed_database_is_unavailable_and_says_nothing_of_itself,
);

async fn without_its_tables_the_service_is_unavailable_and_recovers(engine: Engine) {
    let service = Service::on(engine).await;
    service.sql("ALTER TABLE identifiers RENAME TO elsewhere").await;
    let status = service.verify("ada@example.com", PASSWORD).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.get_error_details().error_info().unwrap().reason, "DATABASE_UNAVAILABLE");
    assert!(!status.message().contains("identifiers"), "{status:?}");
    let status = service.add("ada@example.com", "").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);

    service.sql("ALTER TABLE elsewhere RENAME TO identifiers").await;
    assert_eq!(service.verify("ada@example.com", PASSWORD).await.unwrap(), WRONG);
    service.add("ada@example.com", "").await.unwrap();
    service.stop().await;
}

async fn a_closed_database_is_unavailable_and_says_nothing_of_itself(engine: Engine) {
    let service = Service::on(engine).await;
    service.identity.database.close().await;
    let status = service.verify("ada@example.com", PASSWORD).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.message(), "the user database cannot be reached");
    let address = service.identity.running.address("internal").unwrap();
    let ready = reqwest::get(format!("http://{address}/readyz")).await.unwrap();
    assert_eq!(ready.status(), 503);
    assert!(ready.text().await.unwrap().contains("database"));
    service.stop().await;
}

#[tokio::test]
async fn connections_that_a_server_cuts_are_made_again() {
    let service = Service::on(Engine::Postgres).await;
    service.add("ada@example.com", "").await.unwrap();
    let Database::Postgres(pool) = &service.scratch.database else { unreachable!() };
    for _ in 0..3 {
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .execute(pool)
        .await
        .unwrap();
        let answer = service.verify("ada@example.com", PASSWORD).await;
        assert!(answer.as_ref().is_ok_and(|answer| *answer != WRONG), "{answer:?}");
    }
    service.stop().await;
}
