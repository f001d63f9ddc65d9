//! A provider that misbehaves as the OpenID conformance suite's relying-party modules do
//! (`oidcc-client-test-*`, <https://openid.net/certification/>), and in some ways more. The behaviours
//! are written by us, from the modules' names and the specifications.

use crate::{
    browser::{Browser, parameter},
    issuer::{Key, Signature, Tokens, Ways},
    suite::Suite,
};
use database::scratch::Engine;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// What has to come of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The person is signed in.
    SignedIn,
    /// The provider's answer is refused, and nobody is signed in.
    Refused,
    /// Nobody is sent to such a provider.
    NeverSent,
}
use Outcome::{NeverSent, Refused, SignedIn};

fn claims(claims: Value) -> Ways {
    Ways { claims, ..Ways::default() }
}

fn header(header: Value) -> Ways {
    Ways { header, ..Ways::default() }
}

fn signature(signature: Signature) -> Ways {
    Ways { signature, ..Ways::default() }
}

fn discovery(discovery: Value) -> Ways {
    Ways { discovery, ..Ways::default() }
}

fn tokens(tokens: Value) -> Ways {
    Ways { tokens, ..Ways::default() }
}

fn published(published: fn(Value) -> Vec<Value>) -> Ways {
    Ways { published, ..Ways::default() }
}

/// Published like that, and tokens do not name their key.
fn unnamed(published: fn(Value) -> Vec<Value>) -> Ways {
    Ways { header: json!({ "kid": null }), published, ..Ways::default() }
}

fn nameless(mut key: Value) -> Value {
    key.as_object_mut().unwrap().remove("kid");
    key
}

fn for_encryption(mut key: Value) -> Value {
    key["use"] = json!("enc");
    key
}

/// Sign-ins, by the module's name without `oidcc-client-test-`, then those of our own.
fn sign_ins() -> Vec<(&'static str, Ways, Outcome)> {
    let now = chassis::Clock::System.now().timestamp();
    vec![
        ("oidcc-client-test", Ways::default(), SignedIn),
        ("nonce-invalid", claims(json!({"nonce": "another"})), Refused),
        ("idtoken-sig-none", signature(Signature::Absent), Refused),
        ("invalid-iss", claims(json!({"iss": "https://evil.test/"})), Refused),
        ("invalid-aud", claims(json!({"aud": ["another"]})), Refused),
        ("missing-aud", claims(json!({"aud": null})), Refused),
        ("missing-iat", claims(json!({"iat": null})), Refused),
        ("missing-sub", claims(json!({"sub": null})), Refused),
        ("invalid-sig-es256", signature(Signature::Corrupt), Refused),
        ("invalid-sig-hs256", signature(Signature::HmacOfClientSecret), Refused),
        ("invalid-athash", claims(json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"})), Refused),
        ("missing-athash", claims(json!({"at_hash": null})), SignedIn),
        ("kid-absent-single-jwks", unnamed(|own| vec![nameless(own)]), SignedIn),
        (
            "kid-absent-multiple-jwks",
            unnamed(|own| vec![nameless(Key::new("two").public()), nameless(own)]),
            Refused,
        ),
        ("discovery-openid-config", discovery(json!({"claims_supported": ["sub"]})), SignedIn),
        (
            "discovery-issuer-mismatch",
            discovery(json!({"issuer": "https://evil.test/"})),
            NeverSent,
        ),
        ("discovery-jwks-uri-keys", published(|own| vec![Key::new("two").public(), own]), SignedIn),
        ("nonce-missing", claims(json!({"nonce": null})), Refused),
        ("missing-iss", claims(json!({"iss": null})), Refused),
        ("missing-exp", claims(json!({"exp": null})), Refused),
        ("expired", claims(json!({"exp": now - 3600})), Refused),
        ("issued-in-the-future", claims(json!({"iat": now + 3600})), Refused),
        ("not-yet-valid", claims(json!({"nbf": now + 3600})), Refused),
        ("several-aud-without-azp", claims(json!({"aud": ["myclient", "another"]})), Refused),
        ("foreign-azp", claims(json!({"azp": "another"})), Refused),
        ("empty-sub", claims(json!({"sub": ""})), Refused),
        ("sub-is-no-text", claims(json!({"sub": 1})), Refused),
        ("signed-by-a-foreign-key", signature(Signature::Foreign), Refused),
        ("key-confusion", signature(Signature::HmacOfPublicKey), Refused),
        ("unknown-kid", header(json!({"kid": "two"})), Refused),
        ("other-algorithm-than-the-key", header(json!({"alg": "RS256"})), Refused),
        ("critical-header", header(json!({"crit": ["exp"]})), Refused),
        ("key-for-encryption", published(|own| vec![for_encryption(own)]), Refused),
        ("no-keys", published(|_| vec![]), Refused),
        ("no-id-token", tokens(json!({"id_token": null})), Refused),
        ("id-token-is-no-jwt", tokens(json!({"id_token": "a.b.c"})), Refused),
        ("no-access-token", tokens(json!({"access_token": null})), Refused),
        ("no-token-type", tokens(json!({"token_type": null})), Refused),
        ("endless-token-answer", tokens(json!({"padding": "a".repeat(300_000)})), Refused),
        ("no-token-endpoint", discovery(json!({"token_endpoint": null})), NeverSent),
        (
            "script-as-endpoint",
            discovery(json!({"authorization_endpoint": "javascript:alert(1)"})),
            NeverSent,
        ),
        ("endless-discovery", discovery(json!({"padding": "a".repeat(300_000)})), NeverSent),
    ]
}

/// Goes through a sign-in, as far as the provider lets it come.
async fn sign_in(suite: &Suite) -> (Browser, Outcome) {
    let mut browser = suite.browser();
    let begun = browser.get("/sign-in").await;
    if begun.status == StatusCode::SERVICE_UNAVAILABLE {
        return (browser, NeverSent);
    }
    let nonce = parameter(&begun.location(), "nonce");
    suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce });
    let state = parameter(&begun.location(), "state");
    let back = browser.get(&format!("/callbacks?code=canary&state={state}")).await;
    let outcome = match back.status {
        StatusCode::SEE_OTHER => SignedIn,
        StatusCode::BAD_REQUEST => Refused,
        status => panic!("{status}: {}", back.body),
    };
    assert!(!back.body.contains("canary"), "{}", back.body);
    let greeting = browser.get("/").await.heading().to_owned();
    assert_eq!(greeting.starts_with("Hello"), outcome == SignedIn, "{greeting}");
    assert_eq!(browser.cookies.contains_key("latchkey_session"), outcome == SignedIn);
    (browser, outcome)
}

