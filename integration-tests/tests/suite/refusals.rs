//! What nobody should send: told in words, never a blank page or a 500.

use database::scratch::Engine;
use latchkey_integration_tests::{Addresses, ONE, Page, Suite, TWO, Visitor, visitor::Choice};
use reqwest::StatusCode;
use url::Url;

async fn login_form(visitor: &Visitor, at: &Addresses) -> Page {
    let page = visitor.open(at.client.join("sign-in").unwrap()).await;
    page.says("Password");
    page
}

fn with_query(base: &Url, path: &str, pairs: &[(&str, &str)]) -> Url {
    let mut url = base.join(path).unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url
}

#[tokio::test]
async fn a_challenge_that_hydra_does_not_know() {
    let at = Suite::shared(Engine::Sqlite).await;
    let visitor = Visitor::new();
    let login = login_form(&visitor, at).await;
    let real = login.url.query_pairs().next().unwrap().1.into_owned();
    let flipped = real.replacen(&real[100..101], if &real[100..101] == "A" { "B" } else { "A" }, 1);
    let challenges = ["garbage", &real[..real.len() / 2], &flipped, &real.repeat(8)];
    for challenge in challenges {
        for (page, name) in [
            ("login", "login_challenge"),
            ("consent", "consent_challenge"),
            ("logout", "logout_challenge"),
        ] {
            let url =
                with_query(&at.consent, &format!("authentication/{page}"), &[(name, challenge)]);
            let told = visitor.open(url).await;
            assert_eq!(told.status, StatusCode::NOT_FOUND, "{page} {}", told.text());
            told.says("This sign-in cannot be found");
            assert!(!told.html.contains(challenge), "the address is not shown");
        }
    }
}

#[tokio::test]
async fn a_form_with_more_scopes_than_were_asked_for_grants_none() {
    let at = Suite::shared(Engine::Sqlite).await;
    for extra in ["admin.everything", "users.read ", "profile"] {
        let visitor = Visitor::new();
        let login = login_form(&visitor, at).await;
        let consent = visitor.answer(&login, ONE, Choice::default()).await;
        let mut form = consent.form();
        let mut more = form.field("grant_scope").clone();
        extra.clone_into(&mut more.value);
        form.fields.push(more);
        let told = visitor.submit(&form, form.button("accept")).await;
        assert_eq!(told.status, StatusCode::BAD_REQUEST);
        told.says("nothing has been granted");
        visitor.open(at.client.clone()).await.says("Sign in");
    }
}

#[tokio::test]
async fn a_form_from_another_browser_is_refused() {
    let at = Suite::shared(Engine::Sqlite).await;
    let theirs = login_form(&Visitor::new(), at).await;
    let ours = Visitor::new();
    login_form(&ours, at).await;
    let told = ours.answer(&theirs, ONE, Choice::default()).await;
    assert_eq!(told.status, StatusCode::FORBIDDEN);
    told.says("another browser");
}

#[tokio::test]
async fn one_challenge_serves_one_person() {
    let at = Suite::shared(Engine::Sqlite).await;
    let visitor = Visitor::new();
    let login = login_form(&visitor, at).await;
    visitor.stopping_at("/oauth2/auth").answer(&login, ONE, Choice::default()).await;
    let again = visitor.answer(&login, TWO, Choice::default()).await;
    again.says("Password");
    assert_ne!(again.url, login.url, "a sign-in of its own");
    visitor.answer(&again, TWO, Choice::default()).await.says(TWO.email);
}

#[tokio::test]
async fn a_callback_that_this_browser_did_not_begin() {
    let at = Suite::shared(Engine::Sqlite).await;
    let mine = Visitor::new();
    let stopped = mine.stopping_at("/callbacks").sign_in(at, ONE, Choice::default()).await;
    let callback = stopped.url;
    assert!(callback.query().unwrap().contains("code="), "{callback}");

    let stranger = Visitor::new().open(callback.clone()).await;
    assert_eq!(stranger.status, StatusCode::BAD_REQUEST, "{}", stranger.text());

    for changed in [("state", "somebody-else-s"), ("iss", "https://evil.test/")] {
        let url = with_query(&callback, "", &[changed]);
        assert_eq!(mine.open(url).await.status, StatusCode::BAD_REQUEST, "{changed:?}");
    }
    let missing = at.client.join("callbacks?code=abc").unwrap();
    assert_eq!(mine.open(missing).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_code_works_once() {
    let at = Suite::shared(Engine::Sqlite).await;
    let visitor = Visitor::new();
    let callback = visitor.stopping_at("/callbacks").sign_in(at, ONE, Choice::default()).await.url;
    let home = visitor.open(callback.clone()).await;
    assert_eq!(home.url, at.client);
    let replayed = visitor.open(callback).await;
    assert_eq!(replayed.status, StatusCode::BAD_REQUEST, "{}", replayed.text());
    visitor.open(at.client.clone()).await.says(ONE.email);
}

#[tokio::test]
async fn an_unknown_app_is_told_so() {
    let at = Suite::shared(Engine::Sqlite).await;
    let url = with_query(
        &at.hydra,
        "oauth2/auth",
        &[("client_id", "nobody"), ("response_type", "code"), ("state", "12345678")],
    );
    let told = Visitor::new().open(url).await;
    assert_eq!(told.url.origin(), at.consent.origin());
    told.says("This app is not known here");
}

/// A link is no form: what a form would send is nothing in an address.
#[tokio::test]
async fn a_get_with_the_fields_of_a_form_is_a_page() {
    let at = Suite::shared(Engine::Sqlite).await;
    let visitor = Visitor::new();
    let login = login_form(&visitor, at).await;
    let fields = [("action", "accept"), ("email", ONE.email), ("password", ONE.password)];
    for _ in 0..3 {
        let page = visitor.open(with_query(&login.url, "", &fields)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        page.says("Password");
    }
    visitor.open(at.client.clone()).await.says("Sign in");
}
