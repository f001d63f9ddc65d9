//! Signing out: the app's session, and Hydra's; of one browser, and of all.

use crate::{
    app_commands::{ended, err, out},
    sessions::{REMEMBER, app, claims, sessions},
    token_hook::{add, disable, users},
    tokens::App,
};
use database::{both_databases, scratch::Engine};
use latchkey::{certificates::Holder, stack::Component};
use latchkey_integration_tests::{
    Addresses, ONE, Page, Person, Suite, TWO, Visitor, visitor::Choice,
};
use latchkey_proto::client::v1::{
    SignOutRequest, SignOutResponse, sign_out_request::Target,
    sign_out_service_client::SignOutServiceClient,
};
use latchkey_proto::identity::v1::SetPasswordRequest;
use serde_json::Value;
use std::{
    process::{Command, Output},
    time::{Duration, Instant},
};
use tonic::Status;

both_databases! {
    signing_out_of_the_app_ends_hydra_s_session,
    a_logout_that_no_app_began_is_asked_about,
    a_logout_at_hydra_ends_the_app_s_session,
    signing_out_everywhere_leaves_nothing,
    one_session_ends_alone,
    whoever_is_disabled_is_signed_out_by_itself,
    the_logout_page_signs_out_everywhere,
    an_operator_signs_somebody_out,
    long_addresses_keep_nobody_signed_in,
}

async fn remembered(visitor: &Visitor, at: &Addresses) -> Page {
    let home = visitor.sign_in(at, ONE, Choice { remember: true, ..Choice::default() }).await;
    home.says(ONE.email);
    home
}

async fn is_asked(visitor: &Visitor, at: &Addresses) -> bool {
    visitor.open(at.client.join("sign-in").unwrap()).await.text().contains("Password")
}

async fn signing_out_of_the_app_ends_hydra_s_session(engine: Engine) {
    let at = Suite::shared(engine).await;
    let visitor = Visitor::new();
    let home = remembered(&visitor, at).await;
    assert!(!is_asked(&visitor, at).await);

    let form = visitor.open(home.url).await.form();
    let out = visitor.submit(&form, form.buttons.first().unwrap()).await;
    assert_eq!(out.url.path(), "/signed-out", "{}", out.text());
    let pages: Vec<&str> = out.way.iter().map(url::Url::path).collect();
    assert!(pages.contains(&"/authentication/logout"), "{pages:?}");
    assert!(is_asked(&visitor, at).await);
    assert!(!visitor.open(at.client.clone()).await.text().contains(ONE.email));
}

async fn a_logout_that_no_app_began_is_asked_about(engine: Engine) {
    let at = Suite::shared(engine).await;
    let visitor = Visitor::new();
    remembered(&visitor, at).await;
    let logout = at.hydra.join("oauth2/sessions/logout").unwrap();

    let form = visitor.open(logout.clone()).await.form();
    let stayed = visitor.submit(&form, form.button("reject")).await;
    stayed.says("You are still signed in");
    assert!(!is_asked(&visitor, at).await);

    let form = visitor.open(logout).await.form();
    let out = visitor.submit(&form, form.button("accept")).await;
    assert_eq!(out.url.path(), "/signed-out", "{}", out.text());
    assert!(is_asked(&visitor, at).await);
}

