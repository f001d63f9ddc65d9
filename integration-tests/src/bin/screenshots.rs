//! Takes the pictures of every page in `docs/screenshots`: `cargo xtask screenshots`.

#![expect(clippy::unwrap_used, reason = "a picture that cannot be taken ends the program")]

use database::scratch::Engine;
use latchkey_integration_tests::{
    ONE, Suite,
    browser::{self, Setup},
};
use std::path::Path;
use thirtyfour::{By, WebDriver, prelude::ElementQueryable as _};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/screenshots");
/// English in every form; the others where their longer words could break a line.
const LANGUAGES: [&str; 3] = ["en", "de", "id"];
const WINDOWS: [(&str, (u32, u32)); 2] = [("wide", (1100, 1100)), ("narrow", (360, 780))];

#[tokio::main]
async fn main() {
    let suite = Suite::start(Engine::Sqlite).await;
    std::fs::create_dir_all(FOLDER).unwrap();
    for language in LANGUAGES {
        for (width, window) in WINDOWS {
            for (scheme, dark) in [("light", false), ("dark", true)] {
                if language != "en" && (width == "wide" || dark) {
                    continue;
                }
                let setup = Setup { window, dark, language, ..Setup::default() };
                let name = format!("{width}-{scheme}-{language}");
                browser::with(setup, async |chromium| walk(chromium, &suite, &name).await).await;
            }
        }
    }
}

async fn walk(chromium: &WebDriver, suite: &Suite, name: &str) {
    let at = suite.addresses();
    let take = async |page: &str| {
        let file = Path::new(FOLDER).join(format!("{page}-{name}.png"));
        chromium.screenshot(&file).await.unwrap();
    };
    let english = name.ends_with("-en");
    chromium.goto(at.client.as_str()).await.unwrap();
    if english {
        take("home").await;
    }
    chromium
        .query(By::Css("main a[href*='sign-in']"))
        .first()
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    let email = chromium.query(By::Id("email")).first().await.unwrap();
    take("login").await;
    email.send_keys(ONE.email).await.unwrap();
    chromium.find(By::Id("password")).await.unwrap().send_keys("wrong").await.unwrap();
    chromium.find(By::Id("accept")).await.unwrap().click().await.unwrap();
    chromium.query(By::Id("problem")).first().await.unwrap();
    take("login-problem").await;
    chromium.find(By::Id("password")).await.unwrap().send_keys(ONE.password).await.unwrap();
    chromium.find(By::Id("accept")).await.unwrap().click().await.unwrap();
    chromium.query(By::Id("users.read")).first().await.unwrap();
    take("consent").await;
    chromium.find(By::Id("accept")).await.unwrap().click().await.unwrap();
    if english {
        chromium.query(By::Css("form button")).first().await.unwrap();
        take("profile").await;
    }
    chromium.goto(at.consent.join("authentication/login").unwrap().as_str()).await.unwrap();
    take("message").await;
}
