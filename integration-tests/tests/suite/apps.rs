//! The registry of apps, on the real Hydra.

use database::scratch::Engine;
use futures_util::future::join_all;
use hydra_admin::{Client, HydraAdmin};
use latchkey::{certificates::Holder, stack::Component};
use latchkey_integration_tests::{Addresses, Suite};
use latchkey_proto::client::v1::{
    App, AppFilter, AppKind, AppPolicy, CreateAppRequest, CreateAppResponse, DeleteAppRequest,
    GetAppRequest, ListAppEventsRequest, ListAppsRequest, RotateAppSecretRequest, UpdateAppRequest,
    client_app_service_client::ClientAppServiceClient,
};
use prost_types::FieldMask;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

pub(crate) type Registry = ClientAppServiceClient<chassis::grpc::Channel>;

database::both_databases!(
    an_app_from_the_first_day_to_the_last,
    of_many_creates_of_one_id_one_is_told_the_secret,
    of_many_updates_of_one_version_one_counts,
    what_was_registered_elsewhere_is_kept_and_can_be_taken_in,
    what_the_registry_cannot_read_it_does_not_write_over,
    an_app_of_our_own_asks_for_neither_consent_nor_logout,
    a_list_has_every_app_once,
    an_app_that_signs_its_requests_has_its_keys_and_no_secret,
);

pub(crate) async fn registry(at: &Addresses) -> Registry {
    ClientAppServiceClient::new(at.channel(&at.registry, Some(Holder::Operator)).await)
}

fn hydra(at: &Addresses) -> HydraAdmin {
    HydraAdmin::new(at.hydra_admin.clone(), at.hydra.clone(), Duration::from_secs(30)).unwrap()
}

pub(crate) fn machine(id: &str) -> App {
    App {
        client_id: id.to_owned(),
        kind: AppKind::Machine.into(),
        name: "Reports".to_owned(),
        scopes: vec!["identity.audit".to_owned()],
        ..App::default()
    }
}

fn web(id: &str) -> App {
    App {
        client_id: id.to_owned(),
        kind: AppKind::Web.into(),
        name: "Shop".to_owned(),
        redirect_uris: vec!["https://shop.example.com/callback".to_owned()],
        scopes: ["openid", "offline"].map(str::to_owned).to_vec(),
        ..App::default()
    }
}

pub(crate) async fn create(registry: &Registry, app: App) -> Result<CreateAppResponse, Status> {
    let request = CreateAppRequest { app: Some(app), validate_only: false };
    Ok(registry.clone().create_app(request).await?.into_inner())
}

async fn get(registry: &Registry, client_id: &str) -> Result<App, Status> {
    let request = GetAppRequest { client_id: client_id.to_owned() };
    Ok(registry.clone().get_app(request).await?.into_inner().app.unwrap())
}

pub(crate) async fn update(registry: &Registry, app: App, paths: &[&str]) -> Result<App, Status> {
    let mask = FieldMask { paths: paths.iter().map(ToString::to_string).collect() };
    let request =
        UpdateAppRequest { app: Some(app), update_mask: Some(mask), validate_only: false };
    Ok(registry.clone().update_app(request).await?.into_inner().app.unwrap())
}

/// What Hydra's token endpoint says to a machine.
#[expect(clippy::disallowed_methods, reason = "an app on its own, in no trace of ours")]
pub(crate) async fn token(at: &Addresses, id: &str, secret: &str) -> StatusCode {
    let form = [("grant_type", "client_credentials"), ("scope", "identity.audit")];
    let http = reqwest::Client::builder().build().unwrap();
    let url = at.hydra.join("oauth2/token").unwrap();
    http.post(url).basic_auth(id, Some(secret)).form(&form).send().await.unwrap().status()
}

