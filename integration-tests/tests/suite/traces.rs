//! One sign-in in Jaeger: whole, linked, named by route, and without a secret.

use database::scratch::Engine;
use latchkey::stack::Component;
use latchkey_integration_tests::{
    ONE, Person, Suite, Visitor,
    jaeger::{Span, settled},
    suite::Options,
    visitor::Choice,
};
use reqwest::header::{HeaderName, HeaderValue};
use std::{collections::BTreeSet, fs};
use url::Url;

const SERVICES: [&str; 4] = ["client", "consent", "identity", "hydra"];

/// The trace that a browser claims to belong to (W3C Trace Context).
const FOREIGN_PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn one_sign_in_is_one_linked_story_without_a_secret() {
    // Whatever an operator asks to be logged, no secret may come.
    let services = [Component::Identity, Component::Consent, Component::Client];
    let options = services.into_iter().fold(Options::default().traced(), |options, service| {
        options.argument(service, "--log=trace")
    });
    let suite = Suite::start_with(Engine::Sqlite, options).await;
    let at = suite.addresses();
    let claims = [("traceparent", FOREIGN_PARENT), ("baggage", "said-by=a-browser-that-lies")];
    let claims = claims
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    let visitor = Visitor::sending(claims.into_iter().collect());
    let wrong = Person { password: "a canary that sings", ..ONE };
    let login = visitor.open(at.client.join("sign-in").unwrap()).await;
    let again = visitor.answer(&login, wrong, Choice::default()).await;
    let consent = visitor.answer(&again, ONE, Choice::default()).await;
    let home = visitor.answer(&consent, ONE, Choice::default()).await;
    home.says(ONE.email);

    let spans = settled(&at.jaeger, &SERVICES).await;
    requests_reach_every_service(&spans);
    requests_of_a_sign_in_are_linked(&spans);
    statements_belong_to_their_call(&spans);
    // Hydra believes it: it was sent.
    assert!(spans.iter().any(|span| FOREIGN_PARENT.contains(&span.trace_id)));
    for span in spans.iter().filter(|span| span.service != "hydra") {
        assert!(!FOREIGN_PARENT.contains(&span.trace_id), "a browser's trace: {}", span.said);
    }

    let ways = [&login.way, &again.way, &consent.way, &home.way];
    let mut secrets: Vec<String> = ways.into_iter().flatten().flat_map(secrets_of).collect();
    secrets.extend([wrong.password, "a-browser-that-lies"].map(ToOwned::to_owned));
    for page in [&login, &again, &consent] {
        secrets.push(page.form().field("token").value.clone());
    }
    secrets.extend(visitor.cookies(&at.client));
    secrets.push(fs::read_to_string(suite.data().join("secrets/hook-key")).unwrap());
    // Hydra's codes and tokens, and JSON Web Tokens, by how they begin.
    secrets.extend(["ory_ac_", "ory_at_", "ory_rt_", "eyJhbGciOi"].map(ToOwned::to_owned));
    assert!(secrets.len() > 14, "{}", secrets.len());
    for span in spans.iter().filter(|span| span.service != "hydra") {
        no_secret(&secrets, &span.said, &span.name);
    }
    for service in ["client", "consent", "identity"] {
        let log = fs::read_to_string(suite.data().join(format!("logs/{service}.log"))).unwrap();
        assert!(log.lines().count() > 2, "{log}");
        no_secret(&secrets, &log, service);
    }
}

/// The services in the trace of the request with this name.
fn services_in(spans: &[Span], name: &str) -> Vec<BTreeSet<String>> {
    spans
        .iter()
        .filter(|span| span.name == name && span.tag("span.kind") == Some("server"))
        .map(|request| {
            let trace = spans.iter().filter(|span| span.trace_id == request.trace_id);
            trace.map(|span| span.service.clone()).collect()
        })
        .collect()
}

fn requests_reach_every_service(spans: &[Span]) {
    let expected: [(&str, &[&str]); 6] = [
        ("GET /authentication/login", &["consent", "hydra"]),
        ("POST /authentication/login", &["consent", "hydra", "identity"]),
        ("GET /authentication/consent", &["client", "consent", "hydra", "identity"]),
        ("POST /authentication/consent", &["consent", "hydra", "identity"]),
        // Hydra asks whether the tokens may be given.
        ("GET /callbacks", &["client", "consent", "hydra", "identity"]),
        ("GET /", &["client", "hydra", "identity"]),
    ];
    for (name, services) in expected {
        let traces = services_in(spans, name);
        assert!(!traces.is_empty(), "no request is named {name}");
        let all: BTreeSet<_> = services.iter().map(ToString::to_string).collect();
        assert!(traces.contains(&all), "{name}: {traces:?}");
    }
}

fn requests_of_a_sign_in_are_linked(spans: &[Span]) {
    let server = |name: &str| {
        spans.iter().find(|span| span.name == name && span.tag("span.kind") == Some("server"))
    };
    let start = server("GET /sign-in").unwrap();
    assert_eq!(start.tag("sign_in.trace_id"), Some(start.trace_id.as_str()));
    let hops = [
        "GET /authentication/login",
        "POST /authentication/login",
        "GET /authentication/consent",
        "POST /authentication/consent",
        "GET /callbacks",
    ];
    for hop in hops {
        let span = server(hop).unwrap();
        assert_ne!(span.trace_id, start.trace_id, "{hop}: a browser carries no trace");
        assert_eq!(span.tag("sign_in.trace_id"), Some(start.trace_id.as_str()), "{hop}");
        let linked = span.references.iter().any(|(_, trace)| *trace == start.trace_id);
        assert!(linked, "{hop} refers to {:?}", span.references);
    }
}

/// Identity's statements are parts of the call that they serve.
fn statements_belong_to_their_call(spans: &[Span]) {
    let verify = "latchkey.identity.v1.CredentialService/VerifyCredentials";
    let call = spans
        .iter()
        .find(|span| span.name == verify && span.tag("span.kind") == Some("server"))
        .unwrap();
    let statements: BTreeSet<_> = spans
        .iter()
        .filter(|span| span.parent.as_ref() == Some(&call.span_id))
        .filter(|span| span.tag("db.system.name") == Some("sqlite"))
        .map(|span| (span.name.as_str(), span.tag("db.operation.name").unwrap_or_default()))
        .collect();
    for expected in [
        ("users.find_account", "SELECT"),
        ("throttles.count", "INSERT"),
        ("audit.append", "INSERT"),
    ] {
        assert!(statements.contains(&expected), "{statements:?}");
    }
}

/// Everything in an address that is worth stealing.
fn secrets_of(url: &Url) -> Vec<String> {
    let names = [
        "code",
        "state",
        "nonce",
        "login_challenge",
        "consent_challenge",
        "login_verifier",
        "consent_verifier",
        "id_token_hint",
        "code_challenge",
    ];
    url.query_pairs()
        .filter(|(name, _)| names.contains(&name.as_ref()))
        .map(|(_, value)| value.chars().take(200).collect())
        .collect()
}

fn no_secret(secrets: &[String], text: &str, place: &str) {
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "{} in {place}: {text}", &secret[..7]);
    }
}
