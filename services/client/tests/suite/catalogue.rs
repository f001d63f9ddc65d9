//! The scope catalogue over gRPC.

use crate::suite::Suite;
use database::scratch::Engine;
use latchkey_proto::client::v1::{
    BatchGetScopesRequest, scope_catalog_service_client::ScopeCatalogServiceClient,
};
use tonic::{Code, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

async fn channel(suite: &Suite) -> Channel {
    let address = suite.replicas[0].address("gRPC").unwrap();
    Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

fn asked(names: &[&str], languages: &[&str]) -> BatchGetScopesRequest {
    let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    BatchGetScopesRequest { names: own(names), languages: own(languages) }
}

#[tokio::test]
async fn known_scopes_come_in_the_order_and_the_language_that_was_asked_for() {
    let suite = Suite::start(Engine::Sqlite).await;
    let mut catalogue = ScopeCatalogServiceClient::new(channel(&suite).await);
    let names = ["users.read", "unknown", "openid", "offline"];
    let scopes = catalogue.batch_get_scopes(asked(&names, &["fr", "de-CH"])).await.unwrap();
    let scopes = scopes.into_inner().scopes;
    let found: Vec<_> = scopes.iter().map(|scope| (&*scope.name, scope.always_granted)).collect();
    assert_eq!(found, [("users.read", false), ("openid", true), ("offline", true)]);
    assert_eq!(scopes[0].title, "Ihr Profil lesen");
    suite.stop().await;
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let suite = Suite::start(Engine::Sqlite).await;
    let mut catalogue = ScopeCatalogServiceClient::new(channel(&suite).await);
    let long = "x".repeat(129);
    for request in [asked(&["openid"; 101], &[]), asked(&[&long], &[])] {
        let refused = catalogue.batch_get_scopes(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
    let huge = "x".repeat(65 * 1024);
    let refused = catalogue.batch_get_scopes(asked(&["openid"], &[&huge])).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange);
    suite.stop().await;
}

#[tokio::test]
async fn the_service_says_that_it_serves() {
    let suite = Suite::start(Engine::Sqlite).await;
    let mut health = HealthClient::new(channel(&suite).await);
    for service in ["", "latchkey.client.v1.ScopeCatalogService"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving);
    }
    suite.stop().await;
}
