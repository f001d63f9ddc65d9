//! An app's look: whose name, logo and colours the pages have, from its sign-in to its logout.

use crate::{
    apps::{registry, update},
    sessions::REMEMBER,
    tokens::App,
};
use database::scratch::Engine;
use hydra_admin::Client;
use latchkey::stack::Component;
use latchkey_integration_tests::{Addresses, ONE, Page, Suite, Visitor, suite::Options};
use latchkey_proto::client::v1::{App as Registered, AppKind, AppPolicy};
use reqwest::StatusCode;
use std::fs;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/branding");
const OUT: &str = "http://127.0.0.1/out";
const MAIN: &str = "Northwind University";
const LIBRARY: &str = "Northwind Library";

async fn with_look(at: &Addresses, id: &str, look: &str, groups: &[&str]) -> App {
    let more = Client { post_logout_redirect_uris: vec![OUT.to_owned()], ..Client::default() };
    let app = App::like(at, id, &["authorization_code", "refresh_token"], more).await;
    let policy = AppPolicy {
        look: look.to_owned(),
        allowed_groups: groups.iter().map(ToString::to_string).collect(),
        ..AppPolicy::default()
    };
    let wish = Registered {
        client_id: id.to_owned(),
        kind: AppKind::Web.into(),
        scopes: ["openid", "offline", "users.read"].map(str::to_owned).to_vec(),
        policy: Some(policy),
        ..Registered::default()
    };
    update(&registry(at).await, wish, &["kind", "scopes", "policy"]).await.unwrap();
    app
}

/// The page is of this name, and so are its styles; nothing of it is of another look.
#[track_caller]
fn looks_like(page: &Page, name: &str) {
    let title = page.html.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0;
    assert!(title.ends_with(&format!(" · {name}")), "{title} at {}", page.url.path());
    let library = name == LIBRARY;
    let all = page.html.matches("/authentication/static/").count();
    let of_library = page.html.matches("/authentication/static/library/").count();
    assert_eq!(of_library, if library { all } else { 0 }, "{}", page.html);
    assert!(page.html.len() < 15 * 1024);
}

async fn style(visitor: &Visitor, page: &Page) -> String {
    let address = page.html.split("href=\"").find(|rest| rest.contains("style.css")).unwrap();
    let mut url = page.url.join(address.split_once('"').unwrap().0).unwrap();
    url.set_query(None);
    visitor.peek(url).await.text().await.unwrap()
}

#[tokio::test]
async fn each_app_has_its_look_from_sign_in_to_logout() {
    let theme = Options::default().argument(Component::Consent, &format!("--theme={EXAMPLE}"));
    let suite = Suite::start_with(Engine::Sqlite, theme).await;
    let at = suite.addresses();
    from_sign_in_to_logout(at).await;
    who_has_none_or_an_unknown_one_gets_the_main_one(&suite).await;
    a_problem_looks_like_the_app_that_it_is_met_in(&suite).await;
}

async fn from_sign_in_to_logout(at: &Addresses) {
    let app = with_look(at, "library", "library", &[]).await;
    let visitor = Visitor::new().stopping_at("/seen");
    let login = visitor.open(app.start(&[])).await;
    looks_like(&login, LIBRARY);
    assert!(style(&visitor, &login).await.contains("--accent: #1f5c3a"));
    looks_like(&visitor.switch(&login, "fr").await, LIBRARY);
    let login = visitor.switch(&login, "en").await;
    let mut form = login.form();
    "nobody@example.com".clone_into(&mut form.field("email").value);
    "wrong".clone_into(&mut form.field("password").value);
    let wrong = visitor.submit(&form, form.button("accept")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    looks_like(&wrong, LIBRARY);
    let consent = visitor.answer(&wrong, ONE, REMEMBER).await;
    consent.says("users.read");
    looks_like(&consent, LIBRARY);
    let seen = visitor.answer(&consent, ONE, REMEMBER).await;
    let tokens = app.exchange(&seen).await;
    let answered = visitor.open(consent.url.clone()).await;
    assert_eq!(answered.status, StatusCode::CONFLICT);
    looks_like(&answered, LIBRARY);

    let mut logout = at.hydra.join("oauth2/sessions/logout").unwrap();
    logout
        .query_pairs_mut()
        .append_pair("id_token_hint", tokens["id_token"].as_str().unwrap())
        .append_pair("post_logout_redirect_uri", OUT);
    let asked = visitor.open(logout.clone()).await;
    asked.says("wants to sign you out");
    looks_like(&asked, LIBRARY);
    let form = asked.form();
    let stays = visitor.submit(&form, form.button("reject")).await;
    stays.says("You are still signed in");
    looks_like(&stays, LIBRARY);
    // A logout that no app began.
    let asked = visitor.open(at.hydra.join("oauth2/sessions/logout").unwrap()).await;
    looks_like(&asked, MAIN);
}

async fn who_has_none_or_an_unknown_one_gets_the_main_one(suite: &Suite) {
    let at = suite.addresses();
    let log = || fs::read_to_string(suite.data().join("logs/consent.log")).unwrap();
    let app = with_look(at, "university", "", &[]).await;
    let login = Visitor::new().open(app.start(&[])).await;
    looks_like(&login, MAIN);
    assert!(style(&Visitor::new(), &login).await.contains("--accent: #6b1f5c"));
    let lacks = "the theme lacks the app's look";
    assert!(!log().contains(lacks));

    let app = with_look(at, "museum", "museum", &[]).await;
    let visitor = Visitor::new().stopping_at("/seen");
    let login = visitor.open(app.start(&[])).await;
    assert_eq!(login.status, StatusCode::OK);
    looks_like(&login, MAIN);
    let log = log();
    let told: Vec<_> = log.lines().filter(|line| line.contains(lacks)).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    for part in ["museum", "--theme", "latchkey app update --look"] {
        assert!(told[0].contains(part), "{part} in {}", told[0]);
    }
    // From the next page on, once it is one that there is.
    with_look(at, "museum", "library", &[]).await;
    looks_like(&visitor.open(app.start(&[])).await, LIBRARY);
}

async fn a_problem_looks_like_the_app_that_it_is_met_in(suite: &Suite) {
    let at = suite.addresses();
    let app = with_look(at, "librarians", "library", &["librarians"]).await;
    let visitor = Visitor::new().stopping_at("/seen");
    let login = visitor.open(app.start(&[])).await;
    let turned_away = visitor.answer(&login, ONE, REMEMBER).await;
    assert_eq!(turned_away.status, StatusCode::FORBIDDEN);
    looks_like(&turned_away, LIBRARY);

    suite.kill(Component::Identity).await;
    let down = visitor.open(turned_away.url.clone()).await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
    looks_like(&down, LIBRARY);
    // Hydra, which knows whose sign-in it is, cannot be asked either.
    suite.kill(Component::Hydra).await;
    let down = visitor.open(turned_away.url.clone()).await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
    looks_like(&down, LIBRARY);
    let form = turned_away.form();
    let down = visitor.submit(&form, form.button("reject")).await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
    looks_like(&down, LIBRARY);
    let elsewhere = Visitor::new().open(turned_away.url.clone()).await;
    assert_eq!(elsewhere.status, StatusCode::SERVICE_UNAVAILABLE);
    looks_like(&elsewhere, MAIN);
}