async fn an_app_from_the_first_day_to_the_last(engine: Engine) {
    let at = Suite::shared(engine).await;
    let registry = registry(at).await;
    let created = create(&registry, machine("reports")).await.unwrap();
    let (app, secret) = (created.app.unwrap(), created.client_secret);
    assert_eq!(secret.len(), 43, "256 bits as base64url");
    assert_eq!(app.grant_types, ["client_credentials"]);
    assert!(app.response_types.is_empty() && app.redirect_uris.is_empty(), "{app:?}");
    assert!(app.create_time.is_some() && app.secret_create_time.is_some(), "{app:?}");
    assert_eq!(get(&registry, "reports").await.unwrap(), app);
    assert_eq!(token(at, "reports", &secret).await, StatusCode::OK);

    let policy = AppPolicy { least_acr: "urn:two".to_owned(), ..AppPolicy::default() };
    let wish = App { owner: "sales".to_owned(), policy: Some(policy), ..app.clone() };
    let changed = update(&registry, wish, &["owner", "policy"]).await.unwrap();
    assert_eq!((changed.owner.as_str(), changed.name.as_str()), ("sales", "Reports"));
    assert_eq!(get(&registry, "reports").await.unwrap(), changed);
    let stale = update(&registry, app.clone(), &["name"]).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted, "{stale}");
    assert_eq!(token(at, "reports", &secret).await, StatusCode::OK, "the secret has stayed");

    let rotate = |etag: &str| RotateAppSecretRequest {
        client_id: "reports".to_owned(),
        etag: etag.to_owned(),
    };
    let stale = registry.clone().rotate_app_secret(rotate(&app.etag)).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted, "{stale}");
    let rotated = registry.clone().rotate_app_secret(rotate(&changed.etag)).await.unwrap();
    let rotated = rotated.into_inner();
    assert_eq!(get(&registry, "reports").await.unwrap(), rotated.app.unwrap());
    assert_eq!(token(at, "reports", &secret).await, StatusCode::UNAUTHORIZED);
    assert_eq!(token(at, "reports", &rotated.client_secret).await, StatusCode::OK);

    let delete = |etag: &str, validate_only| DeleteAppRequest {
        client_id: "reports".to_owned(),
        etag: etag.to_owned(),
        validate_only,
    };
    let stale = registry.clone().delete_app(delete(&app.etag, false)).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted, "{stale}");
    registry.clone().delete_app(delete("", true)).await.unwrap();
    get(&registry, "reports").await.unwrap();
    registry.clone().delete_app(delete("", false)).await.unwrap();
    assert_eq!(get(&registry, "reports").await.unwrap_err().code(), Code::NotFound);
    let again = registry.clone().delete_app(delete("", false)).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    assert_eq!(token(at, "reports", &rotated.client_secret).await, StatusCode::UNAUTHORIZED);
    trail(&registry, &[&secret, &rotated.client_secret]).await;
}

/// What the audit trail tells of that life, oldest first.
async fn trail(registry: &Registry, secrets: &[&str]) {
    let request = ListAppEventsRequest {
        client_id: "reports".to_owned(),
        page_size: 4,
        page_token: String::new(),
    };
    let (mut events, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListAppEventsRequest { page_token, ..request.clone() };
        let page = registry.clone().list_app_events(request).await.unwrap().into_inner();
        events.extend(page.events);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    events.reverse();
    let told: Vec<_> = events.iter().map(|it| format!("{} {}", it.event, it.outcome)).collect();
    let pair =
        |event: &str, end: &str| [format!("app.{event} begun"), format!("app.{event} {end}")];
    let expected = [
        pair("create", "done"),
        pair("update", "done"),
        pair("update", "refused"),
        pair("rotate_secret", "refused"),
        pair("rotate_secret", "done"),
        pair("delete", "refused"),
        pair("delete", "done"),
        pair("delete", "refused"),
    ];
    assert_eq!(told, expected.concat());
    assert_eq!(events[2].fields, ["owner", "policy"]);
    let printed = format!("{events:?}");
    assert!(secrets.iter().all(|secret| !printed.contains(secret)), "{printed}");
}

async fn of_many_creates_of_one_id_one_is_told_the_secret(engine: Engine) {
    let at = Suite::shared(engine).await;
    let registry = registry(at).await;
    let answers = join_all((0..10).map(|_| create(&registry, web("once")))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    let told = answers.iter().filter(|answer| !answer.client_secret.is_empty()).count();
    assert_eq!(told, 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.app == answers[0].app), "{answers:?}");
    assert_eq!(answers[0].app.as_ref().unwrap().grant_types.len(), 2);

    let other = App { name: "Another".to_owned(), ..web("once") };
    let refused = create(&registry, other).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists, "{refused}");
}

async fn of_many_updates_of_one_version_one_counts(engine: Engine) {
    let at = Suite::shared(engine).await;
    let registry = registry(at).await;
    let app = create(&registry, web("contested")).await.unwrap().app.unwrap();
    let rename = |number: i32| {
        let app = App { name: format!("Shop {number}"), ..app.clone() };
        let registry = registry.clone();
        async move { update(&registry, app, &["name"]).await }
    };
    let (done, refused): (Vec<_>, Vec<_>) =
        join_all((0..10).map(rename)).await.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    assert!(refused.iter().all(|it| it.as_ref().unwrap_err().code() == Code::Aborted));
    let kept = get(&registry, "contested").await.unwrap();
    assert_eq!(kept, done.into_iter().next().unwrap().unwrap());
}

