//! The page where people see which apps have access and where they are signed in, and end it.

use crate::{
    sessions::{REMEMBER, app, sessions},
    sign_out::{browser, is_active},
    token_hook::{add, end_session},
};
use database::{both_databases, scratch::Engine};
use latchkey::stack::Component;
use latchkey_integration_tests::{
    Addresses, ONE, Page, Person, Suite, Visitor,
    suite::Options,
    visitor::{Choice, Field, Form},
};
use reqwest::StatusCode;
use std::time::Duration;

both_databases! {
    whoever_is_signed_in_sees_apps_and_sessions_and_ends_them,
    whoever_is_not_signed_in_signs_in_first,
    nobody_gets_in_with_a_code_of_somebody_else,
    no_way_to_the_page_ends_without_a_way_on,
    whoever_was_signed_out_ends_nothing_any_more,
}

async fn page(visitor: &Visitor, at: &Addresses) -> Page {
    visitor.open(at.consent.join("authentication/apps").unwrap()).await
}

/// The form with a button that sends this.
fn with_button(page: &Page, name: &str, value: &str) -> Form {
    let holds = |form: &Form| form.buttons.iter().any(|it| it.name == name && it.value == value);
    page.forms().into_iter().find(holds).unwrap_or_else(|| panic!("{value}: {}", page.html))
}

async fn press(visitor: &Visitor, page: &Page, name: &str, value: &str) -> Page {
    let form = with_button(page, name, value);
    visitor.submit(&form, &form.buttons[0]).await
}

async fn whoever_is_signed_in_sees_apps_and_sessions_and_ends_them(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "looks@example.com").await;
    let (one, two) = (app(at, "first-app").await, app(at, "second-app").await);
    let (here, tokens) = browser(&one, person).await;
    let (there, others) = browser(&two, person).await;

    let shown = page(&here, at).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    for words in
        ["looks@example.com", "first-app", "second-app", "this device", "127.0.0.1", "just now"]
    {
        shown.says(words);
    }
    assert!(!shown.text().contains("latchkey-account"), "{}", shown.text());

    let left = press(&here, &shown, "app", "first-app").await;
    assert!(!left.text().contains("first-app") && left.text().contains("second-app"));
    assert!(!is_active(at, &tokens).await && is_active(at, &others).await);

    let own = sessions(at, &subject).await;
    let away = own.iter().find(|it| it.client_id == "second-app").unwrap();
    let left = press(&here, &left, "session", &away.session_id).await;
    assert_eq!(sessions(at, &subject).await.len(), 1, "{}", left.text());
    assert_eq!(two.refresh(&others).await["error"], "access_denied");
    there.open(two.start(&[])).await.says("Password");

    let out = press(&here, &left, "everywhere", "1").await;
    out.says("You are signed out");
    assert_eq!(sessions(at, &subject).await, []);
    page(&here, at).await.says("Password");
}

async fn whoever_is_not_signed_in_signs_in_first(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, _) = add(at, "signs.in.first@example.com").await;
    let visitor = Visitor::new();
    let login = page(&visitor, at).await;
    login.says("to continue to Latchkey");
    let shown = visitor.answer(&login, person, REMEMBER).await;
    shown.says("No app has access to your account");
    assert_eq!(shown.url.path(), "/authentication/apps");
    // A page of somebody else's: its forms are theirs.
    let other: Person = add(at, "somebody.else@example.com").await.0;
    let stranger = Visitor::new();
    stranger.answer(&page(&stranger, at).await, other, REMEMBER).await;
    let refused = press(&stranger, &shown, "everywhere", "1").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
}

async fn nobody_gets_in_with_a_code_of_somebody_else(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, _) = add(at, "gives.a.code@example.com").await;
    let attacker = Visitor::new();
    let stopping = attacker.stopping_at("/authentication/apps/callback");
    let code = stopping.answer(&page(&attacker, at).await, person, REMEMBER).await.url;
    assert!(code.query().unwrap().contains("code="), "{code}");
    let victim = Visitor::new();
    page(&victim, at).await.says("Password");
    victim.open(code).await.says("Password");
    page(&victim, at).await.says("Password");
}

async fn no_way_to_the_page_ends_without_a_way_on(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, _) = add(at, "goes.back@example.com").await;
    let (visitor, password) = (Visitor::new(), Choice::default());
    let form = page(&visitor, at).await.form();
    let cancelled = visitor.submit(&form, form.button("reject")).await;
    cancelled.says("Access was not granted");
    assert!(!cancelled.text().contains("owner"), "{}", cancelled.text());

    // A second tab has taken the place of the first one.
    let login = visitor.open(cancelled.link("way-on")).await;
    page(&visitor, at).await.says("Password");
    let anew = visitor.answer(&login, person, password).await;
    let callback = visitor.stopping_at("/authentication/apps/callback");
    let callback = callback.answer(&anew, person, password).await.url;
    let mut shown = visitor.open(callback.clone()).await;
    while shown.url.path() != "/authentication/apps" {
        shown = visitor.answer(&shown, person, REMEMBER).await;
    }
    shown.says("goes.back@example.com");

    // Back, or a reload.
    let again = visitor.open(callback).await;
    assert_eq!(again.url.path(), "/authentication/apps", "{}", again.text());

    // A code that came too late.
    let visitor = Visitor::new();
    let login = page(&visitor, at).await;
    let stopping = visitor.stopping_at("/authentication/apps/callback");
    let mut late = stopping.answer(&login, person, password).await.url;
    let state = late.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    late.query_pairs_mut().clear().extend_pairs([("code", "ory_ac_late"), ("state", &state)]);
    let late = visitor.open(late).await;
    late.says("This took too long");
    assert_eq!(late.link("way-on").path(), "/authentication/apps");
}

async fn whoever_was_signed_out_ends_nothing_any_more(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "was.signed.out@example.com").await;
    let kept = app(at, "kept-app").await;
    let (visitor, tokens) = browser(&kept, person).await;
    let shown = page(&visitor, at).await;

    let mut both = with_button(&shown, "app", "kept-app");
    both.fields
        .push(Field { sent: true, ..with_button(&shown, "everywhere", "1").buttons[0].clone() });
    let refused = visitor.submit(&both, &both.buttons[0]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
    assert!(is_active(at, &tokens).await);

    end_session(at, &sessions(at, &subject).await[0].session_id).await;
    press(&visitor, &shown, "app", "kept-app").await.says("Password");
    assert!(is_active(at, &tokens).await);
}

/// Hydra lists no consent that is older than it was to be remembered for, and its tokens go on.
#[tokio::test]
async fn an_app_that_was_allowed_once_stays_in_the_list() {
    let options = Options::default().argument(Component::Consent, "--remember-for=1s");
    let suite = Suite::start_with(Engine::Sqlite, options).await;
    let at = suite.addresses();
    let (app, visitor) = (app(at, "allowed-once").await, Visitor::new());
    let seen = app.sign_in(&visitor, ONE, Choice::default(), &[]).await;
    let tokens = app.exchange(&seen).await;
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let login = page(&visitor, at).await;
    visitor.answer(&login, ONE, Choice::default()).await.says("allowed-once");
    assert!(app.refresh(&tokens).await["access_token"].is_string());
}
