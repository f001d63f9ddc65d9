//! `token-guard` in a team's own service, with the real Hydra: its two examples, as they stand.

use crate::tokens::{App, bearer};
use axum::Router;
use database::scratch::Engine;
use latchkey::stack::Component;
use latchkey_integration_tests::{ONE, Suite, suite::Options, visitor::Choice};
use latchkey_token_guard::{Settings, TokenGuard};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::{net::TcpListener, task::JoinSet};
use tonic::{Code, Request, Status, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;
use url::Url;

#[path = "../../../crates/token-guard/examples/axum.rs"]
#[expect(dead_code, reason = "the test has a listener and a guard of its own")]
mod axum_example;
#[path = "../../../crates/token-guard/examples/tonic.rs"]
#[expect(dead_code, reason = "the test has a listener and a guard of its own")]
mod tonic_example;

const GRANTS: &[&str] = &["authorization_code", "refresh_token"];
/// How long a verdict is remembered here.
const REMEMBERED: Duration = Duration::from_secs(2);

/// A team's service. Ends with the test.
struct Service {
    http: Url,
    grpc: HealthClient<Channel>,
    _tasks: JoinSet<()>,
}

/// What an answer tells.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    challenge: String,
}

impl Service {
    async fn behind(guard: TokenGuard) -> Self {
        let mut tasks = JoinSet::new();
        let http = serve(&mut tasks, axum_example::app(guard.clone())).await;
        let routes = tonic_example::services(guard).into_axum_router();
        let grpc = serve(&mut tasks, routes).await;
        let channel = Channel::from_shared(grpc.to_string()).unwrap().connect().await.unwrap();
        Self { http, grpc: HealthClient::new(channel), _tasks: tasks }
    }

    /// Asks for a page of the axum example with these `Authorization` headers.
    #[expect(clippy::disallowed_methods, reason = "a caller of somebody else's")]
    async fn get(&self, path: &str, headers: &[&str]) -> (Answer, Value) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = http.get(self.http.join(path).unwrap());
        for header in headers {
            request = request.header("authorization", *header);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let challenge = response.headers().get("www-authenticate");
        let challenge = challenge.map_or("", |value| value.to_str().unwrap()).to_owned();
        (Answer { status, challenge }, response.json().await.unwrap())
    }

    /// Calls the tonic example.
    async fn call(&self, token: Option<&str>) -> Result<(), Status> {
        let mut request = Request::new(HealthCheckRequest { service: String::new() });
        if let Some(token) = token {
            request.metadata_mut().insert("authorization", token.parse().unwrap());
        }
        self.grpc.clone().check(request).await.map(drop)
    }
}

async fn serve(tasks: &mut JoinSet<()>, router: Router) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

fn settings() -> Settings {
    Settings { realm: "shop".to_owned(), granted_for: REMEMBERED, ..Settings::default() }
}

fn introspecting(admin: &Url, settings: &Settings) -> TokenGuard {
    TokenGuard::introspecting(admin.join("admin/oauth2/introspect").unwrap(), settings).unwrap()
}

