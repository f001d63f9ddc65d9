//! Every page in every state: what axe-core finds against WCAG 2.2 AA, what it weighs, whether it
//! fits and stays still; wide and narrow, light and dark, in every language.

use crate::chromium::{arrive, arrive_at, click, to_the_login, type_in, wait_for};
use database::scratch::Engine;
use latchkey_integration_tests::{
    ONE, Showroom, Suite,
    axe::{self, Report},
    browser::{self, Setup},
    measure::measure,
};
use thirtyfour::{By, WebDriver, prelude::ElementQueryable as _};

const WIDE: (u32, u32) = (1280, 900);
const NARROW: (u32, u32) = (320, 640);

#[tokio::test]
async fn every_state_of_every_page_can_be_used_by_everybody() {
    let showroom = Showroom::open(None).await;
    let names = showroom.names().await;
    assert!(names.len() >= 30, "{names:?}");
    let mut report = Report::default();
    for (window, dark, language) in [
        (WIDE, false, "en"),
        (NARROW, true, "en"),
        (WIDE, true, "de"),
        (NARROW, false, "de"),
        (NARROW, false, "id"),
    ] {
        let setup = Setup { window, dark, language, ..Setup::default() };
        report += browser::with(setup, async |chromium| {
            let mut report = Report::default();
            for name in &names {
                chromium.goto(showroom.page(name).as_str()).await.unwrap();
                let page = format!("{name} at {} px, dark {dark}, {language}", window.0);
                measure(chromium).await.holds(&page, &showroom.host());
                report += axe::look(chromium, &page).await;
                twice_as_large(chromium, window).await;
                assert!(measure(chromium).await.overflow <= 0, "{page} with large text");
            }
            report
        })
        .await;
    }
    report.holds("every state of every page");
}

/// Text at twice its size (WCAG 2.2, 1.4.4), where the window has room for it.
async fn twice_as_large(chromium: &WebDriver, window: (u32, u32)) {
    if window == WIDE {
        let script = "document.documentElement.style.fontSize = '200%'";
        chromium.execute(script, vec![]).await.unwrap();
    }
}

#[tokio::test]
async fn a_whole_sign_in_can_be_used_by_everybody() {
    let at = Suite::shared(Engine::Sqlite).await;
    let mut report = Report::default();
    for (window, dark) in [(WIDE, false), (NARROW, true)] {
        let setup = Setup { window, dark, ..Setup::default() };
        report += browser::with(setup, async |chromium| {
            let mut report = Report::default();
            let host = at.consent.origin().ascii_serialization();
            let mut look = async |page: &str, host: &str| {
                let measured = measure(chromium).await;
                println!("{page}: {} bytes, {} loaded", measured.bytes, measured.loads.len());
                measured.holds(page, host);
                report += axe::look(chromium, page).await;
            };
            let app = at.client.origin().ascii_serialization();
            chromium.goto(at.client.as_str()).await.unwrap();
            look("the app", &app).await;
            to_the_login(chromium, at).await;
            look("login", &host).await;
            type_in(chromium, "email", ONE.email).await;
            type_in(chromium, "password", "wrong").await;
            click(chromium, "accept").await;
            wait_for(chromium, "problem").await;
            look("wrong password", &host).await;
            type_in(chromium, "password", ONE.password).await;
            click(chromium, "remember").await;
            click(chromium, "accept").await;
            wait_for(chromium, "users.read").await;
            look("consent", &host).await;
            click(chromium, "accept").await;
            arrive(chromium, at).await;
            look("profile", &app).await;
            let logout = at.hydra.join("oauth2/sessions/logout").unwrap();
            chromium.goto(logout.as_str()).await.unwrap();
            wait_for(chromium, "reject").await;
            look("logout", &host).await;
            click(chromium, "reject").await;
            wait_gone(chromium, "reject").await;
            look("still signed in", &host).await;
            chromium.goto(at.client.as_str()).await.unwrap();
            click(chromium, "sign-out").await;
            arrive_at(chromium, at, "/signed-out").await;
            look("signed out", &app).await;
            report
        })
        .await;
    }
    report.holds("a whole sign-in");
}

async fn wait_gone(chromium: &WebDriver, id: &str) {
    assert!(chromium.query(By::Id(id)).not_exists().await.unwrap(), "{id} stays");
}
