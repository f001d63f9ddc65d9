//! The registry beside a Hydra that does what a test tells it to, also what Hydra would never do. The
//! real one is tested in the integration suite.

use crate::suite::Suite;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse,
    routing::any,
};
use chassis::process::Running;
use database::scratch::Engine;
use futures_util::future::join_all;
use latchkey_proto::client::v1::{
    App, AppEvent, AppKind, AppPolicy, CreateAppRequest, GetAppRequest, ListAppEventsRequest,
    ListAppsRequest, UpdateAppRequest, client_app_service_client::ClientAppServiceClient,
};
use prost_types::{Duration as Span, FieldMask};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

type Registry = ClientAppServiceClient<Channel>;

/// What answers on the address of Hydra's admin API.
struct Admin {
    answer: Arc<Answer>,
    running: Running,
    url: String,
}

struct Answer {
    next: Mutex<(u16, Option<String>, String)>,
    paths: Mutex<Vec<String>>,
}

impl Admin {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let nothing = Mutex::new((404, None, "{}".to_owned()));
        let answer = Arc::new(Answer { next: nothing, paths: Mutex::default() });
        let router = Router::new().fallback(any(answered)).with_state(answer.clone());
        let mut running = Running::new();
        let server = axum::serve(listener, router)
            .with_graceful_shutdown(running.stopping().cancelled_owned());
        running.serve("admin", address, server.into_future());
        Self { answer, running, url: format!("http://{address}") }
    }

    fn answers(&self, status: u16, link: Option<&str>, body: impl Into<String>) {
        *self.answer.next.lock().unwrap() = (status, link.map(str::to_owned), body.into());
    }

    fn calls(&self) -> usize {
        self.answer.paths.lock().unwrap().len()
    }
}

async fn answered(State(answer): State<Arc<Answer>>, uri: Uri) -> axum::response::Response {
    answer.paths.lock().unwrap().push(uri.path().to_owned());
    let (status, link, body) = answer.next.lock().unwrap().clone();
    let link = link.map(|link| [("link", link)]);
    match link {
        Some(link) => (StatusCode::from_u16(status).unwrap(), link, body).into_response(),
        None => (StatusCode::from_u16(status).unwrap(), body).into_response(),
    }
}

async fn start(engine: Engine) -> (Suite, Admin, Registry) {
    let admin = Admin::start().await;
    let suite = Suite::start_with(engine, &["--hydra-admin-url", &admin.url]).await;
    let address = suite.replicas[0].address("gRPC").unwrap();
    let registry = Registry::connect(format!("http://{address}")).await.unwrap();
    (suite, admin, registry)
}

async fn stop(suite: Suite, admin: Admin) {
    suite.stop().await;
    admin.running.stop(Duration::from_secs(5)).await;
}

fn own(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn web() -> App {
    App {
        client_id: "shop".to_owned(),
        kind: AppKind::Web.into(),
        name: "Shop".to_owned(),
        redirect_uris: own(&["https://shop.example.com/cb"]),
        ..App::default()
    }
}

fn machine() -> App {
    let scopes = own(&["identity.audit"]);
    App { kind: AppKind::Machine.into(), redirect_uris: vec![], scopes, ..web() }
}

fn public(kind: AppKind, redirect_uri: &str) -> App {
    App { kind: kind.into(), redirect_uris: own(&[redirect_uri]), ..web() }
}

async fn events(registry: &mut Registry) -> Vec<AppEvent> {
    registry.list_app_events(ListAppEventsRequest::default()).await.unwrap().into_inner().events
}

async fn create(registry: &mut Registry, app: App) -> Result<App, Status> {
    let request = CreateAppRequest { app: Some(app), validate_only: true };
    Ok(registry.create_app(request).await?.into_inner().app.unwrap())
}

/// Field and problem of everything that is complained about.
fn violations(refused: &Status) -> Vec<(String, String)> {
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    let details = refused.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "INVALID_FIELD");
    let violations = &details.bad_request().unwrap().field_violations;
    violations.iter().map(|it| (it.field.clone(), it.description.clone())).collect()
}