#[tokio::test]
async fn a_provider_that_misbehaves_signs_nobody_in() {
    for (name, ways, expected) in sign_ins() {
        let suite = Suite::start(Engine::Sqlite).await;
        suite.issuer.behaves(ways);
        assert_eq!(sign_in(&suite).await.1, expected, "{name}");
        suite.stop().await;
    }
}

/// `oidcc-client-test-client-secret-basic`
#[tokio::test]
async fn the_secret_is_sent_as_the_app_is_registered() {
    let basic = ["--client-authentication", "client_secret_basic"];
    let suite = Suite::start_with(Engine::Sqlite, &basic).await;
    assert_eq!(sign_in(&suite).await.1, SignedIn);
    let call = suite.issuer.token_calls()[0].clone();
    // myclient:canary-secret
    assert_eq!(call["authorization"], "Basic bXljbGllbnQ6Y2FuYXJ5LXNlY3JldA==");
    assert!(!call.contains_key("client_secret"));
    suite.stop().await;
}

/// `oidcc-client-test-signing-key-rotation` and `-just-before-signing`
#[tokio::test]
async fn a_provider_may_change_its_key_at_any_time() {
    let suite = Suite::start(Engine::Sqlite).await;
    assert_eq!(sign_in(&suite).await.1, SignedIn);
    for _ in 0..2 {
        suite.issuer.rotates();
        assert_eq!(sign_in(&suite).await.1, SignedIn);
    }
    suite.stop().await;
}

/// Back-channel logouts after a sign-in, by the module's name without
/// `oidcc-client-test-rp-backchannel-rpinitlogout`, then those of our own.
fn logouts() -> Vec<(&'static str, Ways, Value, u16)> {
    let now = chassis::Clock::System.now().timestamp();
    let event = |name: &str| json!({ "events": { name: {} } });
    let session = json!({ "sid": "a-session", "sub": "1" });
    let with = |more: Value| {
        let mut claims = session.clone();
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    };
    let good = Ways::default;
    vec![
        ("", good(), session.clone(), 200),
        ("-alg-none", signature(Signature::Absent), session.clone(), 400),
        ("-wrong-alg", signature(Signature::HmacOfPublicKey), session.clone(), 400),
        ("-no-event", good(), with(json!({"events": null})), 400),
        ("-wrong-event", good(), with(event("https://evil.test/event")), 400),
        ("-with-nonce", good(), with(json!({"nonce": "a"})), 400),
        ("-wrong-aud", good(), with(json!({"aud": "another"})), 400),
        ("-wrong-iss", good(), with(json!({"iss": "https://evil.test/"})), 400),
        ("sid-alone", good(), json!({"sid": "a-session"}), 200),
        ("sub-alone", good(), json!({"sub": "1"}), 200),
        ("named-by-its-type", header(json!({"typ": "logout+jwt"})), session.clone(), 200),
        ("another-type", header(json!({"typ": "at+jwt"})), session.clone(), 400),
        ("neither-sid-nor-sub", good(), json!({}), 400),
        ("no-jti", good(), with(json!({"jti": null})), 400),
        ("expired", good(), with(json!({"exp": now - 3600})), 400),
        ("old-without-end", good(), with(json!({"iat": now - 3600, "exp": null})), 400),
        ("old-with-a-late-end", good(), with(json!({"iat": now - 3600})), 400),
        ("from-the-future", good(), with(json!({"iat": now + 3600})), 400),
        ("corrupt", signature(Signature::Corrupt), session.clone(), 400),
        ("signed-by-a-foreign-key", signature(Signature::Foreign), session.clone(), 400),
        ("unknown-kid", header(json!({"kid": "two"})), session.clone(), 400),
    ]
}