/// Hydra tells the app from server to server; the browser that has signed out carries nothing there.
async fn a_logout_at_hydra_ends_the_app_s_session(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (visitor, other) = (Visitor::new(), Visitor::new());
    for visitor in [&visitor, &other] {
        remembered(visitor, at).await;
    }
    let form = visitor.open(at.hydra.join("oauth2/sessions/logout").unwrap()).await.form();
    visitor.submit(&form, form.button("accept")).await;
    let limit = Instant::now() + Duration::from_mins(1);
    while visitor.open(at.client.clone()).await.text().contains(ONE.email) {
        assert!(Instant::now() < limit, "the app still knows them");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    visitor.open(at.client.clone()).await.says("Welcome to MyApp");
    other.open(at.client.clone()).await.says(ONE.email);
}

async fn sign_out(at: &Addresses, target: Target) -> Result<SignOutResponse, Status> {
    let channel = at.channel(&at.registry, Some(Holder::Operator)).await;
    let mut client = SignOutServiceClient::new(channel);
    let request = SignOutRequest { target: Some(target) };
    client.sign_out(request).await.map(tonic::Response::into_inner)
}

/// What Hydra says of an access token.
#[expect(clippy::disallowed_methods, reason = "a test, not a service")]
pub(crate) async fn is_active(at: &Addresses, tokens: &Value) -> bool {
    let token = tokens["access_token"].as_str().unwrap_or_else(|| panic!("{tokens}"));
    let introspect = at.hydra_admin.join("admin/oauth2/introspect").unwrap();
    let http = reqwest::Client::builder().build().unwrap();
    let answer = http.post(introspect).form(&[("token", token)]).send().await.unwrap();
    let said: Value = answer.json().await.unwrap();
    said["active"] == true
}

/// A browser, and the tokens that an app got there.
pub(crate) async fn browser(app: &App, person: Person) -> (Visitor, Value) {
    let visitor = Visitor::new();
    let seen = app.sign_in(&visitor, person, REMEMBER, &[]).await;
    let tokens = app.exchange(&seen).await;
    (visitor, tokens)
}

async fn signing_out_everywhere_leaves_nothing(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "everywhere@example.com").await;
    let app = app(at, "used-everywhere").await;
    let browsers = [browser(&app, person).await, browser(&app, person).await];
    // Hydra does not list what it skipped: only identity knows this session's use.
    let skipped = browsers[0].0.stopping_at("/seen").open(app.start(&[])).await;
    assert_eq!(skipped.url.path(), "/seen", "{}", skipped.text());
    assert_eq!(sessions(at, &subject).await.len(), 2);

    let done = sign_out(at, Target::Subject(subject.clone())).await.unwrap();
    assert!(done.complete, "{done:?}");
    assert_eq!(done.apps.len(), 1, "{done:?}");
    let told = &done.apps[0];
    assert_eq!((told.client_id.as_str(), told.session_ids.len()), ("used-everywhere", 2));
    assert!(told.tokens_revoked);

    assert_eq!(sessions(at, &subject).await, []);
    for (visitor, tokens) in &browsers {
        assert!(!is_active(at, tokens).await);
        assert!(app.refresh(tokens).await["error"].is_string());
        visitor.open(app.start(&[])).await.says("Password");
    }
    let again = sign_out(at, Target::Subject(subject)).await.unwrap();
    assert!(again.complete && again.apps.is_empty(), "{again:?}");
}

async fn one_session_ends_alone(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "one.of.two@example.com").await;
    let app = app(at, "used-twice").await;
    let here = browser(&app, person).await;
    let there = browser(&app, person).await;
    let sid = claims(&here.1)["sid"].as_str().unwrap().to_owned();
    let done = sign_out(at, Target::SessionId(sid.clone())).await.unwrap();
    assert!(done.complete, "{done:?}");
    assert_eq!((&done.apps[0].session_ids, done.apps[0].tokens_revoked), (&vec![sid], false));

    assert_eq!(sessions(at, &subject).await.len(), 1);
    assert_eq!(app.refresh(&here.1).await["error"], "access_denied");
    here.0.open(app.start(&[])).await.says("Password");
    assert!(app.refresh(&there.1).await["access_token"].is_string());
    let unknown = sign_out(at, Target::SessionId("nobody-s".to_owned())).await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
    let empty = sign_out(at, Target::Subject(String::new())).await.unwrap_err();
    assert_eq!(empty.code(), tonic::Code::InvalidArgument);
}

/// Waits until Hydra knows the token no more.
async fn ends(at: &Addresses, tokens: &Value) {
    for _ in 0..600 {
        if !is_active(at, tokens).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the token is still active");
}

async fn whoever_is_disabled_is_signed_out_by_itself(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "leaver@example.com").await;
    let app = app(at, "of-the-leaver").await;
    let (visitor, tokens) = browser(&app, person).await;
    assert!(is_active(at, &tokens).await);
    disable(at, &subject).await;
    visitor.open(app.start(&[])).await.says("Password");
    ends(at, &tokens).await;
    assert!(app.refresh(&tokens).await["error"].is_string());
}

async fn the_logout_page_signs_out_everywhere(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "two.devices@example.com").await;
    let app = app(at, "on-two-devices").await;
    let (here, there) = (browser(&app, person).await, browser(&app, person).await);
    let form = here.0.open(at.hydra.join("oauth2/sessions/logout").unwrap()).await.form();
    let out = here.0.submit(&form, form.button("everywhere")).await;
    assert_eq!(out.url.path(), "/signed-out", "{}", out.text());
    assert_eq!(sessions(at, &subject).await, []);
    for (visitor, tokens) in [here, there] {
        assert!(!is_active(at, &tokens).await);
        visitor.open(app.start(&[])).await.says("Password");
    }
}

