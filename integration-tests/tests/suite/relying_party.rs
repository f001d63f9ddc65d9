//! The app while what it needs fails in the middle: its database, the provider, and the way to it.
//! Nothing is lost, nobody is let in, the page says what to do, and afterwards it works.

use database::scratch::{Engine, Server};
use latchkey::stack::Component;
use latchkey_integration_tests::{
    ONE, Page, RelyingParty, Suite, TWO, Visitor, browser, proxy::Proxy, suite::Options,
    visitor::Choice,
};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::Connection as _;
use std::time::Duration;
use thirtyfour::{By, WebDriver, prelude::ElementQueryable as _};
use url::Url;

/// Told as an outage that passes, with a way to try again.
#[track_caller]
fn is_away(page: &Page) {
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.text());
    page.says("Nothing is lost");
    assert!(page.html.contains("id=\"way-on\""), "{}", page.html);
    assert!(page.headers.contains_key("retry-after"));
}

#[track_caller]
fn is_a_stranger(page: &Page) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    page.says("Welcome to MyApp");
}

/// Opens an address again and again, as a person would: connections that died are found out one by one.
async fn until(visitor: &Visitor, url: &Url, words: &str) -> Page {
    for _ in 0..100 {
        let page = visitor.open(url.clone()).await;
        if page.text().contains(words) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    panic!("{words:?} does not come")
}

/// Somebody who was sent back to the app, and has not arrived there.
async fn on_the_way(app: &RelyingParty) -> (Visitor, Url) {
    let visitor = Visitor::new();
    let callback = visitor.stopping_at("/callbacks").sign_in(&app.at, TWO, Choice::default()).await;
    assert_eq!(callback.url.path(), "/callbacks", "{}", callback.text());
    (visitor, callback.url)
}

/// Follows the way on of an error page, to the app.
async fn goes_on(visitor: &Visitor, told: &Page, home: &Url) -> Page {
    let mut page = visitor.open(told.link("way-on")).await;
    for _ in 0..3 {
        if page.url == *home {
            break;
        }
        page = visitor.answer(&page, TWO, Choice::default()).await;
    }
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_dies_and_comes_back_and_everybody_goes_on() {
    let at = Suite::shared(Engine::Sqlite).await;
    let server = tokio::task::spawn_blocking(Server::start).await.unwrap();
    let app = RelyingParty::demo(at, "on-postgresql", &server.url(), &[]).await;
    let (home, sign_in) = (app.at.client.clone(), app.at.client.join("sign-in").unwrap());
    let visitor = Visitor::new();
    visitor.sign_in(&app.at, ONE, Choice::default()).await.says(ONE.email);
    let (other, callback) = on_the_way(&app).await;

    server.kill();
    for (visitor, url) in [(&visitor, &home), (&Visitor::new(), &sign_in), (&other, &callback)] {
        is_away(&visitor.open(url.clone()).await);
    }
    is_a_stranger(&Visitor::new().open(home.clone()).await);

    tokio::task::block_in_place(|| server.launch());
    until(&visitor, &home, ONE.email).await;
    until(&other, &callback, TWO.email).await;
    is_a_stranger(&Visitor::new().open(home).await);
}

/// Each start looks first, and tries its secret: the trail tells of changes, and not of restarts.
#[tokio::test]
async fn a_start_registers_only_what_is_otherwise() {
    let at = Suite::shared(Engine::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("client.sqlite").display());
    let mut app = RelyingParty::demo(at, "registered-once", &url, &[]).await;
    let mut reader = sqlx::SqliteConnection::connect(&url).await.unwrap();
    for (option, events) in [
        ("--log=info", 2),
        ("--client-secret=another-secret-of-the-test", 4),
        ("--log=info", 4),
        ("--scope=openid", 6),
    ] {
        app.start_again_with(option);
        app.logs("app is registered").await;
        let (count,): (i64,) =
            sqlx::query_as("SELECT count(*) FROM app_events").fetch_one(&mut reader).await.unwrap();
        assert_eq!(count, events, "{option}");
    }
    Visitor::new().sign_in(&app.at, ONE, Choice::default()).await.says("openid");
}

/// Another program writes for long. Who is signed in reads on; who would sign in waits, and is told.
#[tokio::test]
async fn a_locked_database_is_told_and_forgotten() {
    let at = Suite::shared(Engine::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("client.sqlite").display());
    let app = RelyingParty::demo(at, "on-a-locked-file", &url, &[]).await;
    let (home, sign_in) = (app.at.client.clone(), app.at.client.join("sign-in").unwrap());
    let visitor = Visitor::new();
    visitor.sign_in(&app.at, ONE, Choice::default()).await.says(ONE.email);
    let (other, callback) = on_the_way(&app).await;

    let mut holder = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let lock = holder.begin_with("BEGIN IMMEDIATE").await.unwrap();
    visitor.open(home.clone()).await.says(ONE.email);
    let stranger = Visitor::new();
    let (begun, come_back) =
        tokio::join!(stranger.open(sign_in.clone()), other.open(callback.clone()));
    is_away(&begun);
    is_away(&come_back);
    drop(lock);
    drop(holder);

    until(&other, &callback, TWO.email).await;
    until(&stranger, &sign_in, "Password").await;
}

/// The process may write no file longer than 384 KiB, which to SQLite is a disk without room.
#[tokio::test]
async fn on_a_full_disk_nobody_signs_in_and_nobody_is_signed_out() {
    let at = Suite::shared(Engine::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("client.sqlite").display());
    let app = RelyingParty::demo_with_files_of(at, "on-a-full-disk", &url, 384).await;
    let (home, sign_in) = (app.at.client.clone(), app.at.client.join("sign-in").unwrap());
    let visitor = Visitor::new();
    visitor.sign_in(&app.at, ONE, Choice::default()).await.says(ONE.email);
    let (other, callback) = on_the_way(&app).await;

    // Each sign-in that is begun takes room.
    let mut refused = 0;
    for begun in 0.. {
        assert!(begun < 20_000, "all of them fitted");
        let status = Visitor::new().peek(sign_in.clone()).await.status();
        refused = if status == StatusCode::SERVICE_UNAVAILABLE { refused + 1 } else { 0 };
        if refused == 3 {
            break;
        }
    }
    is_away(&Visitor::new().open(sign_in.clone()).await);
    visitor.open(home.clone()).await.says(ONE.email);
    let told = other.open(callback).await;
    assert_eq!(told.status, StatusCode::SERVICE_UNAVAILABLE, "{}", told.text());
    is_a_stranger(&other.open(home.clone()).await);

    app.allow_any_file();
    goes_on(&other, &told, &home).await.says(TWO.email);
    visitor.open(home).await.says(ONE.email);
}

/// Access tokens end at once, so that each page refreshes.
fn restless() -> Options {
    Options::default().hydra(json!({ "ttl": { "access_token": "4s" } }))
}

#[tokio::test]
async fn hydra_is_down_at_a_refresh_and_at_a_logout() {
    let suite = Suite::start_with(Engine::Sqlite, restless()).await;
    let at = suite.addresses().clone();
    let (staying, leaving) = (Visitor::new(), Visitor::new());
    staying.sign_in(&at, ONE, Choice::default()).await.says(ONE.email);
    let page = leaving.sign_in(&at, TWO, Choice::default()).await;
    let form = page.form();

    suite.kill(Component::Hydra).await;
    let home = staying.open(at.client.clone()).await;
    assert_eq!(home.status, StatusCode::OK, "{}", home.text());
    home.says("Your profile is not available at the moment");
    assert!(!home.text().contains(ONE.email), "the token has ended, and opens nothing");
    let left = leaving.submit(&form, form.buttons.first().unwrap()).await;
    left.says("You are signed out of this app");
    assert!(left.html.contains("id_token_hint"), "the way on leads to Hydra: {}", left.html);
    is_a_stranger(&leaving.open(at.client.clone()).await);

    suite.bring_back(Component::Hydra).await;
    until(&staying, &at.client, ONE.email).await;
    is_a_stranger(&leaving.open(at.client.clone()).await);
    leaving.sign_in(&at, TWO, Choice::default()).await.says(TWO.email);
}

/// Hydra has done what it was asked, and its answer is lost on the way.
#[tokio::test]
async fn an_answer_that_is_lost_costs_at_most_another_sign_in() {
    let suite = Suite::start_with(Engine::Sqlite, restless()).await;
    let at = suite.addresses();
    let cable = Proxy::before(at.hydra.port().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("client.sqlite").display());
    let backchannel = format!("--issuer-backchannel-url=http://127.0.0.1:{}", cable.port);
    let app = RelyingParty::demo(at, "on-a-bad-line", &url, &[&backchannel]).await;
    let home = app.at.client.clone();

    // A refresh: the spent token is taken once more within Hydra's grace period.
    let visitor = Visitor::new();
    visitor.sign_in(&app.at, ONE, Choice::default()).await.says(ONE.email);
    cable.lose_answers();
    let page = visitor.open(home.clone()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    cable.mend();
    let page = visitor.open(home.clone()).await;
    assert!(page.text().contains(ONE.email) || page.text().contains("You were signed out"));

    // A code: it is spent, so it proves nobody any more, and the page leads on.
    let (other, callback) = on_the_way(&app).await;
    cable.lose_answers();
    is_away(&other.open(callback.clone()).await);
    cable.mend();
    let spent = other.open(callback).await;
    assert_eq!(spent.status, StatusCode::BAD_REQUEST, "{}", spent.text());
    spent.says("You are not signed in");
    is_a_stranger(&other.open(home.clone()).await);
    goes_on(&other, &spent, &home).await.says(TWO.email);
}

/// The app on one site, Hydra and the login pages on another: ports are one site, host names are not.
/// Cookies have to survive the way there and back.
#[tokio::test]
async fn a_browser_signs_in_over_two_sites_and_breaks_no_policy() {
    let at = Suite::shared(Engine::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("client.sqlite").display());
    let app = RelyingParty::demo(at, "on-another-site", &url, &[]).await;
    assert_ne!(app.at.client.host_str(), at.hydra.host_str());
    browser::with(browser::Setup::default(), async |chromium| {
        chromium.goto(app.at.client.join("sign-in").unwrap().as_str()).await.unwrap();
        let email = chromium.query(By::Id("email")).first().await.unwrap();
        email.send_keys(ONE.email).await.unwrap();
        chromium.find(By::Id("password")).await.unwrap().send_keys(ONE.password).await.unwrap();
        click(chromium, "accept").await;
        chromium.query(By::Id("users.read")).first().await.unwrap();
        click(chromium, "accept").await;
        let told = chromium.query(By::Id("email")).first().await.unwrap().text().await.unwrap();
        assert_eq!(told, ONE.email);
        click(chromium, "sign-out").await;
        let signed_out = By::XPath("//h1[text()='You are signed out']");
        chromium.query(signed_out).first().await.unwrap();
        chromium.goto(app.at.client.as_str()).await.unwrap();
        chromium.query(By::Id("sign-in")).first().await.unwrap();
    })
    .await;
}

async fn click(chromium: &WebDriver, id: &str) {
    chromium.query(By::Id(id)).first().await.unwrap().click().await.unwrap();
}
