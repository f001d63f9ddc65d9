//! What Prometheus fetches: durations by route and outcome, and nothing that a stranger chose.

use database::scratch::Engine;
use latchkey_integration_tests::{ONE, Suite, Visitor, visitor::Choice};

#[tokio::test]
async fn durations_are_told_by_route_and_nothing_else() {
    let at = Suite::shared(Engine::Sqlite).await;
    let visitor = Visitor::new();
    visitor.sign_in(at, ONE, Choice::default()).await.says(ONE.email);
    visitor.open(at.consent.join("a-path-that-nobody-serves").unwrap()).await;

    let mut told = Vec::new();
    for internal in &at.internal {
        let page = visitor.open(internal.join("metrics").unwrap()).await;
        assert!(page.status.is_success());
        assert!(!page.html.contains("nobody-serves") && !page.html.contains("challenge="));
        told.push(page.html);
    }
    let [identity, consent, client] = &told[..] else { panic!("three services") };
    holds(identity, &["rpc_server_duration_seconds_count", "CredentialService/VerifyCredentials"]);
    holds(consent, &["http_client_request_duration_seconds_count", "/login/accept", "200"]);
    holds(
        consent,
        &["http_server_request_duration_seconds_count", "/authentication/login", "POST"],
    );
    holds(consent, &["http_server_request_duration_seconds_count", "http_route=\"*\"", "404"]);
    holds(client, &["http_server_request_duration_seconds_count", "/callbacks", "303"]);
    holds(client, &["rpc_server_duration_seconds_count", "ScopeCatalogService/BatchGetScopes"]);
}

/// One line has all of these parts.
#[track_caller]
fn holds(metrics: &str, parts: &[&str]) {
    let found = metrics.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(found, "{parts:?} in: {metrics}");
}
