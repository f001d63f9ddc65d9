//! Too many wrong passwords: told in words, with the time to wait, and not to the owner's own browser.

use database::{both_databases, scratch::Engine};
use latchkey::{certificates::Holder, stack::Component};
use latchkey_integration_tests::{
    ONE, Person, Suite, TWO, Visitor, suite::Options, visitor::Choice,
};
use latchkey_proto::identity::v1::{ListEventsRequest, audit_service_client::AuditServiceClient};
use reqwest::{StatusCode, header::HeaderMap};
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
    told.says("please wait 30 minutes");
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

/// Who asks is told by a trusted proxy, and by nobody else.
#[tokio::test]
async fn the_address_comes_from_trusted_proxies_alone() {
    let forwarded = HeaderMap::from_iter([(
        "x-forwarded-for".parse().unwrap(),
        "198.51.100.1, 203.0.113.7".parse().unwrap(),
    )]);
    let trusting = Options::default().argument(Component::Consent, "--trusted-proxy=127.0.0.0/8");
    for (options, address) in [(trusting, "203.0.113.7"), (Options::default(), "127.0.0.1")] {
        let suite = Suite::start_with(Engine::Sqlite, options).await;
        let at = suite.addresses();
        let visitor = Visitor::sending(forwarded.clone());
        let page = visitor.open(at.client.join("sign-in").unwrap()).await;
        visitor.answer(&page, WRONG, Choice::default()).await;
        let channel = at.channel(&at.identity, Some(Holder::Operator)).await;
        let mut audit = AuditServiceClient::new(channel);
        let events = audit.list_events(ListEventsRequest::default()).await.unwrap().into_inner();
        assert_eq!(events.events[0].ip, address, "{:?}", events.events);
    }
}
