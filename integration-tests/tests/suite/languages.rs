//! The language of the pages: the app's wish, the reader's pick, the browser's preference.

use crate::chromium::{click, text, to_the_login, type_in, wait_for};
use database::scratch::Engine;
use latchkey_integration_tests::{
    ONE, Suite, Visitor,
    browser::{self, Setup},
};

/// Without scripts: a button under the page changes the language, keeps the sign-in, and is not
/// forgotten on the next page.
#[tokio::test]
async fn a_reader_picks_another_language_in_the_middle_of_a_sign_in() {
    let at = Suite::shared(Engine::Sqlite).await;
    browser::with(Setup { scripts: false, ..Setup::default() }, async |chromium| {
        to_the_login(chromium, at).await;
        click(chromium, "language-de").await;
        wait_for(chromium, "language-en").await;
        assert_eq!(text(chromium, "h1").await, "Anmelden");
        type_in(chromium, "email", ONE.email).await;
        type_in(chromium, "password", "wrong").await;
        click(chromium, "accept").await;
        wait_for(chromium, "problem").await;
        click(chromium, "language-id").await;
        wait_for(chromium, "language-de").await;
        assert_eq!(text(chromium, "h1").await, "Masuk");
        type_in(chromium, "email", ONE.email).await;
        type_in(chromium, "password", ONE.password).await;
        click(chromium, "accept").await;
        wait_for(chromium, "users.read").await;
        assert_eq!(text(chromium, "h1").await, "MyApp meminta akses");
    })
    .await;
}

#[tokio::test]
async fn what_the_app_asks_for_comes_first_until_the_reader_overrules_it() {
    let at = Suite::shared(Engine::Sqlite).await;
    let visitor = Visitor::new();
    let begin = async |wish: &str| {
        let sign_in = at.client.join("sign-in").unwrap();
        let mut asked = visitor.stopping_at("/oauth2/auth").open(sign_in).await.url;
        asked.query_pairs_mut().append_pair("ui_locales", wish);
        visitor.open(asked).await
    };
    let page = begin("fr id en").await;
    page.says("Kata sandi");
    visitor.switch(&page, "de").await.says("Passwort");
    begin("id").await.says("Passwort");
    begin("en").await.says("Password");
}
