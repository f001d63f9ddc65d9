//! The groups that people are in: what apps learn of them, and which apps they open.

use crate::{
    apps::{registry, update},
    claims::userinfo,
    sessions::{REMEMBER, app, claims},
    token_hook::{add, users},
    tokens::{App, bearer, profile},
};
use database::{both_databases, scratch::Engine};
use latchkey_integration_tests::{Addresses, Page, Suite, Visitor, visitor::Choice};
use latchkey_proto::{
    client::v1::{App as Registered, AppKind, AppPolicy},
    identity::v1::{UpdateUserRequest, User},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

both_databases! {
    an_app_learns_the_groups_by_scope_and_at_every_refresh,
    who_is_in_a_group_gets_in_and_who_has_left_it_gets_no_more_tokens,
    who_is_in_none_is_turned_away_with_ways_on,
    who_has_left_is_turned_away_where_nobody_is_asked_any_more,
    the_longest_list_of_groups_goes_all_the_way,
}

/// An app that is kept to groups, through the registry.
async fn kept_to(at: &Addresses, id: &str, groups: &[&str], first_party: bool) -> App {
    let mut app = app(at, id).await;
    let wish = Registered {
        client_id: id.to_owned(),
        kind: AppKind::Web.into(),
        scopes: ["openid", "offline", "groups", "email", "users.read"].map(str::to_owned).to_vec(),
        policy: Some(AppPolicy { allowed_groups: names(groups), ..AppPolicy::default() }),
        first_party,
        ..Registered::default()
    };
    let fields = ["kind", "scopes", "policy", "first_party"];
    let kept = update(&registry(at).await, wish, &fields).await.unwrap();
    app.client.scope = kept.scopes.join(" ");
    app
}

fn names(groups: &[&str]) -> Vec<String> {
    groups.iter().map(ToString::to_string).collect()
}

async fn put_into(at: &Addresses, subject: &str, groups: &[&str]) {
    let user = User { subject: subject.to_owned(), groups: names(groups), ..User::default() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["groups".to_owned()] });
    let request = UpdateUserRequest { user: Some(user), update_mask };
    users(at).await.update_user(request).await.unwrap();
}

fn parameter(page: &Page, name: &str) -> Option<String> {
    assert_eq!(page.url.path(), "/seen", "{}", page.text());
    page.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

#[track_caller]
fn turned_away(page: &Page) {
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.text());
    page.says("is not open to this account");
}

async fn an_app_learns_the_groups_by_scope_and_at_every_refresh(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "told.groups@example.com").await;
    let app = kept_to(at, "told-groups", &[], false).await;
    let seen = app.sign_in(&Visitor::new(), person, Choice::default(), &[]).await;
    let mut tokens = app.exchange(&seen).await;
    for groups in [&[][..], &["staff", "eu/sales"], &["board"], &[]] {
        put_into(at, &subject, groups).await;
        tokens = app.refresh(&tokens).await;
        let mut expected = names(groups);
        expected.sort();
        assert_eq!(claims(&tokens)["groups"], json!(expected));
        assert_eq!(userinfo(at, &tokens).await["groups"], json!(expected));
        let shown = profile(at, &[&bearer(&tokens, "access_token")]).await.unwrap();
        assert_eq!(shown.groups, expected);
    }

    put_into(at, &subject, &["staff"]).await;
    let silent = Choice { untick: &["groups"], ..Choice::default() };
    let seen = app.sign_in(&Visitor::new(), person, silent, &[]).await;
    let first = app.exchange(&seen).await;
    let second = app.refresh(&first).await;
    for tokens in [&first, &second] {
        assert_eq!(claims(tokens)["groups"], Value::Null, "not granted");
    }
    let shown = profile(at, &[&bearer(&second, "access_token")]).await.unwrap();
    assert!(shown.groups.is_empty(), "{:?}", shown.groups);
}