#[tokio::test]
async fn each_bad_metadata_is_told_with_its_field_and_what_to_do() {
    let (suite, admin, mut registry) = start(Engine::Sqlite).await;
    let redirect = |uri: &str| App { redirect_uris: own(&[uri]), ..web() };
    let scope = |scope: &str| App { scopes: own(&[scope]), ..web() };
    let method = |method: &str| App { token_endpoint_auth_method: method.to_owned(), ..web() };
    let spa = || public(AppKind::Spa, "https://shop.example.com/cb");
    let groups = |all: &[&str], app: App| {
        let policy = AppPolicy { allowed_groups: own(all), ..AppPolicy::default() };
        App { policy: Some(policy), ..app }
    };
    let look = |name: &str, app: App| {
        let policy = AppPolicy { look: name.to_owned(), ..AppPolicy::default() };
        App { policy: Some(policy), ..app }
    };
    let day = |seconds| AppPolicy {
        longest_session: Some(Span { seconds, nanos: 0 }),
        ..AppPolicy::default()
    };
    let cases = vec![
        (App { kind: 0, ..web() }, "kind", "web, spa, native or machine"),
        (App { kind: 77, ..web() }, "kind", "web, spa, native or machine"),
        (App { client_id: "1".to_owned(), ..web() }, "client_id", "begin with a letter"),
        (App { client_id: "user:1".to_owned(), ..web() }, "client_id", "begin with a letter"),
        (App { name: String::new(), ..web() }, "name", "required"),
        (App { name: "a\u{202e}b".to_owned(), ..web() }, "name", "cannot be seen"),
        (App { redirect_uris: vec![], ..web() }, "redirect_uris", "required"),
        (redirect("http://shop.example.com/cb"), "redirect_uris[0]", "use https"),
        (redirect("https://*.example.com/cb"), "redirect_uris[0]", "wildcard"),
        (redirect("https://shop.example.com/cb#x"), "redirect_uris[0]", "fragment"),
        (redirect("https://me@shop.example.com/cb"), "redirect_uris[0]", "leave it away"),
        (redirect("http://localhost:80@evil"), "redirect_uris[0]", "leave it away"),
        (redirect("javascript:alert(1)"), "redirect_uris[0]", "use https"),
        (redirect("data:text/html,x"), "redirect_uris[0]", "use https"),
        (redirect("com.example.app:/cb"), "redirect_uris[0]", "use https"),
        (public(AppKind::Native, "myapp:/cb"), "redirect_uris[0]", "in reverse"),
        (
            App { environment: "production".to_owned(), ..redirect("http://localhost/cb") },
            "redirect_uris[0]",
            "production",
        ),
        (
            App { post_logout_redirect_uris: own(&["https://else.example.com"]), ..web() },
            "post_logout_redirect_uris[0]",
            "scheme, host and port",
        ),
        (
            App { frontchannel_logout_uri: "https://else.example.com/out".to_owned(), ..web() },
            "frontchannel_logout_uri",
            "scheme, host and port",
        ),
        (
            App { backchannel_logout_uri: "http://shop.example.com/out".to_owned(), ..web() },
            "backchannel_logout_uri",
            "use https",
        ),
        (App { home_uri: "javascript:alert(1)".to_owned(), ..web() }, "home_uri", "use https"),
        (App { grant_types: own(&["implicit"]), ..web() }, "grant_types", "authorization_code"),
        (App { grant_types: own(&["password"]), ..web() }, "grant_types", "authorization_code"),
        (App { response_types: own(&["token"]), ..web() }, "response_types", "code"),
        (scope("users.everything"), "scopes[0]", "catalogue"),
        (scope("openid users.read"), "scopes[0]", "white space"),
        (scope("clients.manage"), "scopes[0]", "for machines"),
        (App { scopes: own(&["openid"]), ..machine() }, "scopes[0]", "people"),
        (App { redirect_uris: own(&["https://a.example"]), ..machine() }, "redirect_uris", "empty"),
        (App { first_party: true, ..machine() }, "first_party", "nobody is asked"),
        (groups(&["staff", "the board"], web()), "policy.allowed_groups[1]", "1 to 64"),
        (groups(&[""], web()), "policy.allowed_groups[0]", "1 to 64"),
        (groups(&["staff"; 101], web()), "policy.allowed_groups", "more than 100"),
        (groups(&["staff", "staff"], web()), "policy.allowed_groups[1]", "twice"),
        (groups(&["staff"], machine()), "policy.allowed_groups", "nobody signs in"),
        (look("../shop", web()), "policy.look", "32 of a-z"),
        (look("Shop", web()), "policy.look", "32 of a-z"),
        (look(&"s".repeat(33), web()), "policy.look", "32 of a-z"),
        (look("shop", machine()), "policy.look", "nobody signs in"),
        (App { audiences: own(&["a b"]), ..web() }, "audiences[0]", "ASCII"),
        (method("none"), "token_endpoint_auth_method", "client_secret_basic"),
        (method("private_key_jwt"), "jwks", "required"),
        (
            App { token_endpoint_auth_method: "client_secret_basic".to_owned(), ..spa() },
            "token_endpoint_auth_method",
            "PKCE",
        ),
        (App { jwks: "nonsense".to_owned(), ..web() }, "jwks", "JSON"),
        (App { jwks: r#"{"keys":[{"kty":"EC","d":"x"}]}"#.to_owned(), ..web() }, "jwks", "private"),
        (App { jwks_uri: "http://a.example/jwks".to_owned(), ..web() }, "jwks_uri", "https"),
        (App { policy: Some(day(1)), ..web() }, "policy.longest_session", "one minute"),
    ];
    for (app, field, advice) in cases {
        let refused = create(&mut registry, app.clone()).await.expect_err(field);
        let found = violations(&refused);
        let field = format!("app.{field}");
        assert!(
            found.iter().any(|(path, problem)| *path == field && problem.contains(advice)),
            "{field}: {advice} is not in {found:?}"
        );
    }
    assert_eq!(admin.calls(), 0, "Hydra is not asked about what breaks our own rules");
    stop(suite, admin).await;
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let (suite, admin, mut registry) = start(Engine::Sqlite).await;
    let app = App {
        name: String::new(),
        redirect_uris: own(&["https://good.example/cb", "javascript:x", "http://evil.example"]),
        scopes: own(&["openid", "nonsense"]),
        ..web()
    };
    let found = violations(&create(&mut registry, app).await.unwrap_err());
    let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
    let expected = ["app.name", "app.redirect_uris[1]", "app.redirect_uris[2]", "app.scopes[1]"];
    assert_eq!(fields, expected);
    stop(suite, admin).await;
}

#[tokio::test]
async fn what_each_kind_needs_follows_from_it() {
    let (suite, admin, mut registry) = start(Engine::Sqlite).await;
    let code = || own(&["authorization_code"]);
    let native = public(AppKind::Native, "com.example.app:/cb");
    let offline = App { scopes: own(&["openid", "offline_access"]), ..web() };
    for (app, grants, responses, method) in [
        (web(), code(), own(&["code"]), "client_secret_basic"),
        (
            offline,
            own(&["authorization_code", "refresh_token"]),
            own(&["code"]),
            "client_secret_basic",
        ),
        (public(AppKind::Spa, "https://a.example/cb"), code(), own(&["code"]), "none"),
        (native, code(), own(&["code"]), "none"),
        (machine(), own(&["client_credentials"]), vec![], "client_secret_basic"),
    ] {
        let app = create(&mut registry, app).await.unwrap();
        assert_eq!((app.grant_types, app.response_types), (grants, responses));
        assert_eq!(app.token_endpoint_auth_method, method);
    }
    let unnamed = App { client_id: String::new(), ..web() };
    let made = create(&mut registry, unnamed.clone()).await.unwrap().client_id;
    assert!(made.starts_with("app-") && made.len() > 30, "{made}");
    assert_ne!(create(&mut registry, unnamed).await.unwrap().client_id, made);
    stop(suite, admin).await;
}

#[tokio::test]
async fn a_mask_names_what_can_be_changed() {
    let (suite, admin, mut registry) = start(Engine::Sqlite).await;
    for paths in [&[][..], &["client_secret"], &["etag"], &["name", "nonsense"]] {
        let request = UpdateAppRequest {
            app: Some(web()),
            update_mask: Some(FieldMask { paths: own(paths) }),
            validate_only: false,
        };
        let found = violations(&registry.update_app(request).await.unwrap_err());
        assert_eq!(found[0].0, "update_mask", "{found:?}");
    }
    assert_eq!(admin.calls(), 0);
    stop(suite, admin).await;
}

#[tokio::test]
async fn nonsense_instead_of_a_list_is_told_as_such() {
    let (suite, admin, mut registry) = start(Engine::Sqlite).await;
    let itself = "</admin/clients?page_size=2&page_token=again>; rel=\"next\"";
    let endless = format!("[{}]", " ".repeat(9 * 1024 * 1024));
    for (status, body) in [
        (200, "<html>"),
        (200, "{}"),
        (200, "null"),
        (200, ""),
        (200, r#"[{"client_name":"nobody"}]"#),
        (200, r#"[{"client_id":7}]"#),
        (200, &endless),
        (404, "[]"),
        (403, "[]"),
    ] {
        admin.answers(status, None, body);
        let refused = registry.list_apps(ListAppsRequest::default()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Internal, "{refused}");
        let reason = refused.get_error_details().error_info().unwrap().reason.clone();
        assert_eq!(reason, "AUTHORIZATION_SERVER_UNEXPECTED");
    }
    admin.answers(503, None, "[]");
    let refused = registry.list_apps(ListAppsRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");

    admin.answers(200, Some(itself), "[]");
    let page = registry.list_apps(ListAppsRequest::default()).await.unwrap().into_inner();
    let next = ListAppsRequest { page_token: page.next_page_token, ..Default::default() };
    let refused = registry.list_apps(next).await.unwrap_err();
    assert_eq!(refused.code(), Code::Internal, "a page that leads to itself has no end: {refused}");

    for link in ["", "nonsense", "<http://[>; rel=\"next\"", "<?page_token>; rel=\"prev\""] {
        admin.answers(200, Some(link), "[]");
        let page = registry.list_apps(ListAppsRequest::default()).await.unwrap().into_inner();
        assert_eq!(page.next_page_token, "", "{link}");
    }
    stop(suite, admin).await;
}

#[tokio::test]
async fn an_id_is_one_segment_of_hydras_path() {
    let (suite, admin, mut registry) = start(Engine::Sqlite).await;
    for client_id in ["", ".", ".."] {
        let request = GetAppRequest { client_id: client_id.to_owned() };
        assert_eq!(registry.get_app(request).await.unwrap_err().code(), Code::NotFound);
    }
    assert_eq!(admin.calls(), 0, "there is no such segment");
    for client_id in ["../keys", "a/b", "?x", "%2e%2e"] {
        let request = GetAppRequest { client_id: client_id.to_owned() };
        assert_eq!(registry.get_app(request).await.unwrap_err().code(), Code::NotFound);
    }
    let paths = admin.answer.paths.lock().unwrap().clone();
    let expected = ["..%2Fkeys", "a%2Fb", "%3Fx", "%252e%252e"];
    assert_eq!(paths, expected.map(|segment| format!("/admin/clients/{segment}")));
    stop(suite, admin).await;
}

database::both_databases!(without_its_trail_nothing_is_changed, many_replicas_change_one_by_one);

async fn without_its_trail_nothing_is_changed(engine: Engine) {
    let (suite, admin, mut registry) = start(engine).await;
    suite.break_database().await;
    let request = CreateAppRequest { app: Some(web()), validate_only: false };
    let refused = registry.create_app(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    let reason = refused.get_error_details().error_info().unwrap().reason.clone();
    assert_eq!((reason.as_str(), admin.calls()), ("DATABASE_UNAVAILABLE", 0));
    stop(suite, admin).await;
}

/// Each change finds nothing, and so begins and ends; two that overlapped would be seen in the trail.
async fn many_replicas_change_one_by_one(engine: Engine) {
    let (mut suite, admin, mut registry) = start(engine).await;
    suite.add_replica(&["--hydra-admin-url", &admin.url]).await;
    let mut callers = vec![registry.clone()];
    let second = suite.replicas[1].address("gRPC").unwrap();
    callers.push(Registry::connect(format!("http://{second}")).await.unwrap());
    let changes = (0..12).map(|number| {
        let mut registry = callers[number % 2].clone();
        let request = UpdateAppRequest {
            app: Some(web()),
            update_mask: Some(FieldMask { paths: own(&["name"]) }),
            validate_only: false,
        };
        async move { registry.update_app(request).await.unwrap_err().code() }
    });
    assert_eq!(join_all(changes).await, [Code::NotFound; 12]);
    let request = ListAppEventsRequest { client_id: "shop".to_owned(), ..Default::default() };
    let events = registry.list_app_events(request).await.unwrap().into_inner().events;
    let outcomes: Vec<_> = events.iter().rev().map(|event| event.outcome.as_str()).collect();
    assert_eq!(outcomes, ["begun", "refused"].repeat(12));
    stop(suite, admin).await;
}

/// The trail tells of changes, and not of waiting.
#[tokio::test]
async fn an_app_that_registers_itself_waits_for_hydra_without_a_trace() {
    let admin = Admin::start().await;
    admin.answers(503, None, "{}");
    let suite =
        Suite::start_with(Engine::Sqlite, &["--hydra-admin-url", &admin.url, "--demo-client"])
            .await;
    let address = suite.replicas[0].address("gRPC").unwrap();
    let mut registry = Registry::connect(format!("http://{address}")).await.unwrap();
    while admin.calls() < 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(events(&mut registry).await, []);
    stop(suite, admin).await;
}

/// Those of the time before, when the next replica starts.
#[tokio::test]
async fn events_are_kept_for_as_long_as_an_operator_says() {
    let (mut suite, admin, mut registry) = start(Engine::Sqlite).await;
    let mut change = async |id: &str| {
        let app = App { client_id: id.to_owned(), ..web() };
        let request = CreateAppRequest { app: Some(app), validate_only: false };
        registry.create_app(request).await.unwrap_err();
        events(&mut registry).await
    };
    admin.answers(400, None, "{}");
    assert_eq!(change("old").await.len(), 2);
    suite.change_database(&["UPDATE app_events SET id = '00' || substr(id, 3)"]).await;
    suite.add_replica(&["--audit-retention", "1d"]).await;
    let mut left = change("new").await;
    for _ in 0..200 {
        if left.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        left = events(&mut registry).await;
    }
    assert!(left.iter().all(|event| event.client_id == "new") && left.len() == 2, "{left:?}");
    stop(suite, admin).await;
}