#[tokio::test]
async fn a_logout_token_is_obeyed_where_it_is_one() {
    let mut suite = Suite::start(Engine::Sqlite).await;
    suite.add_replica(&[]).await;
    for (name, ways, claims, status) in logouts() {
        suite.issuer.behaves(Ways::default());
        let (mut browser, _) = sign_in(&suite).await;
        suite.issuer.behaves(ways);
        let mut unique = claims;
        if unique.get("jti").is_none() {
            unique["jti"] = json!(format!("of {name}"));
        }
        let token = suite.issuer.logout_token(unique);
        let mut provider = suite.browser_at(1);
        let told = provider.post("/back-channel-logout", &[("logout_token", &token)]).await;
        assert_eq!(told.status.as_u16(), status, "{name}: {}", told.body);
        assert_eq!(told.header("cache-control"), "no-store", "{name}");
        let home = browser.get("/").await;
        assert_eq!(home.heading().starts_with("Welcome"), status == 200, "{name}");
    }
    suite.stop().await;
}

database::both_databases!(
    a_logout_token_is_obeyed_once,
    a_logout_ends_the_sessions_that_it_names,
    a_frame_of_the_provider_signs_out,
    requests_that_are_no_logout_change_nothing,
);

async fn a_logout_token_is_obeyed_once(engine: Engine) {
    let suite = Suite::start(engine).await;
    sign_in(&suite).await;
    let token = suite.issuer.logout_token(json!({ "sub": "1" }));
    let form = [("logout_token", token.as_str())];
    assert_eq!(suite.browser().post("/back-channel-logout", &form).await.status, StatusCode::OK);
    let (mut browser, _) = sign_in(&suite).await;
    let replayed = suite.browser().post("/back-channel-logout", &form).await;
    assert_eq!(replayed.status, StatusCode::BAD_REQUEST);
    assert!(browser.get("/").await.heading().starts_with("Hello"), "nobody is signed out twice");
    suite.stop().await;
}

async fn a_logout_ends_the_sessions_that_it_names(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browsers = vec![];
    for (sub, sid) in [("1", "a"), ("1", "b"), ("2", "c")] {
        suite.issuer.behaves(claims(json!({ "sub": sub, "sid": sid })));
        browsers.push(sign_in(&suite).await.0);
    }
    suite.issuer.behaves(Ways::default());
    for (whose, left) in [
        (json!({"sid": "a", "sub": "2", "jti": "1"}), [true, true, true]),
        (json!({"sid": "b", "jti": "2"}), [true, false, true]),
        (json!({"sub": "1", "jti": "3"}), [false, false, true]),
    ] {
        let token = suite.issuer.logout_token(whose.clone());
        let told = suite.browser().post("/back-channel-logout", &[("logout_token", &token)]).await;
        assert_eq!(told.status, StatusCode::OK);
        for (browser, expected) in browsers.iter_mut().zip(left) {
            let heading = browser.get("/").await.heading().to_owned();
            assert_eq!(heading.starts_with("Hello"), expected, "{whose}");
        }
    }
    suite.stop().await;
}

/// `oidcc-client-test-rp-frontchannel-rpinitlogout`
async fn a_frame_of_the_provider_signs_out(engine: Engine) {
    let suite = Suite::start(engine).await;
    let (mut browser, _) = sign_in(&suite).await;
    let issuer = format!("{}/", suite.issuer.url());
    for (iss, sid, status) in
        [("https://evil.test/", "a-session", 400), (&issuer, "", 400), (&issuer, "another", 200)]
    {
        let path = format!("/front-channel-logout?iss={iss}&sid={sid}");
        assert_eq!(suite.browser().get(&path).await.status.as_u16(), status, "{path}");
        assert!(browser.get("/").await.heading().starts_with("Hello"), "{path}");
    }
    // A frame on another site carries no cookie of ours.
    let path = format!("/front-channel-logout?iss={issuer}&sid=a-session");
    let framed = suite.browser().get(&path).await;
    assert_eq!((framed.status, framed.header("cache-control")), (StatusCode::OK, "no-store"));
    assert!(browser.get("/").await.heading().starts_with("Welcome"));
    suite.stop().await;
}

async fn requests_that_are_no_logout_change_nothing(engine: Engine) {
    let suite = Suite::start(engine).await;
    let (mut browser, _) = sign_in(&suite).await;
    let mut provider = suite.browser();
    for form in [&[][..], &[("logout_token", "")], &[("logout_token", "a.b.c")]] {
        let told = provider.post("/back-channel-logout", form).await;
        assert!(told.status.is_client_error(), "{}", told.status);
    }
    assert_eq!(provider.get("/back-channel-logout").await.status.as_u16(), 405);
    assert!(provider.get("/front-channel-logout").await.status.is_client_error());
    assert!(browser.get("/").await.heading().starts_with("Hello"));
    suite.stop().await;
}
