//! What OpenID Connect lets an app ask for, and what a person is shown of the app.

use crate::tokens::App;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use database::scratch::Engine;
use hydra_admin::Client;
use latchkey_integration_tests::{
    Addresses, ONE, Page, Person, Suite, TWO, Visitor, visitor::Choice,
};
use reqwest::{StatusCode, header};
use serde_json::Value;
use std::time::Duration;

const CODE: &[&str] = &["authorization_code", "refresh_token"];
const REMEMBER: Choice<'_> = Choice { untick: &[], remember: true, refuse: false };

fn seen() -> Visitor {
    Visitor::new().stopping_at("/seen")
}

/// Signs in and consents, from a login page on.
async fn through(visitor: &Visitor, login: &Page, person: Person, choice: Choice<'_>) -> Page {
    let mut page = visitor.answer(login, person, choice).await;
    if page.url.path() == "/authentication/consent" {
        page = visitor.answer(&page, person, choice).await;
    }
    assert_eq!(page.url.path(), "/seen", "{}", page.text());
    page
}

fn parameter(page: &Page, name: &str) -> Option<String> {
    assert_eq!(page.url.path(), "/seen", "{}", page.text());
    page.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// The claims of an ID token, which the app itself would check.
fn claims(tokens: &Value) -> Value {
    let token = tokens["id_token"].as_str().unwrap_or_else(|| panic!("{tokens}"));
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

async fn app(at: &Addresses, id: &str, more: Client) -> App {
    App::like(at, id, CODE, more).await
}

#[tokio::test]
async fn prompt_and_max_age_make_people_sign_in_again() {
    let at = Suite::shared(Engine::Sqlite).await;
    let app = app(at, "prompter", Client::default()).await;
    let visitor = seen();
    let login = visitor.open(app.start(&[])).await;
    through(&visitor, &login, ONE, REMEMBER).await;
    assert!(parameter(&visitor.open(app.start(&[])).await, "code").is_some());

    let login = visitor.open(app.start(&[("prompt", "login")])).await;
    login.says("Password");
    through(&visitor, &login, ONE, REMEMBER).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    visitor.open(app.start(&[("max_age", "1")])).await.says("Password");
    let recent = visitor.open(app.start(&[("max_age", "3600")])).await;
    assert!(parameter(&recent, "code").is_some());
    visitor.open(app.start(&[("prompt", "consent")])).await.says("asks for access");
}

/// The answer goes to the app, whatever it is.
#[tokio::test]
async fn prompt_none_never_shows_a_page() {
    let at = Suite::shared(Engine::Sqlite).await;
    let app = app(at, "quiet", Client::default()).await;
    let visitor = seen();
    let none = [("prompt", "none")];
    let nobody = visitor.open(app.start(&none)).await;
    assert_eq!(parameter(&nobody, "error").as_deref(), Some("login_required"));

    let some = [("scope", "openid")];
    let login = visitor.open(app.start(&some)).await;
    through(&visitor, &login, ONE, REMEMBER).await;
    let granted = visitor.open(app.start(&[some[0], none[0]])).await;
    assert!(parameter(&granted, "code").is_some());
    let more = visitor.open(app.start(&none)).await;
    assert_eq!(parameter(&more, "error").as_deref(), Some("consent_required"));
}

#[tokio::test]
async fn a_hint_fills_the_field_until_something_is_typed() {
    let at = Suite::shared(Engine::Sqlite).await;
    let app = app(at, "hinter", Client::default()).await;
    let visitor = seen();
    let hostile = "\"><script>alert(1)</script>";
    let asks = app.start(&[("login_hint", hostile), ("ui_locales", "de id"), ("display", "popup")]);
    let login = visitor.open(asks).await;
    login.says("Anmelden");
    assert_eq!(login.form().field("email").value, hostile);
    assert!(!login.html.contains("<script>"));
    let wrong = Person { password: "not the password", ..TWO };
    let again = visitor.answer(&login, wrong, Choice::default()).await;
    again.says("passen nicht zusammen");
    assert_eq!(again.form().field("email").value, TWO.email);
    let reloaded = visitor.open(login.url).await;
    assert_eq!(reloaded.form().field("email").value, TWO.email);
}

#[tokio::test]
async fn another_person_than_the_app_expects_is_told_and_led_on() {
    let at = Suite::shared(Engine::Sqlite).await;
    let app = app(at, "expecting", Client::default()).await;
    let visitor = seen();
    let login = visitor.open(app.start(&[])).await;
    let tokens = app.exchange(&through(&visitor, &login, TWO, Choice::default()).await).await;
    let hint = tokens["id_token"].as_str().unwrap();

    let visitor = seen();
    let login = visitor.open(app.start(&[("id_token_hint", hint)])).await;
    let told = visitor.answer(&login, ONE, Choice::default()).await;
    assert_ne!(told.url, login.url, "a sign-in of its own");
    told.says("expects another account");
    assert_eq!(told.form().field("email").value, "");
    let tokens = app.exchange(&through(&visitor, &told, TWO, Choice::default()).await).await;
    assert_eq!(claims(&tokens)["sub"], TWO.subject);
}

#[tokio::test]
async fn whoever_is_not_that_person_can_say_so() {
    let at = Suite::shared(Engine::Sqlite).await;
    let app = app(at, "shared-desk", Client::default()).await;
    let visitor = seen();
    let login = visitor.open(app.start(&[])).await;
    let consent = visitor.answer(&login, ONE, REMEMBER).await;
    let form = consent.form();
    let login = visitor.submit(&form, form.button("other")).await;
    login.says("Password");
    assert_eq!(login.form().field("email").value, "");
    let tokens = app.exchange(&through(&visitor, &login, TWO, Choice::default()).await).await;
    assert_eq!(claims(&tokens)["sub"], TWO.subject);
}

/// Hydra's cookie gets its whole time again when a remembered login is used.
#[tokio::test]
async fn a_remembered_login_lasts_longer_when_it_is_used() {
    let at = Suite::shared(Engine::Sqlite).await;
    let app = app(at, "regular", Client::default()).await;
    let visitor = seen();
    let login = visitor.open(app.start(&[])).await;
    through(&visitor, &login, ONE, REMEMBER).await;
    let skipped = visitor.stopping_at("/oauth2/auth").open(app.start(&[])).await;
    assert!(skipped.url.query().unwrap().contains("login_verifier="), "{}", skipped.url.path());
    let answer = visitor.peek(skipped.url).await;
    let cookies = answer.headers().get_all(header::SET_COOKIE);
    let lines: Vec<_> = cookies.iter().map(|line| line.to_str().unwrap()).collect();
    let month =
        lines.iter().any(|line| line.contains("session") && line.contains("Max-Age=2592000"));
    assert!(month, "{lines:?}");
}

#[tokio::test]
async fn a_first_party_app_asks_nobody_unless_it_wants_to() {
    let at = Suite::shared(Engine::Sqlite).await;
    let ours = Client { skip_consent: true, ..Client::default() };
    let app = app(at, "first-party", ours).await;
    let visitor = seen();
    let login = visitor.open(app.start(&[])).await;
    let done = visitor.answer(&login, ONE, Choice::default()).await;
    assert!(parameter(&done, "code").is_some());
    let visitor = seen();
    let login = visitor.open(app.start(&[("prompt", "consent")])).await;
    visitor.answer(&login, ONE, Choice::default()).await.says("asks for access");
}

/// What the catalogue does not give to first-party apps, people are asked about.
#[tokio::test]
async fn a_first_party_app_asks_for_what_is_not_its_own() {
    let at = Suite::shared(Engine::Sqlite).await;
    let scope = "openid users.delete a-scope-without-words".to_owned();
    let ours = Client { skip_consent: true, scope, ..Client::default() };
    let app = app(at, "first-party-asks", ours).await;
    for scope in ["users.delete", "a-scope-without-words"] {
        let visitor = seen();
        let login = visitor.open(app.start(&[("scope", &format!("openid {scope}"))])).await;
        let asked = visitor.answer(&login, ONE, REMEMBER).await;
        asked.says("asks for access");
        assert!(asked.html.contains(&format!("value=\"{scope}\"")), "{}", asked.html);
        let silent = [("scope", &*format!("openid {scope}")), ("prompt", "none")];
        let told = visitor.open(app.start(&silent)).await;
        assert_eq!(parameter(&told, "error").as_deref(), Some("consent_required"));
    }
}

#[tokio::test]
async fn a_scope_that_was_not_granted_before_is_marked_as_new() {
    let at = Suite::shared(Engine::Sqlite).await;
    let app = app(at, "growing", Client::default()).await;
    let visitor = seen();
    let login = visitor.open(app.start(&[("scope", "openid")])).await;
    let consent = visitor.answer(&login, ONE, REMEMBER).await;
    assert!(!consent.html.contains("class=\"new\""), "nothing was granted before");
    visitor.answer(&consent, ONE, REMEMBER).await;
    let consent = visitor.open(app.start(&[("scope", "openid users.read")])).await;
    consent.says("Read your profile new");
    assert_eq!(consent.html.matches("class=\"new\"").count(), 1, "{}", consent.html);
}

/// The catalogue tells of a hundred at once.
#[tokio::test]
async fn many_scopes_keep_their_words() {
    let at = Suite::shared(Engine::Sqlite).await;
    let many: Vec<_> = (0..120).map(|number| format!("scope-{number}")).collect();
    let scope = format!("openid {} users.read", many.join(" "));
    let app = app(at, "wants-it-all", Client { scope, ..Client::default() }).await;
    let visitor = seen();
    let login = visitor.open(app.start(&[])).await;
    let consent = visitor.answer(&login, ONE, Choice::default()).await;
    consent.says("Read your profile");
    consent.says("scope-119");
}

/// What an app's owner wrote about it, and may have written to do harm.
#[tokio::test]
async fn what_the_app_says_about_itself_is_shown_safely() {
    let at = Suite::shared(Engine::Sqlite).await;
    let name = "<svg onload=alert(1)>";
    let more = Client {
        policy_uri: "https://app.example.com/privacy".to_owned(),
        tos_uri: "https://app.example.com/terms".to_owned(),
        logo_uri: "https://app.example.com/logo.png".to_owned(),
        ..Client::default()
    };
    let app = app(at, name, more).await;
    let visitor = seen();
    let login = visitor.open(app.start(&[])).await;
    let consent = visitor.answer(&login, ONE, Choice::default()).await;
    for page in [&login, &consent] {
        page.says(name);
        assert!(!page.html.contains("<svg on") && !page.html.contains("<img"), "{}", page.html);
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("img-src 'self';"), "{policy}");
    }
    assert_eq!(consent.link("policy").as_str(), "https://app.example.com/privacy");
    assert_eq!(consent.link("terms").as_str(), "https://app.example.com/terms");
}

#[tokio::test]
async fn claims_come_with_their_scopes_and_access_tokens_carry_none() {
    let at = Suite::shared(Engine::Sqlite).await;
    let mut app = app(at, "claimant", Client::default()).await;
    app.client.scope = "openid profile email".to_owned();
    let admin = hydra_admin::HydraAdmin::new(
        at.hydra_admin.clone(),
        at.hydra.clone(),
        Duration::from_secs(5),
    );
    admin.unwrap().replace_client(&app.client).await.unwrap();
    let visitor = seen();
    let login = visitor.open(app.start(&[])).await;
    let untick = Choice { untick: &["email"], ..Choice::default() };
    let tokens = app.exchange(&through(&visitor, &login, ONE, untick).await).await;
    let profile = claims(&tokens);
    assert!(profile["name"].is_string() && profile["updated_at"].is_number(), "{profile}");
    assert!(profile["email"].is_null(), "{profile}");
    let access = tokens["access_token"].as_str().unwrap();
    let introspected = introspect(at, access).await;
    assert_eq!(introspected["sub"], ONE.subject);
    assert!(!introspected.to_string().contains(ONE.email), "{introspected}");
}

#[expect(clippy::disallowed_methods, reason = "a resource of somebody else's")]
async fn introspect(at: &Addresses, token: &str) -> Value {
    let url = at.hydra_admin.join("admin/oauth2/introspect").unwrap();
    let http = reqwest::Client::builder().build().unwrap();
    let answer = http.post(url).form(&[("token", token)]).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}