async fn what_was_registered_elsewhere_is_kept_and_can_be_taken_in(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (registry, hydra) = (registry(at).await, hydra(at));
    let foreign = json!({
        "client_id": "elder", "client_name": "Elder", "client_secret": "a-secret-of-the-test",
        "redirect_uris": ["https://elder.example.com/cb"], "scope": "openid",
        "grant_types": ["authorization_code", "implicit"], "response_types": ["code", "token"],
        "metadata": { "theirs": [1, 2] },
        "authorization_code_grant_access_token_lifespan": "7m0s",
    });
    let client: Client = serde_json::from_value(foreign).unwrap();
    hydra.create_client(&client).await.unwrap();

    let shown = get(&registry, "elder").await.unwrap();
    assert_eq!(shown.kind(), AppKind::Unspecified);
    let named = App { name: "Older".to_owned(), ..shown.clone() };
    let refused = update(&registry, named, &["name"]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    let taken = App { kind: AppKind::Web.into(), ..shown };
    let taken = update(&registry, taken, &["kind"]).await.unwrap();
    assert_eq!(taken.grant_types, ["authorization_code"], "no implicit grant any more");
    let kind = App { kind: AppKind::Spa.into(), ..taken };
    let refused = update(&registry, kind, &["kind"]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");

    let client = hydra.client("elder").await.unwrap();
    let kept: Value = serde_json::to_value(&client).unwrap();
    assert_eq!(kept["metadata"]["theirs"], json!([1, 2]));
    assert_eq!(kept["authorization_code_grant_access_token_lifespan"], "7m0s", "{kept:#}");
}

async fn what_the_registry_cannot_read_it_does_not_write_over(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (registry, hydra) = (registry(at).await, hydra(at));
    let entered = async |id: &str, ours: Value| {
        create(&registry, web(id)).await.unwrap();
        let mut client = hydra.client(id).await.unwrap();
        client.metadata.insert("latchkey".to_owned(), ours);
        hydra.replace_client(&client).await.unwrap();
    };
    let broken = json!({ "kind": "web", "policy": { "allowed_groups": "staff" }, "revision": 1 });
    entered("broken", broken.clone()).await;
    let renamed = App { name: "Renamed".to_owned(), ..web("broken") };
    let rotate = RotateAppSecretRequest { client_id: "broken".to_owned(), etag: String::new() };
    for refused in [
        update(&registry, renamed, &["name", "kind"]).await.unwrap_err(),
        registry.clone().rotate_app_secret(rotate).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "APP_UNREADABLE");
        let first = &details.precondition_failure().unwrap().violations[0];
        assert_eq!(first.subject, "metadata.latchkey");
        assert!(first.description.contains("expected a sequence"), "{first:?}");
    }
    assert_eq!(hydra.client("broken").await.unwrap().metadata["latchkey"], broken);

    let newer = json!({ "kind": "web", "policy": { "least_acr": "aal2", "hours": "9-17" },
        "revision": 1, "reviewed": true });
    entered("newer", newer).await;
    let policy = AppPolicy { least_acr: "aal3".to_owned(), ..AppPolicy::default() };
    let wish = App { policy: Some(policy), ..web("newer") };
    update(&registry, wish.clone(), &["policy"]).await.unwrap();
    let kept = hydra.client("newer").await.unwrap().metadata["latchkey"].clone();
    assert_eq!(kept["policy"], json!({ "least_acr": "aal3", "hours": "9-17" }));
    assert_eq!((&kept["reviewed"], &kept["revision"]), (&json!(true), &json!(2)));
    create(&registry, wish).await.unwrap();
}

async fn an_app_of_our_own_asks_for_neither_consent_nor_logout(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (registry, hydra) = (registry(at).await, hydra(at));
    let mut app = App { first_party: true, ..web("own") };
    create(&registry, app.clone()).await.unwrap();
    for ours in [true, false, true] {
        app.first_party = ours;
        update(&registry, app.clone(), &["first_party"]).await.unwrap();
        let kept = hydra.client("own").await.unwrap();
        assert_eq!((kept.skip_consent, kept.skip_logout_consent), (ours, ours));
    }
}

async fn a_list_has_every_app_once(engine: Engine) {
    let at = Suite::shared(engine).await;
    let mut registry = registry(at).await;
    for number in 0..7 {
        let owner = if number == 3 { "nobody" } else { "pages" }.to_owned();
        create(&registry, App { owner, ..web(&format!("page-{number}")) }).await.unwrap();
    }
    let filter = Some(AppFilter { owner: "pages".to_owned(), source: String::new() });
    let request = |page_token: &str| ListAppsRequest {
        page_size: 2,
        page_token: page_token.to_owned(),
        filter: filter.clone(),
    };
    let (mut ids, mut token) = (Vec::new(), String::new());
    loop {
        let page = registry.list_apps(request(&token)).await.unwrap().into_inner();
        assert!(page.apps.len() <= 2);
        ids.extend(page.apps.into_iter().map(|app| app.client_id));
        if page.next_page_token.is_empty() {
            break;
        }
        token = page.next_page_token;
    }
    assert_eq!(ids, ["page-0", "page-1", "page-2", "page-4", "page-5", "page-6"]);
    // Hydra's own form of a token: it goes to Hydra in no other way than sealed.
    for forged in ["eyJvZmZzZXQiOiIwIiwidiI6Mn0", "' OR 1=1 --", &token[1..]] {
        let refused = registry.list_apps(request(forged)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{forged}: {refused}");
    }
    let other = ListAppsRequest { filter: None, ..request(&token) };
    assert_eq!(registry.list_apps(other).await.unwrap_err().code(), Code::InvalidArgument);
}

async fn an_app_that_signs_its_requests_has_its_keys_and_no_secret(engine: Engine) {
    let at = Suite::shared(engine).await;
    let registry = registry(at).await;
    let key = |kid: &str| {
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": kid,
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" })
    };
    let jwks = json!({ "keys": [key("old"), key("new")] }).to_string();
    let created = create(&registry, App { jwks, ..machine("signer") }).await.unwrap();
    let app = created.app.unwrap();
    assert_eq!(app.token_endpoint_auth_method, "private_key_jwt");
    assert_eq!(app.token_endpoint_auth_signing_alg, "ES256");
    assert_eq!(created.client_secret, "");
    assert_eq!(get(&registry, "signer").await.unwrap(), app);
    let request = RotateAppSecretRequest { client_id: "signer".to_owned(), etag: String::new() };
    let refused = registry.clone().rotate_app_secret(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    let details = refused.get_error_details();
    let first = &details.precondition_failure().unwrap().violations[0];
    assert_eq!(first.subject, "app.token_endpoint_auth_method");
    // With an elliptic key that lies on no curve Hydra's own rules begin.
    let bad =
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": "one", "x": "AA", "y": "AA" });
    let bad = json!({ "keys": [bad] });
    let bad = App { jwks: bad.to_string(), ..machine("bad-signer") };
    let refused = create(&registry, bad).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    assert_eq!(get(&registry, "bad-signer").await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn hydra_is_down_and_nothing_is_changed() {
    let suite = Suite::start(Engine::Sqlite).await;
    let registry = registry(suite.addresses()).await;
    create(&registry, web("patient")).await.unwrap();
    suite.kill(Component::Hydra).await;
    let app = App { name: "Renamed".to_owned(), ..web("patient") };
    for refused in [
        get(&registry, "patient").await.unwrap_err(),
        create(&registry, web("early")).await.unwrap_err(),
        update(&registry, app.clone(), &["name"]).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    }
    suite.bring_back(Component::Hydra).await;
    assert_eq!(get(&registry, "early").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(update(&registry, app, &["name"]).await.unwrap().name, "Renamed");
}

/// A change ends also where its caller has gone, and the next one does not wait for long.
#[tokio::test]
async fn a_caller_who_goes_away_leaves_nothing_half_done() {
    let at = Suite::shared(Engine::Postgres).await;
    let mut registry = registry(at).await;
    let mut request =
        tonic::Request::new(CreateAppRequest { app: Some(web("hasty")), validate_only: false });
    request.set_timeout(Duration::from_millis(30));
    let _ = registry.create_app(request).await;
    create(&registry, web("hasty")).await.unwrap();
    let request = ListAppEventsRequest { client_id: "hasty".to_owned(), ..Default::default() };
    let events = registry.list_app_events(request).await.unwrap().into_inner().events;
    let begun = events.iter().filter(|event| event.outcome == "begun").count();
    assert_eq!(events.len(), begun * 2, "{events:?}");
}