async fn an_operator_signs_somebody_out(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, _) = add(at, "operated@example.com").await;
    let app = app(at, "operated-app").await;
    let (_, tokens) = browser(&app, person).await;
    let done = run(at, &[person.email]).await;
    ended(&done, 0);
    let out = out(&done);
    assert!(out.contains("operated-app (operated-app)") && out.contains("ended"), "{out}");
    assert!(!is_active(at, &tokens).await);
    ended(&run(at, &["nobody@example.com"]).await, 1);
}

/// Runs `latchkey sign-out` beside this suite.
async fn run(at: &Addresses, who: &[&str]) -> Output {
    let mut command = Command::new(Suite::latchkey());
    command
        .arg("sign-out")
        .arg(format!("--client-url={}", at.registry))
        .arg(format!("--identity-url={}", at.identity))
        .arg(format!("--data={}", at.certificates.ca().ancestors().nth(2).unwrap().display()))
        .args(who);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// Hydra keeps the address of every sign-in, and lists it with the consent.
async fn long_addresses_keep_nobody_signed_in(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "long.addresses@example.com").await;
    let (app, visitor, filler) =
        (app(at, "asks-at-length").await, Visitor::new(), "a".repeat(45_000));
    let mut tokens = Value::Null;
    for _ in 0..7 {
        let more = [("filler", &*filler), ("prompt", "consent")];
        tokens = app.exchange(&app.sign_in(&visitor, person, REMEMBER, &more).await).await;
    }
    let page = visitor.open(at.consent.join("authentication/apps").unwrap()).await;
    page.says("asks-at-length");
    let done = sign_out(at, Target::Subject(subject)).await.unwrap();
    assert!(done.complete, "{done:?}");
    assert!(!is_active(at, &tokens).await);
}

/// Whoever signs in anew meanwhile stays signed in.
#[tokio::test]
async fn a_sign_out_that_is_done_later_is_about_what_was_before() {
    let suite = Suite::start(Engine::Sqlite).await;
    let at = suite.addresses();
    let (person, subject) = add(at, "new.password@example.com").await;
    let (old, new) = (app(at, "used-before").await, app(at, "used-after").await);
    let (_, before) = browser(&old, person).await;
    suite.kill(Component::Client).await;
    let request = SetPasswordRequest {
        subject: subject.clone(),
        password: "another password for one test".to_owned(),
        ..Default::default()
    };
    users(at).await.set_password(request).await.unwrap();
    let person = Person { password: "another password for one test", ..person };
    let (visitor, after) = browser(&new, person).await;
    suite.bring_back(Component::Client).await;
    ends(at, &before).await;
    while sessions(at, &subject).await.len() > 1 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_active(at, &after).await);
    let skipped = visitor.stopping_at("/seen").open(new.start(&[])).await;
    assert_eq!(skipped.url.path(), "/seen", "{}", skipped.text());
}

/// It is not lost: when Hydra is back, it is done.
#[tokio::test]
async fn a_sign_out_while_hydra_is_away_is_done_later() {
    let suite = Suite::start(Engine::Sqlite).await;
    let at = suite.addresses();
    let app = app(at, "left-alone").await;
    let (_, tokens) = browser(&app, ONE).await;
    suite.kill(Component::Hydra).await;
    // One session is the person's to end again: it stays on their page until its apps are told.
    let own = sessions(at, ONE.subject).await;
    let half = sign_out(at, Target::SessionId(own[0].session_id.clone())).await.unwrap();
    assert!(!half.complete && sessions(at, ONE.subject).await == own, "{half:?}");
    let half = sign_out(at, Target::Subject(ONE.subject.to_owned())).await.unwrap();
    assert!(!half.complete && half.steps.iter().any(|step| !step.problem.is_empty()), "{half:?}");
    let told = run(at, &["--subject", ONE.subject]).await;
    ended(&told, 1);
    assert!(out(&told).contains("\nleft-alone ") && err(&told).contains("try again"), "{told:?}");
    // Of somebody who has never signed in no app is known, and nothing was done either.
    let told = run(at, &["--subject", TWO.subject]).await;
    ended(&told, 1);
    assert!(out(&told).is_empty() && err(&told).contains("revoke tokens: Hydra"), "{told:?}");
    suite.bring_back(Component::Hydra).await;
    ends(at, &tokens).await;
}
