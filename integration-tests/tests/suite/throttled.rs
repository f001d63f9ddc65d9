//! Too many wrong passwords: told in words, with the time to wait, and not to the owner's own browser.

use database::{both_databases, scratch::Engine};
use latchkey::stack::Component;
use latchkey_integration_tests::{
    ONE, Person, Suite, TWO, Visitor, suite::Options, visitor::Choice,
};
use reqwest::StatusCode;
use std::time::Duration;

both_databases! {
    who_guesses_waits_and_the_owner_s_browser_still_gets_in,
}

const WRONG: Person = Person { password: "a guess", ..ONE };

async fn who_guesses_waits_and_the_owner_s_browser_still_gets_in(engine: Engine) {
    let patient = Options::default().argument(Component::Identity, "--throttle-delay=30m");
    let suite = Suite::start_with(engine, patient).await;
    let at = suite.addresses();
    let owner = Visitor::new();
    owner.sign_in(at, ONE, Choice::default()).await.says(ONE.email);

    let guesser = Visitor::new();
    let mut page = guesser.open(at.client.join("sign-in").unwrap()).await;
    for guess in 0..10 {
        page = guesser.answer(&page, WRONG, Choice::default()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{guess}: {}", page.text());
    }
    let told = guesser.answer(&page, ONE, Choice::default()).await;
    assert_eq!(told.status, StatusCode::TOO_MANY_REQUESTS, "{}", told.text());
    told.says("Too many sign-ins have failed");
    told.says("please try again in 30 minutes");
    assert_eq!(told.headers["retry-after"], "1800");
    assert_eq!(told.form().field("email").value, ONE.email);

    // The same address, another account; the same account, the owner's browser.
    Visitor::new().sign_in(at, TWO, Choice::default()).await.says(TWO.email);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let asked = owner.open(at.client.join("sign-in").unwrap()).await;
    asked.says("Password");
    let consent = owner.answer(&asked, ONE, Choice::default()).await;
    assert_eq!(consent.status, StatusCode::OK, "{}", consent.text());
    consent.says("MyApp asks for access");
}
