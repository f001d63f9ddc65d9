//! Apps that sign their requests (RFC 7523, OpenID Connect Core, section 9): our own relying party, and
//! what Hydra takes from any.

use crate::apps::{create, machine, registry, update};
use database::scratch::Engine;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use latchkey_integration_tests::{
    Addresses, ONE, RelyingParty, Suite, Visitor, suite::Options, visitor::Choice,
};
use latchkey_proto::client::v1::{App, AppKind};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use url::Url;

async fn published(client: &Url) -> String {
    let url = client.join(".well-known/jwks.json").unwrap();
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

/// The first registration, a change of keys, and a key that Hydra does not know.
#[tokio::test]
async fn an_app_signs_in_refreshes_and_signs_out_by_its_key_alone() {
    let short = Options::default().hydra(json!({ "ttl": { "access_token": "4s" } }));
    let suite = Suite::start_with(Engine::Sqlite, short).await;
    let at = suite.addresses();
    let registry = registry(at).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, key: &KeyPair| {
        let file = folder.path().join(name);
        std::fs::write(&file, key.serialize_pem()).unwrap();
        format!("--client-key-file={}", file.display())
    };
    let elliptic = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let database = format!("sqlite:{}", folder.path().join("client.sqlite").display());
    let redirect_url = RelyingParty::redirect_url();
    let (first, second) = (file("first", &elliptic), file("second", &rsa));
    let options = ["--client-id=signing-app", &first, "--scope=openid offline users.read"];
    let mut app = RelyingParty::start(at, &redirect_url, &database, &options);

    let registered = App {
        client_id: "signing-app".to_owned(),
        kind: AppKind::Web.into(),
        name: "Signing app".to_owned(),
        redirect_uris: vec![redirect_url.to_string()],
        post_logout_redirect_uris: vec![redirect_url.join("/signed-out").unwrap().to_string()],
        scopes: ["openid", "offline", "users.read"].map(str::to_owned).to_vec(),
        jwks: published(&app.at.client).await,
        ..App::default()
    };
    let created = create(&registry, registered.clone()).await.unwrap().app.unwrap();
    assert_eq!(created.token_endpoint_auth_method, "private_key_jwt");

    let visitor = Visitor::new();
    visitor.sign_in(&app.at, ONE, Choice::default()).await.says(ONE.email);
    for _ in 0..2 {
        // The access token has ended: what is shown was asked for with a new one.
        tokio::time::sleep(Duration::from_millis(4500)).await;
        visitor.open(app.at.client.clone()).await.says(ONE.email);
    }

    app.start_again_with(&second);
    let refused = Visitor::new().sign_in(&app.at, ONE, Choice::default()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
    refused.says("This app is not set up for this sign-in");

    let jwks = published(&app.at.client).await;
    let changed = update(&registry, App { jwks, ..registered }, &["jwks"]).await.unwrap();
    assert_eq!(changed.token_endpoint_auth_signing_alg, "RS256");
    let home = visitor.open(app.at.client.clone()).await;
    home.says(ONE.email);
    let form = home.form();
    let left = visitor.submit(&form, form.buttons.first().unwrap()).await;
    assert!(left.status.is_success(), "{} {}", left.url, left.text());
    Visitor::new().sign_in(&app.at, ONE, Choice::default()).await.says(ONE.email);
}

/// As `docs/architecture.md` tells it, while people sign in all the time.
#[tokio::test]
async fn a_key_changes_while_people_sign_in() {
    let at = Suite::shared(Engine::Sqlite).await;
    let registry = registry(at).await;
    let folder = tempfile::tempdir().unwrap();
    let pem = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem();
    let (old, new, file) = (pem(), pem(), folder.path().join("client.pem"));
    let put = |text: &str| {
        let beside = folder.path().join("new.pem");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(&beside, &file).unwrap();
    };
    put(&old);
    let database = format!("sqlite:{}", folder.path().join("client.sqlite").display());
    let redirect_url = RelyingParty::redirect_url();
    let key = format!("--client-key-file={}", file.display());
    let options = ["--client-id=key-changing-app", &key, "--scope=openid offline users.read"];
    let app = RelyingParty::start(at, &redirect_url, &database, &options);
    let published = async || {
        let set: Value = serde_json::from_str(&published(&app.at.client).await).unwrap();
        set["keys"].as_array().unwrap().clone()
    };
    let until = async |is_it: &dyn Fn(&[Value]) -> bool| {
        for _ in 0..600 {
            let keys = published().await;
            if is_it(&keys) {
                return keys;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the changed file was not read");
    };
    let registered = App {
        client_id: "key-changing-app".to_owned(),
        kind: AppKind::Web.into(),
        name: "Key-changing app".to_owned(),
        redirect_uris: vec![redirect_url.to_string()],
        scopes: ["openid", "offline", "users.read"].map(str::to_owned).to_vec(),
        jwks: json!({ "keys": published().await }).to_string(),
        ..App::default()
    };
    create(&registry, registered.clone()).await.unwrap();
    let register = async |keys: Vec<Value>| {
        let jwks = json!({ "keys": keys }).to_string();
        update(&registry, App { jwks, ..registered.clone() }, &["jwks"]).await.unwrap();
    };
    let sign_in = async || {
        Visitor::new().sign_in(&app.at, ONE, Choice::default()).await.says(ONE.email);
    };

    let change = async {
        sign_in().await;
        let first = published().await.remove(0);
        put(&format!("{old}{new}"));
        let both = until(&|keys| keys.len() == 2).await;
        assert_eq!(both[0], first, "the old one signs until Hydra knows the new one");
        register(both.clone()).await;
        sign_in().await;
        put(&format!("{new}{old}"));
        until(&|keys| keys == [both[1].clone(), both[0].clone()]).await;
        sign_in().await;
        put(&new);
        until(&|keys| keys == [both[1].clone()]).await;
        register(vec![both[1].clone()]).await;
        sign_in().await;
    };
    let mut during = 0;
    tokio::select! {
        () = change => {}
        () = async {
            loop {
                sign_in().await;
                during += 1;
            }
        } => {}
    }
    assert!(during > 3, "{during} sign-ins during the change");

    // Hydra has forgotten the old one.
    let signs = published().await;
    put(&old);
    until(&|keys| keys != signs).await;
    let refused = Visitor::new().sign_in(&app.at, ONE, Choice::default()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
}

/// A machine, its key, and the claims that Hydra takes.
struct Signer {
    key: KeyPair,
    token_url: Url,
}

impl Signer {
    async fn register(at: &Addresses, id: &str) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let point = key.public_key_raw();
        let base64 = |bytes: &[u8]| {
            base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes)
        };
        let jwks = json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "use": "sig", "kid": "one",
            "x": base64(&point[1..33]), "y": base64(&point[33..]),
        }]});
        let app = App { jwks: jwks.to_string(), ..machine(id) };
        create(&registry(at).await, app).await.unwrap();
        Self { key, token_url: at.hydra.join("oauth2/token").unwrap() }
    }

    fn claims(&self, id: &str, jti: &str) -> Value {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        json!({ "iss": id, "sub": id, "aud": self.token_url, "jti": jti, "exp": now + 60 })
    }

    #[expect(clippy::disallowed_methods, reason = "an app on its own, in no trace of ours")]
    async fn token(&self, assertion: &str) -> StatusCode {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", "identity.audit"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ];
        let http = reqwest::Client::builder().build().unwrap();
        http.post(self.token_url.clone()).form(&form).send().await.unwrap().status()
    }
}

