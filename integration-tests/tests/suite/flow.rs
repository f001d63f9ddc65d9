//! A sign-in from its first page to its last (design, section 1), on both databases.

use database::{both_databases, scratch::Engine};
use latchkey_integration_tests::{ONE, Person, Suite, TWO, Visitor, visitor::Choice};
use reqwest::StatusCode;
use std::time::Duration;

both_databases! {
    both_people_sign_in_and_see_their_profile,
    an_unticked_scope_is_not_granted,
    what_is_always_granted_needs_no_tick,
    a_wrong_password_is_told_and_the_right_one_still_works,
    nobody_learns_whether_an_account_exists,
    who_is_remembered_is_not_asked_again,
    who_is_not_remembered_is_asked_again,
    whoever_denies_goes_back_to_the_app,
    whoever_cancels_the_login_goes_back_to_the_app,
    a_double_click_does_no_harm,
}

async fn both_people_sign_in_and_see_their_profile(engine: Engine) {
    let at = Suite::shared(engine).await;
    for person in [ONE, TWO] {
        let page = Visitor::new().sign_in(at, person, Choice::default()).await;
        assert_eq!(page.status, StatusCode::OK, "{} {}", page.url.path(), page.text());
        assert_eq!(page.url, at.client);
        page.says(person.email);
        page.says("users.delete");
    }
}

async fn an_unticked_scope_is_not_granted(engine: Engine) {
    let at = Suite::shared(engine).await;
    for person in [ONE, TWO] {
        let untick = &["users.delete", "users.write"];
        let page = Visitor::new().sign_in(at, person, Choice { untick, ..Choice::default() }).await;
        assert_eq!(page.url, at.client);
        page.says("users.read");
        assert!(!page.text().contains("users.delete"), "{}", page.text());
        assert!(!page.text().contains("users.write"), "{}", page.text());
    }
}

async fn what_is_always_granted_needs_no_tick(engine: Engine) {
    let at = Suite::shared(engine).await;
    let untick = &["users.read", "users.write", "users.edit", "users.delete"];
    let page = Visitor::new().sign_in(at, ONE, Choice { untick, ..Choice::default() }).await;
    assert_eq!(page.url, at.client);
    page.says("openid");
    page.says("offline");
    assert!(!page.text().contains(ONE.email), "no profile without users.read: {}", page.text());
    page.says("users.read");
}

async fn a_wrong_password_is_told_and_the_right_one_still_works(engine: Engine) {
    let at = Suite::shared(engine).await;
    let visitor = Visitor::new();
    let form = visitor.open(at.client.join("sign-in").unwrap()).await;
    form.says("to continue to MyApp");
    let wrong = Person { password: "not the password", ..ONE };
    let again = visitor.answer(&form, wrong, Choice::default()).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    again.says("do not match");
    assert_eq!(again.form().field("email").value, ONE.email, "what was typed stays");
    assert!(!again.html.contains("not the password"));

    let consent = visitor.answer(&again, ONE, Choice::default()).await;
    consent.says("MyApp asks for access");
    let home = visitor.answer(&consent, ONE, Choice::default()).await;
    assert_eq!(home.url, at.client);
}

async fn nobody_learns_whether_an_account_exists(engine: Engine) {
    let at = Suite::shared(engine).await;
    let mut answers = Vec::new();
    for email in ["user@example.com", "nobody@example.com"] {
        let visitor = Visitor::new();
        let form = visitor.open(at.client.join("sign-in").unwrap()).await;
        let attempt = Person { email, password: "not the password", ..ONE };
        let page = visitor.answer(&form, attempt, Choice::default()).await;
        answers.push((page.status, page.text()));
    }
    assert_eq!(answers[0], answers[1]);
}

async fn who_is_remembered_is_not_asked_again(engine: Engine) {
    let at = Suite::shared(engine).await;
    let visitor = Visitor::new();
    let remember = Choice { remember: true, ..Choice::default() };
    let first = visitor.sign_in(at, TWO, remember).await;
    assert_eq!(first.url, at.client);

    let second = visitor.open(at.client.join("sign-in").unwrap()).await;
    assert_eq!(second.url, at.client, "{}", second.text());
    let pages: Vec<&str> = second.way.iter().map(url::Url::path).collect();
    assert!(pages.contains(&"/authentication/login"), "{pages:?}");
    assert!(pages.contains(&"/authentication/consent"), "{pages:?}");
    second.says(TWO.email);
}

async fn who_is_not_remembered_is_asked_again(engine: Engine) {
    let at = Suite::shared(engine).await;
    let visitor = Visitor::new();
    visitor.sign_in(at, ONE, Choice::default()).await.says(ONE.email);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let again = visitor.open(at.client.join("sign-in").unwrap()).await;
    again.says("Password");
}

async fn whoever_denies_goes_back_to_the_app(engine: Engine) {
    let at = Suite::shared(engine).await;
    let visitor = Visitor::new();
    let page = visitor.sign_in(at, ONE, Choice { refuse: true, ..Choice::default() }).await;
    assert_eq!(page.url.origin(), at.client.origin());
    assert!(page.url.query().unwrap().contains("error=access_denied"), "{}", page.url);
    assert!(page.status.is_client_error(), "{}", page.status);
    assert!(!page.text().contains("did not grant"), "nothing of the address is shown");
    let home = visitor.open(at.client.clone()).await;
    home.says("Sign in");
}

async fn whoever_cancels_the_login_goes_back_to_the_app(engine: Engine) {
    let at = Suite::shared(engine).await;
    let visitor = Visitor::new();
    let form = visitor.open(at.client.join("sign-in").unwrap()).await.form();
    let page = visitor.submit(&form, form.button("reject")).await;
    assert!(page.url.query().unwrap().contains("error=access_denied"), "{}", page.url);
    assert!(page.status.is_client_error(), "{}", page.status);
}

/// The same person on the same challenge twice: the second click is another answer to the same
/// question.
async fn a_double_click_does_no_harm(engine: Engine) {
    let at = Suite::shared(engine).await;
    let visitor = Visitor::new();
    let login = visitor.open(at.client.join("sign-in").unwrap()).await;
    let early = visitor.stopping_at("/oauth2/auth");
    early.answer(&login, ONE, Choice::default()).await;
    let consent = visitor.answer(&login, ONE, Choice::default()).await;
    consent.says("MyApp asks for access");
    early.answer(&consent, ONE, Choice::default()).await;
    let home = visitor.answer(&consent, ONE, Choice::default()).await;
    assert_eq!(home.url, at.client, "{}", home.text());
}