/// `error` and `scope` of a challenge.
fn challenged(error: &str, description: &str, more: &str) -> String {
    format!(r#"Bearer realm="shop", error="{error}", error_description="{description}"{more}"#)
}

#[tokio::test]
async fn a_service_lets_in_whom_hydra_knows() {
    let at = Suite::shared(Engine::Sqlite).await;
    let service = Service::behind(introspecting(&at.hydra_admin, &settings())).await;
    let app = App::register(at, "shop", GRANTS).await;
    let tokens = app.tokens(Choice::default()).await;
    let access = bearer(&tokens, "access_token");

    let (answer, body) = service.get("/orders", &[&access]).await;
    assert_eq!((answer.status, &body["of"]), (200, &json!(ONE.subject)));
    let (_, me) = service.get("/me", &[&access]).await;
    assert_eq!(me["client"], "shop");
    service.call(Some(&access)).await.unwrap();

    let untick = &["users.read"];
    let other = app.tokens(Choice { untick, ..Choice::default() }).await;
    let other = bearer(&other, "access_token");
    let (answer, _) = service.get("/orders", &[&other]).await;
    let description = "the scope users.read is needed and was not granted";
    let challenge = challenged("insufficient_scope", description, r#", scope="users.read""#);
    assert_eq!(answer, Answer { status: 403, challenge });
    assert_eq!(service.get("/me", &[&other]).await.0.status, 200);
    let status = service.call(Some(&other)).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(status.get_details_error_info().unwrap().metadata["scope"], "users.read");
}

#[tokio::test]
async fn a_service_lets_nobody_else_in() {
    let at = Suite::shared(Engine::Sqlite).await;
    let service = Service::behind(introspecting(&at.hydra_admin, &settings())).await;
    let elsewhere = Settings { audience: Some("https://stock.test".to_owned()), ..settings() };
    let elsewhere = Service::behind(introspecting(&at.hydra_admin, &elsewhere)).await;
    let app = App::register(at, "shop", GRANTS).await;
    let tokens = app.tokens(Choice::default()).await;
    let [access, refresh, id] =
        ["access_token", "refresh_token", "id_token"].map(|name| bearer(&tokens, name));
    // An app whose id is the id of a person: its own token says `sub` = "1".
    let machine = App::register(at, ONE.subject, &["client_credentials"]).await;
    let machine =
        machine.token(&[("grant_type", "client_credentials"), ("scope", "users.read")]).await;
    let machine = bearer(&machine, "access_token");

    let nothing = r#"Bearer realm="shop""#.to_owned();
    let inactive = challenged("invalid_token", "the token is not active", "");
    let table: [(&[&str], u16, String); 8] = [
        (&[], 401, nothing.clone()),
        (&["Basic dTpw"], 401, nothing.clone()),
        (&["Bearer garbage"], 401, inactive.clone()),
        (&["Bearer a b"], 401, challenged("invalid_token", "the token is malformed", "")),
        (&[&refresh], 401, challenged("invalid_token", "the token is no access token", "")),
        (&[&id], 401, inactive),
        (&[&machine], 403, challenged("insufficient_scope", "the token belongs to no person", "")),
        (
            &[&access, &access],
            400,
            challenged("invalid_request", "there is more than one authorization header", ""),
        ),
    ];
    for (headers, status, challenge) in table {
        let (answer, body) = service.get("/me", headers).await;
        assert_eq!(answer, Answer { status, challenge });
        assert!(headers.iter().all(|header| !body.to_string().contains(header)), "{body}");
    }
    let bare = access.trim_start_matches("Bearer ");
    let (answer, _) = service.get(&format!("/me?access_token={bare}"), &[]).await;
    assert_eq!(answer, Answer { status: 401, challenge: nothing });
    let (answer, _) = elsewhere.get("/me", &[&access]).await;
    let challenge = challenged("invalid_token", "the token is meant for another audience", "");
    assert_eq!(answer, Answer { status: 401, challenge });

    for (token, code, reason) in [
        (None, Code::Unauthenticated, "TOKEN_MISSING"),
        (Some(&refresh), Code::Unauthenticated, "TOKEN_INVALID"),
        (Some(&id), Code::Unauthenticated, "TOKEN_INVALID"),
        (Some(&machine), Code::PermissionDenied, "NOT_A_PERSON"),
    ] {
        let status = service.call(token.map(String::as_str)).await.unwrap_err();
        let info = status.get_details_error_info().unwrap();
        assert_eq!((status.code(), info.reason.as_str()), (code, reason));
        assert_eq!(info.domain, "shop");
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_within_the_configured_time() {
    let at = Suite::shared(Engine::Sqlite).await;
    let service = Service::behind(introspecting(&at.hydra_admin, &settings())).await;
    let app = App::register(at, "shop-revoked", GRANTS).await;
    let tokens = app.tokens(Choice::default()).await;
    let access = bearer(&tokens, "access_token");
    assert_eq!(service.get("/me", &[&access]).await.0.status, 200);
    let token = access.trim_start_matches("Bearer ");
    assert!(app.post("oauth2/revoke", &[("token", token)]).await.status().is_success());
    let revoked = Instant::now();
    loop {
        // What is asked after this time must not be served any more.
        let late = revoked.elapsed() > REMEMBERED;
        match service.get("/me", &[&access]).await.0.status {
            401 => break,
            status => assert!(status == 200 && !late, "{status} after {:?}", revoked.elapsed()),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(service.call(Some(&access)).await.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn signed_tokens_are_checked_on_the_spot_and_without_hydra_nobody_is_let_in() {
    let signed = Options::default().hydra(json!({ "strategies": { "access_token": "jwt" } }));
    let suite = Suite::start_with(Engine::Sqlite, signed).await;
    let at = suite.addresses();
    let jwks = at.hydra.join(".well-known/jwks.json").unwrap();
    let verifying = TokenGuard::verifying(at.hydra.as_str(), jwks, &settings()).unwrap();
    let verifying = Service::behind(verifying).await;
    let asking = Settings { granted_for: Duration::ZERO, ..settings() };
    let asking = Service::behind(introspecting(&at.hydra_admin, &asking)).await;
    let app = App::register(at, "shop", GRANTS).await;
    let tokens = app.tokens(Choice::default()).await;
    let access = bearer(&tokens, "access_token");
    assert_eq!(access.split('.').count(), 3, "a JSON Web Token");

    for service in [&verifying, &asking] {
        let (answer, body) = service.get("/orders", &[&access]).await;
        assert_eq!((answer.status, &body["of"]), (200, &json!(ONE.subject)));
        service.call(Some(&access)).await.unwrap();
        for other in ["id_token", "refresh_token"] {
            let (answer, _) = service.get("/me", &[&bearer(&tokens, other)]).await;
            assert_eq!(answer.status, 401, "{other}");
        }
        let forged = format!("{}A", access.trim_end_matches(|c: char| c != '.'));
        assert_eq!(service.get("/me", &[&forged]).await.0.status, 401);
    }
    let machine = App::register(at, ONE.subject, &["client_credentials"]).await;
    let machine =
        machine.token(&[("grant_type", "client_credentials"), ("scope", "users.read")]).await;
    let machine = bearer(&machine, "access_token");
    assert_eq!(verifying.get("/me", &[&machine]).await.0.status, 403);

    suite.kill(Component::Hydra).await;
    let (answer, body) = asking.get("/orders", &[&access]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE.as_u16(), "{body}");
    assert_eq!(body["error"], "temporarily_unavailable");
    let status = asking.call(Some(&access)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.get_details_retry_info().is_some());
    assert_eq!(verifying.get("/orders", &[&access]).await.0.status, 200, "its keys are known");
    suite.bring_back(Component::Hydra).await;
    assert_eq!(asking.get("/orders", &[&access]).await.0.status, 200);
}