fn sign(key: &KeyPair, claims: &Value) -> String {
    let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::ES256) };
    encode(&header, claims, &EncodingKey::from_ec_der(&key.serialize_der())).unwrap()
}

#[tokio::test]
async fn hydra_takes_a_signed_request_once_in_time_and_from_the_registered_key_alone() {
    let at = Suite::shared(Engine::Sqlite).await;
    let signer = Signer::register(at, "signing-machine").await;
    let good = sign(&signer.key, &signer.claims("signing-machine", "first"));
    assert_eq!(signer.token(&good).await, StatusCode::OK);
    assert!(!signer.token(&good).await.is_success(), "a second time");

    let with = |member: &str, value: Value| {
        let mut claims = signer.claims("signing-machine", member);
        claims[member] = value;
        sign(&signer.key, &claims)
    };
    let foreign = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let claims = signer.claims("signing-machine", "other");
    let (_, body) = good.split_once('.').unwrap();
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", body.split_once('.').unwrap().0);
    for (what, assertion) in [
        ("expired", with("exp", json!(1_700_000_000))),
        ("for another server", with("aud", json!("https://elsewhere.test/oauth2/token"))),
        ("for the issuer alone", with("aud", json!(at.hydra))),
        ("of another app", with("iss", json!("myclient"))),
        ("without a name", with("jti", json!(""))),
        ("not yet", with("iat", json!(4_000_000_000_u64))),
        ("of a foreign key", sign(&foreign, &claims)),
        ("unsigned", unsigned),
        ("nonsense", "a.b.c".to_owned()),
    ] {
        // Hydra v2.3 answers 500, and no 401, where a time does not fit.
        let status = signer.token(&assertion).await;
        assert!(!status.is_success(), "{what}: {status}");
    }
    let again = sign(&signer.key, &signer.claims("signing-machine", "last"));
    assert_eq!(signer.token(&again).await, StatusCode::OK);
}
