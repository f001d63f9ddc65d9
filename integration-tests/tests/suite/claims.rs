//! What apps learn of a person: by the scopes that were granted, and by no other.

use crate::{
    sessions::claims,
    tokens::{App, bearer, profile},
};
use database::{both_databases, scratch::Engine};
use latchkey_integration_tests::{Suite, visitor::Choice};
use serde_json::{Map, Value, json};

both_databases! {
    each_scope_opens_its_claims_in_the_id_token_and_at_userinfo,
    the_profile_shows_number_and_address_by_scope,
}

const SCOPE: &str = "openid offline profile email phone address users.read";

/// The claims of the demo user, by the scope that opens them (OpenID Connect Core, section 5.4).
fn by_scope() -> [(&'static str, Vec<(&'static str, Value)>); 4] {
    let address = json!({
        "formatted": "User One\n1 Example Street\nSpringfield",
        "street_address": "1 Example Street",
        "locality": "Springfield",
    });
    [
        ("profile", vec![("name", json!("User One"))]),
        ("email", vec![("email", json!("user@example.com"))]),
        ("phone", vec![("phone_number", json!("+15550100001"))]),
        ("address", vec![("address", address)]),
    ]
}

async fn each_scope_opens_its_claims_in_the_id_token_and_at_userinfo(engine: Engine) {
    let at = Suite::shared(engine).await;
    let app = App::for_scope(at, "curious", &["authorization_code", "refresh_token"], SCOPE).await;
    let all = by_scope();
    for unticked in [None, Some("profile"), Some("email"), Some("phone"), Some("address")] {
        let choice = Choice { untick: unticked.as_slice(), ..Choice::default() };
        let first = app.tokens(choice).await;
        let refreshed = app.refresh(&first).await;
        let userinfo: Map<String, Value> = userinfo(at, &refreshed).await;
        for said in [claims(&first), claims(&refreshed), Value::from(userinfo)] {
            for (scope, claims) in &all {
                for (claim, value) in claims {
                    let expected = (unticked != Some(*scope)).then_some(value);
                    assert_eq!(said.get(claim), expected, "{claim} without {unticked:?}");
                }
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "an app of somebody else's")]
pub(crate) async fn userinfo(
    at: &latchkey_integration_tests::Addresses,
    tokens: &Value,
) -> Map<String, Value> {
    let http = reqwest::Client::builder().build().unwrap();
    let asked = http.get(at.hydra.join("userinfo").unwrap());
    let asked = asked.header("authorization", bearer(tokens, "access_token"));
    asked.send().await.unwrap().json().await.unwrap()
}

async fn the_profile_shows_number_and_address_by_scope(engine: Engine) {
    let at = Suite::shared(engine).await;
    let app = App::for_scope(at, "curious", &["authorization_code", "refresh_token"], SCOPE).await;
    for (untick, number, city) in [
        (&[][..], "+15550100001", Some("Springfield")),
        (&["phone"], "", Some("Springfield")),
        (&["address"], "+15550100001", None),
    ] {
        let tokens = app.tokens(Choice { untick, ..Choice::default() }).await;
        let profile = profile(at, &[&bearer(&tokens, "access_token")]).await.unwrap();
        let shown = profile.address.map(|address| address.locality);
        assert_eq!((profile.phone_number.as_str(), shown.as_deref()), (number, city));
    }
}