async fn who_is_in_a_group_gets_in_and_who_has_left_it_gets_no_more_tokens(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "left.staff@example.com").await;
    put_into(at, &subject, &["interns", "staff"]).await;
    let app = kept_to(at, "staff-only", &["staff", "board"], false).await;
    // Also where the app is not told of groups.
    for untick in [&[][..], &["groups"]] {
        let choice = Choice { untick, ..Choice::default() };
        let seen = app.sign_in(&Visitor::new(), person, choice, &[]).await;
        let tokens = app.refresh(&app.exchange(&seen).await).await;
        let told = claims(&tokens);
        let expected = untick.is_empty().then(|| json!(["interns", "staff"]));
        assert_eq!(told.get("groups"), expected.as_ref(), "{told}");

        put_into(at, &subject, &["interns"]).await;
        let refused = app.refresh(&tokens).await;
        assert_eq!(refused["error"], "access_denied", "{refused}");
        put_into(at, &subject, &["interns", "staff"]).await;
    }
    let seen = app.sign_in(&Visitor::new(), person, Choice::default(), &[]).await;
    put_into(at, &subject, &[]).await;
    let refused = app.exchange(&seen).await;
    assert!(refused["access_token"].is_null(), "left on the way: {refused}");
}

async fn who_is_in_none_is_turned_away_with_ways_on(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (stranger, subject) = add(at, "stranger@example.com").await;
    put_into(at, &subject, &["Board", "board-of-others"]).await;
    let (member, subject) = add(at, "member@example.com").await;
    put_into(at, &subject, &["board"]).await;
    let app = kept_to(at, "board-only", &["board"], false).await;
    let visitor = Visitor::new().stopping_at("/seen");
    let login = visitor.open(app.start(&[])).await;
    let page = visitor.answer(&login, stranger, REMEMBER).await;
    turned_away(&page);
    page.says("signed in as stranger@example.com");
    visitor.switch(&page, "de").await.says("gehört zu keiner davon");
    visitor.switch(&page, "id").await.says("tidak termasuk di dalamnya");
    turned_away(&visitor.switch(&page, "en").await);

    // No button of the page grants anything, and neither does one that is made up.
    let form = page.form();
    let mut accept = form.button("reject").clone();
    "accept".clone_into(&mut accept.value);
    turned_away(&visitor.submit(&form, &accept).await);
    let back = visitor.submit(&form, form.button("reject")).await;
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back, "code"), None);

    // Another account goes on.
    let page = visitor.open(app.start(&[])).await;
    turned_away(&page);
    let form = page.form();
    let login = visitor.submit(&form, form.button("other")).await;
    login.says("Password");
    let consent = visitor.answer(&login, member, Choice::default()).await;
    let seen = visitor.answer(&consent, member, Choice::default()).await;
    let tokens = app.exchange(&seen).await;
    assert_eq!(claims(&tokens)["groups"], json!(["board"]));
}

/// Neither a remembered sign-in, nor a remembered consent, nor an app of our own is a way past it.
async fn who_has_left_is_turned_away_where_nobody_is_asked_any_more(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "once.staff@example.com").await;
    for (id, first_party) in [("staff-remembered", false), ("staff-first-party", true)] {
        put_into(at, &subject, &["staff"]).await;
        let app = kept_to(at, id, &["staff"], first_party).await;
        let visitor = Visitor::new();
        app.sign_in(&visitor, person, REMEMBER, &[]).await;
        let visitor = visitor.stopping_at("/seen");
        let again = visitor.open(app.start(&[])).await;
        assert!(parameter(&again, "code").is_some(), "goes on without a page");
        put_into(at, &subject, &["guests"]).await;
        turned_away(&visitor.open(app.start(&[])).await);
        let silent = visitor.open(app.start(&[("prompt", "none")])).await;
        assert_eq!(parameter(&silent, "error").as_deref(), Some("access_denied"));
    }
}

/// Hydra carries claims in an address on their way from consent.
async fn the_longest_list_of_groups_goes_all_the_way(engine: Engine) {
    let at = Suite::shared(engine).await;
    let (person, subject) = add(at, "in.all.groups@example.com").await;
    let all: Vec<_> = (0..100).map(|number| format!("{number:03}{}", "x".repeat(61))).collect();
    put_into(at, &subject, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let app = kept_to(at, "all-groups", &[&all[99]], false).await;
    let seen = app.sign_in(&Visitor::new(), person, Choice::default(), &[]).await;
    let tokens = app.refresh(&app.exchange(&seen).await).await;
    assert_eq!(claims(&tokens)["groups"], json!(all));
}
