//! The scope catalogue over gRPC.

use crate::suite::Suite;
use database::scratch::Engine;
use latchkey_proto::client::v1::{
    BatchGetScopesRequest, ListScopesRequest, Scope, ScopeSensitivity,
    scope_catalog_service_client::ScopeCatalogServiceClient,
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

#[tokio::test]
async fn a_scope_of_the_operators_is_in_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scopes.toml");
    let text = "[\"orders.read\"]\nsensitivity = \"medium\"\nowner = \"orders@example.com\"\n\
                first-party = true\ntitle.en = \"See your orders\"\n";
    std::fs::write(&file, text).unwrap();
    let options = ["--scopes-file", file.to_str().unwrap()];
    let suite = Suite::start_with(Engine::Sqlite, &options).await;
    let mut catalogue = ScopeCatalogServiceClient::new(channel(&suite).await);
    let all = catalogue.list_scopes(ListScopesRequest::default()).await.unwrap().into_inner();
    let names: Vec<_> = all.scopes.iter().map(|scope| scope.name.as_str()).collect();
    assert!(names.is_sorted() && names.contains(&"openid"), "{names:?}");
    let orders = all.scopes.iter().find(|scope| scope.name == "orders.read").unwrap();
    let expected = Scope {
        name: "orders.read".to_owned(),
        title: "See your orders".to_owned(),
        first_party: true,
        sensitivity: ScopeSensitivity::Medium.into(),
        owner: "orders@example.com".to_owned(),
        ..Scope::default()
    };
    assert_eq!(*orders, expected);
    suite.stop().await;
}
